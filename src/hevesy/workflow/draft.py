"""A study file drafted from what reading the images found; what only the user can know is left as ``"?"``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder
from hevesy.delineate import standard_region
from hevesy.domain import CorrectionState, ImportReport, Progress, RegionKind, SeriesRecord, TimePointRecord, silent
from hevesy.errors import InputError, OutputError
from hevesy.report.files import write_atomically
from hevesy.workflow.draft_options import calibration_options

UNKNOWN = "?"
_SPHERE_HEADER = "volume_ml,recovery_coefficient,standard_uncertainty"
_SMALL_SOURCES = re.compile(r"\b(point|line|capillar|resolution)", re.IGNORECASE)
_HEAD = """\
# Study file of Hevesy, drafted from what was found in the images.
# Every "?" needs your answer: it is not in the files, and Hevesy does not guess it.
# Quantities carry their unit in the text. Paths are relative to this file.
# For research and quality assurance; Hevesy is not a certified medical device.
"""


@dataclass(frozen=True)
class Draft:
    """The text of a draft and the keys that still need an answer."""

    text: str
    open_keys: tuple[str, ...]


def draft_study(report: ImportReport, images: Path, study_folder: Path) -> Draft:
    """Write a study file from an import report.

    Parameters
    ----------
    report
        What ``hevesy.acquire.inspect_folder`` found in ``images``.
    images
        The folder that was read.
    study_folder
        Where the study file will lie: paths are written relative to it.
    """
    sections = [
        _HEAD,
        "hevesy_study: 1",
        f"patient: {{label: {_q(UNKNOWN)}}}  # shown in the report; choose a pseudonym",
        f"images: {_q(_relative(images, study_folder))}",
        *_time_points(report),
        *_administration(report),
        *_corrections(report),
        *_calibration(report, study_folder),
        *calibration_options(_emissions(report)),
        *_recovery(report, images, study_folder),
        *_alignment(report),
        *_regions(report),
        "curves:",
        "  model: auto",
        f"  scatter_between_scans: {_q(UNKNOWN)}  # beyond counting: repositioning, reconstruction, delineation",
        '  # tail: {half_life: physical, source: "..."}  # or {half_life: "60 h", standard_uncertainty: "15 h", ...}',
        '  # half_life: {half_life: "51 h", standard_uncertainty: "8 h", source: "..."}  # for a single time point',
        "transport: {region_engine: mird-self-dose, map_engine: local}",
        "dose_map: {recovery_corrected: false}",
    ]
    text = "\n".join(sections) + "\n"
    return Draft(text, tuple(_open_keys(text)))


def _open_keys(text: str) -> Iterable[str]:
    section = ""
    for line in text.splitlines():
        bare = line.partition("#")[0]
        if bare and not bare[0].isspace():
            section = bare.partition(":")[0]
        if f'"{UNKNOWN}"' in bare:
            yield bare.strip() if not bare[0].isspace() else f"{section}: {bare.strip()}"


def _q(text: object) -> str:
    shown = str(text)
    return json.dumps(shown, ensure_ascii=not shown.isprintable())


def _comment(text: str) -> str:
    """Text of a file as part of a comment: on one line, printable."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()


def _time_points(report: ImportReport) -> list[str]:
    if not any(point.alternatives for point in report.time_points):
        return []
    lines = ["time_points:  # several reconstructions of one scan: keep one line of each time point"]
    for point in report.time_points:
        for series_id in (point.emission, *point.alternatives):
            series = report.by_id(series_id)
            mark = "" if not point.alternatives else "# "
            words = ", ".join(word for word in (series.description, series.distinction) if word)
            comment = f"time point {point.index}: {_comment(words)}"
            lines.append(f"  {mark}- {{emission: {_q(series.series_uid)}}}  # {comment}")
    return lines


def _administration(report: ImportReport) -> list[str]:
    found = report.administration
    nuclide = found.radionuclide if found and found.radionuclide else UNKNOWN
    drug = found.radiopharmaceutical if found and found.radiopharmaceutical else UNKNOWN
    activity = f"{found.activity_bq / 1e9:.6g} GBq" if found and found.activity_bq else UNKNOWN
    start = found.start.isoformat() if found and found.start else UNKNOWN
    return [
        "administration:",
        f"  radionuclide: {_q(nuclide)}",
        f"  radiopharmaceutical: {_q(drug)}",
        f"  activity: {_q(activity)}  # net, at the start of the administration; or 'measured' and 'residual':",
        '  # measured: {activity: "7.5 GBq", at: "2024-03-04T08:30:00", relative_standard_uncertainty: "2 %"}',
        '  # residual: {activity: "20 MBq", at: "2024-03-04T09:40:00"}  # or none',
        f"  relative_standard_uncertainty: {_q(UNKNOWN)}",
        f"  start: {_q(start)}",
    ]


