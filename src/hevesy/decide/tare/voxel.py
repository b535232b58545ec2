r"""The voxel model: the planned activity distributed as the scout was, voxel by voxel.

In the territory of injection position *i*, which gets the share :math:`s_i` of the activity, with scout counts *c*,

.. math:: D(x) = CF\, A\,(1 - L)\, \sum_i s_i \frac{c_i(x)}{\sum_y c_i(y)}\; \frac{1}{m}

where :math:`c_i` are the counts of a voxel that belong to the territory and *m* is the mass of a voxel. With one
position this is the voxel formula of the standard operating procedure [1]_. The microspheres are taken to lie where the
scout lay. A voxel on a boundary belongs to several compartments (tumour or normal tissue of a territory), each with its
share of the volume and of the counts, so that nothing is lost or mixed up.

References
----------
.. [1] C. Chiesa et al., EJNMMI Phys. 8 (2021) 77, doi:10.1186/s40658-021-00394-3
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compartment:
    """The voxels of one tissue in one territory."""

    position: str | None
    """Injection position; None for liver that none perfuses."""
    tumour: str | None
    """None for normal tissue."""
    index: NDArray[np.intp]
    """Its voxels in the flattened grid. Shape ``(voxel,)``."""
    share: Floats
    """Of each voxel's volume. Shape ``(voxel,)``."""
    activity: Floats
    """Of each voxel: counts of the scout on any linear scale, or shares of the liver's activity."""


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
        return min(float(self.weight[np.searchsorted(self.dose_gy, dose_gy, side="left") :].sum()), 1.0)


def distribute(compartments: Sequence[Compartment], activity_shares: Mapping[str, float]) -> tuple[Compartment, ...]:
    """Compartments with shares of the liver's activity in place of counts; over all they sum to 1.

    Parameters
    ----------
    compartments
        With counts from zero on; those of one position are of one scout.
    activity_shares
        Of the activity, by injection position; they sum to 1.

    Raises
    ------
    InputError
        If a territory holds nothing of its scout.
    """
    counts = dict.fromkeys(activity_shares, 0.0)
    for one in compartments:
        if one.position is not None:
            counts[one.position] += float(one.activity.sum())
    for position, found in counts.items():
        if not found > 0.0:
            raise InputError("scout activity in every territory", f"none in {position!r} came", "images.scouts")
    scale = {position: share / counts[position] for position, share in activity_shares.items()}
    return tuple(
        replace(one, activity=one.activity * (0.0 if one.position is None else scale[one.position]))
        for one in compartments
    )


def on_grid(compartments: Sequence[Compartment], values: Sequence[Floats], shape: tuple[int, int, int]) -> Floats:
    """Sum of values of the compartments' voxels on the grid. Shape ``(z, y, x)``."""
    whole = np.zeros(math.prod(shape))
    for one, part in zip(compartments, values, strict=True):
        np.add.at(whole, one.index, part)
    return whole.reshape(shape)


def local_doses(
    compartments: Sequence[Compartment], voxel_kg: float, dose_factor_j_per_bq: float
) -> tuple[Floats, ...]:
    """Absorbed dose per activity in the liver, all energy left where it is set free, by compartment. [Gy/Bq]

    Parameters
    ----------
    compartments
        From :func:`distribute`.
    voxel_kg
        Mass of a whole voxel. [kg]
    dose_factor_j_per_bq
        [J/Bq]
    """
    return tuple(one.activity * (dose_factor_j_per_bq / voxel_kg) / one.share for one in compartments)


def doses_of_map(compartments: Sequence[Compartment], dose: Floats) -> tuple[Floats, ...]:
    """Values of a map at the voxels of every compartment, in its unit."""
    flat = dose.ravel()
    return tuple(flat[one.index] for one in compartments)


def volumes(compartments: Sequence[Compartment]) -> dict[str, tuple[int, ...]]:
    """Places of the compartments of every volume that a limit or target may name."""
    found: dict[str, list[int]] = {}
    for place, one in enumerate(compartments):
        tissue = ["whole_normal"] if one.tumour is None else [f"tumour:{one.tumour}", "all_tumours"]
        keys = ["whole_liver", *tissue]
        if one.position is not None:
            keys.append(f"perfused:{one.position}")
            keys += [f"normal_perfused:{one.position}"] if one.tumour is None else []
        for key in keys:
            found.setdefault(key, []).append(place)
    return {key: tuple(places) for key, places in found.items()}


def mean_doses(compartments: Sequence[Compartment], doses: Sequence[Floats]) -> dict[str, float]:
    """Mean of doses over every volume. [Gy], or [Gy/Bq] as they come"""
    return {
        key: sum(float(doses[k] @ compartments[k].share) for k in places)
        / sum(float(compartments[k].share.sum()) for k in places)
        for key, places in volumes(compartments).items()
    }


def dose_volume(compartments: Sequence[Compartment], doses: Sequence[Floats], places: Sequence[int]) -> DoseVolume:
    """The histogram of some compartments together; voxels count by their share."""
    dose = np.concatenate([doses[k] for k in places])
    weight = np.concatenate([compartments[k].share for k in places])
    order = np.argsort(dose, kind="stable")
    return DoseVolume(dose[order], weight[order] / weight.sum())


def activity_for_coverage(
    compartments: Sequence[Compartment],
    per_activity: Sequence[Floats],
    already_gy: Sequence[Floats],
    places: Sequence[int],
    wanted: tuple[float, float],
) -> float:
    """Least activity with which a fraction of a volume reaches an absorbed dose. [Bq]

    Parameters
    ----------
    compartments, places
        The compartments, and which are the volume.
    per_activity, already_gy
        Dose per activity, and what the voxels have from a scout, by compartment. [Gy/Bq], [Gy]
    wanted
        Fraction, and absorbed dose. [Gy]

    Raises
    ------
    InputError
        If no activity is enough: too much of the volume gets nothing.
    """
    fraction, dose = wanted
    with np.errstate(divide="ignore"):
        each = [1.0 / slope for slope in per_activity]
    missing = [dose - start for start in already_gy]
    needed = [
        np.multiply(gap, one, out=np.zeros_like(one), where=gap > 0.0) for gap, one in zip(missing, each, strict=True)
    ]
    activity = -dose_volume(compartments, [-one for one in needed], places).at_least(fraction)
    if not np.isfinite(activity):
        came = "less of one has any"
        raise InputError(f"activity of the scout in {100 * fraction:g} % of every tumour", came, "coverage")
    return activity
