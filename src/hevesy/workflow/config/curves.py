"""How activity goes between and after the scans."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from hevesy.workflow.config.fields import Duration, PositiveRatio, Section, Text


class HalfLife(Section):
    """An effective half-life with its spread and source."""

    half_life: Duration
    standard_uncertainty: Duration
    source: Text


class TailChoice(Section):
    """How activity goes on after the last scan."""

    half_life: Literal["physical"] | Duration
    standard_uncertainty: Duration | None = None
    source: Text

    @model_validator(mode="after")
    def _spread(self) -> TailChoice:
        if self.half_life != "physical" and self.standard_uncertainty is None:
            raise ValueError("expected 'standard_uncertainty' with a half-life of the tail, but none came")
        return self


class Curves(Section):
    """How activity goes between and after the scans."""

    model: Literal["auto", "mono", "bi", "tri", "uptake-mono", "uptake-bi", "uptake-tri", "average", "trapezoid"]
    scatter_between_scans: PositiveRatio
    """Relative scatter expected between scans beyond counting (repositioning, reconstruction, delineation)."""
    half_life: HalfLife | None = None
    tail: TailChoice | None = None
