"""The command ``hevesy inspect``: what a folder holds, and how geometry and scale were established."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hevesy.acquire import inspect_folder
from hevesy.cli.console import print_json, progress_bars
from hevesy.domain import (
    Camera,
    DecayReference,
    Finding,
    Grid,
    ImportReport,
    PlanarSummary,
    SeriesRecord,
    TimePointRecord,
)
from hevesy.errors import printable
from hevesy.physdata import known_nuclides, nuclide

_AXES = (("L", "R"), ("P", "A"), ("H", "F"))
_DECAY = {
    DecayReference.ACQUISITION: "corrected to the start of the acquisition",
    DecayReference.ADMINISTRATION: "corrected to the administration",
    DecayReference.NONE: "not corrected",
    DecayReference.UNKNOWN: "not known whether and to when it is corrected",
}
_LINES = 40
"""How many lines of one list are shown."""


def register(group: click.Group) -> None:
    """Add the command to the group."""
    group.add_command(inspect)


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of the report.")
def inspect(folders: tuple[Path, ...], as_json: bool) -> None:
    """Report series, time points, geometry, scale, what is missing and what contradicts in DIR."""
    with progress_bars() as progress:
        report = inspect_folder(folders, progress=progress)
    if as_json:
        print_json(report_document(report))
    else:
        print_report(report, Console(highlight=False, soft_wrap=False))


def report_document(report: ImportReport) -> dict[str, object]:
    """The import report as a JSON document, without anything that names the patient."""
    found = report.administration
    return {
        "n_files": report.n_files,
        "administration": {
            "radionuclide": found.radionuclide,
            "radiopharmaceutical": found.radiopharmaceutical,
            "activity_bq": found.activity_bq,
            "start": _iso(found.start),
        }
        if found
        else None,
        "time_points": [_time_point(point) for point in report.time_points],
        "series": [_series(series) for series in report.series],
        "contradictions": _findings(all_findings(report)),
        "missing": all_missing(report),
        "unreadable": _findings(report.unreadable),
    }


def all_findings(report: ImportReport) -> list[Finding]:
    """Findings between the series, then those of every series."""
    return [*report.contradictions, *(f for series in report.series for f in series.contradictions)]


def all_missing(report: ImportReport) -> list[str]:
    """What is missing between the series, then from every series."""
    return [*report.missing, *(f"{series.id}: {name}" for series in report.series for name in series.missing)]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _findings(findings: Iterable[Finding]) -> list[dict[str, object]]:
    return [{"code": f.code, "message": f.message, "blocking": f.blocking} for f in findings]


def _time_point(point: TimePointRecord) -> dict[str, object]:
    return {
        "index": point.index,
        "emission": point.emission,
        "alternatives": list(point.alternatives),
        "ct": point.ct,
        "structures": list(point.structures),
        "start": _iso(point.start),
        "time_h": point.time_h,
    }


def _series(series: SeriesRecord) -> dict[str, object]:
    return {
        "id": series.id,
        "series_uid": series.series_uid,
        "study_uid": series.study_uid,
        "modality": series.modality,
        "description": series.description,
        "n_files": len(series.files),
        "image_type": list(series.image_type),
        "kind": series.kind.value,
        "part": series.part or None,
        "planar": _planar(series.planar),
        "is_phantom": series.is_phantom,
        "geometry": _geometry(series.grid, series.grid_source),
        "units": series.units,
        "scale_source": series.scale_source,
        "decay_corrected_to": series.decay_corrected_to.value,
        "radionuclide": series.radionuclide,
        "radionuclide_source": series.radionuclide_source or None,
        "half_life_s": series.half_life_s,
        "nuclide_half_life_s": nuclide_half_life_s(series),
        "radiopharmaceutical": series.radiopharmaceutical,
        "administered_activity_bq": series.administered_activity_bq,
        "administration_start": _iso(series.administration_start),
        "acquisition_start": _iso(series.acquisition_start),
        "acquisition_duration_s": series.acquisition_duration_s,
        "attenuation_correction": series.attenuation_correction and series.attenuation_correction.value,
        "scatter_correction": series.scatter_correction and series.scatter_correction.value,
        "camera": _camera(series.camera),
        "referenced_series": list(series.referenced_series),
        "frames_of_reference": list(series.frames_of_reference),
        "regions": list(series.roi_names),
        "contradictions": _findings(series.contradictions),
        "missing": list(series.missing),
    }


def _planar(planar: PlanarSummary | None) -> dict[str, object] | None:
    if planar is None:
        return None
    return {
        "matrix_yx": list(planar.matrix),
        "spacing_yx_mm": list(planar.spacing_mm) if planar.spacing_mm else None,
        "n_frames": planar.n_frames,
        "n_detectors": planar.n_detectors,
        "n_windows": planar.n_windows,
        "n_views": planar.n_views,
        "views": list(planar.views),
        "duration_s": planar.duration_s,
        "scan_length_mm": planar.scan_length_mm,
        "counts_accumulated": planar.counts_accumulated,
    }


def nuclide_half_life_s(series: SeriesRecord) -> float | None:
    """Half-life of the series' nuclide in the decay data; None for one they do not hold. [s]"""
    return nuclide(series.radionuclide).half_life_s if series.radionuclide in known_nuclides() else None