def _corrections(report: ImportReport) -> list[str]:
    """Asks about each correction that the images do not say was applied, also of the phantom."""
    phantoms = [s for s in report.series if s.is_phantom]
    used = [*_emissions(report), *phantoms]
    attenuation = {s.attenuation_correction for s in used} - {CorrectionState.APPLIED, None}
    scatter = {s.scatter_correction for s in used} - {CorrectionState.APPLIED, None}
    if not attenuation and not scatter:
        return []
    answers = "applied; or not-applied where you accept values without it"
    return [
        "corrections:  # the images do not say that these were made",
        *([f"  attenuation: {_q(UNKNOWN)}  # {answers}"] if attenuation else []),
        *([f"  scatter: {_q(UNKNOWN)}  # {answers}"] if scatter else []),
        f"  source: {_q(UNKNOWN)}  # how you know, or why you accept it",
    ]


def _emissions(report: ImportReport) -> list[SeriesRecord]:
    return [report.by_id(point.emission) for point in report.time_points]


def _calibration(report: ImportReport, study_folder: Path) -> list[str]:
    units = {series.units for series in _emissions(report)}
    if units == {"Bq/ml"}:
        return [
            "calibration:  # the images are in Bq/ml; how well the camera is calibrated is not in the files",
            "  method: file",
            f"  relative_standard_uncertainty: {_q(UNKNOWN)}",
            f"  source: {_q(UNKNOWN)}",
        ]
    phantoms = [s for s in report.series if s.is_phantom and s.modality in {"NM", "PT"}]
    phantoms = [s for s in phantoms if not _SMALL_SOURCES.search(s.description)]
    if not phantoms:
        return [
            "calibration:  # counts: needs a factor (here) or a phantom acquisition (method: phantom)",
            "  method: factor",
            f"  factor: {_q(UNKNOWN)}  # for example 9.3 cps/MBq",
            f"  relative_standard_uncertainty: {_q(UNKNOWN)}",
            f"  source: {_q(UNKNOWN)}",
            *_belongs_to(_emissions(report)[:1], "  "),
        ]
    phantom = phantoms[0]
    activity = f"{phantom.administered_activity_bq / 1e6:.8g} MBq" if phantom.administered_activity_bq else UNKNOWN
    at = phantom.administration_start.isoformat() if phantom.administration_start else UNKNOWN
    return [
        "calibration:",
        "  method: phantom",
        f"  images: {_q(_relative(_common(phantom.files), study_folder))}",
        f"  activity: {_q(activity)}",
        f"  at: {_q(at)}",
        f"  relative_standard_uncertainty: {_q(UNKNOWN)}",
    ]


def _common(files: Sequence[Path]) -> Path:
    return Path(os.path.commonpath([file.parent for file in files]))


def _belongs_to(series: Sequence[SeriesRecord], indent: str) -> list[str]:
    camera = series[0].camera if series else None
    windows = [[w.lower_kev, w.upper_kev] for w in camera.windows] if camera else []
    pet = bool(series) and series[0].modality == "PT"
    collimator = (camera and camera.collimator) or ("none" if pet else UNKNOWN)
    of_windows = [f"{indent}  windows_kev: {json.dumps(windows) if windows else _q(UNKNOWN)}"]
    return [
        f"{indent}belongs_to:",
        f"{indent}  manufacturer: {_q((camera and camera.manufacturer) or UNKNOWN)}",
        f"{indent}  model: {_q((camera and camera.model) or UNKNOWN)}",
        f"{indent}  collimator: {_q(collimator)}",
        f"{indent}  radionuclide: {_q((series[0].radionuclide if series else None) or UNKNOWN)}",
        *([] if pet and not windows else of_windows),
        f"{indent}  reconstruction: {_q((camera and camera.reconstruction) or UNKNOWN)}",
    ]


def _recovery(report: ImportReport, images: Path, study_folder: Path) -> list[str]:
    tables = [p for p in sorted(images.rglob("*.csv")) if _is_sphere_table(p)]
    sources = [s for s in report.series if s.is_phantom and _SMALL_SOURCES.search(s.description)]
    known = [k for series in report.series for name in series.roi_names if (k := standard_region(name)) is not None]
    organs = any(one.kind is RegionKind.ORGAN for one in known)
    if not (sources or tables or organs):
        return [
            "recovery:  # small regions read too low; better: method: shape with the resolution (see the docs)",
            "  method: none",
            f"  reason: {_q(UNKNOWN)}",
        ]
    return [
        "recovery:",
        "  method: shape",
        "  resolution:",
        *_resolution(report, sources, tables, study_folder),
        "  # what remains: uneven uptake, a response that is no Gaussian",
        f"  model_relative_standard_uncertainty: {{organ: {_q(UNKNOWN)}, lesion: {_q(UNKNOWN)}}}",
    ]


