"""From images at several times to maps of time-integrated activity, with NIfTI images in and out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation, InputFile
from hevesy.domain.progress import Progress, silent
from hevesy.errors import OutputError
from hevesy.integrate import VoxelCurves, fit_voxelwise
from hevesy.integrate.voxelwise import require_scans
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.physdata import Nuclide, nuclide
from hevesy.quantities import Uncertain, interval95
from hevesy.report import write_atomically
from hevesy.workflow.nifti_like import write_like
from hevesy.workflow.provenance import file_sha256, result_key, versions
from hevesy.workflow.voxel_fit_inputs import VoxelFitImages, VoxelFitInputs, read_voxel_fit, require_voxel_fit

Floats = NDArray[np.float64]

MODELS = ("mono", "uptake-mono", "bi")
_SECONDS_PER_HOUR = 3600.0
_PICTURE, _DOCUMENT = "voxel_fit.jpg", "voxel_fit.json"
_FILES = {
    "time_integrated_activity": "time_integrated_activity.nii.gz",
    "standard_uncertainty": "time_integrated_activity_uncertainty.nii.gz",
    "chi_square": "chi_square.nii.gz",
    "effective_half_life": "effective_half_life.nii.gz",
    "status": "status.nii.gz",
}
"""Maps by what they hold."""
_WORDS = {
    "time_integrated_activity": "time-integrated activity [Bq s]",
    "standard_uncertainty": "u of time-integrated activity [Bq s]",
    "chi_square": "chi-square of the fit",
    "effective_half_life": "effective half-life [h]",
}
_NO_VALUE = "no voxel could be fitted"
_CITATIONS = (
    Citation(
        "golub-2003",
        "G. H. Golub, V. Pereyra, Separable nonlinear least squares: the variable projection method and its "
        "applications, Inverse Probl. 19 (2003) R1",
        "10.1088/0266-5611/19/2/201",
    ),
    Citation(
        "hardiansyah-2021",
        "D. Hardiansyah et al., EJNMMI Phys. 8 (2021) (fit functions with rates bounded by physical decay)",
        "10.1186/s40658-021-00427-x",
    ),
)


@dataclass(frozen=True)
class VoxelFitRequest:
    """Everything that a voxelwise fit follows from."""

    images: VoxelFitImages
    nuclide: str
    model: str
    without_value: Literal["nan", "zero"]
    """What stands in the maps where there is no value."""
    threads: int
    out: Path
    """Folder."""


@dataclass(frozen=True)
class _Maps:
    """What is written, by name. Shape ``(z, y, x)``."""

    integral_bq_s: Floats
    standard_uncertainty_bq_s: Floats
    chi_square: Floats
    half_life_h: Floats


def voxel_fit(request: VoxelFitRequest, start_cpu_s: float, progress: Progress = silent) -> dict[str, object]:
    """Fit every voxel and write the maps, a picture and a document into the folder.

    Parameters
    ----------
    request
        Input, options and output.
    start_cpu_s
        CPU time that starting has taken. [s]
    progress
        Told the voxels fitted so far.

    Returns
    -------
    The document, also written as ``voxel_fit.json``. Its total is null, with the reason, where no voxel has a value.

    Raises
    ------
    InputError
        If the input is not sound, see :func:`hevesy.workflow.voxel_fit_inputs.read_voxel_fit`.
    OutputError
        If the folder cannot be written, or would take the place of an image read.
    """
    decays = nuclide(request.nuclide)
    require_scans(request.model, [time_h * _SECONDS_PER_HOUR for time_h in request.images.times_h])
    require_voxel_fit(request.images)
    _require_folder(request.out, request.images.paths)
    clock = [start_cpu_s, time.process_time()]
    warm_up(request.model)
    clock.append(time.process_time())
    inputs = read_voxel_fit(request.images, decays.decay_constant_per_s)
    hashes = tuple(InputFile(path.name, file_sha256(path)) for path in request.images.paths)
    _make(request.out)
    clock.append(time.process_time())
    curves = fit_voxelwise(
        inputs.scans,
        physical_half_life_s=decays.half_life_s,
        model=request.model,
        within=inputs.within,
        threads=request.threads,
        progress=progress,
    )
    clock.append(time.process_time())
    maps = _maps(curves)
    _write(request, maps, curves)
    clock.append(time.process_time())
    cpu = {"start": clock[2] - clock[1] + start_cpu_s, "fit": clock[4] - clock[3]}
    cpu["io"] = clock[3] - clock[2] + clock[5] - clock[4]
    document = _document(request, decays, (inputs, curves, maps), hashes) | {"cpu_s": cpu}
    text = json.dumps(document, allow_nan=False, ensure_ascii=False, indent=2) + "\n"
    write_atomically(request.out / _DOCUMENT, text.encode())
    return document


def warm_up(model: str) -> None:
    """Load or compile the machine code, so that the fit is measured alone."""
    from hevesy.numerics.voxel_fit import fit_voxels

    times = np.array([4.0, 24.0, 96.0, 168.0])
    values = np.exp(-times / 50.0)[:, None]
    fit_voxels(model, times, values, 0.1 * values, 0.001)


def _require_folder(out: Path, inputs: tuple[Path, ...]) -> None:
    """That results can be written, and that none takes the place of what it was made from."""
    taken = {path.resolve() for path in inputs}
    for name in (*_FILES.values(), _PICTURE, _DOCUMENT):
        if (out / name).resolve() in taken:
            raise OutputError(f"{out / name}: expected a folder without the images read, but one of them came")
    there = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{out}: expected a folder to write, but {there} cannot be written")


def _make(out: Path) -> None:
    """Make the folder before the work of the fit."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: expected to make the folder, but {error.strerror or error} came") from error


