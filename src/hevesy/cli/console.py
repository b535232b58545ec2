"""What the command line writes: JSON or tables on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hevesy.domain import Progress as ProgressCallback
from hevesy.errors import printable

EXIT_INPUT = 2
EXIT_FINDINGS = 3


def fail(message: str, status: int) -> NoReturn:
    """End with one line on stderr."""
    sys.stderr.write(f"hevesy: {printable(' '.join(message.split()))}\n")
    sys.exit(status)


def print_json(document: Mapping[str, object]) -> None:
    """Write exactly one strict JSON document on stdout, in ASCII, so that no terminal's encoding can spoil it."""
    sys.stdout.write(json.dumps(document, allow_nan=False, indent=2) + "\n")


def err_console() -> Console:
    """The console of messages and progress."""
    return Console(stderr=True, highlight=False)


@contextmanager
def progress_bars() -> Iterator[ProgressCallback]:
    """Progress bars on stderr, shown only when someone watches."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err_console(), disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, TaskID] = {}

        def report(task: str, done: int, total: int) -> None:
            if task not in tasks:
                tasks[task] = bars.add_task(task, total=total or None)
            bars.update(tasks[task], completed=done, total=total or None)

        yield report
