"""An output folder that is either the earlier result or the new one, never a half of either."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hevesy.errors import OutputError
from hevesy.workflow.exchange import exchange, sync, sync_tree
from hevesy.workflow.lock import take_lock


@contextmanager
def staged_folder(out: Path, *, marker: str) -> Iterator[Path]:
    """Give a temporary folder beside ``out`` to write into and let it change places with ``out`` at the end.

    Whenever the process ends, ``out`` is the earlier result or the new one, and a reader finds one of them at any
    time. (Where the file system cannot exchange two folders, ``out`` is missing for a moment; a run that is killed
    then leaves it as ``.NAME.previous``, which the next run puts back.) If the body raises, ``out`` stays as it was.
    What a killed run left beside ``out`` is removed by the next; two runs at a time are refused.

    Parameters
    ----------
    out
        The folder wanted; a link is followed.
    marker
        Name of the file that says a folder is an earlier result (``results.json``).

    Raises
    ------
    OutputError
        If ``out`` is a file, holds something else than an earlier result, is written to by another run, or cannot be
        written.
    """
    with writing(out):
        out = out.resolve()
    check_folder(out, marker=marker)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = take_lock(out.with_name(f".{out.name}.lock"), out)
    try:
        with writing(out):
            stage = _prepared(out)
        yield stage
        with writing(out):
            _publish(stage, out)
    finally:
        for dead in leftovers(out):
            shutil.rmtree(dead, ignore_errors=True)
        lock.release()


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Tell in one line what a file system refuses while results are written.

    Raises
    ------
    OutputError
        In place of any ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(f"{out}: expected to write the results, but {error.strerror or error} came") from error


def _prepared(out: Path) -> Path:
    """A new temporary folder; an earlier result that a killed run left aside is put back first."""
    previous = _previous(out)
    if previous.is_dir() and not (out.is_dir() and any(out.iterdir())):
        if out.is_dir():
            out.rmdir()
        previous.rename(out)
    stage = out.with_name(f".{out.name}.run-{secrets.token_hex(4)}")
    stage.mkdir()
    return stage


def _publish(stage: Path, out: Path) -> None:
    sync_tree(stage)
    if not out.exists():
        stage.rename(out)
    elif not exchange(stage, out):
        shutil.rmtree(_previous(out), ignore_errors=True)
        out.rename(_previous(out))
        stage.rename(out)
    sync(out.parent)


def leftovers(out: Path) -> list[Path]:
    """Temporary folders beside an output folder: those of killed runs, for whoever holds its lock."""
    pattern = re.compile(rf"\.{re.escape(out.name)}\.(run-[0-9a-f]{{8}}|previous)")
    with suppress(OSError):
        return sorted(path for path in out.parent.iterdir() if pattern.fullmatch(path.name) and path.is_dir())
    return []


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
        _refuse(out.resolve(), marker, apart_from)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be written, but {error.strerror} came") from error


def _refuse(out: Path, marker: str, apart_from: Sequence[Path]) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out}: expected a folder, but a file of that name exists")
    if not out.name or (out.is_dir() and any(out.iterdir()) and not (out / marker).is_file()):
        raise OutputError(f"{out}: expected an empty folder or an earlier result, but other files are there")
    if out.is_mount():
        raise OutputError(f"{out}: expected a folder that can be replaced as a whole, but it is a mount point")
    for folder in apart_from:
        if out.is_relative_to(folder.resolve()):
            raise OutputError(f"{out}: expected a folder outside the images, but it lies in {folder}")
    there = next(folder for folder in out.parents if folder.exists())
    if not os.access(there, os.W_OK):
        raise OutputError(f"{out}: expected a folder that can be written, but {there} is not writable")


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")


def carry_over(out: Path, stage: Path, written: frozenset[str]) -> None:
    """Bring the user's own files from an earlier result folder: everything that the earlier run did not write.

    A file keeps its identity where the file system has hard links, so a program that holds it open does not lose it.

    Parameters
    ----------
    out
        The earlier result.
    stage
        The new one, not yet in its place.
    written
        What the earlier run wrote: files, and folders with everything in them.
    """
    for where, folders, names in os.walk(out):
        relative = Path(where).relative_to(out)
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if (relative / name).as_posix() not in written)
        for name in sorted([*names, *links]):
            if (relative / name).as_posix() not in written and not os.path.lexists(stage / relative / name):
                (stage / relative).mkdir(parents=True, exist_ok=True)
                _bring(Path(where) / name, stage / relative / name)


def _bring(path: Path, target: Path) -> None:
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, target, follow_symlinks=False)
