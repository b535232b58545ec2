"""Electrons in voxels: class II condensed history that stops where the medium changes.

Between hard events an electron goes straight to a random place of its step (the hinge), turns there by the scattering
of the whole step, and goes straight on. Steps are measured in mass per area, so that a change of density alone needs no
stop; the energy lost is shared among the voxels that are crossed in proportion to the mass in them. Steps get shorter
near another medium, and end at its face: the hinge is as likely anywhere on the path, so what has been scattered by
then is right on average. An electron whose range ends within its voxel deposits there what it does not radiate.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import mixed, uniform
from hevesy.numerics.shared_sums import next_row
from hevesy.physdata.matter.electrons import ENERGY_LIMITS_MEV, RANGE, ElectronTables
from hevesy.transport.mc.electron_physics import (
    Physics,
    Step,
    between,
    collision_cosine,
    hard_event,
    knock_on_energy,
    next_step,
    packed,
    photon_cosine,
    photon_energy,
    photon_until_rest,
    position,
    rate,
    turned,
)
from hevesy.transport.mc.electron_space import (
    DONE,
    HANDED_ON,
    OUT,
    Direction,
    Place,
    Results,
    Space,
    deposit,
    medium_at,
    nearest_face,
    to_other,
    walk,
)
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import Balance, ParticleArrays, Particles, joined, particle_arrays, room_for

Floats = NDArray[np.float64]

CUTOFF_MEV = 0.01
"""Electrons below deposit their energy on the spot. [MeV]"""
STEP, TURN = 0.12, 0.3
_WITHIN = 0.25
"""Of its range: how near an electron minds another medium; more than its longest step."""
STACK = 64
_ROOM = 256


@inlined
def _hand_on(
    state: np.uint64, results: Results, where: Place, direction: Direction, energies: tuple[float, float, float]
) -> np.uint64:
    """Write down a photon; ``energies`` are its own, the electron's, and the weight."""
    photon, electron, weight = energies
    state, cosine = photon_cosine(state, electron)
    state, direction = turned(state, direction, cosine)
    state, _ = uniform(state)
    row, photons = next_row(results.counts), results.photons
    if row < len(photons.energy):
        photons.energy[row] = photon
        photons.position[row, 0], photons.position[row, 1], photons.position[row, 2] = where[0], where[1], where[2]
        for axis in range(3):
            photons.direction[row, axis] = direction[axis]
        photons.weight[row] = weight
        photons.stream[row] = mixed(state)
        results.ledger[HANDED_ON] += weight * photon
    return state


@inlined
def _come_to_rest(
    state: np.uint64,
    physics: Physics,
    space: Space,
    results: Results,
    at: tuple[int, Place, Direction],
    energies: tuple[float, float],
) -> np.uint64:
    """Deposit an electron on the spot, without the photon that it may send out."""
    medium, where, direction = at
    energy, weight = energies
    state, photon = photon_until_rest(state, physics, medium, energy)
    if photon > 0.0:
        state = _hand_on(state, results, where, direction, (photon, energy, weight))
    deposit(space, results, where, weight * (energy - photon))
    return state


@inlined
def _stay(results: Results, depth: int, energy: float, where: Place, direction: Direction) -> int:
    """Put an electron on the stack."""
    row = results.stack[depth]
    row[0], row[1], row[2], row[3] = energy, where[0], where[1], where[2]
    row[4], row[5], row[6] = where[3], where[4], where[5]
    row[7], row[8], row[9] = direction
    return depth + 1


@inlined
def _within(
    state: np.uint64,
    space: Space,
    results: Results,
    at: tuple[Place, Direction],
    step: Step,
    scale: tuple[float, float],
) -> tuple[np.uint64, Place, Direction]:
    """Make a step that cannot leave its voxel; ``scale`` is the density and the weight."""
    where, before = at
    density, weight = scale
    state, after = turned(state, before, step.cosine)
    first = step.hinge * step.path / density
    second = step.path / density - first
    x = where[0] + first * before[0] + second * after[0]
    y = where[1] + first * before[1] + second * after[1]
    z = where[2] + first * before[2] + second * after[2]
    deposit(space, results, where, weight * step.loss * step.path)
    return state, (x, y, z, where[3], where[4], where[5]), after


