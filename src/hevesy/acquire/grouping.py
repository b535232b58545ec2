"""Files to series: by series UID across folders, repeated instances once, NM objects apart unless they are parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from hevesy.acquire.files import file_sha256
from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.headers import Header
from hevesy.acquire.kinds import is_tomogram
from hevesy.acquire.planes import FilePlanes, planes_of
from hevesy.acquire.values import text
from hevesy.domain import Finding
from hevesy.errors import ReadError

_BY_INSTANCE = frozenset({"RTSTRUCT", "SEG", "REG"})
_SAME_PLANE_MM = 0.01


@dataclass(frozen=True)
class FileGroup:
    """The files of one series."""

    uid: str
    """As in ``SeriesRecord.series_uid``."""
    headers: tuple[Header, ...]
    findings: tuple[Finding, ...] = ()
    frames: tuple[int, ...] | None = None
    """Frames of the one file that belong to it, from 0; None for all."""
    part: str = ""
    """As in ``SeriesRecord.part``."""


def group_files(headers: Iterable[Header]) -> tuple[FileGroup, ...]:
    """Group headers into series.

    Single slices belong together by Series Instance UID, in whatever folders they lie. RTSTRUCT, SEG and REG objects
    are each their own series. NM objects of one series are put together where they are parts of one volume (same
    acquisition, matrix and orientation, no slice twice); otherwise each is its own series.
    """
    series: dict[tuple[str, str], list[Header]] = {}
    for header in headers:
        key = text(header.dataset, "SeriesInstanceUID"), text(header.dataset, "Modality").upper()
        series.setdefault(key, []).append(header)
    groups: list[FileGroup] = []
    for (uid, modality), members in series.items():
        once, findings = _once(members)
        if len(once) > 1 and (modality in _BY_INSTANCE or (modality == "NM" and not _parts_of_one(once))):
            groups += [FileGroup(f"{uid}#{_instance(h)}", (h,), findings) for h in once]
        else:
            groups.append(FileGroup(uid, once, findings))
    return tuple(groups)


def _instance(header: Header) -> str:
    return text(header.dataset, "SOPInstanceUID")


def _once(members: Sequence[Header]) -> tuple[tuple[Header, ...], tuple[Finding, ...]]:
    """Each SOP instance once; copies are told, different files under one UID forbid the series."""
    kept: dict[str, Header] = {}
    copies: list[Header] = []
    conflicts: list[Header] = []
    for number, header in enumerate(sorted(members, key=lambda h: h.path.as_posix())):
        known = kept.setdefault(_instance(header) or f"without-uid-{number}", header)
        if known is header:
            continue
        (copies if _content(known) == _content(header) else conflicts).append(header)
    findings = []
    if copies:
        came = f"{len(copies)} came again and are read once (such as {copies[0].path.name})"
        findings.append(notice("duplicate-file", "each file once", came))
    if conflicts:
        came = f"{len(conflicts)} more under a used SOP Instance UID differ (such as {conflicts[0].path.name})"
        findings.append(blocking("duplicate-instance", "one file for each SOP Instance UID", came))
    return tuple(kept.values()), tuple(findings)


def _content(header: Header) -> str:
    try:
        return file_sha256(header.path, header.stamp)
    except ReadError:
        return ""


def _parts_of_one(headers: Sequence[Header]) -> bool:
    if not all(is_tomogram(header.dataset) for header in headers):
        return False
    located = [planes_of(header.dataset, index) for index, header in enumerate(headers)]
    if any(file.findings or not file.planes for file in located):
        return False
    keys = {_part_key(h.dataset, file) for h, file in zip(headers, located, strict=True)}
    if len(keys) > 1:
        return False
    normal = np.array(located[0].planes[0].normal)
    along = np.sort([float(normal @ plane.position_mm) for file in located for plane in file.planes])
    return bool(np.diff(along).min() > _SAME_PLANE_MM)


def _part_key(dataset: Dataset, file: FilePlanes) -> tuple[object, ...]:
    one = replace(file.planes[0], file=0, frame=0, position_mm=(0.0, 0.0, 0.0))
    said = ("AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime", "ImageType", "SeriesDescription")
    return (one, *(text(dataset, keyword) for keyword in said))
