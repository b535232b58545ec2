"""From images to activities: calibration, decay state, recovery, regions on one scan."""

from hevesy.quantify.belongs import WINDOW_TOLERANCE_KEV, check_belongs
from hevesy.quantify.calibration import (
    CalibrationFactor,
    calibrate_from_phantom,
    calibration_scale,
    stated_scale,
)
from hevesy.quantify.concentration import decay_factor, scaled_concentration, to_activity_concentration
from hevesy.quantify.count_rates import CountRateCurve, read_count_rate_curve
from hevesy.quantify.dead_time import CountRate, DeadTime, loss_factor, measured_dead_time
from hevesy.quantify.during import NEGLIGIBLE, DuringAcquisition, Frames, during_by_factor, start_factors
from hevesy.quantify.holmium import (
    Baseline,
    Batch,
    EarlierHolmium,
    HolmiumMap,
    Portions,
    Relaxivity,
    activity_concentration,
    activity_per_mg_at,
    holmium_activity,
    holmium_concentration,
    holmium_mass,
    least_mass_in_voids,
    portions_at,
    read_relaxivities,
    relaxivity_at,
)
from hevesy.quantify.holmium_ct import CtCalibration, CtTissue, holmium_from_ct, read_ct_calibration, tissue_of
from hevesy.quantify.measure import (
    CountingNoise,
    RegionMeasurement,
    measure_region,
    region_activity,
    region_concentration,
)
from hevesy.quantify.movement import position_relative_u
from hevesy.quantify.planar import geometric_mean
from hevesy.quantify.point_sources import measure_sources
from hevesy.quantify.r2star import R2StarMap, map_r2star
from hevesy.quantify.recovery import RecoveryCurve, fit_recovery, recovery_coefficient
from hevesy.quantify.resolution import (
    MeasuredPoint,
    Resolution,
    resolution_of_points,
    resolution_of_spheres,
    stated_resolution,
)
from hevesy.quantify.shape_recovery import Compartment, RecoveredRegion, recover_regions
from hevesy.quantify.spheres import Sphere, read_sphere_table
from hevesy.quantify.volume import volume_from_boundary, volume_from_resolution
from hevesy.quantify.whole_body import WholeBodyScan, retained_in_field, whole_body_factor

__all__ = [
    "NEGLIGIBLE",
    "WINDOW_TOLERANCE_KEV",
    "Baseline",
    "Batch",
    "CalibrationFactor",
    "Compartment",
    "CountRate",
    "CountRateCurve",
    "CountingNoise",
    "CtCalibration",
    "CtTissue",
    "DeadTime",
    "DuringAcquisition",
    "EarlierHolmium",
    "Frames",
    "HolmiumMap",
    "MeasuredPoint",
    "Portions",
    "R2StarMap",
    "RecoveredRegion",
    "RecoveryCurve",
    "RegionMeasurement",
    "Relaxivity",
    "Resolution",
    "Sphere",
    "WholeBodyScan",
    "activity_concentration",
    "activity_per_mg_at",
    "calibrate_from_phantom",
    "calibration_scale",
    "check_belongs",
    "decay_factor",
    "during_by_factor",
    "fit_recovery",
    "geometric_mean",
    "holmium_activity",
    "holmium_concentration",
    "holmium_from_ct",
    "holmium_mass",
    "least_mass_in_voids",
    "loss_factor",
    "map_r2star",
    "measure_region",
    "measure_sources",
    "measured_dead_time",
    "portions_at",
    "position_relative_u",
    "read_count_rate_curve",
    "read_ct_calibration",
    "read_relaxivities",
    "read_sphere_table",
    "recover_regions",
    "recovery_coefficient",
    "region_activity",
    "region_concentration",
    "relaxivity_at",
    "resolution_of_points",
    "resolution_of_spheres",
    "retained_in_field",
    "scaled_concentration",
    "start_factors",
    "stated_resolution",
    "stated_scale",
    "tissue_of",
    "to_activity_concentration",
    "volume_from_boundary",
    "volume_from_resolution",
    "whole_body_factor",
]
