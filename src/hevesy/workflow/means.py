"""What a run works with, beside its input: progress, stored stages, processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hevesy.domain import Progress, silent
from hevesy.workflow.stage_store import StageStore


@dataclass(frozen=True)
class Means:
    """What a run works with; none of it changes a number."""

    progress: Progress = silent
    store: StageStore = field(default_factory=StageStore)
    workers: int = 1
    """Processes at a time."""
    memory_bytes: int | None = None
    """Memory that the run may take; what the system can give if None. [byte]"""
    folder: Path | None = None
    """Where the results will be written, if they are; its disk must have room for them."""
