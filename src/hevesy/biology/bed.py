"""Biologically effective dose and EQD2 of the linear-quadratic model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, combine, total

LINEAR_QUADRATIC = Citation(
    "mird-20",
    "B. W. Wessels et al., MIRD Pamphlet No. 20: the effect of model assumptions on kidney dosimetry and response, "
    "J. Nucl. Med. 49 (2008) 1884",
)
"""Reference of the model, for reports."""


def _check_alpha_beta(alpha_beta: Uncertain) -> None:
    if not (math.isfinite(alpha_beta.value) and alpha_beta.value > 0):
        raise InputError("a positive alpha/beta", f"{alpha_beta.value} Gy came")


def _check_g(g: float) -> None:
    if not 0.0 <= g <= 1.0:
        raise InputError("a protraction factor between 0 and 1", f"{g} came")


def bed(absorbed_dose: AbsorbedDose, g: Uncertain, alpha_beta: Uncertain) -> Bed:
    r"""Biologically effective dose of one administration.

    .. math:: \mathrm{BED} = D \left(1 + \frac{G D}{\alpha/\beta}\right)

    Proliferation is not included. Valid where the linear-quadratic model is; low-LET radiation.

    Parameters
    ----------
    absorbed_dose
        Mean absorbed dose to the region in this administration.
    g
        Protraction factor of the region's own curve, with the uncertainty of the repair half-time. [1]
    alpha_beta
        With its stated uncertainty under a source such as ``alpha-beta:REGION``. [Gy]

    Raises
    ------
    InputError
        If alpha/beta is not positive, or G is not between 0 and 1.
    """
    _check_alpha_beta(alpha_beta)
    _check_g(g.value)
    dose, factor, ratio = absorbed_dose.value, g.value, alpha_beta.value
    terms = [
        (absorbed_dose.estimate, 1.0 + 2.0 * factor * dose / ratio),
        (g, dose**2 / ratio),
        (alpha_beta, -factor * dose**2 / ratio**2),
    ]
    return Bed(combine(dose * (1.0 + factor * dose / ratio), terms))


def voxel_bed(absorbed_dose_gy: NDArray[np.float64], g: float, alpha_beta_gy: float) -> NDArray[np.float64]:
    r"""Biologically effective dose of voxels that follow one time course.

    .. math:: \mathrm{BED} = D \left(1 + \frac{G D}{\alpha/\beta}\right)

    The same model as :func:`bed`, without uncertainty. G does not depend on a voxel's amplitude, so one G serves all
    voxels whose dose rate has the same course.

    Parameters
    ----------
    absorbed_dose_gy
        Any shape. [Gy]
    g
        Protraction factor of the common course. [1]
    alpha_beta_gy
        [Gy]

    Returns
    -------
    The same shape. [Gy]

    Raises
    ------
    InputError
        If alpha/beta is not positive, or G is not between 0 and 1.
    """
    _check_alpha_beta(Uncertain(alpha_beta_gy))
    _check_g(g)
    dose = np.asarray(absorbed_dose_gy, dtype=np.float64)
    effect: NDArray[np.float64] = dose * (1.0 + g * dose / alpha_beta_gy)
    return effect


def eqd2(biologically_effective_dose: Bed, alpha_beta: Uncertain) -> Eqd2:
    r"""Dose in fractions of 2 Gy with the same biologically effective dose.

    .. math:: \mathrm{EQD2} = \frac{\mathrm{BED}}{1 + 2\,\mathrm{Gy}/(\alpha/\beta)}

    Parameters
    ----------
    biologically_effective_dose
        Of one or several administrations, with the same alpha/beta.
    alpha_beta
        The same estimate that went into the BED, so that their correlation is kept. [Gy]
    """
    _check_alpha_beta(alpha_beta)
    ratio, value = alpha_beta.value, biologically_effective_dose.value
    slope = value * 2.0 / (ratio + 2.0) ** 2
    terms = [(biologically_effective_dose.estimate, ratio / (ratio + 2.0)), (alpha_beta, slope)]
    return Eqd2(combine(value * ratio / (ratio + 2.0), terms))


def total_bed(cycles: Sequence[Bed]) -> Bed:
    """Sum over administrations, repair complete between them; shared sources stay correlated.

    Raises
    ------
    ValueError
        If there is no cycle.
    """
    if not cycles:
        raise ValueError("expected at least one cycle")
    return Bed(total([cycle.estimate for cycle in cycles]))
