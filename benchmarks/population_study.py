"""Mixed-effects fits of simulated cohorts against their truth: error and coverage of time-integrated activities.

    python benchmarks/population_study.py [--cohorts 10] [--only NAME] [--json]

Every line of the table is a kind of cohort; "shared" is the spread of one random effect that all regions of a patient
share (correlated organs), "normal" noise is proportional to the activity and normal instead of log-normal.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, values
from hevesy.population import (
    Choices,
    Cohort,
    Observation,
    Sampling,
    choose_population,
    individuals,
    population_uncertainty,
)

HALF_LIFE_H = 159.528
MEANS = {
    "kidney": ("uptake-mono", [1.3, -4.6, -0.5]),
    "liver": ("uptake-mono", [1.8, -5.4, -1.1]),
    "spleen": ("uptake-mono", [0.8, -5.2, -0.6]),
    "tumour": ("uptake-mono", [0.2, -5.9, -2.2]),
}
SPREADS = {"kidney": [0.3, 0.2, 0.3], "liver": [0.3, 0.3, 0.3], "spleen": [0.5, 0.3, 0.3], "tumour": [0.9, 0.4, 0.4]}
MONO = {
    "kidney": ("mono", [1.3, -4.6]),
    "liver": ("mono", [1.8, -5.4]),
}
BI = {
    "kidney": ("bi", [1.3, -4.7, -2.3, -0.8]),
    "rest": ("bi", [3.5, -4.9, -1.4, 1.0]),
}
SPREADS_MONO = {"kidney": [0.3, 0.25], "liver": [0.3, 0.3]}
SPREADS_BI = {"kidney": [0.3, 0.2, 0.3, 0.4], "rest": [0.25, 0.3, 0.3, 0.4]}
DAYS = (4.0, 24.0, 96.0, 168.0)


@dataclass(frozen=True)
class Kind:
    """How cohorts of one kind come about."""

    name: str
    patients: int
    means: dict[str, tuple[str, list[float]]]
    spreads: dict[str, list[float]]
    noise: float
    counts: tuple[int, ...]
    """How many scans a patient may have; equally probable."""
    times_h: tuple[float, ...] = DAYS
    missing: float = 0.0
    """Probability that a region is not measured in a patient."""
    shared: float = 0.0
    normal: bool = False


KINDS = (
    Kind("30 patients, 4 organs, 3-4 scans", 30, MEANS, SPREADS, 0.085, (3, 4)),
    Kind("10 patients, 4 organs, 3-4 scans", 10, MEANS, SPREADS, 0.085, (3, 4)),
    Kind("6 patients, 4 organs, 3-4 scans", 6, MEANS, SPREADS, 0.085, (3, 4)),
    Kind("100 patients, 1-4 scans, organs missing", 100, MEANS, SPREADS, 0.085, (1, 2, 3, 4), missing=0.25),
    Kind("30 patients, 1-3 scans", 30, MEANS, SPREADS, 0.085, (1, 2, 3)),
    Kind("30 patients, noise 15 %", 30, MEANS, SPREADS, 0.15, (3, 4)),
    Kind("30 patients, noise 15 %, normal", 30, MEANS, SPREADS, 0.15, (3, 4), normal=True),
    Kind("30 patients, noise 4 %, normal", 30, MEANS, SPREADS, 0.04, (3, 4), normal=True),
    Kind("30 patients, correlated organs", 30, MEANS, SPREADS, 0.085, (2, 3, 4), shared=0.3),
    Kind("20 patients, mono, 2-3 scans", 20, MONO, SPREADS_MONO, 0.08, (2, 3), times_h=(20.0, 72.0, 168.0)),
    Kind("25 patients, bi, 4-5 scans", 25, BI, SPREADS_BI, 0.06, (4, 5), times_h=(2.0, 6.0, 24.0, 72.0, 168.0)),
    Kind("12 patients, bi, 4-5 scans", 12, BI, SPREADS_BI, 0.06, (4, 5), times_h=(2.0, 6.0, 24.0, 72.0, 168.0)),
)


def simulate(kind: Kind, seed: int) -> tuple[Cohort, dict[tuple[str, str], float]]:
    """A cohort and its true time-integrated activities."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    physical = float(np.log(2.0)) / HALF_LIFE_H
    observations: list[Observation] = []
    truth: dict[tuple[str, str], float] = {}
    for i in range(kind.patients):
        n = int(rng.choice(kind.counts))
        chosen = np.sort(rng.choice(len(kind.times_h), n, replace=False))
        times = np.array(kind.times_h)[chosen] * np.exp(rng.normal(0.0, 0.05, n))
        common = rng.normal(0.0, kind.shared)
        for region, (name, mean) in kind.means.items():
            model = KINETIC_MODELS[name]
            theta = np.array(mean) + rng.normal(size=len(mean)) * kind.spreads[region]
            theta[1] += common
            if rng.random() < kind.missing:
                continue
            exact = values(model, theta, times, physical)[0]
            errors = rng.normal(0.0, kind.noise, n)
            measured = exact * np.maximum(1.0 + errors, 0.05) if kind.normal else exact * np.exp(errors)
            truth[str(i), region] = float(integral(model, theta, physical)[0])
            observations += [
                Observation(str(i), region, float(t), float(a)) for t, a in zip(times, measured, strict=True)
            ]
    return Cohort("Lu-177", HALF_LIFE_H, "%", tuple(observations)), truth


