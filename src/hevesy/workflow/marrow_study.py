"""Blood, whole body and red marrow of a study: the sections of its file, and what they add to the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hevesy.domain import InputFile, Progress, RegionKind, Side, Tail
from hevesy.errors import StudyFileError
from hevesy.physdata import Nuclide, decay_library, source_term
from hevesy.quantities import Uncertain, scaled
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.marrow_model import MarrowModel
from hevesy.report.model import RegionResult
from hevesy.transport.kernels import energy_uncertainty
from hevesy.transport.organs import REMAINDER, Settings, stylised_anatomy
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import BloodSamples, Marrow, Study, TailChoice
from hevesy.workflow.config.marrow import Haematocrit, StatedNumber
from hevesy.workflow.courses import RegionCourse
from hevesy.workflow.estimates import estimate, missing
from hevesy.workflow.marrow import RED_MARROW, Body, ImageMarrow, SourceOrgan, SValueChoice, per_activity
from hevesy.workflow.marrow_inputs import (
    BloodFile,
    MarrowInputs,
    MarrowOutcome,
    ProbeFile,
    Ratio,
    follow_blood,
    follow_whole_body,
    marrow_outcome,
)

_LIBRARY = "endfb81"
_ELSEWHERE = "not measured on the scans"
WHOLE_BODY = "Whole_body"


def settle_marrow(study: Study, folder: Path, administration: UsedAdministration) -> MarrowInputs | None:
    """What the study file says, its tables read and its names checked before any voxel is touched.

    Raises
    ------
    InputError
        If a table, a unit, a number or a name is not as it must be.
    """
    if study.body is None:
        return None
    nuclide, section = administration.nuclide, study.marrow
    body = Body(study.body.phantom, study.body.mass)
    inputs = MarrowInputs(
        half_life_s=nuclide.half_life_s,
        decays=_decays(study, nuclide),
        body=body if section is None else _body(section, body),
        administered=administration.net_activity,
        probe=_probe(study, folder),
    )
    if inputs.probe is not None:
        follow_whole_body(inputs)
    if section is None:
        return inputs
    inputs = replace(inputs, ratio=_ratio(section))
    if section.blood is not None:
        inputs = replace(inputs, blood=_blood(section.blood, folder, nuclide))
        follow_blood(inputs, "marrow")
    _check_names(study, section)
    return inputs


def _decays(study: Study, nuclide: Nuclide) -> SValueChoice:
    emissions, body = source_term(nuclide.name), study.body
    if body is None:
        return SValueChoice(emissions)
    energies = energy_uncertainty(emissions, decay_library(_LIBRARY))
    settings = Settings(body.histories, min(body.histories, 200_000), seed=body.seed)
    return SValueChoice(emissions, energies, settings, body.voxel)


def _body(section: Marrow, body: Body) -> Body:
    spread = section.mass.relative_standard_uncertainty
    if section.mass.mass == "by-body-mass":
        return replace(body, marrow_relative_uncertainty=spread)
    mass = float(section.mass.mass)
    return replace(body, marrow_kg=Uncertain(mass, {"marrow-mass:stated": spread * mass}))


def _probe(study: Study, folder: Path) -> ProbeFile | None:
    section = study.whole_body_probe
    if section is None:
        return None
    return ProbeFile(
        folder / section.file,
        section.columns,
        section.relative_standard_uncertainty,
        section.model,
        section.scatter_between_readings,
    )


def _blood(section: BloodSamples, folder: Path, nuclide: Nuclide) -> BloodFile:
    return BloodFile(
        folder / section.file,
        section.unit,
        section.columns,
        plasma=section.sample == "plasma",
        decay_corrected=section.decay_corrected_to == "administration",
        calibration_relative_uncertainty=section.calibration_relative_standard_uncertainty,
        model=section.model,
        tail=_tail(section.tail, nuclide),
        scatter=section.scatter_between_samples,
    )


def _tail(stated: TailChoice | None, nuclide: Nuclide) -> Tail | None:
    if stated is None:
        return None
    if stated.half_life == "physical":
        spread = stated.standard_uncertainty or nuclide.half_life_uncertainty_s
        return Tail(Uncertain(nuclide.half_life_s, {"tail:Blood": spread}), f"physical decay: {stated.source}")
    return Tail(Uncertain(stated.half_life, {"tail:Blood": stated.standard_uncertainty or 0.0}), stated.source)


def _ratio(section: Marrow) -> Ratio:
    return Ratio(
        _number(section.ratio, "rmblr:stated"),
        _number(section.extracellular_fraction, "rmecff:stated"),
        _number(section.haematocrit, "haematocrit:stated"),
    )


def _number(stated: StatedNumber | Haematocrit | None, source: str) -> Uncertain | None:
    return None if stated is None else Uncertain(stated.value, {source: stated.standard_uncertainty})


def _targets(study: Study, section: Marrow) -> dict[str, str]:
    """What every region of the study is on the phantom, the one that shows marrow left out."""
    shown = section.image.region if section.image else None
    names = [item.name for item in study.regions.items if item.name != shown]
    return {name: section.sources.get(name, name) for name in names}


def _check_names(study: Study, section: Marrow) -> None:
    if study.body is None:
        return
    anatomy = stylised_anatomy(study.body.phantom, study.body.voxel)
    known = {name.lower() for name in anatomy.regions}
    for name, target in _targets(study, section).items():
        if target != REMAINDER and target.lower() not in known:
            raise StudyFileError(
                f"what {name} is on the phantom: {REMAINDER}, {', '.join(sorted(anatomy.regions))}",
                f"{target!r} came",
                "marrow.sources",
            )


def study_marrow(
    inputs: MarrowInputs, study: Study, courses: Sequence[RegionCourse], progress: Progress
) -> MarrowOutcome:
    """Everything that the sections ask for, with the regions of the study as sources.

    Raises
    ------
    InputError
        If two source regions share a part of the phantom.
    """
    section = study.marrow
    if section is None:
        return marrow_outcome(inputs, "whole_body_probe", progress)
    found = {c.settings.name: c.fitted.time_integrated_activity if c.fitted else None for c in courses}
    organs = tuple(SourceOrgan(name, target, found.get(name)) for name, target in _targets(study, section).items())
    image = None
    if section.image is not None:
        fraction = _number(section.image.fraction, "marrow-fraction:stated")
        if fraction is not None:
            image = ImageMarrow(section.image.region, found.get(section.image.region), fraction)
    return marrow_outcome(replace(inputs, organs=organs, image=image), "marrow", progress)


def input_files(inputs: MarrowInputs | None, outcome: MarrowOutcome | None) -> tuple[InputFile, ...]:
    """The tables that were read, by content."""
    if inputs is None or outcome is None:
        return ()
    return tuple(InputFile(name, digest) for name, digest in outcome.files)


def marrow_regions(
    outcome: MarrowOutcome, entry: MarrowModel | None, administration: UsedAdministration
) -> list[RegionResult]:
    """Whole body and red marrow among the regions."""
    regions = []
    if outcome.whole_body is not None:
        regions.append(_whole_body_region(outcome, administration))
    if outcome.result is not None and entry is not None:
        regions.append(_marrow_region(outcome, entry))
    return regions


def _whole_body_region(outcome: MarrowOutcome, administration: UsedAdministration) -> RegionResult:
    course, dose = outcome.whole_body, outcome.whole_body_dose
    reason = (course.reason if course else None) or "not computed"
    fitted = course.fitted if course else None
    absorbed = missing("Gy", reason) if dose is None else estimate(dose.estimate, "Gy", with_budget=True)
    return _region(
        WHOLE_BODY,
        findings=list(course.findings) if course else [],
        time_integrated_activity_bq_s=missing("Bq s", reason)
        if fitted is None
        else estimate(fitted.time_integrated_activity, "Bq s", with_budget=True),
        effective_half_life_h=missing("h", reason)
        if fitted is None
        else estimate(scaled(fitted.effective_half_life, 1 / 3600.0), "h"),
        absorbed_dose_gy=absorbed,
        absorbed_dose_per_administered_activity_gy_per_gbq=_per_activity(
            dose.estimate if dose else None, administration, reason
        ),
    )


def _per_activity(dose: Uncertain | None, administration: UsedAdministration, reason: str) -> EstimateModel:
    net = administration.net_activity
    if dose is None or net is None:
        return missing("Gy/GBq", reason if dose is None else "the administered activity is not stated")
    if not administration.uncertainty_stated:
        return missing("Gy/GBq", "the uncertainty of the administered activity is not stated")
    return estimate(per_activity(dose, net), "Gy/GBq")


def _marrow_region(outcome: MarrowOutcome, entry: MarrowModel) -> RegionResult:
    result = outcome.result
    best = result.best if result else None
    reasons = list(result.reasons.values()) if result else []
    way = next((way for way in entry.ways if best is not None and way.way == best.way), entry.ways[0])
    return _region(
        RED_MARROW,
        findings=reasons,
        mass_g=entry.mass_g,
        time_integrated_activity_bq_s=way.time_integrated_activity_bq_s,
        absorbed_dose_gy=way.absorbed_dose_gy,
        absorbed_dose_per_administered_activity_gy_per_gbq=way.absorbed_dose_per_administered_activity_gy_per_gbq,
    )


def _region(name: str, findings: list[str], **known: EstimateModel) -> RegionResult:
    """An entry of a region that no scan shows."""
    units = {
        "mass_g": "g",
        "volume_ml": "ml",
        "time_integrated_activity_bq_s": "Bq s",
        "time_integrated_activity_to_last_scan_bq_s": "Bq s",
        "time_integrated_activity_tail_bq_s": "Bq s",
        "effective_half_life_h": "h",
        "absorbed_dose_gy": "Gy",
        "absorbed_dose_per_administered_activity_gy_per_gbq": "Gy/GBq",
        "absorbed_dose_map_mean_gy": "Gy",
        "bed_gy": "Gy",
    }
    values = {key: known.get(key, missing(unit, _ELSEWHERE)) for key, unit in units.items()}
    return RegionResult.model_validate(
        {
            "name": name,
            "kind": RegionKind.ORGAN.value,
            "side": Side.NONE.value,
            "status": "partial" if values["absorbed_dose_gy"].value is None else "complete",
            "findings": findings,
            "exact_volume_ml": None,
            "ratio_region_to_map": None,
            "recovery_applied": False,
            "time_points": [],
            "curve": None,
            **values,
        }
    )