def _geometry(grid: Grid | None, source: str) -> dict[str, object] | None:
    if grid is None:
        return None
    return {
        "shape_zyx": list(grid.shape),
        "spacing_mm": list(grid.spacing_mm),
        "origin_mm": list(grid.origin_mm),
        "direction": [list(row) for row in grid.direction],
        "orientation": orientation(grid),
        "frame_of_reference": grid.frame_of_reference,
        "source": source,
    }


def _camera(camera: Camera | None) -> dict[str, object] | None:
    if camera is None:
        return None
    return {
        "manufacturer": camera.manufacturer,
        "model": camera.model,
        "serial": camera.serial,
        "collimator": camera.collimator,
        "windows_kev": [[w.lower_kev, w.upper_kev] for w in camera.windows],
        "reconstruction": camera.reconstruction,
        "corrections": list(camera.corrections),
    }


def orientation(grid: Grid) -> str:
    """Where the index axes x, y, z lead in the patient, for example ``LPH`` (left, posterior, head)."""
    letters = []
    for axis in grid.direction_matrix.T:
        along = int(np.argmax(np.abs(axis)))
        letters.append(_AXES[along][0 if axis[along] > 0 else 1])
    return "".join(letters)


def print_report(report: ImportReport, console: Console) -> None:
    """Write the import report for people."""
    console.print(
        Text(f"{report.n_files} files, {len(report.series)} series, {len(report.time_points)} time points", "bold")
    )
    for series in report.series:
        console.print()
        heading = " ".join(part for part in (series.id, series.modality, series.description) if part)
        console.print(Text(printable(heading), "bold"))
        console.print(_rows(_series_rows(series)))
    console.print()
    console.print(Text("Administration", "bold"))
    console.print(_rows(_administration_rows(report)))
    console.print()
    console.print(_time_point_table(report.time_points))
    _print_list(console, "Contradictions", [_line(f) for f in all_findings(report)])
    _print_list(console, "Missing", all_missing(report))
    _print_list(console, "Files not read", [f.message for f in report.unreadable])


