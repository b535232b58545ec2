r"""The voxel model: the planned activity distributed as the scout was, voxel by voxel.

In the territory of injection position *i*, which gets the share :math:`s_i` of the activity, with scout counts *c*,

.. math:: D(x) = CF\, A\,(1 - L)\, \sum_i s_i \frac{c(x)\,t_i(x)}{\sum_y c(y)\,t_i(y)}\; \frac{1}{m}

where :math:`t_i` is the share of a voxel in the territory and *m* the mass of a voxel. With one position this is the
voxel formula of the standard operating procedure [1]_. The microspheres are taken to lie where the scout lay.

References
----------
.. [1] C. Chiesa et al., EJNMMI Phys. 8 (2021) 77, doi:10.1186/s40658-021-00394-3
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare.territories import LiverShares
from hevesy.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DoseVolume:
    """Absorbed dose of every voxel of a volume, sorted, with its share of the volume."""

    dose_gy: Floats
    """Ascending. Shape ``(voxel,)``. [Gy]"""
    weight: Floats
    """Of each in the volume; they sum to 1. Shape ``(voxel,)``."""

    @property
    def mean_gy(self) -> float:
        """Mean absorbed dose. [Gy]"""
        return float(self.dose_gy @ self.weight)

    def at_least(self, fraction: float) -> float:
        """Absorbed dose that this fraction of the volume reaches: D70 for 0.7. [Gy]"""
        above = np.cumsum(self.weight[::-1])[::-1]
        reaching = np.flatnonzero(above >= fraction - 1e-12)
        return float(self.dose_gy[reaching[-1]]) if reaching.size else 0.0

    def fraction_above(self, dose_gy: float) -> float:
        """Fraction of the volume with at least this absorbed dose: V100 for 100 Gy."""
        return float(self.weight[np.searchsorted(self.dose_gy, dose_gy, side="left") :].sum())


def distribution(scout: Mapping[str, Floats], shares: LiverShares, activity_shares: Mapping[str, float]) -> Floats:
    """Share of the liver's activity in every voxel; it sums to 1. Shape ``(z, y, x)``.

    Parameters
    ----------
    scout
        By injection position, from zero on, any linear scale. Shapes ``(z, y, x)``.
    shares
        The territories.
    activity_shares
        Of the activity, by injection position; they sum to 1.

    Raises
    ------
    InputError
        If a territory holds nothing of its scout.
    """
    whole = np.zeros_like(shares.liver)
    for position, territory in shares.territories.items():
        inside = scout[position] * territory
        if not inside.sum() > 0.0:
            raise InputError("scout activity in every territory", f"none in {position!r} came", "images.scouts")
        whole += activity_shares[position] * inside / inside.sum()
    return whole


def local_dose(shares_of_activity: Floats, voxel_kg: float, dose_factor_j_per_bq: float) -> Floats:
    """Absorbed dose per activity in the liver, all energy left where it is set free. Shape ``(z, y, x)``. [Gy/Bq]

    Parameters
    ----------
    shares_of_activity
        From :func:`distribution`.
    voxel_kg
        Mass of a voxel. [kg]
    dose_factor_j_per_bq
        [J/Bq]
    """
    return shares_of_activity * (dose_factor_j_per_bq / voxel_kg)


def dose_volume(dose_gy: Floats, shares: Floats) -> DoseVolume:
    """The histogram of a volume; voxels count by their share in it.

    Raises
    ------
    InputError
        If the volume is empty.
    """
    inside = shares > 0.0
    if not inside.any():
        raise InputError("a volume with voxels", "an empty one came", "dose-volume histogram")
    order = np.argsort(dose_gy[inside], kind="stable")
    weight = shares[inside][order]
    return DoseVolume(dose_gy[inside][order], weight / weight.sum())


def volumes(shares: LiverShares) -> dict[str, Floats]:
    """Every volume of the liver that a limit or target may name, as shares of voxels."""
    found = {f"tumour:{name}": part for name, part in shares.tumours.items()}
    for position, territory in shares.territories.items():
        found[f"normal_perfused:{position}"] = shares.normal(position)
        found[f"perfused:{position}"] = territory
    return {**found, "whole_normal": shares.normal(), "whole_liver": shares.liver}


def mean_doses(dose: Floats, shares: LiverShares) -> dict[str, float]:
    """Mean of a dose map over every volume that has any, in its unit."""
    return {key: float((dose * part).sum() / part.sum()) for key, part in volumes(shares).items() if part.sum() > 0.0}


def activity_for_coverage(
    per_activity: Floats, already_gy: Floats, shares: Floats, fraction: float, dose_gy: float
) -> float:
    """Least activity with which a fraction of a volume reaches an absorbed dose. [Bq]

    Parameters
    ----------
    per_activity, already_gy
        Dose per activity, and what the voxels have from a scout. Shapes ``(z, y, x)``. [Gy/Bq], [Gy]
    shares
        Of the volume.
    fraction, dose_gy
        What shall be reached. [Gy]

    Raises
    ------
    InputError
        If no activity is enough: too much of the volume gets nothing.
    """
    inside = shares > 0.0
    slope, start = per_activity[inside], already_gy[inside]
    with np.errstate(divide="ignore"):
        needed = np.where(start >= dose_gy, 0.0, np.maximum(dose_gy - start, 0.0) / slope)
    found = dose_volume(-needed, shares[inside])
    activity = -found.at_least(fraction)
    if not np.isfinite(activity):
        raise InputError(f"{100 * fraction:g} % of every tumour with activity on the scout", "less has any", "coverage")
    return activity
