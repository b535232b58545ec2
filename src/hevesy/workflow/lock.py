"""One run at a time into one folder, however the run before ended."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import OutputError


@dataclass(frozen=True)
class Lock:
    """A held lock; its file is there while somebody holds it."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Let others have it."""
        self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def take_lock(path: Path, what: Path) -> Lock:
    """Take the lock file at a path.

    The system frees the lock of a process that ends in any way, so a file that a killed run left does not block.

    Parameters
    ----------
    path
        The lock file.
    what
        What is locked, for the message.

    Raises
    ------
    OutputError
        If another process holds it.
    OSError
        If the file cannot be made.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        _take(descriptor, what)
        if _still_there(path, descriptor):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return Lock(path, descriptor)
        os.close(descriptor)  # its holder took the file away between the two calls


def _take(descriptor: int, what: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        came = f"process {holder} does" if holder else "another process does"
        raise OutputError(f"{what}: expected a folder that no other run writes to, but {came}") from error


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
