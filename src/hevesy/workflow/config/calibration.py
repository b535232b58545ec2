"""How counts become activity."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.fields import (
    Activity,
    Fraction,
    Length,
    Moment,
    PositiveRatio,
    Section,
    Sensitivity,
    Text,
)


class BelongsTo(Section):
    """The camera, collimator, nuclide, window and reconstruction a table or factor was measured with."""

    manufacturer: Text
    model: Text
    serial: Text | None = None
    collimator: Text
    """``none`` for PET."""
    radionuclide: Text
    windows_kev: list[tuple[float, float]] | None = Field(default=None, min_length=1)
    """Not compared where they are left out, as for PET."""
    reconstruction: Text


class PhantomCalibration(Section):
    """Calibration factor from an acquisition of a phantom with known activity."""

    method: Literal["phantom"]
    images: Text
    activity: Activity
    at: Moment
    relative_standard_uncertainty: PositiveRatio
    """Of the phantom activity and all else common to every use of the factor."""


class StatedCalibration(Section):
    """A calibration factor that the site states."""

    method: Literal["factor"]
    factor: Sensitivity
    relative_standard_uncertainty: PositiveRatio
    belongs_to: BelongsTo
    source: Text


class FileCalibration(Section):
    """The images are in Bq/ml already; their calibration uncertainty must be stated."""

    method: Literal["file"]
    relative_standard_uncertainty: PositiveRatio
    source: Text


class StatedFraction(Section):
    """A fraction of an activity."""

    value: Fraction
    relative_standard_uncertainty: PositiveRatio
    source: Text


class StatedActivity(Section):
    """An activity at the start of a scan, known otherwise than from the administration."""

    activity: Activity
    relative_standard_uncertainty: PositiveRatio
    source: Text


class WholeBody(Section):
    """All that one scan shows is a known activity."""

    time_point: int = Field(ge=1)
    """The scan that shows it."""
    summed: Literal["field-of-view", "body"]
    """What is summed: the whole field, or the outline of the CT and a margin around it."""
    body_margin: Length | None = None
    """Around the outline, for what blur carries out; with ``body``."""
    retained_fraction: StatedFraction | None = None
    """Of the net administered activity, what was not excreted until the scan, decay apart."""
    fraction_in_field: StatedFraction | None = None
    """Of what is in the body, what lies where is summed."""
    activity_in_field: StatedActivity | None = None
    """Instead of both fractions."""

    @model_validator(mode="after")
    def _consistent(self) -> WholeBody:
        fractions = [self.retained_fraction is not None, self.fraction_in_field is not None]
        if any(fractions) != all(fractions) or all(fractions) == (self.activity_in_field is not None):
            raise ValueError("expected either 'retained_fraction' with 'fraction_in_field' or 'activity_in_field'")
        if (self.body_margin is None) == (self.summed == "body"):
            raise ValueError("expected 'body_margin' with 'summed: body', and only with it")
        return self


class WholeBodyCalibration(WholeBody):
    """Calibration with the patient."""

    method: Literal["whole-body"]
    images_in: Literal["counts", "Bq/ml"]
    """With ``Bq/ml`` the images' own scale is replaced, for all time points alike."""