def one(kind: Kind, seed: int) -> dict[str, Any]:
    """Fit one cohort."""
    cohort, truth = simulate(kind, seed)
    before = time.process_time()
    chosen = choose_population(cohort, Choices(dict.fromkeys(cohort.regions, "auto")))
    known = population_uncertainty(chosen.fit)
    found = individuals(chosen.fit, known, Sampling(seed))
    seconds = time.process_time() - before
    errors = [i.value / truth[i.patient, i.region] - 1.0 for i in found]
    inside = [i.interval95[0] <= truth[i.patient, i.region] <= i.interval95[1] for i in found]
    stated = [i.standard_uncertainty / i.value for i in found]
    correct = [
        kind.means[r][0] == m.name for r, m in zip(chosen.fit.layout.regions, chosen.fit.layout.models, strict=True)
    ]
    return {
        "errors": errors,
        "inside": inside,
        "stated": stated,
        "correct": correct,
        "seconds": seconds,
        "structure": chosen.fit.specification.structure,
        "residual": float(chosen.fit.population.residual.mean()),
        "models": [m.name for m in chosen.fit.layout.models],
        "converged": chosen.fit.converged,
        "flat": known.flat_directions,
    }


def summary(kind: Kind, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Over all cohorts of a kind."""
    errors = np.concatenate([r["errors"] for r in runs])
    return {
        "name": kind.name,
        "n": int(errors.size),
        "bias": float(errors.mean()),
        "rmse": float(np.sqrt(np.mean(errors**2))),
        "p95": float(np.quantile(np.abs(errors), 0.95)),
        "stated": float(np.sqrt(np.mean(np.concatenate([r["stated"] for r in runs]) ** 2))),
        "coverage": float(np.mean(np.concatenate([r["inside"] for r in runs]))),
        "correct": float(np.mean(np.concatenate([r["correct"] for r in runs]))),
        "seconds": float(np.median([r["seconds"] for r in runs])),
    }


def main(arguments: Sequence[str]) -> None:
    """Run the study and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    if not asked.json:
        print("| cohorts | n | bias | rms error | 95th percentile | stated (rms) | coverage | right model | CPU s |")
        print("|---|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        if asked.only not in kind.name:
            continue
        s = summary(kind, [one(kind, seed) for seed in range(1, asked.cohorts + 1)])
        if asked.json:
            print(json.dumps(s))
            continue
        print(
            f"| {s['name']} | {s['n']} | {s['bias']:+.1%} | {s['rmse']:.1%} | {s['p95']:.1%} | {s['stated']:.1%} | "
            f"{s['coverage']:.1%} | {s['correct']:.0%} | {s['seconds']:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
