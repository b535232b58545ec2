"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from importlib import resources
from pathlib import Path

import jinja2

from hevesy.report.composition import compose
from hevesy.report.document import Document
from hevesy.report.figures.style import PAGE_WIDTH_MM, Drawing
from hevesy.report.files import write_atomically
from hevesy.report.images import ReportImages
from hevesy.report.model import Results
from hevesy.report.text import visible


def _data_uri(drawing: Drawing) -> str:
    return f"data:{drawing.media_type};base64,{base64.b64encode(drawing.data).decode('ascii')}"


def _percent_of_page(drawing: Drawing) -> float:
    return round(100.0 * drawing.width_mm / PAGE_WIDTH_MM, 2)


def _css_string(text: str) -> str:
    """The inside of a CSS string: everything but letters and digits as an escape, so that nothing can end it."""
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in visible(text))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("hevesy.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters.update(css_string=_css_string, data_uri=_data_uri, percent_of_page=_percent_of_page)
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment


def html_text(document: Document) -> str:
    """The document as HTML: every text escaped, styles and pictures inside, no script."""
    style = (resources.files("hevesy.report") / "templates" / "report.css").read_text(encoding="utf-8")
    return _environment().get_template("report.html.j2").render(document=document, style=style)


def write_html(results: Results, images: ReportImages, path: Path, *, document: Document | None = None) -> Path:
    """Write ``report.html``.

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
    return write_atomically(path, html_text(document or compose(results, images)).encode("utf-8"))
