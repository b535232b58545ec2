"""How far the results of simulated patients lie from their truth, as a Markdown table.

Usage: python benchmarks/accuracy.py PATIENT RESULTS [PATIENT RESULTS ...]

PATIENT is a folder of ``hevesy simulate``, RESULTS the folder that ``hevesy run`` wrote for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = (
    "| patient | region | volume [ml] | time-integrated activity / truth | stated u | truth in 95 % interval |\n"
    "|---|---|---|---|---|---|"
)


def rows(patient: Path, results: Path) -> Iterator[str]:
    """One line for each region that has a truth."""
    truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
    document = json.loads((results / "results.json").read_text(encoding="utf-8"))
    known = {region["name"]: region for region in truth["regions"]}
    label = f"{truth['therapy']}, seed {truth['seed']}"
    for region in document["regions"]:
        if region["name"] in known:
            yield f"| {label} | {region['name']} | {_compared(region, known[region['name']])} |"


def _compared(region: dict[str, Any], truth: dict[str, Any]) -> str:
    estimate, expected = region["time_integrated_activity_bq_s"], truth["time_integrated_activity_bq_s"]
    volume = f"{truth['volume_ml']:.1f}"
    if estimate["value"] is None:
        return f"{volume} | – | – | {estimate['reason']}"
    low, high = estimate["interval95"]
    relative = estimate["standard_uncertainty"] / estimate["value"]
    inside = "yes" if low <= expected <= high else "no"
    note = "" if region["recovery_applied"] else " (not recovery-corrected)"
    return f"{volume} | {estimate['value'] / expected:.3f}{note} | {relative:.1%} | {inside}"


def main(arguments: list[str]) -> None:
    """Print the table."""
    print(HEAD)
    for patient, results in zip(arguments[::2], arguments[1::2], strict=True):
        for line in rows(Path(patient), Path(results)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
