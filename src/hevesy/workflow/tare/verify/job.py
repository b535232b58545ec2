"""A verification file in, delivered doses by two scales out, compared with what was planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hevesy.align import move_grid
from hevesy.domain import Finding, Image, Progress, Quantity, silent
from hevesy.errors import OutputError, RegionFinding
from hevesy.physdata import decay_dose_factor
from hevesy.quantities import Uncertain
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.report import ReportImages, write_atomically, write_nifti
from hevesy.workflow.tare.images.read import PatientImages, load_images
from hevesy.workflow.tare.plan.biological import NO_BED, implant_bed
from hevesy.workflow.tare.plan.rows import estimate
from hevesy.workflow.tare.verify.checks import check_verification
from hevesy.workflow.tare.verify.document import (
    has_voids,
    provenance,
    told_conservation,
    told_image,
    told_scales,
    void_findings,
)
from hevesy.workflow.tare.verify.doses import (
    LUNG,
    DoseMaps,
    VolumeDose,
    histogram,
    make_dose_maps,
    told_dose,
    volume_dose,
    volume_parts,
    volume_shares,
    with_scout,
)
from hevesy.workflow.tare.verify.image import ShownActivity, show_activity
from hevesy.workflow.tare.verify.plan import Delivered, Plan, compare, plan_findings, read_planned
from hevesy.workflow.tare.verify.regions import DrawnParts, SeenPart, SeenParts, draw_parts, see_parts
from hevesy.workflow.tare.verify.rules import NO_RULES, compared_rules, reached_by, rule_findings
from hevesy.workflow.tare.verify.scales import (
    Scales,
    delivered,
    scale_findings,
    scout_shares,
    settle_scales,
    without_scout,
)
from hevesy.workflow.tare.verify.search import search_therapy
from hevesy.workflow.tare.verify.settings import NUCLIDES, TareVerification

_NOTES = (
    "Microspheres are taken to stay where they are, so that activity decays with the physical half-life alone.",
    "Self-calibration and absolute calibration are told side by side and never averaged; the map, its histograms and "
    "the comparison with the plan are by self-calibration.",
    "Uncertainties of planned and delivered doses count as independent, though volumes may be common to both.",
)


@dataclass(frozen=True)
class Verification:
    """Everything that a document, maps and a report are made from."""

    settings: TareVerification
    images: PatientImages
    shown: ShownActivity
    drawn: DrawnParts
    seen: SeenParts
    scales: Scales
    maps: DoseMaps
    plan: Plan | None
    document: dict[str, Any]


_WORK, _STEPS = "verification", 5


def read_verification(path: Path) -> TareVerification:
    """Read a verification file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as it should be.
    """
    settings = validate_settings(TareVerification, read_yaml(path, "verification file"), path.name)
    check_verification(settings, path.name)
    return settings


def verified(path: Path, progress: Progress = silent) -> Verification:
    """Verify a treatment; nothing is written.

    Parameters
    ----------
    path
        The verification file; images are beside it.
    progress
        Told how far the work is.

    Raises
    ------
    InputError
        If file or images are not sound.
    """
    progress(_WORK, 0, _STEPS)
    settings, folder = read_verification(path), path.parent
    given = delivered(settings)
    images = load_images(settings.images, folder)
    shown = show_activity(settings, images, folder)
    drawn = draw_parts(settings, images, shown)
    progress(_WORK, 1, _STEPS)
    alone = without_scout(settings, shown, images, folder, given.value)
    seen = see_parts(settings, drawn, alone.values)
    scales = settle_scales(settings, drawn, shown, seen, alone)
    progress(_WORK, 2, _STEPS)
    maps = make_dose_maps(settings, drawn, seen, scales.own)
    progress(_WORK, 3, _STEPS)
    plan = read_planned(settings, drawn, shown.to_ct, folder)
    deposits, of_search = search_therapy(settings, drawn, images, alone.values, shown.to_ct)
    volumes, by_scale, of_volumes = _volumes(settings, drawn, seen, maps, scales)
    own = by_scale["self_calibrated"]
    shares = volume_shares(drawn)
    reached = Delivered(scales.delivered_bq.value / 1e9, own, maps.dose_gy, shares, drawn)
    of_scout = _add_scout(volumes, own, scout_shares(settings, alone, shares), scales)
    rules = compared_rules(settings, plan, drawn, {name: reached_by(one, of_scout) for name, one in by_scale.items()})
    compared = None if plan is None or settings.plan is None else compare(plan, reached, settings.plan.gamma)
    energy = 1e9 * decay_dose_factor(NUCLIDES[settings.therapy.modality]).value
    findings = (
        *of_search, *scale_findings(scales), *void_findings(shown, drawn), *images.findings, *shown.findings,
        *alone.findings, *seen.findings, *maps.findings, *plan_findings(plan, energy), *of_volumes,
        *rule_findings(rules, settings.engine, has_voids=has_voids(shown)),
    )  # fmt: skip
    files = (path, *images.inputs, *shown.inputs, *alone.inputs, *(plan.inputs if plan else ()))
    document = {
        "label": settings.label,
        "product": settings.product,
        "nuclide": NUCLIDES[settings.therapy.modality],
        "modality": settings.therapy.modality,
        "engine": settings.engine,
        "energy_j_per_gbq": energy,
        "image": told_image(settings, shown, alone),
        "scales": told_scales(scales),
        "volumes": volumes,
        "conservation": told_conservation(own, scales, settings),
        "deposition": deposits,
        "planned": compared,
        "rules": rules,
        "rules_reason": NO_RULES if rules is None else None,
        "bed_reason": NO_BED if settings.radiobiology is None else None,
        "findings": [{"code": f.code, "message": f.message, "blocking": f.blocking} for f in findings],
        "notes": list(_NOTES),
        "provenance": provenance(settings, tuple(dict.fromkeys(files))),
    }
    return Verification(settings, images, shown, drawn, seen, scales, maps, plan, document)


def _volumes(
    settings: TareVerification, drawn: DrawnParts, seen: SeenParts, maps: DoseMaps, scales: Scales
) -> tuple[dict[str, Any], dict[str, dict[str, VolumeDose]], tuple[Finding, ...]]:
    """Rows of the document, doses by scale, and what has no value."""
    shares = volume_shares(drawn)
    rows: dict[str, Any] = {}
    scale_by_name = {"self_calibrated": scales.own}
    if scales.absolute is not None:
        scale_by_name["absolute"] = scales.absolute
    found: dict[str, dict[str, VolumeDose]] = {name: {} for name in scale_by_name}
    findings = []
    for key, parts in volume_parts(drawn).items():
        dose_by = partial(volume_dose, key, parts, settings, seen, (maps, shares[key]))
        try:
            here = {name: dose_by(scale) for name, scale in scale_by_name.items()}
        except RegionFinding as error:
            findings.append(Finding("no-dose", f"{key}: {error.reason}"))
            rows[key] = {"self_calibrated": None, "absolute": None, "reason": error.reason}
            continue
        for name, one in here.items():
            found[name][key] = one
        rows[key] = {
            "self_calibrated": None,
            "absolute": None,
            **{name: told_dose(one) for name, one in here.items()},
            "bed_gy": _beds(settings, key, here),
            "reason": None,
            **_seen(seen, key),
            "histogram": histogram(maps, shares[key], settings.dose_levels, here["self_calibrated"].dose.estimate),
        }
    if drawn.cut_lungs:
        words = f"the image cuts {', '.join(drawn.cut_lungs)}: no dose of the lungs"
        findings.append(Finding("lungs-outside-field", words))
        rows[LUNG] = {"self_calibrated": None, "absolute": None, "reason": words}
    return rows, found, tuple(findings)


def _beds(settings: TareVerification, key: str, here: Mapping[str, VolumeDose]) -> dict[str, Any] | None:
    """BED of the treatment alone, by scale; None for volumes that have none. [Gy]"""
    if settings.radiobiology is None:
        return None
    name = NUCLIDES[settings.therapy.modality]
    found = {scale: implant_bed(settings.radiobiology, name, key, one.dose) for scale, one in here.items()}
    return {scale: estimate(one.estimate) for scale, one in found.items() if one is not None} or None


def _add_scout(
    rows: Mapping[str, dict[str, Any]],
    own: Mapping[str, VolumeDose],
    scout: tuple[Uncertain, dict[str, float] | None] | None,
    scales: Scales,
) -> dict[str, Uncertain]:
    """The dose that a scout of the therapy's nuclide left, by volume; changes the rows. [Gy]"""
    if scout is None:
        return {}
    activity, shares = scout
    doses: dict[str, Uncertain] = {}
    for key, found in own.items():
        here = found.activity_bq.value / scales.delivered_bq.value if shares is None else shares[key]
        doses[key], both = with_scout(found, activity, here)
        rows[key] |= {"scout_absorbed_dose_gy": estimate(doses[key]), "with_scout_absorbed_dose_gy": estimate(both)}
    return doses


