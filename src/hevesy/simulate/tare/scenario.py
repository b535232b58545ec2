"""The scenario of a virtual radioembolisation: tumours, territories, product, readings, scans."""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from hevesy.errors import InputError
from hevesy.physdata import Microspheres, microspheres
from hevesy.quantities.settings_file import parse_yaml, quantity_field, read_yaml, validate_settings
from hevesy.simulate.scenario import Activity, Duration, Length, Lesion, Share, Volume

TARE_THERAPIES = ("tare-y90", "tare-ho166")

Ratio = Annotated[float, quantity_field("ratio"), Field(gt=0)]
SpecificActivity = Annotated[float, quantity_field("specific activity"), Field(gt=0)]
Resolution = Annotated[float, quantity_field("length"), Field(gt=0)]
Spread = Annotated[float, quantity_field("length"), Field(ge=0)]
Place = tuple[Length, Length, Length]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Tumour(_Section):
    """A spherical tumour in the liver, and how much more it takes up than the normal tissue of its territory."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)
    volume: Volume
    center: Place
    """In phantom coordinates (x left, y back, z up from the base of the trunk)."""
    ratio: Ratio
    """Of the concentrations."""

    @property
    def lesion(self) -> Lesion:
        """As a lesion of the phantom."""
        return Lesion.model_construct(name=self.name, within="Liver", volume=self.volume, center=self.center)


class Territory(_Section):
    """Liver that is nearer to this injection position than to any other one."""

    position: str = Field(pattern=r"^[a-z][a-z ]*$", max_length=40)
    at: Place
    activity_share: Annotated[float, quantity_field("ratio"), Field(ge=0, le=1)]
    """Of the activity injected; 0 where nothing is injected."""

    @property
    def region(self) -> str:
        """Name of its region."""
        return "Territory_" + self.position.replace(" ", "_")


class Reading(_Section):
    """An activity-meter reading."""

    activity: Activity
    at: AwareDatetime


class Treatment(_Section):
    """What was drawn, what was left, and when it was injected."""

    assayed: Reading
    residual: Reading
    at: AwareDatetime


class Unevenness(_Section):
    """Deposition in small patches: a log-normal field around the mean of each compartment."""

    tumour: Annotated[float, quantity_field("ratio"), Field(ge=0, lt=2)]
    normal: Annotated[float, quantity_field("ratio"), Field(ge=0, lt=2)]
    """Standard deviation over mean."""
    size: Resolution
    """Standard deviation of the Gaussian that correlates neighbours."""


class Camera(_Section):
    """An emission scanner as far as the simulation knows it."""

    fwhm: Resolution
    breathing: Spread
    """Standard deviation of the excursion along z during the scan."""
    counts_per_decay: Annotated[float, Field(gt=0, le=1)]
    noise_factor: Annotated[float, Field(gt=0)]
    """Variance of a large region's counts over the counts."""


class EmissionScan(_Section):
    """One scan."""

    after: Annotated[float, quantity_field("time")]
    """Start of the scan after the injection."""
    duration: Duration
    camera: Camera


class Scout(_Section):
    """The injection that shows where the treatment would go; it never goes to quite the same place."""

    tracer: Literal["99mTc-MAA", "166Ho"]
    activity: Activity
    """Delivered, at ``at``."""
    at: AwareDatetime
    scan: EmissionScan
    ratio_spread: Share
    activity_spread: Share
    shunt_spread: Share
    """Log-normal spreads around the treatment: of tumour ratios, of what each territory holds, of the lung shunt."""
    likeness: Annotated[float, quantity_field("ratio"), Field(ge=0, le=1)]
    """Correlation of its uneven deposition with that of the treatment."""


