"""One regular file, opened without waiting, and whether it is still the file that was inspected."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from hevesy.domain import FileStamp, SeriesRecord
from hevesy.errors import ReadError, printable

_YOUNG_NS = 2_000_000_000
"""A file written so shortly ago may be written again within one tick of the file system's clock. [ns]"""


class ClippedStream:
    """A stream that is never asked for more than the file holds, whatever length an attribute claims."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = os.fstat(stream.fileno()).st_size
        self.name = stream.name

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        left = max(self._size - self._stream.tell(), 0)
        return self._stream.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The current byte."""
        return self._stream.tell()

    def close(self) -> None:
        """Leave the stream open: whoever opened it closes it."""


@contextmanager
def opened(path: Path, known: FileStamp | None = None) -> Iterator[BinaryIO]:
    """Open a regular file; a pipe, socket or device is refused and never waited for.

    Parameters
    ----------
    path
        The file.
    known
        What it was when it was inspected; None for a file that is read for the first time.

    Raises
    ------
    ReadError
        If it is no regular file, is not the file that was inspected, or changes while it is open.
    OSError
        If it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise ReadError("a regular file", "it is a pipe, socket, device or folder", shown_name(path))
        if known is not None:
            _check(known, stream, path)
        yield stream
        if _key(os.fstat(descriptor)) != _key(before) or _gone(path, before):
            raise ReadError("a file at rest", "it changed while it was read", shown_name(path))


def read_whole(path: Path, known: FileStamp | None = None) -> bytes:
    """All bytes of a file, which is the one that was inspected.

    Raises
    ------
    ReadError
        As :func:`opened`, or if it cannot be opened.
    """
    try:
        with opened(path, known) as stream:
            return stream.read()
    except OSError as error:
        raise ReadError("a readable file", f"{error.strerror or error} came", shown_name(path)) from error


def stamp(stream: BinaryIO) -> FileStamp:
    """What tells a file's content from a later one: size, times and inode, and the hash of a file still young."""
    status = os.fstat(stream.fileno())
    size, modified, changed, inode = _key(status)
    young = time.time_ns() - max(modified, changed) < _YOUNG_NS
    return FileStamp(size, modified, changed, inode, _sha256(stream) if young else "")


def stamps_of(record: SeriesRecord) -> dict[Path, FileStamp]:
    """The stamp that each file of a series had when it was inspected; empty for a record made without them."""
    return dict(zip(record.files, record.stamps, strict=True)) if record.stamps else {}


def file_sha256(path: Path, known: FileStamp | None = None) -> str:
    """SHA-256 of the bytes of a file, which is the one that was inspected.

    Raises
    ------
    ReadError
        As :func:`read_whole`.
    """
    try:
        with opened(path, known) as stream:
            return _sha256(stream)
    except OSError as error:
        raise ReadError("a readable file", f"{error.strerror or error} came", shown_name(path)) from error


def shown_name(path: Path) -> str:
    """The name of a file as messages call it: printable, and not too long to read."""
    return printable(path.name)


def _check(known: FileStamp, stream: BinaryIO, path: Path) -> None:
    size, modified, changed, inode = _key(os.fstat(stream.fileno()))
    same = (known.size, known.mtime_ns, known.ctime_ns, known.inode) == (size, modified, changed, inode)
    if not same or (known.sha256 and known.sha256 != _sha256(stream)):
        raise ReadError("the file that was inspected", "it has changed since", shown_name(path))


def _sha256(stream: BinaryIO) -> str:
    stream.seek(0)
    found = hashlib.file_digest(cast("io.BufferedReader", stream), "sha256").hexdigest()
    stream.seek(0)
    return found


def _key(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _gone(path: Path, before: os.stat_result) -> bool:
    """Whether another file took its name meanwhile; a name that was removed took nothing from what was read."""
    try:
        now = path.stat()
    except OSError:
        return False
    return (now.st_ino, now.st_dev) != (before.st_ino, before.st_dev)
