"""Two folders change places at once, and what was written is on the disk before they do."""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import suppress
from pathlib import Path

_HERE = -100
"""AT_FDCWD: paths are relative to the working directory, which absolute ones ignore."""
_EXCHANGE = 2
"""RENAME_EXCHANGE of renameat2(2)."""
_NOT_SUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})


def exchange(one: Path, other: Path) -> bool:
    """Let two existing paths of one file system change places, so that a reader always finds either.

    Returns
    -------
    Whether the system could; nothing has changed where it could not.

    Raises
    ------
    OSError
        If the file system refuses.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one.absolute()), _HERE, os.fsencode(other.absolute()), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_SUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(other))


def sync_tree(folder: Path) -> None:
    """Wait until all files and folders below one are on the disk."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where) / name
            if path.is_file() and not path.is_symlink():
                with suppress(PermissionError):  # a file of the user's own that nobody else may read
                    sync(path)
        sync(Path(where))


def sync(path: Path) -> None:
    """Wait until a file, or the list of names in a folder, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
