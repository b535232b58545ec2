"""Absorbed dose to biological dose: protraction factor, BED, EQD2."""

from hevesy.biology.bed import LINEAR_QUADRATIC, bed, eqd2, total_bed, voxel_bed
from hevesy.biology.limits import (
    Dose,
    DoseLimit,
    absorbed_dose_under_cap,
    bed_of_eqd2,
    bed_of_scaled_activity,
    eqd2_of_bed,
    exceedance_probability,
    no_dose,
)
from hevesy.biology.repair import curve_g_factor, g_factor, g_factor_numeric, uptake_g_factor

__all__ = [
    "LINEAR_QUADRATIC",
    "Dose",
    "DoseLimit",
    "absorbed_dose_under_cap",
    "bed",
    "bed_of_eqd2",
    "bed_of_scaled_activity",
    "curve_g_factor",
    "eqd2",
    "eqd2_of_bed",
    "exceedance_probability",
    "g_factor",
    "g_factor_numeric",
    "no_dose",
    "total_bed",
    "uptake_g_factor",
    "voxel_bed",
]
