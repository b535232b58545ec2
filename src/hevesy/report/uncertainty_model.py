"""The parts of ``results.json`` about uncertainty."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hevesy.report.strict import StrictModel


class MonteCarloModel(StrictModel):
    """The same estimate by Monte Carlo."""

    mean: float
    median: float
    standard_uncertainty: float = Field(description="that whose log-normal 95 % interval is as wide")
    standard_deviation: float
    interval95: tuple[float, float] = Field(description="between the 2.5 % and the 97.5 % quantile")


class BudgetTermModel(StrictModel):
    """What one kind of source does to the absorbed dose, through the activity and through the S value."""

    kind: str
    relative_standard_uncertainty: float
    share_of_variance: float
    through_activity: float = Field(description="relative standard uncertainty of the time-integrated activity")
    through_s_value: float = Field(description="relative standard uncertainty of the S value")
    correlation: float | None = Field(description="of the two; null where one of them is zero")


class AgreementModel(StrictModel):
    """Analytic and Monte Carlo propagation of one quantity of one region."""

    region: str
    quantity: Literal["time-integrated activity", "absorbed dose", "BED", "EQD2"]
    ratio_of_standard_uncertainties: float = Field(description="Monte Carlo over analytic")
    lower_end_difference: float = Field(description="of the 95 % intervals, in analytic standard uncertainties")
    upper_end_difference: float = Field(description="of the 95 % intervals, in analytic standard uncertainties")
    agrees: bool


class CorrelationModel(StrictModel):
    """Correlation of the regions through the sources that they share."""

    regions: list[str]
    absorbed_dose: list[list[float]]
    absorbed_dose_covariance_gy2: list[list[float]]


class ChainStepModel(StrictModel):
    """One step of the chain of uncertainty, and whether it is in the budget."""

    step: str
    included: bool
    words: str


class UncertaintyModel(StrictModel):
    """How uncertainties were propagated."""

    propagation: Literal["analytic", "monte-carlo", "both"]
    samples: int | None = None
    seed: int | None = None
    largest_difference: float | None = None
    agreement: list[AgreementModel] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="what Monte Carlo did not draw anew")
    correlation: CorrelationModel | None = None
    chain: list[ChainStepModel] = Field(default_factory=list)
