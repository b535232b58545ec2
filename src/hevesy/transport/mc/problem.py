"""What is asked of a Monte Carlo run, and the plan that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.source import Component

Floats = NDArray[np.float64]

LEAST_DENSITY = 0.1
"""For a first guess of where the dose is high: thinner voxels count as this dense. [g/ml]"""
_LEAST_PHOTON_MEV = 1.01e-3
_DISPLACED = 0.2
"""Mean distance along an axis, in ranges, at which an electron leaves its energy: a guess that only steers."""
_COUNTED_FROM = 0.2
"""Hotness from which a share of the electrons' energy is counted beforehand; few histories start in colder voxels."""


class Tier(StrEnum):
    """How much is transported."""

    TIERS = "mc"
    """Electrons by kernel where the medium is uniform over their range; photons by track length."""
    FULL = "mc-full"
    """Every particle, by collisions."""


class Device(StrEnum):
    """Where particles are followed."""

    CPU = "cpu"
    """The cores of the processor."""
    CUDA = "cuda"
    """An NVIDIA graphics processor; the full tier only."""


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
    device: Device = Device.CPU


@dataclass(frozen=True)
class Places:
    """Voxels with decays, in the order of the grid."""

    voxels: NDArray[np.int64]
    """Flat indices. Shape ``(n,)``."""
    decays: Floats
    """Of the parent. Shape ``(n,)``."""
    density_g_ml: Floats
    """Shape ``(n,)``. [g/ml]"""
    hotness: Floats
    """One where the dose is likely to count, less where decays per mass are fewer. Shape ``(n,)``."""

    def those(self, chosen: NDArray[np.bool_]) -> Places:
        """Some of them."""
        return Places(self.voxels[chosen], self.decays[chosen], self.density_g_ml[chosen], self.hotness[chosen])


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

    def places(self) -> Places:
        """The voxels with decays."""
        voxels = np.flatnonzero(self.decays)
        decays, density = self.decays.reshape(-1)[voxels], self.geometry.density_g_ml.reshape(-1)[voxels]
        per_gram = decays / np.maximum(density, LEAST_DENSITY)
        hotness = np.minimum(per_gram / (self.settings.above * per_gram.max()), 1.0)
        return Places(voxels, decays, density.astype(np.float64), hotness)

    def electron_component(self, group: tuple[EmissionSpectrum, float], places: Places, stopping: Floats) -> Component:
        """Electrons of like range: the more of them the larger the share of the energy that leaves the voxel.

        Parameters
        ----------
        group
            A spectrum, and the range in water of its most energetic electrons. [g/cm2]
        places
            Where they start.
        stopping
            Water-equivalent density of these places. Shape ``(n,)``. [g/ml]
        """
        spectrum, longest = group
        across = np.array(self.geometry.spacing_cm) * np.maximum(stopping, LEAST_DENSITY)[:, None]
        leaving = np.minimum(longest / across.min(axis=1), 1.0)
        counted = (places.density_g_ml > 0) & (places.hotness >= _COUNTED_FROM)
        kept = np.where(counted, np.prod(1.0 / (1.0 + _DISPLACED * longest / across), axis=1), 0.0)
        importance = places.hotness * np.sqrt(leaving) * spectrum.energy_mev
        return Component((spectrum,), places.voxels, places.decays, importance, kept=kept)

    def photon_component(self, spectra: tuple[EmissionSpectrum, ...], places: Places) -> Component:
        """Photons by the energy that a voxel emits, soft ones more often, which leave theirs where they start."""
        importance = places.decays * sum(s.energy_mev for s in spectra)
        return Component(spectra, places.voxels, places.decays, importance, self._absorbed_nearby)

    def _absorbed_nearby(self, energies_mev: Floats) -> Floats:
        """Root of the share of a photon's energy that is absorbed within a voxel of water."""
        low = np.maximum(energies_mev, _LEAST_PHOTON_MEV)
        per_cm = photon_tables((material("water"),)).mass_energy_absorption("water", low)
        return np.asarray(np.sqrt(-np.expm1(-per_cm * min(self.geometry.spacing_cm))))
