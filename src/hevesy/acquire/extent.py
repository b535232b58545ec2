"""Whether a file holds exactly the pixels that its header promises."""

from __future__ import annotations

import struct
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import UID

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.structure import UNDEFINED, DamagedError, NeedMoreError, TooMuchError, Walk
from hevesy.acquire.survey import Survey
from hevesy.acquire.values import PIXEL_TAGS, integer
from hevesy.domain import Finding

MAX_EXPANSION = 1100
"""No lossless coding of an image packs more than DEFLATE does, 1032 to 1; more is a lie."""
_MAX_FRAGMENTS = 200_000
_TAIL_BYTES = 1 << 16
_ITEM, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD


def expected_pixel_bytes(dataset: Dataset) -> int | None:
    """Length of the uncompressed pixels that the header promises; None where it promises none. [byte]"""
    rows, columns, bits = (integer(dataset, k) for k in ("Rows", "Columns", "BitsAllocated"))
    if not rows or not columns:
        return None
    frames, samples = integer(dataset, "NumberOfFrames") or 1, integer(dataset, "SamplesPerPixel") or 1
    return (rows * columns * frames * samples * (bits or 8) + 7) // 8


def pixel_findings(dataset: Dataset, found: Survey) -> tuple[str | None, tuple[Finding, ...]]:
    """Compare the pixels that are there with those that the header promises.

    Parameters
    ----------
    dataset
        The header.
    found
        Where its pixels begin.

    Returns
    -------
    Why the pixels are not all there, None where they are; and what is there beside them.
    """
    expected = expected_pixel_bytes(dataset)
    if expected is None:
        return None, ()
    declared, at = _pixel_element(found)
    if declared is None:
        return f"expected {expected} bytes of pixels, but the file ends at byte {found.size} without them", ()
    if declared == UNDEFINED or _encapsulated(found.syntax):
        return _frames_problem(found, declared, at, (expected, integer(dataset, "NumberOfFrames") or 1)), ()
    there = found.size - at
    if declared < expected or there < expected:
        return f"expected {expected} bytes of pixels, but {min(declared, there)} are there: the file is truncated", ()
    return None, (*_too_long(dataset, declared, expected), *_tail(found, at + declared))


def _encapsulated(syntax: str) -> bool:
    try:
        return UID(syntax).is_encapsulated
    except ValueError:
        return False


def _pixel_element(found: Survey) -> tuple[int | None, int]:
    """Declared length of the pixel element, None without one, and where its value begins."""
    if found.pixels_at is None:
        return None, 0
    found.content.seek(found.pixels_at)
    head = found.content.read(12)
    order = "<" if found.encoding.little else ">"
    if len(head) < 8:
        return None, 0
    group, element = struct.unpack(f"{order}HH", head[:4])
    at = found.content.tell() - len(head)
    if (group << 16 | element) not in PIXEL_TAGS:
        return None, 0
    if found.encoding.implicit:
        return int(struct.unpack(f"{order}L", head[4:8])[0]), at + 8
    if head[4:6] not in (b"OB", b"OW", b"OF", b"OD", b"UN"):
        return int(struct.unpack(f"{order}H", head[6:8])[0]), at + 8
    return (int(struct.unpack(f"{order}L", head[8:])[0]) if len(head) == 12 else None), at + 12


def _too_long(dataset: Dataset, declared: int, expected: int) -> tuple[Finding, ...]:
    if declared - expected <= expected % 2 or (integer(dataset, "SamplesPerPixel") or 1) > 1:
        return ()
    came = f"{declared} are there: matrix, number of frames or bits are not those of the pixels"
    return (blocking("pixel-length", f"{expected} bytes of pixels", came),)


def _tail(found: Survey, end: int) -> tuple[Finding, ...]:
    """Behind the pixels more elements may come, but nothing else."""
    if end > found.size:
        return (notice("trailing-bytes", "pixels within the file", "their length leads beyond its end"),)
    found.content.seek(end)
    tail = found.content.read(_TAIL_BYTES)
    try:
        Walk(tail, found.size - end, lambda _: None, found.encoding, stop=lambda _: False).dataset(0, found.size - end)
    except NeedMoreError:
        return ()
    except (DamagedError, TooMuchError):
        came = f"{found.size - end} bytes that are no attributes came"
        return (notice("trailing-bytes", "the end of the file after the pixels", came),)
    return ()


def _frames_problem(found: Survey, declared: int, at: int, promised: tuple[int, int]) -> str | None:
    """Compressed pixels: as the transfer syntax says, closed, within the file, and as many as there are frames."""
    coded = declared == UNDEFINED
    if coded != _encapsulated(found.syntax):
        came = "compressed frames" if coded else "plain pixels"
        return f"expected pixels as transfer syntax {found.syntax or '(none)'} says, but {came} are there"
    return _fragments_problem(found.content, at, found.size, promised)


def _fragments_problem(content: BinaryIO, at: int, size: int, promised: tuple[int, int]) -> str | None:
    expected, frames = promised
    fragments = -1  # the first item is the table of offsets
    start = at
    while fragments <= _MAX_FRAGMENTS:
        content.seek(at)
        head = content.read(8)
        if len(head) < 8:
            break
        group, element, length = struct.unpack("<HHL", head)
        tag = group << 16 | element
        if tag == _SEQUENCE_END:
            return _too_few(fragments, frames, expected, at - start)
        at += 8 + length
        if tag != _ITEM or at > size:
            break
        fragments += 1
    return "expected a closed sequence of compressed frames, but the file ends within it: the file is truncated"


def _too_few(fragments: int, frames: int, expected: int, there: int) -> str | None:
    if fragments < frames:
        return f"expected {frames} compressed frames, but {fragments} are there"
    if expected > MAX_EXPANSION * there:
        return f"expected {expected} bytes of pixels, but {there} compressed bytes cannot hold them"
    return None
