"""How far the local shifts found in simulated patients lie from their truth, as a Markdown table.

Usage: python benchmarks/local_shift.py PATIENT RESULTS [PATIENT RESULTS ...]

PATIENT is a folder of ``hevesy simulate``, RESULTS the folder that ``hevesy run`` wrote for it with
``alignment.local_shift``. The regions are drawn on the first CT, where breathing had carried an organ by its share of
the diaphragm's excursion; the SPECT shows its mean position. What the registration of the CTs left is part of the true
shift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.physdata.phantoms import LPS_MM_FROM_PHANTOM_CM
from hevesy.simulate import default_scenario
from hevesy.simulate.patient import SourceRegion, build_patient

HEAD = (
    "| patient | region | moved | true shift to the head [mm] | rms error x, y, z [mm] | rms error / stated u |\n"
    "|---|---|---|---|---|---|"
)


def rows(patient: Path, results: Path) -> Iterator[str]:
    """One line for each region."""
    truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
    document = json.loads((results / "results.json").read_text(encoding="utf-8"))
    virtual = build_patient(default_scenario(truth["therapy"]))
    label = f"{truth['therapy']}, seed {truth['seed']}"
    for region in virtual.regions:
        entries = [entry for entry in document["local_shifts"] if entry["region"] == region.name]
        if entries:
            yield f"| {label} | {region.name} | {_compared(entries, _true(region, truth, document))} |"


def _true(region: SourceRegion, truth: Mapping[str, Any], document: Mapping[str, Any]) -> dict[int, np.ndarray]:
    """Where the SPECT shows the region's centre, less where drawing and registration put it, by time point. [mm]"""
    rest = LPS_MM_FROM_PHANTOM_CM @ np.append(np.mean(region.drawn.bounds, axis=0), 1.0)
    drawn = rest + np.array([0.0, 0.0, region.mobility * truth["time_points"][0]["ct_breathing_mm"], 0.0])
    matrices = {entry["time_point"]: np.array(entry["matrix"]) for entry in document["alignment"]}
    return {
        point["index"]: (np.array(point["transform"]) @ rest - matrices[point["index"]] @ drawn)[:3]
        for point in truth["time_points"]
    }


def _compared(entries: list[Mapping[str, Any]], true: Mapping[int, np.ndarray]) -> str:
    moved = [entry for entry in entries if entry["shift_mm"] is not None]
    count = f"{len(moved)} of {len(entries)}"
    heads = ", ".join(f"{shift[2]:.1f}" for shift in true.values())
    if not moved:
        return f"{count} | {heads} | – | {entries[0]['reason']}"
    errors = np.array([np.array(entry["shift_mm"]) - true[entry["time_point"]] for entry in moved])
    stated = np.array([entry["standard_uncertainty_mm"] for entry in moved])
    ratio = float(np.sqrt(np.mean((errors / stated) ** 2)))
    return f"{count} | {heads} | {_three(np.sqrt(np.mean(errors**2, axis=0)))} | {ratio:.2f}"


def _three(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def main(arguments: list[str]) -> None:
    """Print the table."""
    print(HEAD)
    for patient, results in zip(arguments[::2], arguments[1::2], strict=True):
        for line in rows(Path(patient), Path(results)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
