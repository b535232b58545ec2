"""Emission images: the activity of the truth, counted with noise, blurred, and put on the voxels of a scanner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.simulate.scanner import FWHM_PER_SD, Images
from hevesy.simulate.tare.options import TareOptions, Variant
from hevesy.simulate.tare.scenario import Camera

_Floats = NDArray[np.float64]


def rebinned(values: Images, source: Grid, target: Grid) -> Images:
    """Totals per voxel on another grid of the same axes; what lies in both grids is conserved.

    Parameters
    ----------
    values
        Amount in each voxel, even within it. Shape ``(z, y, x)``.
    source, target
        Grids with axes along x, y, z.
    """
    result = values
    for axis in range(3):
        weights = _overlap(source, target, axis).astype(np.float32)
        result = np.moveaxis(np.tensordot(weights, result, axes=(1, axis)), 0, axis)
    return result


def counted(decays: Images, camera: Camera, options: TareOptions, rng: np.random.Generator) -> Images:
    """Decays as a reconstruction shows them: scaled Poisson counts, in units of decays. Shape ``(z, y, x)``."""
    if Variant.NOISELESS in options.variants:
        return decays
    per_draw = camera.noise_factor / camera.counts_per_decay
    drawn: Images = (rng.poisson(decays / per_draw) * per_draw).astype(np.float32)
    return drawn


def blurred(values: Images, grid: Grid, camera: Camera, options: TareOptions) -> Images:
    """Smeared by resolution and breathing, amounts conserved but for what leaves the field. Shape ``(z, y, x)``."""
    if Variant.SHARP in options.variants:
        return values
    sd_mm = camera.fwhm / FWHM_PER_SD
    along_z = np.hypot(sd_mm, camera.breathing)
    sigmas = [sd / s for sd, s in zip((along_z, sd_mm, sd_mm), grid.spacing_mm[::-1], strict=True)]
    smeared: Images = ndimage.gaussian_filter(values, sigmas, mode="reflect", truncate=4.0)
    return smeared


def _overlap(source: Grid, target: Grid, axis: int) -> _Floats:
    """Share of each source voxel that lies in each target voxel, along one array axis. Shape ``(target, source)``."""
    (low, high), (to_low, to_high) = _edges(source, axis), _edges(target, axis)
    common = np.minimum(high, to_high[:, np.newaxis]) - np.maximum(low, to_low[:, np.newaxis])
    shares: _Floats = np.clip(common, 0.0, None) / (high - low)
    return shares


def _edges(grid: Grid, axis: int) -> tuple[_Floats, _Floats]:
    spacing, first = grid.spacing_mm[2 - axis], grid.origin_mm[2 - axis]
    centres: _Floats = first + spacing * np.arange(grid.shape[axis], dtype=np.float64)
    return centres - spacing / 2, centres + spacing / 2
