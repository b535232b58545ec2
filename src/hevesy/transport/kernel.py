"""Convolution with voxel S values: electrons and photons carried by point kernels in water."""

from __future__ import annotations

from functools import lru_cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import Nuclide, parent_emissions
from hevesy.quantities import Uncertain
from hevesy.transport.engine import AbstractDoseEngine, Capability, refuse
from hevesy.transport.kernels import VoxelKernel, convolve, kernel_citation, voxel_kernel

KERNEL_METHOD = Citation(
    "mird-17",
    "W. E. Bolch et al., MIRD Pamphlet No. 17: the dosimetry of nonuniform activity distributions - radionuclide S "
    "values at the voxel level, J. Nucl. Med. 40 (1999) 11S-36S",
)


@final
class KernelConvolution(AbstractDoseEngine):
    """Voxel S values in water, the energy of electrons divided by the mass of the voxel."""

    @property
    def name(self) -> str:
        """Name in the study file."""
        return "kernel"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Maps only."""
        return frozenset({Capability.MAPS})

    @property
    def description(self) -> str:
        """Paragraph for the report."""
        return (
            "Convolution of the activity with voxel S values over the full range of electrons and photons. The S values "
            "are integrals of point kernels in unbounded water, computed by Monte Carlo from ENDF/B-VIII.1, over pairs "
            "of voxels. The energy that electrons and alpha particles leave in a voxel is divided by its mass; the dose "
            "of photons is that in water."
        )

    @property
    def validity(self) -> tuple[str, ...]:
        """Limits."""
        return (
            "Crossfire is that of unbounded water: photons are neither attenuated nor scattered by air, lung or bone, "
            "and near the surface of the body their dose reads high.",
            "Where density or medium changes within the range of the electrons, they are not carried differently.",
            "Activity outside the image gives no dose.",
        )

    def citations(self, nuclide: Nuclide) -> tuple[Citation, ...]:
        """The method, the decay data and the point kernels."""
        return (KERNEL_METHOD, nuclide.source, kernel_citation())

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Refuse: a region's dose is the mean of its map."""
        del nuclide, mass
        raise refuse(self, Capability.REGIONS)

    def dose_rate_map(
        self, nuclide: Nuclide, activity_concentration: Image, density_g_ml: float | NDArray[np.float64]
    ) -> Image:
        """Activity convolved with voxel S values. [Gy/s]"""
        if activity_concentration.quantity is not Quantity.ACTIVITY_CONCENTRATION:
            raise InputError("an activity concentration in Bq/ml", f"{activity_concentration.quantity} came", self.name)
        grid = activity_concentration.grid
        density = np.asarray(density_g_ml, dtype=np.float64)
        if density.ndim and density.shape != grid.shape:
            raise InputError(f"one density or one per voxel {grid.shape}", f"{density.shape} came", self.name)
        kernel = _kernel(nuclide, grid.spacing_mm, grid.shape)
        activity = np.asarray(activity_concentration.values, dtype=np.float64) * grid.voxel_volume_ml
        dose = convolve(activity, kernel, density_ratio=np.broadcast_to(density, grid.shape))
        return Image(grid, dose.absorbed_dose_gy.astype(np.float64), Quantity.ABSORBED_DOSE_RATE)


@lru_cache(maxsize=2)
def _kernel(nuclide: Nuclide, spacing_mm: tuple[float, float, float], shape: tuple[int, int, int]) -> VoxelKernel:
    return voxel_kernel(parent_emissions(nuclide), spacing_mm, shape)
