"""Blood, whole body and red marrow in ``results.json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.strict import StrictModel as _Model


class SampleModel(_Model):
    """One blood sample or one reading of the whole body."""

    time_h: float = Field(description="after the start of the administration")
    value: EstimateModel = Field(description="concentration in whole blood, or activity in the whole body")
    excreted_fraction: EstimateModel | None = Field(
        default=None, description="whole body: share of the administered activity that had left, decay apart"
    )


class CourseModel(_Model):
    """A time course that no scan shows: of blood or of the whole body."""

    name: Literal["Blood", "Whole_body"]
    unit: Literal["Bq/ml", "Bq"]
    model: str | None
    time_integrated: EstimateModel = Field(description="from 0 to infinity")
    effective_half_life_h: EstimateModel = Field(description="of the terminal phase")
    extrapolated_fraction: float | None = Field(description="share of the integral after the last sample")
    absorbed_dose_gy: EstimateModel | None = Field(
        default=None, description="whole body: mean absorbed dose from the activity in it"
    )
    samples: list[SampleModel]
    candidates: list[dict[str, str | float | None]] = Field(description="every model tried: model, aicc, reason")
    band_time_h: list[float]
    band_value: list[float]
    band_lower: list[float]
    band_upper: list[float]


class MarrowWayModel(_Model):
    """The absorbed dose to red marrow by one way of finding its activity."""

    way: Literal["blood", "image"]
    absorbed_dose_gy: EstimateModel
    absorbed_dose_per_administered_activity_gy_per_gbq: EstimateModel
    time_integrated_activity_bq_s: EstimateModel = Field(description="in all red marrow")
    self_dose_gy: EstimateModel = Field(description="from the activity in red marrow")
    self_dose_by_radiation_gy: dict[str, float] = Field(description="electron, heavy (alpha, recoils), photon")
    cross_dose_gy: dict[str, EstimateModel] = Field(description="by region of the phantom; ``remainder`` for the rest")
    remainder_time_integrated_activity_bq_s: EstimateModel = Field(description="of the rest of the body")


class MarrowModel(_Model):
    """Red marrow."""

    phantom: str
    body_mass_kg: float
    mass_g: EstimateModel = Field(description="of the patient's red marrow")
    phantom_mass_g: float
    marrow_to_blood_ratio: EstimateModel = Field(description="of the concentrations, by volume")
    ways: list[MarrowWayModel]
    image_over_blood: EstimateModel = Field(description="ratio of the absorbed doses of both ways")
    s_values: dict[str, EstimateModel] = Field(description="to the phantom's red marrow per decay in each source")
    limits: list[str]
