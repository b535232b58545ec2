"""Monte Carlo transport of every emission through the density and medium of every voxel."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from hevesy.domain import Citation, Image
from hevesy.errors import InputError
from hevesy.physdata import Emissions, Nuclide
from hevesy.physdata.tables_reader import source_citation
from hevesy.quantities import Uncertain
from hevesy.transport.engine import (
    AbstractDoseEngine,
    Capability,
    EngineSettings,
    MapResult,
    check_map_input,
    refuse,
)
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.problem import Settings, Tier

_TABLES = ("electrons_endfb81", "photons_endfb81", "alphas_icru49")
_VOXEL_BYTES, _BATCH_BYTES = 150.0, 16.0
"""As measured by `hevesy dose`. [byte/voxel]"""
_HOW = {
    Tier.TIERS: (
        "Electrons whose surroundings are uniform over their range are spread by kernels of the same physics, all "
        "others are transported; photons score by the length of their tracks, and the electrons that they set free "
        "stay where they start."
    ),
    Tier.FULL: "Electrons are followed in condensed steps, photons collision by collision, with all they set free.",
}
_LIMITS = {
    Tier.TIERS: "Electrons set free by photons are absorbed where they start.",
    Tier.FULL: "Electrons below the energy at which tracks end are absorbed there.",
}


@final
class MonteCarlo(AbstractDoseEngine):
    """Transport until the wanted uncertainty is reached.

    Parameters
    ----------
    tier
        How much is transported; also the engine's name.
    settings
        Of which target uncertainty, seed and threads.
    """

    def __init__(self, tier: Tier, settings: EngineSettings | None = None) -> None:
        self._tier, self._settings = tier, settings or EngineSettings()

    @property
    def name(self) -> str:
        """Name in the study file."""
        return self._tier.value

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Maps with crossfire and statistics; wants media."""
        return frozenset({Capability.MAPS, Capability.MEDIA, Capability.CROSSFIRE, Capability.STATISTICS})

    @property
    def description(self) -> str:
        """Paragraph for the report."""
        return (
            "Monte Carlo transport of electrons, photons and alpha particles through the density and medium of every "
            f"voxel, with cross sections and stopping powers from ENDF/B-VIII.1. {_HOW[self._tier]}"
        )

    @property
    def validity(self) -> tuple[str, ...]:
        """Limits."""
        return (
            "Crossfire is included within the image; what leaves it does not come back.",
            "Density and medium are uniform within a voxel.",
            _LIMITS[self._tier],
        )

    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """Decay data, and the data of each kind of radiation."""
        return (nuclide.source, *(source_citation(table) for table in _TABLES))

    def doubts(self, mass_kg: float) -> tuple[str, ...]:
        """None by mass alone."""
        del mass_kg
        return ()

    def map_memory_bytes(self, shape: tuple[int, int, int]) -> float:
        """Sums and kernels, and the batches under way. [byte]"""
        return (_VOXEL_BYTES + _BATCH_BYTES * self._settings.threads) * math.prod(shape)

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Refuse: a region's dose is the mean of its map."""
        del nuclide, mass
        raise refuse(self, Capability.REGIONS)

    def dose_map(self, emissions: Emissions, source: Image, geometry: VoxelGeometry) -> MapResult:
        """Absorbed dose and its statistical standard uncertainty. [Gy/s] or [Gy]"""
        from hevesy.transport.mc.engine import monte_carlo_dose

        quantity, asked = check_map_input(self, source, geometry), self._settings
        if asked.target_uncertainty is None:
            raise InputError("a target uncertainty such as 1 %", "none came", self.name)
        decays = np.asarray(source.values, dtype=np.float64) * source.grid.voxel_volume_ml
        if not decays.any():
            nothing = Image(source.grid, np.zeros(source.grid.shape), quantity)
            return MapResult(nothing, nothing)
        settings = Settings(self._tier, asked.seed, asked.target_uncertainty, threads=asked.threads)
        made = monte_carlo_dose(geometry, emissions, decays, settings)
        reached = made.mean_relative_standard_uncertainty
        note = f"mean relative standard uncertainty of the voxels above 20 % of the maximum: {reached:.2%}"
        return MapResult(
            Image(source.grid, made.dose_gy, quantity),
            Image(source.grid, made.standard_uncertainty_gy, quantity),
            (f"{made.histories} histories, {note}", *made.notes),
        )
