"""Files of a fit of a cohort: the JSON document, a table of individuals, and pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.population import weighted_residuals
from hevesy.report import write_atomically
from hevesy.report.figures.population import (
    PredictivePanel,
    ResidualPanel,
    draw_predictive_check,
    draw_residuals,
)
from hevesy.report.figures.style import vector
from hevesy.workflow.population_job import PopulationResult
from hevesy.workflow.population_state import STATE

DOCUMENT, INDIVIDUALS = "population.json", "individuals.csv"
PREDICTIVE, RESIDUALS = "predictive-check.svg", "residuals.svg"


def write_population(result: PopulationResult, document: dict[str, Any], out: Path) -> None:
    """Write the files, each whole, and remove the state of the run.

    Raises
    ------
    OutputError
        If the file system refuses.
    """
    makers: dict[str, Callable[[], bytes]] = {
        PREDICTIVE: lambda: _predictive(result),
        RESIDUALS: lambda: _residuals(result),
        INDIVIDUALS: lambda: _table(document),
        DOCUMENT: (json.dumps(document, indent=1, allow_nan=False) + "\n").encode,
    }
    for name, make in makers.items():
        write_atomically(out / name, make())
    (out / STATE).unlink(missing_ok=True)


def _table(document: dict[str, Any]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    header = ("patient", "region", "cycle", "time_integrated_activity", "standard_uncertainty", "low95", "high95")
    writer.writerow((*header, "reason"))
    for row in document["individuals"]:
        tia = row["time_integrated_activity"]
        numbers = [tia["value"], tia["standard_uncertainty"], *(tia["interval95"] or (None, None))]
        writer.writerow([row["patient"], row["region"], row.get("cycle", ""), *numbers, tia.get("reason", "")])
    return stream.getvalue().encode()


def _predictive(result: PopulationResult) -> bytes:
    found = weighted_residuals(result.chosen.fit)
    panels = []
    for r, region in enumerate(result.chosen.fit.layout.regions):
        own = found.regions == r
        bins = [b for b in result.predictive if b.region == region]
        panels.append(
            PredictivePanel(
                region,
                found.times_h[own],
                found.activities[own],
                np.array([b.time_h for b in bins]),
                *(np.array([getattr(b, name) for b in bins]) for name in ("observed", "simulated", "low", "high")),
            )
        )
    return vector(lambda: draw_predictive_check(panels, result.file.cohort.activity_unit)).data


def _residuals(result: PopulationResult) -> bytes:
    found = weighted_residuals(result.chosen.fit)
    panels = [
        ResidualPanel(region, found.times_h[own], found.individual[own], found.population[own])
        for r, region in enumerate(result.chosen.fit.layout.regions)
        if (own := found.regions == r) is not None
    ]
    return vector(lambda: draw_residuals(panels)).data
