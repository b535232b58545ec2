"""Particles of a batch, drawn from decays in voxels and the emissions of a decay, evenly rather than at random.

The points of one batch form a lattice in seven dimensions (place in the source, energy, position in the voxel,
direction), shifted as a whole by random numbers of the batch: each particle alone is drawn from the right distribution,
so that every mean is unbiased, and together they fill the source evenly, so that the mean of a batch scatters less than
with independent particles. Only whole batches are independent of one another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import stream, uniform
from hevesy.numerics.shared_sums import add
from hevesy.physdata import EmissionSpectrum, merged
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import ParticleArrays, Particles, no_particles, room_for

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_DIMENSIONS = 6
_ROOT = 1.1127756842787055
"""Positive root of x**7 = x + 1."""
_STEPS = np.array([_ROOT**-k for k in range(1, _DIMENSIONS + 1)])


@dataclass(frozen=True)
class Component:
    """Spectra with one distribution in space."""

    spectra: tuple[EmissionSpectrum, ...]
    voxels: Indices
    """Flat indices of the voxels with decays. Shape ``(n,)``."""
    decays: Floats
    """Decays of the parent in each. Shape ``(n,)``."""
    importance: Floats
    """Share of the particles that each gets, up to a factor; above zero. Shape ``(n,)``."""
    favour: Callable[[Floats], Floats] | None = None
    """How much more often than by the energy it carries an energy is drawn, given energies in MeV; the weights make up
    for it. None draws by the energy carried."""
    kept: Floats | None = None
    """Share of each voxel's energy that is counted as left there beforehand; see :func:`sample`. None for nothing."""


@dataclass(frozen=True)
class Source:
    """Where particles of one kind start and with what energies, ready for sampling.

    Every voxel of a component is an entry. Within an entry, energies are drawn in proportion to the energy that they
    carry (so that every particle of the entry carries the same) times how much the component favours them.
    """

    voxel: NDArray[np.int64]
    """Flat index of each entry's voxel. Shape ``(entry,)``."""
    group: NDArray[np.int64]
    """Component of each entry. Shape ``(entry,)``."""
    cumulative: Floats
    """Share of the particles up to and including each entry. Shape ``(entry,)``."""
    carried_mev: Floats
    """Energy of the whole entry over its share of the particles. Shape ``(entry,)``. [MeV]"""
    kept: Floats
    """Share of an entry's energy that is counted beforehand. Shape ``(entry,)``."""
    first_row: NDArray[np.int64]
    """Where each component's rows begin, and the end. Shape ``(component + 1,)``."""
    row_cumulative: Floats
    """Share of the component's particles up to and including each row. Shape ``(row,)``."""
    row_weight: Floats
    """Weight of a particle of the row per energy of its entry. Shape ``(row,)``. [1/MeV]"""
    low_mev: Floats
    high_mev: Floats
    """Bounds of the energies of each row. Shape ``(row,)``. [MeV]"""
    shape: tuple[int, int, int]
    spacing_cm: tuple[float, float, float]
    energy_mev: float
    """Of the whole source. [MeV]"""

    @property
    def empty(self) -> bool:
        """Whether nothing is emitted."""
        return not self.energy_mev > 0


def source(components: Sequence[Component], geometry: VoxelGeometry) -> Source:
    """Prepare components of one kind of particle for sampling.

    Raises
    ------
    ValueError
        If a voxel has no importance.
    """
    voxels, groups, shares, carried, kept_shares, rows = [], [], [], [], [], []
    for number, component in enumerate(components):
        low, high, yields = merged(component.spectra)
        energies = yields * 0.5 * (low + high)
        kept = energies > 0
        if not kept.any():
            rows.append((low[:0], low[:0], low[:0], low[:0]))
            continue
        if not (component.importance > 0).all():
            raise ValueError("expected an importance above zero in every voxel with decays")
        voxels.append(component.voxels)
        groups.append(np.full(len(component.voxels), number))
        shares.append(component.importance)
        carried.append(component.decays * energies.sum())
        kept_shares.append(np.zeros(len(component.voxels)) if component.kept is None else component.kept)
        rows.append(_rows(low[kept], high[kept], energies[kept], component.favour))
    return _source((voxels, groups), shares, (carried, kept_shares), rows, geometry)


