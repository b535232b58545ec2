"""Whether the intervals of fitted curves hold the truth: simulated regions with few scans.

Usage: python benchmarks/fit_study.py [--runs 400] [--only NAME] [--json]

Every line fits RUNS simulated regions whose activities are wrong by 5 % (normal), with the model chosen by itself
(``auto``) unless the line says otherwise. Truth: terminal half-life log-normal about 55 h (geometric standard
deviation 1.42); for the bi-exponential a fast share of 10 to 50 % with a half-life of 3 to 15 h; for that with uptake
an uptake half-time of 0.5 to 8 h. The table goes to stdout.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import EXPECTED_SCATTER, FitSettings, Scatter, integrate_curve
from hevesy.numerics import exponentials as ex
from hevesy.quantities import Uncertain, interval95

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
NOISE = 0.05
THREE, LATE, FOUR, FIVE = (
    (4.0, 24.0, 168.0),
    (24.0, 96.0, 168.0),
    (4.0, 24.0, 96.0, 168.0),
    (4.0, 24.0, 48.0, 96.0, 168.0),
)
Truth = tuple[list[float], list[float]]


def _terminal(rng: np.random.Generator) -> float:
    return min(rng.lognormal(math.log(55.0), 0.35), 155.0)


def mono(rng: np.random.Generator) -> Truth:
    """One phase."""
    return [1e8], [_terminal(rng)]


def bi(rng: np.random.Generator) -> Truth:
    """A fast phase and a slow one."""
    share = rng.uniform(0.1, 0.5)
    return [1e8 * (1.0 - share), 1e8 * share], [_terminal(rng), rng.uniform(3.0, 15.0)]


def uptake(rng: np.random.Generator) -> Truth:
    """One phase after an uptake."""
    slow = _terminal(rng)
    return [1e8, -1e8], [slow, min(rng.uniform(0.5, 8.0), slow / 3.0)]


TRUTHS: dict[str, Callable[[np.random.Generator], Truth]] = {"mono": mono, "bi": bi, "uptake-mono": uptake}


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    truth: str
    times_h: tuple[float, ...]
    stated: bool = True
    """Whether the standard uncertainty of 5 % is given with the points."""
    model: str = "auto"

    @property
    def name(self) -> str:
        """What ``--only`` takes."""
        kind = "stated" if self.stated else "assumed"
        return f"{self.truth}-{'/'.join(f'{t:g}' for t in self.times_h)}-{kind}-{self.model}"


def lines() -> Iterator[Line]:
    """All lines."""
    for truth in ("mono", "bi"):
        for times in (THREE, LATE, FOUR, FIVE):
            yield Line(truth, times)
    yield Line("uptake-mono", FOUR)
    for truth in ("mono", "bi"):
        yield Line(truth, FOUR, stated=False)
        yield Line(truth, FOUR, model="average")
    yield Line("mono", FOUR, model="bi")
    yield Line("bi", FOUR, model="mono")


def study(line: Line, runs: int, seed: int = 5) -> dict[str, Any]:
    """Error and coverage of one line."""
    rng = np.random.default_rng(seed)
    times = np.array(line.times_h) * HOUR
    settings = FitSettings(PHYSICAL, line.model, scatter=Scatter(0.0, 4.0) if line.stated else EXPECTED_SCATTER)
    errors, covered, stated, refused, began = [], 0, [], 0, time.process_time()
    for _ in range(runs):
        amplitudes, half_lives = TRUTHS[line.truth](rng)
        rates = math.log(2.0) / (np.array(half_lives) * HOUR)
        true = ex.integral(np.array(amplitudes), rates)
        noisy = ex.values(np.array(amplitudes), rates, times) * (1.0 + NOISE * rng.standard_normal(times.size))
        try:
            integral = integrate_curve(_curve(times, noisy, stated=line.stated), settings).time_integrated_activity
        except RegionFinding:
            refused += 1
            continue
        low, high = interval95(integral)
        errors.append(integral.value / true - 1.0)
        covered += low <= true <= high
        stated.append(integral.relative_standard_uncertainty)
    found = np.array(errors)
    return {
        "name": line.name,
        "truth": line.truth,
        "times_h": list(line.times_h),
        "stated": line.stated,
        "model": line.model,
        "runs": runs,
        "refused": refused,
        "bias": float(found.mean()),
        "rms": float(np.sqrt(np.mean(found**2))),
        "percentile95": float(np.percentile(np.abs(found), 95)),
        "largest": float(np.abs(found).max()),
        "coverage": covered / found.size,
        "median_u": float(np.median(stated)),
        "cpu_s": time.process_time() - began,
    }


def _curve(times: np.ndarray, activities: np.ndarray, *, stated: bool) -> TimeActivityCurve:
    points = tuple(
        MeasuredActivity(float(t), Uncertain(float(a), {f"activity:region@{n}": NOISE * float(a)} if stated else {}))
        for n, (t, a) in enumerate(zip(times, activities, strict=True), start=1)
    )
    return TimeActivityCurve("region", points)


def main(arguments: Sequence[str]) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--only")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    found = []
    if not asked.json:
        print(
            "| truth | scans [h] | uncertainty | model | bias | rms | 95th percentile | largest | coverage | stated u |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
    for line in lines():
        if asked.only and asked.only not in line.name:
            continue
        row = study(line, asked.runs)
        found.append(row)
        print(f"{line.name}: {row['cpu_s']:.0f} s", file=sys.stderr)
        if not asked.json:
            cells = [
                f"{100 * row[key]:.1f}" for key in ("bias", "rms", "percentile95", "largest", "coverage", "median_u")
            ]
            scans, kind = ", ".join(f"{t:g}" for t in line.times_h), "stated" if line.stated else "assumed"
            print(f"| {line.truth} | {scans} | {kind} | {line.model} | {' | '.join(cells)} |", flush=True)
    if asked.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
