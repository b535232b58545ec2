"""Particles of a batch, drawn from decays in voxels and the emissions of a decay, evenly rather than at random.

The points of one batch form a lattice in seven dimensions (place in the source, energy, position in the voxel,
direction), shifted as a whole by random numbers of the batch: each particle alone is drawn from the right distribution,
so that every mean is unbiased, and together they fill the source evenly, so that the mean of a batch scatters less than
with independent particles. Only whole batches are independent of one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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

_DIMENSIONS = 6
_ROOT = 1.1127756842787055
"""Positive root of x**7 = x + 1."""
_STEPS = np.array([_ROOT**-k for k in range(1, _DIMENSIONS + 1)])


@dataclass(frozen=True)
class Component:
    """Spectra with one distribution in space."""

    spectra: tuple[EmissionSpectrum, ...]
    decays: Floats
    """Decays of the parent in every voxel. Shape ``(z, y, x)``."""
    importance: Floats
    """Share of the particles that each voxel gets, times the energy per decay; zero where there are no decays.
    Shape ``(z, y, x)``."""


@dataclass(frozen=True)
class Source:
    """Where particles of one kind start and with what energies, ready for sampling.

    Every voxel of a component is an entry. Within an entry, energies are drawn in proportion to the energy that they
    carry, so that every particle of the entry carries the same.
    """

    voxel: NDArray[np.int64]
    """Flat index of each entry's voxel. Shape ``(entry,)``."""
    group: NDArray[np.int64]
    """Component of each entry. Shape ``(entry,)``."""
    cumulative: Floats
    """Share of the particles up to and including each entry. Shape ``(entry,)``."""
    carried_mev: Floats
    """Energy of the whole entry over its share of the particles. Shape ``(entry,)``. [MeV]"""
    first_row: NDArray[np.int64]
    """Where each component's rows begin, and the end. Shape ``(component + 1,)``."""
    row_cumulative: Floats
    """Share of the component's energy up to and including each row. Shape ``(row,)``."""
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
        If a voxel with decays has no importance.
    """
    voxels, groups, shares, carried, rows = [], [], [], [], []
    for number, component in enumerate(components):
        low, high, yields = merged(component.spectra)
        energies = yields * 0.5 * (low + high)
        kept = energies > 0
        decays = np.where(kept.any(), component.decays, 0.0).ravel()
        (found,) = np.nonzero(decays)
        importance = component.importance.ravel()[found]
        if not (importance > 0).all():
            raise ValueError("expected an importance above zero in every voxel with decays")
        voxels.append(found)
        groups.append(np.full(len(found), number))
        shares.append(importance)
        carried.append(decays[found] * energies.sum())
        rows.append((low[kept], high[kept], np.cumsum(energies[kept]) / energies.sum() if kept.any() else energies[:0]))
    return _source(voxels, groups, shares, carried, rows, geometry)


def _source(
    voxels: list[NDArray[np.int64]],
    groups: list[NDArray[np.int64]],
    shares: list[Floats],
    carried: list[Floats],
    rows: list[tuple[Floats, Floats, Floats]],
    geometry: VoxelGeometry,
) -> Source:
    share, energy = _all(shares), _all(carried)
    whole = float(share.sum())
    first = np.concatenate([[0], np.cumsum([len(low) for low, _, _ in rows])]).astype(np.int64)
    z, y, x = geometry.media.shape
    return Source(
        voxel=np.concatenate(voxels).astype(np.int64) if voxels else np.zeros(0, dtype=np.int64),
        group=np.concatenate(groups).astype(np.int64) if groups else np.zeros(0, dtype=np.int64),
        cumulative=np.cumsum(share) / whole if whole > 0 else share,
        carried_mev=energy * whole / share,
        first_row=first,
        row_cumulative=_all([c for _, _, c in rows]),
        low_mev=_all([low for low, _, _ in rows]),
        high_mev=_all([high for _, high, _ in rows]),
        shape=(z, y, x),
        spacing_cm=geometry.spacing_cm,
        energy_mev=float(energy.sum()),
    )


def _all(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def sample(origin: Source, count: int, first_history: int, batch: int, seed: np.uint64) -> Particles:
    """The particles of one batch, whose weights stand for the whole source.

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
    """
    particles = Particles(
        np.empty(count), np.empty((count, 3)), np.empty((count, 3)), np.empty(count), np.empty(count, dtype=np.uint64)
    )
    _fill(
        (origin.voxel, origin.group, origin.cumulative, origin.carried_mev),
        (origin.first_row, origin.row_cumulative, origin.low_mev, origin.high_mev),
        (origin.shape[1], origin.shape[2], *origin.spacing_cm),
        (_STEPS, _shift(seed, batch)),
        (np.uint64(seed), np.uint64(first_history)),
        (particles.energy_mev, particles.position_cm, particles.direction, particles.weight, particles.stream),
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
    voxel, group, cumulative, carried = entries
    first_row, row_cumulative, low, high = rows
    n_y, n_x, dx, dy, dz = grid
    steps, shift = lattice
    seed, first_history = numbers
    energy, position, direction, weight, state = out
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
        weight[i] = carried[entry] / count / (0.5 * (low[row] + high[row]))
        flat = voxel[entry]
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
