"""One scan or two for each patient: how far every method is off, and whether its intervals hold.

    python benchmarks/single_time_study.py COHORT.csv TRUTH.csv [--folds N]

The cohort is a file for ``hevesy population fit`` (activity in per cent of the administered activity), the truth has
``patient,region,tia_pctIA_h``. The patients are divided into N folds (one each without ``--folds``); the population is
fitted without the patients of a fold, saved as a prior, and used on single scans of the patients left out. Without
arguments only the tables that need no cohort are made: best times, and what a half-life of a population or of an
earlier cycle does to kidneys.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from hevesy.domain import FittedCurve, MeasuredActivity, PopulationPrior, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import (
    PriorUse,
    Scatter,
    fit_curve,
    haenscheid_estimate,
    posterior_curves,
    prior_half_life,
    tissue_factor_estimate,
)
from hevesy.integrate.single_time import half_life_factor
from hevesy.physdata import decay_data
from hevesy.population import Choices, choose_population, population_uncertainty, prior_from_fit
from hevesy.quantities import Uncertain, interval95
from hevesy.workflow.cohort_file import CohortRequest, read_cohort

NUCLIDE = "Lu-177"
PHYSICAL_S = decay_data(NUCLIDE, "study").half_life_s
ADMINISTERED = Uncertain(7.4e9, {"administered-activity:study": 1e-6 * 7.4e9})
PER_CENT = 7.4e7
WINDOWS = {"4 h": (0.0, 12.0), "24 h": (12.0, 48.0), "72 to 145 h": (48.0, 145.0), "145 to 200 h": (145.0, 1000.0)}
PAIRS = {"4 and 24 h": ("4 h", "24 h"), "24 h and 72 to 145 h": ("24 h", "72 to 145 h")}
METHODS = ("prior", "prior without uptake", "known half-life", "tissue dose factor", "Haenscheid")


@dataclass(frozen=True)
class Outcome:
    """One estimate beside its truth."""

    region: str
    times: str
    method: str
    error: float
    """Estimate over truth less 1."""
    inside: bool
    width: float
    """Half the logarithm of upper over lower limit, over 1.96."""


Scans = dict[tuple[str, str], list[tuple[float, float]]]


def read_scans(path: Path) -> Scans:
    """Times [h] and activities [%] by patient and region."""
    found: Scans = {}
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            found.setdefault((row["patient"], row["region"]), []).append((float(row["time_h"]), float(row["activity"])))
    return found


def read_truth(path: Path) -> dict[tuple[str, str], float]:
    """Time-integrated activity by patient and region. [% h]"""
    with path.open(encoding="utf-8") as stream:
        return {(row["patient"], row["region"]): float(row["tia_pctIA_h"]) for row in csv.DictReader(stream)}


def fit_without(path: Path, out: Sequence[str], structure: dict[str, str]) -> PopulationPrior:
    """The population without some patients, as a prior."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / "cohort.csv"
        with path.open(encoding="utf-8") as stream:
            header, *rows = stream.read().splitlines()
        position = header.split(",").index("patient")
        kept.write_text(
            "\n".join([header, *(row for row in rows if row.split(",")[position] not in out)]) + "\n", encoding="utf-8"
        )
        file = read_cohort(kept, CohortRequest(NUCLIDE, ligand="study", activity_unit="% of the administered activity"))
    models = dict.fromkeys(file.cohort.regions, structure["model"])
    chosen = choose_population(
        file.cohort, Choices(models, structure["structure"], structure["residual"], file.has_cycles, ())
    )
    return prior_from_fit(
        chosen.fit,
        population_uncertainty(chosen.fit),
        ligand="study",
        nuclide=NUCLIDE,
        activity_unit="% of the administered activity",
        source="study",
    )


def curve_of(region: str, scans: Iterable[tuple[float, float]]) -> TimeActivityCurve:
    """Scans without a stated uncertainty: the scatter of the population stands for it."""
    points = tuple(MeasuredActivity(t * 3600.0, Uncertain(a * PER_CENT, {f"counts:{region}@{n}": 1e-4 * a * PER_CENT}))
                   for n, (t, a) in enumerate(sorted(scans), start=1))  # fmt: skip
    return TimeActivityCurve(region, points)


