"""Particles of one kind at one moment: what a source hands to transport, and one kind of transport to another.

A photon batch takes photons and hands on the electrons that they set free; an electron batch takes electrons and hands
on bremsstrahlung photons. Every particle carries the state of its own random numbers, so that results depend neither on
the order of particles nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Particles:
    """Particles of one kind."""

    energy_mev: Floats
    """Kinetic. Shape ``(n,)``. [MeV]"""
    position_cm: Floats
    """``x, y, z`` from the corner of the first voxel. Shape ``(n, 3)``. [cm]"""
    direction: Floats
    """Unit vectors ``x, y, z``. Shape ``(n, 3)``."""
    weight: Floats
    """Particles that each stands for. Shape ``(n,)``."""
    stream: NDArray[np.uint64]
    """State of each particle's random numbers (:func:`hevesy.numerics.counter_random.stream`). Shape ``(n,)``."""

    def __len__(self) -> int:
        return len(self.energy_mev)

    @property
    def total_energy_mev(self) -> float:
        """Weighted kinetic energy. [MeV]"""
        return float(self.weight @ self.energy_mev)


class ParticleArrays(NamedTuple):
    """The same, as compiled loops read and write them."""

    energy: Floats
    position: Floats
    direction: Floats
    weight: Floats
    stream: NDArray[np.uint64]

    def copied(self, count: int) -> Particles:
        """The first of them.

        Raises
        ------
        ValueError
            If more were counted than there was room for.
        """
        if count > len(self.energy):
            raise ValueError(f"expected at most {len(self.energy)} particles, but {count} came")
        return Particles(
            self.energy[:count].copy(),
            self.position[:count].copy(),
            self.direction[:count].copy(),
            self.weight[:count].copy(),
            self.stream[:count].copy(),
        )


def room_for(count: int) -> ParticleArrays:
    """Arrays to write particles into."""
    return ParticleArrays(
        np.empty(count),
        np.empty((count, 3)),
        np.empty((count, 3)),
        np.empty(count),
        np.empty(count, dtype=np.uint64),
    )


def particle_arrays(particles: Particles) -> ParticleArrays:
    """Particles as compiled loops read them."""
    return ParticleArrays(
        np.ascontiguousarray(particles.energy_mev, dtype=np.float64),
        np.ascontiguousarray(particles.position_cm, dtype=np.float64),
        np.ascontiguousarray(particles.direction, dtype=np.float64),
        np.ascontiguousarray(particles.weight, dtype=np.float64),
        np.ascontiguousarray(particles.stream, dtype=np.uint64),
    )


def no_particles() -> Particles:
    """None."""
    return Particles(np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), np.zeros(0, dtype=np.uint64))


def joined(groups: Sequence[Particles]) -> Particles:
    """All particles of several groups, in order."""
    if not groups:
        return no_particles()
    return Particles(
        np.concatenate([g.energy_mev for g in groups]),
        np.concatenate([g.position_cm for g in groups]),
        np.concatenate([g.direction for g in groups]),
        np.concatenate([g.weight for g in groups]),
        np.concatenate([g.stream for g in groups]),
    )


@dataclass(frozen=True)
class Balance:
    """Where the energy of a batch went. [MeV], weighted; ``emitted`` is the sum of the others."""

    emitted: float
    deposited: float
    escaped: float
    handed_on: float
    """Carried by the particles that were handed on, with the rest energy of pairs."""
