"""The demo patient and others at full size against their truth: part of ``make validate``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ORGANS = ("Liver", "Spleen", "Kidney_L", "Kidney_R")
CASES = [("lu177-dotatate", 1), ("lu177-dotatate", 2), ("lu177-psma", 1)]


def hevesy(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def case(request, tmp_path_factory):
    """Patient and results; kept under HEVESY_VALIDATION, so that a validation that was cut off goes on there."""
    therapy, seed = request.param
    kept = os.environ.get("HEVESY_VALIDATION")
    base = (Path(kept) if kept else tmp_path_factory.mktemp("validation")) / f"{therapy}-{seed}"
    if not (base / "patient" / "truth.json").exists():
        hevesy("simulate", "--out", base / "patient", "--seed", seed, "--therapy", therapy)
    hevesy("run", base / "patient" / "study.yaml", "--out", base / "results")
    truth = json.loads((base / "patient" / "truth.json").read_text())
    return {r["name"]: r for r in truth["regions"]}, json.loads((base / "results" / "results.json").read_text())


def compared(case, name):
    truth, results = case
    region = next(r for r in results["regions"] if r["name"] == name)
    estimate, expected = region["time_integrated_activity_bq_s"], truth[name]["time_integrated_activity_bq_s"]
    return estimate["value"] / expected, estimate["interval95"][0] <= expected <= estimate["interval95"][1]


@pytest.mark.parametrize("name", ORGANS)
def test_organs_within_five_per_cent_and_their_interval(case, name):
    ratio, inside = compared(case, name)
    assert ratio == pytest.approx(1.0, abs=0.05)
    assert inside


@pytest.mark.parametrize(("low_ml", "high_ml", "tolerance"), [(50.0, 1e4, 0.08), (20.0, 50.0, 0.12)])
def test_lesions_by_their_size_and_their_interval(case, low_ml, high_ml, tolerance):
    sized = [n for n, r in case[0].items() if r["kind"] == "lesion" and low_ml < r["volume_ml"] <= high_ml]
    assert sized
    for name in sized:
        ratio, inside = compared(case, name)
        assert ratio == pytest.approx(1.0, abs=tolerance), name
        assert inside, name


def test_lesions_that_the_image_hardly_shows_are_marked(case):
    _, results = case
    for region in results["regions"]:
        if region["kind"] == "lesion" and not region["recovery_applied"]:
            assert any("below the recovery range" in finding for finding in region["findings"])
