"""What a stage's result follows from, as one hash: values by content, and the program that used them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from pydantic import BaseModel

from hevesy.workflow.provenance import versions

_FORMAT = 1
"""Of what the stages store; another number makes every stored stage another's."""


def stage_key(parts: Mapping[str, object]) -> str:
    """SHA-256 over everything that a stage's result follows from.

    Parameters
    ----------
    parts
        Inputs and settings by name, as :func:`digest` takes them. Format, versions and the source text of the package
        are added, so that no result outlives the program that made it.
    """
    return digest({"format": _FORMAT, "versions": versions(), "program": program_sha256(), "parts": parts})


def digest(value: object) -> str:
    """SHA-256 of a value by its content: numbers, text, arrays, and what is built of them.

    Two values have one digest only if they have the same type and content; the order of a mapping does not matter.

    Raises
    ------
    TypeError
        If something has no content that could be read, such as a function.
    """
    return hashlib.sha256(_bytes_of(value)).hexdigest()


@cache
def program_sha256() -> str:
    """SHA-256 of the package's own source texts and tables."""
    hashes = sorted(_file_hashes(resources.files("hevesy"), ""))
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _file_hashes(folder: Traversable, name: str) -> list[str]:
    found = []
    for item in folder.iterdir():
        where = f"{name}/{item.name}"
        if item.is_dir():
            found += _file_hashes(item, where)
        elif not item.name.endswith(".pyc"):
            found.append(f"{where} {hashlib.sha256(item.read_bytes()).hexdigest()}")
    return found


def _bytes_of(value: object) -> bytes:
    if value is None or isinstance(value, bool | int | str | bytes | float | datetime | Enum):
        return _plain(value)
    if isinstance(value, np.ndarray | np.generic):
        return _array(np.asarray(value))
    if isinstance(value, Mapping):
        pairs = sorted(_joined("pair", (_bytes_of(k), _bytes_of(v))) for k, v in value.items())
        return _joined("mapping", pairs)
    if isinstance(value, set | frozenset):
        return _joined("set", sorted(_bytes_of(item) for item in value))
    if isinstance(value, Sequence):
        return _joined("sequence", [_bytes_of(item) for item in value])
    return _joined(type(value).__qualname__, [_bytes_of(_content(value))])


def _plain(value: object) -> bytes:
    if isinstance(value, float):
        return _joined("float", [struct.pack("<d", value)])
    if isinstance(value, bytes):
        return _joined("bytes", [value])
    return _joined(type(value).__name__, [str(value).encode("utf-8", "surrogatepass")])


def _array(values: np.ndarray[Any, Any]) -> bytes:
    if values.dtype.hasobject:
        raise TypeError("expected an array of numbers, but one of objects came")
    content = hashlib.sha256(np.ascontiguousarray(values).data).digest()
    return _joined("array", [values.dtype.str.encode(), str(values.shape).encode(), content])


def _content(value: object) -> dict[str, object]:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"expected a value with content, but {type(value).__name__} came")


def _joined(tag: str, parts: Sequence[bytes]) -> bytes:
    """Tag and parts, each with its length, so that no other split gives the same bytes."""
    return b"".join(struct.pack("<Q", len(part)) + part for part in (tag.encode(), *parts))
