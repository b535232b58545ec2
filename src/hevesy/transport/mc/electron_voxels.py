"""Electrons in voxels: class II condensed history that stops where the medium changes.

Between hard events an electron goes straight to a random place of its step (the hinge), turns there by the scattering
of the whole step, and goes straight on. Steps are measured in mass per area, so that a change of density alone needs no
stop; the energy lost is shared among the voxels that are crossed in proportion to the mass in them. Steps get shorter
near another medium, and end at its face: the hinge is as likely anywhere on the path, so what has been scattered by
then is right on average. An electron whose range ends within its voxel deposits there what it does not radiate.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import mixed, uniform
from hevesy.physdata.matter.electrons import RANGE, ElectronTables
from hevesy.transport.mc.electron_physics import (
    Physics,
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
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles

Floats = NDArray[np.float64]
_Place = tuple[float, float, float, int, int, int]
_Direction = tuple[float, float, float]

CUTOFF_MEV = 0.01
"""Electrons below deposit their energy on the spot. [MeV]"""
STEP, TURN = 0.12, 0.3
_WITHIN = 0.25
"""Of its range: how near an electron minds another medium; more than its longest step."""
_STACK = 64
_ROOM = 256
_DONE, _CHANGED, _ESCAPED = 0, 1, 2
_DEPOSITED, _OUT, _HANDED_ON = 0, 1, 2


class _Space(NamedTuple):
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


class _Results(NamedTuple):
    """What transport writes."""

    tally: Floats
    ledger: Floats
    photons: Floats
    """Energy, position, direction, weight. Shape ``(capacity, 8)``."""
    streams: NDArray[np.uint64]
    counts: NDArray[np.int64]
    """Photons written so far."""
    stack: Floats


@inlined
def _medium_at(space: _Space, ix: int, iy: int, iz: int) -> tuple[int, float, bool]:
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
    """Distance along a direction to the face of a voxel. [cm]"""
    if cosine > 0.0:
        return max(((index + 1) * pitch - position) / cosine, 0.0)
    if cosine < 0.0:
        return max((index * pitch - position) / cosine, 0.0)
    return math.inf


@inlined
def _walk(
    space: _Space, results: _Results, where: _Place, direction: _Direction, medium: int, path: tuple[float, float]
) -> tuple[int, _Place, float]:
    """Go straight on in one medium.

    ``path`` is the mass per area to go and the weighted energy lost per path. Returns how it ended, where, and what was
    left of the path.
    """
    x, y, z, ix, iy, iz = where
    ux, uy, uz = direction
    left, loss = path
    while True:
        here, density, tallied = _medium_at(space, ix, iy, iz)
        if here < 0:
            return _ESCAPED, (x, y, z, ix, iy, iz), left
        if here != medium and density > 0.0:
            return _CHANGED, (x, y, z, ix, iy, iz), left
        tx, ty, tz = _to_face(ix, space.dx, x, ux), _to_face(iy, space.dy, y, uy), _to_face(iz, space.dz, z, uz)
        t = min(tx, ty, tz)
        ends = left <= t * density
        mass = left if ends else t * density
        if tallied:
            results.tally[iz, iy, ix] += loss * mass
            results.ledger[_DEPOSITED] += loss * mass
        else:
            results.ledger[_OUT] += loss * mass
        if ends:
            t = mass / density
            return _DONE, (x + t * ux, y + t * uy, z + t * uz, ix, iy, iz), 0.0
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
def _nearest_face(space: _Space, where: _Place) -> float:
    """Distance to the nearest face of the voxel. [cm]"""
    x, y, z, ix, iy, iz = where
    x, y, z = x - ix * space.dx, y - iy * space.dy, z - iz * space.dz
    return min(x, space.dx - x, y, space.dy - y, z, space.dz - z)


@inlined
def _other(space: _Space, medium: int, ix: int, iy: int, iz: int) -> bool:
    """Whether there is another medium, which is not vacuum."""
    there, density, _ = _medium_at(space, ix, iy, iz)
    return there != medium and density > 0.0


@inlined
def _to_other(space: _Space, where: _Place, medium: int, within: float) -> float:
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
def _deposit(space: _Space, results: _Results, where: _Place, energy: float) -> None:
    """Leave weighted energy in a voxel, or outside."""
    _, _, tallied = _medium_at(space, where[3], where[4], where[5])
    if tallied:
        results.tally[where[5], where[4], where[3]] += energy
        results.ledger[_DEPOSITED] += energy
    else:
        results.ledger[_OUT] += energy


@inlined
def _hand_on(
    state: np.uint64, results: _Results, where: _Place, direction: _Direction, energies: tuple[float, float, float]
) -> np.uint64:
    """Write down a photon; ``energies`` are its own, the electron's, and the weight."""
    photon, electron, weight = energies
    state, cosine = photon_cosine(state, electron)
    state, direction = turned(state, direction, cosine)
    row = results.counts[0]
    out = results.photons[row]
    out[0], out[1], out[2], out[3] = photon, where[0], where[1], where[2]
    out[4], out[5], out[6], out[7] = direction[0], direction[1], direction[2], weight
    state, _ = uniform(state)
    results.streams[row] = mixed(state)
    results.counts[0] = row + 1
    results.ledger[_HANDED_ON] += weight * photon
    return state


