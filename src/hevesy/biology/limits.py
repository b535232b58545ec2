"""Limits of dose: of one kind, for one tissue, over one cycle or a whole course."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, combine, probability_above

Dose = AbsorbedDose | Bed | Eqd2


@dataclass(frozen=True)
class DoseLimit:
    """A limit that somebody published."""

    value: Dose
    """Its kind is that of every dose it is compared with. [Gy]"""
    alpha_beta_gy: float | None
    """Of the tissue, for BED and EQD2. [Gy]"""
    region: str
    scope: Literal["cycle", "course"]
    source: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value.value) and self.value.value > 0):
            raise InputError("a positive limit", f"{self.value.value} Gy came", f"limit of {self.region}")
        if isinstance(self.value, AbsorbedDose) != (self.alpha_beta_gy is None):
            raise InputError(
                "alpha/beta with a limit of BED or EQD2, and only there",
                f"{self.alpha_beta_gy} came with {type(self.value).__name__}",
                f"limit of {self.region}",
            )


def exceedance_probability(dose: Dose, limit: DoseLimit) -> float:
    """Probability that a dose lies above a limit of its own kind, by the log-normal distribution of the dose.

    Raises
    ------
    TypeError
        If dose and limit are of different kinds: an absorbed dose is never held against a BED.
    """
    if type(dose) is not type(limit.value):
        raise TypeError(
            f"{type(dose).__name__} and a limit of {type(limit.value).__name__} are different kinds and never compared"
        )
    return probability_above(dose.estimate, limit.value.value)


def bed_of_eqd2(equivalent: Eqd2, alpha_beta_gy: float) -> Bed:
    r"""The biologically effective dose of an EQD2 in the same tissue.

    .. math:: \mathrm{BED} = \mathrm{EQD2}\,\Bigl(1 + \frac{2\,\mathrm{Gy}}{\alpha/\beta}\Bigr)

    Parameters
    ----------
    equivalent
        For example of an earlier external radiotherapy.
    alpha_beta_gy
        The ratio that the EQD2 was made with, taken as exact: it belongs to the EQD2. [Gy]
    """
    factor = 1.0 + 2.0 / alpha_beta_gy
    return Bed(combine(equivalent.value * factor, [(equivalent.estimate, factor)]))


def eqd2_of_bed(effective: Bed, alpha_beta_gy: float) -> Eqd2:
    """The EQD2 of a biologically effective dose, with the ratio that both belong to taken as exact. [Gy]"""
    factor = 1.0 + 2.0 / alpha_beta_gy
    return Eqd2(combine(effective.value / factor, [(effective.estimate, 1.0 / factor)]))


def absorbed_dose_under_cap(bed_cap_gy: float, g: float, alpha_beta_gy: float, cycles: int = 1) -> float:
    r"""Absorbed dose of each of several equal cycles whose BED together reaches a cap. [Gy]

    .. math:: D = \frac{\alpha/\beta}{2 G} \left(\sqrt{1 + \frac{4\, G B}{n\, \alpha/\beta}} - 1\right)

    Parameters
    ----------
    bed_cap_gy
        B, not negative. [Gy]
    g
        Protraction factor of each cycle, above 0.
    alpha_beta_gy
        [Gy]
    cycles
        n.

    Raises
    ------
    InputError
        If a number is out of its range.
    """
    if not (bed_cap_gy >= 0 and 0 < g <= 1 and alpha_beta_gy > 0 and cycles >= 1):
        raise InputError(
            "a cap of at least 0, G within 0 to 1, a positive alpha/beta and one cycle or more",
            f"{bed_cap_gy}, {g}, {alpha_beta_gy} and {cycles} came",
        )
    x = 4.0 * g * bed_cap_gy / (cycles * alpha_beta_gy)
    return 2.0 * bed_cap_gy / cycles / (math.sqrt(1.0 + x) + 1.0)


def bed_of_scaled_activity(absorbed_dose: AbsorbedDose, effective: Bed, factor: float) -> Bed:
    r"""BED of a cycle along the same curve with a multiple of its activity. [Gy]

    .. math:: \mathrm{BED}(k) = k D + k^2 (\mathrm{BED} - D)

    since the quadratic part grows with the square of the absorbed dose; all sources stay shared.
    """
    dose, bed = absorbed_dose.estimate, effective.estimate
    value = factor * dose.value + factor**2 * (bed.value - dose.value)
    return Bed(combine(value, [(dose, factor - factor**2), (bed, factor**2)]))


def no_dose(like: Dose) -> Dose:
    """A dose of zero of the same kind, without uncertainty."""
    return type(like)(Uncertain(0.0))
