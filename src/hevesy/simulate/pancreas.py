"""A virtual tumour of the pancreas with injected holmium, as CT with its truth, for microbrachytherapy.

A box of soft tissue in air with an ellipsoidal tumour beside a cylinder of duodenum. Two needle tracks have left uneven
deposits on one side of the tumour. CT numbers rise linearly with holmium; noise is Gaussian and independent between
voxels. Neither beam hardening nor metal streaks of a needle are there, unless asked for as one synthetic streak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.simulate.seeds import generator

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SLOPE = 20.0
"""Of the phantom: a round number, no measured one. [HU ml/mg]"""
TISSUE_HU, AIR_HU, LARGEST_HU = 45.0, -1000.0, 3071.0
_TRACKS = (((-5.0, -3.0, -4.0), 40.0), ((-3.0, 4.0, 3.0), 30.0))
"""Centre from that of the tumour (LPS), mm, and mass of holmium, mg."""
_SPREAD_MM = (2.6, 2.6, 3.6)


@dataclass(frozen=True)
class Ellipsoid:
    """Along the patient axes (LPS)."""

    centre_mm: tuple[float, float, float]
    """[mm]"""
    half_axes_mm: tuple[float, float, float]
    """[mm]"""

    def inside(self, points_mm: Floats) -> Mask:
        """Whether points lie in it. Shape ``(..., 3)`` to ``(...)``."""
        scaled = (points_mm - np.array(self.centre_mm)) / np.array(self.half_axes_mm)
        inside: Mask = np.square(scaled).sum(axis=-1) <= 1.0
        return inside


TUMOUR = Ellipsoid((0.0, 0.0, 0.0), (13.0, 11.0, 12.0))
DUODENUM = Ellipsoid((23.0, 2.0, 0.0), (7.0, 9.0, 20.0))
NEAR = Ellipsoid(TUMOUR.centre_mm, (17.0, 15.0, 16.0))
"""Where holmium is looked for."""
TISSUE = Ellipsoid((-25.0, 0.0, 0.0), (7.0, 14.0, 16.0))
"""Without holmium."""
SOLIDS = {"Tumour": TUMOUR, "Duodenum": DUODENUM, "Near": NEAR, "Tissue": TISSUE}


@dataclass(frozen=True)
class InjectedPancreas:
    """The truth. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    concentration_mg_per_ml: Floats
    """[mg/ml]"""
    ct_numbers_hu: Floats
    """[HU]"""

    def mask(self, solid: Ellipsoid) -> Mask:
        """Voxels with their centre in a solid."""
        return solid.inside(self.points)

    @property
    def points(self) -> Floats:
        """Centres of all voxels. Shape ``(z, y, x, 3)``. [mm]"""
        k, j, i = np.indices(self.grid.shape).astype(np.float64)
        return self.grid.points(np.stack([i, j, k], axis=-1))


def injected_pancreas(
    shape: tuple[int, int, int] = (60, 72, 88),
    *,
    noise_hu: float = 12.0,
    blur_mm: float = 0.6,
    streak_hu: float = 0.0,
    seed: int = 1,
    frame: str | None = None,
) -> InjectedPancreas:
    """The virtual tumour with 70 mg of holmium, on voxels of 1 mm.

    Parameters
    ----------
    shape
        Number of voxels ``(z, y, x)``.
    noise_hu
        Standard deviation between voxels. [HU]
    blur_mm
        Standard deviation of the scanner's response. [mm]
    streak_hu
        Height of a dark and a bright band through the first deposit, as beam hardening makes them. [HU]
    seed
        Of noise and unevenness.
    frame
        Frame of reference.
    """
    nz, ny, nx = shape
    origin = (-0.5 * (nx - 1) + 8.0, -0.5 * (ny - 1), -0.5 * (nz - 1))
    grid = Grid(shape, (1.0, 1.0, 1.0), origin, frame_of_reference=frame)
    blank = InjectedPancreas(grid, np.zeros(shape), np.zeros(shape))
    points = blank.points
    concentration = sum(
        (_track(points, blank.mask(TUMOUR), track, seed) for track in range(len(_TRACKS))), np.zeros(shape)
    )
    low, high = grid.points(np.zeros(3)), grid.points(np.array([nx - 1.0, ny - 1.0, nz - 1.0]))
    body = ((points > low + 3.0) & (points < high - 3.0)).all(axis=-1)
    seen = ndimage.gaussian_filter(concentration, blur_mm) if blur_mm > 0 else concentration
    numbers = np.where(body, TISSUE_HU + SLOPE * seen, AIR_HU)
    numbers += np.where(body, streak_hu * _bands(points), 0.0)
    numbers += noise_hu * generator(seed, "noise", "pancreas").standard_normal(shape)
    return InjectedPancreas(grid, concentration, np.clip(numbers, -1024.0, LARGEST_HU))


def _track(points: Floats, tumour: Mask, track: int, seed: int) -> Floats:
    """An uneven deposit along a needle, within the tumour. [mg/ml]"""
    centre, mass_mg = _TRACKS[track]
    scaled = (points - np.array(centre)) / np.array(_SPREAD_MM)
    near = np.exp(-0.5 * np.square(scaled).sum(axis=-1))
    lumps = ndimage.gaussian_filter(generator(seed, "lumps", track).standard_normal(near.shape), 1.0)
    uneven = np.where(tumour & (near > 0.1), near * np.exp(2.0 * lumps), 0.0)
    made: Floats = uneven * (mass_mg / (uneven.sum() * 1e-3))
    return made


def _bands(points: Floats) -> Floats:
    """A dark band across the first deposit and bright ones beside it, one voxel to three thick."""
    across = points[..., 1] - _TRACKS[0][0][1]
    beside = np.abs(points[..., 0] - _TRACKS[0][0][0]) > 5.0
    bands: Floats = beside * (np.exp(-0.5 * np.square((across - 3.0) / 1.5)) - np.exp(-0.5 * np.square(across / 1.5)))
    return bands
