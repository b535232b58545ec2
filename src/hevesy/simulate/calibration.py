"""What a site measures before it treats: the calibration phantom and the recovery of spheres."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.physdata.phantoms import Ellipsoid, elliptic_cylinder, fractions
from hevesy.simulate.drawn_errors import PHANTOM_RELATIVE_STANDARD_UNCERTAINTY
from hevesy.simulate.options import Matrices
from hevesy.simulate.scanner import Images, Scanner, acquire
from hevesy.simulate.seeds import generator

DIAMETERS_MM = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0, 60.0)
"""The spheres of the NEMA NU 2 image-quality phantom and a larger one."""
_RING_MM = 57.2
"""Distance of the spheres from the axis in that phantom."""
_REPEATS = 8
_MARGIN_MM = 30.0
_SPHERE_CONCENTRATION = 1.0e6
"""[Bq/ml]"""
_SPHERE_DURATION_S = 1800.0


@dataclass(frozen=True)
class CalibrationPhantom:
    """A water cylinder of 20 cm diameter and length, uniformly filled."""

    radius_mm: float = 100.0
    length_mm: float = 200.0
    activity_bq: float = 1.5e9
    """At ``assayed``. [Bq]"""
    assayed: datetime = datetime(2024, 2, 26, 10, 0)  # noqa: DTZ001 - the scanner's local time
    start: datetime = datetime(2024, 2, 26, 11, 30)  # noqa: DTZ001 - the scanner's local time
    duration_s: float = 1800.0
    """[s]"""
    relative_standard_uncertainty: float = PHANTOM_RELATIVE_STANDARD_UNCERTAINTY
    """Of the activity meter, as the study file states it."""

    @property
    def volume_ml(self) -> float:
        """[ml]"""
        return float(np.pi * self.radius_mm**2 * self.length_mm / 1000)

    def mean_activity_bq(self, half_life_s: float) -> float:
        """Mean over the acquisition. [Bq]"""
        at_start = self.activity_bq * remaining(half_life_s, (self.start - self.assayed).total_seconds())
        return at_start * mean_over_start(half_life_s, self.duration_s)


def phantom_grid(matrices: Matrices, phantom: CalibrationPhantom, frame: str) -> Grid:
    """Slices over the cylinder with 5 cm on each side."""
    length = phantom.length_mm + 100.0
    return matrices.spect_grid(-length / 2, length, frame)


def scan_phantom(phantom: CalibrationPhantom, grid: Grid, scanner: Scanner, *, half_life_s: float, seed: int) -> Images:
    """Reconstructed counts of the cylinder. Shape ``(z, y, x)``."""
    half = phantom.length_mm / 2
    shares = fractions(elliptic_cylinder((-half, half), (phantom.radius_mm,) * 2), grid, supersample=4)
    activity = shares / shares.sum(dtype=np.float64) * phantom.mean_activity_bq(half_life_s)
    rng = generator(seed, "noise", "calibration phantom")
    return acquire(activity.astype(np.float32), grid, scanner, duration_s=phantom.duration_s, rng=rng)


@dataclass(frozen=True)
class SphereRecovery:
    """Recovery of one sphere."""

    volume_ml: float
    coefficient: float
    """Mean over repeats."""
    standard_uncertainty: float
    """Standard deviation between repeats (noise and position in the voxels)."""


def measure_spheres(matrices: Matrices, scanner: Scanner, *, seed: int) -> tuple[SphereRecovery, ...]:
    """Recovery of hot spheres in cold water, with the patient's scanner model and noise.

    The coefficient is the mean over the true sphere (voxels weighted by the share inside) over the true concentration.
    """
    return tuple(_measure(d, matrices, scanner, seed) for d in DIAMETERS_MM)


def misfilled(
    spheres: tuple[SphereRecovery, ...], stated_over_true: float, relative_standard_uncertainty: float
) -> tuple[SphereRecovery, ...]:
    """The spheres with an activity that is stated wrong by one factor, which each one's uncertainty covers."""
    return tuple(
        replace(
            s,
            coefficient=s.coefficient / stated_over_true,
            standard_uncertainty=math.hypot(s.standard_uncertainty, relative_standard_uncertainty * s.coefficient),
        )
        for s in spheres
    )


def sphere_table(spheres: tuple[SphereRecovery, ...]) -> str:
    """The table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("volume_ml", "recovery_coefficient", "standard_uncertainty"))
    for s in spheres:
        writer.writerow((f"{s.volume_ml:.4f}", f"{s.coefficient:.5f}", f"{s.standard_uncertainty:.5f}"))
    return text.getvalue()


def _measure(diameter_mm: float, matrices: Matrices, scanner: Scanner, seed: int) -> SphereRecovery:
    values = [_once(diameter_mm, matrices, scanner, seed, k) for k in range(_REPEATS)]
    volume = np.pi / 6 * diameter_mm**3 / 1000
    return SphereRecovery(float(volume), float(np.mean(values)), float(np.std(values, ddof=1)))


def _once(diameter_mm: float, matrices: Matrices, scanner: Scanner, seed: int, repeat: int) -> float:
    rng = generator(seed, "sphere", diameter_mm, repeat)
    angle = 2 * np.pi * (repeat / _REPEATS + rng.uniform(-0.05, 0.05))
    centre = np.array([_RING_MM * np.cos(angle), _RING_MM * np.sin(angle), rng.uniform(-5.0, 5.0)])
    grid = _around(centre, diameter_mm / 2 + _MARGIN_MM, matrices)
    semi = (diameter_mm / 2,) * 3
    shares = fractions(Ellipsoid((float(centre[0]), float(centre[1]), float(centre[2])), semi), grid, supersample=5)
    shares *= np.float32(np.pi / 6 * diameter_mm**3 / 1000 / (shares.sum(dtype=np.float64) * grid.voxel_volume_ml))
    activity = shares * np.float32(_SPHERE_CONCENTRATION * grid.voxel_volume_ml)
    counts = acquire(activity, grid, scanner, duration_s=_SPHERE_DURATION_S, rng=rng)
    per_voxel = _SPHERE_CONCENTRATION * grid.voxel_volume_ml * scanner.sensitivity_cps_per_bq * _SPHERE_DURATION_S
    return float(np.average(counts.astype(np.float64), weights=shares)) / per_voxel


def _around(centre_mm: NDArray[np.float64], reach_mm: float, matrices: Matrices) -> Grid:
    """The part of the SPECT's lattice around a point."""
    whole = matrices.spect_grid(-100.0, 200.0)
    first = np.floor(whole.indices(centre_mm - reach_mm)).astype(int)
    last = np.ceil(whole.indices(centre_mm + reach_mm)).astype(int)
    nx, ny, nz = (int(n) for n in last - first + 1)
    x, y, z = (float(v) for v in whole.points(first.astype(np.float64)))
    return Grid((nz, ny, nx), whole.spacing_mm, (x, y, z))
