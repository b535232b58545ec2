"""The report of an injection into a tumour: coverage, cold parts, organs, and what is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from hevesy.report.document import (
    STATEMENT,
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Table,
)
from hevesy.report.figures.intratumoural import Planes, draw_planes, draw_tumour_histogram
from hevesy.report.figures.style import raster, vector
from hevesy.report.pages import write_pages

_OUTCOMES = {
    "not-needed": "The tumour is covered as it is: nothing is proposed.",
    "reached": "The proposed deposits reach the prescribed coverage within every limit.",
    "not-reached": "The coverage cannot be reached as it was asked for; this is what the limits leave.",
    "no-place": "No place keeps the margins: nothing is proposed.",
    "limit-exceeded-before": "A limit is exceeded already: nothing is proposed.",
}
_FIGURES = (("v100", "V100", "%", 100.0), ("d90_gy", "D90", "Gy", 1.0), ("d95_gy", "D95", "Gy", 1.0),
            ("mean_gy", "mean", "Gy", 1.0))  # fmt: skip
_Json = Mapping[str, Any]


def write_intratumoural_report(document: _Json, planes: Planes, out: Path) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.pdf``.

    Parameters
    ----------
    document
        Absorbed doses in Gy, activities in Bq.
    planes
        What the pictures show.
    out
        Folder.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    return write_pages(intratumoural_report(document, planes), out)


def intratumoural_report(document: _Json, planes: Planes) -> Document:
    """What was found as a report; activities in MBq, absorbed doses in Gy."""
    after = document["after"]
    blocks: list[Block] = [
        Heading("Coverage of the tumour", 1, "coverage"),
        _facts(document),
        _tumour(document, after),
        *_proposal(document["proposal"]),
        *_pictures(document, planes),
        *_organs(document, after),
        *_cold(document["before"], "Cold parts as measured"),
        *([] if after is None else _cold(after, "Cold parts with the proposed deposits")),
    ]
    findings = tuple(f"{item['code']}: {item['message']}" for item in document["findings"])
    if findings:
        blocks.append(Bullets(findings, tone="warning", title="Findings"))
    notes = (document["engine"]["description"], *document["engine"]["notes"], *document["notes"])
    blocks.append(Bullets(notes, tone="note", title="How it was computed, and where that ends"))
    return Document("Injection into a tumour", document["label"], STATEMENT, tuple(blocks))


def _facts(document: _Json) -> Facts:
    deposition, prescribed = document["deposition"], document["prescribed"]
    edges = " x ".join(f"{edge:.3g}" for edge in document["voxels"]["spacing_mm"])
    return Facts((
        ("Nuclide, injection", f"{document['nuclide']}, {document['injected']}"),
        ("Activity in the map", f"{deposition['activity_bq'] / 1e6:.4g} MBq at {deposition['at']}, "
                                f"{100 * deposition['in_tumour']:.1f} % of it in the tumour"),
        ("Tumour", f"{document['before']['tumour']['name']}, {document['before']['tumour']['volume_ml']:.3g} ml"),
        ("Prescribed", f"{prescribed['dose_gy']:g} Gy in {100 * prescribed['coverage']:g} % ({prescribed['source']})"),
        ("Engine, voxels", f"{document['engine']['name']}, {edges} mm"),
    ))  # fmt: skip


def _tumour(document: _Json, after: _Json | None) -> Table:
    states = [("as measured", document["before"])] + ([] if after is None else [("with the proposed deposits", after)])
    columns = (Column("Tumour", share=1.6), *(Column(name, unit, numeric=True) for _, name, unit, _ in _FIGURES),
               Column("Least", "Gy", numeric=True), Column("Covered", "probability", numeric=True))  # fmt: skip
    rows = []
    for words, state in states:
        tumour = state["tumour"]
        cells = [Cell(f"{scale * tumour[key]['value']:.1f}", _interval(tumour[key], scale))
                 for key, _, _, scale in _FIGURES]  # fmt: skip
        least, probability = Cell(f"{tumour['minimum_gy']:.1f}"), Cell(f"{tumour['probability_of_coverage']:.2f}")
        rows.append((Cell(words), *cells, least, probability))
    return Table("Coverage, with the central 95 % of the draws", columns, tuple(rows))


def _interval(figure: _Json, scale: float) -> str:
    low, high = figure["interval95"]
    return f"{scale * low:.1f} to {scale * high:.1f}"


def _proposal(proposal: _Json | None) -> Iterator[Block]:
    if proposal is None:
        return
    yield Heading("What to add", 1, "add")
    bound = f" Held back by: {', '.join(proposal['binding'])}." if proposal["binding"] else ""
    yield Paragraph(_OUTCOMES[proposal["outcome"]] + bound,
                    tone="plain" if proposal["outcome"] in {"reached", "not-needed"} else "warning")  # fmt: skip
    if not proposal["deposits"]:
        return
    columns = (
        Column("Deposit"),
        Column("Centre", "LPS, mm", share=2.0, numeric=True),
        Column("Volume", "ml", numeric=True),
        Column("To inject", "MBq", numeric=True),
        Column("To stay", "MBq", numeric=True),
    )
    rows = [
        (
            Cell(str(number)),
            Cell(", ".join(f"{v:.1f}" for v in one["centre_mm"])),
            Cell(f"{one['volume_ml']:.2g}"),
            Cell(f"{one['inject_bq'] / 1e6:.1f}"),
            Cell(f"{one['staying_bq'] / 1e6:.1f}"),
        )
        for number, one in enumerate(proposal["deposits"], start=1)
    ]
    yield Table("Proposed deposits", columns, tuple(rows))
    yield Paragraph(
        f"In all {proposal['inject_bq'] / 1e6:.1f} MBq are to be injected, of which {100 * proposal['leakage']:.1f} % "
        f"({proposal['leaked_bq'] / 1e6:.1f} MBq) are taken to leak away; their dose is not in any figure here. The "
        f"volume is {100 * proposal['injected_over_tumour_volume']:.1f} % of the tumour's. The proposal is a good one; "
        "that none needs less activity is not proved."
    )


def _pictures(document: _Json, planes: Planes) -> Iterator[Block]:
    prescribed = document["prescribed"]
    words = "Planes through the tumour: activity (root of the concentration), isodoses, tumour, organs and deposits"
    yield Pictures((Picture(raster(partial(draw_planes, planes)), words),), words)
    draw = partial(draw_tumour_histogram, document["histogram"], prescribed["dose_gy"], prescribed["coverage"])
    yield Pictures((Picture(vector(draw), "Dose-volume histogram"),), "Dose-volume histogram of the tumour")


def _organs(document: _Json, after: _Json | None) -> Iterator[Block]:
    states = [("as measured", document["before"])] + ([] if after is None else [("with deposits", after)])
    rows = [
        (
            Cell(name, f"mean {organ['mean_gy']:.3g} Gy, highest {organ['maximum_gy']:.3g} Gy, {words}"),
            Cell(_measure(limit), limit["source"]),
            Cell(f"{limit['limit_gy']:g}"),
            Cell(f"{limit['reached_gy']:.2f} ± {limit['standard_uncertainty_gy']:.2f}"),
            Cell(f"{limit['probability_exceeded']:.2f}"),
        )
        for words, state in states
        for name, organ in state["organs"].items()
        for limit in organ["limits"]
    ]
    if rows:
        columns = (Column("Organ", share=2.2), Column("Measure", share=1.4), Column("Limit", "Gy", numeric=True),
                   Column("Reached", "Gy", numeric=True), Column("Exceeded", "probability", numeric=True))  # fmt: skip
        yield Table("Organs at risk", columns, tuple(rows))


def _measure(limit: _Json) -> str:
    return f"hottest {limit['volume_ml']:g} ml" if limit["measure"] == "hottest" else str(limit["measure"])


def _cold(state: _Json, caption: str) -> Iterator[Block]:
    spots = state["cold_spots"]
    if not spots["number"]:
        return
    columns = (
        Column("Part"),
        Column("Volume", "ml", numeric=True),
        Column("Centre", "LPS, mm", share=2.0, numeric=True),
        Column("Least dose", "Gy", numeric=True),
        Column("To activity", "mm", numeric=True),
    )
    rows = [
        (
            Cell(str(number)),
            Cell(f"{spot['volume_ml']:.3g}"),
            Cell(", ".join(f"{v:.1f}" for v in spot["centre_mm"])),
            Cell(f"{spot['lowest_gy']:.3g}"),
            Cell("–" if spot["to_deposition_mm"] is None else f"{spot['to_deposition_mm']:.1f}"),
        )
        for number, spot in enumerate(spots["largest"][:10], start=1)
    ]
    yield Table(
        f"{caption}: {spots['number']}, {spots['volume_ml']:.3g} ml in all, the largest first", columns, tuple(rows)
    )
