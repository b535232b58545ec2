"""A table of measurements from a text file of comma-separated values, its columns named and never guessed."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, ReadError, printable

Floats = NDArray[np.float64]

_LARGEST_BYTES = 64 * 1024**2
_LONGEST_CELL = 400
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NO_NUMBER = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"}
_HOW = "map it with --columns NAME=HEADER or name it with --ignore-column"


@dataclass(frozen=True)
class Table:
    """The cells of a file as text, by the names that the reader asked for."""

    name: str
    """Of the file, without its folder."""
    sha256: str
    columns: Mapping[str, tuple[str, ...]]
    """Cells without surrounding blanks, by column; an optional column that the file lacks is not there."""
    lines: tuple[int, ...]
    """Line of the file that each row ends on."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def __contains__(self, column: object) -> bool:
        """Whether the file has a column."""
        return column in self.columns

    def where(self, row: int, column: str) -> str:
        """Place of a cell, for messages."""
        return f"{self.name}, line {self.lines[row]}, {column}"

    def texts(self, column: str) -> tuple[str, ...]:
        """Cells that have to hold text.

        Raises
        ------
        ReadError
            If one is empty, longer than 400 characters, or holds what cannot be printed.
        """
        for row, cell in enumerate(self.columns[column]):
            if not cell or len(cell) > _LONGEST_CELL or not cell.isprintable():
                raise ReadError("a printable text", "something else came", self.where(row, column))
        return self.columns[column]

    def numbers(self, column: str, *, finite: bool = True, gaps: bool = False) -> Floats:
        """Cells as numbers. Shape ``(row,)``; the unit is that of the column.

        Parameters
        ----------
        column
            One that the file has.
        finite
            Whether ``nan`` and ``inf`` are refused; otherwise they are what they say.
        gaps
            Whether an empty cell is allowed; it becomes NaN.

        Raises
        ------
        ReadError
            If a cell holds no number.
        """
        return np.array([self._number(row, column, finite, gaps) for row in range(len(self))], dtype=np.float64)

    def _number(self, row: int, column: str, finite: bool, gaps: bool) -> float:  # noqa: FBT001 - as handed on
        cell = self.columns[column][row]
        if gaps and not cell:
            return float("nan")
        if _NUMBER.fullmatch(cell) is None and (finite or cell.lower() not in _NO_NUMBER):
            raise ReadError("a number with a decimal point", _what(cell), self.where(row, column))
        value = float(cell)
        if finite and not np.isfinite(value):
            raise ReadError("a finite number", "one out of range came", self.where(row, column))
        return value

    def groups(self, *columns: str) -> dict[tuple[str, ...], list[int]]:
        """Rows with the same text in these columns, in the order in which they first occur."""
        found: dict[tuple[str, ...], list[int]] = {}
        for row, key in enumerate(zip(*(self.texts(column) for column in columns), strict=True)):
            found.setdefault(key, []).append(row)
        return found


def _what(cell: str) -> str:
    """What came instead of a number, without repeating it: a shifted column may hold a name."""
    if not cell:
        return "an empty cell came"
    return "a decimal comma came" if re.fullmatch(r"[+-]?\d+,\d+", cell) else "something else came"


def parse_mapping(text: str | None, known: Collection[str], option: str = "--columns") -> dict[str, str]:
    """Read ``region=organ,time_h=t_h``: our name of a column, and its header in the file.

    Parameters
    ----------
    text
        As given; nothing is mapped where it is None.
    known
        Our names.
    option
        Named in the error.

    Raises
    ------
    InputError
        If it is no such list, names an unknown column, or names one or a header twice.
    """
    if text is None:
        return {}
    mapping: dict[str, str] = {}
    for part in text.split(","):
        name, equals, header = (piece.strip() for piece in part.partition("="))
        if not (name and equals and header):
            raise InputError("a list such as region=organ,time_h=t_h", f"{part.strip()!r} came", option)
        if name not in known:
            raise InputError(f"one of the columns {', '.join(known)} before =", f"{name!r} came", option)
        if name in mapping or header in mapping.values():
            raise InputError("every column and header once", f"{part.strip()!r} came again", option)
        mapping[name] = header
    return mapping


