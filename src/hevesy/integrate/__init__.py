"""From the activities of a region, or of every voxel, at the scans to the time-integrated activity."""

from hevesy.integrate.band import confidence_band, evaluate
from hevesy.integrate.choose import DOUBTS
from hevesy.integrate.fit import fit_curve
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.integrate.voxel_noise import VoxelNoise, noise_uncertainty
from hevesy.integrate.voxelwise import VoxelCurves, VoxelScan, fit_voxelwise
from hevesy.numerics.fit_uncertainty import Scatter

__all__ = [
    "DOUBTS",
    "EXPECTED_SCATTER",
    "Scatter",
    "VoxelCurves",
    "VoxelNoise",
    "VoxelScan",
    "confidence_band",
    "evaluate",
    "fit_curve",
    "fit_voxelwise",
    "noise_uncertainty",
]
