"""A further deposit: its shape, where it may lie, and the dose that it gives anywhere around it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Voxels = NDArray[np.int64]
"""Voxel indices ``(z, y, x)``. Shape ``(n, 3)``."""
Spacing = tuple[float, float, float]

_POINTS = 6
"""Points per voxel along each axis, to tell how much of it lies in a sphere."""


@dataclass(frozen=True)
class Margins:
    """What a deposit keeps clear of."""

    surface_mm: float
    """From the edge of the deposit to the surface of the tumour. [mm]"""
    organs_mm: float
    """From the edge of the deposit to any organ at risk. [mm]"""


def sphere_radius_mm(volume_ml: float) -> float:
    """Radius of a sphere. [mm]"""
    return float(np.cbrt(3.0 * 1000.0 * volume_ml / (4.0 * math.pi)))


def sphere_shares(spacing_mm: Spacing, volume_ml: float) -> Floats:
    """Share of the activity of a sphere, filled evenly, in every voxel around its centre; sums to one.

    Parameters
    ----------
    spacing_mm
        ``(x, y, z)`` [mm]
    volume_ml
        Of the sphere. [ml]

    Returns
    -------
    Shape ``(z, y, x)`` with odd lengths; the centre of the middle voxel is that of the sphere.
    """
    radius = sphere_radius_mm(volume_ml)
    axes = []
    for spacing in reversed(spacing_mm):
        reach = math.ceil(radius / spacing + 0.5)
        axes.append(((np.arange((2 * reach + 1) * _POINTS) + 0.5) / _POINTS - reach - 0.5) * spacing)
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    inside = (z**2 + y**2 + x**2 <= radius**2).astype(np.float64)
    n = [len(axis) // _POINTS for axis in axes]
    shares = inside.reshape(n[0], _POINTS, n[1], _POINTS, n[2], _POINTS).sum(axis=(1, 3, 5))
    total: Floats = shares / shares.sum()
    return total


def dose_around(shares: Floats, kernel: Floats) -> Floats:
    """Dose for the whole activity of a deposit, at distances in voxels from its centre.

    Parameters
    ----------
    shares
        Of the activity, mirror-symmetric. Shape ``(z, y, x)``, odd.
    kernel
        Dose for the activity of one voxel, at distances from zero on; as far as the octant wanted and half the
        deposit. Shape ``(z, y, x)``. [Gy]

    Returns
    -------
    One octant; the others are its mirror images. [Gy]
    """
    half = [n // 2 for n in shares.shape]
    mirrored = kernel[np.ix_(*(np.abs(np.arange(-h, n)) for h, n in zip(half, kernel.shape, strict=True)))]
    lengths = [n - h for h, n in zip(half, kernel.shape, strict=True)]
    dose = np.zeros(lengths)
    for place in itertools.product(*(range(n) for n in shares.shape)):
        if shares[place] > 0:
            first = [2 * h - at for h, at in zip(half, place, strict=True)]
            part = tuple(slice(at, at + n) for at, n in zip(first, lengths, strict=True))
            dose += shares[place] * mirrored[part]
    return dose


def influence(around: Floats, at: Voxels, centres: Voxels) -> Floats:
    """Dose at some voxels for a deposit at each of some centres. Shape ``(voxel, centre)``, in the unit of the octant.

    Beyond the octant there is none.
    """
    distance = np.abs(at[:, None, :] - centres[None, :, :])
    within = (distance < np.array(around.shape)).all(axis=-1)
    near = np.minimum(distance, np.array(around.shape) - 1)
    values: Floats = np.where(within, around[near[..., 0], near[..., 1], near[..., 2]], 0.0)
    return values


def places(
    tumour: Mask, organs: Mask, spacing_mm: Spacing, radius_mm: float, margins: Margins, pitch_mm: float
) -> Voxels:
    """Centres where a deposit keeps its margins, on a lattice around the centre of the tumour.

    Parameters
    ----------
    tumour, organs
        Shape ``(z, y, x)``.
    spacing_mm
        ``(x, y, z)`` [mm]
    radius_mm
        Of a deposit. [mm]
    margins
        To the tumour's surface and to organs. [mm]
    pitch_mm
        Distance of the centres, rounded to whole voxels. [mm]

    Returns
    -------
    Voxel indices ``(z, y, x)``. Shape ``(n, 3)``; empty where there is no place.
    """
    sampling = np.array(spacing_mm[::-1])
    half = 0.5 * float(sampling.min())
    inside = ndimage.distance_transform_edt(np.pad(tumour, 1), sampling=sampling)[1:-1, 1:-1, 1:-1] - half
    allowed = tumour & (inside >= radius_mm + margins.surface_mm - 1e-9)
    if organs.any():
        away = ndimage.distance_transform_edt(~organs, sampling=sampling) - half
        allowed &= away >= radius_mm + margins.organs_mm - 1e-9
    return on_lattice(allowed, tumour, [max(1, round(pitch_mm / float(s))) for s in sampling])


def on_lattice(mask: Mask, anchor: Mask, steps: list[int]) -> Voxels:
    """Voxels of a mask at whole steps from the centre of another. Steps along ``(z, y, x)`` in voxels."""
    centre = np.rint(np.argwhere(anchor).mean(axis=0)).astype(np.int64)
    voxels = np.argwhere(mask).astype(np.int64)
    kept: Voxels = voxels[((voxels - centre) % np.array(steps) == 0).all(axis=1)]
    return kept


def spread_voxels(mask: Mask, most: int) -> Voxels:
    """Evenly spread voxels of a mask, as many as there may be, on a lattice around its centre.

    Returns
    -------
    Voxel indices ``(z, y, x)``. Shape ``(n, 3)``, ``n`` at most ``most`` and at least one.
    """
    step = max(1, int((np.count_nonzero(mask) / most) ** (1.0 / 3.0)))
    while len(found := on_lattice(mask, mask, [step] * 3)) > most:
        step += 1
    return found
