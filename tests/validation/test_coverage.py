"""Bias, stated uncertainty and coverage over 40 patients whose site errs as stated: part of ``make validate``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(14000)]
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "intervals.py"


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    kept = os.environ.get("HEVESY_VALIDATION")
    folder = (Path(kept) if kept else tmp_path_factory.mktemp("validation")) / "coverage"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)}


@pytest.mark.parametrize("name", ["Liver", "Spleen", "Kidney_L", "Kidney_R"])
def test_organs_are_right_on_average(table, name):
    assert table[name]["n"] == 40
    assert abs(table[name]["bias"]) < 0.03


@pytest.mark.parametrize("name", ["Lesion_liver_1", "Lesion_liver_2"])
def test_lesions_over_20_ml_are_right_on_average(table, name):
    assert table[name]["n"] == 40
    assert abs(table[name]["bias"]) < 0.06


@pytest.mark.parametrize("name", ["liver, spleen, kidneys", "lesions over 20 ml", "all corrected regions"])
def test_uncertainties_are_honest(table, name):
    assert 0.7 <= table[name]["stated_over_rms"] <= 1.4
    assert 0.88 <= table[name]["coverage"] <= 0.99
