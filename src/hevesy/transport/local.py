"""Local energy deposition: electrons stay where they are set free, photons leave."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation, Image, Quantity
from hevesy.errors import InputError, RegionFinding
from hevesy.physdata import JOULE_PER_MEV, Nuclide
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.transport.engine import AbstractDoseEngine, Capability

_KG_PER_G = 1e-3


@final
class LocalDeposition(AbstractDoseEngine):
    """The electron energy of every decay is absorbed in its own voxel or region."""

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
            "and Auger electrons) is absorbed in the voxel or region of the decay; photons are taken to leave. The "
            "absorbed dose is the number of decays per mass times this energy."
        )

    @property
    def validity(self) -> tuple[str, ...]:
        """Limits."""
        return (
            "Photon energy is not deposited: absorbed doses of large regions read a few per cent low where the "
            "radionuclide emits photons.",
            "Crossfire between regions is not included.",
            "Voxels are not blurred by the range of the electrons; the resolution of the scanner is usually coarser.",
        )

    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """Source of the decay data."""
        return (nuclide.source,)

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Electron energy per decay over the mass. [Gy/(Bq s)]"""
        if not mass.value > 0:
            raise RegionFinding(f"the region has no mass ({mass.value * 1000:g} g)")
        return scaled(multiply_powers((nuclide.electron_energy, 1.0), (mass, -1.0)), JOULE_PER_MEV)

    def dose_rate_map(
        self, nuclide: Nuclide, activity_concentration: Image, density_g_ml: float | NDArray[np.float64]
    ) -> Image:
        """Electron energy per decay times activity concentration over density. [Gy/s]"""
        if activity_concentration.quantity is not Quantity.ACTIVITY_CONCENTRATION:
            raise InputError("an activity concentration in Bq/ml", f"{activity_concentration.quantity} came", self.name)
        density = np.asarray(density_g_ml, dtype=np.float64)
        if density.ndim and density.shape != activity_concentration.grid.shape:
            raise InputError(
                f"one density or one per voxel {activity_concentration.grid.shape}", f"{density.shape} came", self.name
            )
        if not (np.isfinite(density).all() and (density > 0).all()):
            raise InputError("positive densities", f"the lowest is {density.min():g} g/ml", self.name)
        if not np.isfinite(activity_concentration.values).all():
            raise InputError("a finite activity concentration in every voxel", "some are not finite", self.name)
        gray_per_decay_and_ml = nuclide.electron_energy_mev * JOULE_PER_MEV / (density * _KG_PER_G)
        values = np.asarray(activity_concentration.values, dtype=np.float64) * gray_per_decay_and_ml
        return Image(activity_concentration.grid, values, Quantity.ABSORBED_DOSE_RATE)
