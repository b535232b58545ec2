"""An output folder that is either the earlier result or the new one, never a half of either."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hevesy.errors import OutputError


@contextmanager
def staged_folder(out: Path, *, marker: str) -> Iterator[Path]:
    """Give a temporary folder beside ``out`` to write into and move it into place at the end.

    Files in ``out`` that the new result does not replace, and that no earlier result wrote, are kept. If the body
    raises, ``out`` stays as it was.

    Parameters
    ----------
    out
        The folder wanted.
    marker
        Name of the file that says a folder is an earlier result (``results.json``).

    Raises
    ------
    OutputError
        If ``out`` is a file, holds something else than an earlier result, or cannot be written.
    """
    out = out.absolute()
    check_folder(out, marker=marker)
    previous = _previous(out)
    try:
        if previous.is_dir() and not out.exists():
            previous.rename(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        stage.chmod(0o755)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be written, but {error.strerror} came") from error
    try:
        yield stage
        _swap(stage, out, previous)
    except OSError as error:
        raise OutputError(f"{out}: expected to write the results, but {error.strerror or error} came") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def check_folder(out: Path, *, marker: str, apart_from: Sequence[Path] = ()) -> None:
    """Find out before any work whether results may go into a folder.

    Parameters
    ----------
    out
        The folder wanted.
    marker
        Name of the file that says a folder is an earlier result.
    apart_from
        Folders of the input, which the results must not join.

    Raises
    ------
    OutputError
        If ``out`` is a file, holds something else than an earlier result, lies in the input, or cannot be made.
    """
    try:
        _refuse(out.absolute(), marker, apart_from)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be written, but {error.strerror} came") from error


def _refuse(out: Path, marker: str, apart_from: Sequence[Path]) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: expected a folder, but a file of that name exists")
    if not out.name or (out.is_dir() and any(out.iterdir()) and not (out / marker).is_file()):
        raise OutputError(f"{out}: expected an empty folder or an earlier result, but other files are there")
    for folder in apart_from:
        if out.resolve().is_relative_to(folder.resolve()):
            raise OutputError(f"{out}: expected a folder outside the images, but it lies in {folder}")
    there = next(folder for folder in out.parents if folder.exists())
    if not os.access(there, os.W_OK):
        raise OutputError(f"{out}: expected a folder that can be written, but {there} is not writable")


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")


def _swap(stage: Path, out: Path, previous: Path) -> None:
    if out.exists():
        shutil.rmtree(previous, ignore_errors=True)
        out.rename(previous)
    stage.rename(out)
    shutil.rmtree(previous, ignore_errors=True)


def carry_over(out: Path, stage: Path, written: frozenset[str]) -> None:
    """Copy the user's own files from an earlier result folder: everything that the earlier run did not write."""
    if not out.is_dir():
        return
    for path in sorted(out.rglob("*")):
        relative = path.relative_to(out)
        if path.is_file() and str(relative) not in written and not (stage / relative).exists():
            (stage / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, stage / relative)