def by_prior(curves: list[TimeActivityCurve], use: PriorUse) -> dict[str, tuple[float, tuple[float, float]]]:
    """Posterior median and interval of every region. [Bq s]"""
    found = {}
    for item in posterior_curves(curves, use, physical_half_life_s=PHYSICAL_S):
        if not isinstance(item, RegionFinding):
            found[item.fitted.region] = item.fitted.time_integrated_activity.value, item.interval95_bq_s
    return found


def by_one(curve: TimeActivityCurve, use: PriorUse, method: str) -> FittedCurve:
    """A method of one scan."""
    scatter = Scatter(use.region(curve.region).residual_relative_standard_deviation, math.inf)
    if method == "Haenscheid":
        return haenscheid_estimate(curve, scatter, longest_s=PHYSICAL_S)
    if method == "tissue dose factor":
        return tissue_factor_estimate(curve, use, physical_half_life_s=PHYSICAL_S)
    half_life = prior_half_life(use, curve.region, physical_half_life_s=PHYSICAL_S)
    return fit_curve(curve, physical_half_life_s=PHYSICAL_S, model="mono", fixed_half_life_s=half_life, scatter=scatter)


def window(hours: float) -> str:
    """Which scan it is."""
    return next(name for name, (low, high) in WINDOWS.items() if low <= hours < high)


def outcomes_of(
    patient: str, scans: Scans, truth: dict[tuple[str, str], float], prior: PopulationPrior
) -> list[Outcome]:
    """Every method on every scan, and on pairs of scans, of one patient."""
    use = PriorUse(prior, "study", administered_activity_bq=ADMINISTERED)
    uses = {"prior": use, "prior without uptake": PriorUse(prior, "study")}
    regions = {region: points for (who, region), points in scans.items() if who == patient}
    chosen = {
        name: {r: [p for p in points if window(p[0]) == name] for r, points in regions.items()} for name in WINDOWS
    }
    for name, (first, second) in PAIRS.items():
        both = {r: chosen[first][r] + chosen[second][r] for r in regions}
        chosen[name] = {r: points if len(points) == 2 else [] for r, points in both.items()}
    found: list[Outcome] = []
    for name, points in chosen.items():
        curves = [curve_of(region, some[: 2 if name in PAIRS else 1]) for region, some in points.items() if some]
        for method, how in uses.items():
            for region, (value, interval) in by_prior(curves, how).items():
                found.append(_outcome(region, name, method, value, interval, truth[patient, region]))
        if name not in PAIRS:
            found += [one for curve in curves for one in _single(curve, name, use, truth[patient, curve.region])]
    return found


def _single(curve: TimeActivityCurve, name: str, use: PriorUse, true: float) -> Iterable[Outcome]:
    for method in METHODS[2:]:
        try:
            whole = by_one(curve, use, method).time_integrated_activity
        except RegionFinding:
            continue
        yield _outcome(curve.region, name, method, whole.value, interval95(whole), true)


def _outcome(
    region: str, times: str, method: str, value: float, interval: tuple[float, float], true_pct_h: float
) -> Outcome:
    true, (low, high) = true_pct_h * PER_CENT * 3600.0, interval
    return Outcome(region, times, method, value / true - 1.0, bool(low <= true <= high), math.log(high / low) / 3.92)


def study(
    cohort: Path, truth_file: Path, folds: int | None = None, structure: dict[str, str] | None = None
) -> list[Outcome]:
    """Every outcome, the prior of each patient made without the patient."""
    scans, truth = read_scans(cohort), read_truth(truth_file)
    patients = list(dict.fromkeys(patient for patient, _ in scans))
    structure = structure or {"model": "uptake-mono", "structure": "diagonal", "residual": "common"}
    found: list[Outcome] = []
    for fold in range(folds or len(patients)):
        out = patients[fold :: folds or len(patients)]
        prior = fit_without(cohort, out, structure)
        for patient in out:
            found += outcomes_of(patient, scans, truth, prior)
    return found


