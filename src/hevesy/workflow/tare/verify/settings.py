"""The file that verifies a radioembolisation. Nothing that gives scale to a dose has a default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.calibration import FileCalibration, StatedCalibration
from hevesy.workflow.config.dead_time import CountedWith, DetectedRate
from hevesy.workflow.config.fields import Activity, Density, Dose, Duration, Length, Ratio, Section, Text
from hevesy.workflow.config.recovery import ByKind, NoRecovery
from hevesy.workflow.tare.images.read import ImageSettings
from hevesy.workflow.tare.images.settings import DepositionSearch
from hevesy.workflow.tare.plan.settings import (
    Assay,
    Earlier,
    Intent,
    LiverState,
    Radiobiology,
    RuleSet,
    TumourType,
    ZonedMoment,
)

Modality = Literal["y90-pet", "y90-bremsstrahlung-spect", "ho166-spect", "ho166-mri"]
Share = Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]
PositiveShare = Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)]
PositronFraction = Annotated[float, Field(gt=0, le=1)]
NUCLIDES = {
    "y90-pet": "Y-90",
    "y90-bremsstrahlung-spect": "Y-90",
    "ho166-spect": "Ho-166",
    "ho166-mri": "Ho-166",
}


class Treatment(Section):
    """What was given, and when."""

    at: ZonedMoment
    assayed: Assay
    residual: Assay
    relative_standard_uncertainty: PositiveShare
    """Of the activity delivered."""


class StatedShare(Section):
    """A share of the delivered activity and how well it is known."""

    value: Share
    standard_uncertainty: Share


class StatedDensity(Section):
    """A mass density and how well it is known."""

    value: Density
    relative_standard_uncertainty: Ratio


class Densities(Section):
    """Of what doses are given for."""

    liver: StatedDensity
    lungs: StatedDensity | None = None


class NamedTerritory(Section):
    """What one injection position perfuses."""

    position: Text
    region: Text


class StatedResponse(Section):
    """The resolution that recovery by shape rests on."""

    method: Literal["shape"]
    fwhm: Length
    standard_uncertainty: Length
    source: Text
    model_relative_standard_uncertainty: ByKind


class ScanLosses(Section):
    """What the camera lost to dead time."""

    model: Literal["paralysable", "non-paralysable"]
    branch: Literal["low"] | None = None
    curve: Text | None = None
    tau: Duration | None = None
    standard_uncertainty: Duration | None = None
    source: Text | None = None
    belongs_to: CountedWith
    rate: DetectedRate
    calibration: DetectedRate | Literal["free-of-losses"]
    """Rate of the acquisition that the calibration factor was measured with."""

    @model_validator(mode="after")
    def _consistent(self) -> ScanLosses:
        stated = [value is not None for value in (self.tau, self.standard_uncertainty, self.source)]
        if any(stated) != all(stated) or all(stated) == (self.curve is not None):
            raise ValueError("expected either 'curve' or 'tau' with 'standard_uncertainty' and 'source'")
        if (self.branch is None) == (self.model == "paralysable"):
            raise ValueError("expected 'branch: low' with a paralysable detector, and only with one")
        return self


class TherapyImage(Section):
    """The image that shows what was delivered, and its scales."""

    modality: Modality
    series: Text
    """For ``ho166-mri`` the folder that ``hevesy tare holmium-mri`` wrote."""
    start: ZonedMoment
    """Of the acquisition; for NIfTI the moment of its values."""
    decay_during_acquisition: Literal["corrected", "not-corrected"] | None = None
    recorded_as: Text | None = None
    """Another radionuclide that the scanner had to be told; the therapy's own where the header names none."""
    positron_fraction: PositronFraction | None = None
    """That the scanner divided by, where the files do not say."""
    absolute: Annotated[FileCalibration | StatedCalibration, Field(discriminator="method")] | Literal["none"]
    dead_time: ScanLosses | Literal["corrected-in-image", "not-corrected"] | None = None
    """For SPECT with an absolute calibration."""
    summed: Literal["field-of-view", "liver-and-lungs"]
    """What shows the delivered activity."""
    margin: Length | None = None
    """Around liver and lungs, for what blur carries out."""
    outside: StatedShare
    """Share of the delivered activity that lies where is not summed."""
    recovery: Annotated[StatedResponse | NoRecovery, Field(discriminator="method")]

    @model_validator(mode="after")
    def _consistent(self) -> TherapyImage:
        if (self.margin is None) == (self.summed == "liver-and-lungs"):
            raise ValueError("expected 'margin' with 'summed: liver-and-lungs', and only with it")
        if self.modality == "y90-bremsstrahlung-spect" and self.absolute != "none":
            raise ValueError("expected 'absolute: none' for bremsstrahlung, which is relative only, but another came")
        spect = self.modality == "ho166-spect" and self.absolute != "none"
        if spect != (self.dead_time is not None):
            raise ValueError("expected 'dead_time' for SPECT with an absolute calibration, and only for it")
        if isinstance(self.absolute, StatedCalibration) and not spect:
            raise ValueError("expected a calibration factor for SPECT only, but one came")
        if self.modality != "y90-pet" and self.positron_fraction:
            raise ValueError("expected 'positron_fraction' for PET only, but one came")
        return self


