"""Planar scans without CT, with CT, and scaled by one SPECT, against the truth of simulated patients.

Usage: python benchmarks/hybrid.py FOLDER [--seeds 12] [--first 1] [--jobs 1] [--size small] [--json]

"Drawn" is the practice without CT: regions drawn on the views, stated thickness, depth and overlap, attenuation by
transmission; its liver includes the lesions. "Planar" projects the regions through a CT. The site errs as its study
files state: every seed redraws calibrations, readings, contours, scatter, the patient's positions and all noise;
anatomy and kinetics stay. What a seed gave is kept in FOLDER, so that an interrupted run goes on there. The table goes
to stdout.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

METHODS = ("drawn", "planar", "hybrid")
"""Without CT; regions projected through a CT; the same scaled by one SPECT."""
REGIONS = ("Liver", "Spleen", "Kidney_L", "Kidney_R", "Whole_body")
ORGANS = REGIONS[:4]
LESIONS = ("Lesion_liver_1", "Lesion_liver_2", "Lesion_bone_1", "Lesion_node_1")
"""80, 30, 12 and 4 ml."""


def one_seed(folder: Path, seed: int, size: str) -> Path:
    """Simulate one patient, run the studies, and keep estimates and truth."""
    kept = folder / f"{size}-{seed}.json"
    if kept.exists():
        return kept
    from hevesy.simulate import Options, Size, default_scenario, simulate
    from hevesy.workflow import compute_study

    with tempfile.TemporaryDirectory(dir=folder) as work:
        options = Options(seed, size=Size(size), planar=True, draw_errors=True)
        patient = simulate(default_scenario("lu177-dotatate"), Path(work) / "patient", options)
        truth = json.loads((patient / "truth.json").read_text(encoding="utf-8"))
        results = {method: _planar(patient / f"study_{method}.yaml") for method in METHODS[:2]}
        results["hybrid"] = compute_study(patient / "study_hybrid.yaml").results
    known = _known(truth)
    whole_liver = math.fsum(value for name, value in known.items() if name.startswith(("Liver", "Lesion_liver")))
    truths = {"drawn": {**known, "Liver": whole_liver}, "planar": known, "hybrid": known}
    rows = [
        {"method": method, **_row(region, truths[method][region.name])}
        for method, result in results.items()
        for region in result.regions
        if region.name in known
    ]
    partial = kept.with_suffix(".part")
    partial.write_text(json.dumps({"seed": seed, "rows": rows}, indent=1))
    shutil.move(partial, kept)
    return kept


def _planar(path: Path) -> Any:  # noqa: ANN401 - results of any version
    from hevesy.workflow.planar_study import compute_planar_study
    from hevesy.workflow.study_file import read_planar_study

    study = read_planar_study(path)
    if study is None:
        raise ValueError(f"expected a study of planar images, but {path} is another one")
    return compute_planar_study(study, path).results


def _known(truth: dict[str, Any]) -> dict[str, float]:
    """Time-integrated activity of every region, and of the whole body. [Bq s]"""
    key = "time_integrated_activity_bq_s"
    known = {region["name"]: region[key] for region in truth["regions"] if region["name"] != "Remainder"}
    rest = next(region for region in truth["regions"] if region["name"] == "Remainder")
    return {**known, "Whole_body": math.fsum([*known.values(), rest["whole_body"][key]])}


def _row(region: Any, truth: float) -> dict[str, Any]:  # noqa: ANN401 - a result of any version
    estimate = region.time_integrated_activity_bq_s
    return {
        "name": region.name,
        "truth": truth,
        "value": estimate.value,
        "u": estimate.standard_uncertainty,
        "interval95": estimate.interval95,
        "reason": estimate.reason,
    }


def summary(method: str, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Bias, error, stated uncertainty and coverage of some estimates."""
    errors = [row["value"] / row["truth"] - 1.0 for row in rows]
    inside = sum(row["interval95"][0] <= row["truth"] <= row["interval95"][1] for row in rows)
    return {
        "method": method,
        "name": name,
        "n": len(rows),
        "bias": sum(errors) / len(errors),
        "rms": math.sqrt(sum(e * e for e in errors) / len(errors)),
        "stated": sum(row["u"] / row["value"] for row in rows) / len(rows),
        "coverage": inside / len(rows),
    }


def summaries(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All methods for each region, and for organs and lesions together."""
    found = []
    for names, title in (
        *(((name,), name) for name in REGIONS),
        (ORGANS, "liver, spleen, kidneys"),
        (LESIONS, "lesions of 4 to 80 ml"),
    ):
        for method in METHODS:
            rows = [r for d in documents for r in d["rows"] if r["method"] == method and r["name"] in names]
            measured = [row for row in rows if row["value"] is not None]
            if measured:
                found.append({**summary(method, title, measured), "missing": len(rows) - len(measured)})
    return found


def main(arguments: Sequence[str]) -> None:
    """Run the seeds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--size", default="small", choices=("small", "full"))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.jobs) as pool:
        tasks = [pool.submit(one_seed, asked.folder, seed, asked.size) for seed in seeds]
        files = []
        for done, task in enumerate(tasks, start=1):
            files.append(task.result())
            print(f"{done} of {len(tasks)} seeds", file=sys.stderr)
    found = summaries([json.loads(file.read_text(encoding="utf-8")) for file in files])
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    print("| region | method | n | mean bias | rms error | mean stated u | truth in 95 % interval |")
    print("|---|---|---|---|---|---|---|")
    for s in found:
        print(
            f"| {s['name']} | {s['method']} | {s['n']} | {s['bias']:+.1%} | {s['rms']:.1%} | {s['stated']:.1%} | "
            f"{s['coverage']:.0%} |"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
