"""Convolution with voxel S values: electrons and photons carried by point kernels in water."""

from __future__ import annotations

from typing import final

import numpy as np

from hevesy.domain import Citation, Image
from hevesy.physdata import Emissions, Nuclide
from hevesy.quantities import Uncertain
from hevesy.transport.engine import (
    AbstractDoseEngine,
    Capability,
    EngineSettings,
    MapResult,
    check_map_input,
    refuse,
)
from hevesy.transport.kernels import convolution_memory_bytes, convolve, kernel_citation, voxel_kernel
from hevesy.transport.mc.geometry import VoxelGeometry

KERNEL_METHOD = Citation(
    "mird-17",
    "W. E. Bolch et al., MIRD Pamphlet No. 17: the dosimetry of nonuniform activity distributions - radionuclide S "
    "values at the voxel level, J. Nucl. Med. 40 (1999) 11S-36S",
)


@final
class KernelConvolution(AbstractDoseEngine):
    """Voxel S values in water, the energy of charged particles divided by the mass of the voxel.

    Parameters
    ----------
    settings
        Of which the threads.
    """

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self._threads = (settings or EngineSettings()).threads

    @property
    def name(self) -> str:
        """Name in the study file."""
        return "kernel"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Maps, with crossfire."""
        return frozenset({Capability.MAPS, Capability.CROSSFIRE})

    @property
    def description(self) -> str:
        """Paragraph for the report."""
        return (
            "Convolution of the activity with voxel S values over the full range of electrons and photons. The S "
            "values are integrals of point kernels in unbounded water, computed by Monte Carlo from ENDF/B-VIII.1, "
            "over pairs of voxels. The energy that electrons and alpha particles leave in a voxel is divided by its "
            "mass; the dose of photons is that in water."
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

    def doubts(self, mass_kg: float) -> tuple[str, ...]:
        """None by mass alone."""
        del mass_kg
        return ()

    def map_memory_bytes(self, shape: tuple[int, int, int]) -> float:
        """Transforms of the doubled image, and the kernel. [byte]"""
        return float(convolution_memory_bytes(shape, scaled=True))

    def region_s_value(self, nuclide: Nuclide, mass: Uncertain) -> Uncertain:
        """Refuse: a region's dose is the mean of its map."""
        del nuclide, mass
        raise refuse(self, Capability.REGIONS)

    def dose_map(self, emissions: Emissions, source: Image, geometry: VoxelGeometry) -> MapResult:
        """Activity convolved with voxel S values. [Gy/s] or [Gy]

        In voxels of one density the S values are those of water of that density.
        """
        quantity = check_map_input(self, source, geometry)
        grid, density = source.grid, geometry.density_g_ml.astype(np.float64)
        uniform = float(density.min()) == float(density.max())
        activity = np.asarray(source.values, dtype=np.float64) * grid.voxel_volume_ml
        reference = float(density.flat[0]) if uniform else 1.0
        kernel = voxel_kernel(emissions, grid.spacing_mm, grid.shape, density_g_ml=reference)
        ratio = None if uniform else density
        dose = convolve(activity, kernel, density_ratio=ratio, workers=self._threads)
        note = f"single-precision transform within {dose.transform_error:.1g} of the largest absorbed dose"
        return MapResult(Image(grid, dose.absorbed_dose_gy.astype(np.float64), quantity), None, (note,))
