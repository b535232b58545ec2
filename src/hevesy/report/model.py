"""The schema of ``results.json``, versioned: what every report, table and web page is made from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.limits_model import LimitModel
from hevesy.report.marrow_model import CourseModel, MarrowModel
from hevesy.report.strict import StrictModel as _Model
from hevesy.report.uncertainty_model import BudgetTermModel, UncertaintyModel

SCHEMA_VERSION: Literal["1.0"] = "1.0"


class RegionTimePoint(_Model):
    """One region at one scan."""

    time_point: int
    time_h: float = Field(description="start of the administration to the reference time of the scan")
    volume_ml: EstimateModel
    recovery_coefficient: EstimateModel = Field(description="what the image shows in the region over its activity")
    own_recovery: float | None = Field(
        default=None, description="recovery by shape: share of its own activity that the image shows within it"
    )
    spilled_in: float | None = Field(
        default=None, description="recovery by shape: share of what the image shows within it that comes from elsewhere"
    )
    activity_bq: EstimateModel = Field(description="at scan time, recovery-corrected where that is possible")
    activity_concentration_bq_ml: EstimateModel = Field(description="mean over the region's voxels, at scan time")
    activity_concentration_as_stored_bq_ml: EstimateModel = Field(description="before any change of decay reference")


class PlanarPoint(_Model):
    """One region on one planar scan; counts by view, anterior first."""

    scan: int
    time_h: float = Field(description="start of the administration to the time at which the region was seen")
    activity_bq: EstimateModel = Field(description="by the planar scan alone")
    used_activity_bq: EstimateModel = Field(description="in the curve: scaled by the SPECT with method hybrid")
    gross_counts: tuple[float, float] | None = Field(description="of the photopeak, put right for dead time")
    scatter_counts: tuple[float, float] | None = Field(description="of these, scatter")
    background_counts: tuple[float, float] | None = Field(description="of these, background without its scatter")
    net_counts: tuple[float, float] | None = Field(description="of the region alone, in its ROI and beyond")
    loss_factor: float | None = Field(description="true over recorded counts")
    attenuation_factor: EstimateModel = Field(description="emitted over counted photons")


class PlanarScanModel(_Model):
    """One planar scan as used."""

    index: int
    series: str
    start: str
    time_h: float
    seconds_per_point: float
    shift_mm: tuple[float, float] = Field(description="that brought it onto the reference, along rows and columns")


class PlanarModel(_Model):
    """Planar images as used."""

    method: Literal["planar", "hybrid"]
    reference: int
    scans: list[PlanarScanModel]
    sensitivity_cps_per_bq: EstimateModel
    sensitivity_source: str
    views: dict[str, str] = Field(description="views that each region is measured by")
    scatter: str
    attenuation: str
    dead_time: str
    limits: list[str] = Field(default_factory=list)


class CurveModel(_Model):
    """The fitted curve, enough to draw it again."""

    model: str
    choice: str | None = Field(default=None, description="why this model, or where half-life or prior come from")
    amplitudes_bq: list[float]
    rates_per_s: list[float]
    knots_h: list[float] = Field(default_factory=list)
    knots_bq: list[float] = Field(default_factory=list)
    tail_half_life_h: float | None = None
    tail_from_h: float | None = None
    tail_source: str | None = None
    band_time_h: list[float] = Field(default_factory=list)
    band_value_bq: list[float] = Field(default_factory=list)
    band_lower_bq: list[float] = Field(default_factory=list)
    band_upper_bq: list[float] = Field(default_factory=list)
    aicc: float | None = None
    candidates: list[dict[str, str | float | None]] = Field(
        default_factory=list, description="every model tried: model, aicc, reason (why not chosen; null if chosen)"
    )
    extrapolated_fraction: float


class RegionResult(_Model):
    """Everything about one region."""

    name: str
    kind: Literal["organ", "lesion", "remainder"]
    side: Literal["left", "right", "none"]
    code: dict[str, str] | None = Field(default=None, description="value, scheme, meaning")
    status: Literal["complete", "partial"]
    findings: list[str] = Field(default_factory=list)
    mass_g: EstimateModel
    volume_ml: EstimateModel
    exact_volume_ml: float | None = Field(description="area of the contours times the slice spacing")
    time_integrated_activity_bq_s: EstimateModel
    time_integrated_activity_to_last_scan_bq_s: EstimateModel
    time_integrated_activity_tail_bq_s: EstimateModel
    effective_half_life_h: EstimateModel
    absorbed_dose_gy: EstimateModel
    absorbed_dose_per_administered_activity_gy_per_gbq: EstimateModel
    absorbed_dose_map_mean_gy: EstimateModel
    ratio_region_to_map: float | None
    bed_gy: EstimateModel
    bed_model: str | None = Field(
        default=None, description="model and stated parameters behind ``bed_gy``, in words, for example the alpha/beta"
    )
    eqd2_gy: EstimateModel | None = None
    alpha_beta_gy: EstimateModel | None = None
    protraction_factor: EstimateModel | None = None
    uncertainty_budget: list[BudgetTermModel] = Field(default_factory=list)
    recovery_applied: bool
    time_points: list[RegionTimePoint]
    planar: list[PlanarPoint] = Field(default_factory=list, description="empty without planar images")
    curve: CurveModel | None
    dose_volume_histogram: dict[str, list[float]] | None = Field(
        default=None, description="absorbed_dose_gy and volume_fraction of the cumulative histogram of the map"
    )
    dose_volume_metrics_gy: dict[str, float] | None = Field(default=None, description="D98, D70, D50, D2 of the map")


class AdministrationModel(_Model):
    """The administration as used."""

    radionuclide: str
    radiopharmaceutical: str | None
    half_life_h: float
    half_life_source: str
    measured_activity_bq: EstimateModel
    measured_at: str | None
    residual_activity_bq: EstimateModel
    residual_measured_at: str | None
    net_activity_bq: EstimateModel = Field(description="at the start of the administration")
    start: str
    end: str | None
    source: str


class TimePointModel(_Model):
    """One scan as used."""

    index: int
    time_h: float
    start: str
    duration_s: float | None
    emission_series: str
    ct_series: str | None
    units: str
    scale_source: str
    decay_corrected_to: str
    contradictions: list[str]
    missing: list[str]


class DeformationModel(_Model):
    """How the reference was bent onto one time point, beside the rigid part."""

    rigid_residual_shift_mm: float | None = Field(description="of the rigid registration before it")
    rigid_body_overlap: float
    jacobian_minimum: float = Field(description="volume after over before, over the voxels of the body")
    jacobian_p5: float
    jacobian_p95: float
    jacobian_maximum: float
    mean_displacement_mm: float
    largest_displacement_mm: float
    inverse_consistency_mm: float = Field(description="largest distance of a point that went there and back")


class RegionBendModel(_Model):
    """What a deformation does to one region on its way from the drawing to one scan."""

    region: str
    time_point: int
    volume_ratio: float = Field(description="volume at the scan over volume as drawn")
    jacobian_minimum: float
    jacobian_p5: float
    jacobian_p95: float
    jacobian_maximum: float


class AlignmentModel(_Model):
    """How one time point was brought to the reference."""

    time_point: int
    method: str
    matrix: list[list[float]] | None
    residual_shift_mm: float | None
    body_overlap: float | None = Field(description="Dice coefficient of the body outlines after alignment")
    translation_mm: float | None
    rotation_deg: float | None
    note: str = ""
    deformation: DeformationModel | None = None


class DrawnElsewhereModel(_Model):
    """How the image that the regions were drawn on was brought to a time point."""

    series: str
    modality: str
    time_point: int
    matrix: list[list[float]]
    residual_shift_mm: float | None = Field(description="null where nothing measures it")
    body_overlap: float | None
    unverified: str | None = Field(description="why it was accepted without a measure of what it left")


class LocalShiftModel(_Model):
    """How far one region was moved on one scan to where the emission image shows it."""

    region: str
    time_point: int
    shift_mm: tuple[float, float, float] | None = Field(description="along x, y, z of the patient (LPS)")
    standard_uncertainty_mm: tuple[float, float, float] | None
    reason: str | None = Field(description="why the region was not moved")


class RegionByEngineModel(_Model):
    """The mean of the map in one region by every engine."""

    region: str
    mean_gy: dict[str, float]
    ratio_to_map: dict[str, float] = Field(description="over the mean of the map itself; empty where that is zero")


class DoseMapModel(_Model):
    """The voxel map."""

    made: bool
    reason: str | None
    recovery_corrected: bool
    file: str | None
    maximum_gy: float | None
    engine: str | None = None
    matter: str | None = Field(default=None, description="where the density and medium of the voxels come from")
    uncertainty_file: str | None = Field(default=None, description="statistical standard uncertainty of every voxel")
    limits: list[str] = Field(default_factory=list, description="where the map's engine stops being valid")
    notes: list[str] = Field(default_factory=list, description="what an engine tells about its map")
    doubts: dict[str, list[str]] = Field(
        default_factory=dict,
        description="regions for which the map's engine is not taken to hold, and why",
    )
    by_engine: list[RegionByEngineModel] = Field(
        default_factory=list, description="the maps of all engines; empty where none are compared"
    )


class DeadTimeOut(_Model):
    """Dead time as used."""

    model: str
    dead_time_us: EstimateModel
    events: str
    source: str
    chi_square: float | None = None
    degrees_of_freedom: int | None = None
    loss_factors: list[EstimateModel]
    calibration_loss_factor: EstimateModel | None = None


class CalibrationModel(_Model):
    """Calibration as used."""

    method: str
    factor_cps_per_bq: EstimateModel
    source: str
    camera: dict[str, str]
    multiplier: float = 1.0
    whole_body_check: EstimateModel | None = None
    whole_body_check_source: str | None = None
    dead_time: DeadTimeOut | None = None
    decay_while_counting: list[str] = Field(default_factory=list)


class RecoveryModelOut(_Model):
    """Recovery curve or resolution as used."""

    method: str
    b1_ml: float | None
    b2: float | None
    covariance: list[list[float]] | None
    smallest_sphere_ml: float | None
    largest_sphere_ml: float | None
    fwhm_mm: list[float] | None = Field(
        default=None,
        description="recovery by shape: across the axis at the axis and at fwhm_reach_mm, along it at both",
    )
    fwhm_standard_uncertainty_mm: list[float] | None = None
    fwhm_reach_mm: float | None = Field(default=None, description="distance from the axis beyond which it is constant")
    source: str


class CitationModel(_Model):
    """One reference that a method used."""

    key: str
    text: str
    doi: str | None
    topic: str | None = Field(
        default=None,
        description="parts of the methods text that cite it, separated by commas: administration, images, "
        "calibration, recovery, registration, regions, curves, dose, map, biology, uncertainty",
    )


class ProvenanceModel(_Model):
    """Inputs by content, settings, versions."""

    key: str
    inputs: list[dict[str, str]]
    settings: dict[str, object]
    versions: dict[str, str]
    seed: int | None
    citations: list[CitationModel]
    created: str | None = Field(description="ISO time of the run; not part of the key")
    reused: list[str] = Field(
        default_factory=list, description="stages that an earlier run had stored; everything else is the same without"
    )


class Results(_Model):
    """The document ``results.json``."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    statement: str
    patient_label: str
    regions: list[RegionResult]
    time_points: list[TimePointModel]
    administration: AdministrationModel
    calibration: CalibrationModel
    recovery: RecoveryModelOut
    alignment: list[AlignmentModel]
    drawn_elsewhere: DrawnElsewhereModel | None = None
    region_bends: list[RegionBendModel] = Field(default_factory=list, description="empty where nothing was deformed")
    local_shifts: list[LocalShiftModel] = Field(default_factory=list, description="empty where none were looked for")
    planar: PlanarModel | None = None
    blood: CourseModel | None = Field(default=None, description="null without blood samples")
    whole_body: CourseModel | None = Field(default=None, description="null without probe readings")
    marrow: MarrowModel | None = Field(default=None, description="null where the study asks for no marrow dose")
    dose_map: DoseMapModel
    engine: dict[str, str] = Field(description="region and map engine, each with its description")
    uncertainty: UncertaintyModel | None = None
    limits: list[LimitModel] = Field(default_factory=list)
    findings: list[str]
    files: dict[str, str] = Field(description="what was written, relative to the output folder")
    sha256: dict[str, str] = Field(
        default_factory=dict, description="of the content of each file written, by its name; not of results.json itself"
    )
    provenance: ProvenanceModel
