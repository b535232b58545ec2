"""Values as DICOM's value representations want them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.valuerep import DSfloat, format_number_as_ds

from hevesy.errors import ReadError

Code = tuple[str, str, str]
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def long_string(text: str, length: int = 64) -> str:
    """Text as a Long String (or, with 16, a Short String): unchanged where legal.

    Control characters and the backslash, which would split the value, become a space; outer spaces, which no reader
    keeps, go; what is longer is cut, and then to as many bytes, because some readers count those.
    """
    legal = _CONTROL.sub(" ", text).strip()
    if len(legal) <= length:
        return legal
    return legal.encode()[:length].decode(errors="ignore").rstrip()


def decimals(numbers: Iterable[float] | NDArray[np.float64]) -> list[DSfloat]:
    """Numbers as Decimal Strings of at most 16 characters, with every digit that fits.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return [decimal(number) for number in np.asarray(numbers, dtype=np.float64).ravel().tolist()]


def decimal(number: float) -> DSfloat:
    """One number as a Decimal String of at most 16 characters; -0 is written as 0."""
    return DSfloat(format_number_as_ds(float(number) + 0.0))


def code_item(code: Code) -> Dataset:
    """A code sequence item: value, scheme, meaning."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code[0], code[1]
    item.CodeMeaning = long_string(code[2])
    return item


def parse_moment(date: str, time: str, where: str) -> datetime:
    """Date and time of a DA and a TM value; a missing time is midnight.

    Raises
    ------
    ReadError
        If they are none.
    """
    digits = re.sub(r"[^0-9.]", "", time) or "000000"
    clock, _, fraction = digits.partition(".")
    try:
        moment = datetime.strptime(date.strip() + clock.ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - DICOM is local
    except ValueError as error:
        raise ReadError("a DICOM date and time", f"{date!r} {time!r} came", where) from error
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")) if fraction else 0)
