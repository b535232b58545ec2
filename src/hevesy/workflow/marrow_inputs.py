"""From files of blood, probe and organs to the absorbed dose to marrow: what the command and a study share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hevesy.domain import Progress, Tail, silent
from hevesy.errors import InputError
from hevesy.integrate import EXPECTED_SCATTER
from hevesy.quantify import (
    blood_curve,
    checked_haematocrit,
    excreted_fractions,
    marrow_to_blood_ratio,
    retention_curve,
    retention_findings,
)
from hevesy.quantities import AbsorbedDose, Uncertain, exact
from hevesy.report.marrow_model import CourseModel, MarrowModel
from hevesy.transport.organs import REMAINDER
from hevesy.workflow.marrow import (
    BloodMarrow,
    Body,
    Course,
    ImageMarrow,
    MarrowRequest,
    MarrowResult,
    SourceOrgan,
    SValueChoice,
    follow,
    marrow_dose,
    stated_scale,
    whole_body_dose,
)
from hevesy.workflow.marrow_document import blood_entry, marrow_entry, whole_body_entry
from hevesy.workflow.marrow_files import concentration_unit, read_blood, read_probe


@dataclass(frozen=True)
class BloodFile:
    """Blood samples and what their numbers mean."""

    path: Path
    unit: str
    columns: Mapping[str, str] = field(default_factory=dict)
    plasma: bool = False
    decay_corrected: bool = False
    """Whether the concentrations are corrected for decay to the administration."""
    calibration_relative_uncertainty: float | None = None
    """Of the counter, shared by all samples."""
    model: str = "auto"
    tail: Tail | None = None
    scatter: float = EXPECTED_SCATTER.relative


@dataclass(frozen=True)
class Ratio:
    """How the concentration in marrow follows from that in blood: one of the two is stated."""

    stated: Uncertain | None = None
    extracellular_fraction: Uncertain | None = None
    haematocrit: Uncertain | None = None

    def used(self, where: str) -> Uncertain:
        """Red marrow to blood.

        Raises
        ------
        InputError
            If not exactly one way is stated, it lacks its uncertainty, or the haematocrit that it needs.
        """
        if (self.stated is None) == (self.extracellular_fraction is None):
            raise InputError(
                "the marrow-to-blood ratio (--rmblr), or the extracellular fraction of marrow it follows from "
                "(--rmecff), with its standard uncertainty",
                "neither came" if self.stated is None else "both came",
                where,
            )
        if self.extracellular_fraction is None:
            return _uncertain(self.stated, "the marrow-to-blood ratio", where)
        fraction = _uncertain(self.extracellular_fraction, "the extracellular fraction", where)
        if not 0 < fraction.value < 1:
            raise InputError("an extracellular fraction between 0 and 1", f"{fraction.value:g} came", where)
        return marrow_to_blood_ratio(fraction, self.known_haematocrit(where))

    def known_haematocrit(self, where: str) -> Uncertain:
        """The haematocrit where the dose depends on it.

        Raises
        ------
        InputError
            If it or its uncertainty is not stated, or it is none that occurs.
        """
        if self.haematocrit is None:
            raise InputError("a haematocrit such as '0.42 +- 0.02'", "none came", where)
        return checked_haematocrit(_uncertain(self.haematocrit, "the haematocrit", where), where)


def _uncertain(value: Uncertain | None, what: str, where: str) -> Uncertain:
    if value is None or not value.value > 0:
        raise InputError(f"{what}, above zero", "another number came", where)
    if not value.components:
        raise InputError(f"{what} with its standard uncertainty, as 'VALUE +- UNCERTAINTY'", "none came", where)
    return value


@dataclass(frozen=True)
class ProbeFile:
    """Probe readings of the whole body."""

    path: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    relative_uncertainty: float | None = None
    """Of every reading from position and redistribution; None where the file has it."""
    model: str = "auto"
    scatter: float = EXPECTED_SCATTER.relative


@dataclass(frozen=True)
class MarrowInputs:
    """Everything that was stated."""

    half_life_s: float
    """Physical. [s]"""
    decays: SValueChoice
    body: Body
    administered: Uncertain | None
    """Net, at the start of the administration; without components where its uncertainty is not stated. [Bq]"""
    blood: BloodFile | None = None
    ratio: Ratio = field(default_factory=Ratio)
    probe: ProbeFile | None = None
    image: ImageMarrow | None = None
    organs: tuple[SourceOrgan, ...] = ()


@dataclass(frozen=True)
class MarrowOutcome:
    """What came of it."""

    blood: BloodMarrow | None
    whole_body: Course | None
    whole_body_dose: AbsorbedDose | None
    result: MarrowResult | None
    files: tuple[tuple[str, str], ...]
    """Name and SHA-256 of each file."""
    findings: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every value that was asked for exists."""
        courses = [c for c in (self.whole_body, self.blood.course if self.blood else None) if c is not None]
        return all(course.fitted is not None for course in courses) and not (self.result and self.result.reasons)


