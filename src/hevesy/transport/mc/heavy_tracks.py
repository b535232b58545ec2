"""Straight tracks of alpha particles through voxels, compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.numerics.counter_random import stream, uniform
from hevesy.physdata.matter.alphas import LARGEST_ALPHA_MEV

Floats = NDArray[np.float64]
Triple = tuple[float, float, float]


class World(NamedTuple):
    """What tracks run through."""

    spacing_cm: Triple
    """``x, y, z``. [cm]"""
    media: NDArray[np.uint8]
    """Shape ``(z, y, x)``."""
    density_g_ml: NDArray[np.float32]
    """Shape ``(z, y, x)``. [g/ml]"""
    ranges_g_cm2: Floats
    """By medium, over equal steps of the square root of the energy. Shape ``(medium, n)``. [g/cm2]"""


class AlphaSource(NamedTuple):
    """Energies of alpha particles."""

    cumulative: Floats
    """Of the share of each row in the emitted energy. Shape ``(n,)``."""
    low_mev: Floats
    high_mev: Floats
    largest_mev: float
    seed: np.uint64


class Tallies(NamedTuple):
    """What tracks add to. Shapes ``(z, y, x)``."""

    energy_mev: Floats
    variance_mev2: Floats


@compiled
def range_at(ranges: Floats, energy_mev: float) -> float:
    """Range of an energy. [g/cm2]"""
    place = math.sqrt(energy_mev / LARGEST_ALPHA_MEV) * (len(ranges) - 1)
    low = min(int(place), len(ranges) - 2)
    return float(ranges[low] + (place - low) * (ranges[low + 1] - ranges[low]))


@compiled
def energy_at(ranges: Floats, residual_g_cm2: float) -> float:
    """Energy of a range: the inverse of :func:`range_at`. [MeV]"""
    low, high = 0, len(ranges) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if ranges[middle] <= residual_g_cm2:
            low = middle
        else:
            high = middle
    root = (low + (residual_g_cm2 - ranges[low]) / (ranges[high] - ranges[low])) / (len(ranges) - 1)
    return float(LARGEST_ALPHA_MEV * root * root)


@compiled
def energy_of(source: AlphaSource, row: float, within: float) -> float:
    """Energy by its share in the emitted energy; within a bin every energy is as likely, so its share grows. [MeV]"""
    low, high = 0, len(source.cumulative) - 1
    while low < high:
        middle = (low + high) // 2
        if source.cumulative[middle] < row:
            low = middle + 1
        else:
            high = middle
    bottom, top = source.low_mev[low] ** 2, source.high_mev[low] ** 2
    return math.sqrt(bottom + within * (top - bottom))


@compiled
def margins(world: World, voxel: tuple[int, int, int], reach_g_cm2: float) -> Triple:
    """How far a range reaches from the faces of a voxel, in its edges, at most half."""
    i, j, k = voxel
    density = float(world.density_g_ml[k, j, i])
    if density <= 0.0:
        return 0.5, 0.5, 0.5
    x, y, z = world.spacing_cm
    reach = reach_g_cm2 / density
    return min(reach / x, 0.5), min(reach / y, 0.5), min(reach / z, 0.5)


@compiled
def shell_shares(margin: Triple) -> Triple:
    """Volumes of the slabs that make up the shell around the core of a unit cube, cumulative.

    The slabs of the first axis, those of the second within the first's core, and those of the third within both.
    """
    a, b, c = margin
    first = 2.0 * a
    second = first + (1.0 - 2.0 * a) * 2.0 * b
    return first, second, second + (1.0 - 2.0 * a) * (1.0 - 2.0 * b) * 2.0 * c


@compiled
def _in_slabs(margin: float, number: float) -> float:
    """A place within the margins at either end of the unit length."""
    place = min(number, 1.0) * 2.0 * margin
    return place if place < margin else 1.0 - 2.0 * margin + place


@compiled
def near_border(margin: Triple, shares: Triple, numbers: Triple) -> Triple:
    """A point of the shell, from three uniform numbers."""
    (a, b, c), (u, v, w) = margin, numbers
    at = u * shares[2]
    if at < shares[0]:
        return _in_slabs(a, at / shares[0]), v, w
    if at < shares[1]:
        return a + v * (1.0 - 2.0 * a), _in_slabs(b, (at - shares[0]) / (shares[1] - shares[0])), w
    return a + v * (1.0 - 2.0 * a), b + w * (1.0 - 2.0 * b), _in_slabs(c, (at - shares[1]) / (shares[2] - shares[1]))


@compiled
def isotropic(u: float, v: float) -> Triple:
    """A direction, from two uniform numbers."""
    z = 2.0 * u - 1.0
    across = math.sqrt(max(1.0 - z * z, 0.0))
    return across * math.cos(2.0 * math.pi * v), across * math.sin(2.0 * math.pi * v), z


@compiled
def _to_border(place: float, direction: float, edge_cm: float) -> float:
    """Way to the end of the voxel along one axis. [cm]"""
    if direction > 0.0:
        return (1.0 - place) * edge_cm / direction
    if direction < 0.0:
        return -place * edge_cm / direction
    return math.inf


@compiled
def _inside(world: World, i: int, j: int, k: int) -> bool:
    n_z, n_y, n_x = world.media.shape
    return bool(0 <= i < n_x and 0 <= j < n_y and 0 <= k < n_z)


@compiled
def follow(  # noqa: PLR0913, PLR0917 - one hot loop
    world: World,
    voxel: tuple[int, int, int],
    place: Triple,
    direction: Triple,
    energy_mev: float,
    weight_mev: float,
    tallies: Tallies,
) -> tuple[float, float]:
    """Run one track: the shares of its energy that stay in the first voxel and that leave the grid.

    What it leaves in other voxels goes into the tallies. A track crosses a voxel at most once.
    """
    (sx, sy, sz), (u, v, w) = world.spacing_cm, direction
    (i, j, k), (x, y, z) = voxel, place
    energy, own = energy_mev, -1.0
    while energy > 0.0 and _inside(world, i, j, k):
        way_x, way_y, way_z = _to_border(x, u, sx), _to_border(y, v, sy), _to_border(z, w, sz)
        way = max(min(way_x, way_y, way_z), 0.0)
        ranges = world.ranges_g_cm2[world.media[k, j, i]]
        passed = way * float(world.density_g_ml[k, j, i])
        left = energy
        if passed > 0.0:
            residual = range_at(ranges, energy) - passed
            left = min(energy_at(ranges, residual), energy) if residual > 0.0 else 0.0
        share = (energy - left) / energy_mev
        if own < 0.0:
            own = share
        else:
            tallies.energy_mev[k, j, i] += share * weight_mev
            tallies.variance_mev2[k, j, i] += (share * weight_mev) ** 2
        energy = left
        x, y, z = x + way * u / sx, y + way * v / sy, z + way * w / sz
        if way_x <= way_y and way_x <= way_z:
            i, x = (i + 1, 0.0) if u > 0.0 else (i - 1, 1.0)
        elif way_y <= way_z:
            j, y = (j + 1, 0.0) if v > 0.0 else (j - 1, 1.0)
        else:
            k, z = (k + 1, 0.0) if w > 0.0 else (k - 1, 1.0)
    return max(own, 0.0), energy / energy_mev


@compiled
def n_tracks_of(shell: float, spread: float, fewest: int, most: int) -> int:
    """Tracks that a voxel needs, for a spread of its own energy no larger than wanted."""
    return max(fewest, min(most, math.ceil((shell * spread) ** 2)))


@compiled
def run_voxel(
    world: World,
    source: AlphaSource,
    voxel: tuple[int, int, int],
    limits: tuple[float, int, int],
    emitted_mev: float,
    tallies: Tallies,
) -> tuple[int, float]:
    """Alpha particles of one voxel: number of tracks, and what leaves the grid [MeV].

    Those from the core stay; tracks start in the shell from which a border can be reached.
    """
    i, j, k = voxel
    _, n_y, n_x = world.media.shape
    margin = margins(world, voxel, range_at(world.ranges_g_cm2[world.media[k, j, i]], source.largest_mev))
    shares = shell_shares(margin)
    n_tracks = n_tracks_of(shares[2], limits[0], limits[1], limits[2])
    weight = emitted_mev * shares[2] / n_tracks
    own, squares, escaped = 0.0, 0.0, 0.0
    number = ((k * n_y + j) * n_x + i) * limits[2]
    for track in range(n_tracks):
        state = stream(source.seed, np.uint64(number + track))
        state, r1 = uniform(state)
        state, r2 = uniform(state)
        state, r3 = uniform(state)
        state, r4 = uniform(state)
        state, r5 = uniform(state)
        state, r6 = uniform(state)
        state, r7 = uniform(state)
        place = near_border(margin, shares, (r1, r2, r3))
        energy = energy_of(source, (track + r6) / n_tracks, r7)
        kept, gone = follow(world, voxel, place, isotropic(r4, r5), energy, weight, tallies)
        own += kept
        squares += kept * kept
        escaped += gone
    tallies.energy_mev[k, j, i] += emitted_mev * (1.0 - shares[2]) + own * weight
    spread = max(squares - own * own / n_tracks, 0.0) * n_tracks / (n_tracks - 1)
    tallies.variance_mev2[k, j, i] += spread * weight * weight
    return n_tracks, escaped * weight


@compiled
def run_voxels(
    world: World, source: AlphaSource, emitted_mev: Floats, limits: tuple[float, int, int], tallies: Tallies
) -> tuple[int, float]:
    """Alpha particles of all voxels: number of tracks, and what leaves the grid [MeV]."""
    n_z, n_y, n_x = world.media.shape
    tracks, escaped = 0, 0.0
    for k in range(n_z):
        for j in range(n_y):
            for i in range(n_x):
                if emitted_mev[k, j, i] > 0.0:
                    more, gone = run_voxel(world, source, (i, j, k), limits, emitted_mev[k, j, i], tallies)
                    tracks += more
                    escaped += gone
    return tracks, escaped
