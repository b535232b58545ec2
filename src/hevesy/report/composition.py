"""From results and images to a document."""

from __future__ import annotations

from hevesy.domain import Progress, silent
from hevesy.report.document import Document
from hevesy.report.images import ReportImages
from hevesy.report.model import Results
from hevesy.report.numbers import estimate, moment
from hevesy.report.sections import SECTIONS, Material


def compose(results: Results, images: ReportImages, progress: Progress = silent) -> Document:
    """Every section and figure of the report, not yet bound to a file format.

    Parameters
    ----------
    progress
        Told of every region that is drawn, which takes most of the time.

    Raises
    ------
    ValueError
        If the emission images do not go with the time points.
    """
    material = Material(results, images, progress)
    return Document(
        title=f"Absorbed-dose report: {results.patient_label}",
        subtitle=_subtitle(results),
        statement=results.statement,
        blocks=tuple(block for section in SECTIONS for block in section(material)),
    )


def _subtitle(results: Results) -> str:
    """What was given, when, and when it was seen."""
    given = results.administration
    agent = given.radiopharmaceutical or given.radionuclide
    activity = "" if given.net_activity_bq.value is None else f", {estimate(given.net_activity_bq, 1e-9)} GBq"
    times = ", ".join(f"{point.time_h:.1f}" for point in results.time_points)
    scans = "1 scan" if len(results.time_points) == 1 else f"{len(results.time_points)} scans"
    made = f"; made {moment(results.provenance.created)}" if results.provenance.created else ""
    return f"{agent}{activity}, start of administration {moment(given.start)}; {scans} {times} h later{made}"
