"""Voxels as one number each, and the way of a photon through them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.shared_sums import add
from hevesy.physdata.matter.photons import PhotonArrays
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.photon_physics import Vector, along, attenuation, energy_bin

MEDIUM_BITS = 5
_MEDIUM_MASK = np.uint32((1 << MEDIUM_BITS) - 1)
_DENSITY_MASK = np.uint32(0xFFFFFFFF ^ ((1 << MEDIUM_BITS) - 1))
WATER_MARGIN_CM = 30.0
"""Water around the voxels that photons are followed in; from beyond, less than 0.1 % of those that left come back."""

_FAR = 1e30
_PARALLEL = 1e-12

INSIDE, AROUND, ESCAPED = 0, 1, 2


class PhotonGrid(NamedTuple):
    """Voxels for compiled loops."""

    voxels: NDArray[np.uint32]
    """Density in single precision, its last five bits the medium. Shape ``(z * y * x,)``."""
    shape: tuple[int, int, int]
    """``x, y, z``."""
    spacing: Vector
    """[cm]"""
    size: Vector
    """[cm]"""
    margin: float
    """Width of the water around; zero for vacuum. [cm]"""


@compiled
def _pack(bits: NDArray[np.uint32], media: NDArray[np.uint8], voxels: NDArray[np.uint32]) -> None:
    half = np.uint32(1 << (MEDIUM_BITS - 1))
    for i in range(len(bits)):
        voxels[i] = (np.uint32(bits[i] + half) & _DENSITY_MASK) | np.uint32(media[i])


def photon_grid(geometry: VoxelGeometry) -> PhotonGrid:
    """Pack media and densities, once for many batches; densities are rounded by up to 2e-6 of themselves.

    Raises
    ------
    ValueError
        If there are more than 32 media.
    """
    if len(geometry.materials) > 1 << MEDIUM_BITS:
        raise ValueError(f"expected at most {1 << MEDIUM_BITS} media, but {len(geometry.materials)} came")
    nz, ny, nx = geometry.media.shape
    sx, sy, sz = geometry.spacing_cm
    bits = np.ascontiguousarray(geometry.density_g_ml, dtype=np.float32).ravel().view(np.uint32)
    voxels = np.empty_like(bits)
    _pack(bits, np.ascontiguousarray(geometry.media, dtype=np.uint8).ravel(), voxels)
    margin = WATER_MARGIN_CM if geometry.outside is Outside.WATER else 0.0
    return PhotonGrid(voxels, (nx, ny, nz), (sx, sy, sz), (nx * sx, ny * sy, nz * sz), margin)


@inlined
def _axis(x: float, u: float, spacing: float, count: int) -> tuple[int, float, float, int, int]:
    """Voxel along one axis, path to its end and through each further one, sense, and number of voxels ahead."""
    i = min(max(int(x / spacing), 0), count - 1)
    if abs(u) < _PARALLEL:
        return i, _FAR, _FAR, 0, 1
    per_u = 1.0 / u
    if u > 0.0:
        return i, max(((i + 1) * spacing - x) * per_u, 0.0), spacing * per_u, 1, count - i
    return i, max((i * spacing - x) * per_u, 0.0), -spacing * per_u, -1, i + 1


@inlined
def _through(  # noqa: PLR0913, PLR0917, PLR0915, C901 - the innermost loop, one voxel a turn
    grid: PhotonGrid,
    tables: PhotonArrays,
    tally: NDArray[np.float64],
    totals: NDArray[np.float64],
    energy: float,
    position: Vector,
    direction: Vector,
    depth: float,
    weight: float,
) -> tuple[float, int, int, Vector]:
    """Go an optical depth through the voxels and leave the expected energy in each.

    The first of the totals receives their sum. Gives the depth that is left where the photon leaves the voxels, or
    zero; medium, voxel and place of the collision.
    """
    nx, ny, nz = grid.shape
    ix, tx, dx, sense_x, left_x = _axis(position[0], direction[0], grid.spacing[0], nx)
    iy, ty, dy, sense_y, left_y = _axis(position[1], direction[1], grid.spacing[1], ny)
    iz, tz, dz, sense_z, left_z = _axis(position[2], direction[2], grid.spacing[2], nz)
    voxel = (iz * ny + iy) * nx + ix
    step_x, step_y, step_z = sense_x, sense_y * nx, sense_z * nx * ny
    place = energy_bin(energy)
    medium, opacity, given, path, left = -1, 0.0, 0.0, 0.0, 0.0
    while True:
        word = grid.voxels[voxel]
        density = np.float64(np.uint32(word & _DENSITY_MASK).view(np.float32))
        here = int(np.int64(word & _MEDIUM_MASK))
        if here != medium:
            medium = here
            opacity = tables.flight[medium, place, 0] + tables.flight[medium, place, 1] * energy
            given = (tables.flight[medium, place, 2] + tables.flight[medium, place, 3] * energy) * weight
        end = min(tx, ty, tz)
        length = end - path
        thickness = opacity * density * length
        if thickness >= depth:
            length = depth / (opacity * density)
            here_left = given * density * length
            add(tally, voxel, here_left)
            totals[0] += left + here_left
            return 0.0, medium, voxel, along(position, direction, path + length)
        here_left = given * density * length
        add(tally, voxel, here_left)
        left += here_left
        depth -= thickness
        path = end
        if tx == end:
            left_x -= 1
            voxel += step_x
            tx += dx
            if left_x == 0:
                break
        elif ty == end:
            left_y -= 1
            voxel += step_y
            ty += dy
            if left_y == 0:
                break
        else:
            left_z -= 1
            voxel += step_z
            tz += dz
            if left_z == 0:
                break
    totals[0] += left
    return depth, medium, -1, along(position, direction, path)


@inlined
def within(grid: PhotonGrid, position: Vector, margin: float) -> bool:
    """Whether a place lies within the voxels widened by a margin."""
    x, y, z = position
    length, width, height = grid.size
    across = -margin <= x <= length + margin and -margin <= y <= width + margin
    return across and -margin <= z <= height + margin


@inlined
def voxel_of(grid: PhotonGrid, position: Vector) -> int:
    """Voxel that holds a place; -1 for none."""
    if not within(grid, position, 0.0):
        return -1
    nx, ny, nz = grid.shape
    ix = min(int(position[0] / grid.spacing[0]), nx - 1)
    iy = min(int(position[1] / grid.spacing[1]), ny - 1)
    iz = min(int(position[2] / grid.spacing[2]), nz - 1)
    return (iz * ny + iy) * nx + ix


@inlined
def _entry(grid: PhotonGrid, position: Vector, direction: Vector) -> float:
    """Path to the voxels from outside; a large number where the ray misses them."""
    near, far = 0.0, _FAR
    for axis in range(3):
        u = direction[axis]
        if abs(u) < _PARALLEL:
            if not 0.0 <= position[axis] <= grid.size[axis]:
                return _FAR
        else:
            a, b = -position[axis] / u, (grid.size[axis] - position[axis]) / u
            near, far = max(near, min(a, b)), min(far, max(a, b))
    return near if near < far else _FAR


@inlined
def move(  # noqa: PLR0913, PLR0917 - one flight needs them all
    grid: PhotonGrid,
    tables: PhotonArrays,
    tally: NDArray[np.float64],
    totals: NDArray[np.float64],
    energy: float,
    position: Vector,
    direction: Vector,
    depth: float,
    weight: float,
) -> tuple[int, int, int, Vector]:
    """One flight to the next collision: where it is (in a voxel, around, or nowhere), medium, voxel and place."""
    water = len(tables.flight) - 1
    outside = attenuation(tables, water, energy) if grid.margin > 0.0 else 0.0
    entry = 0.0 if within(grid, position, 0.0) else _entry(grid, position, direction)
    if entry < _FAR and depth > outside * entry:
        position = along(position, direction, entry)
        depth -= outside * entry
        depth, medium, voxel, position = _through(
            grid, tables, tally, totals, energy, position, direction, depth, weight
        )
        if voxel >= 0:
            return INSIDE, medium, voxel, position
    if outside == 0.0:
        return ESCAPED, water, -1, position
    position = along(position, direction, depth / outside)
    return (AROUND if within(grid, position, grid.margin) else ESCAPED), water, -1, position