class Holmium(_Section):
    """Holmium of the microspheres, and MR after each fraction."""

    activity_per_mg: SpecificActivity
    """Of holmium, at the injection. [Bq/mg]"""
    fractions: Annotated[list[Annotated[float, quantity_field("ratio"), Field(gt=0, le=1)]], Field(min_length=1)]
    interval: Duration
    """From one fraction to the next."""
    clump_tumour: str
    clump_share: Share
    """Of the activity of a tumour, in one place that gives no signal."""
    clump_volume: Volume
    field_t: Annotated[float, Field(gt=0)]
    relaxivity_ml_per_mg_s: Annotated[float, Field(gt=0)]
    ct_slope_hu_ml_per_mg: Annotated[float, Field(gt=0)]
    snr: Annotated[float, Field(gt=0)]
    """Of the liver at echo time zero, over the noise of a channel."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(self.fractions) - 1.0) > 1e-9:
            raise ValueError(f"expected fractions that add up to 1, but {sum(self.fractions):g} came")
        return self


class TareScenario(_Section):
    """A whole scenario file."""

    hevesy_tare_scenario: Literal[1]
    therapy: str = Field(pattern=r"^[a-z0-9-]+$")
    sex: Literal["male", "female"]
    product: str
    treatment: Treatment
    tumours: Annotated[list[Tumour], Field(min_length=1)]
    territories: Annotated[list[Territory], Field(min_length=2)]
    lung_shunt: Share
    extrahepatic_share: Share
    """With the variant ``extrahepatic``: of what is not shunted."""
    unevenness: Unevenness
    scout: Scout
    scan: EmissionScan
    """Of the treatment: PET of yttrium, SPECT of holmium."""
    holmium: Holmium | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        shares = sum(t.activity_share for t in self.territories)
        if abs(shares - 1.0) > 1e-9:
            raise ValueError(f"expected activity shares that add up to 1, but {shares:g} came")
        names = [t.name for t in self.tumours] + [t.position for t in self.territories]
        if len(set(names)) != len(names):
            raise ValueError(f"expected each tumour and position once, but {sorted(names)} came")
        if (self.spheres.nuclide == "Ho-166") != (self.holmium is not None):
            raise ValueError("expected 'holmium' for a product of Ho-166, and for no other, but that is not so")
        if self.holmium is not None and self.holmium.clump_tumour not in names:
            raise ValueError(f"expected a tumour for the clump, but {self.holmium.clump_tumour!r} came")
        return self

    @property
    def spheres(self) -> Microspheres:
        """The product."""
        return microspheres(self.product, "product")

    @property
    def perfused(self) -> list[Territory]:
        """Territories that something is injected into."""
        return [territory for territory in self.territories if territory.activity_share > 0.0]


def default_tare_scenario(therapy: str) -> TareScenario:
    """The documented default of a therapy.

    Raises
    ------
    InputError
        If there is none; the message lists those there are.
    """
    if therapy not in TARE_THERAPIES:
        raise InputError(f"one of the therapies {', '.join(TARE_THERAPIES)}", f"{therapy!r} came", "--therapy")
    file = resources.files("hevesy.simulate") / "scenarios" / f"{therapy}.yaml"
    return validate_settings(TareScenario, parse_yaml(file.read_text(encoding="utf-8"), file.name), file.name)


def load_tare_scenario(path: Path) -> TareScenario:
    """Read a scenario file of a radioembolisation.

    Raises
    ------
    StudyFileError
        If it cannot be read, is no YAML, or is not what the schema says.
    """
    return validate_settings(TareScenario, read_yaml(path, "scenario file"), path.name)


def is_tare(path: Path) -> bool:
    """Whether a scenario file is one of a radioembolisation, by its first key.

    Raises
    ------
    StudyFileError
        If it cannot be read, or is no YAML.
    """
    content = read_yaml(path, "scenario file")
    return isinstance(content, dict) and "hevesy_tare_scenario" in content


def local(moment: datetime) -> datetime:
    """The time that the clock on the wall shows then, without its zone."""
    return moment.replace(tzinfo=None)
