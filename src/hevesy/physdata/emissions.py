"""What is set free by a decay: spectra of particles, the common source term of every dose engine and kernel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation

Floats = NDArray[np.float64]


class Particle(StrEnum):
    """Kinds of radiation."""

    ELECTRON = "electron"
    """Negative: beta particles, conversion and Auger electrons."""
    POSITRON = "positron"
    """Its annihilation photons are emissions of their own, by the evaluation; transport does not make them again."""
    PHOTON = "photon"
    ALPHA = "alpha"
    RECOIL = "recoil"
    """Nucleus left behind by an alpha particle."""


@dataclass(frozen=True)
class EmissionSpectrum:
    """Energies and yields of one kind of emission of one particle. Rows of equal bounds are lines; others are bins."""

    particle: Particle
    kind: str
    """``beta``, ``conversion_auger``, ``gamma``, ``x``, ``annihilation``, ``alpha``, ``recoil``, or ``given``."""
    low_mev: Floats
    """Lower bounds of the kinetic energies. Shape ``(n,)``. [MeV]"""
    high_mev: Floats
    """Upper bounds; within a bin every energy is as likely. Shape ``(n,)``. [MeV]"""
    yields: Floats
    """Particles per decay of the parent. Shape ``(n,)``."""

    def __post_init__(self) -> None:
        if not self.low_mev.shape == self.high_mev.shape == self.yields.shape or self.yields.ndim != 1:
            raise ValueError("expected bounds and yields of one length")
        finite = np.isfinite(self.low_mev) & np.isfinite(self.high_mev) & np.isfinite(self.yields)
        if not (finite & (self.low_mev >= 0) & (self.high_mev >= self.low_mev) & (self.yields >= 0)).all():
            raise ValueError(
                "expected energies from zero on, upper bounds not below lower ones, and yields from zero on"
            )

    @property
    def mean_energies_mev(self) -> Floats:
        """Mean energy of every row. Shape ``(n,)``. [MeV]"""
        return 0.5 * (self.low_mev + self.high_mev)

    @property
    def energy_mev(self) -> float:
        """Energy per decay of the parent. [MeV]"""
        return float(self.yields @ self.mean_energies_mev)


@dataclass(frozen=True)
class ChainMember:
    """One member of a decay chain."""

    name: str
    decays_per_parent: float
    """Decays of this member per decay of the parent."""


@dataclass(frozen=True)
class Emissions:
    """Everything that is emitted per decay of the parent."""

    name: str
    """Nuclide and how its chain counts, or the file."""
    spectra: tuple[EmissionSpectrum, ...]
    members: tuple[ChainMember, ...]
    """The parent first; empty for spectra that were given."""
    notes: tuple[str, ...]
    """Assumptions, and what is not included."""
    citations: tuple[Citation, ...]

    def of(self, *particles: Particle) -> tuple[EmissionSpectrum, ...]:
        """The spectra of some particles."""
        return tuple(spectrum for spectrum in self.spectra if spectrum.particle in particles)

    def energy_mev(self, *particles: Particle) -> float:
        """Energy per decay of some particles, of all where none is named. [MeV]"""
        chosen = self.of(*particles) if particles else self.spectra
        return float(sum(spectrum.energy_mev for spectrum in chosen))


def merged(spectra: tuple[EmissionSpectrum, ...]) -> tuple[Floats, Floats, Floats]:
    """Lower and upper bounds [MeV] and yields of several spectra one after another. Shapes ``(n,)``."""
    if not spectra:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    return (
        np.concatenate([s.low_mev for s in spectra]),
        np.concatenate([s.high_mev for s in spectra]),
        np.concatenate([s.yields for s in spectra]),
    )
