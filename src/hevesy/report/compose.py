"""From results and images to a document."""

from __future__ import annotations

from hevesy.report.document import Document
from hevesy.report.images import ReportImages
from hevesy.report.model import Results
from hevesy.report.numbers import moment
from hevesy.report.sections import SECTIONS, Material


def compose(results: Results, images: ReportImages) -> Document:
    """Every section and figure of the report, not yet bound to a file format.

    Raises
    ------
    ValueError
        If the emission images do not go with the time points.
    """
    material = Material(results, images)
    agent = results.administration.radiopharmaceutical or results.administration.radionuclide
    made = results.provenance.created
    return Document(
        title=f"Absorbed-dose report: {results.patient_label}",
        subtitle=f"{agent}, start of administration {moment(results.administration.start)}"
        + (f"; made {moment(made)}" if made else ""),
        statement=results.statement,
        blocks=tuple(block for section in SECTIONS for block in section(material)),
    )
