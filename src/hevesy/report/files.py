"""Writing whole files or none."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from hevesy.errors import OutputError


def write_atomically(path: Path, data: bytes | Callable[[Path], None]) -> Path:
    """Write a file that is either complete or not there at all.

    The content goes to a temporary name in the same folder and is renamed when it is complete, so a reader never
    sees half a file and a failed run leaves the former one untouched.

    Parameters
    ----------
    path
        Where the file shall lie. Its folder is made if need be.
    data
        The bytes, or a function that writes to the path it is given (which keeps the suffix of ``path``).

    Returns
    -------
    The path.

    Raises
    ------
    OutputError
        If the file system refuses.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            temporary.write_bytes(data)
        else:
            data(temporary)
        os.replace(temporary, path)  # noqa: PTH105 - the standard name of the atomic operation
    except OSError as error:
        raise OutputError(f"{path}: expected to write the file, but {error.strerror or error} came") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path
