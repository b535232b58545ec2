"""Paths as options: an empty one is refused, since it would mean the current folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


class OutFolder(click.Path):
    """A folder to write in, named by at least one letter."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as click has it
        """Refuse an empty name, and a file."""
        if isinstance(value, str) and not value.strip():
            self.fail(f"expected a folder, but {value!r} came", param, ctx)
        return super().convert(value, param, ctx)
