r"""Recovery by shape: the activities of all regions of one scan at once.

Every region, its surroundings and the rest of the body are compartments of uniform concentration. What the resolution
carries out of each and into the others is computed from their shapes (geometric transfer matrix), so a region is
corrected for what spills out of it *and* for what spills in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.numerics.geometric_transfer import (
    Transfer,
    boundary_response,
    collected,
    concentrations,
    surface_density,
    transfer,
    width_response,
)
from hevesy.numerics.response import Part, Response, blur
from hevesy.quantify.measure import CountingNoise
from hevesy.quantify.resolution import Resolution
from hevesy.quantities import Uncertain

Array = NDArray[np.float64]
SMALLEST_RECOVERY = 0.2
"""A region that keeps less of its own activity than this is not corrected: the correction would make up its value."""


@dataclass(frozen=True)
class Compartment:
    """A shape of uniform concentration."""

    name: str
    share: Part
    """Share of each voxel inside."""
    surface: Part | None = None
    """Area of the boundary as drawn, in each voxel over its volume, where it is known better than from the shares. What
    other regions took does not count: their boundary is theirs. [1/mm]"""
    drawn: bool = True
    """Whether it is a drawn region; its surroundings and the rest of the body are not."""
    volume_ml: float = 0.0
    """Of the drawn shape. [ml]"""
    breathing_mm: float = 0.0
    """Standard deviation of its movement along the axis during the scan. [mm]"""
    model_relative_u: float = 0.0
    """Relative standard uncertainty of the model itself: uneven uptake, a response that is no Gaussian."""
    may_be_empty: bool = False
    """Whether it may hold nothing, so that noise may make its value zero or negative."""


@dataclass(frozen=True)
class RecoveredRegion:
    """One drawn region of one scan."""

    activity_bq: Uncertain
    """Without the calibration's uncertainty. [Bq]"""
    own_recovery: float
    """Share of its own activity that the image shows within it."""
    spilled_in: float
    """Share of what the image shows within it that comes from elsewhere."""
    volume_ml: Uncertain
    """Of the drawn shape; its boundary is the source ``volume:<region>``. [ml]"""


def recover_regions(
    image: Image,
    compartments: Sequence[Compartment],
    resolution: Resolution,
    *,
    time_point: int,
    noise: CountingNoise,
    boundary_standard_uncertainty_mm: float,
) -> Mapping[str, RecoveredRegion | RegionFinding]:
    r"""Activities of the drawn regions of one scan.

    The concentrations follow from what the image holds in each compartment, :math:`c = H^{-1} m`, and the activity of a
    region is :math:`c_i \sum_x s_i(x)` times the volume of a voxel. Sources of uncertainty:

    - ``counts:<compartment>@<time point>``: the noise of what each compartment holds, from what the model leaves
      unexplained there and the smoothness of the noise, at least that of a Poisson number where counts are known;
    - ``volume:<region>``: all drawn boundaries, with what their movement does to the region and to its neighbours;
    - ``resolution:<name>.<n>``: the independent directions of the resolution's uncertainty;
    - ``recovery:model:<region>``: stated.

    Parameters
    ----------
    image
        In Bq/ml.
    compartments
        Together they cover all activity; they may share voxels at their boundaries, each with its part.
    resolution
        Of the image.
    time_point
        For the sources.
    noise
        Counts per becquerel where they are known.
    boundary_standard_uncertainty_mm
        Standard uncertainty of the mean position of each drawn boundary. [mm]

    Returns
    -------
    By name: the region, or why it has no value.

    Raises
    ------
    RegionFinding
        If the resolution is finer than the voxels, or the compartments cannot be told apart.

    References
    ----------
    .. [1] O. G. Rousset, Y. Ma, A. C. Evans, J. Nucl. Med. 39 (1998) 904
    """
    if image.quantity is not Quantity.ACTIVITY_CONCENTRATION:
        raise ValueError(f"expected an image in Bq/ml, but {image.quantity} came")
    response = resolution.response(image.grid)
    try:
        seen = [blur(c.share, image.grid.shape, response, c.breathing_mm**2) for c in compartments]
        found = transfer([c.share for c in compartments], seen)
        measured = collected(found.shares, image.values)
        values = concentrations(found.matrix, measured)
    except ValueError as error:
        raise RegionFinding(f"recovery by shape is not possible: {error}") from error
    scan = _Scan(image, tuple(compartments), found, measured, values, response)
    changes = _changes(scan, resolution, time_point, noise, boundary_standard_uncertainty_mm)
    return {
        c.name: _recovered(scan, n, changes, boundary_standard_uncertainty_mm)
        for n, c in enumerate(compartments)
        if c.drawn
    }


