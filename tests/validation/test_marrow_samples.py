"""Integrals of blood and whole body of 200 virtual patients against their truth: part of ``make validate``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7000)]
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "marrow_samples.py"
COLUMNS = ("n", "bias", "rms", "percentile95", "stated", "coverage")


@pytest.fixture(scope="module")
def rows():
    done = subprocess.run([sys.executable, str(SCRIPT), "200"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    return {(line[0], line[1]): dict(zip(COLUMNS, map(float, line[2:]), strict=True)) for line in lines}


@pytest.mark.parametrize(
    ("therapy", "course"),
    [("lu177-dotatate", "blood"), ("lu177-dotatate", "whole-body"), ("lu177-psma", "whole-body")],
)
def test_intervals_cover(rows, therapy, course):
    """95 % less three binomial standard deviations of 1.5 %; the bias within three of its own standard errors."""
    row = rows[therapy, course]
    assert row["n"] == 200
    assert row["coverage"] >= 90.0
    assert abs(row["bias"]) <= 3 * row["rms"] / 200**0.5 + 0.5


def test_a_phase_before_the_first_sample_is_lost(rows):
    """The fast phase holds 6 % of the integral; no more than that may be missing."""
    assert -6.4 <= rows["lu177-psma", "blood"]["bias"] < -2.0
