"""The document, maps, tables and report of an injection into a tumour."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import read_headers
from hevesy.decide.tare import ColdSpot, cold_spots, sphere_radius_mm, volume_histogram
from hevesy.domain import Finding, Image, InputFile, Progress, Quantity, silent
from hevesy.errors import OutputError
from hevesy.physdata import nuclide
from hevesy.report import write_atomically, write_nifti
from hevesy.report.figures.intratumoural import Planes
from hevesy.report.tare_intratumoural import write_intratumoural_report
from hevesy.workflow.provenance import file_sha256, result_key, versions
from hevesy.workflow.tare.intratumoural.figures import organ_document, tumour_document
from hevesy.workflow.tare.intratumoural.job import Added, Found, find, read_inputs
from hevesy.workflow.tare.intratumoural.proposal import drawn_deposits

Floats = NDArray[np.float64]

_SHOWN_SPOTS = 20
_EVEN_UP_TO, _LEVELS = 5.0, 201
_PUBLISHED = "10.3390/cancers17061028"
_LARGEST_VOLUME, _MOST_DEPOSITS, _VOLUMES_ML = 0.2, 3, (0.3, 1.0)
"""Share of the tumour's volume, needle positions and volume of each that were found feasible in pancreatic tumours
outside the body (doi:10.3390/cancers17061028)."""


def write_intratumoural(path: Path, out: Path, progress: Progress = silent) -> dict[str, Any]:
    """Compute what a file asks for, and write maps, tables, a document and a report.

    Parameters
    ----------
    path
        Settings, see :class:`hevesy.workflow.tare.intratumoural.settings.Intratumoural`.
    out
        Folder; nothing is written where the input is refused.
    progress
        Told how far the work is.

    Returns
    -------
    The document, also written as ``intratumoural.json``.

    Raises
    ------
    InputError
        If the settings or what they name are not sound.
    OutputError
        If the folder cannot be written.
    """
    progress("injection", 0, 4)
    inputs = read_inputs(path)
    files = [path, *inputs.images.inputs, *inputs.deposition.inputs]
    if out.resolve() in {one.resolve().parent for one in files[1:]}:
        raise OutputError(f"{out}: expected a folder apart from what is read, but images lie in it")
    progress("injection", 1, 4)
    found = find(inputs)
    progress("injection", 2, 4)
    document = intratumoural_document(found, files)
    progress("injection", 3, 4)
    document["files"] = _write_maps(found, out)
    _write_histogram(document["histogram"], out / "histogram.csv")
    write_intratumoural_report(document, _planes(found), out)
    text = json.dumps(document, allow_nan=False, ensure_ascii=False, indent=2) + "\n"
    write_atomically(out / "intratumoural.json", text.encode())
    progress("injection", 4, 4)
    return document


def intratumoural_document(found: Found, files: list[Path]) -> dict[str, Any]:
    """Everything that was found, as one JSON document."""
    settings, voxels = found.inputs.settings, found.voxels
    before = _state(found, None)
    after = None if found.added is None else _state(found, found.added)
    hashes = tuple(InputFile(path.name, file_sha256(path)) for path in dict.fromkeys(files))
    stated, used = settings.model_dump(mode="json", by_alias=True), versions()
    return {
        "label": settings.label,
        "nuclide": settings.nuclide,
        "injected": settings.injected.isoformat(),
        "prescribed": {
            "dose_gy": settings.prescribed.dose,
            "coverage": settings.prescribed.coverage,
            "source": settings.prescribed.source,
        },
        "engine": {"name": found.engine.name, "description": found.engine.description, "notes": list(found.dose.notes)},
        "voxels": {
            "spacing_mm": list(voxels.grid.spacing_mm),
            "shape": list(voxels.grid.shape),
            "map_spacing_mm": list(found.inputs.deposition.grid.spacing_mm),
        },
        "deposition": _deposition(found),
        "before": before,
        "proposal": None if found.added is None else _proposal(found, found.added),
        "after": after,
        "histogram": _histogram(found),
        "findings": [{"code": one.code, "message": one.message} for one in _findings(found)],
        "notes": [*found.notes, *found.engine.validity],
        "provenance": {
            "key": result_key(hashes, stated, used),
            "inputs": [{"name": item.name, "sha256": item.sha256} for item in hashes],
            "settings": stated,
            "versions": used,
            "citations": [
                {"key": c.key, "text": c.text, "doi": c.doi} for c in found.engine.citations(nuclide(settings.nuclide))
            ],
        },
    }


def _deposition(found: Found) -> dict[str, Any]:
    deposition, tumour = found.inputs.deposition, found.voxels.tumour.mask
    kept = found.voxels.concentration[tumour].sum() * found.voxels.grid.voxel_volume_ml
    return {
        "at": deposition.at.isoformat(),
        "activity_bq": deposition.activity_bq,
        "in_tumour": float(kept / deposition.activity_bq),
        "in_voids_at_least_bq": deposition.in_voids_bq,
        "relative_standard_uncertainty": dict(deposition.scale),
        "detected_ml": float(np.count_nonzero(deposition.deposited)) * deposition.grid.voxel_volume_ml,
    }


def _state(found: Found, added: Added | None) -> dict[str, Any]:
    """Tumour, cold spots and organs, with or without what is proposed."""
    settings, voxels = found.inputs.settings, found.voxels
    doubts = found.doubts if added is None else found.doubts_after
    total = found.dose.signed_gy if added is None else found.total_gy
    deposits = None if added is None else drawn_deposits(added.case, added.proposed)
    deposited = voxels.deposited if added is None else voxels.deposited | (added.decays_per_ml > 0)
    spots = cold_spots(total, voxels.tumour.mask, settings.prescribed.dose, deposited, voxels.grid)
    held = {organ.name: [one for one in found.limits if one.organ == organ.name] for organ in settings.organs}
    tumour = tumour_document(found.dose, doubts, settings.prescribed, deposits, total)
    return {
        "tumour": {"name": settings.tumour, "volume_ml": _volume_ml(found), **tumour},
        "cold_spots": {
            "number": len(spots),
            "volume_ml": sum(spot.volume_ml for spot in spots),
            "largest": [_spot(spot) for spot in spots[:_SHOWN_SPOTS]],
        },
        "organs": {
            organ.name: organ_document(organ.name, found.dose, doubts, held[organ.name], deposits, total)
            for organ in settings.organs
        },
    }


def _spot(spot: ColdSpot) -> dict[str, Any]:
    return asdict(spot) | {"centre_mm": list(spot.centre_mm), "lowest_at_mm": list(spot.lowest_at_mm)}


def _proposal(found: Found, added: Added) -> dict[str, Any]:
    proposed, asked, grid = added.proposed, added.case.asked, found.voxels.grid
    points = grid.points(proposed.centres[:, ::-1].astype(np.float64)).tolist()
    injected = proposed.staying_bq / added.case.staying
    leaked = injected - proposed.staying_bq
    return {
        "outcome": proposed.outcome,
        "binding": list(proposed.binding),
        "places_tried": proposed.n_places,
        "deposits": [
            {"centre_mm": point, "volume_ml": asked.volume, "inject_bq": float(give), "staying_bq": float(stay)}
            for point, give, stay in zip(points, injected, proposed.staying_bq, strict=True)
        ],
        "inject_bq": float(injected.sum()),
        "staying_bq": float(proposed.staying_bq.sum()),
        "leakage": asked.leakage,
        "leaked_bq": float(leaked.sum()),
        "injected_volume_ml": asked.volume * len(points),
        "injected_over_tumour_volume": asked.volume * len(points) / _volume_ml(found),
    }


def _findings(found: Found) -> list[Finding]:
    items = [*found.inputs.images.findings, *found.inputs.deposition.findings, *found.voxels.findings]
    added = found.added
    if added is None or not len(added.proposed.centres):
        return items
    n, volume = len(added.proposed.centres), added.case.asked.volume
    share = n * volume / _volume_ml(found)
    source = f"were feasible in pancreatic tumours outside the body (doi:{_PUBLISHED})"
    if share > _LARGEST_VOLUME:
        words = f"{share:.0%} of the tumour's volume is to be injected, up to {_LARGEST_VOLUME:.0%} {source}"
        items.append(Finding("injected-volume", words))
    if n > _MOST_DEPOSITS:
        items.append(Finding("many-deposits", f"{n} deposits are proposed, up to {_MOST_DEPOSITS} positions {source}"))
    if not _VOLUMES_ML[0] <= volume <= _VOLUMES_ML[1]:
        words = f"deposits of {volume:g} ml are stated, {_VOLUMES_ML[0]:g} to {_VOLUMES_ML[1]:g} ml {source}"
        items.append(Finding("volume-of-a-deposit", words))
    return items


def _volume_ml(found: Found) -> float:
    return float(np.count_nonzero(found.voxels.tumour.mask)) * found.voxels.grid.voxel_volume_ml


def _histogram(found: Found) -> dict[str, list[float]]:
    """Even steps up to some times the prescribed dose, then ever wider ones."""
    tumour, knee = found.voxels.tumour.mask, _EVEN_UP_TO * found.inputs.settings.prescribed.dose
    total = np.maximum(found.total_gy[tumour], 0.0)
    levels = np.linspace(0.0, knee, _LEVELS)
    if (most := float(total.max())) > knee:
        levels = np.concatenate([levels, np.geomspace(knee, most, _LEVELS // 4)[1:]])
    histogram = {"dose_gy": levels, "volume_before": volume_histogram(found.dose.dose_gy[tumour], levels)}
    if found.added is not None and len(found.added.proposed.centres):
        histogram["volume_after"] = volume_histogram(total, levels)
    return {name: values.tolist() for name, values in histogram.items()}


def _write_histogram(histogram: Mapping[str, list[float]], path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(histogram)
    writer.writerows([f"{value:.6g}" for value in row] for row in zip(*histogram.values(), strict=True))
    write_atomically(path, text.getvalue().encode())


def _write_maps(found: Found, out: Path) -> dict[str, str]:
    grid = found.voxels.grid
    maps = {"dose": found.dose.dose_gy}
    if found.added is not None and len(found.added.proposed.centres):
        maps |= {"dose_added": found.added.dose.dose_gy, "dose_after": np.maximum(found.total_gy, 0.0)}
    written = {}
    record = found.inputs.images.ct_record
    for name, values in maps.items():
        image = Image(grid, values, Quantity.ABSORBED_DOSE)
        written[name] = write_nifti(image, out / f"{name}.nii.gz")
        if record is not None and name != "dose_added":
            written[f"{name}_dicom"] = _rtdose(found, image, out / f"{name}.dcm")
    return {name: file.name for name, file in written.items()}


def _rtdose(found: Found, image: Image, path: Path) -> Path:
    from hevesy.report.dicom import write_rtdose

    record = found.inputs.images.ct_record
    if record is None:
        raise OutputError(f"{path.name}: expected a DICOM CT to refer to, but none came")
    comment = f"Absorbed dose to infinity, {found.engine.name}; {found.inputs.settings.nuclide} injected into a tumour"
    return write_rtdose(image, read_headers(record)[0], path, comment=comment, label="Hevesy intratumoural dose")


def _planes(found: Found) -> Planes:
    proposed = None if found.added is None or not len(found.added.proposed.centres) else found.added
    return Planes(
        grid=found.voxels.grid,
        concentration=found.voxels.concentration,
        tumour=found.voxels.tumour.mask,
        organs=found.voxels.organ_mask,
        before_gy=found.dose.dose_gy,
        after_gy=None if proposed is None else np.maximum(found.total_gy, 0.0),
        centres=np.zeros((0, 3), dtype=np.int64) if proposed is None else proposed.proposed.centres,
        radius_mm=0.0 if proposed is None else sphere_radius_mm(proposed.case.asked.volume),
        prescribed_gy=found.inputs.settings.prescribed.dose,
    )
