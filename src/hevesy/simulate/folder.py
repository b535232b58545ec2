"""A folder that appears only when it is complete."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hevesy.errors import InputError, OutputError


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside ``out`` that becomes it where nothing is raised, and goes otherwise.

    Raises
    ------
    InputError
        If ``out`` holds something already.
    OutputError
        If the folder cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("a new or empty folder", "it holds something already", str(out))
    temporary = out.parent / f".{out.name}.{secrets.token_hex(4)}"
    try:
        temporary.mkdir(parents=True)
        yield temporary
        if out.exists():
            out.rmdir()
        temporary.rename(out)
    except OSError as error:
        raise OutputError(f"{out}: expected to write the folder, but {error.strerror or error} came") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
