"""The file of a treatment in fractions. Nothing that gives scale to a dose has a default."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from hevesy.quantities.settings_file import quantity_field
from hevesy.workflow.config.fields import Activity, ActivityOrZero, Density, Dose, PositiveRatio, Ratio, Section, Text
from hevesy.workflow.config.holmium import (
    BatchSettings,
    EchoImages,
    File,
    MeasuredBaseline,
    StatedBaseline,
    ZonedMoment,
)
from hevesy.workflow.tare.images.read import ImageSettings


def _part(text: object) -> object:
    """``2/3`` as well as ``0.6`` and ``60 %``."""
    if isinstance(text, str) and "/" in text and "%" not in text:
        try:
            return float(Fraction(text.replace(" ", "")))
        except (ValueError, ZeroDivisionError) as error:
            raise ValueError(f"expected a share such as 2/3, but {text!r} came") from error
    return text


Share = Annotated[float, quantity_field("ratio"), BeforeValidator(_part), Field(gt=0, le=1)]
Risk = Annotated[float, quantity_field("ratio"), Field(gt=0, le=0.5)]


class LiveImageSettings(ImageSettings):
    """CT and regions; without a CT the regions lie in the frame of the images of the treatment."""

    ct: Text | None = None  # type: ignore[assignment]  # the treatment's own images stand for it


class VolumeUncertainty(Section):
    """How well the volumes are known."""

    healthy: Ratio
    """Healthy tissue of the treated volume."""
    tumours: dict[Text, Ratio]


class LimitSettings(Section):
    """The limit to steer by."""

    healthy_liver_dose: Dose
    """Mean absorbed dose to the healthy tissue of the treated volume. [Gy]"""
    treated_share_at_most: Share
    """Of the liver volume: its volume condition."""
    risk: Risk
    """Accepted probability of exceeding it."""
    trial: Text
    """Name of the trial, or ``none``."""


class EarlierDose(Section):
    """Dose from before, to the healthy tissue of the treated volume."""

    healthy_liver_dose: Dose
    relative_standard_uncertainty: PositiveRatio
    source: Text


class Meter(Section):
    """The activity meter of all readings."""

    name: Text
    relative_standard_uncertainty: Ratio
    """Of its calibration, common to all readings."""


class MriSettings(Section):
    """What turns echoes into holmium."""

    relaxivity: File
    """CSV: field_t, relaxivity_ml_per_mg_s, standard_uncertainty, source."""
    baseline: Annotated[StatedBaseline | MeasuredBaseline, Field(discriminator="method")]


class Given(Section):
    """Reading before the injection."""

    activity: Activity
    at: ZonedMoment


class Residual(Section):
    """Reading of what was left in vial, syringe and tubing."""

    activity: ActivityOrZero
    at: ZonedMoment
    relative_standard_uncertainty: Ratio
    """Of this reading, beside that of the meter."""


class ActivityMap(Section):
    """A prepared image of all activity in the liver."""

    file: File
    """NIfTI, NaN where there is no value. [Bq/ml]"""
    at: ZonedMoment
    """Moment that the activities hold for."""
    relative_standard_uncertainty: PositiveRatio
    """Of its scale, common to all maps of the file."""
    voxel_relative_standard_uncertainty: Ratio
    """Of every voxel for itself."""


class WatchedEchoes(Section):
    """Echoes that will come into a folder."""

    noise: Annotated[float, Field(gt=0)]
    """Standard deviation of each channel, in the unit of the magnitudes."""
    n_echoes: Annotated[int, Field(ge=3)]
    n_slices: Annotated[int, Field(ge=1)]
    """Of each echo; before all of them are there the series is not whole."""


class FractionSettings(Section):
    """One fraction and the image after it."""

    name: Text
    batch: Text | None = None
    """Its name; a map needs none."""
    injected: ZonedMoment
    given: Given
    residual: Residual
    echoes: EchoImages | None = None
    watched: WatchedEchoes | None = None
    """Instead: the series that ``--watch`` waits for."""
    map: ActivityMap | None = None
    """Instead of echoes."""
    acquired: ZonedMoment | None = None
    """Start of the acquisition, where its files do not tell."""

    @model_validator(mode="after")
    def _one_image(self) -> FractionSettings:
        if sum(one is not None for one in (self.echoes, self.watched, self.map)) != 1:
            raise ValueError("expected one of 'echoes', 'watched' and 'map', but none or several came")
        if (self.batch is None) != (self.map is not None):
            raise ValueError("expected 'batch' for echoes, and for no map, but that is not so")
        return self


class Placed(Section):
    """Where activity lies that the image does not show, by the user's word."""

    region: Text
    """A tumour, or another place by its name."""
    share: Share
    """Of the activity that is not seen."""
    reason: Text


class LiveSampling(Section):
    """Random draws for the probabilities."""

    samples: Annotated[int, Field(ge=1000, le=100_000)]
    seed: Annotated[int, Field(ge=0)]


class LiveFile(Section):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    label: Text
    product: Text
    dose_factor: Literal["published", "decay-data"]
    images: LiveImageSettings
    tumours: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Names of regions."""
    treated: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Names of the regions that are perfused; all of them together are the treated volume."""
    density: Density
    """Of the liver and its tumours. [g/ml]"""
    volume_relative_standard_uncertainty: VolumeUncertainty
    limit: LimitSettings
    largest_unaccounted: PositiveRatio
    """Share of the activity given above which no figure is given."""
    earlier: EarlierDose | Literal["none"]
    """Scouts, earlier radioembolisation and radiotherapy together."""
    meter: Meter
    batches: tuple[BatchSettings, ...] = ()
    mri: MriSettings | None = None
    fractions: Annotated[tuple[FractionSettings, ...], Field(min_length=1)]
    placed: tuple[Placed, ...] = ()
    sampling: LiveSampling

    @model_validator(mode="after")
    def _whole(self) -> LiveFile:
        maps = sum(one.map is not None for one in self.fractions)
        if maps not in {0, len(self.fractions)}:
            raise ValueError("expected echoes in all fractions or maps in all, but both came")
        if (self.mri is None) != (maps > 0):
            raise ValueError("expected 'mri' for echoes, and for nothing else, but that is not so")
        for what, names in _named(self).items():
            for name in names:
                if names.count(name) > 1:
                    raise ValueError(f"expected each of the {what} once, but {name!r} came twice")
        if set(self.volume_relative_standard_uncertainty.tumours) != set(self.tumours):
            raise ValueError("expected a volume uncertainty for each tumour, but other names came")
        return self


def _named(content: LiveFile) -> dict[str, list[Any]]:
    return {
        "tumours": list(content.tumours),
        "treated regions": list(content.treated),
        "batches": [one.name for one in content.batches],
        "fractions": [one.name for one in content.fractions],
    }
