"""What a plan says about its images: scouts by injection position, resolution, search for deposition, dose engine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import Fraction, Length, Section, Text
from hevesy.workflow.tare.images.read import EmissionSettings, ImageSettings

FROM_IMAGES = "from-images"
"""Instead of a value in the plan: measured."""


class ScoutImage(EmissionSettings):
    """A scout and the injection positions that it shows."""

    positions: Annotated[tuple[Text, ...], Field(min_length=1)]


class ScoutResolution(Section):
    """Of the reconstructed scout."""

    fwhm: Length
    """[mm]"""
    standard_uncertainty: Annotated[float, quantity_field("length"), Field(ge=0)]
    """[mm]"""
    partial_volume: Literal["corrected", "as-imaged"]
    """Whether measured ratios and the shunt are corrected for the spill between regions."""


class DepositionSearch(Section):
    """How the scout is searched for activity outside liver and lungs."""

    physiological: tuple[Text, ...]
    """Regions with free pertechnetate or other uptake that is no deposition."""
    smallest_share: Fraction
    """Of all activity of the scout: less is not told."""
    false_positives: Annotated[float, quantity_field("ratio"), Field(gt=0, lt=0.5)]
    """Of scouts without deposition, how many may show one by noise."""


class PlanImages(ImageSettings):
    """The images of a plan."""

    boundary_standard_uncertainty: Length
    registration_standard_uncertainty: Annotated[float, quantity_field("length"), Field(ge=0)] | None = None
    """Of the scout's place on the CT along each axis, by registration and breathing. [mm]"""
    scouts: Annotated[tuple[ScoutImage, ...], Field(min_length=1)]
    resolution: ScoutResolution
    deposition_search: DepositionSearch
    dose_engine: Literal["local", "kernel"] | None = None
    """Of the voxel model."""
    ct_curve: Text | None = None
    """Density over CT number, for the mass of the lungs: a curve that comes with Hevesy, or a CSV file."""


class _Outline(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class OutlineTumour(_Outline):
    """A tumour and the region it is drawn as."""

    name: Text
    region: Text | None = None

    @property
    def drawn_as(self) -> str:
        """Name of its region: its own where no other is said."""
        return self.region or self.name


class OutlineTerritory(_Outline):
    """An injection position and the region that it perfuses."""

    position: Text
    region: Text
    activity_share: Fraction


class ImagedPlan(_Outline):
    """The part of a plan that its images need."""

    images: PlanImages
    tumours: Annotated[tuple[OutlineTumour, ...], Field(min_length=1)]
    territories: Annotated[tuple[OutlineTerritory, ...], Field(min_length=1)]