def read_table(
    path: Path,
    required: Sequence[str],
    optional: Sequence[str] = (),
    mapping: Mapping[str, str] | None = None,
    ignored: Collection[str] = (),
) -> Table:
    """Read a file of comma-separated values with one header line, in UTF-8.

    Parameters
    ----------
    path
        The file; at most 64 MiB.
    required, optional
        Our names of the columns.
    mapping
        Header in the file of a column whose header is not our name.
    ignored
        Headers in the file that are left out.

    Raises
    ------
    ReadError
        If the file cannot be read; is no UTF-8 or has another delimiter; lacks a required column; has a header that is
        neither asked for nor ignored, or twice; has a row with more or fewer values than the header; or has no row.
    """
    content = _read(path)
    rows = _rows(content, path.name)
    if not rows:
        raise ReadError(f"a header line with {', '.join(required)}", "an empty file came", path.name)
    _, header = rows.pop(0)
    places = _places(header, {name: (mapping or {}).get(name, name) for name in (*required, *optional)}, path.name)
    _check_missing(places, required, path.name)
    _check_rest(header, {*places.values()}, ignored, path.name)
    if not rows:
        raise ReadError("at least one row below the header", "none came", path.name)
    for line, cells in rows:
        if len(cells) != len(header):
            raise ReadError(f"{len(header)} values as in the header", f"{len(cells)} came", f"{path.name}, line {line}")
    return Table(
        name=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        columns={name: tuple(cells[place] for _, cells in rows) for name, place in places.items()},
        lines=tuple(line for line, _ in rows),
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ReadError("a file of comma-separated values", f"{reason} came", path.name) from error
    if len(content) > _LARGEST_BYTES:
        raise ReadError(f"a file of at most {_LARGEST_BYTES // 1024**2} MiB", "a larger one came", path.name)
    return content


def _rows(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, with the line that each ends on."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError("text in UTF-8", "other bytes came", name) from error
    if "\x00" in text:
        raise ReadError("text in UTF-8", "zero bytes came", name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append((reader.line_num, stripped))
    except csv.Error as error:
        raise ReadError("comma-separated values", f"{error} came", f"{name}, line {reader.line_num}") from error
    return rows


def _places(header: list[str], wanted: Mapping[str, str], name: str) -> dict[str, int]:
    if len(header) == 1 and len(wanted) > 1:
        other = next((words for mark, words in _DELIMITERS.items() if mark in header[0]), "one column")
        raise ReadError("values separated by commas", f"{other} came", f"{name}, header")
    places: dict[str, int] = {}
    for column, title in wanted.items():
        found = [place for place, cell in enumerate(header) if cell == title]
        if len(found) > 1:
            raise ReadError(f"the header of {column} once", f"it came {len(found)} times", f"{name}, header")
        if found:
            places[column] = found[0]
        elif column != title:
            raise ReadError(f"the header {printable(title)!r} of {column}", "none came", f"{name}, header")
    return places


_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}


def _check_missing(places: Mapping[str, int], required: Sequence[str], name: str) -> None:
    missing = [column for column in required if column not in places]
    if missing:
        raise ReadError(
            f"the columns {', '.join(required)}",
            f"no {missing[0]} came; {_HOW.partition(' or ')[0]}",
            f"{name}, header",
        )


def _check_rest(header: list[str], used: Collection[int], ignored: Collection[str], name: str) -> None:
    """Refuse what nobody asked for: it may be a column that matters under another name."""
    lacking = [title for title in ignored if title not in header]
    if lacking:
        raise ReadError(f"the header {printable(lacking[0])!r} to ignore", "none came", f"{name}, header")
    rest = [place for place, cell in enumerate(header, start=1) if place - 1 not in used and cell not in ignored]
    if rest:
        raise ReadError("no other column", f"column {rest[0]} has another header; {_HOW}", f"{name}, header")