@inlined
def _across(
    state: np.uint64,
    space: Space,
    results: Results,
    at: tuple[int, Place, Direction],
    step: Step,
    weight: float,
) -> tuple[np.uint64, bool, Place, Direction, float]:
    """Make a step that may cross voxels; says whether it got to its end, and the path that it made."""
    medium, where, direction = at
    ahead, loss = step.hinge * step.path, weight * step.loss
    end, where, left = walk(space, results, where, direction, medium, (ahead, loss))
    gone = ahead - left
    if end == DONE:
        state, direction = turned(state, direction, step.cosine)
        ahead = step.path - ahead
        end, where, left = walk(space, results, where, direction, medium, (ahead, loss))
        gone += ahead - left
    return state, end == DONE, where, direction, gone


@inlined
def _follow(  # noqa: C901, PLR0912, PLR0915 - the history of one electron: a hot loop
    state: np.uint64,
    physics: Physics,
    space: Space,
    results: Results,
    start: tuple[float, Place, Direction, float],
    cutoff: float,
) -> None:
    """Follow one electron and those that it knocks on until all rest or have left."""
    energy, where, direction, weight = start
    depth = 0
    while True:
        medium, density, _ = medium_at(space, where[3], where[4], where[5])
        over = False
        if medium < 0:
            results.ledger[OUT] += weight * energy
            over = True
        elif density <= 0.0:
            _, where, _ = walk(space, results, where, direction, -2, (math.inf, 0.0))
        else:
            exact = position(physics, energy)
            low, share = between(physics, exact)
            reach = rate(physics, medium, RANGE, low, share)
            face = density * nearest_face(space, where)
            if energy <= cutoff or reach < face:
                at = (medium, where, direction)
                state = _come_to_rest(state, physics, space, results, at, (energy, weight))
                over = True
            else:
                near = density * to_other(space, where, medium, _WITHIN * reach / density)
                state, step = next_step(state, physics, medium, energy, exact, near)
                if step.path < face:
                    done, gone = True, step.path
                    state, where, direction = _within(
                        state, space, results, (where, direction), step, (density, weight)
                    )
                else:
                    at = (medium, where, direction)
                    state, done, where, direction, gone = _across(state, space, results, at, step, weight)
                energy -= step.loss * gone
                if done and step.bound > 0.0:
                    state, kind = hard_event(state, physics, medium, energy, step.bound)
                    if kind == 1:
                        state, knocked = knock_on_energy(state, energy, physics.hard_share)
                        kept = energy - knocked
                        state, aside = turned(state, direction, collision_cosine(energy, kept))
                        state, direction = turned(state, direction, collision_cosine(energy, knocked))
                        depth = _stay(results, depth, kept, where, aside)
                        energy = knocked
                    elif kind == 2:
                        state, photon = photon_energy(state, physics, medium, energy)
                        state = _hand_on(state, results, where, direction, (photon, energy, weight))
                        energy -= photon
        if over:
            if depth == 0:
                return
            depth -= 1
            row = results.stack[depth]
            energy = row[0]
            where = (row[1], row[2], row[3], int(row[4]), int(row[5]), int(row[6]))
            direction = (row[7], row[8], row[9])


@inlined
def follow_from(
    physics: Physics, space: Space, results: Results, electrons: ParticleArrays, i: int, cutoff: float
) -> None:
    """Follow the electron of a row, and those that it knocks on."""
    place, way = electrons.position, electrons.direction
    x, y, z = place[i, 0], place[i, 1], place[i, 2]
    index = math.floor(x / space.dx), math.floor(y / space.dy), math.floor(z / space.dz)
    where = (x, y, z, int(index[0]), int(index[1]), int(index[2]))
    start = (electrons.energy[i], where, (way[i, 0], way[i, 1], way[i, 2]), electrons.weight[i])
    _follow(electrons.stream[i], physics, space, results, start, cutoff)


