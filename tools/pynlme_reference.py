"""Fit a cohort with pynlme's SAEM, an independent implementation, and store its individual time-integrated activities.

Needs an environment of its own with pynlme 0.5.1. Every region has uptake and one washout phase, all log-normal, with a
diagonal covariance and a log-normal residual; the same model as Hevesy chooses for the project's synthetic population.

    python tools/pynlme_reference.py COHORT.csv Lu-177 159.528 tests/population/pynlme_reference.json
"""

from __future__ import annotations

import csv
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pynlme

SEED = 1
ITERATIONS = (150, 150, 100)


def main(cohort: str, nuclide: str, half_life_h: str, target: str) -> None:
    """Fit and store."""
    with Path(cohort).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    physical = np.log(2.0) / float(half_life_h)
    regions = list(dict.fromkeys(row["region"] for row in rows))
    patients = list(dict.fromkeys(row["patient"] for row in rows))
    x = np.array([[float(row["time_h"]), regions.index(row["region"])] for row in rows])
    y = np.array([float(row["activity"]) for row in rows])
    group = np.array([patients.index(row["patient"]) for row in rows])

    def model(phi: np.ndarray, x: np.ndarray, v: object = None) -> np.ndarray:
        """Activity of a patient; the parameters are already exponentials."""
        del v
        amplitude, washout, uptake = np.asarray(phi).reshape(len(regions), 3)[x[:, 1].astype(int)].T
        return amplitude * np.exp(-(physical + washout) * x[:, 0]) * -np.expm1(-uptake * x[:, 0])

    start = np.tile(np.log([2.0, 0.01, 0.1]), len(regions))
    before = time.process_time()
    beta, psi, stats, b = pynlme.nlmefitsa(
        x,
        y,
        group,
        None,
        model,
        start,
        ParamTransform=[1] * start.size,
        ErrorModel="exponential",
        NIterations=list(ITERATIONS),
        random_state=SEED,
    )
    seconds = time.process_time() - before
    theta = (np.asarray(beta).ravel()[:, None] + np.asarray(b)).T.reshape(len(patients), len(regions), 3)
    amplitude, washout, uptake = np.exp(theta).transpose(2, 0, 1)
    whole = amplitude * (1.0 / (physical + washout) - 1.0 / (physical + washout + uptake))
    document = {
        "made_by": "tools/pynlme_reference.py",
        "pynlme": version("pynlme"),
        "seed": SEED,
        "iterations": ITERATIONS,
        "nuclide": nuclide,
        "half_life_h": float(half_life_h),
        "cpu_seconds": round(seconds, 1),
        "residual": float(np.ravel(stats.errorparam)[0]),
        "fixed_effects": np.ravel(beta).round(5).tolist(),
        "variances": np.diag(psi).round(6).tolist(),
        "time_integrated_activity": {
            p: {r: round(float(whole[i, j]), 3) for j, r in enumerate(regions)} for i, p in enumerate(patients)
        },
    }
    Path(target).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