def _seen(seen: SeenParts, key: str) -> dict[str, Any]:
    part = seen.parts.get(key)
    if not isinstance(part, SeenPart):
        return {}
    return {
        "volume_ml": estimate(part.volume_ml),
        "own_recovery": part.own_recovery,
        "spilled_in": part.spilled_in,
    }


def write_verification(path: Path, out: Path, progress: Progress = silent) -> dict[str, Any]:
    """Verify a treatment and write ``verify.json``, the maps and the report.

    Parameters
    ----------
    path
        The verification file.
    out
        Folder to write in; nothing is written where the file is refused.
    progress
        Told how far the work is.

    Returns
    -------
    The document.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    from hevesy.report.tare_verify import write_verification_report

    found = verified(path, progress)
    progress(_WORK, 4, _STEPS)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be made, but {error.strerror} came") from error
    found.document["files"] = _write_maps(found, out)
    text = json.dumps(found.document, indent=2, allow_nan=False) + "\n"
    write_atomically(out / "verify.json", text.encode("ascii"))
    write_verification_report(found.document, _pictures(found), out)
    progress(_WORK, _STEPS, _STEPS)
    return found.document


def _pictures(found: Verification) -> ReportImages:
    """CT in the frame of the therapy image, the dose map and the tumours."""
    grid = move_grid(found.images.ct.grid, found.shown.to_ct.inverse())
    ct = Image(grid, found.images.ct.values, Quantity.CT_NUMBER)
    dose = Image(found.drawn.grid, found.maps.dose_gy, Quantity.ABSORBED_DOSE)
    tumours = tuple(found.drawn.regions[name] for name in found.settings.tumours)
    return ReportImages(ct, (), dose, 0, tumours)


def _write_maps(found: Verification, out: Path) -> dict[str, str]:
    grid = found.drawn.grid
    maps = {"dose_self_calibrated": found.maps.dose_gy}
    if found.scales.difference is not None:
        maps["dose_absolute"] = found.maps.dose_gy * found.scales.difference.ratio.value
    for name, values in maps.items():
        write_nifti(Image(grid, values, Quantity.ABSORBED_DOSE), out / f"{name}.nii.gz")
    return {name: f"{name}.nii.gz" for name in maps}