def table(outcomes: Sequence[Outcome], *, by_region: bool = False) -> list[str]:
    """Rows of a Markdown table."""
    keys = dict.fromkeys((o.region if by_region else "all", o.times) for o in outcomes)
    lines = [
        "| region | scan | method | n | bias % | RMSE % | coverage of 95 % intervals % | median spread % |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for region, times in keys:
        for method in METHODS:
            some = [o for o in outcomes if o.times == times and o.method == method and region in ("all", o.region)]
            if some:
                errors = np.array([o.error for o in some])
                rms, cover = math.sqrt(float(np.mean(errors**2))), np.mean([o.inside for o in some])
                width = np.median([o.width for o in some])
                lines.append(
                    f"| {region} | {times} | {method} | {len(some)} | {100 * errors.mean():.1f} | {100 * rms:.1f} | "
                    f"{100 * cover:.1f} | {100 * width:.1f} |"
                )
    return lines


def best_times() -> list[str]:
    """Scan time with the smallest error of the population's half-life, for populations of half-lives."""
    lines = [
        "| half-life [h] | spread % | best time [h] | RMS error there % | 24 h later % | at 4 h % |",
        "|---|---|---|---|---|---|",
    ]
    times = np.arange(2.0, 240.0, 1.0)
    for median, spread in ((51.0, 16.0), (51.0, 30.0), (35.5, 16.0), (35.5, 30.0), (77.0, 30.0)):
        rms = [_population_error(t, median, spread / 100.0) for t in times]
        best = int(np.argmin(rms))
        shown = [rms[best], rms[best + 24], rms[2]]
        lines.append(
            f"| {median} | {spread:g} | {times[best]:.0f} | " + " | ".join(f"{100 * v:.1f}" for v in shown) + " |"
        )
    return lines


def _population_error(hours: float, median: float, spread: float) -> float:
    """Root mean square of the logarithm of estimate over truth."""
    quantiles = (np.arange(2000) + 0.5) / 2000
    from scipy.special import ndtri

    lives = median * np.exp(spread * ndtri(quantiles))
    lives = lives[lives < PHYSICAL_S / 3600.0]
    logs = np.log(half_life_factor(hours, median) / half_life_factor(hours, lives))
    return float(np.sqrt(np.mean(logs**2)))


def kidneys(n: int = 20000) -> list[str]:
    """Mean absolute deviation with a population's and with an earlier cycle's half-life, kidneys, mono-exponential."""
    lines = [
        "| spread between patients % | between cycles % | population, 4 h | 24 h | earlier cycle, 4 h | 24 h |",
        "|---|---|---|---|---|---|",
    ]
    rng = np.random.default_rng(7)
    for between, within in ((20.0, 5.0), (40.0, 10.0), (60.0, 15.0)):
        patient = np.log(45.0) + between / 100.0 * rng.standard_normal(n)
        now, earlier = (np.exp(patient + within / 100.0 * rng.standard_normal(n)) for _ in range(2))
        sane = (now < 159.0) & (earlier < 159.0)
        now, earlier = now[sane], earlier[sane]
        used = {"population": np.full(now.size, now.mean()), "earlier": earlier}
        shown = [
            float(np.mean(np.abs(half_life_factor(t, used[kind]) / half_life_factor(t, now) - 1.0)))
            for kind in ("population", "earlier")
            for t in (4.0, 24.0)
        ]
        lines.append(f"| {between:g} | {within:g} | " + " | ".join(f"{100 * v:.0f}" for v in shown) + " |")
    return lines


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cohort", nargs="?", type=Path)
    parser.add_argument("truth", nargs="?", type=Path)
    parser.add_argument("--folds", type=int)
    parser.add_argument("--by-region", action="store_true")
    parser.add_argument("--json", dest="as_json", action="store_true", help="outcomes of the cohort only")
    asked = parser.parse_args()
    if asked.as_json:
        print(json.dumps([asdict(o) for o in study(asked.cohort, asked.truth, asked.folds)]))
        return 0
    for title, lines in (("Best single times", best_times()), ("Kidneys, mean absolute deviation in %", kidneys())):
        print(f"\n{title}\n", *lines, sep="\n")
    if asked.cohort is not None:
        start = time.process_time()
        outcomes = study(asked.cohort, asked.truth, asked.folds)
        print("\nOne scan or two\n", *table(outcomes, by_region=asked.by_region), sep="\n")
        print(f"\n{time.process_time() - start:.0f} CPU seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
