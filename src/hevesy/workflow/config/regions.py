"""What is measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from hevesy.domain import RegionKind, Side
from hevesy.workflow.config.curves import HalfLifeChoice, TailChoice
from hevesy.workflow.config.fields import (
    Concentration,
    Density,
    Dose,
    Duration,
    Length,
    Position,
    PositiveRatio,
    Section,
    Text,
    Volume,
)


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


class Growing(Section):
    """A region grown from a point, within a drawn one."""

    seed: tuple[Position, Position, Position]
    """Point x, y, z in the patient's coordinates (LPS) of the image."""
    within: Text
    """Name of the drawn region that growth must not leave."""
    image: Literal["emission", "ct"]
    maximum_volume: Volume
    """A larger region is taken to have leaked, and refused."""
    fixed: Concentration | None = None
    """Lower threshold, on the emission image."""
    at_least_hu: float | None = None
    """Lower threshold, on the CT. [HU]"""
    relative_to_seed: PositiveRatio | None = None
    """Share of the mean within 6 mm of the seed, on the emission image."""
    relative_to_maximum: PositiveRatio | None = None
    """Share of the maximum within the bounding region, on the emission image."""

    @model_validator(mode="after")
    def _one(self) -> Growing:
        ways = ("at_least_hu",) if self.image == "ct" else ("fixed", "relative_to_seed", "relative_to_maximum")
        stated = [name for name in ("fixed", "at_least_hu", "relative_to_seed", "relative_to_maximum")
                  if getattr(self, name) is not None]  # fmt: skip
        if len(stated) != 1 or stated[0] not in ways:
            came = ", ".join(stated) or "none"
            raise ValueError(f"expected exactly one of {', '.join(ways)} with image {self.image}, but {came} came")
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
    half_life: HalfLifeChoice | None = None
    """For a single time point."""
    tail: TailChoice | None = None
    threshold: Threshold | None = None
    recovery: Literal["volume", "none"] | None = None
    """Another way of recovery than the study's; with method ``shape`` only."""
    breathing: Length | None = None
    """Standard deviation of the region's movement along the body during a scan; for recovery by shape."""
    grow: Growing | None = None
    local_shift: bool = True
    """False keeps the region where the alignment of the scans puts it, whatever ``alignment.local_shift`` says."""

    @property
    def found_within(self) -> str | None:
        """Name of the drawn region that bounds one found on an image; None for a drawn one."""
        found = self.threshold or self.grow
        return None if found is None else found.within

    @model_validator(mode="after")
    def _found_once(self) -> RegionItem:
        if self.threshold is not None and self.grow is not None:
            raise ValueError(f"expected one of 'threshold' and 'grow' for {self.name}, but both came")
        return self


class Remainder(Section):
    """The rest of the body as a region."""

    name: Text
    density: Density | Literal["reference"] | None = None
    model: Text | None = None
    half_life: HalfLifeChoice | None = None
    tail: TailChoice | None = None


class DrawnElsewhere(Section):
    """The image the regions were drawn on, where it is none of the therapy scans."""

    series: Text
    """Series Instance UID of the CT, MR or PET, among the images of the study."""
    time_point: int = Field(ge=1)
    """Time point whose CT (or emission image, without a CT) it is registered to."""
    maximum_residual: Length | None = None
    """Refuse above this residual shift; for a CT on a CT, where it can be measured."""
    unverified: Text | None = None
    """Instead: why the registration is accepted without a measure of what it left."""

    @model_validator(mode="after")
    def _judged(self) -> DrawnElsewhere:
        if (self.maximum_residual is None) == (self.unverified is None):
            raise ValueError("expected 'maximum_residual' such as '6 mm' (CT on CT) or 'unverified' with a reason")
        return self


def _drawn_on(value: object) -> str:
    """Which form ``drawn_on`` has, so that a mistake is told for that form only."""
    return "image" if isinstance(value, dict | DrawnElsewhere) else "scan"


class Regions(Section):
    """What is measured."""

    source: Text | None = Field(default=None, alias="from")
    """File or folder of the RTSTRUCT, SEG or NIfTI labels; those found among the images otherwise."""
    labels: Annotated[dict[Annotated[int, Field(ge=1)], Text], Field(min_length=1)] | None = None
    """Names of the labels of a NIfTI image."""
    drawn_on: Annotated[
        Annotated[int | Literal["each"], Tag("scan")] | Annotated[DrawnElsewhere, Tag("image")],
        Discriminator(_drawn_on),
    ]
    """The time point the regions were drawn on, ``each`` where every time point has its own, or another image."""
    boundary_standard_uncertainty: Length
    """Standard uncertainty of the drawn boundary's position: drives the volume uncertainty."""
    precedence: Literal["lesions"] | list[str] | None = None
    """Who keeps the voxels where regions overlap."""
    density: Density | Literal["reference"] | None = None
    items: list[RegionItem] = Field(min_length=1)
    remainder: Remainder | None = None

    @property
    def home(self) -> int | None:
        """The time point that has the drawing; None where each has its own."""
        if self.drawn_on == "each":
            return None
        return self.drawn_on.time_point if isinstance(self.drawn_on, DrawnElsewhere) else int(self.drawn_on)

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
