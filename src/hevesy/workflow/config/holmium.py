"""Settings of holmium by MRI and by CT."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import Activity, PositiveRatio, Ratio, Section, Text


def _zoned(text: object) -> object:
    shown = f"expected a date, time and zone such as '2026-03-02T09:00:00+01:00', but {text!r} came"
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError as error:
        raise ValueError(shown) from error
    if moment is None or moment.tzinfo is None:
        raise ValueError(shown)
    return moment


ZonedMoment = Annotated[datetime, BeforeValidator(_zoned)]
SpecificActivity = Annotated[float, quantity_field("specific activity"), Field(gt=0)]
Mass = Annotated[float, quantity_field("mass"), Field(gt=0)]
File = Annotated[Path, Field(strict=False)]


class NiftiEchoes(Section):
    """One NIfTI image for each echo."""

    files: Annotated[list[File], Field(min_length=1)]
    times_ms: list[float]
    """Of each file, increasing. [ms]"""
    field_t: Annotated[float, Field(gt=0, le=20)]
    """Magnetic field strength. [T]"""


class EchoImages(Section):
    """Where magnitudes at several echo times come from, and their noise."""

    dicom: File | None = None
    """Folder of one multi-echo series."""
    nifti: NiftiEchoes | None = None
    noise: Annotated[float, Field(gt=0)] | None = None
    """Standard deviation of the real and of the imaginary channel, in the unit of the magnitudes."""
    air: File | None = None
    """Instead: image whose voxels other than zero lie in air without artefacts."""

    @model_validator(mode="after")
    def _one_of_each(self) -> EchoImages:
        if (self.dicom is None) == (self.nifti is None):
            raise ValueError("expected either 'dicom' or 'nifti', but both or neither came")
        if (self.noise is None) == (self.air is None):
            raise ValueError("expected either 'noise' or 'air', but both or neither came")
        return self


class StatedBaseline(Section):
    """R2* of the liver before, as a number."""

    method: Literal["mean"]
    r2star_per_s: Annotated[float, Field(gt=0)]
    """[1/s]"""
    standard_uncertainty_per_s: Annotated[float, Field(ge=0)]
    source: Text


class MeasuredBaseline(Section):
    """R2* measured before: its mean in the region, or voxel by voxel where it is registered on the grid."""

    method: Literal["measured-mean", "voxelwise"]
    echoes: EchoImages
    region: File | None = None
    """Of the earlier image for ``measured-mean``; the treatment's region without it."""
    standard_uncertainty_per_s: Annotated[float, Field(ge=0)]
    """That all voxels share: of the mean in this patient, or of registration and physiology. [1/s]"""
    registered: Literal[True, "rigid"] | None = None
    """Says that the earlier image was registered and resampled onto the grid of the new one; ``rigid`` does so."""

    @model_validator(mode="after")
    def _registered(self) -> MeasuredBaseline:
        if self.method == "voxelwise" and self.registered is None:
            raise ValueError("expected 'registered: true' or 'rigid' beside 'voxelwise', but it is missing")
        return self


class BatchSettings(Section):
    """Microspheres of one irradiation."""

    name: Text
    activity_per_mg: SpecificActivity
    """Activity by mass of holmium. [Bq/mg]"""
    relative_standard_uncertainty: Ratio
    time: ZonedMoment
    mass: Mass | None = None
    """Of the holmium given; needed where earlier holmium is carried by its mass. [kg]"""


class EarlierSettings(Section):
    """Holmium of a scout or an earlier fraction that the image shows as well."""

    name: Text
    use: Literal["subtract", "carry"]
    """Take its holmium away, or let its activity count by its own batch."""
    batch: BatchSettings
    concentration: File | None = None
    """As measured before: NIfTI on the grid. [mg/ml]"""
    relative_standard_uncertainty: Ratio | None = None
    """Of ``concentration``."""

    @model_validator(mode="after")
    def _how(self) -> EarlierSettings:
        if (self.concentration is None) != (self.relative_standard_uncertainty is None):
            raise ValueError("expected 'concentration' and 'relative_standard_uncertainty' together")
        if self.concentration is None and self.batch.mass is None:
            raise ValueError("expected 'concentration', or 'mass' of its batch, but neither came")
        return self


class AdministeredSettings(Section):
    """Net activity given, to compare with."""

    activity: Activity
    """At ``at`` of the whole file. [Bq]"""
    relative_standard_uncertainty: PositiveRatio


class HolmiumSettings(Section):
    """What MRI and CT share."""

    region: File
    """Voxels other than zero are looked at."""
    regions: dict[Text, File] = Field(default_factory=dict)
    """Parts of it by name, told one by one."""
    batch: BatchSettings
    at: ZonedMoment
    """Moment of all activities, at best that of the administration."""
    administered: AdministeredSettings | None = None


class HolmiumMriSettings(HolmiumSettings):
    """``hevesy tare holmium-mri``."""

    echoes: EchoImages
    relaxivity: File
    """CSV: field_t, relaxivity_ml_per_mg_s, standard_uncertainty, source."""
    baseline: Annotated[StatedBaseline | MeasuredBaseline, Field(discriminator="method")]
    earlier: list[EarlierSettings] = Field(default_factory=list)

    @model_validator(mode="after")
    def _masses(self) -> HolmiumMriSettings:
        by_mass = [one for one in self.earlier if one.concentration is None]
        if by_mass and self.batch.mass is None:
            raise ValueError("expected 'mass' of the batch beside earlier holmium by its mass, but it is missing")
        return self


class HolmiumCtSettings(HolmiumSettings):
    """``hevesy tare holmium-ct``."""

    ct: File
    """Folder of one CT series, or NIfTI in HU."""
    structures: File | None = None
    """RTSTRUCT or SEG in the CT's frame of reference: ``region``, ``regions`` and ``tissue`` are names in it then."""
    tube_voltage_kv: Annotated[float, Field(gt=0)] | None = None
    """Of a NIfTI; a DICOM file states it. [kV]"""
    calibration: File
    """CSV: tube_voltage_kv, concentration_mg_per_ml, ct_number_hu, standard_uncertainty_hu."""
    tissue: File
    """Image whose voxels other than zero are tissue without holmium: its CT number and noise."""
    count: Literal["all", "above-threshold"]
    """Voxels that count: all of the region, or those above the decision threshold."""
    largest_hu: float | None = None
    """CT number from which on the scanner saturates, where it does. [HU]"""