def _resolution(
    report: ImportReport, sources: Sequence[SeriesRecord], tables: Sequence[Path], study_folder: Path
) -> list[str]:
    """The resolution as well as the files tell it: small sources, else a table of spheres, else the user."""
    if sources:
        return [
            f"    method: {'lines' if 'line' in sources[0].description.casefold() else 'points'}",
            f"    images: {_q(_relative(_common(sources[0].files), study_folder))}",
            f"    source_diameter: {_q(UNKNOWN)}",
        ]
    belongs = _belongs_to(_emissions(report)[:1], "    ")
    if tables:
        return ["    method: spheres", f"    spheres: {_q(_relative(tables[0], study_folder))}", *belongs]
    return [
        "    method: stated  # or points, lines (images, source_diameter) or spheres (a table)",
        f"    fwhm: {_q(UNKNOWN)}  # of the image; with fwhm_outside and radius where it depends on the place",
        f"    standard_uncertainty: {_q(UNKNOWN)}",
        f"    source: {_q(UNKNOWN)}",
        *belongs,
    ]


def _is_sphere_table(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as stream:
            return stream.readline(200).strip() == _SPHERE_HEADER
    except (OSError, UnicodeDecodeError):
        return False


def _drawn_on_each(report: ImportReport) -> bool:
    return len(report.time_points) > 1 and all(point.structures for point in report.time_points)


def _alignment(report: ImportReport) -> list[str]:
    if all(point.ct for point in report.time_points) and len(report.time_points) > 1:
        return ['alignment: {method: rigid-ct, reference: 1, maximum_residual: "6 mm"}']
    frames = {series.grid.frame_of_reference for series in _emissions(report) if series.grid}
    if len(frames) == 1:
        return ["alignment: {method: identity, reference: 1}"]
    return ["alignment: {method: none, reference: 1}  # no map without alignment; method: reg takes REG objects"]


def _regions(report: ImportReport) -> list[str]:
    points = [point for point in report.time_points if point.structures]
    each = _drawn_on_each(report)
    drawn_on = "each" if each else str(points[0].index if points else 1)
    names = _names(report, points)
    lines = [
        "regions:",
        *_source(report, points, each=each),
        f"  drawn_on: {drawn_on}",
        f"  boundary_standard_uncertainty: {_q(UNKNOWN)}  # of the drawn boundary, for example 1 mm",
        "  # precedence: lesions  # who keeps the voxels where regions overlap",
        "  density: reference",
        "  items:",
    ]
    lines += [_item(name) for name in names] or [f"    - {{name: {_q(UNKNOWN)}, kind: organ, side: none}}"]
    lines += ['    # for BED add to an item: alpha_beta: "2.5 Gy", repair_half_time: "2.8 h"']
    return lines


def _source(report: ImportReport, points: Sequence[TimePointRecord], *, each: bool) -> list[str]:
    if not points:
        return [f"  from: {_q(UNKNOWN)}  # RTSTRUCT, SEG or NIfTI labels"]
    if each or len(points[0].structures) == 1:
        return []
    options = [report.by_id(i) for i in points[0].structures]
    lines = ["  # the images hold several; keep one:"]
    for n, series in enumerate(options):
        mark = "" if n == 0 else "# "
        lines.append(f"  {mark}from: {_q(series.series_uid)}  # {series.modality} {_comment(series.description)}")
    return lines


def _names(report: ImportReport, points: Sequence[TimePointRecord]) -> list[str]:
    found: dict[str, None] = {}
    for point in points:
        for series_id in point.structures[:1] if not _drawn_on_each(report) else point.structures:
            found.update(dict.fromkeys(report.by_id(series_id).roi_names))
    return list(found)


def _item(name: str) -> str:
    known = standard_region(name)
    kind = known[0].value if known else UNKNOWN
    side = known[1].value if known else "none"
    tabulated = known is not None and known.kind is not RegionKind.LESION
    density = "" if tabulated else f", density: {_q(UNKNOWN)}"
    return f"    - {{name: {_q(name)}, kind: {kind if known else _q(kind)}, side: {side}{density}}}"


def write_draft(folder: Path, out: Path | None, *, progress: Progress = silent) -> tuple[Path, tuple[str, ...]]:
    """Read the images in a folder and write a draft of their study file.

    Returns
    -------
    The path written and the keys that still need an answer.

    Raises
    ------
    InputError
        If there are no emission images.
    OutputError
        If the file exists or cannot be written.
    """
    path = out if out is not None else folder / "study.yaml"
    if path.exists():
        raise OutputError(f"{path}: expected a new file (choose one with --out), but it exists")
    report = inspect_folder([folder], progress=progress)
    if not report.time_points:
        raise InputError("at least one NM or PT tomogram", "none was found", str(folder))
    draft = draft_study(report, folder, path.parent)
    write_atomically(path, draft.text.encode())
    return path, draft.open_keys
