"""Point sources in air at several distances from the axis of rotation: what a site measures its resolution with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hevesy.domain import Grid
from hevesy.simulate.options import Matrices
from hevesy.simulate.scanner import Images, Scanner, acquire, mixture
from hevesy.simulate.seeds import generator

_FINE_MM = 1.0
"""Sources are cubes of about this size: a drop in a capillary."""
_REACH_MM = 30.0
"""Beyond it nothing of a source is seen."""
_LENGTH_MM = 240.0
_LAYERS_MM = (-70.0, 0.0, 70.0)


@dataclass(frozen=True)
class PointSources:
    """Three layers with a source at each distance, every one in another direction."""

    radii_mm: tuple[float, ...] = (0.0, 50.0, 100.0, 150.0, 200.0)
    activity_bq: float = 5e6
    """Of each source at the start. [Bq]"""
    start: datetime = datetime(2024, 2, 26, 14, 0)  # noqa: DTZ001 - the scanner's local time
    duration_s: float = 1800.0
    """[s]"""


@dataclass(frozen=True)
class Source:
    """One point source."""

    position_mm: tuple[float, float, float]
    """Patient coordinates x, y, z; the axis of rotation is x = y = 0. [mm]"""

    @property
    def radius_mm(self) -> float:
        """Distance from the axis. [mm]"""
        return float(np.hypot(*self.position_mm[:2]))


def resolution_grid(matrices: Matrices, frame: str) -> Grid:
    """Slices over all layers."""
    return matrices.spect_grid(-_LENGTH_MM / 2, _LENGTH_MM, frame)


def place_sources(phantom: PointSources, grid: Grid, *, seed: int) -> tuple[Source, ...]:
    """Sources near their nominal places, as a hand puts them down: anywhere in a voxel."""
    rng = generator(seed, "point sources")
    half = grid.spacing_mm[0] / 2
    sources = []
    for layer, height in enumerate(_LAYERS_MM):
        for k, radius in enumerate(phantom.radii_mm):
            angle = 2 * np.pi * (k / len(phantom.radii_mm) + layer / (len(_LAYERS_MM) * len(phantom.radii_mm)))
            nominal = np.array([radius * np.cos(angle), radius * np.sin(angle), height])
            sources.append(Source(_snapped(nominal + rng.uniform(-half, half, 3), grid)))
    return tuple(sources)


def scan_sources(
    phantom: PointSources, sources: tuple[Source, ...], grid: Grid, scanner: Scanner, *, seed: int
) -> Images:
    """Reconstructed counts. Shape ``(z, y, x)``.

    Each source is blurred on voxels of about 1 mm, which are then added up to those of the image: the response to a
    point integrated over the voxel, as for every other object of the simulation.
    """
    image = np.zeros(grid.shape, dtype=np.float32)
    n = _subdivision(grid)
    for number, source in enumerate(sources):
        block, fine = _around(source, grid)
        activity = np.zeros(fine.shape, dtype=np.float32)
        i, j, k = np.rint(fine.indices(np.array(source.position_mm))).astype(int)
        activity[k, j, i] = phantom.activity_bq
        rng = generator(seed, "noise", "point source", number)
        counts = acquire(activity, fine, scanner, duration_s=phantom.duration_s, rng=rng)
        nz, ny, nx = (size // n for size in fine.shape)
        image[block] += counts.reshape(nz, n, ny, n, nx, n).sum(axis=(1, 3, 5))
    return image


def resolution_truth(phantom: PointSources, sources: tuple[Source, ...], scanner: Scanner) -> dict[str, Any]:
    """Where the sources are and what resolution the scanner has there, for truth.json."""
    return {
        "file": "calibration/resolution/nm.dcm",
        "activity_bq": phantom.activity_bq,
        "sources": [
            {
                "position_mm": list(source.position_mm),
                "radius_mm": source.radius_mm,
                "fwhm_mm": float(scanner.fwhm_mm(np.array(source.radius_mm))),
                "width_at_half_maximum_mm": _width_at_half_maximum_mm(scanner, source.radius_mm),
            }
            for source in sources
        ],
    }


def _width_at_half_maximum_mm(scanner: Scanner, radius_mm: float) -> float:
    parts = [(fwhm, float(weight)) for fwhm, weight in mixture(scanner, np.array(radius_mm))]

    def height(x: float) -> float:
        return math.fsum(weight / fwhm**3 * math.exp2(-((2.0 * x / fwhm) ** 2)) for fwhm, weight in parts)

    half = height(0.0) / 2.0
    return 2.0 * float(brentq(lambda x: height(x) - half, 0.0, scanner.fwhm_centre_mm))


def _subdivision(grid: Grid) -> int:
    return max(round(grid.spacing_mm[0] / _FINE_MM), 1)


def _snapped(point: NDArray[np.float64], grid: Grid) -> tuple[float, float, float]:
    """The centre of the fine voxel that holds a point."""
    n = _subdivision(grid)
    fine = np.floor((grid.indices(point) + 0.5) * n)
    x, y, z = np.round(grid.points((fine + 0.5) / n - 0.5), 6)
    return float(x), float(y), float(z)


def _around(source: Source, grid: Grid) -> tuple[tuple[slice, slice, slice], Grid]:
    """The image's voxels around a source, and the fine voxels in them."""
    at = np.array(source.position_mm)
    first = np.maximum(np.rint(grid.indices(at - _REACH_MM)).astype(int), 0)
    last = np.minimum(np.rint(grid.indices(at + _REACH_MM)).astype(int) + 1, grid.shape[::-1])
    n = _subdivision(grid)
    nx, ny, nz = (int(size) * n for size in last - first)
    ox, oy, oz = (float(v) for v in grid.points(first - 0.5 + 0.5 / n))
    sx, sy, sz = (s / n for s in grid.spacing_mm)
    x, y, z = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return (z, y, x), Grid((nz, ny, nx), (sx, sy, sz), (ox, oy, oz))