@inlined
def _come_to_rest(
    state: np.uint64,
    physics: Physics,
    space: _Space,
    results: _Results,
    at: tuple[int, _Place, _Direction],
    energies: tuple[float, float],
) -> np.uint64:
    """Deposit an electron on the spot, without the photon that it may send out."""
    medium, where, direction = at
    energy, weight = energies
    state, photon = photon_until_rest(state, physics, medium, energy)
    if photon > 0.0:
        state = _hand_on(state, results, where, direction, (photon, energy, weight))
    _deposit(space, results, where, weight * (energy - photon))
    return state


@inlined
def _stay(results: _Results, depth: int, energy: float, where: _Place, direction: _Direction) -> int:
    """Put an electron on the stack."""
    row = results.stack[depth]
    row[0], row[1], row[2], row[3] = energy, where[0], where[1], where[2]
    row[4], row[5], row[6] = where[3], where[4], where[5]
    row[7], row[8], row[9] = direction
    return depth + 1


@inlined
def _follow(  # noqa: C901, PLR0912, PLR0915 - the history of one electron: a hot loop
    state: np.uint64,
    physics: Physics,
    space: _Space,
    results: _Results,
    start: tuple[float, _Place, _Direction, float],
    cutoff: float,
) -> None:
    """Follow one electron and those that it knocks on until all rest or have left."""
    energy, where, direction, weight = start
    depth = 0
    while True:
        medium, density, _ = _medium_at(space, where[3], where[4], where[5])
        over = False
        if medium < 0:
            results.ledger[_OUT] += weight * energy
            over = True
        elif density <= 0.0:
            _, where, _ = _walk(space, results, where, direction, -2, (math.inf, 0.0))
        else:
            exact = position(physics, energy)
            low, share = between(physics, exact)
            reach = rate(physics, medium, RANGE, low, share)
            if energy <= cutoff or reach < density * _nearest_face(space, where):
                at = (medium, where, direction)
                state = _come_to_rest(state, physics, space, results, at, (energy, weight))
                over = True
            else:
                near = density * _to_other(space, where, medium, _WITHIN * reach / density)
                state, step = next_step(state, physics, medium, energy, exact, near)
                ahead, loss = step.hinge * step.path, weight * step.loss
                end, where, left = _walk(space, results, where, direction, medium, (ahead, loss))
                gone = ahead - left
                if end == _DONE:
                    state, direction = turned(state, direction, step.cosine)
                    ahead = step.path - ahead
                    end, where, left = _walk(space, results, where, direction, medium, (ahead, loss))
                    gone += ahead - left
                energy -= step.loss * gone
                if end == _DONE and step.bound > 0.0:
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


@compiled
def _transport(
    physics: Physics,
    space: _Space,
    results: _Results,
    electrons: tuple[Floats, Floats, Floats, Floats, NDArray[np.uint64]],
    start: int,
    cutoff: float,
) -> int:
    """Follow electrons from one on until all are done or room for photons gets short; returns the next one."""
    energies, positions, directions, weights, streams = electrons
    room = results.photons.shape[0] - _ROOM
    for i in range(start, len(energies)):
        if results.counts[0] > room:
            return i
        x, y, z = positions[i, 0], positions[i, 1], positions[i, 2]
        index = math.floor(x / space.dx), math.floor(y / space.dy), math.floor(z / space.dz)
        where = (x, y, z, int(index[0]), int(index[1]), int(index[2]))
        direction = (directions[i, 0], directions[i, 1], directions[i, 2])
        _follow(streams[i], physics, space, results, (energies[i], where, direction, weights[i]), cutoff)
    return len(energies)


def _space(geometry: VoxelGeometry, tables: ElectronTables, largest_mev: float) -> _Space:
    names = [m.name for m in tables.materials]
    if names[:-1] != [m.name for m in geometry.materials]:
        raise ValueError("expected tables of the materials of the voxels, in their order")
    outside, margin = -1, 0
    if geometry.outside is Outside.WATER:
        outside = len(names) - 1
        ranges = np.interp(np.log(largest_mev), np.log(tables.energies_mev), tables.rates[outside, :, RANGE])
        margin = int(np.ceil(float(ranges) / min(geometry.spacing_cm)))
    media = np.ascontiguousarray(geometry.media)
    density = np.ascontiguousarray(geometry.density_g_ml, dtype=np.float32)
    return _Space(media, density, *geometry.spacing_cm, outside, margin)


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
        If tally or tables do not fit the voxels.
    """
    if tally.shape != geometry.media.shape:
        raise ValueError(f"expected a tally of {geometry.media.shape}, but {tally.shape} came")
    if not len(electrons):
        return Balance(0.0, 0.0, 0.0, 0.0), electrons
    space = _space(geometry, tables, float(electrons.energy_mev.max()))
    arrays = (electrons.energy_mev, electrons.position_cm, electrons.direction, electrons.weight, electrons.stream)
    ledger, physics, groups, start = np.zeros(3), packed(tables, STEP, TURN), [], 0
    capacity = 4 * _ROOM + len(electrons) // 8
    while start < len(electrons):
        results = _Results(
            tally,
            ledger,
            np.empty((capacity, 8)),
            np.empty(capacity, dtype=np.uint64),
            np.zeros(1, dtype=np.int64),
            np.empty((_STACK, 10)),
        )
        start = _transport(physics, space, results, arrays, start, cutoff_mev)
        groups.append((results.photons[: results.counts[0]], results.streams[: results.counts[0]]))
    rows = np.concatenate([photons for photons, _ in groups])
    streams = np.concatenate([stream for _, stream in groups])
    photons = Particles(rows[:, 0].copy(), rows[:, 1:4].copy(), rows[:, 4:7].copy(), rows[:, 7].copy(), streams)
    return Balance(electrons.total_energy_mev, *(float(e) for e in ledger)), photons
