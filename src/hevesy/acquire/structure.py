"""The bones of a DICOM file: every element within its container, in order, and not too many of them.

A reader that only looks for what it knows takes a file with a damaged length or a repeated attribute for a sound one.
This walk reads nothing but tags, representations and lengths (PS3.5, sections 7.1 and 7.5), and shows each element to
a visitor.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pydicom.datadict import dictionary_VR

from hevesy.acquire.values import PIXEL_TAGS

MAX_DEPTH = 32
"""Sequences within sequences; real objects use up to about ten."""
MAX_ELEMENTS = 1_500_000
"""More would take minutes to read; a structure set of ten thousand contours has about 80 000."""
UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
KNOWN_VRS = _LONG | frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())


@dataclass(frozen=True)
class Encoding:
    """How the elements are written."""

    implicit: bool
    little: bool = True


class Element(NamedTuple):
    """One element as the walk meets it."""

    tag: int
    vr: bytes
    """As written; empty in implicit encoding."""
    at: int
    """First byte of the value."""
    length: int
    depth: int


class DamagedError(Exception):
    """Where the structure breaks, in words."""


class TooMuchError(Exception):
    """A structure that is not walked to its end: too deep or too large."""


class NeedMoreError(Exception):
    """The bytes at hand end before the element does, the file does not."""


@dataclass
class Walk:
    """A walk over the elements of a data set.

    Parameters
    ----------
    data
        The first bytes of the file.
    size
        Bytes of the whole file; ``data`` may be shorter.
    visit
        Called with every element before its value is entered.
    """

    data: bytes
    size: int
    visit: Callable[[Element], None]
    encoding: Encoding = field(default_factory=lambda: Encoding(implicit=False))
    stop: Callable[[int], bool] = PIXEL_TAGS.__contains__
    """Whether the walk ends before an outermost element with this tag."""
    disorder: list[str] = field(default_factory=list)
    """Attributes out of order."""
    repeated: list[str] = field(default_factory=list)
    """Attributes that came before in their data set."""
    n_elements: int = 0

    def dataset(self, at: int, end: int, *, depth: int = 0, closed: bool = False) -> int:
        """Walk the elements of one data set or item.

        Parameters
        ----------
        at, end
            First byte, and where the container ends.
        depth
            Of nesting.
        closed
            Whether an item delimiter ends it.

        Returns
        -------
        The byte after the last element, or the first byte of the element that the walk stops at.

        Raises
        ------
        DamagedError
            If an element leaves its container or a delimiter is in the wrong place.
        TooMuchError
            If there are too many elements or levels.
        NeedMoreError
            If ``data`` is too short a part of the file.
        """
        if depth > MAX_DEPTH:
            raise TooMuchError(f"sequences nested deeper than {MAX_DEPTH} levels came")
        seen: set[int] = set()
        last = -1
        while at < end:
            element = self._element(at, end, depth)
            if element.tag == _ITEM_END and closed:
                return element.at
            if depth == 0 and self.stop(element.tag):
                return at
            self._order(element.tag, last, seen)
            last = max(last, element.tag)
            self.visit(element)
            at = self._value(element, end)
        if closed:
            raise DamagedError("an item without an end came")
        return at

    def _order(self, tag: int, last: int, seen: set[int]) -> None:
        self.n_elements += 1
        if self.n_elements > MAX_ELEMENTS:
            raise TooMuchError(f"more than {MAX_ELEMENTS} elements came")
        if tag >> 16 == 0xFFFE:
            raise DamagedError("a delimiter outside a sequence came")
        if tag in seen:
            self.repeated.append(tag_text(tag))
        elif tag < last:
            self.disorder.append(tag_text(tag))
        seen.add(tag)

    def _element(self, at: int, end: int, depth: int) -> Element:
        order = "<" if self.encoding.little else ">"
        group, number, raw, short = struct.unpack(f"{order}HH2sH", self._bytes(at, 8, end))
        tag = group << 16 | number
        if self.encoding.implicit or group == 0xFFFE:
            length = struct.unpack(f"{order}L", self.data[at + 4 : at + 8])[0]
            return Element(tag, b"", at + 8, length, depth)
        if raw in _LONG:
            return Element(tag, raw, at + 12, struct.unpack(f"{order}L", self._bytes(at + 8, 4, end))[0], depth)
        return Element(tag, raw, at + 8, short, depth)

    def _bytes(self, at: int, count: int, end: int) -> bytes:
        if at + count > end:
            raise DamagedError(f"an element at byte {at} begins beyond the end of its container")
        if at + count > len(self.data):
            raise NeedMoreError
        return self.data[at : at + count]

    def _value(self, element: Element, end: int) -> int:
        if element.length == UNDEFINED:
            return self._undefined(element, end)
        value_end = element.at + element.length
        if value_end > end:
            raise DamagedError(f"{tag_text(element.tag)} of {element.length} bytes leaves its container")
        if value_end > len(self.data):
            raise NeedMoreError
        if element.vr != b"UN" and _representation(element) == b"SQ":
            self._sequence(element.at, value_end, element.depth, closed=False)
        return value_end

    def _undefined(self, element: Element, end: int) -> int:
        kind = _representation(element)
        if kind in {b"OB", b"OW"}:
            return self._fragments(element.at, end)
        if kind not in {b"SQ", b"UN", b""}:
            raise DamagedError(f"{tag_text(element.tag)} of undefined length is no sequence")
        outer = self.encoding
        if element.vr == b"UN":
            self.encoding = Encoding(implicit=True)  # PS3.5, 6.2.2, note 2
        at = self._sequence(element.at, end, element.depth, closed=True)
        self.encoding = outer
        return at

    def _sequence(self, at: int, end: int, depth: int, *, closed: bool) -> int:
        while at < end:
            item = self._element(at, end, depth)
            if item.tag == _SEQUENCE_END and closed:
                return item.at
            if item.tag != _ITEM:
                raise DamagedError(f"{tag_text(item.tag)} instead of an item came")
            if item.length == UNDEFINED:
                at = self.dataset(item.at, end, depth=depth + 1, closed=True)
            elif item.at + item.length > end:
                raise DamagedError(f"an item of {item.length} bytes leaves its sequence")
            else:
                at = self.dataset(item.at, item.at + item.length, depth=depth + 1)
        if closed:
            raise DamagedError("a sequence without an end came")
        return at

    def _fragments(self, at: int, end: int) -> int:
        while at < end:
            item = self._element(at, end, 0)
            if item.tag == _SEQUENCE_END:
                return item.at
            if item.tag != _ITEM or item.at + item.length > end:
                raise DamagedError("a damaged sequence of fragments came")
            at = item.at + item.length
        raise DamagedError("a sequence of fragments without an end came")


def tag_text(tag: int) -> str:
    """A tag as the standard prints it."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _representation(element: Element) -> bytes:
    """The representation as written; in implicit encoding, and for UN, the dictionary's."""
    return element.vr if element.vr not in {b"", b"UN"} else standard_vr(element.tag).partition(b" or ")[0]


@cache
def standard_vr(tag: int) -> bytes:
    """Value representation in the dictionary, such as ``DS`` or ``US or SS``; empty for an unknown tag."""
    try:
        return dictionary_VR(tag).encode()
    except KeyError:
        return b""
