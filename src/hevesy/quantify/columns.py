"""Tables of a user as CSV with fixed columns."""

from __future__ import annotations

import csv
from pathlib import Path

from hevesy.errors import InputError, ReadError


def read_columns(path: Path, columns: tuple[str, ...]) -> list[tuple[list[str], str]]:
    """The rows of a CSV file, each with its place for messages.

    Raises
    ------
    InputError
        If the columns are others, or a row has another number of values.
    ReadError
        If it is no CSV file in UTF-8.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError("a CSV file in UTF-8", f"{type(error).__name__} came", path.name) from error
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if header != columns:
        raise InputError(f"the columns {', '.join(columns)}", f"{', '.join(header) or 'none'} came", path.name)
    numbered = [(row, f"{path.name}:{n}") for n, row in enumerate(rows[1:], start=2) if any(row)]
    for row, where in numbered:
        if len(row) != len(columns):
            raise InputError(f"{len(columns)} values", f"{len(row)} came", where)
    return numbered
