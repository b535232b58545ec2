"""Tables of a width of their own on stdout, whatever terminal there is."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

_WIDTH = 110


def as_text(*parts: Table | str) -> str:
    """Tables and paragraphs as text."""
    target = io.StringIO()
    console = Console(file=target, width=_WIDTH, markup=False, highlight=False)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str))
    return target.getvalue()


def text_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose first column holds words, the others numbers."""
    table = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table
