r"""The scale of an image of microspheres, from the activity that was delivered, and what the camera's own scale says.

Microspheres stay where they are, so that all activity that was delivered and lies in the field of view is shown:

.. math:: k = \frac{A_0\,(1 - s_\mathrm{out})}{\sum_x I(x)\, V}

turns an image in any linear scale into the activity at the administration. An image in Bq/ml has a scale of its own;
the two are compared, not averaged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import ScaleError
from hevesy.physdata.pair_branch import PAIR_BRANCH_UNCERTAINTY_Y90, PAIR_BRANCH_Y90
from hevesy.quantities import Uncertain, combine, multiply_powers

DOUBTFUL, UNACCEPTABLE = 2.0, 3.0
"""Zeta scores from which two results with stated uncertainties are a warning and do not agree (ISO 13528)."""


def self_calibration(delivered_bq: Uncertain, outside: Uncertain, shown: float, elsewhere: float = 0.0) -> Uncertain:
    """Activity at the administration for a unit that the image shows.

    Parameters
    ----------
    delivered_bq
        Activity that reached the patient, net of the residual. [Bq]
    outside
        Share of it that lies where is not summed, such as lungs beyond the field of view.
    shown
        Sum of the image times the volume of a voxel. [unit ml]
    elsewhere
        What of it lies where no microspheres are expected: noise or scatter. Half the width of a rectangular
        distribution, the source ``background:field``. [unit ml]

    Returns
    -------
    [Bq/(unit ml)]

    Raises
    ------
    ScaleError
        If the image shows nothing, or all is said to be outside.
    """
    if not (math.isfinite(shown) and shown > 0):
        raise ScaleError("an image that shows activity", f"its sum is {shown:g}", "self-calibration")
    if not 0 <= outside.value < 1:
        raise ScaleError("a share outside the field from 0 to below 1", f"{outside.value:g} came", "self-calibration")
    value = delivered_bq.value * (1.0 - outside.value) / shown
    background = Uncertain(0.0, {"background:field": elsewhere / math.sqrt(3.0)})
    return combine(
        value,
        [
            (delivered_bq, value / delivered_bq.value),
            (outside, -value / (1.0 - outside.value)),
            (background, -value / shown),
        ],
    )


def pair_branch_scale(applied: float) -> Uncertain:
    """True activity over what a PET scanner shows that took another share of positrons than Y-90 has.

    Parameters
    ----------
    applied
        Positrons per decay that the scanner divided by; 1 where it did not. [1]

    Returns
    -------
    Factor with the source ``pair-branch:Y-90``.

    Raises
    ------
    ScaleError
        If it is no share of decays.

    References
    ----------
    .. [1] R. G. Selwyn et al., Appl. Radiat. Isot. 65 (2007) 318, doi:10.1016/j.apradiso.2006.08.009
    """
    if not 0 < applied <= 1:
        raise ScaleError("positrons per decay above 0 and up to 1", f"{applied:g} came", "pair branch")
    value = applied / PAIR_BRANCH_Y90
    return Uncertain(value, {"pair-branch:Y-90": -value * PAIR_BRANCH_UNCERTAINTY_Y90 / PAIR_BRANCH_Y90})


@dataclass(frozen=True)
class ScaleDifference:
    """Absolute calibration over self-calibration."""

    ratio: Uncertain
    zeta: float
    """Difference over its standard uncertainty."""

    @property
    def verdict(self) -> str:
        """``agrees``, ``doubtful`` or ``disagrees``."""
        distance = abs(self.zeta)
        if distance >= UNACCEPTABLE:
            return "disagrees"
        return "doubtful" if distance >= DOUBTFUL else "agrees"


def scale_difference(absolute: Uncertain, own: Uncertain) -> ScaleDifference:
    """Compare two scales of one image.

    Parameters
    ----------
    absolute
        From the camera's calibration. [Bq/(unit ml)]
    own
        From :func:`self_calibration`. [Bq/(unit ml)]

    Raises
    ------
    ScaleError
        If neither has an uncertainty: then nothing says how much they may differ.
    """
    ratio = multiply_powers((absolute, 1.0), (own, -1.0))
    if not ratio.standard_uncertainty > 0:
        raise ScaleError("scales with their uncertainties", "none came", "self-calibration")
    return ScaleDifference(ratio, (ratio.value - 1.0) / ratio.standard_uncertainty)
