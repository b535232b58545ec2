"""What earlier fractions showed, kept on disk, and how an edit of one is noticed."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from hevesy.domain import Grid
from hevesy.errors import InputError, ReadError
from hevesy.report import write_atomically
from hevesy.workflow.provenance import file_sha256
from hevesy.workflow.tare.live.measure import Shown

_FORMAT = 1
_AGAIN = "(--accept-edits computes it again)"
_ARRAYS = ("amount_per_ml", "noise_per_ml", "least_per_ml", "status")


@dataclass(frozen=True)
class Kept:
    """One fraction as it was kept."""

    name: str
    parts: Mapping[str, str]
    """SHA-256 of everything that it came from, by what it is."""
    shown: Shown


def fingerprint(
    settings: Mapping[str, Sequence[BaseModel | None]], files: Mapping[str, Sequence[Path]]
) -> dict[str, str]:
    """SHA-256 by what it is, over settings and the content of the files that belong to them.

    Parameters
    ----------
    settings
        Sections of the file; None for one that is not there.
    files
        Files and folders, by the same names.

    Returns
    -------
    With one more, ``files``: of the image's files alone.
    """
    found = {}
    content = {name: [file_sha256(one) for path in paths for one in _all(path)] for name, paths in files.items()}
    for name, sections in settings.items():
        texts = [one.model_dump_json() if one is not None else "none" for one in sections]
        found[name] = hashlib.sha256("\n".join([*texts, *content.get(name, ())]).encode()).hexdigest()
    return found | {"files": hashlib.sha256("\n".join(content["image"]).encode()).hexdigest()}


def _all(path: Path) -> list[Path]:
    if not path.exists():
        raise ReadError("a file or folder", "there is none of this name", path.name)
    return [one for one in sorted(path.rglob("*")) if one.is_file()] if path.is_dir() else [path]


def changed_parts(kept: Kept, name: str, parts: Mapping[str, str]) -> tuple[str, ...]:
    """What is not as it was kept."""
    found = ["name"] if kept.name != name else []
    return (*found, *(part for part in parts if part != "files" and kept.parts.get(part) != parts[part]))


def keep(folder: Path, number: int, kept: Kept) -> None:
    """Write one fraction, numbers from 0.

    Raises
    ------
    OutputError
        If the file system refuses.
    """
    shown = kept.shown
    arrays: dict[str, NDArray[Any]] = {name: getattr(shown, name) for name in _ARRAYS}
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, within=np.packbits(shown.within), **arrays)
    grid = shown.grid
    note = {
        "format": _FORMAT,
        "name": kept.name,
        "parts": dict(kept.parts),
        "factor": shown.factor,
        "offset": shown.offset,
        "acquired": shown.acquired.isoformat() if shown.acquired else None,
        "told": dict(shown.told),
        "grid": [grid.shape, grid.spacing_mm, grid.origin_mm, grid.direction, grid.frame_of_reference],
        "arrays": hashlib.sha256(stream.getvalue()).hexdigest(),
    }
    write_atomically(_path(folder, number, "npz"), stream.getvalue())
    write_atomically(_path(folder, number, "json"), json.dumps(note, allow_nan=False).encode())


def kept_fraction(folder: Path, number: int) -> Kept | None:
    """One fraction as it was kept; None where there is none.

    Raises
    ------
    ReadError
        If its files are not as they were written.
    """
    path = _path(folder, number, "json")
    if not path.is_file():
        return None
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        data = _path(folder, number, "npz").read_bytes()
    except (OSError, ValueError) as error:
        raise ReadError("the state of an earlier fraction", f"it cannot be read {_AGAIN}", path.name) from error
    if note.get("format") != _FORMAT or note.get("arrays") != hashlib.sha256(data).hexdigest():
        raise ReadError("the state of an earlier fraction as it was written", f"another came {_AGAIN}", path.name)
    return Kept(note["name"], note["parts"], _shown(note, data))


def require_all_named(folder: Path, n_fractions: int) -> None:
    """Refuse a file that lacks a fraction that was given.

    Raises
    ------
    InputError
        With its name.
    """
    extra = kept_fraction(folder, n_fractions)
    if extra is not None:
        raise InputError("every fraction that was given", f"{extra.name!r} is missing in the file", "fractions")


def forget(folder: Path, number: int) -> bool:
    """Remove the kept files of one fraction, and say whether any were there."""
    there = [path for suffix in ("json", "npz") if (path := _path(folder, number, suffix)).is_file()]
    for path in there:
        path.unlink()
    return bool(there)


def _shown(note: Mapping[str, Any], data: bytes) -> Shown:
    shape, spacing, origin, direction, frame = note["grid"]
    x, y, z = (tuple(row) for row in direction)
    grid = Grid(tuple(shape), tuple(spacing), tuple(origin), (x, y, z), frame)
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        within = np.unpackbits(arrays["within"], count=int(np.prod(grid.shape))).astype(np.bool_).reshape(grid.shape)
        values = {name: arrays[name] for name in _ARRAYS}
    acquired = datetime.fromisoformat(note["acquired"]) if note["acquired"] else None
    factor, offset = note["factor"], note["offset"]
    return Shown(
        grid,
        within,
        values["amount_per_ml"],
        values["noise_per_ml"],
        values["least_per_ml"],
        values["status"],
        (factor[0], factor[1]),
        (offset[0], offset[1]),
        acquired,
        note["told"],
    )


def _path(folder: Path, number: int, suffix: str) -> Path:
    return folder / "state" / f"fraction-{number + 1:02d}.{suffix}"
