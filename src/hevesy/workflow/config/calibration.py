"""How counts become activity."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hevesy.workflow.config.fields import Activity, Moment, PositiveRatio, Section, Sensitivity, Text


class BelongsTo(Section):
    """The camera, collimator, nuclide, window and reconstruction a table or factor was measured with."""

    manufacturer: Text
    model: Text
    serial: Text | None = None
    collimator: Text
    radionuclide: Text
    windows_kev: list[tuple[float, float]] = Field(min_length=1)
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
