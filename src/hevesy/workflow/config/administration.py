"""Who was given what, and when."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from hevesy.workflow.config.fields import Activity, ActivityOrZero, Moment, PositiveRatio, Section, Text


class Patient(Section):
    """Who: a label of the site's choice, shown in the report; never taken from the images."""

    label: Text


class MeasuredActivityAt(Section):
    """An activity-meter reading."""

    activity: Activity
    at: Moment
    relative_standard_uncertainty: PositiveRatio


class ResidualActivity(Section):
    """What stayed in vial, syringe and tubing."""

    activity: ActivityOrZero
    at: Moment


class Administration(Section):
    """The administration. What is left out is taken from the images, if they agree on it."""

    radionuclide: Text | None = None
    radiopharmaceutical: Text | None = None
    measured: MeasuredActivityAt | None = None
    """Reading before the administration; needs ``residual``."""
    residual: ResidualActivity | Literal["none"] | None = None
    """Reading after it, or ``none`` where nothing was left."""
    activity: Activity | None = None
    """Instead of both: net activity at the start of the administration."""
    relative_standard_uncertainty: PositiveRatio | None = None
    """Of ``activity`` or of the images' activity."""
    start: Moment | None = None
    end: Moment | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Administration:
        if (self.measured is None) != (self.residual is None):
            raise ValueError("expected 'measured' and 'residual' together (residual: none where nothing was left)")
        if self.measured is not None and (self.activity is not None or self.relative_standard_uncertainty is not None):
            raise ValueError("expected either 'measured' with 'residual' or 'activity', but both came")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"expected an end after the start {self.start}, but {self.end} came")
        return self
