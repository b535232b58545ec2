"""A verification file in, delivered doses by two scales out, compared with what was planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.align import move_grid
from hevesy.domain import Finding, Image, Quantity
from hevesy.errors import OutputError, RegionFinding
from hevesy.physdata import decay_dose_factor
from hevesy.quantities import Uncertain
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.report import ReportImages, write_atomically, write_nifti
from hevesy.workflow.holmium import hashes
from hevesy.workflow.provenance import result_key, versions
from hevesy.workflow.tare.images import PatientImages, load_images
from hevesy.workflow.tare.rows import estimate
from hevesy.workflow.tare.verify_doses import (
    LUNG,
    DoseMaps,
    VolumeDose,
    histogram,
    make_dose_maps,
    told_dose,
    volume_dose,
    volume_parts,
    volume_shares,
)
from hevesy.workflow.tare.verify_image import ShownActivity, show_activity
from hevesy.workflow.tare.verify_plan import Delivered, Plan, compare, read_planned
from hevesy.workflow.tare.verify_regions import DrawnParts, SeenPart, SeenParts, draw_parts, see_parts
from hevesy.workflow.tare.verify_scales import (
    Scales,
    WithoutScout,
    delivered,
    scale_findings,
    settle_scales,
    without_scout,
)
from hevesy.workflow.tare.verify_search import search_therapy
from hevesy.workflow.tare.verify_settings import NUCLIDES, TareVerification

Floats = NDArray[np.float64]
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


def read_verification(path: Path) -> TareVerification:
    """Read a verification file.

    Raises
    ------
    StudyFileError
        On the first thing that is not as it should be.
    """
    return validate_settings(TareVerification, read_yaml(path, "verification file"), path.name)


def verified(path: Path) -> Verification:
    """Verify a treatment; nothing is written.

    Parameters
    ----------
    path
        The verification file; images are beside it.

    Raises
    ------
    InputError
        If file or images are not sound.
    """
    settings, folder = read_verification(path), path.parent
    given = delivered(settings)
    images = load_images(settings.images, folder)
    shown = show_activity(settings, images, folder)
    drawn = draw_parts(settings, images, shown)
    alone = without_scout(settings, shown, images, folder, given.value)
    seen = see_parts(settings, drawn, alone.values)
    scales = settle_scales(settings, drawn, shown, seen, alone)
    maps = make_dose_maps(settings, drawn, seen, scales.own)
    plan = read_planned(settings, drawn, shown.to_ct, folder)
    deposits, of_search = search_therapy(settings, drawn, images, alone.values, shown.to_ct)
    volumes, own, of_volumes = _volumes(settings, drawn, seen, maps, scales)
    shares = volume_shares(drawn)
    reached = Delivered(scales.delivered_bq.value / 1e9, own, maps.dose_gy, shares, drawn)
    compared = None if plan is None or settings.plan is None else compare(plan, reached, settings.plan.gamma)
    findings = (
        *of_search, *scale_findings(scales), *_void_findings(shown, drawn), *images.findings, *shown.findings,
        *alone.findings, *seen.findings, *maps.findings, *of_volumes,
    )  # fmt: skip
    files = (path, *images.inputs, *shown.inputs, *alone.inputs, *(plan.inputs if plan else ()))
    document = {
        "label": settings.label,
        "product": settings.product,
        "nuclide": NUCLIDES[settings.therapy.modality],
        "modality": settings.therapy.modality,
        "engine": settings.engine,
        "energy_j_per_gbq": 1e9 * decay_dose_factor(NUCLIDES[settings.therapy.modality]).value,
        "image": _image(settings, shown, alone),
        "scales": _scales(scales),
        "volumes": volumes,
        "conservation": _conservation(own, scales, settings),
        "deposition": deposits,
        "planned": compared,
        "findings": [{"code": f.code, "message": f.message, "blocking": f.blocking} for f in findings],
        "notes": list(_NOTES),
        "provenance": _provenance(settings, tuple(dict.fromkeys(files))),
    }
    return Verification(settings, images, shown, drawn, seen, scales, maps, plan, document)


def _volumes(
    settings: TareVerification, drawn: DrawnParts, seen: SeenParts, maps: DoseMaps, scales: Scales
) -> tuple[dict[str, Any], dict[str, VolumeDose], tuple[Finding, ...]]:
    """Rows of the document, doses by self-calibration, and what has no value."""
    shares = volume_shares(drawn)
    rows: dict[str, Any] = {}
    own: dict[str, VolumeDose] = {}
    findings = []
    for key, parts in volume_parts(drawn).items():
        by = {"self_calibrated": scales.own, "absolute": scales.absolute}
        try:
            found = {
                name: None if scale is None else volume_dose(key, parts, settings, seen, (maps, shares[key]), scale)
                for name, scale in by.items()
            }
        except RegionFinding as error:
            findings.append(Finding("no-dose", f"{key}: {error.reason}"))
            rows[key] = {"self_calibrated": None, "absolute": None, "reason": error.reason}
            continue
        first = found["self_calibrated"]
        if first is not None:
            own[key] = first
        rows[key] = {
            **{name: None if one is None else told_dose(one) for name, one in found.items()},
            "reason": None,
            **_seen(seen, key),
            "histogram": histogram(maps, shares[key], settings.dose_levels, _relative(first)),
        }
    if drawn.cut_lungs:
        words = f"the image cuts {', '.join(drawn.cut_lungs)}: no dose of the lungs"
        findings.append(Finding("lungs-outside-field", words))
        rows[LUNG] = {"self_calibrated": None, "absolute": None, "reason": words}
    return rows, own, tuple(findings)


def _relative(found: VolumeDose | None) -> float:
    return 0.0 if found is None or not found.dose.value > 0 else found.dose.estimate.relative_standard_uncertainty


def _seen(seen: SeenParts, key: str) -> dict[str, Any]:
    part = seen.parts.get(key)
    if not isinstance(part, SeenPart):
        return {}
    return {
        "volume_ml": estimate(part.volume_ml),
        "own_recovery": part.own_recovery,
        "spilled_in": part.spilled_in,
    }


def _image(settings: TareVerification, shown: ShownActivity, alone: WithoutScout) -> dict[str, Any]:
    return {
        "start": settings.therapy.start.isoformat(),
        "hours_after_treatment": shown.elapsed_s / 3600.0,
        "decay": shown.words,
        "scout_share": alone.share,
        "outside_field": settings.therapy.outside.value,
        "summed": settings.therapy.summed,
        "recovery": settings.therapy.recovery.method,
    }


def _scales(scales: Scales) -> dict[str, Any]:
    def told(scale: Uncertain | None) -> dict[str, Any] | None:
        return None if scale is None else estimate(Uncertain(scale.value * scales.shown, {
            name: part * scales.shown for name, part in scale.components.items()}))  # fmt: skip

    difference = scales.difference
    return {
        "delivered_activity_bq": estimate(scales.delivered_bq),
        "shown_activity_bq": {"self_calibrated": told(scales.own), "absolute": told(scales.absolute)},
        "absolute_over_self": None if difference is None else estimate(difference.ratio),
        "zeta": None if difference is None else difference.zeta,
        "verdict": None if difference is None else difference.verdict,
    }


def _conservation(own: Mapping[str, VolumeDose], scales: Scales, settings: TareVerification) -> dict[str, Any] | None:
    """Where the delivered activity is, by self-calibration."""
    if "whole_liver" not in own:
        return None
    given = scales.delivered_bq.value
    inside = {key: own[key].activity_bq.value for key in ("whole_liver", LUNG) if key in own}
    outside = given * settings.therapy.outside.value
    return {
        "liver": inside["whole_liver"] / given,
        "lungs": inside[LUNG] / given if LUNG in inside else None,
        "outside_field": outside / given,
        "elsewhere": 1.0 - (sum(inside.values()) + outside) / given,
    }


def _void_findings(shown: ShownActivity, drawn: DrawnParts) -> tuple[Finding, ...]:
    if shown.voids is None or not shown.voids.any():
        return ()
    voids = int(np.count_nonzero(shown.voids)) * drawn.grid.voxel_volume_ml
    least = float(shown.values[shown.voids].sum()) / float(shown.values.sum())
    words = f"{voids:.3g} ml hold more than MRI can tell; they count with the least they hold, {least:.1%} of the image"
    return (Finding("signal-voids", words),)


def _provenance(settings: TareVerification, files: tuple[Path, ...]) -> dict[str, Any]:
    inputs, used = hashes(files), versions()
    stated = settings.model_dump(mode="json", by_alias=True)
    return {
        "key": result_key(inputs, stated, used),
        "inputs": [{"name": item.name, "sha256": item.sha256} for item in inputs],
        "settings": stated,
        "versions": used,
    }


def write_verification(path: Path, out: Path) -> dict[str, Any]:
    """Verify a treatment and write ``verify.json``, the maps and the report.

    Parameters
    ----------
    path
        The verification file.
    out
        Folder to write in; nothing is written where the file is refused.

    Returns
    -------
    The document.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    from hevesy.report.tare_verify import write_verification_report

    found = verified(path)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be made, but {error.strerror} came") from error
    found.document["files"] = _write_maps(found, out)
    text = json.dumps(found.document, indent=2, allow_nan=False) + "\n"
    write_atomically(out / "verify.json", text.encode("ascii"))
    write_verification_report(found.document, _pictures(found), out)
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