_Rows = tuple[Floats, Floats, Floats, Floats]


def _rows(low: Floats, high: Floats, energies: Floats, favour: Callable[[Floats], Floats] | None) -> _Rows:
    """Bounds, cumulative shares and weights of the rows of a component; ``energies`` are those that they carry."""
    middle = 0.5 * (low + high)
    favoured = np.ones(len(low)) if favour is None else favour(middle)
    drawn = energies * favoured
    weights = drawn.sum() / (energies.sum() * favoured * middle)
    return low, high, np.cumsum(drawn) / drawn.sum(), weights


def _source(
    entries: tuple[list[Indices], list[Indices]],
    shares: list[Floats],
    carried: tuple[list[Floats], list[Floats]],
    rows: list[_Rows],
    geometry: VoxelGeometry,
) -> Source:
    voxels, groups = entries
    share, energy, kept = _all(shares), *(_all(parts) for parts in carried)
    whole = float(share.sum())
    first = np.concatenate([[0], np.cumsum([len(low) for low, *_ in rows])]).astype(np.int64)
    z, y, x = geometry.media.shape
    return Source(
        voxel=np.concatenate(voxels).astype(np.int64) if voxels else np.zeros(0, dtype=np.int64),
        group=np.concatenate(groups).astype(np.int64) if groups else np.zeros(0, dtype=np.int64),
        cumulative=np.cumsum(share) / whole if whole > 0 else share,
        carried_mev=energy * whole / share,
        kept=kept,
        first_row=first,
        row_cumulative=_all([cumulative for _, _, cumulative, _ in rows]),
        row_weight=_all([weights for *_, weights in rows]),
        low_mev=_all([low for low, *_ in rows]),
        high_mev=_all([high for _, high, *_ in rows]),
        shape=(z, y, x),
        spacing_cm=geometry.spacing_cm,
        energy_mev=float(energy.sum()),
    )


