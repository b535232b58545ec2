"""Absorbed dose to biological dose: protraction factor, BED, EQD2."""

from hevesy.biology.bed import LINEAR_QUADRATIC, bed, eqd2, total_bed, voxel_bed
from hevesy.biology.repair import curve_g_factor, g_factor, g_factor_numeric, uptake_g_factor

__all__ = [
    "LINEAR_QUADRATIC",
    "bed",
    "curve_g_factor",
    "eqd2",
    "g_factor",
    "g_factor_numeric",
    "total_bed",
    "uptake_g_factor",
    "voxel_bed",
]
