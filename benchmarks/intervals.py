"""Whether the intervals hold the truth: many simulated patients whose site errs as its study file says it may.

Usage: python benchmarks/intervals.py FOLDER [--seeds 40] [--first 1] [--jobs 2] [--therapy lu177-dotatate] [--json]

Every seed redraws calibration, readings, contours, the patient's positions and all noise. What a seed gave is kept in
FOLDER, so that an interrupted run goes on where it was. The table goes to stdout.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

ORGANS = ("Liver", "Spleen", "Kidney_L", "Kidney_R")


def one_seed(folder: Path, seed: int, therapy: str) -> Path:
    """Simulate one patient, run the job, and keep estimates and truth."""
    kept = folder / f"{therapy}-{seed}.json"
    if kept.exists():
        return kept
    from hevesy.simulate import Options, default_scenario, simulate
    from hevesy.workflow import compute_study

    with tempfile.TemporaryDirectory(dir=folder) as work:
        patient = simulate(default_scenario(therapy), Path(work) / "patient", Options(seed, draw_errors=True))
        results = compute_study(patient / "study.yaml").results
        truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
    known = {region["name"]: region for region in truth["regions"]}
    rows = [_row(region, known[region.name]) for region in results.regions if region.name in known]
    partial = kept.with_suffix(".part")
    partial.write_text(json.dumps({"seed": seed, "drawn_errors": truth["drawn_errors"], "regions": rows}, indent=1))
    shutil.move(partial, kept)
    return kept


def _row(region: Any, truth: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a result of any version
    estimate = region.time_integrated_activity_bq_s
    return {
        "name": region.name,
        "kind": truth["kind"],
        "volume_ml": truth["volume_ml"],
        "truth": truth["time_integrated_activity_bq_s"],
        "value": estimate.value,
        "u": estimate.standard_uncertainty,
        "interval95": estimate.interval95,
        "corrected": region.recovery_applied,
        "reason": estimate.reason,
    }


def summary(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Bias, spread, stated uncertainty and coverage of some estimates."""
    ratios = [row["value"] / row["truth"] for row in rows]
    errors = [ratio - 1.0 for ratio in ratios]
    rms = math.sqrt(sum(e * e for e in errors) / len(errors))
    stated = sum(row["u"] / row["value"] for row in rows) / len(rows)
    inside = sum(row["interval95"][0] <= row["truth"] <= row["interval95"][1] for row in rows)
    return {
        "name": name,
        "n": len(rows),
        "bias": sum(errors) / len(errors),
        "rms": rms,
        "stated": stated,
        "stated_over_rms": stated / rms,
        "coverage": inside / len(rows),
    }


def summaries(documents: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One for each region, then organs, lesions over 20 ml, and all corrected regions together."""
    rows = [row for document in documents for row in document["regions"] if row["value"] is not None]
    corrected = [row for row in rows if row["corrected"]]
    for name in dict.fromkeys(row["name"] for row in rows):
        yield summary(name, [row for row in rows if row["name"] == name])
    yield summary("liver, spleen, kidneys", [r for r in corrected if r["name"] in ORGANS])
    yield summary("lesions over 20 ml", [r for r in corrected if r["kind"] == "lesion" and r["volume_ml"] > 20])
    yield summary("all corrected regions", corrected)


def explained(documents: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """What the drawn errors explain of one region's errors, and what is left."""
    rows = [next(row for row in document["regions"] if row["name"] == name) for document in documents]
    drawn = [document["drawn_errors"] for document in documents]
    phantom = [errors["phantom_activity_stated_over_true"] for errors in drawn]
    boundary = [errors["boundary_displacement_mm"][name] for errors in drawn]
    errors = [row["value"] / row["truth"] / factor - 1.0 for row, factor in zip(rows, phantom, strict=True)]
    slope = sum(e * b for e, b in zip(errors, boundary, strict=True)) / sum(b * b for b in boundary)
    rest = [e - slope * b for e, b in zip(errors, boundary, strict=True)]
    mean = sum(rest) / len(rest)
    spread = math.sqrt(sum((r - mean) ** 2 for r in rest) / (len(rest) - 1))
    return {"name": name, "slope_per_mm": slope, "boundary_rms_mm": _rms(boundary), "mean": mean, "spread": spread}


def _rms(values: Sequence[float]) -> float:
    return math.sqrt(sum(v * v for v in values) / len(values))


def print_explained(documents: Sequence[dict[str, Any]]) -> None:
    """The second table: without the drawn calibration and boundary."""
    factors = [document["drawn_errors"]["phantom_activity_stated_over_true"] - 1.0 for document in documents]
    print(f"\nThe drawn errors of the calibration have an rms of {_rms(factors):.1%}.\n")
    print("| region | rms drawn boundary [mm] | effect of 0.5 mm | mean of the rest | spread of the rest |")
    print("|---|---|---|---|---|")
    for name in (*ORGANS, "Lesion_liver_1", "Lesion_liver_2"):
        e = explained(documents, name)
        print(
            f"| {name} | {e['boundary_rms_mm']:.2f} | {0.5 * e['slope_per_mm']:+.1%} | {e['mean']:+.1%} | "
            f"{e['spread']:.1%} |"
        )


def main(arguments: Sequence[str]) -> None:
    """Run the seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--therapy", default="lu177-dotatate")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.jobs) as pool:
        tasks = [pool.submit(one_seed, asked.folder, seed, asked.therapy) for seed in seeds]
        files = []
        for done, task in enumerate(tasks, start=1):
            files.append(task.result())
            print(f"{done} of {len(tasks)} seeds", file=sys.stderr)
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    found = list(summaries(documents))
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    print("| region | n | mean bias | rms error | mean stated u | stated / rms | truth in 95 % interval |")
    print("|---|---|---|---|---|---|---|")
    for s in found:
        print(
            f"| {s['name']} | {s['n']} | {s['bias']:+.1%} | {s['rms']:.1%} | {s['stated']:.1%} | "
            f"{s['stated_over_rms']:.2f} | {s['coverage']:.0%} |"
        )
    if asked.therapy == "lu177-dotatate" and len(documents) > 2:
        print_explained(documents)


if __name__ == "__main__":
    main(sys.argv[1:])