def follow_blood(inputs: MarrowInputs, where: str = "") -> tuple[BloodMarrow, tuple[str, str], tuple[str, ...]]:
    """The blood's curve, its file, and findings.

    Raises
    ------
    InputError
        If the file, its unit, the ratio or the haematocrit is not as it must be.
    """
    file = inputs.blood
    if file is None:
        raise ValueError("expected blood samples, but none came")
    ratio = inputs.ratio.used(where)
    unit = concentration_unit(file.unit, inputs.administered, where)
    half_life = inputs.half_life_s if file.decay_corrected else None
    table = read_blood(file.path, unit, file.columns, decay_corrected_half_life_s=half_life)
    findings: tuple[str, ...] = ()
    scale = stated_scale(1.0, file.calibration_relative_uncertainty, "calibration:blood-counter")
    if unit.of_activity and inputs.administered is not None:
        activity = inputs.administered.components
        relative = {name: u / inputs.administered.value for name, u in activity.items()}
        scale = Uncertain(1.0, {**scale.components, **relative})
    if file.calibration_relative_uncertainty is None:
        findings = ("the uncertainty of the blood counter's calibration is not stated and not in the budget",)
    haematocrit = inputs.ratio.known_haematocrit(where) if file.plasma else None
    if inputs.ratio.haematocrit is not None:
        checked_haematocrit(inputs.ratio.haematocrit, where)
    curve = blood_curve(table.samples, scale, haematocrit)
    course = follow(curve, inputs.half_life_s, model=file.model, tail=file.tail, scatter=file.scatter)
    return BloodMarrow(course, ratio), (table.name, table.sha256), (*findings, *course.findings)


def follow_whole_body(inputs: MarrowInputs) -> tuple[Course, tuple[str, str], tuple[str, ...]]:
    """The whole body's curve, its file, and findings.

    Raises
    ------
    InputError
        If the file is not as it must be, or the administered activity is not stated.
    """
    file = inputs.probe
    if file is None:
        raise ValueError("expected probe readings, but none came")
    if inputs.administered is None:
        raise InputError(
            "the administered activity, which the first probe reading stands for", "none came", file.path.name
        )
    table = read_probe(file.path, file.relative_uncertainty, file.columns)
    curve = retention_curve(table.readings, inputs.administered, inputs.half_life_s)
    course = follow(curve, inputs.half_life_s, model=file.model, scatter=file.scatter)
    fractions = excreted_fractions(curve, inputs.administered, inputs.half_life_s)
    findings = (*retention_findings(fractions, table.readings), *course.findings)
    return course, (table.name, table.sha256), findings


