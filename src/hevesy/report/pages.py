"""A document as the two files that people open."""

from __future__ import annotations

from pathlib import Path

from hevesy.report.document import Document
from hevesy.report.files import write_atomically
from hevesy.report.html import html_text
from hevesy.report.pdf import pdf_bytes


def write_pages(report: Document, out: Path) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.pdf`` into a folder.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    html = write_atomically(out / "report.html", html_text(report).encode("utf-8"))
    return html, write_atomically(out / "report.pdf", pdf_bytes(report))
