"""A report as a sequence of blocks, whatever it is printed on: HTML and PDF show the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hevesy.report.figures.style import Drawing

Tone = Literal["plain", "note", "warning"]
STATEMENT = "For research and quality assurance. Not a certified medical device."
"""What every report says on top."""


@dataclass(frozen=True)
class Heading:
    """A heading of the first or second level."""

    text: str
    level: Literal[1, 2]
    anchor: str
    """Name of the place, unique in the document."""
    new_page: bool = False
    """Whether a printed page begins here."""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list of short texts."""

    items: tuple[str, ...]
    ordered: bool = False
    tone: Tone = "plain"
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Names and what they are."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    unit: str = ""
    """Shown in brackets under the title."""
    share: float = 1.0
    """Width relative to the other columns."""
    numeric: bool = False
    """Aligned to the right."""


@dataclass(frozen=True)
class Cell:
    """What stands in a table cell."""

    text: str
    detail: str = ""
    """A second line, smaller."""


@dataclass(frozen=True)
class Table:
    """A table with a header row; the first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"expected {len(self.columns)} cells in a row, but {len(row)} came")


@dataclass(frozen=True)
class Picture:
    """A figure with the text that stands for it where it cannot be seen."""

    drawing: Drawing
    alternative: str


@dataclass(frozen=True)
class Pictures:
    """Figures side by side, with a caption."""

    items: tuple[Picture, ...]
    caption: str


Block = Heading | Paragraph | Bullets | Facts | Table | Pictures


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    statement: str
    """On the first page and in the footer of each page."""
    blocks: tuple[Block, ...]
