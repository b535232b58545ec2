"""How far the local shifts found in simulated patients lie from their truth, as a Markdown table.

Usage: python benchmarks/local_shift.py PATIENT RESULTS [PATIENT RESULTS ...]

PATIENT is a folder of ``hevesy simulate``, RESULTS the folder that ``hevesy run`` wrote for it with
``alignment.local_shift``. The regions are drawn on the first CT, where breathing had carried an organ by its share of
the diaphragm's excursion; the SPECT shows its mean position.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.simulate import default_scenario
from hevesy.simulate.patient import build_patient

HEAD = (
    "| patient | region | moved | true shift to the head [mm] | mean found [mm] | rms error x, y, z [mm] | "
    "stated u x, y, z [mm] |\n|---|---|---|---|---|---|---|"
)


def rows(patient: Path, results: Path) -> Iterator[str]:
    """One line for each region."""
    truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
    document = json.loads((results / "results.json").read_text(encoding="utf-8"))
    virtual = build_patient(default_scenario(truth["therapy"]))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["local_shifts"]:
        found.setdefault(entry["region"], []).append(entry)
    for region, entries in found.items():
        true = -virtual.mobility(region) * truth["time_points"][0]["ct_breathing_mm"]
        yield f"| {truth['therapy']}, seed {truth['seed']} | {region} | {_compared(entries, true)} |"


def _compared(entries: list[Mapping[str, Any]], true: float) -> str:
    moved = [entry for entry in entries if entry["shift_mm"] is not None]
    count = f"{len(moved)} of {len(entries)}"
    if not moved:
        return f"{count} | {true:.2f} | – | {entries[0]['reason']} | –"
    shifts = np.array([entry["shift_mm"] for entry in moved])
    error = np.sqrt(np.mean((shifts - np.array([0.0, 0.0, true])) ** 2, axis=0))
    stated = np.sqrt(np.mean(np.array([entry["standard_uncertainty_mm"] for entry in moved]) ** 2, axis=0))
    mean = ", ".join(f"{s:.2f}" for s in shifts.mean(axis=0))
    return f"{count} | {true:.2f} | {mean} | {_three(error)} | {_three(stated)}"


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
