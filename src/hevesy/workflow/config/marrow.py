"""Blood, whole body and red marrow: what was measured beside the scans."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.curves import TailChoice
from hevesy.workflow.config.fields import Fraction, Length, Mass, PositiveRatio, Section, Text

CurveName = Text
_Number = Annotated[float, Field(gt=0)]


class StatedNumber(Section):
    """A ratio with its standard uncertainty and source."""

    value: _Number
    standard_uncertainty: _Number
    source: Text


class Body(Section):
    """The phantom that stands for the patient, and the patient's mass."""

    phantom: Literal["adult-male", "adult-female"]
    mass: Mass
    """Of the patient. [kg]"""
    histories: int = Field(default=100_000, ge=1000)
    """Photons, and charged particles up to 200 000, followed for each source of the S values."""
    seed: int = Field(default=1, ge=0)
    voxel: Annotated[Length, Field(ge=2.0, le=6.0)] = 3.0
    """Edge of the voxels that photons move in. [mm]"""


class WholeBodyProbe(Section):
    """Readings of the whole body; the first one, before the patient voids, stands for the administered activity."""

    file: Text
    """CSV: time_h, voided, and counts or dose rates."""
    columns: dict[str, Text] = Field(default_factory=dict)
    """Header in the file of each column that has another one."""
    relative_standard_uncertainty: PositiveRatio | None = None
    """Of each reading from position and redistribution; None where the file has it as a column."""
    model: CurveName
    scatter_between_readings: PositiveRatio


class BloodSamples(Section):
    """Samples of blood or plasma."""

    file: Text
    """CSV: time_h, concentration[, standard_uncertainty]."""
    columns: dict[str, Text] = Field(default_factory=dict)
    """Header in the file of each column that has another one."""
    unit: Text
    """A unit of activity concentration, or %IA/l."""
    sample: Literal["whole-blood", "plasma"]
    decay_corrected_to: Literal["sample", "administration"]
    calibration_relative_standard_uncertainty: PositiveRatio
    """Of the counter, shared by all samples."""
    model: CurveName
    scatter_between_samples: PositiveRatio
    tail: TailChoice | None = None


class MarrowImage(Section):
    """A region of the study that holds a known part of the red marrow."""

    region: Text
    fraction: StatedNumber
    """Part of all red marrow that lies in the region."""

    @model_validator(mode="after")
    def _a_part(self) -> MarrowImage:
        if self.fraction.value > 1:
            raise ValueError(f"expected a fraction of at most 1, but {self.fraction.value} came")
        return self


class MarrowMass(Section):
    """Mass of the patient's red marrow, stated or by body mass."""

    mass: Mass | Literal["by-body-mass"]
    relative_standard_uncertainty: PositiveRatio
    source: Text


class Haematocrit(Section):
    """Volume share of cells in the patient's blood."""

    value: Fraction
    standard_uncertainty: PositiveRatio


class Marrow(Section):
    """Absorbed dose to red marrow, from blood, from images, or both."""

    blood: BloodSamples | None = None
    ratio: StatedNumber | None = None
    """Red marrow to blood, of the concentrations by volume."""
    extracellular_fraction: StatedNumber | None = None
    """Instead: of red marrow; the haematocrit then gives the ratio."""
    haematocrit: Haematocrit | None = None
    image: MarrowImage | None = None
    mass: MarrowMass
    sources: dict[str, Text] = Field(default_factory=dict)
    """What a region of the study is on the phantom, or ``remainder``, where their names differ."""

    @model_validator(mode="after")
    def _complete(self) -> Marrow:
        if self.blood is None and self.image is None:
            raise ValueError("expected 'blood' or 'image', but neither came")
        if self.blood is not None and (self.ratio is None) == (self.extracellular_fraction is None):
            raise ValueError("expected exactly one of 'ratio' and 'extracellular_fraction' with 'blood'")
        needed = self.extracellular_fraction is not None or (self.blood is not None and self.blood.sample == "plasma")
        if needed and self.haematocrit is None:
            raise ValueError("expected 'haematocrit' with 'extracellular_fraction' or plasma, but none came")
        return self
