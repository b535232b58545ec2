"""The scenario file: who the virtual patient is, where the activity goes, when it is scanned.

Quantities carry their unit in text, unknown keys are refused.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hevesy.errors import InputError, StudyFileError
from hevesy.physdata import nuclide
from hevesy.quantities.settings_file import parse_yaml, quantity_field, read_yaml, validate_settings

THERAPIES = ("lu177-dotatate", "lu177-psma")


Activity = Annotated[float, quantity_field("activity"), Field(ge=0)]
Duration = Annotated[float, quantity_field("time"), Field(gt=0)]
Length = Annotated[float, quantity_field("length")]
Volume = Annotated[float, quantity_field("volume"), Field(gt=0)]
Share = Annotated[float, quantity_field("ratio"), Field(ge=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Reading(_Section):
    """An activity-meter reading."""

    activity: Activity
    at: datetime


class Administration(_Section):
    """Readings before and after, start and end."""

    measured: Reading
    residual: Reading
    start: datetime
    end: datetime

    def shifted(self, by: timedelta) -> Self:
        """The same by a clock that shows another time."""
        readings = {name: {"at": getattr(self, name).at + by} for name in ("measured", "residual")}
        moments = {name: getattr(self, name).model_copy(update=update) for name, update in readings.items()}
        return self.model_copy(update={**moments, "start": self.start + by, "end": self.end + by})

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.measured.at <= self.start <= self.end <= self.residual.at:
            raise ValueError("expected the order measured, start, end, residual")
        return self

    def net_activity_bq(self, half_life_s: float) -> float:
        """Activity in the patient at the start of the administration. [Bq]"""
        before, after = (
            reading.activity * math.exp2((reading.at - self.start).total_seconds() / half_life_s)
            for reading in (self.measured, self.residual)
        )
        if after >= before:
            raise InputError("a residual below the measured activity", f"{after:.4g} Bq came", "administration")
        return before - after


class Scans(_Section):
    """When and over which part of the body."""

    times: list[Duration] = Field(min_length=1)
    """Start of the administration to the start of each scan."""
    duration: Duration
    lowest: Length
    """Lower end of the field of view above the base of the trunk."""
    length: Annotated[float, quantity_field("length"), Field(gt=0)]

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if any(b - a < self.duration for a, b in zip(self.times, self.times[1:], strict=False)):
            raise ValueError("expected increasing times farther apart than the duration of a scan")
        return self


class Lesion(_Section):
    """A spherical or ellipsoidal tumour."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)
    within: str
    """Organ of the phantom that must hold it."""
    volume: Volume
    center: tuple[Length, Length, Length] | None = None
    """In phantom coordinates (x left, y back, z up from the base of the trunk)."""
    offset: tuple[Length, Length, Length] | None = None
    """Instead: from the organ's centre of volume."""
    axis_ratios: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if (self.center is None) == (self.offset is None):
            raise ValueError(f"expected exactly one of 'center' and 'offset' for {self.name}")
        if min(self.axis_ratios) <= 0:
            raise ValueError(f"expected positive axis ratios for {self.name}")
        return self


class Term(_Section):
    """One phase: share x (2^(-t/effective) - 2^(-t/uptake)); without uptake it is there at t = 0."""

    share: Share
    """Of the net administered activity."""
    effective_half_life: Duration | Literal["physical"]
    uptake_half_life: Duration | None = None
    """Effective as well; shorter than the other one."""


class RegionKinetics(_Section):
    """Where a share of the activity goes, and where the numbers come from."""

    name: str
    """An organ of the phantom or a lesion."""
    terms: list[Term] = Field(min_length=1)
    source: str


class RemainderKinetics(_Section):
    """The rest of the body."""

    terms: list[Term] = Field(min_length=1)
    source: str


