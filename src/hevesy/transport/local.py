"""Local energy deposition: charged particles stay where they are set free, photons leave."""

from __future__ import annotations

import math
from typing import final

import numpy as np

from hevesy.domain import Citation, Image
from hevesy.errors import RegionFinding
from hevesy.physdata import JOULE_PER_MEV, Emissions, Nuclide, Particle, parent_emissions
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.transport.engine import AbstractDoseEngine, Capability, EngineSettings, MapResult, check_map_input
from hevesy.transport.mc.geometry import VoxelGeometry

_KG_PER_G = 1e-3
LIGHTEST_KG, HEAVIEST_KG = 2e-3, 0.3
"""Masses of solid tissue for which local deposition is taken to hold (T. Nucl. Med. 45 (2023) no. 2). [kg]"""


def local_energy_mev(emissions: Emissions, photons_below_mev: float = 0.0) -> float:
    """Energy per decay that counts as absorbed on the spot. [MeV]

    All of electrons, positrons, alpha particles and recoiling nuclei, and photons of less than a stated energy.
    """
    charged = emissions.energy_mev(Particle.ELECTRON, Particle.POSITRON, Particle.ALPHA, Particle.RECOIL)
    soft = 0.0
    for spectrum in emissions.of(Particle.PHOTON):
        low = spectrum.high_mev < photons_below_mev
        soft += float(spectrum.yields[low] @ spectrum.mean_energies_mev[low])
    return charged + soft


@final
class LocalDeposition(AbstractDoseEngine):
    """The energy of charged particles is absorbed in the voxel or region of their decay.

    Parameters
    ----------
    settings
        Of which the energy below which photons count too.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._photons_below_mev = (settings or EngineSettings()).photons_below_mev

    @property
    def name(self) -> str:
        """Name in the study file."""
        return "local"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Regions and maps."""
        return frozenset({Capability.REGIONS, Capability.MAPS})

    @property
    def description(self) -> str:
        """Paragraph for the report."""
        return (
            "Local energy deposition: the mean energy of the electrons emitted per decay (beta particles, conversion "
            f"and Auger electrons), of alpha particles and recoiling nuclei{self._soft} is absorbed in the voxel or "
            "region of the decay; photons are taken to leave. The absorbed dose is the number of decays per mass times "
            "this energy."
        )

    @property
    def _soft(self) -> str:
        kev = 1e3 * self._photons_below_mev
        return f" and of photons below {kev:g} keV" if kev else ""

    @property
    def validity(self) -> tuple[str, ...]:
        """Limits."""
        return (
            "Photon energy is not deposited: absorbed doses of large regions read a few per cent low where the "
            "radionuclide emits photons.",
            "Crossfire between regions is not included.",
            "Voxels are not blurred by the range of the electrons; the resolution of the scanner is usually coarser.",
            "It is taken to hold for solid tissue of 2 to 300 g.",
        )

    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """Source of the decay data."""
        return (nuclide.source,)

    def doubts(self, mass_kg: float) -> tuple[str, ...]:
        """Outside 2 to 300 g electrons leave small regions, and photons count in large ones."""
        if LIGHTEST_KG <= mass_kg <= HEAVIEST_KG:
            return ()
        return (f"local deposition is taken to hold for 2 to 300 g, this region has {1e3 * mass_kg:.3g} g",)

    def map_memory_bytes(self, shape: tuple[int, int, int]) -> float:
        """Density, product and result in double precision. [byte]"""
        return 24.0 * math.prod(shape)

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Energy of charged particles per decay over the mass. [Gy/(Bq s)]"""
        if not mass.value > 0:
            raise RegionFinding(f"the region has no mass ({mass.value * 1000:g} g)")
        return scaled(multiply_powers((self._energy(nuclide), 1.0), (mass, -1.0)), JOULE_PER_MEV)

    def _energy(self, nuclide: Nuclide) -> Uncertain:
        alpha = nuclide.energy_by_type.get("alpha")
        spread = float(np.hypot(nuclide.electron_energy_uncertainty_mev, alpha.uncertainty_mev if alpha else 0.0))
        energy = local_energy_mev(parent_emissions(nuclide), self._photons_below_mev)
        return Uncertain(energy, {f"energy:{nuclide.name}": spread})

    def dose_map(self, emissions: Emissions, source: Image, geometry: VoxelGeometry) -> MapResult:
        """Energy of charged particles per decay times concentration over density. [Gy/s] or [Gy]"""
        quantity = check_map_input(self, source, geometry)
        gray_ml_g = local_energy_mev(emissions, self._photons_below_mev) * JOULE_PER_MEV / _KG_PER_G
        values = np.asarray(source.values, dtype=np.float64) * (gray_ml_g / geometry.density_g_ml.astype(np.float64))
        return MapResult(Image(source.grid, values, quantity), None)
