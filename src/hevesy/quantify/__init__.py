"""From images to activities: calibration, decay state, recovery, regions on one scan."""

from hevesy.quantify.belongs import WINDOW_TOLERANCE_KEV, check_belongs
from hevesy.quantify.calibration import (
    CalibrationFactor,
    calibrate_from_phantom,
    calibration_scale,
    stated_scale,
)
from hevesy.quantify.concentration import decay_factor, to_activity_concentration
from hevesy.quantify.measure import (
    CountingNoise,
    RegionMeasurement,
    measure_region,
    region_activity,
    region_concentration,
)
from hevesy.quantify.movement import position_relative_u
from hevesy.quantify.recovery import RecoveryCurve, fit_recovery, recovery_coefficient
from hevesy.quantify.spheres import Sphere, read_sphere_table
from hevesy.quantify.volume import volume_from_boundary, volume_from_resolution

__all__ = [
    "WINDOW_TOLERANCE_KEV",
    "CalibrationFactor",
    "CountingNoise",
    "RecoveryCurve",
    "RegionMeasurement",
    "Sphere",
    "calibrate_from_phantom",
    "calibration_scale",
    "check_belongs",
    "decay_factor",
    "fit_recovery",
    "measure_region",
    "position_relative_u",
    "read_sphere_table",
    "recovery_coefficient",
    "region_activity",
    "region_concentration",
    "stated_scale",
    "to_activity_concentration",
    "volume_from_boundary",
    "volume_from_resolution",
]
