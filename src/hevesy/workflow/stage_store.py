"""Results of expensive stages, kept beside the results under a hash of everything they follow from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hevesy.report.files import write_atomically
from hevesy.workflow.stage_codec import Codec
from hevesy.workflow.stage_key import stage_key

T = TypeVar("T")

STAGES = ".stages"
"""Folder of the stored stages in a results folder."""
_MAGIC = b"hevesy stage "
_LARGEST_BYTES = 2 << 30
_NAME_LENGTH = 32


@dataclass(frozen=True)
class StageUse:
    """What became of one stage in a run."""

    stage: str
    """Words, for example ``registration of time point 2``."""
    reused: bool
    note: str = ""
    """What is odd: a stored result was damaged, or is not kept."""


def tell_nobody(use: StageUse) -> None:
    """Tell nobody."""
    del use


@dataclass(frozen=True)
class StageStore:
    """Gives the stored result of a stage, or makes and stores it.

    A new store holds only what its own run used, so results that nothing needs any more fall away. Every result goes
    through its stored form, fresh or not: a run that reuses gives the bits of one that does not.
    """

    target: Path | None = None
    """Folder to keep the results in; None keeps none."""
    sources: Sequence[Path] = ()
    """Folders of earlier runs; none to make everything afresh."""
    tell: Callable[[StageUse], None] = tell_nobody
    used: list[StageUse] = field(default_factory=list)
    """Every stage so far, in the order of the run."""

    def get_or_make(self, stage: str, parts: Mapping[str, object], make: Callable[[], T], codec: Codec[T]) -> T:
        """The result of a stage.

        Parameters
        ----------
        stage
            Words for people, for example ``regions on time point 1``.
        parts
            Everything the result follows from beside the program itself.
        make
            Makes it.
        codec
            How it is kept.
        """
        name = self._name(stage, parts)
        found, note = self._found(name, codec)
        if found:
            self._said(StageUse(stage, reused=True))
            return found[0]
        data = codec.pack(make())
        self._said(StageUse(stage, reused=False, note="; ".join(filter(None, (note, self._keep(name, data))))))
        return codec.unpack(data)

    def holds(self, stage: str, parts: Mapping[str, object], codec: Codec[T]) -> bool:
        """Whether a sound result of this stage is stored."""
        return self._found(self._name(stage, parts), codec)[0] != ()

    @property
    def reused(self) -> list[str]:
        """Stages that were not computed again."""
        return [use.stage for use in self.used if use.reused]

    @property
    def size_bytes(self) -> int:
        """Bytes that are kept."""
        return _size(self.target)

    def _said(self, use: StageUse) -> None:
        self.used.append(use)
        self.tell(use)

    @staticmethod
    def _name(stage: str, parts: Mapping[str, object]) -> str:
        words = "-".join(stage.split())
        return f"{words}-{stage_key({'stage': stage, **parts})[:_NAME_LENGTH]}.npz"

    def _found(self, name: str, codec: Codec[T]) -> tuple[tuple[T] | tuple[()], str]:
        """The stored result, or nothing and what is odd about that."""
        note = ""
        for folder in self.sources:
            try:
                value = codec.unpack(_checked((folder / name).read_bytes()))
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                note = "its stored result was damaged"
                continue
            if self.target is not None:
                _bring(folder / name, self.target / name)
            return (value,), ""
        return (), note

    def _keep(self, name: str, data: bytes) -> str:
        if self.target is None:
            return ""
        if self.size_bytes + len(data) > _LARGEST_BYTES:
            return f"not kept: more than {_LARGEST_BYTES >> 30} GiB of stages"
        write_atomically(self.target / name, _MAGIC + hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        return ""


def stored_bytes(out: Path) -> int:
    """Bytes of the stored stages in a results folder."""
    return _size(out / STAGES)


def _size(folder: Path | None) -> int:
    return sum(path.stat().st_size for path in _entries(folder))


def _checked(stored: bytes) -> bytes:
    """The content of an entry.

    Raises
    ------
    ValueError
        If the checksum is another's.
    """
    head, _, data = stored.partition(b"\n")
    if head != _MAGIC + hashlib.sha256(data).hexdigest().encode():
        raise ValueError("expected a stored stage with its checksum, but another file came")
    return data


def _entries(folder: Path | None) -> list[Path]:
    return sorted(folder.glob("*.npz")) if folder is not None and folder.is_dir() else []


def _bring(path: Path, target: Path) -> None:
    """The same entry in the new folder, without a copy where the file system can."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:
        write_atomically(target, path.read_bytes())
