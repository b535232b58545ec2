"""What the uncertainty of evaluated energies per decay adds to S values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hevesy.physdata import AbstractDecayLibrary, Emissions, energy_by_type
from hevesy.quantities import total
from hevesy.transport.kernels.voxels import VoxelKernel

_ELECTRON, _PHOTON, _HEAVY = ("beta", "conversion_auger"), ("gamma", "x"), ("alpha",)


@dataclass(frozen=True)
class EnergyUncertainty:
    """Relative standard uncertainties of the energy per decay, by source named ``energy-TYPE:MEMBER``."""

    electron: Mapping[str, float]
    photon: Mapping[str, float]
    heavy: Mapping[str, float]

    def components(self, electron: float, photon: float, heavy: float) -> dict[str, float]:
        """Standard uncertainty of the sum of the three parts, by source, in their unit."""
        pairs = ((self.electron, electron), (self.photon, photon), (self.heavy, heavy))
        return {name: relative * value for part, value in pairs for name, relative in part.items()}


def energy_uncertainty(emissions: Emissions, library: AbstractDecayLibrary) -> EnergyUncertainty:
    """Uncertainty of the energies per decay of a chain; of each kind of particle the energy varies as one.

    Empty where the library gives none.
    """
    energies = energy_by_type(emissions.members, library)

    def relative(kinds: tuple[str, ...]) -> dict[str, float]:
        both = total([energies[kind] for kind in kinds])
        return {name: u / both.value for name, u in both.components.items()} if both.value > 0 else {}

    return EnergyUncertainty(relative(_ELECTRON), relative(_PHOTON), relative(_HEAVY))


def with_decay_data(kernel: VoxelKernel, energies: EnergyUncertainty) -> VoxelKernel:
    """Voxel S values whose uncertainty holds that of the decay data too."""
    electron, photon, heavy = (
        math.hypot(*part.values()) for part in (energies.electron, energies.photon, energies.heavy)
    )
    variance = (electron * kernel.electron) ** 2 + (photon * kernel.photon) ** 2 + (heavy * kernel.heavy) ** 2
    return replace(kernel, standard_uncertainty=np.sqrt(kernel.standard_uncertainty**2 + variance))
