"""The file of ``hevesy tare intratumoural``. Nothing that gives scale to a dose has a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import (
    Activity,
    Density,
    Dose,
    Length,
    PositiveRatio,
    Ratio,
    Section,
    Text,
    Volume,
)
from hevesy.workflow.config.holmium import BatchSettings, ZonedMoment
from hevesy.workflow.config.transport import CtMatter
from hevesy.workflow.tare.images.read import RegistrationFile

LengthOrZero = Annotated[float, quantity_field("length"), Field(ge=0)]
ConcentrationOrZero = Annotated[float, quantity_field("activity concentration"), Field(ge=0)]
HolmiumOrZero = Annotated[float, quantity_field("density"), Field(ge=0)]


class RegionImages(Section):
    """CT and regions."""

    ct: Text
    regions: Text
    labels: dict[int, Text | tuple[Text, ...]] | None = None
    registration: RegistrationFile | Literal["same-frame", "none"]


class HolmiumFolder(Section):
    """What ``hevesy tare holmium-ct`` or ``holmium-mri`` wrote."""

    method: Literal["holmium"]
    folder: Text


class ActivityMap(Section):
    """Activity concentration: PET, quantitative SPECT, or any map in Bq/ml."""

    method: Literal["activity"]
    image: Text
    at: ZonedMoment
    """Moment that the activities hold for."""
    relative_standard_uncertainty: Ratio
    """Of the scale, which all voxels share."""
    noise: ConcentrationOrZero
    """Standard uncertainty of one voxel that the others do not share. [Bq/ml]"""


class ConcentrationMap(Section):
    """Concentration of holmium, and the activity of its batch."""

    method: Literal["concentration"]
    image: Text
    """In mg/ml."""
    at: ZonedMoment
    batch: BatchSettings
    relative_standard_uncertainty: Ratio
    noise: HolmiumOrZero
    """As text with a unit, for example ``0.8 mg/ml``. [g/ml]"""


class StatedMatter(Section):
    """One density everywhere, average soft tissue."""

    method: Literal["stated"]
    density: Density


class TumourCtMatter(CtMatter):
    """From the CT, except in the tumour and where there is activity: holmium raises CT numbers there."""

    tumour_density: Density


class EngineChoice(Section):
    """Dose engine."""

    name: Text
    target_uncertainty: PositiveRatio | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1


class Prescription(Section):
    """What the tumour has to get."""

    dose: Dose
    coverage: Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)]
    """Share of the tumour that has to get the dose."""
    source: Text


class OrganLimit(Section):
    """An upper limit of an organ's dose."""

    measure: Literal["maximum", "mean", "hottest"]
    volume: Volume | None = None
    """For ``hottest``: the least dose in the hottest so much of the organ, such as D0.1ml."""
    dose: Dose
    source: Text

    @model_validator(mode="after")
    def _volume(self) -> OrganLimit:
        if (self.measure == "hottest") != (self.volume is not None):
            raise ValueError("expected 'volume' beside 'hottest', and nowhere else, but that is not so")
        return self


class Organ(Section):
    """An organ at risk."""

    name: Text
    limits: tuple[OrganLimit, ...]
    """May be empty: the organ is told, and deposits keep clear of it."""


class Certainty(Section):
    """How sure place and outline are, and the draws."""

    position: LengthOrZero
    """Between the map and the tumour, along each axis; standard uncertainty."""
    boundary: LengthOrZero
    """Of the tumour's outline, along its normal; standard uncertainty."""
    samples: Annotated[int, Field(ge=50, le=10_000)]
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)]


class Addition(Section):
    """What may be added."""

    deposits: Annotated[int, Field(ge=1, le=12)]
    """The most."""
    volume: Volume
    """Of each deposit, taken as a sphere."""
    largest_activity: Activity
    """That so much of the suspension can hold."""
    available: Activity | None = None
    """That can be given in all, before leakage; without it the limits alone hold it back."""
    margin_to_surface: LengthOrZero
    margin_to_organs: LengthOrZero
    leakage: Ratio
    """Share of what is injected that does not stay."""
    placement: LengthOrZero
    """Of the centre of a deposit, along each axis; standard uncertainty."""
    activity_relative_standard_uncertainty: Ratio
    probability: Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)] | None = None
    """Of reaching the coverage under what is not sure; without it the coverage is reached as computed."""
    pitch: Length = 2.0
    """Of the places that are tried."""


class Intratumoural(Section):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    label: Text
    nuclide: Literal["Ho-166", "Y-90"]
    images: RegionImages
    tumour: Text
    organs: tuple[Organ, ...]
    deposits: Annotated[HolmiumFolder | ActivityMap | ConcentrationMap, Field(discriminator="method")]
    injected: ZonedMoment
    """When the microspheres were injected: decays count from then on."""
    voxel: Annotated[float, quantity_field("length"), Field(gt=0)]
    """Largest edge of a voxel of the dose map, 1 mm or less."""
    matter: Annotated[StatedMatter | TumourCtMatter, Field(discriminator="method")]
    engine: EngineChoice
    prescribed: Prescription
    uncertainty: Certainty
    add: Addition | None
    """``null`` where nothing is to be proposed."""

    @model_validator(mode="after")
    def _sound(self) -> Intratumoural:
        if self.voxel > 1.0 + 1e-9:
            raise ValueError(f"expected voxels of 1 mm or finer, but {self.voxel:g} mm came")
        if self.nuclide != "Ho-166" and not isinstance(self.deposits, ActivityMap):
            raise ValueError(f"expected an activity map for {self.nuclide}, but a map of holmium came")
        names = [self.tumour, *(organ.name for organ in self.organs)]
        if len(set(names)) < len(names):
            raise ValueError("expected each region once, but one came twice")
        return self
