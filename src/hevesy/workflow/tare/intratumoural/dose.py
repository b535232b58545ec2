"""Dose maps after an injection into a tumour, and what is not sure about them."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError
from hevesy.numerics.even_convolution import convolve_even, transfer_function
from hevesy.physdata import Emissions, decay_library
from hevesy.transport import AbstractDoseEngine, Capability, EngineSettings, engine, known_engines, refuse
from hevesy.transport.kernels import (
    VoxelKernel,
    convolved_uncertainty,
    energy_uncertainty,
    point_kernel_of,
    voxel_kernel,
    with_decay_data,
)
from hevesy.transport.mc import VoxelGeometry
from hevesy.workflow.tare.intratumoural.settings import EngineChoice
from hevesy.workflow.tare.intratumoural.voxels import WorkingVoxels, repeated

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LIBRARY = "endfb81"
_NOISE_REACH_MM = 12.0
_MOST_NOISE_DRAWS = 200


@dataclass(frozen=True)
class DoseMap:
    """Absorbed dose by one engine. Arrays of shape ``(z, y, x)``."""

    signed_gy: Floats
    """Below zero where noise says so. [Gy]"""
    statistical_gy: Floats | None
    """Standard uncertainty from the statistics of Monte Carlo, voxel by voxel. [Gy]"""
    notes: tuple[str, ...]

    @property
    def dose_gy(self) -> Floats:
        """Zero where noise takes it below zero. [Gy]"""
        return np.maximum(self.signed_gy, 0.0)


def chosen_engine(choice: EngineChoice, emissions: Emissions, voxel_mm: float) -> AbstractDoseEngine:
    """The engine, if electrons go from voxel to voxel in it.

    Raises
    ------
    InputError
        If it is unknown, makes no map, lays energy down where it is emitted, or lacks its target uncertainty.
    """
    where = "engine.name"
    settings = EngineSettings(
        target_uncertainty=choice.target_uncertainty, seed=choice.seed, threads=len(os.sched_getaffinity(0))
    )
    found = engine(choice.name, where, settings=settings)
    if Capability.MAPS not in found.capabilities:
        raise refuse(found, Capability.MAPS)
    if Capability.CROSSFIRE not in found.capabilities:
        reach = 10.0 * point_kernel_of(emissions).electron_range_cm
        fit = [name for name in known_engines() if Capability.CROSSFIRE in engine(name).capabilities]
        came = (
            f"{choice.name!r} came, which leaves the energy in its voxel of {voxel_mm:g} mm, while electrons of "
            f"{emissions.name} go up to {reach:.1f} mm"
        )
        raise InputError(f"a dose engine that carries electrons from voxel to voxel ({', '.join(fit)})", came, where)
    if Capability.STATISTICS in found.capabilities and choice.target_uncertainty is None:
        raise InputError(f"a target uncertainty such as '1 %' for {choice.name!r}", "none came", "engine")
    return found


def signed_dose(
    engine_used: AbstractDoseEngine, emissions: Emissions, decays_per_ml: Floats, grid: Grid, geometry: VoxelGeometry
) -> DoseMap:
    """Absorbed dose of a map that noise may take below zero: engines are linear, so that noise averages out.

    A note says in how many voxels the difference is below zero, and how far.

    Parameters
    ----------
    engine_used
        Any that makes maps.
    emissions
        Per decay.
    decays_per_ml
        Time-integrated activity concentration. Shape ``(z, y, x)``. [Bq s/ml]
    grid, geometry
        Voxels and what they consist of.
    """
    parts = [(1.0, np.maximum(decays_per_ml, 0.0)), (-1.0, np.maximum(-decays_per_ml, 0.0))]
    dose, variance, notes, statistical = np.zeros(grid.shape), np.zeros(grid.shape), list[str](), False
    for sign, values in parts:
        if not values.any():
            continue
        image = Image(grid, values, Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
        made = engine_used.dose_map(emissions, image, geometry)
        dose += sign * np.asarray(made.image.values, dtype=np.float64)
        if made.statistical is not None:
            variance += np.square(np.asarray(made.statistical.values, dtype=np.float64))
            statistical = True
        notes += [note for note in made.notes if note not in notes]
    below = dose < 0
    if below.any():
        words = (
            f"{np.count_nonzero(below)} voxels below zero by noise, down to {dose.min():.3g} Gy, are zero in the map"
        )
        notes.append(words)
    return DoseMap(dose, np.sqrt(variance) if statistical else None, tuple(notes))


def tumour_kernel(emissions: Emissions, grid: Grid, density_g_ml: float, beyond: tuple[int, int, int]) -> VoxelKernel:
    """Voxel S values in a medium of one density, as far as the grid goes and some voxels beyond.

    Their uncertainty holds statistics, ranges, cross sections and decay data.

    Parameters
    ----------
    emissions
        Per decay.
    grid
        Voxels.
    density_g_ml
        [g/ml]
    beyond
        Voxels along ``(z, y, x)``.
    """
    z, y, x = (n + more for n, more in zip(grid.shape, beyond, strict=True))
    kernel = voxel_kernel(emissions, grid.spacing_mm, (z, y, x), density_g_ml=density_g_ml)
    return with_decay_data(kernel, energy_uncertainty(emissions, decay_library(LIBRARY)))


def transport_uncertainty(decays_per_ml: Floats, grid: Grid, kernel: VoxelKernel) -> Floats:
    """Standard uncertainty of the dose from kernels and decay data, which all voxels share. [Gy]"""
    decays = np.maximum(decays_per_ml, 0.0) * grid.voxel_volume_ml
    return np.asarray(convolved_uncertainty(decays, kernel), dtype=np.float64)


def depth_mm(region: Mask, spacing_mm: tuple[float, float, float]) -> Floats:
    """Distance below a region's boundary, below zero outside. Shape ``(z, y, x)``. [mm]"""
    sampling = spacing_mm[::-1]
    half = 0.5 * min(sampling)
    inside = ndimage.distance_transform_edt(region, sampling=sampling)
    outside = ndimage.distance_transform_edt(~region, sampling=sampling)
    depth: Floats = np.where(region, inside - half, half - outside)
    return depth


