"""Memory and disk that a run will take, estimated from the headers before anything is taken."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from hevesy.domain import RoiSet, SeriesRecord
from hevesy.errors import InputError, OutputError
from hevesy.transport import AbstractDoseEngine
from hevesy.workflow.plan import PlannedTimePoint

_GIB = float(1 << 30)
_PROGRAM_BYTES = 720e6
"""Interpreter and libraries, with what drawing and typesetting the report takes."""
_EARLY_BYTES = 360e6
"""The same before the report."""
_WORKER_BYTES = 240e6
"""The same of a process that registers."""
_CT_KEPT_BYTES = float(1 << 30)
_CT_BYTES = 4.0
"""A CT as loaded. [byte/voxel]"""
_COARSE_MM = 4.0
_COARSE_BYTES = 135.0
"""Registering two CTs and judging it. [byte/voxel of about 4 mm]"""
_SCAN_BYTES = 40.0
"""An emission image as stored, as activity, resampled, as dose rate, and in the sums of the map. [byte/voxel]"""
_MAP_BYTES = 60.0
"""Dose map, labels, densities, distances and what their sums take for a moment. [byte/voxel]"""
_REGION_BYTES = 1.0
"""A region's mask on one scan. [byte/voxel]"""
_CONTOUR_BYTES = 3000.0
"""One contour with the elements of its file. [byte]"""
_DISK_BYTES = 16.0
"""Dose map as NIfTI and RTDOSE and stored for the next run. [byte/voxel]"""
_ACTIVITY_DISK_BYTES = 4.0
"""An activity image as NIfTI. [byte/voxel]"""
_REPORT_DISK_BYTES = 24e6


def expected_memory(plan: Sequence[PlannedTimePoint], drawn: Iterable[RoiSet], n_regions: int, workers: int) -> float:
    """The most memory that a run takes at one moment, all of its processes together, from the headers. [byte]

    Measured on the simulated patient in two sizes and on CTs of 512 x 512 x 200; see the page on performance.

    Parameters
    ----------
    plan
        Time points.
    drawn
        Regions as drawn.
    n_regions
        Regions of the study.
    workers
        Processes that register at a time; 1 registers in the program's own.
    """
    scans = [_voxels(point.emission) for point in plan]
    cts = sorted((_voxels(point.ct) for point in plan if point.ct is not None), reverse=True)
    masks = sum(roi.mask.nbytes for rois in drawn for roi in rois.rois if roi.mask is not None)
    contours = _CONTOUR_BYTES * sum(len(roi.contours) for rois in drawn for roi in rois.rois)
    largest_ct = max(cts, default=0)
    coarse = _COARSE_BYTES * max((_coarse_voxels(point.ct) for point in plan), default=0)
    kept_cts = min(_CT_BYTES * sum(cts), max(_CT_KEPT_BYTES, _CT_BYTES * largest_ct))
    images = _SCAN_BYTES * sum(scans) + _MAP_BYTES * max(scans, default=0) + _REGION_BYTES * n_regions * sum(scans)
    pairs = min(workers, len(cts) - 1)
    registering = kept_cts + coarse
    if pairs > 1:
        registering = pairs * (_WORKER_BYTES + 2 * _CT_BYTES * largest_ct + coarse)
    return masks + contours + max(_EARLY_BYTES + registering, _PROGRAM_BYTES + kept_cts + images)


def expected_map_memory(engines: Iterable[AbstractDoseEngine], reference: SeriesRecord) -> float:
    """The most that one engine takes beside the images, from the header of the reference. [byte]"""
    if reference.grid is None:
        return 0.0
    return max(engine.map_memory_bytes(reference.grid.shape) for engine in engines)


def _coarse_voxels(record: SeriesRecord | None) -> int:
    """Voxels of the image that a CT is registered on."""
    if record is None or record.grid is None:
        return 0
    steps = [max(1, round(_COARSE_MM / spacing)) for spacing in reversed(record.grid.spacing_mm)]
    return math.prod(n // step for n, step in zip(record.grid.shape, steps, strict=True))


def require_memory(needed: float, available: float | None) -> None:
    """Refuse a run that would take more memory than there is.

    Parameters
    ----------
    needed
        [byte]
    available
        What may be used; None where nothing says. [byte]

    Raises
    ------
    InputError
        With both numbers.
    """
    if available is not None and needed > available:
        raise InputError(
            f"{needed / _GIB:.1f} GiB of memory for this study",
            f"{available / _GIB:.1f} GiB are available (another limit: --memory)",
            "memory",
        )


def expected_disk(
    plan: Sequence[PlannedTimePoint], reference: SeriesRecord, n_regions: int, *, activity_images: bool = False
) -> float:
    """Bytes that the results of a run take, with its stored stages. [byte]"""
    masks = n_regions * sum(_voxels(point.emission) for point in plan) / 8.0
    images = _ACTIVITY_DISK_BYTES * len(plan) * _voxels(reference) if activity_images else 0.0
    return _REPORT_DISK_BYTES + _DISK_BYTES * _voxels(reference) + 2.0 * masks + images


def require_disk(needed: float, out: Path) -> None:
    """Refuse a run whose results the disk cannot hold.

    Raises
    ------
    OutputError
        With both numbers.
    """
    there = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise OutputError(
            f"{out}: expected {needed / 1e6:.0f} MB of free disk for the results, but {free / 1e6:.0f} MB are free"
        )


def _voxels(record: SeriesRecord | None) -> int:
    return math.prod(record.grid.shape) if record is not None and record.grid is not None else 0
