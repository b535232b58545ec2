"""Multi-echo gradient-echo MR images: one volume of magnitudes for each echo time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from hevesy.acquire.headers import Header, read_header
from hevesy.acquire.image import stack_of, verified_frames
from hevesy.acquire.memory import require_memory
from hevesy.acquire.pixels import read_with_pixels
from hevesy.acquire.stack import Stack
from hevesy.acquire.timing import started
from hevesy.acquire.values import number, quiet, text, texts
from hevesy.domain import Echoes
from hevesy.errors import GeometryError, InputError, ReadError, ScaleError

_NO_MAGNITUDE = frozenset({"P", "PHASE", "PHASE MAP", "R", "REAL", "I", "IMAGINARY", "R2_STAR_MAP", "T2_STAR_MAP"})
"""Values of Image Type that make an image something else than a magnitude."""
_SPIN_ECHO = "SE"
_SECONDS_PER_MS = 1e-3
_BYTES = 8


def load_echoes(folder: Path) -> Echoes:
    """Load the one multi-echo magnitude series in a folder.

    Images that are no MR, and phases, real and imaginary parts and maps by their Image Type, are passed over. The
    echoes are in the order of their Echo Time (0018,0081), which Echo Numbers (0018,0086) must follow.

    Parameters
    ----------
    folder
        With one file for each slice and echo (MR Image Storage), also in folders below.

    Returns
    -------
    Magnitudes with float32 values, Rescale Slope applied where all files state the same.

    Raises
    ------
    ReadError
        If there is no such series, or a file is damaged.
    InputError
        If there is one echo only, images of several acquisitions or patients, echoes in the wrong order, spin echoes,
        or no Echo Time or Magnetic Field Strength.
    GeometryError
        If an echo makes no volume, or the echoes lie on different grids.
    ScaleError
        If the files state different scales.
    """
    with quiet():
        headers = _magnitudes(folder)
        name = folder.name
        _require_one_series(headers, name)
        field = _same_number(headers, "MagneticFieldStrength", name)
        echoes = _by_echo_time(headers, name)
        slope = _slope([header.dataset for header in headers], name)
        stacks = [_stack(members, time) for time, members in echoes]
        grid = stacks[0].grid
        if grid is None or not all(s.grid is not None and s.grid.same_geometry(grid) for s in stacks):
            raise GeometryError("all echoes on one grid", "they lie on different ones", name)
        require_memory(2 * _BYTES * len(echoes) * int(np.prod(grid.shape)), name, None)
        volumes = [_volume(members, stack) for (_, members), stack in zip(echoes, stacks, strict=True)]
        start = started(headers[0].dataset)
    times = tuple(time for time, _ in echoes)
    return Echoes(grid, np.stack(volumes) * np.float32(slope), times, field, start.value if start else None)


def _magnitudes(folder: Path) -> list[Header]:
    if not folder.is_dir():
        raise ReadError("a folder of MR images", "there is none of this name", folder.name)
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.resolve().is_relative_to(folder.resolve())):
        try:
            header = read_header(path)
        except ReadError:
            continue  # other files may lie beside the images; missing slices are told
        words = {word.upper() for word in texts(header.dataset, "ImageType")}
        if text(header.dataset, "SOPClassUID") == MRImageStorage and not words & _NO_MAGNITUDE:
            found.append(header)
    if not found:
        raise ReadError("MR magnitude images, one file for each slice and echo", "none came", folder.name)
    return found


def _require_one_series(headers: Sequence[Header], name: str) -> None:
    for keyword, what in (
        ("PatientID", "images of one patient"),
        ("StudyInstanceUID", "one multi-echo acquisition"),
        ("FrameOfReferenceUID", "one frame of reference"),
    ):
        values = {text(header.dataset, keyword) for header in headers}
        if len(values) > 1:
            raise InputError(what, f"{len(values)} came", name)
    if any(_SPIN_ECHO in texts(header.dataset, "ScanningSequence") for header in headers):
        raise InputError("gradient echoes", "Scanning Sequence says spin echo", name)


def _same_number(headers: Sequence[Header], keyword: str, name: str) -> float:
    values = {number(header.dataset, keyword) for header in headers}
    value = values.pop() if len(values) == 1 else None
    if value is None or not value > 0:
        raise InputError(f"one {keyword} above zero in all files", "none or several came", name)
    return value


def _by_echo_time(headers: Sequence[Header], name: str) -> list[tuple[float, list[Header]]]:
    by_time: dict[float, list[Header]] = {}
    for header in headers:
        time = number(header.dataset, "EchoTime")
        if time is None or not time > 0:
            raise InputError("an Echo Time above zero in every file", "none came", header.path.name)
        by_time.setdefault(time, []).append(header)
    if len(by_time) < 2:
        raise InputError("several echo times", "one echo only came", name)
    ordered = sorted(by_time.items())
    stated = [number(members[0].dataset, "EchoNumbers") for _, members in ordered]
    known = [one for one in stated if one is not None]
    if len(known) == len(ordered) and known != sorted(known):
        raise InputError("Echo Numbers that grow with Echo Time", "they are in another order", name)
    return [(time * _SECONDS_PER_MS, members) for time, members in ordered]


def _slope(datasets: Sequence[Dataset], name: str) -> float:
    scales = {(number(d, "RescaleSlope") or 1.0, number(d, "RescaleIntercept") or 0.0) for d in datasets}
    if len(scales) > 1:
        raise ScaleError("one Rescale Slope and Intercept for all echoes", f"{len(scales)} came", name)
    slope, intercept = scales.pop()
    if slope <= 0 or intercept != 0.0:
        raise ScaleError("a positive Rescale Slope and no Intercept", f"{slope:g} and {intercept:g} came", name)
    return slope


def _stack(members: Sequence[Header], time_s: float) -> Stack:
    where = f"echo at {time_s / _SECONDS_PER_MS:g} ms"
    stack, _, findings = stack_of([m.dataset for m in members], [m.path.name for m in members])
    if findings or stack.grid is None:
        told = findings[0].message.removeprefix("expected ") if findings else "a regular volume, but none came"
        expected, _, came = told.partition(", but ")
        raise GeometryError(expected, came or "others came", where)
    return stack


def _volume(members: Sequence[Header], stack: Stack) -> NDArray[np.float32]:
    planes = []
    for plane in stack.order:
        header = members[plane.file]
        name = header.path.name
        dataset = read_with_pixels(header.path, header.stamp)
        planes.append(verified_frames(dataset, plane.shape, name)[plane.frame].astype(np.float32))
    return np.stack(planes)
