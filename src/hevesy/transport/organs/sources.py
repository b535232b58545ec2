"""Source particles of a region: places spread evenly over its mass, energies by a spectrum, directions all alike."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import EmissionSpectrum, merged
from hevesy.transport.mc import Particles
from hevesy.transport.organs.anatomy import Anatomy, Region

Floats = NDArray[np.float64]


class Kind(IntEnum):
    """Kinds of radiation, each with random numbers of its own."""

    PHOTONS = 0
    BREMSSTRAHLUNG = 1
    ELECTRONS = 2
    HEAVY = 3


def generator(seed: int, batch: int, kind: Kind) -> np.random.Generator:
    """Random numbers of one batch of one kind of radiation; they depend on nothing else."""
    return np.random.Generator(np.random.Philox(key=[seed, (int(kind) << 32) | batch]))


def places(anatomy: Anatomy, source: Region, number: int, rng: np.random.Generator) -> Floats:
    """Points spread over a region, as many in each of its organs as its mass asks for. Shape ``(number, 3)``. [cm]"""
    masses = anatomy.organ_mass_kg[list(source.organs)]
    ends = np.floor(np.cumsum(masses) / masses.sum() * number + rng.random()).astype(np.int64)
    ends[-1] = number
    counts = np.diff(np.minimum(ends, number), prepend=0)
    parts = [
        anatomy.places.sample(organ, int(count), rng)
        for organ, count in zip(source.organs, counts, strict=True)
        if count
    ]
    return np.concatenate(parts)


def directions(number: int, rng: np.random.Generator) -> Floats:
    """Isotropic unit vectors. Shape ``(number, 3)``."""
    cosine, angle = 2.0 * rng.random(number) - 1.0, 2.0 * np.pi * rng.random(number)
    sine = np.sqrt(1.0 - cosine**2)
    return np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)


def energies(spectra: tuple[EmissionSpectrum, ...], number: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Energies drawn by the energy they carry, and particles per decay that each stands for. Shapes ``(number,)``."""
    low, high, yields = merged(spectra)
    carried = yields * 0.5 * (low + high)
    ends = np.cumsum(carried)
    strata = (np.arange(number) + rng.random(number)) / number * ends[-1]
    rows = np.minimum(np.searchsorted(ends, strata, side="right"), len(ends) - 1)
    rng.shuffle(rows)
    drawn = low[rows] + (high - low)[rows] * rng.random(number)
    return drawn, ends[-1] / number / (0.5 * (low + high)[rows])


def photons(
    anatomy: Anatomy, source: Region, spectra: tuple[EmissionSpectrum, ...], number: int, rng: np.random.Generator
) -> Particles:
    """Photons of one decay in a region, as many as are wanted; the sum of their weights is the yield per decay."""
    energy, weight = energies(spectra, number, rng)
    stream = rng.integers(0, 2**64, number, dtype=np.uint64)
    return Particles(energy, places(anatomy, source, number, rng), directions(number, rng), np.asarray(weight), stream)
