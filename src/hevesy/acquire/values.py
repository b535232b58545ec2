"""Defensive access to DICOM attributes: what is absent, empty or nonsense comes back as nothing, never as a crash."""

from __future__ import annotations

import math
import re
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue

PARSE_ERRORS = (
    ArithmeticError,
    AttributeError,
    AssertionError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom raises on malformed bytes."""

PIXEL_TAGS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


_STRINGS = (None, "DS", "IS")
_PADDING = " \t\r\n\0"
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings about odd values inside: they are told as findings where they matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def get(dataset: Dataset | None, keyword: str) -> Any:  # noqa: ANN401 - any DICOM value
    """The value of an attribute; None where it is absent, empty or cannot be decoded."""
    if dataset is None:
        return None
    try:
        value = dataset.get(keyword)
    except (*PARSE_ERRORS, OSError):
        return None
    return None if isinstance(value, str | bytes | MultiValue) and len(value) == 0 else value


def texts(dataset: Dataset | None, keyword: str) -> tuple[str, ...]:
    """Every non-empty text of an attribute, without the spaces and nulls it may be padded with."""
    value = get(dataset, keyword)
    parts: Iterable[Any] = value if isinstance(value, MultiValue | list | tuple) else (value,)
    words = tuple(str(part).strip(_PADDING) for part in parts if part is not None)
    return tuple(word for word in words if word)


def written(dataset: Dataset | None, keyword: str) -> tuple[str, ...]:
    """Every value of a decimal or integer string as the file writes it, also where it is no number."""
    tag = tag_for_keyword(keyword)
    if dataset is None or tag is None or tag not in dataset:
        return ()
    element: object = dataset.get_item(tag)
    if isinstance(element, RawDataElement) and element.VR in _STRINGS and isinstance(element.value, bytes):
        words = tuple(part.strip(_PADDING) for part in element.value.decode("latin-1").split("\\"))
        return words if any(words) else ()
    return texts(dataset, keyword)


def text(dataset: Dataset | None, keyword: str) -> str:
    """The text of an attribute, several values joined; empty where there is none."""
    return ", ".join(texts(dataset, keyword))


def as_number(value: object) -> float | None:
    """A finite float, None for anything else; a decimal comma makes no number."""
    if isinstance(value, bool) or value is None:
        return None
    word = str(value).strip(_PADDING)
    if _DECIMAL.fullmatch(word) is None:
        return None
    number = float(word)
    return number if math.isfinite(number) else None


def numbers(dataset: Dataset | None, keyword: str) -> tuple[float, ...]:
    """The finite numbers of an attribute; empty where one of them is none."""
    value = get(dataset, keyword)
    parts: Iterable[Any] = value if isinstance(value, MultiValue | list | tuple) else (value,)
    if value is None:
        parts = written(dataset, keyword)
    found = [as_number(part) for part in parts]
    return tuple(n for n in found if n is not None) if all(n is not None for n in found) else ()


def number(dataset: Dataset | None, keyword: str) -> float | None:
    """The only number of an attribute."""
    found = numbers(dataset, keyword)
    return found[0] if len(found) == 1 else None


def integer(dataset: Dataset | None, keyword: str) -> int | None:
    """The only number of an attribute, where it is whole."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) else None


def items(dataset: Dataset | None, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence."""
    value = get(dataset, keyword)
    if value is None or isinstance(value, str | bytes):
        return ()
    try:
        return tuple(item for item in value if isinstance(item, Dataset))
    except PARSE_ERRORS:
        return ()


def first(dataset: Dataset | None, keyword: str) -> Dataset | None:
    """The first item of a sequence."""
    found = items(dataset, keyword)
    return found[0] if found else None


def unique(words: Iterable[str]) -> tuple[str, ...]:
    """Each non-empty word once, in order."""
    return tuple(dict.fromkeys(word for word in words if word))
