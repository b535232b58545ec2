"""The report as PDF, typeset by Typst with the fonts it carries."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from hevesy.report.composition import compose
from hevesy.report.document import Block, Bullets, Document, Facts, Heading, Paragraph, Pictures, Table
from hevesy.report.figures.style import PAGE_WIDTH_MM, Drawing
from hevesy.report.files import write_atomically
from hevesy.report.images import ReportImages
from hevesy.report.model import Results
from hevesy.report.text import drawable


def _name(drawing: Drawing, number: int) -> str:
    return f"figure-{number}{drawing.suffix}"


def _drawings(document: Document) -> Iterator[Drawing]:
    for block in document.blocks:
        if isinstance(block, Pictures):
            for picture in block.items:
                yield picture.drawing


def _described(block: Block, names: dict[int, str]) -> dict[str, Any]:
    """A block as plain data. Typst shows strings from data as they are: nothing in a name is ever markup."""
    match block:
        case Heading():
            return {"type": "heading", "text": block.text, "level": block.level, "break": block.new_page}
        case Paragraph():
            return {"type": "paragraph", "text": block.text, "tone": block.tone}
        case Bullets():
            return {
                "type": "bullets",
                "items": list(block.items),
                "ordered": block.ordered,
                "tone": block.tone,
                "title": block.title,
            }
        case Facts():
            return {"type": "facts", "items": [list(item) for item in block.items]}
        case Table():
            return {
                "type": "table",
                "caption": block.caption,
                "columns": [[c.title, c.unit, c.share, c.numeric] for c in block.columns],
                "rows": [[[cell.text, cell.detail] for cell in row] for row in block.rows],
            }
        case Pictures():
            return {
                "type": "pictures",
                "caption": block.caption,
                "items": [
                    {
                        "file": names[id(picture.drawing)],
                        "alternative": picture.alternative,
                        "share": picture.drawing.width_mm / PAGE_WIDTH_MM,
                    }
                    for picture in block.items
                ],
            }


def _drawable(data: object) -> object:
    if isinstance(data, str):
        return drawable(data)
    if isinstance(data, list):
        return [_drawable(item) for item in data]
    if isinstance(data, dict):
        return {key: _drawable(value) for key, value in data.items()}
    return data


def pdf_bytes(document: Document) -> bytes:
    """The document as PDF: tagged, fonts embedded; the same document gives the same bytes."""
    import typst

    drawings = list(_drawings(document))
    names = {id(drawing): _name(drawing, number) for number, drawing in enumerate(drawings)}
    data = {
        "title": document.title,
        "subtitle": document.subtitle,
        "statement": document.statement,
        "blocks": [_described(block, names) for block in document.blocks],
    }
    template = (resources.files("hevesy.report") / "templates" / "report.typ").read_bytes()
    with tempfile.TemporaryDirectory(prefix="hevesy-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes(template)
        (folder / "document.json").write_text(json.dumps(_drawable(data)), encoding="utf-8")
        for drawing in drawings:
            (folder / names[id(drawing)]).write_bytes(drawing.data)
        pdf: bytes = typst.compile(
            str(folder / "report.typ"), root=name, format="pdf", ignore_system_fonts=True, timestamp=0
        )
    return pdf


def write_pdf(results: Results, images: ReportImages, path: Path, *, document: Document | None = None) -> Path:
    """Write ``report.pdf``.

    Parameters
    ----------
    results, images
        What the report shows.
    path
        Where to write.
    document
        Made from the same results and images with :func:`compose`; spares drawing the figures again.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    return write_atomically(path, pdf_bytes(document or compose(results, images)))
