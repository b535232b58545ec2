"""Which engines turn activity into absorbed dose, and what they are told about matter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.fields import ParticleEnergy, PositiveRatio, Section, Text


class RegionMatter(Section):
    """Density of every region as the study states it, of average soft tissue elsewhere; soft tissue everywhere."""

    method: Literal["regions"]


class CtMatter(Section):
    """Density and medium of every voxel from the CT of the reference time point."""

    method: Literal["ct"]
    curve: Text
    """Density over CT number: the scanner's own as a CSV file, or ``schneider-2000``."""
    accept: list[Literal["below-air", "above-curve"]] = Field(default_factory=list)
    """CT numbers that are used though the curve does not cover them."""


class Transport(Section):
    """Dose engines by name, and what they need to know."""

    region_engine: Text
    map_engine: Text
    compare: list[Text] = Field(default_factory=list)
    """Further engines whose maps the report compares."""
    matter: Annotated[RegionMatter | CtMatter, Field(discriminator="method")] | None = None
    """Where it is left out, as ``regions``; engines that follow particles through media need it."""
    target_uncertainty: PositiveRatio | None = None
    """Monte Carlo: mean relative standard uncertainty of the voxels above 20 % of the maximum."""
    seed: int = Field(default=1, ge=0, le=2**32 - 1)
    """Monte Carlo."""
    local_photons_below: ParticleEnergy | None = None
    """Local deposition: photons of less energy count as absorbed where they are emitted."""

    @model_validator(mode="after")
    def _each_once(self) -> Transport:
        names = [self.map_engine, *self.compare]
        if len(set(names)) < len(names):
            raise ValueError(
                f"expected engines other than {self.map_engine!r} in 'compare', each once, but one came twice"
            )
        return self
