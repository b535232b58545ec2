"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the name of the work, how much is done and how much there is (0 if unknown)."""

    def __call__(self, task: str, done: int, total: int) -> None:
        """Report progress."""


def silent(task: str, done: int, total: int) -> None:
    """Report nothing."""
    del task, done, total
