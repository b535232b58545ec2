"""From blood samples to activity in red marrow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.domain import Citation, MeasuredActivity, TimeActivityCurve
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, combine, multiply_powers, scaled

BLOOD = "Blood"
"""Name of the curve; its activity is a concentration in Bq/ml."""
HAEMATOCRIT_RANGE = (0.15, 0.65)
"""Volume share of red cells outside which a value is taken for a mistake (percent, or haemoglobin)."""
SGOUROS = Citation(
    "sgouros-1993",
    "G. Sgouros, Bone marrow dosimetry for radioimmunotherapy: theoretical considerations, J. Nucl. Med. 34 (1993) 689",
)
EANM_MARROW = Citation(
    "eanm-marrow",
    "C. Hindorf et al., EANM Dosimetry Committee guidelines for bone marrow and whole-body dosimetry, Eur. J. Nucl. "
    "Med. Mol. Imaging 37 (2010) 1238",
    "10.1007/s00259-010-1422-4",
)


@dataclass(frozen=True)
class BloodSample:
    """One sample."""

    time_s: float
    """Start of the administration to the sample. [s]"""
    concentration_bq_ml: float
    """At the time of the sample. [Bq/ml]"""
    standard_uncertainty_bq_ml: float | None
    """Of this sample alone (counting, pipetting); None where it is not stated. [Bq/ml]"""


def checked_haematocrit(haematocrit: Uncertain, where: str = "") -> Uncertain:
    """The same haematocrit, if it is one that occurs.

    Raises
    ------
    InputError
        If it lies outside 0.15 to 0.65.
    """
    low, high = HAEMATOCRIT_RANGE
    if not low <= haematocrit.value <= high:
        raise InputError(f"a haematocrit from {low} to {high}", f"{haematocrit.value:g} came", where)
    return haematocrit


def marrow_to_blood_ratio(extracellular_fraction: Uncertain, haematocrit: Uncertain) -> Uncertain:
    r"""Ratio of the activity concentrations of red marrow and blood, for what stays out of cells.

    .. math:: \mathrm{RMBLR} = \frac{f_\mathrm{ECF}}{1 - \mathrm{Hct}}

    Activity that is bound in marrow or carried by blood cells is outside this formula.

    Parameters
    ----------
    extracellular_fraction
        Volume share of red marrow that is extracellular fluid (0.19 in the publication).
    haematocrit
        Volume share of cells in the patient's blood.

    References
    ----------
    .. [1] G. Sgouros, J. Nucl. Med. 34 (1993) 689.
    """
    plasma = 1.0 - haematocrit.value
    ratio = extracellular_fraction.value / plasma
    return combine(ratio, [(extracellular_fraction, 1.0 / plasma), (haematocrit, ratio / plasma)])


def blood_curve(
    samples: Sequence[BloodSample], scale: Uncertain, plasma_haematocrit: Uncertain | None = None
) -> TimeActivityCurve:
    """The time course of activity concentration in whole blood.

    Parameters
    ----------
    samples
        In time order.
    scale
        Factor that all samples share: calibration of the counter, or the administered activity.
    plasma_haematocrit
        Where the samples are plasma: what makes them whole blood, activity in cells left out.

    Returns
    -------
    Activities are concentrations. [Bq/ml]
    """
    shared = scale
    if plasma_haematocrit is not None:
        plasma = combine(1.0 - plasma_haematocrit.value, [(plasma_haematocrit, -1.0)])
        shared = multiply_powers((scale, 1.0), (plasma, 1.0))
    points = []
    for number, sample in enumerate(samples, start=1):
        own = sample.standard_uncertainty_bq_ml or 0.0
        measured = Uncertain(sample.concentration_bq_ml, {f"blood-sample:{number}": own})
        terms = [(measured, shared.value), (shared, measured.value)]
        points.append(MeasuredActivity(sample.time_s, combine(measured.value * shared.value, terms)))
    return TimeActivityCurve(BLOOD, tuple(points))


def marrow_concentration(blood_bq_s_ml: Uncertain, ratio: Uncertain, marrow_density_g_ml: float) -> Uncertain:
    r"""Time-integrated activity of red marrow by mass from that of blood by volume.

    .. math:: \frac{\tilde A_\mathrm{RM}}{m_\mathrm{RM}} = \frac{\mathrm{RMBLR}}{\rho_\mathrm{RM}}\,
              [\tilde A_\mathrm{blood}]

    The ratio is one of concentrations by volume, as its derivation has it. The guideline writes the mass of the marrow
    for its volume, which is a density of 1 g/ml.

    Parameters
    ----------
    blood_bq_s_ml
        [Bq s/ml]
    ratio
        Red marrow to blood.
    marrow_density_g_ml
        [g/ml]

    Returns
    -------
    [Bq s/kg]

    References
    ----------
    .. [1] C. Hindorf et al., Eur. J. Nucl. Med. Mol. Imaging 37 (2010) 1238, doi:10.1007/s00259-010-1422-4
    """
    return scaled(multiply_powers((blood_bq_s_ml, 1.0), (ratio, 1.0)), 1e3 / marrow_density_g_ml)


def decayed(value: float, time_s: float, half_life_s: float) -> float:
    """A value that was corrected for decay to the administration, at its own time [unit of the value]."""
    return value * math.exp2(-time_s / half_life_s)
