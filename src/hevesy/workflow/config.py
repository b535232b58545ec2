"""The study file: what is to be computed, from what, with which models.

Every quantity carries its unit in text. Unknown keys are refused. Paths are relative to the study file.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hevesy.domain import RegionKind, Side
from hevesy.quantities.settings_file import quantity_field


def _moment(text: object) -> object:
    if isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"expected a date and time such as 2024-03-04T09:00:00, but {text!r} came") from error
        if len(text.strip()) <= len("2024-03-04"):
            raise ValueError(f"expected a date and time such as 2024-03-04T09:00:00, but {text!r} has no time")
        if moment.tzinfo is not None:
            raise ValueError(f"expected the scanner's local time without a zone, but {text!r} came")
        return moment
    raise ValueError(f"expected a date and time in quotes such as '2024-03-04T09:00:00', but {text!r} came")


Positive = Field(gt=0)
Activity = Annotated[float, quantity_field("activity"), Field(gt=0)]
ActivityOrZero = Annotated[float, quantity_field("activity"), Field(ge=0)]
Duration = Annotated[float, quantity_field("time"), Field(gt=0)]
Length = Annotated[float, quantity_field("length"), Field(gt=0)]
Density = Annotated[float, quantity_field("density"), Field(gt=0, le=25)]
Dose = Annotated[float, quantity_field("absorbed dose"), Field(gt=0)]
Concentration = Annotated[float, quantity_field("activity concentration"), Field(gt=0)]
Sensitivity = Annotated[float, quantity_field("sensitivity"), Field(gt=0)]
Ratio = Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]
PositiveRatio = Annotated[float, quantity_field("ratio"), Field(gt=0, lt=1)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Text = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


class Patient(_Section):
    """Who: a label of the site's choice, shown in the report; never taken from the images."""

    label: Text


class MeasuredActivityAt(_Section):
    """An activity-meter reading."""

    activity: Activity
    at: Moment
    relative_standard_uncertainty: PositiveRatio


class ResidualActivity(_Section):
    """What stayed in vial, syringe and tubing."""

    activity: ActivityOrZero
    at: Moment


class Administration(_Section):
    """The administration. What is left out is taken from the images, if they agree on it."""

    radionuclide: Text | None = None
    radiopharmaceutical: Text | None = None
    measured: MeasuredActivityAt | None = None
    """Reading before the administration; needs ``residual``."""
    residual: ResidualActivity | Literal["none"] | None = None
    """Reading after it, or ``none`` where nothing was left."""
    activity: Activity | None = None
    """Instead of both: net activity at the start of the administration."""
    relative_standard_uncertainty: PositiveRatio | None = None
    """Of ``activity`` or of the images' activity."""
    start: Moment | None = None
    end: Moment | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Administration:
        if (self.measured is None) != (self.residual is None):
            raise ValueError("expected 'measured' and 'residual' together (residual: none where nothing was left)")
        if self.measured is not None and (self.activity is not None or self.relative_standard_uncertainty is not None):
            raise ValueError("expected either 'measured' with 'residual' or 'activity', but both came")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"expected an end after the start {self.start}, but {self.end} came")
        return self


class TimePointChoice(_Section):
    """Which series make one time point; needed where the images hold several reconstructions of one scan."""

    emission: Text
    """Series Instance UID of the NM or PT series."""
    ct: Text | None = None
    """Series Instance UID of the CT; the one that ``hevesy inspect`` found otherwise."""


class BelongsTo(_Section):
    """The camera, collimator, nuclide, window and reconstruction a table or factor was measured with."""

    manufacturer: Text
    model: Text
    serial: Text | None = None
    collimator: Text
    radionuclide: Text
    windows_kev: list[tuple[float, float]] = Field(min_length=1)
    reconstruction: Text


class PhantomCalibration(_Section):
    """Calibration factor from an acquisition of a phantom with known activity."""

    method: Literal["phantom"]
    images: Text
    activity: Activity
    at: Moment
    relative_standard_uncertainty: PositiveRatio
    """Of the phantom activity and all else common to every use of the factor."""


