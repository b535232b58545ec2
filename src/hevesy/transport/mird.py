"""MIRD self-dose with the absorbed fractions of water spheres, scaled to the mass of the region."""

from __future__ import annotations

from typing import final

from hevesy.domain import Citation, Image
from hevesy.errors import RegionFinding
from hevesy.physdata import JOULE_PER_MEV, Emissions, Nuclide, sphere_absorption, sphere_citation, sphere_s_value
from hevesy.quantities import Uncertain, combine
from hevesy.transport.engine import AbstractDoseEngine, Capability, EngineSettings, MapResult, refuse
from hevesy.transport.mc.geometry import VoxelGeometry

MIRD_SCHEMA = Citation(
    "mird-21",
    "W. E. Bolch et al., MIRD Pamphlet No. 21: a generalized schema for radiopharmaceutical dosimetry, "
    "J. Nucl. Med. 50 (2009) 477-484",
    "10.2967/jnumed.108.056036",
)


@final
class MirdSelfDose(AbstractDoseEngine):
    """Self-absorbed electrons and photons of a sphere with the region's mass."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        del settings

    @property
    def name(self) -> str:
        """Name in the study file."""
        return "mird-self-dose"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Regions only."""
        return frozenset({Capability.REGIONS})

    @property
    def description(self) -> str:
        """Paragraph for the report."""
        return (
            "MIRD self-dose: the S value of a region is the energy that a uniformly filled water sphere of the "
            "region's mass keeps per decay, over that mass. Absorbed fractions of electrons and photons are "
            "interpolated in energy and mass in a table computed by Monte Carlo from ENDF/B-VIII.1; emissions and "
            "their energies are those of ENDF/B-VIII.1."
        )

    @property
    def validity(self) -> tuple[str, ...]:
        """Limits."""
        return (
            "Crossfire from and to other regions is not included; hevesy svalue gives it for reference adults.",
            "A region is treated as a unit-density sphere in water: flat or hollow regions keep less of the photon "
            "energy, and the remainder of the body does too.",
            "The share of the energy that electrons lose as bremsstrahlung is taken to leave the region.",
        )

    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """The schema, the decay data and the absorbed fractions."""
        return (MIRD_SCHEMA, nuclide.source, sphere_citation())

    def map_memory_bytes(self, shape: tuple[int, int, int]) -> float:
        """None: it serves no maps. [byte]"""
        del shape
        return 0.0

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """S value of a sphere of this mass, with the uncertainty of the mass. [Gy/(Bq s)]"""
        try:
            s_value = sphere_s_value(nuclide, mass.value)
        except ValueError as error:
            raise RegionFinding(f"no sphere S value: {error}") from error
        kept = sphere_absorption(nuclide, mass.value)
        slope = JOULE_PER_MEV * (kept.slope_mev - kept.absorbed_mev) / mass.value**2
        return combine(s_value.value, [(s_value, 1.0), (mass, slope)])

    def doubts(self, mass_kg: float) -> tuple[str, ...]:
        """None: what the table does not hold is refused."""
        del mass_kg
        return ()

    def dose_map(self, emissions: Emissions, source: Image, geometry: VoxelGeometry) -> MapResult:
        """Refuse: a sphere has no voxels."""
        del emissions, source, geometry
        raise refuse(self, Capability.MAPS)
