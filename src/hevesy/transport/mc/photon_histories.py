"""Photons followed from collision to collision, with all photons that they set free: the compiled loop."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import stream, uniform
from hevesy.numerics.shared_sums import add, next_row
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.photons import LOWEST_MEV, PhotonArrays
from hevesy.transport.mc.particles import ParticleArrays
from hevesy.transport.mc.photon_electrons import compton_electron, pair_electron, photoelectron
from hevesy.transport.mc.photon_grid import ESCAPED, PhotonGrid, move, voxel_of, within
from hevesy.transport.mc.photon_physics import (
    INCOHERENT,
    PAIR,
    PHOTOELECTRIC,
    State,
    Vector,
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

DEPOSITED, ESCAPED_ENERGY, HANDED_ON = 0, 1, 2
STACK = 16
ROULETTE = 1.5
"""What a scattered photon must leave per length, relative to its start, or it ends or gains weight by chance.

Measured in a body of 4 mm voxels: the time for one uncertainty falls by a factor 1.2 (113 keV) to 1.7 (364 keV).
"""
REACH = 0.6
"""More than the range of electrons in water over their energy, up to 16 MeV. [cm/MeV]"""
RESERVE = 4096
"""Electrons that one photon may set free at most."""


class Ledger(NamedTuple):
    """What the loop writes beside the tally."""

    tally: Floats
    """Energy in every voxel. Shape ``(z * y * x,)``. [MeV]"""
    totals: Floats
    """Deposited, escaped and handed on. Shape ``(3,)``. [MeV]"""
    stack: Floats
    """Photons that wait: energy, place, direction, weight. Shape ``(STACK, 8)``."""
    electrons: ParticleArrays
    """Room for the electrons that are handed on; none where they deposit by expectation."""
    counts: NDArray[np.int64]
    """Electrons written. Shape ``(1,)``."""
    waiting: NDArray[np.int64]
    """Photons that wait. Shape ``(1,)``."""


@inlined
def _wait(ledger: Ledger, energy: float, position: Vector, direction: Vector, weight: float) -> None:
    row = ledger.stack[ledger.waiting[0]]
    row[0] = energy
    row[1], row[2], row[3] = position
    row[4], row[5], row[6] = direction
    row[7] = weight
    ledger.waiting[0] += 1


@inlined
def _leave(ledger: Ledger, voxel: int, energy: float) -> None:
    """Weighted energy that stays in a voxel, or beyond all of them."""
    if voxel < 0:
        ledger.totals[ESCAPED_ENERGY] += energy
    else:
        add(ledger.tally, voxel, energy)
        ledger.totals[DEPOSITED] += energy


@inlined
def _hand_on(  # noqa: PLR0913, PLR0917 - all that an electron has
    grid: PhotonGrid,
    ledger: Ledger,
    voxel: int,
    energy: float,
    position: Vector,
    direction: Vector,
    weight: float,
    state: State,
) -> State:
    """Write an electron down for the transport of electrons.

    Weak ones, and those around the voxels that cannot reach them, stay where they are.
    """
    reaches = voxel >= 0 or within(grid, position, REACH * energy)
    if energy < LOWEST_MEV or not reaches or not len(ledger.electrons.energy):
        _leave(ledger, voxel, weight * energy)
        return state
    n = next_row(ledger.counts)
    if n < len(ledger.electrons.energy):
        electrons = ledger.electrons
        electrons.energy[n] = energy
        for axis in range(3):
            electrons.position[n, axis] = position[axis]
            electrons.direction[n, axis] = direction[axis]
        electrons.weight[n] = weight
        electrons.stream[n] = stream(state, np.uint64(0))
        ledger.totals[HANDED_ON] += weight * energy
    state, _ = uniform(state)
    return state


@inlined
def _roulette(tables: PhotonArrays, energy: float, weight: float, worth: float, state: State) -> tuple[State, float]:
    """Weight of a photon that must be worth the following: what it leaves per length of water times its weight."""
    wanted = worth / left_per_length(tables, len(tables.flight) - 1, energy)
    if weight >= wanted:
        return state, weight
    state, u = uniform(state)
    return state, wanted if u * wanted < weight else 0.0


@inlined
def _absorb(  # noqa: PLR0913, PLR0917 - one collision needs them all
    grid: PhotonGrid,
    tables: PhotonArrays,
    ledger: Ledger,
    analog: bool,  # noqa: FBT001 - compiled
    medium: int,
    voxel: int,
    energy: float,
    position: Vector,
    direction: Vector,
    weight: float,
    state: State,
) -> State:
    """Photoelectric absorption: fluorescence waits, the photoelectron is handed on, Auger electrons stay."""
    state, first, second, binding = fluorescence(tables, medium, energy, state)
    for line in (first, second):
        if line > 0.0:
            state, way = isotropic(state)
            _wait(ledger, line, position, way, weight)
    if analog or voxel < 0:
        _leave(ledger, voxel, weight * (binding - first - second))
        state, way = photoelectron(energy - binding, direction, state) if energy > binding else (state, direction)
        state = _hand_on(grid, ledger, voxel, energy - binding, position, way, weight, state)
    return state


@inlined
def _make_pair(  # noqa: PLR0913, PLR0917 - one collision needs them all
    grid: PhotonGrid,
    ledger: Ledger,
    analog: bool,  # noqa: FBT001 - compiled
    voxel: int,
    energy: float,
    position: Vector,
    direction: Vector,
    weight: float,
    state: State,
) -> State:
    """An electron and a positron, any sharing as likely; the annihilation photons wait where the pair arose."""
    state, way = isotropic(state)
    _wait(ledger, ELECTRON_MASS_MEV, position, way, weight)
    _wait(ledger, ELECTRON_MASS_MEV, position, (-way[0], -way[1], -way[2]), weight)
    if analog or voxel < 0:
        kinetic = energy - 2.0 * ELECTRON_MASS_MEV
        state, u = uniform(state)
        for part in (u * kinetic, (1.0 - u) * kinetic):
            state, way = pair_electron(part, direction, state)
            state = _hand_on(grid, ledger, voxel, part, position, way, weight, state)
    return state


@inlined
def _scatter(
    tables: PhotonArrays, kind: int, medium: int, energy: float, direction: Vector, state: State
) -> tuple[State, float, Vector]:
    """Energy and direction after scattering."""
    state, t = scattering(tables, kind, medium, energy, state)
    state, cos_phi, sin_phi = azimuth(state)
    after = turned(direction, t, cos_phi, sin_phi)
    return state, scattered_energy(energy, t) if kind == INCOHERENT else energy, after


@inlined
def _follow_one(  # noqa: PLR0913, PLR0917 - one photon
    grid: PhotonGrid,
    tables: PhotonArrays,
    ledger: Ledger,
    analog: bool,  # noqa: FBT001 - compiled
    energy: float,
    position: Vector,
    direction: Vector,
    weight: float,
    state: State,
) -> State:
    """From where a photon is set free to its end."""
    scored = 0.0 if analog else weight
    worth = ROULETTE * scored * left_per_length(tables, len(tables.flight) - 1, max(energy, LOWEST_MEV))
    voxel = voxel_of(grid, position)
    while energy >= LOWEST_MEV and weight > 0.0:
        state, u = uniform(state)
        scored = 0.0 if analog else weight
        status, medium, voxel, position = move(
            grid, tables, ledger.tally, ledger.totals, energy, position, direction, -math.log(u), scored
        )
        if status == ESCAPED:
            ledger.totals[ESCAPED_ENERGY] += weight * energy
            return state
        state, u = uniform(state)
        kind = channel(tables, medium, energy, u)
        if kind == PAIR:
            return _make_pair(grid, ledger, analog, voxel, energy, position, direction, weight, state)
        if kind == PHOTOELECTRIC:
            return _absorb(grid, tables, ledger, analog, medium, voxel, energy, position, direction, weight, state)
        state, scattered, after = _scatter(tables, kind, medium, energy, direction, state)
        if kind == INCOHERENT and (analog or voxel < 0):
            way = compton_electron(energy, scattered, direction, after)
            state = _hand_on(grid, ledger, voxel, energy - scattered, position, way, weight, state)
        energy, direction = scattered, after
        state, weight = _roulette(tables, max(energy, LOWEST_MEV), weight, worth, state)
    _leave(ledger, voxel, weight * energy)
    return state


@inlined
def follow_from(
    grid: PhotonGrid,
    tables: PhotonArrays,
    photons: ParticleArrays,
    ledger: Ledger,
    analog: bool,  # noqa: FBT001 - compiled
    i: int,
) -> None:
    """Follow the photon of a row, and all that it sets free."""
    state = photons.stream[i]
    place, way, stack = photons.position, photons.direction, ledger.stack
    position = (place[i, 0], place[i, 1], place[i, 2])
    _wait(ledger, photons.energy[i], position, (way[i, 0], way[i, 1], way[i, 2]), photons.weight[i])
    while ledger.waiting[0] > 0:
        ledger.waiting[0] -= 1
        top = ledger.waiting[0]
        energy, weight = stack[top, 0], stack[top, 7]
        position = (stack[top, 1], stack[top, 2], stack[top, 3])
        direction = (stack[top, 4], stack[top, 5], stack[top, 6])
        state = _follow_one(grid, tables, ledger, analog, energy, position, direction, weight, state)


@compiled
def follow(
    grid: PhotonGrid,
    tables: PhotonArrays,
    photons: ParticleArrays,
    ledger: Ledger,
    analog: bool,  # noqa: FBT001 - compiled
    start: int,
) -> int:
    """Follow photons from one on, all or until there may be no room for more electrons; gives the next one."""
    for i in range(start, len(photons.energy)):
        if analog and ledger.counts[0] + RESERVE > len(ledger.electrons.energy):
            return i
        follow_from(grid, tables, photons, ledger, analog, i)
    return len(photons.energy)
