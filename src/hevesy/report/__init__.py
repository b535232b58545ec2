"""Results as files: ``results.json``, a report for people, tables and images."""

from hevesy.report.compose import compose
from hevesy.report.files import write_atomically
from hevesy.report.html import write_html
from hevesy.report.images import AlignmentPictures, AlignmentView, ReportImages
from hevesy.report.model import Results
from hevesy.report.nifti import write_nifti
from hevesy.report.pdf import write_pdf
from hevesy.report.serialise import results_json, results_schema
from hevesy.report.tables import write_csv

__all__ = [
    "AlignmentPictures",
    "AlignmentView",
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