@compiled
def _transport(
    physics: Physics, space: Space, results: Results, electrons: ParticleArrays, start: int, cutoff: float
) -> int:
    """Follow electrons from one on until all are done or room for photons gets short; returns the next one."""
    room = len(results.photons.energy) - _ROOM
    for i in range(start, len(electrons.energy)):
        if results.counts[0] > room:
            return i
        follow_from(physics, space, results, electrons, i, cutoff)
    return len(electrons.energy)


def electron_space(geometry: VoxelGeometry, tables: ElectronTables, largest_mev: float) -> Space:
    """The voxels as electrons up to an energy see them.

    Raises
    ------
    ValueError
        If the tables are not of the materials of the voxels, in their order.
    """
    names = [m.name for m in tables.materials]
    if names[:-1] != [m.name for m in geometry.materials]:
        raise ValueError("expected tables of the materials of the voxels, in their order")
    outside, margin = -1, 0
    if geometry.outside is Outside.WATER:
        outside = len(names) - 1
        ranges = np.interp(largest_mev, tables.energies_mev, tables.rates[outside, :, RANGE])
        margin = int(np.ceil(float(ranges) / min(geometry.spacing_cm)))
    media = np.ascontiguousarray(geometry.media)
    density = np.ascontiguousarray(geometry.density_g_ml, dtype=np.float32)
    return Space(media, density, *geometry.spacing_cm, outside, margin)


def transport_electrons(
    geometry: VoxelGeometry,
    tables: ElectronTables,
    electrons: Particles,
    tally: Floats,
    *,
    cutoff_mev: float = CUTOFF_MEV,
) -> tuple[Balance, Particles]:
    """Follow electrons, or positrons taken as electrons, until they rest or leave.

    Parameters
    ----------
    geometry
        Voxels; energy deposited in water outside counts as escaped.
    tables
        Of ``geometry.materials``, in their order.
    electrons
        Energies up to 100 MeV.
    tally
        Weighted energy deposited, added to. Shape ``(z, y, x)``. [MeV]
    cutoff_mev
        Electrons below deposit their energy on the spot. [MeV]

    Returns
    -------
    Where the energy went, and the bremsstrahlung photons above ``tables.photon_threshold_mev``.

    Raises
    ------
    ValueError
        If tally or tables do not fit the voxels, or an energy is not between zero and 100 MeV.
    """
    if tally.shape != geometry.media.shape:
        raise ValueError(f"expected a tally of {geometry.media.shape}, but {tally.shape} came")
    if not len(electrons):
        return Balance(0.0, 0.0, 0.0, 0.0), electrons
    largest = float(electrons.energy_mev.max())
    if not (electrons.energy_mev.min() >= 0.0 and largest <= ENERGY_LIMITS_MEV[1]):
        raise ValueError(f"expected electrons from zero to {ENERGY_LIMITS_MEV[1]:g} MeV")
    space = electron_space(geometry, tables, largest)
    arrays = particle_arrays(electrons)
    ledger, physics, groups, start = np.zeros(3), packed(tables, STEP, TURN), [], 0
    capacity = 4 * _ROOM + len(electrons) // 8
    while start < len(electrons):
        results = Results(
            tally,
            ledger,
            room_for(capacity),
            np.zeros(1, dtype=np.int64),
            np.empty((STACK, 10)),
        )
        start = _transport(physics, space, results, arrays, start, cutoff_mev)
        groups.append(results.photons.copied(int(results.counts[0])))
    return Balance(electrons.total_energy_mev, *(float(e) for e in ledger)), joined(groups)