def _all(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def kept_mev(origin: Source) -> Floats:
    """Energy that is counted beforehand in every voxel. Shape ``(z, y, x)``. [MeV]"""
    share = np.diff(origin.cumulative, prepend=0.0)
    energy = np.bincount(origin.voxel, origin.kept * origin.carried_mev * share, minlength=int(np.prod(origin.shape)))
    return energy.astype(np.float64).reshape(origin.shape)


class Lattice(NamedTuple):
    """The points of a batch, and where their random numbers begin."""

    particles: int
    steps: Floats
    shift: Floats
    seed: np.uint64
    first_history: np.uint64


class Tables(NamedTuple):
    """A source as compiled loops read it."""

    voxel: Indices
    group: Indices
    cumulative: Floats
    carried: Floats
    kept: Floats
    first_row: Indices
    row_cumulative: Floats
    row_weight: Floats
    low: Floats
    high: Floats
    shape_spacing: tuple[int, int, float, float, float]
    """Voxels in ``y`` and ``x``, and the spacing along ``x``, ``y`` and ``z``. [cm]"""


@dataclass(frozen=True)
class Draw:
    """Particles of one kind that a batch starts with, still to be drawn."""

    origin: Source
    """Not empty, unless no particles are to be drawn."""
    count: int
    """Particles."""
    first_history: int
    """Number of the first particle among all of the run, which its random numbers follow from."""
    batch: int
    """Number of the batch, which the shift of the lattice follows from."""
    seed: np.uint64
    """Of this kind of particle."""

    @property
    def tables(self) -> Tables:
        """What is drawn from."""
        origin, (_, n_y, n_x) = self.origin, self.origin.shape
        return Tables(
            origin.voxel,
            origin.group,
            origin.cumulative,
            origin.carried_mev,
            origin.kept,
            origin.first_row,
            origin.row_cumulative,
            origin.row_weight,
            origin.low_mev,
            origin.high_mev,
            (n_y, n_x, *origin.spacing_cm),
        )

    @property
    def lattice(self) -> Lattice:
        """How it is drawn."""
        seed = np.uint64(self.seed)
        return Lattice(self.count, _STEPS, _shift(seed, self.batch), seed, np.uint64(self.first_history))


def sample(draw: Draw, tally: Floats) -> Particles:
    """The particles of one batch, whose weights stand for the whole source.

    The energy of :func:`kept_mev` is known without sampling. Each particle takes its share of it from the tally where
    it starts, and brings back what it leaves: the mean is the same, and what scatters is only what it leaves elsewhere
    (a control variate).

    Parameters
    ----------
    draw
        Which.
    tally
        What is counted beforehand is subtracted. Shape ``(z, y, x)``. [MeV]
    """
    if not draw.count:
        return no_particles()
    room = room_for(draw.count)
    _fill(draw.tables, draw.lattice, room, tally.reshape(-1))
    return Particles(*room)


def _shift(seed: np.uint64, batch: int) -> Floats:
    state = stream(np.uint64(seed) ^ np.uint64(0x5EED5EED5EED5EED), np.uint64(batch))
    shift = np.empty(_DIMENSIONS + 1)
    for k in range(len(shift)):
        state, shift[k] = uniform(np.uint64(state))
    return shift


@inlined
def first_reaching(values: Floats, begin: int, end: int, wanted: float) -> int:
    """First place in increasing values, from one on, that is at least as large as wanted; the last where none is."""
    low, high = begin, end - 1
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def draw_particle(
    source: Tables, lattice: Lattice, which: tuple[int, int], room: ParticleArrays, k: int, tally: Floats
) -> None:
    """Write a particle, by its number and the entry that it belongs to, into a row of a room."""
    i, entry = which
    shift, steps = lattice.shift, lattice.steps
    n_y, n_x, dx, dy, dz = source.shape_spacing
    begin, end = source.first_row[source.group[entry]], source.first_row[source.group[entry] + 1]
    u = (i * steps[0] + shift[0]) % 1.0
    row = first_reaching(source.row_cumulative, begin, end, u)
    below = source.row_cumulative[row - 1] if row > begin else 0.0
    inside = min(max((u - below) / (source.row_cumulative[row] - below), 0.0), 1.0)
    energy = source.low[row] + inside * (source.high[row] - source.low[row])
    weight = source.carried[entry] / lattice.particles * source.row_weight[row]
    flat = source.voxel[entry]
    if source.kept[entry] != 0.0:
        add(tally, flat, -(source.kept[entry] * weight * energy))
    room.energy[k], room.weight[k] = energy, weight
    room.position[k, 0] = (flat % n_x + (i * steps[1] + shift[1]) % 1.0) * dx
    room.position[k, 1] = (flat // n_x % n_y + (i * steps[2] + shift[2]) % 1.0) * dy
    room.position[k, 2] = (flat // (n_x * n_y) + (i * steps[3] + shift[3]) % 1.0) * dz
    cosine = 2.0 * ((i * steps[4] + shift[4]) % 1.0) - 1.0
    azimuth = 2.0 * math.pi * ((i * steps[5] + shift[5]) % 1.0)
    sine = math.sqrt(max(1.0 - cosine * cosine, 0.0))
    room.direction[k, 0] = sine * math.cos(azimuth)
    room.direction[k, 1] = sine * math.sin(azimuth)
    room.direction[k, 2] = cosine
    room.stream[k] = stream(lattice.seed, lattice.first_history + np.uint64(i))


@inlined
def place_of(lattice: Lattice, i: int) -> float:
    """Where in the cumulative shares of the entries the particle of a number lies."""
    return float((i + lattice.shift[6]) / lattice.particles)


@compiled
def _fill(source: Tables, lattice: Lattice, room: ParticleArrays, tally: Floats) -> None:
    entry, last = 0, source.cumulative.size - 1
    for i in range(lattice.particles):
        place = place_of(lattice, i)
        while source.cumulative[entry] < place and entry < last:
            entry += 1
        draw_particle(source, lattice, (i, entry), room, i, tally)
