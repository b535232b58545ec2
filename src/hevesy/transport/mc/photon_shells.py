"""Scattered photons in spherical shells around their source, by track length: the compiled loop."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import stream, uniform
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.photons import LOWEST_MEV, PhotonArrays
from hevesy.transport.mc.photon_physics import (
    INCOHERENT,
    PAIR,
    PHOTOELECTRIC,
    State,
    Vector,
    along,
    attenuation,
    azimuth,
    channel,
    fluorescence,
    isotropic,
    left_per_length,
    scattered_energy,
    scattering,
    turned,
)

Floats = NDArray[np.float64]


class Shells(NamedTuple):
    """Shells in one unbounded medium, and what the loop writes."""

    tables: PhotonArrays
    medium: int
    density: float
    """[g/ml]"""
    squares: Floats
    """Squared radii of the edges. Shape ``(shell + 1,)``. [cm2]"""
    far: float
    """Squared radius that photons are followed to. [cm2]"""
    scored: Floats
    """Energy in every shell. Shape ``(shell,)``. [MeV]"""
    stack: Floats
    """Photons that wait: energy, place, direction. Shape ``(STACK, 7)``."""
    waiting: NDArray[np.int64]
    """Their number. Shape ``(1,)``."""


@inlined
def _shell_of(squares: Floats, square: float) -> int:
    """Shell of a squared radius: -1 within all of them, their number beyond."""
    left, right = -1, len(squares) - 1
    if square >= squares[right]:
        return right
    while right - left > 1:
        middle = (left + right) // 2
        if squares[middle] <= square:
            left = middle
        else:
            right = middle
    return left


@inlined
def _score(shells: Shells, position: Vector, direction: Vector, length: float, per_length: float) -> None:
    """Share a track among the shells that it crosses."""
    x, y, z = position
    square = x * x + y * y + z * z
    ahead = -(x * direction[0] + y * direction[1] + z * direction[2])
    closest = square - ahead * ahead
    squares, last = shells.squares, len(shells.squares) - 1
    shell, path = _shell_of(squares, square), 0.0
    while path < length:
        if path < ahead and shell >= 0 and squares[shell] > closest:  # next comes the inner edge
            end, following = ahead - math.sqrt(squares[shell] - closest), shell - 1
        elif shell < last:
            end, following = ahead + math.sqrt(max(squares[shell + 1] - closest, 0.0)), shell + 1
        else:
            return
        end = min(max(end, path), length)
        if 0 <= shell < last:
            shells.scored[shell] += per_length * (end - path)
        path, shell = end, following


@inlined
def _fly(shells: Shells, energy: float, position: Vector, direction: Vector, depth: float, weight: float) -> Vector:
    """One flight: score its track, and give the place of the collision."""
    length = depth / (attenuation(shells.tables, shells.medium, energy) * shells.density)
    given = left_per_length(shells.tables, shells.medium, energy)
    _score(shells, position, direction, length, weight * given * shells.density)
    return along(position, direction, length)


@inlined
def _wait(shells: Shells, energy: float, position: Vector, direction: Vector) -> None:
    row = shells.stack[shells.waiting[0]]
    row[0] = energy
    row[1], row[2], row[3] = position
    row[4], row[5], row[6] = direction
    shells.waiting[0] += 1


@inlined
def _collide(
    shells: Shells, energy: float, position: Vector, direction: Vector, state: State
) -> tuple[State, float, Vector]:
    """Energy and direction after a collision; no energy where the photon ends. Others that it sets free wait."""
    tables, medium = shells.tables, shells.medium
    state, u = uniform(state)
    kind = channel(tables, medium, energy, u)
    if kind == PAIR:
        state, way = isotropic(state)
        _wait(shells, ELECTRON_MASS_MEV, position, way)
        return state, ELECTRON_MASS_MEV, (-way[0], -way[1], -way[2])
    if kind == PHOTOELECTRIC:
        state, first, second, _ = fluorescence(tables, medium, energy, state)
        for line in (first, second):
            if line > 0.0:
                state, way = isotropic(state)
                _wait(shells, line, position, way)
        return state, 0.0, direction
    state, t = scattering(tables, kind, medium, energy, state)
    state, cos_phi, sin_phi = azimuth(state)
    after = turned(direction, t, cos_phi, sin_phi)
    return state, scattered_energy(energy, t) if kind == INCOHERENT else energy, after


@inlined
def _follow(shells: Shells, energy: float, position: Vector, direction: Vector, weight: float, state: State) -> State:
    """A photon after its first collision, to its end."""
    while energy > 0.0:
        if energy < LOWEST_MEV:
            shell = _shell_of(shells.squares, position[0] ** 2 + position[1] ** 2 + position[2] ** 2)
            if 0 <= shell < len(shells.scored):
                shells.scored[shell] += weight * energy
            return state
        state, u = uniform(state)
        position = _fly(shells, energy, position, direction, -math.log(u), weight)
        if position[0] ** 2 + position[1] ** 2 + position[2] ** 2 > shells.far:
            return state
        state, energy, direction = _collide(shells, energy, position, direction, state)
    return state


@compiled
def scatter(shells: Shells, energy: float, weight: float, count: int, seed: np.uint64) -> None:
    """Photons of one energy from the origin; the flight to the first collision is stratified and not scored."""
    opacity = attenuation(shells.tables, shells.medium, energy) * shells.density
    reached = -math.expm1(-opacity * math.sqrt(shells.far))
    for i in range(count):
        state = stream(seed, np.uint64(i))
        state, u = uniform(state)
        length = -math.log1p(-reached * (i + u) / count) / opacity
        position, direction = (0.0, 0.0, length), (0.0, 0.0, 1.0)
        state, now, direction = _collide(shells, energy, position, direction, state)
        state = _follow(shells, now, position, direction, weight * reached / count, state)
        while shells.waiting[0] > 0:
            shells.waiting[0] -= 1
            top = shells.stack[shells.waiting[0]]
            now, position, direction = top[0], (top[1], top[2], top[3]), (top[4], top[5], top[6])
            state = _follow(shells, now, position, direction, weight * reached / count, state)
