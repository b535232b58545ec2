"""Absorbed dose by convolution of time-integrated activity with voxel S values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.numerics.even_convolution import convolve_even, direct_sum, memory_bytes, transfer_function
from hevesy.transport.kernels.voxels import VoxelKernel

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Place = tuple[int, int, int]

LARGEST_ERROR = 1e-4
"""Of the single-precision transform, relative to the largest absorbed dose; more is refused."""


@dataclass(frozen=True)
class ConvolvedDose:
    """Absorbed dose in every voxel."""

    absorbed_dose_gy: Singles
    """Shape ``(z, y, x)``. [Gy]"""
    transform_error: float
    """Largest difference from the sum in double precision at the voxels that were summed, over the largest dose."""


def convolution_memory_bytes(shape: tuple[int, int, int], *, scaled: bool = False) -> int:
    """Estimate of the memory of a convolution at its highest, the kernel's octants included. [bytes]"""
    octants = 5 * 8 * math.prod(shape)
    return memory_bytes(shape) + octants + (12 * math.prod(shape) if scaled else 0)


def _checked_places(dose: Singles) -> tuple[Place, ...]:
    """Where the transform is compared with the sum: the highest voxel, the centre, a corner and one between."""
    z, y, x = dose.shape
    highest = np.unravel_index(int(np.argmax(dose)), dose.shape)
    return (
        (int(highest[0]), int(highest[1]), int(highest[2])),
        (z // 2, y // 2, x // 2),
        (0, 0, 0),
        (z // 3, y // 4, x // 5),
    )


def _convolved(activity: Singles, octant: Floats, workers: int) -> tuple[Singles, float]:
    """Convolution and its checked error, relative to its maximum."""
    dose = convolve_even(activity, transfer_function(octant, activity.shape, workers), workers)
    largest = float(dose.max())
    if not largest > 0:
        return dose, 0.0
    differences = [abs(float(dose[place]) - direct_sum(activity, octant, place)) for place in _checked_places(dose)]
    error = max(differences) / largest
    if error > LARGEST_ERROR:
        raise InputError(
            f"a convolution within {LARGEST_ERROR:g} of its sum in double precision", f"{error:.1g} came", "kernel"
        )
    np.maximum(dose, 0.0, out=dose)
    return dose, error


def _checked(time_integrated_activity: NDArray[np.floating]) -> Singles:
    activity = np.asarray(time_integrated_activity, dtype=np.float32)
    if activity.ndim != 3 or not activity.size:
        raise InputError("time-integrated activity of shape (z, y, x)", f"{activity.shape} came", "kernel")
    if not np.isfinite(activity).all() or float(activity.min()) < 0:
        raise InputError("finite time-integrated activity from zero on in every voxel", "some is not", "kernel")
    return activity


def convolve(
    time_integrated_activity: NDArray[np.floating],
    kernel: VoxelKernel,
    *,
    density_ratio: NDArray[np.floating] | None = None,
    workers: int = 1,
) -> ConvolvedDose:
    """Absorbed dose from the decays in every voxel.

    Nothing wraps; beyond the image there is medium without activity. With densities, the energy that electrons and
    heavy particles leave in a voxel stays what it is in the medium of the kernel and is divided by the voxel's mass,
    and the dose of photons stays as it is. That keeps the energy of local deposition and the dose of photons far from
    their source in tissues; it neither moves electrons from light to dense voxels nor attenuates photons by what they
    cross.

    Parameters
    ----------
    time_integrated_activity
        Decays in every voxel. Shape ``(z, y, x)``. [Bq s]
    kernel
        On the same spacing. Voxels beyond its octant get nothing from one another.
    density_ratio
        Density of every voxel over that of the kernel's medium, above zero. Shape ``(z, y, x)``.
    workers
        Threads; the result does not depend on them.

    Raises
    ------
    InputError
        If activity is negative or not finite, a density is not positive, or the checked error is too large.
    """
    activity = _checked(time_integrated_activity)
    if density_ratio is None:
        return ConvolvedDose(*_convolved(activity, kernel.value, workers))
    if density_ratio.shape != activity.shape:
        raise InputError(f"densities of shape {activity.shape}", f"{density_ratio.shape} came", "kernel")
    if not (np.isfinite(density_ratio).all() and float(density_ratio.min()) > 0):
        raise InputError("positive densities", f"the lowest is {float(density_ratio.min()):g}", "kernel")
    charged, first = _convolved(activity, kernel.electron + kernel.heavy, workers)
    photons, second = _convolved(activity, kernel.photon, workers)
    charged /= density_ratio.astype(np.float32)
    charged += photons
    return ConvolvedDose(charged, max(first, second))


def convolved_uncertainty(
    time_integrated_activity: NDArray[np.floating], kernel: VoxelKernel, *, workers: int = 1
) -> Singles:
    """Standard uncertainty of the dose from that of the kernel, taken to be fully correlated between voxels. [Gy]

    The uncertainty of the activity is not in it. Shape ``(z, y, x)``.
    """
    return _convolved(_checked(time_integrated_activity), kernel.standard_uncertainty, workers)[0]
