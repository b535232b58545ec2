"""What is asked of a Monte Carlo run, and the plan that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions, EmissionSpectrum, Particle
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles
from hevesy.transport.mc.source import Component, Source

Floats = NDArray[np.float64]

LEAST_DENSITY = 0.1
"""For a first guess of where the dose is high: thinner voxels count as this dense. [g/ml]"""


class Tier(StrEnum):
    """How much is transported."""

    TIERS = "mc"
    """Electrons by kernel where the medium is uniform over their range; photons by track length."""
    FULL = "mc-full"
    """Every particle, by collisions."""


@dataclass(frozen=True)
class Settings:
    """When a run stops, and how it runs."""

    tier: Tier
    seed: int
    target_uncertainty: float | None
    """Mean relative standard uncertainty of the voxels above ``above`` times the maximum; None for no target."""
    histories: int | None = None
    """Most histories; None for no limit."""
    threads: int = 1
    state: Path | None = None
    """Folder of the state; None keeps none."""
    above: float = 0.2
    """Share of the maximum that voxels must exceed to count."""


@dataclass(frozen=True)
class Problem:
    """Decays in voxels."""

    geometry: VoxelGeometry
    emissions: Emissions
    decays: Floats
    """Decays of the parent. Shape ``(z, y, x)``."""
    settings: Settings

    @property
    def electrons(self) -> tuple[EmissionSpectrum, ...]:
        """Electrons and positrons."""
        return self.emissions.of(Particle.ELECTRON, Particle.POSITRON)

    @property
    def photons(self) -> tuple[EmissionSpectrum, ...]:
        """Photons."""
        return self.emissions.of(Particle.PHOTON)

    def hotness(self) -> Floats:
        """One where the dose is likely to count, less where decays per mass are fewer. Shape ``(z, y, x)``."""
        per_gram = self.decays / np.maximum(self.geometry.density_g_ml, LEAST_DENSITY)
        return np.asarray(np.minimum(per_gram / (self.settings.above * per_gram.max()), 1.0))

    def photon_component(self, spectra: tuple[EmissionSpectrum, ...], decays: Floats) -> Component:
        """Photons by the energy that a voxel emits."""
        return Component(spectra, decays, decays * sum(s.energy_mev for s in spectra))


Follow = Callable[[Particles, Particles, Floats], Balance]
"""Follow electrons and photons, with all that they set free, until nothing is left; add energy to the tally."""


@dataclass(frozen=True)
class Plan:
    """What is known in closed form, and what has to be sampled."""

    fixed_mev: Floats
    """Energy deposited by kernels and on the spot. Shape ``(z, y, x)``. [MeV]"""
    fixed_variance: Floats
    """Of the kernels' statistics. Shape ``(z, y, x)``. [MeV2]"""
    fixed_emitted_mev: float
    """Energy that ``fixed_mev`` and ``fixed_escaped_mev`` account for. [MeV]"""
    fixed_escaped_mev: float
    electrons: Source
    photons: Source
    follow: Follow
