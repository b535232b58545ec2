"""Waiting for the next series of echoes to arrive in a folder, whole and at rest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pydicom
from pydicom.errors import InvalidDicomError

from hevesy.acquire import load_echoes, zoned_start
from hevesy.errors import InputError, OutputError
from hevesy.workflow.holmium import local_time
from hevesy.workflow.tare.live.fractions import watched_folder
from hevesy.workflow.tare.live.settings import LiveFile

_TAGS = (
    "SOPClassUID", "SeriesInstanceUID", "EchoTime", "NumberOfFrames", "AcquisitionDate", "AcquisitionTime",
    "AcquisitionDateTime", "TimezoneOffsetFromUTC",
)  # fmt: skip
_MR = "1.2.840.10008.5.1.4.1.1.4"
"""MR Image Storage and what begins like it."""


@dataclass(frozen=True)
class Watch:
    """What is waited for, and how long."""

    folder: Path
    """That images arrive in."""
    quiet_s: float = 2.0
    """No file of the series changes for so long. [s]"""
    poll_s: float = 0.5
    """[s]"""
    at_most_s: float | None = None
    """[s]; None for ever."""


@dataclass(frozen=True)
class _Arrived:
    """Files of one series so far."""

    files: tuple[Path, ...]
    images: Mapping[str, int]
    """By echo time; of a file with many frames under an empty name."""
    newest: float
    """Last change of a file. [s]"""

    def is_whole(self, n_echoes: int, n_slices: int) -> bool:
        """Whether every echo has all its slices."""
        if set(self.images) == {""}:
            return self.images[""] == n_echoes * n_slices
        return len(self.images) == n_echoes and set(self.images.values()) == {n_slices}


def awaited(content: LiveFile, out: Path) -> int | None:
    """Number of the fraction, from 0, whose image is still to come; None where there is none."""
    for number, fraction in enumerate(content.fractions):
        if fraction.watched is not None and not watched_folder(out, number).is_dir():
            return number
    return None


def wait_for_echoes(
    content: LiveFile, number: int, out: Path, watch: Watch, waiting: Callable[[str], None] = lambda _: None
) -> Path:
    """Wait until one series of echoes after the injection is whole, and copy it to the fraction's own folder.

    A series is whole when every echo has all its slices and none of its files has changed for a while. Series from
    before the injection, and others than that many echoes and slices, are passed over.

    Parameters
    ----------
    content, number
        The file, and the fraction that waits, from 0.
    out
        Folder of the results.
    watch
        Where and how long.
    waiting
        Told what is there, whenever that changes.

    Returns
    -------
    The folder with the copy.

    Raises
    ------
    InputError
        If nothing came in time, several series are whole at once, or the folder is none.
    """
    if not watch.folder.is_dir():
        raise InputError("a folder to watch", f"{watch.folder.name!r} is none", "--watch")
    fraction = content.fractions[number]
    expected = fraction.watched
    if expected is None:
        raise InputError("a fraction with 'watched'", "another came", f"fractions, {fraction.name}")
    began, told = time.monotonic(), ""
    known: dict[Path, tuple[float, pydicom.Dataset | None]] = {}
    while True:
        series = _series(watch.folder, fraction.injected, known)
        words = _words(series)
        if words != told:
            waiting(words)
            told = words
        whole = [one for one in series.values() if one.is_whole(expected.n_echoes, expected.n_slices)]
        whole = [one for one in whole if time.time() - one.newest >= watch.quiet_s]
        if len(whole) > 1:
            came = f"{len(whole)} whole series came"
            raise InputError("one series of echoes after the injection", came, f"fractions, {fraction.name}")
        if whole:
            return _copied(whole[0], watched_folder(out, number))
        if watch.at_most_s is not None and time.monotonic() - began > watch.at_most_s:
            raise InputError(f"echoes within {watch.at_most_s:g} s", words, f"fractions, {fraction.name}")
        time.sleep(watch.poll_s)


def _series(
    folder: Path, injected: datetime, known: dict[Path, tuple[float, pydicom.Dataset | None]]
) -> dict[str, _Arrived]:
    """MR series in the folder that were acquired after the injection, by their UID."""
    found: dict[str, list[Path]] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        changed = path.stat().st_mtime
        if path not in known or known[path][0] != changed:
            known[path] = changed, _header(path)
        header = known[path][1]
        start = zoned_start(header) if header is not None else None
        if header is not None and start is not None and _is_after(start, injected):
            found.setdefault(str(header.SeriesInstanceUID), []).append(path)
    return {uid: _arrived(tuple(paths), known) for uid, paths in found.items()}


def _arrived(paths: tuple[Path, ...], known: Mapping[Path, tuple[float, pydicom.Dataset | None]]) -> _Arrived:
    images: dict[str, int] = {}
    for path in paths:
        header = known[path][1] or pydicom.Dataset()
        echo = str(header.get("EchoTime", ""))
        images[echo] = images.get(echo, 0) + int(header.get("NumberOfFrames", 1) or 1)
    return _Arrived(paths, images, max(known[path][0] for path in paths))


def _header(path: Path) -> pydicom.Dataset | None:
    """What tells a series of echoes; None for another file, or one that is not yet whole."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS))
    except (InvalidDicomError, OSError, EOFError):
        return None
    if not str(header.get("SOPClassUID", "")).startswith(_MR) or "SeriesInstanceUID" not in header:
        return None
    return header


def _is_after(start: datetime, injected: datetime) -> bool:
    """A start to the second, as scanners write it, of a clock of the injection's zone where it states none."""
    return local_time(start, injected.tzinfo) >= local_time(injected, injected.tzinfo).replace(microsecond=0)


def _copied(series: _Arrived, folder: Path) -> Path:
    """Copy to a folder that is whole and can be read, or not there."""
    partial = folder.with_name(f".{folder.name}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for number, path in enumerate(series.files):
            shutil.copyfile(path, partial / f"{number:05d}.dcm")
        load_echoes(partial)
        partial.rename(folder)
    except OSError as error:
        raise OutputError(f"{folder}: expected to copy the images, but {error.strerror or error} came") from error
    return folder


def _words(series: Mapping[str, _Arrived]) -> str:
    if not series:
        return "no MR image after the injection is there yet"
    most = max((one.images for one in series.values()), key=lambda images: sum(images.values()))
    return f"{sum(most.values())} images at {len(most)} echo times are there"
