"""Limits of dose, and what the patient received before."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import Dose, PositiveRatio, Section, Text

DoseOrZero = Annotated[float, quantity_field("absorbed dose"), Field(ge=0)]
Quantity = Literal["absorbed-dose", "bed", "eqd2"]


class _OfKind(Section):
    """A dose of one kind to one region."""

    quantity: Quantity
    region: Text
    alpha_beta: Dose | None = None
    """Of the tissue; with BED and EQD2, and only there."""

    @model_validator(mode="after")
    def _with_ratio(self) -> _OfKind:
        if (self.quantity == "absorbed-dose") != (self.alpha_beta is None):
            came = "none came" if self.alpha_beta is None else "it came with absorbed-dose"
            raise ValueError(f"expected 'alpha_beta' of {self.region} with bed or eqd2, and only there, but {came}")
        return self


class LimitChoice(_OfKind):
    """A limit that somebody published."""

    value: Dose
    scope: Literal["cycle", "course"]
    """One administration, or all of them together with what was given before."""
    source: Text


class EarlierDose(_OfKind):
    """A dose that a region received before, by whatever means."""

    value: DoseOrZero
    standard_uncertainty: DoseOrZero
    source: Text

    @model_validator(mode="after")
    def _known(self) -> EarlierDose:
        if self.value == 0 and self.standard_uncertainty > 0:
            raise ValueError(f"expected no uncertainty of no earlier dose to {self.region}, but one came")
        return self


class EarlierResults(Section):
    """The result folder of an earlier cycle."""

    results: Text


def _form(value: object) -> str:
    if isinstance(value, EarlierResults):
        return "results"
    return "results" if isinstance(value, dict) and "results" in value else "dose"


Earlier = Annotated[
    Annotated[EarlierResults, Tag("results")] | Annotated[EarlierDose, Tag("dose")], Discriminator(_form)
]
EarlierCycles = Literal["none"] | Annotated[list[Earlier], Field(min_length=1)]


class MaxActivity(Section):
    """The question how much more fits under the limits."""

    risk: PositiveRatio
    """Probability of exceeding a limit that is accepted."""


class LimitsFile(Section):
    """A file of limits, for results that are there already."""

    hevesy_limits: Literal[1]
    limits: Annotated[list[LimitChoice], Field(min_length=1)]
    earlier_cycles: EarlierCycles | None = None
    max_activity_for: MaxActivity | None = None
