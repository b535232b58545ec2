"""What is measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.domain import RegionKind, Side
from hevesy.workflow.config.curves import HalfLife, TailChoice
from hevesy.workflow.config.fields import Concentration, Density, Dose, Duration, Length, PositiveRatio, Section, Text


class Threshold(Section):
    """A region found by a threshold inside a drawn one."""

    within: Text
    """Name of the drawn region that bounds the search."""
    fixed: Concentration | None = None
    relative: PositiveRatio | None = None
    """Share of the maximum within the bounding region."""

    @model_validator(mode="after")
    def _one(self) -> Threshold:
        if (self.fixed is None) == (self.relative is None):
            raise ValueError("expected exactly one of 'fixed' and 'relative'")
        return self


class RegionItem(Section):
    """One region of the study."""

    name: Text
    """The source object's name, unchanged (or the new name of a threshold region)."""
    kind: Literal[RegionKind.ORGAN, RegionKind.LESION]
    side: Side
    density: Density | Literal["reference"] | None = None
    """Mass density; ``reference`` takes the tabulated one of the organ. The section's ``density`` otherwise."""
    alpha_beta: Dose | None = None
    alpha_beta_standard_uncertainty: Dose | None = None
    repair_half_time: Duration | None = None
    repair_half_time_standard_uncertainty: Duration | None = None
    model: Text | None = None
    """Curve model of this region; the one of ``curves`` otherwise."""
    half_life: HalfLife | None = None
    """For a single time point."""
    tail: TailChoice | None = None
    threshold: Threshold | None = None
    local_shift: bool = True
    """False keeps the region where the alignment of the scans puts it, whatever ``alignment.local_shift`` says."""


class Remainder(Section):
    """The rest of the body as a region."""

    name: Text
    density: Density | Literal["reference"] | None = None
    model: Text | None = None
    half_life: HalfLife | None = None
    tail: TailChoice | None = None


class Regions(Section):
    """What is measured."""

    source: Text | None = Field(default=None, alias="from")
    """File or folder of the RTSTRUCT, SEG or NIfTI labels; those found among the images otherwise."""
    labels: Annotated[dict[Annotated[int, Field(ge=1)], Text], Field(min_length=1)] | None = None
    """Names of the labels of a NIfTI image."""
    drawn_on: int | Literal["each"]
    """The time point the regions were drawn on, or ``each`` where every time point has its own."""
    boundary_standard_uncertainty: Length
    """Standard uncertainty of the drawn boundary's position: drives the volume uncertainty."""
    precedence: Literal["lesions"] | list[str] | None = None
    """Who keeps the voxels where regions overlap."""
    density: Density | Literal["reference"] | None = None
    items: list[RegionItem] = Field(min_length=1)
    remainder: Remainder | None = None

    @model_validator(mode="after")
    def _unique(self) -> Regions:
        names = [item.name for item in self.items] + ([self.remainder.name] if self.remainder else [])
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"expected each region once, but {', '.join(repeated)} came twice")
        stated = {item.name: item.density for item in self.items}
        if self.remainder is not None:
            stated[self.remainder.name] = self.remainder.density
        for name, density in stated.items():
            if density is None and self.density is None:
                raise ValueError(f"expected 'density' for {name} or for all regions, but none came")
        return self