def _rows(rows: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=16, no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        if value:
            table.add_row(Text(f"  {name}"), Text(printable(value)))
    return table


def _series_rows(series: SeriesRecord) -> dict[str, str]:
    return {
        "files": str(len(series.files)),
        "image": ", ".join(part for part in (series.kind.value, series.part) if part) if _is_image(series) else "",
        "geometry": _planar_text(series.planar) if series.planar else _geometry_text(series),
        "units": f"{series.units or 'not stated'} ({series.scale_source})" if _is_image(series) else "",
        "decay": _DECAY[series.decay_corrected_to] if _is_emission(series) else "",
        "corrections": _corrections_text(series),
        "nuclide": _nuclide_text(series) if _is_emission(series) else "",
        "administration": _injection_text(series) if _is_emission(series) else "",
        "acquisition": _acquisition_text(series) if _is_image(series) else "",
        "camera": _camera_text(series.camera) if series.camera else "",
        "regions": ", ".join(series.roi_names),
        "phantom": "yes (Quality Control Image)" if series.is_phantom else "",
    }


def _corrections_text(series: SeriesRecord) -> str:
    states = {"attenuation": series.attenuation_correction, "scatter": series.scatter_correction}
    return ", ".join(f"{name} {state.value}" for name, state in states.items() if state is not None)


def _is_image(series: SeriesRecord) -> bool:
    return series.modality in {"NM", "PT", "CT"}


def _is_emission(series: SeriesRecord) -> bool:
    return series.modality in {"NM", "PT"}


def _geometry_text(series: SeriesRecord) -> str:
    if series.grid is None:
        return "no regular grid" if _is_image(series) else ""
    z, y, x = series.grid.shape
    spacing = " x ".join(f"{s:.4g}" for s in series.grid.spacing_mm)
    return f"{x} x {y} x {z} voxels of {spacing} mm, axes to {orientation(series.grid)} (from {series.grid_source})"


def _planar_text(planar: PlanarSummary) -> str:
    rows, columns = planar.matrix
    spacing = " x ".join(f"{s:.4g}" for s in reversed(planar.spacing_mm)) if planar.spacing_mm else "unknown"
    views = f"{planar.n_views} views" if planar.n_views > 1 else ""
    parts = (
        f"{columns} x {rows} pixels of {spacing} mm",
        f"{planar.n_frames} frame{'s' if planar.n_frames > 1 else ''}",
        f"{planar.n_detectors} detector{'s' if planar.n_detectors > 1 else ''}",
        " and ".join(planar.views) or views,
        f"{planar.n_windows} energy window{'s' if planar.n_windows > 1 else ''}",
        f"scan length {planar.scan_length_mm:.4g} mm" if planar.scan_length_mm else "",
        f"{planar.counts_accumulated} counts" if planar.counts_accumulated else "",
    )
    return ", ".join(part for part in parts if part)


def _nuclide_text(series: SeriesRecord) -> str:
    known = nuclide_half_life_s(series)
    parts = [f"{series.radionuclide or 'unknown'} ({series.radionuclide_source})"]
    if series.half_life_s is not None:
        parts.append(f"half-life in the file {_lasting(series.half_life_s)}")
    if known is not None:
        parts.append(f"half-life of the nuclide {_lasting(known)}")
    return ", ".join(parts)


def _lasting(seconds: float) -> str:
    return (
        f"{seconds:.6g} s ({seconds / 86400:.4f} d)"
        if seconds >= 86400
        else f"{seconds:.6g} s ({seconds / 3600:.4g} h)"
    )


def _injection_text(series: SeriesRecord) -> str:
    activity = series.administered_activity_bq
    amount = f"{activity / 1e6:.6g} MBq" if activity is not None else "activity not stated"
    return f"{amount}, {_when(series.administration_start)}"


def _when(moment: datetime | None) -> str:
    return moment.isoformat(sep=" ", timespec="milliseconds") if moment else "time not stated"


def _acquisition_text(series: SeriesRecord) -> str:
    duration = series.acquisition_duration_s
    lasting = f", {duration:.3f} s" if duration is not None else ""
    return _when(series.acquisition_start) + lasting


def _camera_text(camera: Camera) -> str:
    windows = ", ".join(f"{w.lower_kev:.4g}-{w.upper_kev:.4g} keV" for w in camera.windows)
    parts = (
        f"{camera.manufacturer} {camera.model}".strip(),
        f"serial {camera.serial}" if camera.serial else "",
        f"collimator {camera.collimator}" if camera.collimator else "",
        windows,
        camera.reconstruction,
        "corrected for " + " ".join(camera.corrections) if camera.corrections else "",
    )
    return "; ".join(part for part in parts if part)


def _administration_rows(report: ImportReport) -> dict[str, str]:
    found = report.administration
    if found is None:
        return {"stated": "nothing"}
    activity = f"{found.activity_bq / 1e9:.5g} GBq" if found.activity_bq is not None else "not stated or not agreed on"
    return {
        "radionuclide": found.radionuclide or "not stated or not agreed on",
        "pharmaceutical": found.radiopharmaceutical or "not stated",
        "activity": activity,
        "start": _when(found.start),
    }


def _time_point_table(points: Sequence[TimePointRecord]) -> Table:
    table = Table(title="Time points", title_justify="left", title_style="bold")
    for name in ("no.", "emission", "or instead", "CT", "regions", "start", "time after start [h]"):
        table.add_column(name)
    for point in points:
        table.add_row(
            str(point.index),
            point.emission,
            ", ".join(point.alternatives),
            point.ct or "none",
            ", ".join(point.structures) or "none",
            _when(point.start),
            f"{point.time_h:.3f}" if point.time_h is not None else "unknown",
        )
    return table


def _line(finding: Finding) -> str:
    return f"{finding.code}{' (must be settled)' if finding.blocking else ''}: {finding.message}"


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    console.print()
    console.print(Text(title, "bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    shown = list(lines[:_LINES]) or ["none"]
    if len(lines) > _LINES:
        shown.append(f"and {len(lines) - _LINES} more (--json lists all)")
    for line in shown:
        table.add_row(Text("  -"), Text(printable(line)))
    console.print(table)
