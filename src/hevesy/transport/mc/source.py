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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.numerics.counter_random import stream, uniform
from hevesy.physdata import EmissionSpectrum, merged
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Particles

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


def sample(origin: Source, count: int, first_history: int, batch: int, seed: np.uint64, tally: Floats) -> Particles:
    """The particles of one batch, whose weights stand for the whole source.

    The energy of :func:`kept_mev` is known without sampling. Each particle takes its share of it from the tally where
    it starts, and brings back what it leaves: the mean is the same, and what scatters is only what it leaves elsewhere
    (a control variate).

    Parameters
    ----------
    origin
        Not empty.
    count
        Particles.
    first_history
        Number of the first particle among all of the run, which its random numbers follow from.
    batch
        Number of the batch, which the shift of the lattice follows from.
    seed
        Of this kind of particle.
    tally
        What is counted beforehand is subtracted. Shape ``(z, y, x)``. [MeV]
    """
    particles = Particles(
        np.empty(count), np.empty((count, 3)), np.empty((count, 3)), np.empty(count), np.empty(count, dtype=np.uint64)
    )
    _fill(
        (origin.voxel, origin.group, origin.cumulative, origin.carried_mev, origin.kept),
        (origin.first_row, origin.row_cumulative, origin.row_weight, origin.low_mev, origin.high_mev),
        (origin.shape[1], origin.shape[2], *origin.spacing_cm),
        (_STEPS, _shift(seed, batch)),
        (np.uint64(seed), np.uint64(first_history)),
        (
            particles.energy_mev,
            particles.position_cm,
            particles.direction,
            particles.weight,
            particles.stream,
            tally.reshape(-1),
        ),
    )
    return particles


def _shift(seed: np.uint64, batch: int) -> Floats:
    state = stream(np.uint64(seed) ^ np.uint64(0x5EED5EED5EED5EED), np.uint64(batch))
    shift = np.empty(_DIMENSIONS + 1)
    for k in range(len(shift)):
        state, shift[k] = uniform(np.uint64(state))
    return shift


@compiled
def _fill(
    entries: tuple[Any, ...],
    rows: tuple[Any, ...],
    grid: tuple[Any, ...],
    lattice: tuple[Any, ...],
    numbers: tuple[Any, ...],
    out: tuple[Any, ...],
) -> None:
    voxel, group, cumulative, carried, kept = entries
    first_row, row_cumulative, row_weight, low, high = rows
    n_y, n_x, dx, dy, dz = grid
    steps, shift = lattice
    seed, first_history = numbers
    energy, position, direction, weight, state, tally = out
    count, entry = energy.size, 0
    for i in range(count):
        place = (i + shift[6]) / count
        while cumulative[entry] < place and entry < cumulative.size - 1:
            entry += 1
        begin, end = first_row[group[entry]], first_row[group[entry] + 1]
        u = (i * steps[0] + shift[0]) % 1.0
        row = min(begin + np.searchsorted(row_cumulative[begin:end], u), end - 1)
        below = row_cumulative[row - 1] if row > begin else 0.0
        inside = min(max((u - below) / (row_cumulative[row] - below), 0.0), 1.0)
        energy[i] = low[row] + inside * (high[row] - low[row])
        weight[i] = carried[entry] / count * row_weight[row]
        flat = voxel[entry]
        tally[flat] -= kept[entry] * weight[i] * energy[i]
        position[i, 0] = (flat % n_x + (i * steps[1] + shift[1]) % 1.0) * dx
        position[i, 1] = (flat // n_x % n_y + (i * steps[2] + shift[2]) % 1.0) * dy
        position[i, 2] = (flat // (n_x * n_y) + (i * steps[3] + shift[3]) % 1.0) * dz
        cosine = 2.0 * ((i * steps[4] + shift[4]) % 1.0) - 1.0
        azimuth = 2.0 * math.pi * ((i * steps[5] + shift[5]) % 1.0)
        sine = math.sqrt(max(1.0 - cosine * cosine, 0.0))
        direction[i, 0] = sine * math.cos(azimuth)
        direction[i, 1] = sine * math.sin(azimuth)
        direction[i, 2] = cosine
        state[i] = stream(seed, first_history + np.uint64(i))
