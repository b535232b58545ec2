"""A file before it is decoded: where its pixels begin, and what is wrong with its structure and its values."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.structure import (
    KNOWN_VRS,
    DamagedError,
    Element,
    Encoding,
    NeedMoreError,
    TooMuchError,
    Walk,
)
from hevesy.acquire.syntax import SyntaxCheck
from hevesy.domain import Finding

MAX_HEADER_BYTES = 1 << 28
"""A header, or a whole deflated file, beyond this is refused: 10 million contour points take about 250 MB. [byte]"""
_FIRST_BYTES = 1 << 16
_META_GROUP = 0x0002
_SYNTAX, _META_LENGTH = 0x00020010, 0x00020000
_EXPECTED: Mapping[str, str] = {
    "unknown-attribute": "attributes of the standard, or private ones with their creator",
    "unknown-representation": "each attribute in the representation of the standard",
    "malformed-value": "values as their representation asks",
    "odd-length": "values of even length",
    "attribute-order": "attributes in ascending order",
}


@dataclass(frozen=True)
class Survey:
    """What a walk over a file found."""

    content: BinaryIO
    """The data set: the file itself, or what a deflated one inflates to."""
    size: int
    """Of ``content``. [byte]"""
    head: bytes
    """The first bytes of the file, up to the pixels or a little further."""
    pixels_at: int | None
    """Byte of ``content`` at which the pixel element begins; None without one."""
    encoding: Encoding
    syntax: str
    """Transfer Syntax UID; empty where the file names none."""
    findings: tuple[Finding, ...]


def survey(stream: BinaryIO, size: int) -> Survey:
    """Walk over all elements up to the pixels.

    Parameters
    ----------
    stream
        The file, at its first byte.
    size
        Of the file. [byte]

    Raises
    ------
    TooMuchError
        If the header is too large, too deep or of too many elements, or a deflated file inflates to too much.
    """
    data = stream.read(_FIRST_BYTES)
    while True:
        try:
            return _surveyed(stream, data, size)
        except NeedMoreError:
            more = b"" if len(data) >= MAX_HEADER_BYTES else stream.read(3 * len(data))
            if not more:
                raise TooMuchError(f"a header of more than {MAX_HEADER_BYTES >> 20} MiB came") from None
            data += more


def _surveyed(stream: BinaryIO, data: bytes, size: int) -> Survey:
    start = 132 if data[128:132] == b"DICM" else 0
    meta = _Meta(data)
    walk = Walk(data, size, meta, stop=lambda tag: tag >> 16 != _META_GROUP)
    try:
        at = walk.dataset(start, size)
    except DamagedError as error:
        return Survey(stream, size, data, None, walk.encoding, meta.syntax, (_damaged(error),))
    findings = _meta_findings(meta, walk, at)
    content: BinaryIO = stream
    if meta.syntax == DeflatedExplicitVRLittleEndian:
        stream.seek(at)
        data = inflated(stream)
        content, size, at = io.BytesIO(data), len(data), 0
    encoding = _encoding(meta.syntax, data[at : at + 6])
    return _walked(content, data, size, at, (encoding, meta.syntax, findings))


def _walked(
    content: BinaryIO, data: bytes, size: int, at: int, known: tuple[Encoding, str, Sequence[Finding]]
) -> Survey:
    encoding, syntax, before = known
    check = SyntaxCheck(data, little=encoding.little)
    walk = Walk(data, size, check, encoding)
    pixels_at: int | None = None
    findings = [*before]
    try:
        end = walk.dataset(at, size)
        pixels_at = end if end < size else None
    except DamagedError as error:
        findings.append(_damaged(error))
    findings += _element_findings(check, walk)
    return Survey(content, size, data, pixels_at, encoding, syntax, tuple(findings))


class _Meta(SyntaxCheck):
    """The file meta information: checked as every element, and its transfer syntax remembered."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data, little=True)
        self.syntax = ""
        self.length: int | None = None
        self.length_ends: int = 0

    def __call__(self, element: Element) -> None:
        super().__call__(element)
        value = self._data[element.at : element.at + element.length]
        if element.tag == _SYNTAX:
            self.syntax = value.rstrip(b"\0 ").decode("ascii", "replace")
        elif element.tag == _META_LENGTH and len(value) == 4:
            self.length = int.from_bytes(value, "little")
            self.length_ends = element.at + 4


def _meta_findings(meta: _Meta, walk: Walk, at: int) -> list[Finding]:
    findings = _element_findings(meta, walk)
    if meta.length is not None and meta.length != at - meta.length_ends:
        came = f"{at - meta.length_ends} are there"
        findings.append(notice("group-length", f"{meta.length} bytes of file meta information", came))
    return findings


def _element_findings(check: SyntaxCheck, walk: Walk) -> list[Finding]:
    told = {**check.found, **({"attribute-order": walk.disorder[:4]} if walk.disorder else {})}
    findings = [notice(code, _EXPECTED[code], f"{', '.join(names)} came") for code, names in told.items()]
    if walk.repeated:
        findings.append(blocking("duplicate-attribute", "each attribute once", f"{walk.repeated[0]} came again"))
    return findings


def _damaged(error: DamagedError) -> Finding:
    return blocking("damaged-structure", "elements within their containers", str(error))


def _encoding(syntax: str, first: bytes) -> Encoding:
    """As the transfer syntax says, but explicit where the first element visibly is, and by trial without a syntax."""
    explicit = first[4:6] in KNOWN_VRS
    if syntax == ExplicitVRBigEndian or (not syntax and first[:1] == b"\0"):
        return Encoding(implicit=not explicit, little=False)
    return Encoding(implicit=not explicit and syntax in {"", ImplicitVRLittleEndian})


def inflated(stream: BinaryIO) -> bytes:
    """Inflate the rest of a stream, but never to more than a header may have.

    Raises
    ------
    TooMuchError
        If it inflates to more.
    zlib.error
        If it is damaged.
    EOFError
        If it is cut.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = inflater.decompress(stream.read(), MAX_HEADER_BYTES + 1)
    if len(data) > MAX_HEADER_BYTES:
        raise TooMuchError(f"a deflated file that inflates to more than {MAX_HEADER_BYTES >> 20} MiB came")
    if not inflater.eof:
        raise EOFError("the deflated stream is cut")
    return data
