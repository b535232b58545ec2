r"""The virtual camera: blur that depends on the distance from the axis of rotation, correlated noise, counts.

Activity in a voxel gives ``sensitivity x activity x duration`` counts in the reconstructed image (attenuation and
scatter are corrected there). Only a small part of them was detected, and reconstruction amplifies noise, so the noise
is Poisson noise of counts divided by ``noise_factor``, put on *before* the blur: its variance in a large region is
``noise_factor`` times the counts, and neighbouring voxels are correlated over the resolution.

The blur is a Gaussian whose variance falls linearly in FWHM^2 between a few stationary ones, mixed by the distance of
the source from the axis: counts are conserved exactly. Not modelled: dead time, residual scatter, Gibbs ringing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid

Images = NDArray[np.float32]
FWHM_PER_SD = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True)
class Scanner:
    """Camera, collimator, window, reconstruction, and the numbers of the model."""

    manufacturer: str = "Hevesy"
    model: str = "Virtual SPECT/CT"
    serial: str = "HV0001"
    software: str = "1"
    collimator: str = "MEGP"
    window_kev: tuple[float, float] = (187.6, 229.2)
    reconstruction: str = "OSEM i8s6 AC SC RR"
    sensitivity_cps_per_bq: float = 9.5e-6
    """Counts of the reconstructed image. [1/(s Bq)]"""
    fwhm_centre_mm: float = 11.0
    fwhm_edge_mm: float = 7.5
    edge_radius_mm: float = 200.0
    """Distance from the axis where the resolution of the edge is reached. [mm]"""
    n_blurs: int = 3
    noise_factor: float = 10.0
    """Variance of a large region's counts over the counts."""
    breathing_sd_mm: float = 2.5
    """Standard deviation of the cranio-caudal excursion during the SPECT. [mm]"""

    def fwhm_mm(self, radius_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Resolution at a distance from the axis. [mm]"""
        outward = np.clip(radius_mm / self.edge_radius_mm, 0.0, 1.0)
        fwhm: NDArray[np.float64] = self.fwhm_centre_mm + (self.fwhm_edge_mm - self.fwhm_centre_mm) * outward
        return fwhm

    def as_truth(self) -> dict[str, object]:
        """The model as it is written to truth.json."""
        return asdict(self)


def expected_counts(activity_bq: Images, scanner: Scanner, duration_s: float) -> Images:
    """Counts of the reconstruction before blur and noise. Shape ``(z, y, x)``."""
    counts: Images = (activity_bq * (scanner.sensitivity_cps_per_bq * duration_s)).astype(np.float32)
    return counts


def acquire(
    activity_bq: Images, grid: Grid, scanner: Scanner, *, duration_s: float, rng: np.random.Generator
) -> Images:
    """Reconstructed counts of an activity distribution.

    Parameters
    ----------
    activity_bq
        Mean activity per voxel during the acquisition. Shape ``(z, y, x)``. [Bq]
    grid
        The axis of rotation is x = y = 0 where the grid's axes are x, y, z; it runs through the middle of an oblique
        one.
    scanner
        The model.
    duration_s
        Of the acquisition. [s]
    rng
        Of this acquisition's noise.
    """
    return blur(noisy(expected_counts(activity_bq, scanner, duration_s), scanner, rng), grid, scanner)


def noisy(counts: Images, scanner: Scanner, rng: np.random.Generator) -> Images:
    """Scaled Poisson counts: mean unchanged, variance ``noise_factor`` times the mean."""
    factor = scanner.noise_factor
    drawn: Images = (rng.poisson(counts / factor) * factor).astype(np.float32)
    return drawn


def blur(counts: Images, grid: Grid, scanner: Scanner) -> Images:
    """Blur each voxel's counts with the resolution at its distance from the axis; counts are conserved."""
    blurred = np.zeros_like(counts)
    for fwhm_mm, weight in mixture(scanner, _radius_mm(grid)):
        if weight.any():
            blurred += _gaussian(counts * weight.astype(np.float32), fwhm_mm, grid)
    return blurred


def mixture(scanner: Scanner, radius_mm: NDArray[np.float64]) -> list[tuple[float, NDArray[np.float64]]]:
    """The stationary Gaussians: FWHM of each and its weights, which have the shape of the radii. [mm]"""
    nodes = np.linspace(scanner.fwhm_edge_mm**2, scanner.fwhm_centre_mm**2, scanner.n_blurs)
    position = np.interp(scanner.fwhm_mm(radius_mm) ** 2, nodes, np.arange(scanner.n_blurs, dtype=float))
    return [(float(np.sqrt(node)), np.clip(1.0 - np.abs(position - k), 0.0, 1.0)) for k, node in enumerate(nodes)]


def breathe(activity_bq: Images, grid: Grid, scanner: Scanner) -> Images:
    """Smear moving organs along z as breathing does during the scan."""
    smeared: Images = ndimage.gaussian_filter1d(activity_bq, scanner.breathing_sd_mm / grid.spacing_mm[2], axis=0)
    return smeared


def _radius_mm(grid: Grid) -> NDArray[np.float64]:
    """Distance from the axis of rotation: x = y = 0, or the middle of an oblique grid. Shape ``(1, y, x)``. [mm]"""
    _, ny, nx = grid.shape
    (sx, sy, _), (ox, oy, _) = grid.spacing_mm, grid.origin_mm
    if not np.array_equal(grid.direction_matrix, np.eye(3)):
        ox, oy = -sx * (nx - 1) / 2, -sy * (ny - 1) / 2
    x, y = ox + sx * np.arange(nx), oy + sy * np.arange(ny)
    radius: NDArray[np.float64] = np.hypot(*np.meshgrid(x, y))[np.newaxis]
    return radius


def _gaussian(values: Images, fwhm_mm: float, grid: Grid) -> Images:
    sigmas = [fwhm_mm / FWHM_PER_SD / s for s in grid.spacing_mm[::-1]]
    filtered: Images = ndimage.gaussian_filter(values, sigmas, mode="reflect", truncate=4.0)
    return filtered
