"""Multi-echo gradient-echo MR images: one volume of magnitudes for each echo time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import EnhancedMRImageStorage, MRImageStorage

from hevesy.acquire.headers import Header, read_header
from hevesy.acquire.image import stack_of, verified_frames
from hevesy.acquire.memory import require_memory
from hevesy.acquire.pixels import read_with_pixels
from hevesy.acquire.stack import Stack
from hevesy.acquire.timing import zoned_start
from hevesy.acquire.values import number, quiet, text, texts
from hevesy.acquire.views import View, views_of
from hevesy.domain import Echoes
from hevesy.errors import GeometryError, InputError, ReadError, ScaleError

_NO_MAGNITUDE = frozenset({"P", "PHASE", "PHASE MAP", "R", "REAL", "I", "IMAGINARY", "R2_STAR_MAP", "T2_STAR_MAP"})
"""Values of Image Type that make an image something else than a magnitude."""
_SPIN_ECHO = "SE"
_STORAGE = frozenset({MRImageStorage, EnhancedMRImageStorage})
_SECONDS_PER_MS = 1e-3
_BYTES = 8


def load_echoes(folder: Path) -> Echoes:
    """Load the one multi-echo magnitude series in a folder.

    Images that are no MR, and phases, real and imaginary parts and maps by their Image Type, are passed over. The
    echoes are in the order of their Echo Time (0018,0081), which Echo Numbers (0018,0086) must follow.

    Parameters
    ----------
    folder
        With one file for each slice and echo (MR Image Storage) or enhanced objects, also in folders below.

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
    name = folder.name
    with quiet():
        headers = _headers(folder)
        slices = _magnitudes(headers, name)
        _require_one_series(slices, name)
        field = _field(slices, name)
        echoes = _by_echo_time(slices, name)
        slope = _slope(slices, name)
        stacks = [_stack(members, time, headers) for time, members in echoes]
        grid = stacks[0].grid
        if grid is None or not all(s.grid is not None and s.grid.same_geometry(grid) for s in stacks):
            raise GeometryError("all echoes on one grid", "they lie on different ones", name)
        require_memory(2 * _BYTES * len(echoes) * int(np.prod(grid.shape)), name, None)
        pixels = _Pixels(headers)
        volumes = [pixels.volume(members, stack) for (_, members), stack in zip(echoes, stacks, strict=True)]
        start = zoned_start(slices[0].dataset)
    times = tuple(time for time, _ in echoes)
    return Echoes(
        grid, np.stack(volumes) * np.float32(slope), times, field, start, text(slices[0].dataset, "PatientID")
    )


def _headers(folder: Path) -> list[Header]:
    if not folder.is_dir():
        raise ReadError("a folder of MR images", "there is none of this name", folder.name)
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.resolve().is_relative_to(folder.resolve())):
        try:
            header = read_header(path)
        except ReadError:
            continue  # other files may lie beside the images; missing slices are told
        if text(header.dataset, "SOPClassUID") in _STORAGE:
            found.append(header)
    return found


def _magnitudes(headers: Sequence[Header], name: str) -> list[View]:
    views = views_of([header.dataset for header in headers])
    found = [view for view in views if not {w.upper() for w in texts(view.dataset, "ImageType")} & _NO_MAGNITUDE]
    kinds = [text(view.dataset, "ComplexImageComponent").upper() for view in found]
    found = [view for view, kind in zip(found, kinds, strict=True) if kind in {"", "MAGNITUDE"}]
    if not found:
        raise ReadError("MR magnitude images at several echo times", "none came", name)
    return found


def _require_one_series(slices: Sequence[View], name: str) -> None:
    for keyword, what in (
        ("PatientID", "images of one patient"),
        ("StudyInstanceUID", "one multi-echo acquisition"),
        ("FrameOfReferenceUID", "one frame of reference"),
    ):
        values = {text(view.dataset, keyword) for view in slices}
        if len(values) > 1:
            raise InputError(what, f"{len(values)} came", name)
    spin = any(
        _SPIN_ECHO in texts(view.dataset, "ScanningSequence") or text(view.dataset, "EchoPulseSequence") == "SPIN"
        for view in slices
    )
    if spin:
        raise InputError("gradient echoes", "spin echoes came", name)


def _field(slices: Sequence[View], name: str) -> float:
    values = {number(view.dataset, "MagneticFieldStrength") for view in slices}
    value = values.pop() if len(values) == 1 else None
    if value is None or not value > 0:
        raise InputError("one MagneticFieldStrength above zero in all files", "none or several came", name)
    return value


def _by_echo_time(slices: Sequence[View], name: str) -> list[tuple[float, list[View]]]:
    by_time: dict[float, list[View]] = {}
    for view in slices:
        time = number(view.dataset, "EchoTime")
        if time is None or not time > 0:
            raise InputError("an Echo Time above zero of every slice", "none came", name)
        by_time.setdefault(time, []).append(view)
    if len(by_time) < 2:
        raise InputError("several echo times", "one echo only came", name)
    ordered = sorted(by_time.items())
    stated = [number(members[0].dataset, "EchoNumbers") for _, members in ordered]
    known = [one for one in stated if one is not None]
    if len(known) == len(ordered) and known != sorted(known):
        raise InputError("Echo Numbers that grow with Echo Time", "they are in another order", name)
    return [(time * _SECONDS_PER_MS, members) for time, members in ordered]


def _slope(slices: Sequence[View], name: str) -> float:
    scales = {
        (number(view.dataset, "RescaleSlope") or 1.0, number(view.dataset, "RescaleIntercept") or 0.0)
        for view in slices
    }
    if len(scales) > 1:
        raise ScaleError("one Rescale Slope and Intercept for all echoes", f"{len(scales)} came", name)
    slope, intercept = scales.pop()
    if slope <= 0 or intercept != 0.0:
        raise ScaleError("a positive Rescale Slope and no Intercept", f"{slope:g} and {intercept:g} came", name)
    return slope


def _stack(members: Sequence[View], time_s: float, headers: Sequence[Header]) -> Stack:
    where = f"echo at {time_s / _SECONDS_PER_MS:g} ms"
    stack, _, findings = stack_of([m.dataset for m in members], [headers[m.file].path.name for m in members])
    if findings or stack.grid is None:
        told = findings[0].message.removeprefix("expected ") if findings else "a regular volume, but none came"
        expected, _, came = told.partition(", but ")
        raise GeometryError(expected, came or "others came", where)
    return stack


class _Pixels:
    """Stored values of the files, the last one kept: an enhanced object holds all slices and echoes."""

    def __init__(self, headers: Sequence[Header]) -> None:
        self._headers = headers
        self._last: tuple[int, NDArray[Any]] | None = None

    def volume(self, members: Sequence[View], stack: Stack) -> NDArray[np.float32]:
        """Stored values of one echo. Shape ``(z, y, x)``."""
        planes = []
        for plane in stack.order:
            view = members[plane.file]
            planes.append(self._frames(view.file, plane.shape)[view.frames[plane.frame]].astype(np.float32))
        return np.stack(planes)

    def _frames(self, file: int, shape: tuple[int, int]) -> NDArray[Any]:
        if self._last is None or self._last[0] != file:
            header = self._headers[file]
            dataset = read_with_pixels(header.path, header.stamp)
            self._last = file, verified_frames(dataset, shape, header.path.name)
        return self._last[1]
