"""The state of a run on disk: enough to continue as if it had never been interrupted."""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, OutputError
from hevesy.transport.mc.batches import Running

_FILE = "state.npz"
_FORMAT = 1


def problem_key(parts: dict[str, object]) -> str:
    """SHA-256 over everything that a result follows from: arrays by content, the rest by its representation."""
    digest = hashlib.sha256(str(_FORMAT).encode())
    for name, part in sorted(parts.items()):
        digest.update(f"{name}:".encode())
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()


def save_state(folder: Path, key: str, running: Running) -> None:
    """Write the state under a temporary name and move it into its place.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    temporary = folder / f".{secrets.token_hex(4)}.{_FILE}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            np.savez(
                stream,
                key=np.array(key),
                counts=np.array([running.batches, running.histories], dtype=np.int64),
                balance=np.array([running.emitted, running.escaped]),
                total=running.total,
                squares=running.squares,
            )
        os.replace(temporary, folder / _FILE)  # noqa: PTH105 - the standard name of the atomic operation
    except OSError as error:
        raise OutputError(f"{folder}: expected to keep the state, but {error.strerror or error} came") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def load_state(folder: Path, key: str, shape: tuple[int, ...]) -> Running | None:
    """The saved state; None where there is none yet.

    Raises
    ------
    InputError
        If it is damaged, or belongs to another problem.
    """
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            same = str(stored["key"]) == key
            running = _running(stored) if same else None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise InputError("a saved state", "a damaged file came", str(path)) from error
    if running is None or running.total.shape != shape:
        raise InputError("the state of this same problem (input, options, seed)", "that of another came", str(path))
    return running


def _running(stored: np.lib.npyio.NpzFile) -> Running:
    total: NDArray[np.float64] = stored["total"]
    counts, balance = stored["counts"], stored["balance"]
    return Running(int(counts[0]), int(counts[1]), total, stored["squares"], float(balance[0]), float(balance[1]))