class TherapySearch(DepositionSearch):
    """How the therapy image is searched for activity outside liver and lungs."""

    fwhm: Length
    """Of the image. [mm]"""


class ScoutImage(Section):
    """Where the scout lies."""

    series: Text


class RemainingScout(Section):
    """A scout of the therapy's nuclide that still shows."""

    delivered_activity: Activity
    relative_standard_uncertainty: PositiveShare
    at: ZonedMoment
    distribution: ScoutImage | Literal["as-therapy"]
    """Its own image, or the word that it lies as the therapy does."""


class Gamma(Section):
    """When a point of the planned map agrees with the delivered one."""

    distance: Length
    dose_difference: PositiveShare
    of: Literal["maximum", "local"]
    """Whether the difference is a share of the largest planned dose or of the dose at the point."""
    threshold: Share
    """Points of less than this share of the largest planned dose are left out."""

    @model_validator(mode="after")
    def _possible(self) -> Gamma:
        if self.of == "local" and self.threshold == 0.0:
            raise ValueError("expected a threshold above 0 for local differences, but 0 came")
        return self


class PlannedDoses(Section):
    """The plan that was followed."""

    file: Text
    """``plan.json`` of ``hevesy tare plan``."""
    activity: Text
    """Which row: a model such as ``partition``, or ``largest-multi``, ``largest-one``, ``smallest-multi``."""
    dose_map: Text | None = None
    """NIfTI image in the frame of the CT. [Gy]"""
    gamma: Gamma | None = None

    @model_validator(mode="after")
    def _together(self) -> PlannedDoses:
        if (self.dose_map is None) != (self.gamma is None):
            raise ValueError("expected 'dose_map' and 'gamma' together, but one came")
        return self


class TreatmentRules(Section):
    """What decides which published limits and targets the delivered doses are compared with."""

    intent: Intent
    tumour_type: TumourType
    rule_sets: Annotated[tuple[RuleSet, ...], Field(min_length=1)]
    method: Literal["one", "multi"]
    """That the treatment was planned by: rules of the other are compared with nothing."""
    liver_state: LiverState
    bilirubin_mg_dl: Annotated[float, Field(gt=0)]
    earlier: Earlier


class TareVerification(Section):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    label: Text
    product: Text
    treatment: Treatment
    images: ImageSettings
    tumours: Annotated[tuple[Text, ...], Field(min_length=1)]
    territories: Annotated[tuple[NamedTerritory, ...], Field(min_length=1)]
    density: Densities
    therapy: TherapyImage
    scout: RemainingScout | Literal["none"]
    deposition_search: TherapySearch | Literal["not-searched"]
    engine: Literal["local", "kernel"]
    dose_levels: tuple[Dose, ...] = ()
    """For the share of a volume that received at least so much."""
    plan: PlannedDoses | None = None
    rules: TreatmentRules | None = None
    """Without it those of the plan, where one is named."""
    radiobiology: Radiobiology | None = None
    """For BED; without it none is given."""

    @model_validator(mode="after")
    def _complete(self) -> TareVerification:
        if bool(self.images.lungs) != (self.density.lungs is not None):
            raise ValueError("expected 'density.lungs' with 'images.lungs', and only with them")
        if self.images.boundary_standard_uncertainty is None:
            raise ValueError("expected 'images.boundary_standard_uncertainty', but none came")
        return self