def marrow_outcome(inputs: MarrowInputs, where: str = "", progress: Progress = silent) -> MarrowOutcome:
    """Read, fit and compute everything that was stated.

    Raises
    ------
    InputError
        If anything is not as it must be.
    """
    blood, whole_body, dose, result = None, None, None, None
    files: list[tuple[str, str]] = []
    findings: list[str] = []
    if inputs.blood is not None:
        blood, file, told = follow_blood(inputs, where)
        files.append(file)
        findings += told
    if inputs.probe is not None:
        whole_body, file, told = follow_whole_body(inputs)
        files.append(file)
        findings += told
        dose = whole_body_dose(whole_body, inputs.body, inputs.decays)
    findings += _about_activity(inputs)
    image = _checked_image(inputs.image, inputs.body, where)
    if blood is not None or image is not None:
        request = MarrowRequest(
            decays=inputs.decays,
            body=inputs.body,
            blood=blood,
            image=image,
            whole_body=whole_body,
            organs=inputs.organs,
        )
        result = marrow_dose(request, progress)
        findings += result.findings
    return MarrowOutcome(blood, whole_body, dose, result, tuple(files), tuple(dict.fromkeys(findings)))


def _about_activity(inputs: MarrowInputs) -> tuple[str, ...]:
    used = inputs.probe is not None or (inputs.blood is not None and "%" in inputs.blood.unit)
    if not used or inputs.administered is None or inputs.administered.components:
        return ()
    return ("the uncertainty of the administered activity is not stated and not in the budget",)


def _checked_image(image: ImageMarrow | None, body: Body, where: str) -> ImageMarrow | None:
    if image is None:
        return None
    fraction = _uncertain(image.fraction, "the fraction of all red marrow in the region", where)
    if fraction.value > 1:
        raise InputError("a fraction of at most 1", f"{fraction.value:g} came", where)
    if not body.mass_uncertainty_stated:
        raise InputError(
            "the uncertainty of the marrow's mass, which the image-based dose is inverse to", "none came", where
        )
    return image


def outcome_entries(
    inputs: MarrowInputs, outcome: MarrowOutcome
) -> tuple[CourseModel | None, CourseModel | None, MarrowModel | None]:
    """What came of it for ``results.json``: blood, whole body, red marrow."""
    administered, blood, body = inputs.administered, outcome.blood, outcome.whole_body
    return (
        None if blood is None else blood_entry(blood.course),
        None
        if body is None
        else whole_body_entry(body, administered or exact(1.0), inputs.half_life_s, outcome.whole_body_dose),
        None
        if outcome.result is None
        else marrow_entry(outcome.result, inputs.body, blood.ratio if blood else None, administered),
    )


def outcome_document(inputs: MarrowInputs, outcome: MarrowOutcome) -> dict[str, Any]:
    """What came of it as a document for JSON."""
    blood, body, red = outcome_entries(inputs, outcome)
    return {
        "administered_activity_bq": None if inputs.administered is None else inputs.administered.value,
        "blood": None if blood is None else blood.model_dump(),
        "whole_body": None if body is None else body.model_dump(),
        "red_marrow": None if red is None else red.model_dump(),
        "findings": list(outcome.findings),
        "files": [{"name": name, "sha256": digest} for name, digest in outcome.files],
    }


def source_organs(
    fitted: Mapping[str, Uncertain | None], mapping: Mapping[str, str], leave_out: str | None, where: str
) -> tuple[SourceOrgan, ...]:
    """Regions of a fit as sources on the phantom; those that the mapping does not name are of the phantom's name.

    Raises
    ------
    InputError
        If the mapping names a region that the fit lacks.
    """
    unknown = [name for name in mapping if name not in fitted]
    if unknown:
        raise InputError(f"one of the regions {', '.join(fitted)}", f"{unknown[0]!r} came", where)
    targets = {name: mapping.get(name, name) for name in fitted if name != leave_out}
    plain = {name: REMAINDER if target.lower() == REMAINDER else target for name, target in targets.items()}
    return tuple(SourceOrgan(name, target, fitted[name]) for name, target in plain.items())
