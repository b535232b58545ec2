"""The part of ``results.json`` about limits of dose."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hevesy.report.strict import StrictModel


class DistributionModel(StrictModel):
    """What is known about a dose, as a curve to draw."""

    kind: Literal["log-normal", "monte-carlo", "exact"]
    dose_gy: list[float] = Field(default_factory=list)
    density_per_gy: list[float] = Field(default_factory=list)


class FurtherModel(StrictModel):
    """How much more fits under a limit; only where the study asks."""

    risk: float
    cycles: int | None = Field(description="further cycles of the same activity")
    activity_bq: float | None = Field(description="of one further cycle, or of the cycle itself with scope cycle")
    reason: str | None = None
    assumption: str


class LimitModel(StrictModel):
    """One limit and what this patient makes of it."""

    quantity: Literal["absorbed-dose", "bed", "eqd2"]
    region: str
    scope: Literal["cycle", "course"]
    value_gy: float
    alpha_beta_gy: float | None
    source: str
    evaluated: bool
    reason: str | None = None
    dose_gy: float | None = None
    standard_uncertainty_gy: float | None = None
    earlier_gy: float | None = Field(default=None, description="of the dose, what was given before this cycle")
    earlier_sources: list[str] = Field(default_factory=list)
    probability_of_exceeding: float | None = None
    distribution: DistributionModel | None = None
    further: FurtherModel | None = None
