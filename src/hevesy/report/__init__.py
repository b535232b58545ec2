"""Results as files: ``results.json``, a report for people, tables and images."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hevesy.report.composition import compose
    from hevesy.report.files import write_atomically
    from hevesy.report.html import write_html
    from hevesy.report.images import AlignmentPictures, AlignmentView, PlanarPicture, ReportImages
    from hevesy.report.model import Results
    from hevesy.report.nifti import write_nifti
    from hevesy.report.pdf import write_pdf
    from hevesy.report.serialise import results_json, results_schema
    from hevesy.report.tables import write_csv

_PLACES = {
    "AlignmentPictures": "images",
    "AlignmentView": "images",
    "PlanarPicture": "images",
    "ReportImages": "images",
    "Results": "model",
    "compose": "composition",
    "results_json": "serialise",
    "results_schema": "serialise",
    "write_atomically": "files",
    "write_csv": "tables",
    "write_html": "html",
    "write_nifti": "nifti",
    "write_pdf": "pdf",
}
"""Module of each name: loaded when it is asked for, as the whole takes a second."""


__all__ = [
    "AlignmentPictures",
    "AlignmentView",
    "PlanarPicture",
    "ReportImages",
    "Results",
    "compose",
    "results_json",
    "results_schema",
    "write_atomically",
    "write_csv",
    "write_html",
    "write_nifti",
    "write_pdf",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