def noise_draws(
    voxels: WorkingVoxels,
    kernel: Floats,
    seconds: float,
    points: NDArray[np.int64],
    size: tuple[int, int],
) -> Floats | None:
    """Dose at points by draws of the map's noise, through the kernel of one density. Shape ``(draw, point)``. [Gy]

    None where the map has no noise.

    Parameters
    ----------
    voxels
        With the noise of the map.
    kernel
        Octant. [Gy/(Bq s)]
    seconds
        Decays for an activity. [s]
    points
        Voxels. Shape ``(point, 3)``.
    size
        Number of draws, of which at most 200 differ, and the seed.
    """
    if not voxels.noise.any():
        return None
    n_draws, seed = size
    box = _around(points, voxels)
    sizes = [part.stop - part.start for part in box]
    noise = voxels.noise[tuple(slice(p.start // f, p.stop // f) for p, f in zip(box, voxels.factors, strict=True))]
    shape = (sizes[0], sizes[1], sizes[2])
    transfer = transfer_function(kernel, shape)
    local = tuple((points - [part.start for part in box]).T)
    per_voxel = seconds * voxels.grid.voxel_volume_ml
    rng = np.random.default_rng([seed, 0])
    draws = []
    for _ in range(min(n_draws, _MOST_NOISE_DRAWS)):
        drawn = repeated(noise * rng.standard_normal(noise.shape) * per_voxel, voxels.factors)
        draws.append(np.asarray(convolve_even(drawn, transfer), dtype=np.float64)[local])
    return np.array(draws)


def _around(points: NDArray[np.int64], voxels: WorkingVoxels) -> list[slice]:
    """A box of whole voxels of the map around points, as far as electrons go."""
    box = []
    steps = voxels.grid.spacing_mm[::-1]
    for axis, factor in enumerate(voxels.factors):
        reach = int(np.ceil(_NOISE_REACH_MM / steps[axis]))
        low = max(0, int(points[:, axis].min()) - reach) // factor * factor
        high = -(-min(voxels.grid.shape[axis], int(points[:, axis].max()) + 1 + reach) // factor) * factor
        box.append(slice(low, high))
    return box
