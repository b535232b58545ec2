"""Errors and coverage of fitted curves with three to five scans, 400 runs a line: part of ``make validate``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7000)]
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fit_study.py"
EARLY = [[4.0, 24.0, 168.0], [4.0, 24.0, 96.0, 168.0], [4.0, 24.0, 48.0, 96.0, 168.0]]


@pytest.fixture(scope="module")
def rows():
    done = subprocess.run([sys.executable, str(SCRIPT), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_four_scans_of_one_phase(rows):
    """95th percentile of the error at most 9 %, and no run unbounded (published trap: 9 % of runs over 20 %)."""
    (row,) = [r for r in rows if r["name"] == "mono-4/24/96/168-stated-auto"]
    assert row["runs"] == 400
    assert row["refused"] == 0
    assert row["percentile95"] <= 0.09
    assert row["largest"] <= 0.2


@pytest.mark.parametrize("truth", ["mono", "bi"])
def test_intervals_cover(rows, truth):
    """92 to 98 % with an early scan; 400 runs have a binomial standard deviation of 1.1 %."""
    found = [r for r in rows if r["truth"] == truth and r["model"] == "auto" and r["stated"] and r["times_h"] in EARLY]
    assert len(found) == 3
    assert [r["name"] for r in found if not 0.92 <= r["coverage"] <= 0.98] == []


@pytest.mark.parametrize("truth", ["mono", "bi"])
def test_intervals_without_an_early_scan_are_not_too_narrow(rows, truth):
    """What may have come before the first scan widens them."""
    (row,) = [r for r in rows if r["truth"] == truth and r["times_h"] == [24.0, 96.0, 168.0]]
    assert row["coverage"] >= 0.92


@pytest.mark.parametrize("truth", ["mono", "bi"])
def test_averaging_is_no_worse_than_choosing(rows, truth):
    both = {r["model"]: r for r in rows if r["truth"] == truth and r["times_h"] == EARLY[1] and r["stated"]}
    assert both["average"]["rms"] <= both["auto"]["rms"] + 0.01
    assert both["average"]["coverage"] >= 0.92
