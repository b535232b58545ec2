"""What a nuclide, a chain or a spectrum needs in one call: its point kernel, voxel kernel or sphere S value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions
from hevesy.quantities import Uncertain
from hevesy.transport.kernels.decay_data import EnergyUncertainty
from hevesy.transport.kernels.kernel_settings import Report
from hevesy.transport.kernels.point_kernel import SHELLS_CM, PointKernel, point_kernel
from hevesy.transport.kernels.spheres import sphere_s_value
from hevesy.transport.kernels.store import point_kernel_table
from hevesy.transport.kernels.voxels import VoxelKernel, voxel_kernel_of

_WATER = "water"


def point_kernel_of(
    emissions: Emissions,
    medium: str = _WATER,
    *,
    edges_cm: NDArray[np.float64] = SHELLS_CM,
    report: Report | None = None,
) -> PointKernel:
    """Point kernel of emissions in a medium by name; see :func:`hevesy.transport.kernels.point_kernel`."""
    return point_kernel(emissions, point_kernel_table(medium, report), edges_cm)


def voxel_kernel(
    emissions: Emissions,
    spacing_mm: tuple[float, float, float],
    shape: tuple[int, int, int],
    *,
    medium: str = _WATER,
    density_g_ml: float | None = None,
    report: Report | None = None,
) -> VoxelKernel:
    """Voxel S values of emissions; see :func:`hevesy.transport.kernels.voxel_kernel_of`.

    Parameters
    ----------
    emissions
        Per decay of the parent.
    spacing_mm
        ``(x, y, z)`` [mm]
    shape
        Of the octant ``(z, y, x)``: that of an image gives every pair of its voxels.
    medium
        Name of a material.
    density_g_ml
        Of the medium; its own without it. [g/ml]
    report
        Told the progress where the medium's point kernels are computed for the first time.
    """
    kernel = point_kernel_of(emissions, medium, report=report)
    return voxel_kernel_of(kernel, spacing_mm, shape, density_g_ml)


def sphere_s_value_of(emissions: Emissions, mass_kg: float, energies: EnergyUncertainty | None = None) -> Uncertain:
    """S value of a water sphere from 1 mg to 10 kg; see :func:`hevesy.transport.kernels.sphere_s_value`. [Gy/(Bq s)]"""
    return sphere_s_value(point_kernel_of(emissions), mass_kg, energies)