class StatedCalibration(_Section):
    """A calibration factor that the site states."""

    method: Literal["factor"]
    factor: Sensitivity
    relative_standard_uncertainty: PositiveRatio
    belongs_to: BelongsTo
    source: Text


class FileCalibration(_Section):
    """The images are in Bq/ml already; their calibration uncertainty must be stated."""

    method: Literal["file"]
    relative_standard_uncertainty: PositiveRatio
    source: Text


class ByKind(_Section):
    """One ratio for organs and one for lesions."""

    organ: Ratio
    lesion: Ratio


class VolumeRecovery(_Section):
    """Recovery by volume, R(v) = 1 - 1/(1+(v/b1)^b2), fitted to a sphere table."""

    method: Literal["volume"]
    spheres: Text
    belongs_to: BelongsTo
    shape_relative_standard_uncertainty: ByKind
    """How far a region of another shape than a sphere may lie off the curve."""


class NoRecovery(_Section):
    """No recovery correction, with the reason."""

    method: Literal["none"]
    reason: Text


class Alignment(_Section):
    """How the time points are brought together."""

    method: Literal["rigid-ct", "reg", "identity", "none"]
    reference: int = Field(default=1, ge=1)
    """Time point whose grid the dose map is made on."""
    maximum_residual: Length | None = None
    """Refuse above this residual shift (needed for ``rigid-ct``)."""
    transforms: Text | None = None
    """Folder of the registration objects (needed for ``reg``)."""

    @model_validator(mode="after")
    def _complete(self) -> Alignment:
        if self.method == "rigid-ct" and self.maximum_residual is None:
            raise ValueError("expected 'maximum_residual' such as '6 mm' with method rigid-ct, but none came")
        if (self.method == "reg") != (self.transforms is not None):
            raise ValueError("expected 'transforms' (folder of REG objects) exactly with method reg")
        return self


class HalfLife(_Section):
    """An effective half-life with its spread and source."""

    half_life: Duration
    standard_uncertainty: Duration
    source: Text


class TailChoice(_Section):
    """How activity goes on after the last scan."""

    half_life: Literal["physical"] | Duration
    standard_uncertainty: Duration | None = None
    source: Text

    @model_validator(mode="after")
    def _spread(self) -> TailChoice:
        if self.half_life != "physical" and self.standard_uncertainty is None:
            raise ValueError("expected 'standard_uncertainty' with a half-life of the tail, but none came")
        return self


class Threshold(_Section):
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


class RegionItem(_Section):
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


class Remainder(_Section):
    """The rest of the body as a region."""

    name: Text
    density: Density | Literal["reference"] | None = None
    model: Text | None = None
    half_life: HalfLife | None = None
    tail: TailChoice | None = None


class Regions(_Section):
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


class Curves(_Section):
    """How activity goes between and after the scans."""

    model: Literal["auto", "mono", "bi", "uptake-mono", "uptake-bi"]
    scatter_between_scans: PositiveRatio
    """Relative scatter expected between scans beyond counting (repositioning, reconstruction, delineation)."""
    half_life: HalfLife | None = None
    tail: TailChoice | None = None


class Transport(_Section):
    """Dose engines by name."""

    region_engine: Text
    map_engine: Text


class DoseMap(_Section):
    """The voxel map."""

    recovery_corrected: bool


class Study(_Section):
    """A whole study file."""

    hevesy_study: Literal[1]
    patient: Patient
    images: Text | Annotated[list[Text], Field(min_length=1)]
    time_points: Annotated[list[TimePointChoice], Field(min_length=1)] | None = None
    administration: Administration = Administration()
    calibration: Annotated[PhantomCalibration | StatedCalibration | FileCalibration, Field(discriminator="method")]
    recovery: Annotated[VolumeRecovery | NoRecovery, Field(discriminator="method")]
    alignment: Alignment
    regions: Regions
    curves: Curves
    transport: Transport
    dose_map: DoseMap
