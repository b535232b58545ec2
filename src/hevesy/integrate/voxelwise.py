"""From images at several times to the time-integrated activity of every voxel, each fitted on its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Quantity
from hevesy.domain.progress import Progress, silent
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.voxel_fit import VoxelFits, fit_voxels
from hevesy.numerics.voxel_fit_problem import N_PARAMETERS
from hevesy.numerics.voxel_status import VoxelStatus

Floats = NDArray[np.float64]

_CHUNK = 1 << 16
MOST_SCANS = 24
MEMORY_BYTES = 48.0
"""Maps of the result. [byte/voxel]"""


@dataclass(frozen=True)
class VoxelScan:
    """One image of a series that is registered to one grid."""

    time_s: float
    """From the start of the administration. [s]"""
    activity: Image
    """Activity concentration at that time, not corrected for decay. [Bq/ml]"""
    standard_uncertainty: NDArray[np.floating]
    """Of every voxel, independent of the other scans. Shape ``(z, y, x)``. [Bq/ml]"""


@dataclass(frozen=True)
class VoxelCurves:
    """The fits of all voxels; NaN where a voxel has no value. Shape ``(z, y, x)`` each."""

    model: str
    grid: Grid
    time_integrated_activity: Floats
    """From 0 to infinity. [Bq s/ml]"""
    standard_uncertainty: Floats
    """From the noise of the voxel alone: what all voxels share is not in it. [Bq s/ml]"""
    chi_square: Floats
    effective_half_life_s: Floats
    """Of the terminal phase. [s]"""
    status: NDArray[np.uint8]
    """A :class:`~hevesy.numerics.voxel_status.VoxelStatus`."""
    degrees_of_freedom: int
    """Scans less parameters."""

    def counts(self) -> dict[str, int]:
        """Number of voxels by status, those that occur."""
        found = np.bincount(self.status.ravel(), minlength=max(VoxelStatus) + 1)
        return {status.text: int(found[status]) for status in VoxelStatus if found[status]}


def fit_voxelwise(
    scans: Sequence[VoxelScan],
    *,
    physical_half_life_s: float,
    model: str,
    within: NDArray[np.bool_] | None = None,
    threads: int = 1,
    progress: Progress = silent,
) -> VoxelCurves:
    r"""Fit the activity of every voxel and integrate it from 0 to infinity.

    Weighted least squares with the bounds of the fit of a region, see :func:`hevesy.integrate.fit_curve`: no effective
    half-life is longer than the physical one. A voxel that cannot be fitted has a status that says why, and no value.
    The result does not depend on the number of threads.

    The noise of single voxels makes the fits more uncertain than those of regions, and where it is large it biases
    them: the mean over a region is not the integral of the region's curve.

    Parameters
    ----------
    scans
        In the order of time, on one grid.
    physical_half_life_s
        Of the radionuclide. [s]
    model
        ``mono``, ``uptake-mono`` or ``bi``.
    within
        Voxels to fit; all of them without it. Shape ``(z, y, x)``.
    threads
        Parts fitted at a time.
    progress
        Told the voxels fitted so far.

    Raises
    ------
    InputError
        If the model is unknown, the times do not increase from above zero, or there are fewer scans than parameters.
    GeometryError
        If the images, their uncertainties or ``within`` are not on one grid.

    References
    ----------
    .. [1] G. H. Golub, V. Pereyra, Inverse Probl. 19 (2003) R1, doi:10.1088/0266-5611/19/2/201 (variable projection)
    .. [2] D. Hardiansyah et al., EJNMMI Phys. 8 (2021), doi:10.1186/s40658-021-00427-x (rates bounded by decay)
    """
    require_scans(model, [scan.time_s for scan in scans])
    grid = _one_grid(scans, within)
    chosen = np.arange(math.prod(grid.shape)) if within is None else np.flatnonzero(within)
    maps = np.full((4, math.prod(grid.shape)), np.nan)
    status = np.zeros(math.prod(grid.shape), dtype=np.uint8)
    job = _Job(scans, model, math.log(2.0) / physical_half_life_s)
    parts = [chosen[begin : begin + _CHUNK] for begin in range(0, chosen.size, _CHUNK)]
    progress("voxels", 0, chosen.size)
    done = 0
    for part, fits in zip(parts, _side_by_side(job, parts, threads), strict=True):
        rows = (fits.integral, fits.standard_uncertainty, fits.chi_square, math.log(2.0) / fits.terminal_rate)
        for into, row in zip(maps, rows, strict=True):
            into[part] = row
        status[part] = fits.status
        done += part.size
        progress("voxels", done, chosen.size)
    shaped = maps.reshape(4, *grid.shape)
    freedom = len(scans) - N_PARAMETERS[model]
    return VoxelCurves(model, grid, shaped[0], shaped[1], shaped[2], shaped[3], status.reshape(grid.shape), freedom)


@dataclass(frozen=True)
class _Job:
    scans: Sequence[VoxelScan]
    model: str
    physical_rate_per_s: float

    def fit(self, part: NDArray[np.intp]) -> VoxelFits:
        """Fit the voxels of these numbers."""
        times = np.array([scan.time_s for scan in self.scans])
        values = [scan.activity.values.ravel()[part] for scan in self.scans]
        uncertainties = [scan.standard_uncertainty.ravel()[part] for scan in self.scans]
        wide = [np.stack(rows).astype(np.float64) for rows in (values, uncertainties)]
        return fit_voxels(self.model, times, wide[0], wide[1], self.physical_rate_per_s)


def _side_by_side(job: _Job, parts: Sequence[NDArray[np.intp]], threads: int) -> Iterator[VoxelFits]:
    """The fits of all parts in their order; what has not begun is given up when someone interrupts."""
    pool = ThreadPoolExecutor(max_workers=threads)
    try:
        yield from pool.map(job.fit, parts)
    finally:
        pool.shutdown(cancel_futures=True)


def require_scans(model: str, times_s: Sequence[float]) -> None:
    """Refuse a model, or times, that no voxel can be fitted with.

    Parameters
    ----------
    model
        By name.
    times_s
        From the start of the administration. [s]

    Raises
    ------
    InputError
        As :func:`fit_voxelwise`.
    """
    if model not in N_PARAMETERS:
        raise InputError(f"a curve model among {', '.join(N_PARAMETERS)}", f"{model!r} came", "voxelwise fit")
    shown = ", ".join(f"{time / 3600.0:g}" for time in times_s)
    if not all(math.isfinite(time) and time > 0 for time in times_s):
        raise InputError("times after the start of the administration", f"{shown} h came", "voxelwise fit")
    if any(later <= earlier for earlier, later in itertools.pairwise(times_s)):
        raise InputError("times in increasing order, each once", f"{shown} h came", "voxelwise fit")
    if not N_PARAMETERS[model] <= len(times_s) <= MOST_SCANS:
        raise InputError(
            f"{N_PARAMETERS[model]} to {MOST_SCANS} scans for the {N_PARAMETERS[model]} parameters of {model}",
            f"{len(times_s)} came",
            "voxelwise fit",
        )


def _one_grid(scans: Sequence[VoxelScan], within: NDArray[np.bool_] | None) -> Grid:
    first = scans[0].activity.grid
    for number, scan in enumerate(scans, start=1):
        if scan.activity.quantity is not Quantity.ACTIVITY_CONCENTRATION:
            raise InputError("images in Bq/ml", f"{scan.activity.quantity} came", f"scan {number}")
        if not scan.activity.grid.same_geometry(first) or scan.standard_uncertainty.shape != first.shape:
            raise GeometryError(
                "images and uncertainties on the grid of the first scan", "another came", f"scan {number}"
            )
    if within is not None and within.shape != first.shape:
        raise GeometryError(f"a mask of shape {first.shape}", f"{within.shape} came", "voxelwise fit")
    return first
