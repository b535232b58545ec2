"""How uncertainties are propagated, and those that only the site knows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hevesy.quantities.draws import FEWEST, MOST
from hevesy.workflow.config.fields import PositiveRatio, Ratio, Section, Text


class StatedSpread(Section):
    """A relative standard uncertainty with its source."""

    relative_standard_uncertainty: PositiveRatio
    source: Text


class SValueSpread(Section):
    """How far an S value of the region engine may lie off for what a region is: its shape, its neighbours."""

    organ: Ratio
    lesion: Ratio
    source: Text


class UncertaintyChoice(Section):
    """How uncertainties are propagated, and those that only the site knows."""

    propagation: Literal["analytic", "monte-carlo", "both"]
    samples: int = Field(default=2000, ge=FEWEST, le=MOST)
    seed: int = Field(default=1, ge=0)
    largest_difference: PositiveRatio | None = None
    """Between the two ways, in standard uncertainties; a larger one is a finding. With ``both``."""
    reconstruction: StatedSpread | None = None
    """Of a region's activity between repeated acquisitions and reconstructions, as the site measured it."""
    s_value: SValueSpread | None = None

    @model_validator(mode="after")
    def _compared(self) -> UncertaintyChoice:
        if (self.propagation == "both") != (self.largest_difference is not None):
            raise ValueError("expected 'largest_difference' such as '20 %' with propagation both, and only there")
        return self