class Blood(_Section):
    """Blood samples: what they hold, and when they are drawn."""

    terms: list[Term] = Field(min_length=1)
    """The share is that of the net administered activity in a litre of whole blood."""
    times: list[Duration] = Field(min_length=2)
    """Start of the administration to each sample."""
    haematocrit: Share
    marrow_to_blood_ratio: Annotated[float, Field(gt=0)]
    """Of the concentrations by volume; what is in the marrow is part of the remainder."""
    source: str


class Probe(_Section):
    """Readings of the whole body: until the first voiding everything is in it, from then on what the regions hold."""

    first_voiding: Duration
    times: list[Duration] = Field(min_length=2)
    """Start of the administration to each reading; the first one before the first voiding."""

    @model_validator(mode="after")
    def _first(self) -> Self:
        if self.times[0] >= self.first_voiding or self.times[1] < self.first_voiding:
            raise ValueError("expected one reading before the first voiding, and the others after it")
        return self


class Scenario(_Section):
    """A whole scenario file."""

    hevesy_scenario: Literal[1]
    therapy: str = Field(pattern=r"^[a-z0-9-]+$")
    radionuclide: str
    radiopharmaceutical: str = Field(min_length=1, max_length=64)
    radiopharmaceutical_code: tuple[str, str, str] | None = None
    """Code value, coding scheme, meaning."""
    sex: Literal["male", "female"]
    administration: Administration
    scans: Scans
    lesions: list[Lesion] = []
    regions: list[RegionKinetics] = Field(min_length=1)
    remainder: RemainderKinetics
    blood: Blood | None = None
    probe: Probe | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [r.name for r in self.regions]
        if len(set(names)) != len(names):
            raise ValueError(f"expected each region once, but {sorted(names)} came")
        silent = {lesion.name for lesion in self.lesions} - set(names)
        if silent:
            raise ValueError(f"expected kinetics for every lesion, but {', '.join(sorted(silent))} have none")
        return self


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises
    ------
    StudyFileError
        If it cannot be read, is no YAML, or is not what the schema says.
    """
    return _checked(read_yaml(path, "scenario file"), path.name)


def default_scenario(therapy: str) -> Scenario:
    """The documented default of a therapy.

    Raises
    ------
    InputError
        If there is none; the message lists those there are.
    """
    if therapy not in THERAPIES:
        raise InputError(f"one of the therapies {', '.join(THERAPIES)}", f"{therapy!r} came", "--therapy")
    file = resources.files("hevesy.simulate") / "scenarios" / f"{therapy}.yaml"
    return _checked(parse_yaml(file.read_text(encoding="utf-8"), file.name), file.name)


def _checked(content: object, where: str) -> Scenario:
    scenario = validate_settings(Scenario, content, where)
    _check_half_lives(scenario, where)
    return scenario


def _check_half_lives(scenario: Scenario, where: str) -> None:
    physical = nuclide(scenario.radionuclide, where).half_life_s
    sections = [*((r.name, r.terms) for r in scenario.regions), ("remainder", scenario.remainder.terms)]
    sections += [("blood", scenario.blood.terms)] if scenario.blood else []
    for name, terms in sections:
        for term in terms:
            slow = physical if term.effective_half_life == "physical" else term.effective_half_life
            if slow > physical * (1 + 1e-12):
                raise StudyFileError(
                    f"an effective half-life of at most the physical {physical / 3600:.4g} h",
                    f"{slow / 3600:.4g} h came",
                    f"{where}: {name}",
                )
            if term.uptake_half_life is not None and term.uptake_half_life >= slow:
                raise StudyFileError("an uptake faster than the clearance", "it is slower", f"{where}: {name}")


def over_midnight(scenario: Scenario) -> Scenario:
    """The same scenario by a clock that shows midnight in the middle of the first scan."""
    administration, scans = scenario.administration, scenario.scans
    middle = administration.start + timedelta(seconds=scans.times[0] + scans.duration / 2)
    midnight = middle.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return scenario.model_copy(update={"administration": administration.shifted(midnight - middle)})
