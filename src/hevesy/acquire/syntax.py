"""What single elements look like when nothing is wrong with them: known, of the standard's representation, well formed.

Rules of PS3.5, section 6.2, as far as a damaged byte shows by them; what many scanners do otherwise (long texts, older
ways of writing dates and times) is let pass.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping
from functools import cache

from pydicom.datadict import dictionary_VM, keyword_for_tag

from hevesy.acquire.structure import KNOWN_VRS, UNDEFINED, Element, standard_vr, tag_text

_NUMBER = rb"[ ]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ ]*"
_WHOLE = rb"[ ]*[+-]?\d+[ ]*"
_CODE = rb"[A-Z0-9 _]*"
_VALUES: Mapping[bytes, re.Pattern[bytes]] = {
    vr: re.compile(rb"(?:" + one + rb")?(?:\\(?:" + one + rb")?)*[ \0]*")
    for vr, one in {
        b"DS": _NUMBER,
        b"IS": _WHOLE,
        b"CS": _CODE,
        b"UI": rb"[0-2]\.(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*",
        b"DA": rb"\d{4}([.\-/]?)\d{2}[.\-/]?\d{2} *",
        b"TM": rb"\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?)? *",
        b"DT": rb"\d{4}(?:\d{2}){0,5}(?:\.\d{1,6})?(?:[+-]\d{4})? *",
        b"AS": rb"\d{3}[DWMY] *",
    }.items()
}
_TEXT = re.compile(rb"[^\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]*\0?")
_TEXTS = frozenset((b"LO", b"SH", b"PN", b"LT", b"ST", b"UT", b"UC", b"AE"))
_SIZES = {
    b"US": 2, b"SS": 2, b"UL": 4, b"SL": 4, b"FL": 4, b"FD": 8, b"AT": 4, b"OW": 2, b"OF": 4, b"OD": 8, b"UV": 8,
    b"SV": 8,
}  # fmt: skip
_GROUP_LENGTH, _PRIVATE_CREATORS = 0x0000, range(0x0010, 0x0100)


class SyntaxCheck:
    """A visitor that collects what is wrong with elements, by finding code.

    Parameters
    ----------
    data
        The bytes that the elements' places refer to.
    little
        Byte order of binary numbers.
    """

    def __init__(self, data: bytes, *, little: bool) -> None:
        self._data = data
        self._order = "<" if little else ">"
        self._blocks: dict[int, set[tuple[int, int]]] = {}
        self.found: dict[str, list[str]] = {}

    def __call__(self, element: Element) -> None:
        """Look at one element."""
        known = standard_vr(element.tag)
        private = element.tag >> 16 & 1
        if private:
            self._private(element)
        elif not known and element.tag & 0xFFFF != _GROUP_LENGTH:
            self._tell("unknown-attribute", element)
        if not _allowed(element.vr, known):
            self._tell("unknown-representation", element)
        if element.length == UNDEFINED:
            return
        if element.length % 2:
            self._tell("odd-length", element)
        self._value(element, element.vr or known)

    def _private(self, element: Element) -> None:
        """Each private element needs the creator that reserved its block (PS3.5, 7.8.1)."""
        group, number = element.tag >> 16, element.tag & 0xFFFF
        reserved = self._blocks.setdefault(element.depth, set())
        if number in _PRIVATE_CREATORS:
            reserved.add((group, number))
        elif number > 0xFF and (group, number >> 8) not in reserved:
            self._tell("unknown-attribute", element)

    def _value(self, element: Element, vr: bytes) -> None:
        value = self._data[element.at : element.at + element.length]
        for _ in _wrong(value, vr, element.tag, self._order):
            self._tell("malformed-value", element)
            return

    def _tell(self, code: str, element: Element) -> None:
        names = self.found.setdefault(code, [])
        if len(names) < 4:
            names.append(f"{keyword_for_tag(element.tag) or 'unknown'} {tag_text(element.tag)}")


def _allowed(written: bytes, known: bytes) -> bool:
    """One kind of short text for another is common and harmless."""
    if not written or not known:
        return not written or written in KNOWN_VRS
    return written == b"UN" or {written, known} <= _TEXTS or written in known.split(b" or ")


def _wrong(value: bytes, vr: bytes, tag: int, order: str) -> Iterator[str]:
    """Something for each rule that a value breaks."""
    if not value:
        return
    pattern = _VALUES.get(vr)
    if pattern is not None and not pattern.fullmatch(value):
        yield "letters"
    if vr in _TEXTS and not _TEXT.fullmatch(value):
        yield "control characters"
    size = _SIZES.get(vr)
    if size and len(value) % size:
        yield "length"
    elif vr in {b"FD", b"FL"} and not _finite(value, vr, order):
        yield "not finite"
    if not _multiplicity(value, vr, tag):
        yield "number of values"


def _finite(value: bytes, vr: bytes, order: str) -> bool:
    kind, size = ("d", 8) if vr == b"FD" else ("f", 4)
    return all(map(math.isfinite, struct.unpack(f"{order}{len(value) // size}{kind}", value)))


def _multiplicity(value: bytes, vr: bytes, tag: int) -> bool:
    """Whether a number has as many values as the dictionary says, where it says one number."""
    stated = _stated_multiplicity(tag)
    if not stated:
        return True
    if vr in {b"DS", b"IS"}:
        return value.count(b"\\") + 1 == stated
    return vr not in _SIZES or vr[:1] == b"O" or len(value) == stated * _SIZES[vr]


@cache
def _stated_multiplicity(tag: int) -> int:
    try:
        words = dictionary_VM(tag)
    except KeyError:
        return 0
    return int(words) if words.isdigit() else 0