@dataclass(frozen=True)
class _Scan:
    """What the sums over one scan gave."""

    image: Image
    compartments: tuple[Compartment, ...]
    found: Transfer
    measured: Array
    values: Array
    response: Response

    def area_per_mm_ml(self, index: int) -> float:
        """Volume that the boundary's movement by 1 mm adds. [ml/mm]"""
        return float(self.boundary(index).values.sum(dtype=np.float64)) * self.image.grid.voxel_volume_ml

    def boundary(self, index: int) -> Part:
        """Area of the drawn boundary in each voxel over the voxel's volume. [1/mm]"""
        compartment = self.compartments[index]
        return compartment.surface or surface_density(compartment.share, self.response.spacing)


def _changes(
    scan: _Scan, resolution: Resolution, time_point: int, noise: CountingNoise, boundary_mm: float
) -> dict[str, Array]:
    """Change of all concentrations by one standard uncertainty of every source. Shape ``(compartment,)`` each."""
    changes: dict[str, Array] = {}
    inverse = np.linalg.inv(scan.found.matrix)
    for n, relative in enumerate(_noise(scan, noise)):
        changes[f"counts:{scan.compartments[n].name}@{time_point}"] = inverse[:, n] * relative * abs(scan.measured[n])
    for n, change in enumerate(resolution.directions(), start=1):
        sigmas = change / math.sqrt(8.0 * math.log(2.0))
        changes[f"resolution:{resolution.name}.{n}"] = width_response(
            scan.found, scan.values, scan.response, (sigmas[:2], sigmas[2:])
        )
    for n, compartment in enumerate(scan.compartments):
        if compartment.drawn:
            moved = boundary_response(scan.found, scan.image.values, scan.values, n, scan.boundary(n))
            changes[f"volume:{compartment.name}"] = moved * boundary_mm
    return changes


def _noise(scan: _Scan, noise: CountingNoise) -> list[float]:
    """Relative standard uncertainty of what every compartment holds, from counting."""
    rest = np.array(scan.image.values, dtype=np.float32)
    for value, part in zip(scan.values, scan.found.blurred, strict=True):
        rest[part.box] -= np.float32(value) * part.values
    return [_of_compartment(scan, n, rest, noise) for n in range(len(scan.compartments))]


def _of_compartment(scan: _Scan, n: int, rest: NDArray[np.float32], noise: CountingNoise) -> float:
    share, measured = scan.compartments[n].share, float(scan.measured[n])
    if measured <= 0:
        return 0.0
    spread = math.sqrt(float(np.average(rest[share.box] ** 2, weights=share.values)))
    voxels = float(share.values.sum(dtype=np.float64))
    independent = max(voxels * scan.image.grid.voxel_volume_ml * 1000.0 / _correlated_mm3(scan), 1.0)
    relative = spread * voxels / measured / math.sqrt(independent)
    if noise.counts_per_bq is not None:
        counts = measured * scan.image.grid.voxel_volume_ml * noise.counts_per_bq
        relative = max(relative, 1.0 / math.sqrt(counts))
    return math.hypot(relative, noise.repeatability)


def _correlated_mm3(scan: _Scan) -> float:
    """Volume over which the noise of the image is the same: that of the response. [mm3]"""
    across, along = (float(np.mean(pair)) for pair in (scan.response.transaxial, scan.response.axial))
    return float((4.0 * math.pi) ** 1.5 * across**2 * along)


def _recovered(
    scan: _Scan, n: int, changes: Mapping[str, Array], boundary_mm: float
) -> RecoveredRegion | RegionFinding:
    compartment, value = scan.compartments[n], float(scan.values[n])
    voxels = float(compartment.share.values.sum(dtype=np.float64))
    own = float(scan.found.matrix[n, n]) / voxels
    if own < SMALLEST_RECOVERY:
        return RegionFinding(
            f"below the recovery range: the image shows {own:.0%} of the activity of {compartment.name} within it"
        )
    if not (math.isfinite(value) and (value > 0 or compartment.may_be_empty)):
        return RegionFinding(f"activity concentration recovered by shape is {value:.4g} Bq/ml")
    name, seen_ml = compartment.name, voxels * scan.image.grid.voxel_volume_ml
    moved_ml = scan.area_per_mm_ml(n) * boundary_mm
    components = {source: float(change[n]) * seen_ml for source, change in changes.items()}
    components[f"volume:{name}"] += value * moved_ml
    components[f"recovery:model:{name}"] = compartment.model_relative_u * abs(value) * seen_ml
    measured = float(scan.measured[n])
    spilled = 1.0 - value * own * voxels / measured if measured > 0 else 0.0
    return RecoveredRegion(
        activity_bq=Uncertain(value * seen_ml, components),
        own_recovery=own,
        spilled_in=spilled,
        volume_ml=Uncertain(compartment.volume_ml, {f"volume:{name}": moved_ml}),
    )
