"""How count losses are corrected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.fields import CountRate, Duration, Ratio, Section, Text


class DetectedRate(Section):
    """Detected (not reconstructed) count rate of one detector in one acquisition."""

    mean: CountRate
    lowest: CountRate
    """Of any view."""
    highest: CountRate
    """Of any view."""
    relative_standard_uncertainty: Ratio
    """Of the mean."""


class ScanRate(DetectedRate):
    """Of one time point."""

    time_point: Annotated[int, Field(ge=1)]


class CountedWith(Section):
    """The camera and nuclide that a dead time belongs to."""

    manufacturer: Text
    model: Text
    serial: Text | None = None
    collimator: Text | None = None
    radionuclide: Text
    windows_kev: Annotated[list[tuple[float, float]], Field(min_length=1)] | None = None
    """Needed where the rates are those of the window."""


class DeadTimeCorrection(Section):
    """Correction of every scan by its mean detected count rate."""

    model: Literal["paralysable", "non-paralysable"]
    branch: Literal["low"] | None = None
    """A paralysable detector shows one rate for two true ones: that the lower is meant has to be stated."""
    events: Literal["all-energies", "window"]
    """What curve and rates count: all events of the detector, or those of the energy window."""
    curve: Text | None = None
    """CSV file of the measured count rates; or else ``tau``."""
    tau: Duration | None = None
    standard_uncertainty: Duration | None = None
    """Of ``tau``."""
    source: Text | None = None
    """Of ``tau``."""
    belongs_to: CountedWith
    rates: Annotated[list[ScanRate], Field(min_length=1)]
    calibration: DetectedRate | Literal["free-of-losses"] | None = None
    """Rate of the acquisition that the calibration was measured with; not with method whole-body."""

    @model_validator(mode="after")
    def _consistent(self) -> DeadTimeCorrection:
        stated = [value is not None for value in (self.tau, self.standard_uncertainty, self.source)]
        if any(stated) != all(stated) or all(stated) == (self.curve is not None):
            raise ValueError("expected either 'curve' or 'tau' with 'standard_uncertainty' and 'source'")
        if (self.branch is None) == (self.model == "paralysable"):
            raise ValueError("expected 'branch: low' with a paralysable detector, and only with one")
        if self.events == "window" and self.belongs_to.windows_kev is None:
            raise ValueError("expected 'belongs_to.windows_kev' with rates of the window")
        points = [rate.time_point for rate in self.rates]
        if len(set(points)) < len(points):
            raise ValueError("expected the rate of each time point once, but one came twice")
        return self
