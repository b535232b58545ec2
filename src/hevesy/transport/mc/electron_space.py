"""The voxels as electrons see them: straight paths through them, faces, and what is left where."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import inlined
from hevesy.numerics.shared_sums import add
from hevesy.transport.mc.particles import ParticleArrays

Floats = NDArray[np.float64]
Place = tuple[float, float, float, int, int, int]
"""``x, y, z`` [cm] and the indices ``ix, iy, iz`` of the voxel."""
Direction = tuple[float, float, float]

DONE, CHANGED, ESCAPED = 0, 1, 2
"""How a straight path ends: where it should, at another medium, out of all."""
DEPOSITED, OUT, HANDED_ON = 0, 1, 2
"""Entries of the ledger of energies."""
_TINY = 1e-30


class Space(NamedTuple):
    """Voxels, and what surrounds them."""

    media: NDArray[np.uint8]
    density: NDArray[np.float32]
    dx: float
    dy: float
    dz: float
    outside: int
    """Medium outside; below zero for vacuum."""
    margin: int
    """Voxels outside beyond which nothing is followed."""


class Results(NamedTuple):
    """What transport writes."""

    tally: Floats
    ledger: Floats
    photons: ParticleArrays
    """Room for what is handed on."""
    counts: NDArray[np.int64]
    """Photons written so far. Shape ``(1,)``."""
    stack: Floats


@inlined
def medium_at(space: Space, ix: int, iy: int, iz: int) -> tuple[int, float, bool]:
    """Medium (below zero: gone), density and whether it is one of the voxels."""
    nz, ny, nx = space.media.shape
    if 0 <= ix < nx and 0 <= iy < ny and 0 <= iz < nz:
        return int(space.media[iz, iy, ix]), float(space.density[iz, iy, ix]), True
    margin = space.margin
    beyond = ix < -margin or iy < -margin or iz < -margin
    if beyond or ix >= nx + margin or iy >= ny + margin or iz >= nz + margin:
        return -1, 0.0, False
    return space.outside, 1.0, False


@inlined
def _to_face(index: int, pitch: float, position: float, cosine: float) -> float:
    """Distance along a direction to the face of a voxel; without branches, which the sign would make at random. [cm]"""
    along = cosine if abs(cosine) > _TINY else _TINY
    face = (index + 1 if along > 0.0 else index) * pitch
    return max((face - position) / along, 0.0)


@inlined
def walk(
    space: Space, results: Results, where: Place, direction: Direction, medium: int, path: tuple[float, float]
) -> tuple[int, Place, float]:
    """Go straight on in one medium.

    ``path`` is the mass per area to go and the weighted energy lost per path. Returns how it ended, where, and what was
    left of the path.
    """
    x, y, z, ix, iy, iz = where
    ux, uy, uz = direction
    left, loss = path
    while True:
        here, density, tallied = medium_at(space, ix, iy, iz)
        if here < 0:
            return ESCAPED, (x, y, z, ix, iy, iz), left
        if here != medium and density > 0.0:
            return CHANGED, (x, y, z, ix, iy, iz), left
        tx, ty, tz = _to_face(ix, space.dx, x, ux), _to_face(iy, space.dy, y, uy), _to_face(iz, space.dz, z, uz)
        t = min(tx, ty, tz)
        ends = left <= t * density
        mass = left if ends else t * density
        if tallied:
            add(results.tally, (iz, iy, ix), loss * mass)
            results.ledger[DEPOSITED] += loss * mass
        else:
            results.ledger[OUT] += loss * mass
        if ends:
            t = mass / density
            return DONE, (x + t * ux, y + t * uy, z + t * uz, ix, iy, iz), 0.0
        left -= mass
        x, y, z = x + t * ux, y + t * uy, z + t * uz
        if t == tx:
            ix += 1 if ux > 0.0 else -1
            x = (ix if ux > 0.0 else ix + 1) * space.dx
        elif t == ty:
            iy += 1 if uy > 0.0 else -1
            y = (iy if uy > 0.0 else iy + 1) * space.dy
        else:
            iz += 1 if uz > 0.0 else -1
            z = (iz if uz > 0.0 else iz + 1) * space.dz


@inlined
def nearest_face(space: Space, where: Place) -> float:
    """Distance to the nearest face of the voxel. [cm]"""
    x, y, z, ix, iy, iz = where
    x, y, z = x - ix * space.dx, y - iy * space.dy, z - iz * space.dz
    return min(x, space.dx - x, y, space.dy - y, z, space.dz - z)


@inlined
def _other(space: Space, medium: int, ix: int, iy: int, iz: int) -> bool:
    """Whether there is another medium, which is not vacuum."""
    there, density, _ = medium_at(space, ix, iy, iz)
    return there != medium and density > 0.0


@inlined
def to_other(space: Space, where: Place, medium: int, within: float) -> float:
    """Distance to the nearest face with another medium behind it, if it is within some distance. [cm]"""
    x, y, z, ix, iy, iz = where
    x, y, z = x - ix * space.dx, y - iy * space.dy, z - iz * space.dz
    nearest = math.inf
    distance, side = (x, -1) if x < space.dx - x else (space.dx - x, 1)
    if distance < within and _other(space, medium, ix + side, iy, iz):
        nearest = distance
    distance, side = (y, -1) if y < space.dy - y else (space.dy - y, 1)
    if distance < min(within, nearest) and _other(space, medium, ix, iy + side, iz):
        nearest = distance
    distance, side = (z, -1) if z < space.dz - z else (space.dz - z, 1)
    if distance < min(within, nearest) and _other(space, medium, ix, iy, iz + side):
        nearest = distance
    return nearest


@inlined
def deposit(space: Space, results: Results, where: Place, energy: float) -> None:
    """Leave weighted energy in a voxel, or outside."""
    _, _, tallied = medium_at(space, where[3], where[4], where[5])
    if tallied:
        add(results.tally, (where[5], where[4], where[3]), energy)
        results.ledger[DEPOSITED] += energy
    else:
        results.ledger[OUT] += energy
