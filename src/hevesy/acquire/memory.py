"""Memory that loading will take, estimated before it is taken, and what the machine can give."""

from __future__ import annotations

import math
import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hevesy.domain import SeriesRecord
from hevesy.errors import ReadError

_GIB = 1 << 30
_FILE_COPIES = 3
"""A file as read, its pixels cut out of it, and decoded."""
_CONTOUR_COPIES = 6
"""Text, elements and points of a structure set, in units of its file."""
_UNPACKED_BITS = 16
"""A segmentation of one bit a voxel, unpacked and compared."""
NIFTI_BYTES = 32
"""A scaled image and its labels as float64, each twice. [byte/voxel]"""


def expected_bytes(record: SeriesRecord) -> int:
    """The most memory that loading a series takes at one moment, from its headers alone. [byte]

    An upper bound for uncompressed files; compressed pixels are weighed when they are decoded. What stays after loading
    is :func:`held_bytes`.
    """
    voxels = _voxels(record)
    sizes = _sizes(record)
    if record.modality == "RTSTRUCT":
        return _CONTOUR_COPIES * sum(sizes)
    if record.modality == "SEG":
        return max(len(record.roi_names), 1) * voxels + _UNPACKED_BITS * sum(sizes)
    if record.modality == "NIFTI":
        return NIFTI_BYTES * voxels
    largest = max(sizes, default=0)
    return 12 * voxels + _FILE_COPIES * largest + 8 * math.ceil(voxels / max(len(record.files), 1))


def held_bytes(record: SeriesRecord) -> int:
    """Memory that a loaded image or set of masks keeps. [byte]"""
    voxels = _voxels(record)
    if record.modality == "SEG":
        return max(len(record.roi_names), 1) * voxels
    if record.modality == "RTSTRUCT":
        return 2 * sum(_sizes(record))
    wide = record.modality == "NIFTI" or sum(_sizes(record)) > 3 * voxels
    return (8 if wide else 4) * voxels


def _voxels(record: SeriesRecord) -> int:
    return math.prod(record.grid.shape) if record.grid is not None else 0


def _sizes(record: SeriesRecord) -> list[int]:
    if record.stamps:
        return [stamp.size for stamp in record.stamps]
    return [path.stat().st_size for path in record.files if path.is_file()]


def require_memory(needed: int, where: str, available: int | None = None) -> None:
    """Refuse work that the machine's memory cannot hold.

    Parameters
    ----------
    needed
        [byte]
    where
        File or series, for the message.
    available
        What may be used; None for what :func:`available_bytes` finds. [byte]

    Raises
    ------
    ReadError
        If more is needed than available.
    """
    limit = available_bytes() if available is None else available
    if limit is not None and needed > limit:
        raise ReadError(
            f"an object that fits {limit / _GIB:.2f} GiB of available memory",
            f"reading it needs {needed / _GIB:.2f} GiB",
            where,
        )


def available_bytes(root: Path = Path("/")) -> int | None:
    """Memory that this process may still take: of the machine, its control groups and its own limit. [byte]

    None where the system does not tell.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` lie.
    """
    found = [*_machine(root), *_groups(root), *_process()]
    return max(min(found), 0) if found else None


def _machine(root: Path) -> Iterator[int]:
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _groups(root: Path) -> Iterator[int]:
    """What each control group above this process leaves (version 2, then version 1); cache counts as free."""
    groups = root / "sys/fs/cgroup"
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            yield from _group(groups, path, ("memory.max", "memory.current", "inactive_file"))
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _group(groups / "memory", path, names)


def _group(root: Path, path: str, names: tuple[str, str, str]) -> Iterator[int]:
    limit_name, used_name, cache_name = names
    folder = root / path.lstrip("/")
    for place in dict.fromkeys((folder, *folder.parents, root)):
        if not place.is_relative_to(root):
            break
        limit, used = _number(place / limit_name), _number(place / used_name)
        if limit is None or used is None:
            continue
        cache = [int(line.split()[1]) for line in _lines(place / "memory.stat") if line.startswith(f"{cache_name} ")]
        yield limit - used + sum(cache)


def _process() -> Iterator[int]:
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    for line in _lines(Path("/proc/self/statm")) if soft != resource.RLIM_INFINITY else ():
        yield soft - int(line.split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _number(path: Path) -> int | None:
    words = "".join(_lines(path)).strip()
    return int(words) if words.isdigit() else None


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text(encoding="utf-8").splitlines()
    return []
