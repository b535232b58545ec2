"""Point kernels of a decay, voxel S values and spheres from them, and convolution."""

from hevesy.transport.kernels.convolution import (
    ConvolvedDose,
    convolution_memory_bytes,
    convolve,
    convolved_uncertainty,
)
from hevesy.transport.kernels.decay_data import EnergyUncertainty, energy_uncertainty, with_decay_data
from hevesy.transport.kernels.point_kernel import PointKernel, RadialPart, point_kernel
from hevesy.transport.kernels.served import point_kernel_of, sphere_s_value_of, voxel_kernel
from hevesy.transport.kernels.shells import shell_energies
from hevesy.transport.kernels.spheres import MASS_LIMITS_KG, sphere_s_value
from hevesy.transport.kernels.store import kernel_citation, point_kernel_table
from hevesy.transport.kernels.voxels import (
    VoxelKernel,
    checked_radius,
    octant_memory_bytes,
    octant_shape,
    voxel_kernel_of,
)

__all__ = [
    "MASS_LIMITS_KG",
    "ConvolvedDose",
    "EnergyUncertainty",
    "PointKernel",
    "RadialPart",
    "VoxelKernel",
    "checked_radius",
    "convolution_memory_bytes",
    "convolve",
    "convolved_uncertainty",
    "energy_uncertainty",
    "kernel_citation",
    "octant_memory_bytes",
    "octant_shape",
    "point_kernel",
    "point_kernel_of",
    "point_kernel_table",
    "shell_energies",
    "sphere_s_value",
    "sphere_s_value_of",
    "voxel_kernel",
    "voxel_kernel_of",
    "with_decay_data",
]
