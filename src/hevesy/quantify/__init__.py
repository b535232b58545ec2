"""From images to activities: calibration, decay state, recovery, regions on one scan."""

from hevesy.quantify.belongs import WINDOW_TOLERANCE_KEV, check_belongs
from hevesy.quantify.blood import (
    BLOOD,
    EANM_MARROW,
    SGOUROS,
    BloodSample,
    blood_curve,
    checked_haematocrit,
    decayed,
    marrow_concentration,
    marrow_to_blood_ratio,
)
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
from hevesy.quantify.planar_activity import (
    PlanarErrors,
    PlanarMeasurement,
    WholeBody,
    measure_planar_regions,
    measure_whole_body,
)
from hevesy.quantify.planar_drawn import BodyPaths, DrawnRegion, StatedOverlap, drawn_geometry
from hevesy.quantify.planar_geometry import Absorber, Margins, PlanarGeometry, projected_geometry
from hevesy.quantify.planar_scatter import WindowWeight, check_beside, dual_window_weight, triple_window_weights
from hevesy.quantify.planar_views import ConjugateViews, Motion, conjugate_views, opposite_counts
from hevesy.quantify.point_sources import measure_sources
from hevesy.quantify.probe import (
    WHOLE_BODY,
    ProbeReading,
    excreted_fractions,
    retention_curve,
    retention_findings,
)
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
    "BLOOD",
    "EANM_MARROW",
    "NEGLIGIBLE",
    "SGOUROS",
    "WHOLE_BODY",
    "WINDOW_TOLERANCE_KEV",
    "Absorber",
    "Baseline",
    "Batch",
    "BloodSample",
    "BodyPaths",
    "CalibrationFactor",
    "Compartment",
    "ConjugateViews",
    "CountRate",
    "CountRateCurve",
    "CountingNoise",
    "CtCalibration",
    "CtTissue",
    "DeadTime",
    "DrawnRegion",
    "DuringAcquisition",
    "EarlierHolmium",
    "Frames",
    "HolmiumMap",
    "Margins",
    "MeasuredPoint",
    "Motion",
    "PlanarErrors",
    "PlanarGeometry",
    "PlanarMeasurement",
    "Portions",
    "ProbeReading",
    "R2StarMap",
    "RecoveredRegion",
    "RecoveryCurve",
    "RegionMeasurement",
    "Relaxivity",
    "Resolution",
    "Sphere",
    "StatedOverlap",
    "WholeBody",
    "WholeBodyScan",
    "WindowWeight",
    "activity_concentration",
    "activity_per_mg_at",
    "blood_curve",
    "calibrate_from_phantom",
    "calibration_scale",
    "check_belongs",
    "check_beside",
    "checked_haematocrit",
    "conjugate_views",
    "decay_factor",
    "decayed",
    "drawn_geometry",
    "dual_window_weight",
    "during_by_factor",
    "excreted_fractions",
    "fit_recovery",
    "geometric_mean",
    "holmium_activity",
    "holmium_concentration",
    "holmium_from_ct",
    "holmium_mass",
    "least_mass_in_voids",
    "loss_factor",
    "map_r2star",
    "marrow_concentration",
    "marrow_to_blood_ratio",
    "measure_planar_regions",
    "measure_region",
    "measure_sources",
    "measure_whole_body",
    "measured_dead_time",
    "opposite_counts",
    "portions_at",
    "position_relative_u",
    "projected_geometry",
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
    "retention_curve",
    "retention_findings",
    "scaled_concentration",
    "start_factors",
    "stated_resolution",
    "stated_scale",
    "tissue_of",
    "to_activity_concentration",
    "triple_window_weights",
    "volume_from_boundary",
    "volume_from_resolution",
    "whole_body_factor",
]