def _maps(curves: VoxelCurves) -> _Maps:
    volume = curves.grid.voxel_volume_ml
    return _Maps(
        curves.time_integrated_activity * volume,
        curves.standard_uncertainty * volume,
        curves.chi_square,
        curves.effective_half_life_s / _SECONDS_PER_HOUR,
    )


def _write(request: VoxelFitRequest, maps: _Maps, curves: VoxelCurves) -> None:
    like = request.images.activities[0]
    fields = (maps.integral_bq_s, maps.standard_uncertainty_bq_s, maps.chi_square, maps.half_life_h)
    for (name, words), values in zip(_WORDS.items(), fields, strict=True):
        shown = np.nan_to_num(values, nan=0.0) if request.without_value == "zero" else values
        write_like(shown, like, request.out / _FILES[name], words)
    write_like(curves.status, like, request.out / _FILES["status"], "status of the fit, see voxel_fit.json", np.uint8)
    from hevesy.report.figures.style import raster
    from hevesy.report.figures.voxel_maps import draw_voxel_maps

    picture = raster(
        lambda: draw_voxel_maps(maps.integral_bq_s, maps.standard_uncertainty_bq_s, curves.status, curves.grid)
    )
    write_atomically(request.out / _PICTURE, picture.data)


def _document(
    request: VoxelFitRequest,
    decays: Nuclide,
    made: tuple[VoxelFitInputs, VoxelCurves, _Maps],
    hashes: tuple[InputFile, ...],
) -> dict[str, object]:
    inputs, curves, maps = made
    settings, used = _settings(request), versions()
    found = np.isfinite(maps.integral_bq_s)
    return {
        "model": request.model,
        "nuclide": decays.name,
        "physical_half_life_h": decays.half_life_s / _SECONDS_PER_HOUR,
        "times_h": list(request.images.times_h),
        "voxel_volume_ml": curves.grid.voxel_volume_ml,
        "voxels": {"image": int(found.size), "fitted": int(inputs.within.sum()), "with_value": int(found.sum())},
        "status": _statuses(inputs, curves),
        "time_integrated_activity_bq_s": _total(maps, found),
        "activity_without_value": _shares(inputs, found),
        "medians": _medians(maps, found),
        "degrees_of_freedom": curves.degrees_of_freedom,
        "files": {**_FILES, "picture": _PICTURE, "document": _DOCUMENT},
        "unit": "Bq s in every voxel",
        "notes": list(inputs.notes),
        "provenance": {
            "key": result_key(hashes, settings, used),
            "inputs": [{"name": item.name, "sha256": item.sha256} for item in hashes],
            "settings": settings,
            "versions": used,
            "seed": None,
            "citations": [{"key": c.key, "text": c.text, "doi": c.doi} for c in (*_CITATIONS, decays.source)],
        },
    }


def _statuses(inputs: VoxelFitInputs, curves: VoxelCurves) -> list[dict[str, object]]:
    """Every status that occurs: its code in the map, how many voxels, and their share of the first scan's activity."""
    first = np.asarray(inputs.scans[0].activity.values, dtype=np.float64)
    counts = np.bincount(curves.status.ravel(), minlength=max(VoxelStatus) + 1)
    shares = np.bincount(curves.status.ravel(), weights=first.ravel(), minlength=max(VoxelStatus) + 1)
    total = float(shares.sum())
    return [
        {
            "status": status.text,
            "code": int(status),
            "has_value": status.has_value,
            "voxels": int(counts[status]),
            "share_of_activity": float(shares[status]) / total if total > 0 else None,
        }
        for status in VoxelStatus
        if counts[status]
    ]


def _total(maps: _Maps, found: NDArray[np.bool_]) -> dict[str, object]:
    """Of all voxels with a value. Their errors count as common: an upper bound, as noise is correlated nearby only."""
    if not found.any():
        return {"value": None, "standard_uncertainty": None, "interval95": None, "reason": _NO_VALUE}
    u = float(maps.standard_uncertainty_bq_s[found].sum())
    total = Uncertain(float(maps.integral_bq_s[found].sum()), {"counts:voxels": u})
    return {
        "value": total.value,
        "standard_uncertainty": total.standard_uncertainty,
        "interval95": list(interval95(total)),
        "scope": "voxels with a value; noise as if all of them erred together, an upper bound; nothing else",
    }


def _shares(inputs: VoxelFitInputs, found: NDArray[np.bool_]) -> list[float | None]:
    """What part of each image's activity lies in voxels that were to be fitted and have no value."""
    shares: list[float | None] = []
    for scan in inputs.scans:
        values = np.where(inputs.within, scan.activity.values, 0.0).astype(np.float64)
        total = float(values.sum())
        shares.append(float(values[~found].sum()) / total if total > 0 else None)
    return shares


def _medians(maps: _Maps, found: NDArray[np.bool_]) -> Mapping[str, float | None]:
    if not found.any():
        return {"effective_half_life_h": None, "relative_standard_uncertainty": None, "chi_square": None}
    relative = maps.standard_uncertainty_bq_s[found] / maps.integral_bq_s[found]
    return {
        "effective_half_life_h": float(np.median(maps.half_life_h[found])),
        "relative_standard_uncertainty": float(np.median(relative)),
        "chi_square": float(np.median(maps.chi_square[found])),
    }


def _settings(request: VoxelFitRequest) -> dict[str, object]:
    """What the numbers follow from, besides files and versions."""
    images = request.images
    return {
        "model": request.model,
        "nuclide": request.nuclide,
        "times_h": list(images.times_h),
        "unit": images.unit,
        "noise": list(images.noise) or "images",
        "above": images.above,
        "masked": images.mask is not None,
        "decay_corrected": images.decay_corrected,
        "without_value": request.without_value,
    }
