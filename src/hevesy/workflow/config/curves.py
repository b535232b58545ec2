"""How activity goes between and after the scans."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from hevesy.workflow.config.fields import Duration, PositiveRatio, Section, Text


class HalfLife(Section):
    """An effective half-life with its spread and source."""

    half_life: Duration
    standard_uncertainty: Duration
    source: Text


class PriorHalfLife(Section):
    """The effective half-life that a population prior lets expect."""

    prior: Text
    """Name of a built-in prior, or a file."""
    ligand: Text
    """Of this patient; a prior of another one is refused."""
    region: Text
    """Of the prior."""
    covariates: dict[Text, float] = Field(default_factory=dict)


class EarlierHalfLife(Section):
    """The effective half-life of an earlier cycle of the same patient."""

    earlier_cycle: Text
    """Results of that cycle: their folder, or the file of ``hevesy fit --json``."""
    between_cycles: PositiveRatio
    """Relative standard uncertainty of a half-life from one cycle to another."""
    region: Text | None = None
    """Its name there, where it is another one."""


def _half_life_kind(value: object) -> str:
    """Which form a half-life has, so that a mistake is told for that form only."""
    keys = value if isinstance(value, dict) else vars(value)
    return "prior" if "prior" in keys else "earlier" if "earlier_cycle" in keys else "stated"


HalfLifeChoice = Annotated[
    Annotated[HalfLife, Tag("stated")]
    | Annotated[PriorHalfLife, Tag("prior")]
    | Annotated[EarlierHalfLife, Tag("earlier")],
    Discriminator(_half_life_kind),
]


class CurvePrior(Section):
    """A population prior that some regions' curves are estimated with."""

    prior: Text
    """Name of a built-in prior, or a file."""
    ligand: Text
    """Of this patient; a prior of another one is refused."""
    regions: Annotated[dict[Text, Text], Field(min_length=1)]
    """Region of the prior for every measured region that is estimated with it."""
    covariates: dict[Text, float] = Field(default_factory=dict)
    with_uptake: bool = True
    """False: the prior says how activity goes, not how much there is."""


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
    prior: CurvePrior | None = None
