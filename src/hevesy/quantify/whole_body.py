"""Calibration with the patient: the activity in the field of view is known from the administration."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import ScaleError
from hevesy.numerics.counting import poisson_relative_u
from hevesy.numerics.decay import remaining
from hevesy.quantities import Uncertain, multiply_powers, scaled


@dataclass(frozen=True)
class WholeBodyScan:
    """What one scan shows in all."""

    at_start: float
    """Sum over the field or body, at the decay state of the start of the acquisition: counts, or Bq. [1] or [Bq]"""
    counting_time_s: float | None
    """Duration of the acquisition; None for an image in Bq/ml. [s]"""
    losses: Uncertain
    """Factor for dead time; exactly 1 where none is applied."""


def retained_in_field(
    net_activity: Uncertain,
    retained: Uncertain,
    in_field: Uncertain,
    *,
    half_life_s: float,
    administration_to_scan_s: float,
) -> Uncertain:
    r"""Activity in the field of view at the start of a scan. [Bq]

    .. math:: A = A_0\, 2^{-t/T_{1/2}}\, f_\mathrm{retained}\, f_\mathrm{field}

    The sources of the administered activity stay what they are, so that a dose per administered activity loses them.

    Parameters
    ----------
    net_activity
        Administered, at the start of the administration. [Bq]
    retained
        Fraction of it that was not excreted until the scan, decay apart.
    in_field
        Fraction of what is in the body that is in the field of view (or body outline) that is summed.
    half_life_s
        Of the radionuclide. [s]
    administration_to_scan_s
        Start of the administration to the start of the acquisition. [s]
    """
    product = multiply_powers((net_activity, 1.0), (retained, 1.0), (in_field, 1.0))
    return scaled(product, remaining(half_life_s, administration_to_scan_s))


def whole_body_factor(scan: WholeBodyScan, activity: Uncertain, *, name: str, where: str) -> Uncertain:
    r"""Calibration factor from all that a scan shows.

    .. math:: Q = \frac{N_0\, f_\mathrm{dead time}}{T\, A}

    with the counts :math:`N_0` brought to the decay state of the start, over the duration *T* and the activity *A* in
    the field at the start. For an image in Bq/ml, *T* is left out and *Q* is the ratio of what the image shows to what
    is there.

    The activity of the body is taken to fall by physical decay alone during the acquisition.

    Parameters
    ----------
    scan
        What it shows.
    activity
        In the field at the start of the acquisition. [Bq]
    name
        Of the calibration: counting is its source ``calibration:<name>.counts``.
    where
        The scan, for the message.

    Returns
    -------
    [1/(s Bq)], or [1] for an image in Bq/ml.

    Raises
    ------
    ScaleError
        If the scan shows nothing.

    References
    ----------
    .. [1] Y. K. Dewaraja et al., J. Nucl. Med. 53 (2012) 1310, doi:10.2967/jnumed.111.100123
    """
    if not (math.isfinite(scan.at_start) and scan.at_start > 0):
        raise ScaleError("a positive sum over the field", f"{scan.at_start:g} came", where)
    relative = 0.0 if scan.counting_time_s is None else poisson_relative_u(scan.at_start)
    counts = Uncertain(scan.at_start, {f"calibration:{name}.counts": relative * scan.at_start})
    shown = scaled(counts, 1.0 / (scan.counting_time_s or 1.0))
    return multiply_powers((shown, 1.0), (scan.losses, 1.0), (activity, -1.0))
