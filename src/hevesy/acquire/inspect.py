"""Reading folders: every series, the time points they make, and an account of geometry and scale."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from hevesy.acquire.agreement import (
    administration_findings,
    agreed_administration,
    patient_findings,
    time_point_findings,
)
from hevesy.acquire.alike import alike_findings
from hevesy.acquire.files import opened, stamp
from hevesy.acquire.findings import notice
from hevesy.acquire.grouping import group_files
from hevesy.acquire.headers import Header, probe
from hevesy.acquire.nifti import is_nifti
from hevesy.acquire.parts import images_of
from hevesy.acquire.series import Described, describe, describe_nifti
from hevesy.acquire.time_points import LATEST, emissions, find_time_points
from hevesy.acquire.timezones import OffsetRecord, at_one_offset
from hevesy.acquire.values import quiet
from hevesy.domain import Finding, ImportReport, Progress, SeriesRecord, silent
from hevesy.errors import InputError, ReadError, printable

_RANK = {"NM": 0, "PT": 0, "CT": 1, "MR": 2, "RTSTRUCT": 3, "SEG": 3, "REG": 4, "NIFTI": 6}
_NAME_LETTERS = 160


def inspect_folder(folders: Sequence[Path], *, progress: Progress = silent) -> ImportReport:
    """Read the headers of everything in some folders and report what is there.

    Parameters
    ----------
    folders
        Searched with everything below them; a link that leads out of its folder is not followed.
    progress
        Told how many files are read.

    Returns
    -------
    Series, time points, administration, contradictions, what is missing, and the files that were skipped.

    Raises
    ------
    ReadError
        If a folder does not exist, or there is no series in any.
    """
    files, skipped = _list_files(folders)
    if not files and not skipped:
        raise ReadError("a folder with DICOM or NIfTI files", "it is empty", _shown(folders))
    with quiet():
        described, unreadable = _read_all(files, progress)
    unreadable = [*skipped, *unreadable]
    if not described:
        came = f"none of {len(unreadable)} files is; the first: {unreadable[0].message}"
        raise ReadError("DICOM or NIfTI files", came, _shown(folders))
    return _report(described, unreadable, len(files) + len(skipped))


def _shown(folders: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in folders)


def _list_files(folders: Sequence[Path]) -> tuple[dict[Path, str], list[Finding]]:
    """Every file once, sorted, with its name relative to its folder; and the links that lead out."""
    found: dict[Path, str] = {}
    skipped: list[Finding] = []
    for folder in folders:
        if not folder.is_dir():
            came = "it is a file" if folder.exists() else "it does not exist"
            raise ReadError("a folder", came, str(folder))
        root = os.path.realpath(folder)
        for path in _walk(folder, skipped):
            name = _name(path, folder)
            target = Path(os.path.realpath(path))
            reason = _not_read(path, target, root)
            if reason:
                skipped.append(notice(*reason, name))
            elif not stat.S_ISDIR(target.stat().st_mode):
                found.setdefault(target, name)
    return found, skipped


def _not_read(path: Path, target: Path, root: str) -> tuple[str, str, str] | None:
    """Why a file is not opened: a link that leads out or nowhere, or anything that is no regular file or folder."""
    if not target.is_relative_to(root):
        return "link-outside", "a file in the folder", "it is a link that leads out"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return "unreadable-file", "a file", f"{error.strerror or error} came"
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return "special-file", "a regular file", "it is a pipe, socket or device and is not opened"
    return None


def _name(path: Path, folder: Path) -> str:
    """A path below a folder as messages call it."""
    name = printable(path.relative_to(folder).as_posix())
    return name if len(name) <= _NAME_LETTERS else f"...{name[-_NAME_LETTERS:]}"


def _walk(folder: Path, skipped: list[Finding]) -> Iterator[Path]:
    """Every file, and every link to a folder; a folder that cannot be listed is told."""

    def refuse(error: OSError) -> None:
        name = _name(Path(os.fsdecode(error.filename)), folder)
        skipped.append(notice("unreadable-folder", "a readable folder", f"{error.strerror or error} came", name))

    for where, subfolders, names in os.walk(folder, onerror=refuse, followlinks=False):
        subfolders.sort()
        links = [name for name in subfolders if (Path(where) / name).is_symlink()]
        yield from (Path(where) / name for name in sorted((*names, *links)))


def _read_all(files: dict[Path, str], progress: Progress) -> tuple[list[Described], list[Finding]]:
    headers: list[Header] = []
    described: list[Described] = []
    unreadable: list[Finding] = []
    progress("reading headers", 0, len(files))
    for done, (path, name) in enumerate(files.items(), start=1):
        found = _nifti(path, name) if is_nifti(path) else probe(path, name)
        if isinstance(found, Finding):
            unreadable.append(found)
        elif isinstance(found, Header):
            headers.append(found)
            if found.pixel_problem:
                unreadable.append(Finding("truncated-file", f"{name}: {found.pixel_problem}"))
        else:
            described.append(Described(found))
        progress("reading headers", done, len(files))
    stamps = {header.path: header.stamp for header in headers}
    for image in (image for group in group_files(headers) for image in images_of(group)):
        one = describe(image)
        marks = tuple(mark for path in one.record.files if (mark := stamps[path]) is not None)
        described.append(replace(one, record=replace(one.record, stamps=marks)))
    return described, unreadable


def _nifti(path: Path, name: str) -> SeriesRecord | Finding:
    try:
        with opened(path) as stream:
            mark = stamp(stream)
            record = describe_nifti(path, name)
    except InputError as error:
        return notice("unreadable-file", error.expected, error.came, name)
    except OSError as error:
        return notice("unreadable-file", "a readable file", f"{error.strerror or error} came", name)
    return replace(record, stamps=(mark,))


def _report(described: Sequence[Described], unreadable: Sequence[Finding], n_files: int) -> ImportReport:
    timed = at_one_offset([OffsetRecord(one.record, one.timezone_offsets) for one in described])
    series = tuple(_named(f"S{n}", record) for n, record in enumerate(_sorted(timed.records), start=1))
    records = {record.id: record for record in series}
    scans = emissions(series)
    administration = agreed_administration(scans)
    points = find_time_points(series, administration.start if administration else None)
    told, missing = time_point_findings(points, records.__getitem__)
    if not scans:
        missing = ["emission images (NM RECON TOMO or PET)"]
    agreement = administration_findings(scans, same_clock=timed.same_clock)
    findings = [*patient_findings(series), *agreement, *timed.findings, *told, *alike_findings(series)]
    return ImportReport(
        series=series,
        time_points=points,
        administration=administration,
        contradictions=tuple(findings),
        missing=tuple(missing),
        unreadable=tuple(unreadable),
        n_files=n_files,
    )


def _sorted(records: Iterable[SeriesRecord]) -> list[SeriesRecord]:
    """In an order that neither file names nor folders change: kind, time, description, UID."""
    return sorted(
        records,
        key=lambda r: (_RANK.get(r.modality, 5), r.acquisition_start or LATEST, r.description, r.series_uid),
    )


def _named(series_id: str, record: SeriesRecord) -> SeriesRecord:
    findings = tuple(
        Finding(
            f.code, f"series {series_id}{': ' if f.message.startswith('expected') else ', '}{f.message}", f.blocking
        )
        for f in record.contradictions
    )
    return replace(record, id=series_id, contradictions=findings)
