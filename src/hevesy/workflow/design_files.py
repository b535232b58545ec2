"""The files of a design: the document, a table of all plans told, and two plots."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.domain import Progress, silent
from hevesy.report.figures.designs import draw_error_by_visits, draw_time_map
from hevesy.report.figures.style import vector
from hevesy.workflow.design import DesignRequest, Judged, design_document, pair_map
from hevesy.workflow.folder import staged_folder

DOCUMENT = "design.json"
_NUMBERS = (
    "expected_relative_standard_uncertainty",
    "root_mean_square_error",
    "bias",
    "percentile95_of_error",
)


def write_design(request: DesignRequest, out: Path, progress: Progress = silent) -> dict[str, Any]:
    """Judge the plans and write ``design.json``, ``plans.csv``, ``visits.svg`` and maps of times from 2 visits.

    Raises
    ------
    OutputError
        If the folder holds something else, or cannot be written.
    """
    document, judged = design_document(request, progress)
    with staged_folder(out, marker=DOCUMENT) as stage:
        (stage / DOCUMENT).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        _write_table(document, stage / "plans.csv")
        if judged:
            (stage / "visits.svg").write_bytes(_visits_plot(document, judged))
        for visits, found in judged.items():
            if visits > 1:
                times, value, held = pair_map(request, found)
                drawing = vector(lambda t=times, v=value, h=held: draw_time_map(t, v, h))  # type: ignore[misc]
                (stage / f"times_{visits}_visits.svg").write_bytes(drawing.data)
    return document


def _visits_plot(document: dict[str, Any], judged: dict[int, Judged]) -> bytes:
    best = {visits: int(np.argmin(found.value)) for visits, found in judged.items()}
    first = next(iter(judged.values()))
    expected = None
    if first.expected is not None:
        expected = np.array([j.expected[best[n]] for n, j in judged.items() if j.expected is not None])
    simulated = None
    if first.rmse is not None:
        simulated = np.array([j.rmse[best[n]] for n, j in judged.items() if j.rmse is not None])
    times = [judged[n].plans[k] for n, k in best.items()]
    return vector(lambda: draw_error_by_visits(list(judged), document["regions"], expected, simulated, times)).data


def _write_table(document: dict[str, Any], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["visits", "times_h", "stated", "region", *_NUMBERS, "loss_against_best"])
        for entry in document["visits"]:
            for kind in ("plans", "stated_plans"):
                for plan in entry[kind] or ():
                    times = " ".join(f"{t:g}" for t in plan["times_h"])
                    for region in plan["regions"]:
                        numbers = [region[key] for key in _NUMBERS]
                        stated = "yes" if kind == "stated_plans" else "no"
                        row = [entry["visits"], times, stated, region["name"], *numbers, plan["loss_against_best"]]
                        writer.writerow(row)
