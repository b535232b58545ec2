"""Whether the stated uncertainties are honest: simulated patients with known truth."""

import csv
import math

import numpy as np
import pytest

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.integrate import fit_curve
from hevesy.numerics import exponentials as ex
from hevesy.quantities import Uncertain, interval95

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR


def fitted(times_h, activities, u):
    points = tuple(
        MeasuredActivity(t * HOUR, Uncertain(a, {f"counts:K@{n}": u * a}))
        for n, (t, a) in enumerate(zip(times_h, activities, strict=True))
    )
    return fit_curve(TimeActivityCurve("K", points), physical_half_life_s=PHYSICAL, model="auto")


def simulate(draw, n, noise, seed):
    rng = np.random.default_rng(seed)
    times = np.array([4.0, 24.0, 96.0, 168.0])
    errors, covered = [], []
    for _ in range(n):
        amplitudes, half_lives = draw(rng)
        rates = math.log(2) / (np.array(half_lives) * HOUR)
        true = ex.integral(np.array(amplitudes), rates)
        noisy = ex.values(np.array(amplitudes), rates, times * HOUR) * (1 + noise * rng.standard_normal(4))
        tia = fitted(times, noisy, noise).time_integrated_activity
        low, high = interval95(tia)
        errors.append(tia.value / true - 1)
        covered.append(low <= true <= high)
    return np.array(errors), float(np.mean(covered))


def terminal(rng):
    return min(rng.lognormal(math.log(55), 0.35), 155.0)


def test_mono_exponential_truth_with_five_per_cent_noise():
    """Published trap: plain AIC on such data gave errors over 20 % in 9 % of cases.

    200 curves: 95th percentile of the error at most 9 %; the interval covers 92 to 98 % (two standard deviations of the
    binomial about 95 %).
    """
    errors, coverage = simulate(lambda rng: ([1e8], [terminal(rng)]), 200, 0.05, 11)
    assert np.percentile(np.abs(errors), 95) <= 0.09
    assert np.mean(np.abs(errors) > 0.2) <= 0.01
    assert 0.92 <= coverage <= 0.98
    assert abs(errors.mean()) < 0.01


def test_uptake_truth():
    def draw(rng):
        slow = terminal(rng)
        return [1e8, -1e8], [slow, min(rng.uniform(0.5, 8.0), slow / 3)]

    errors, coverage = simulate(draw, 80, 0.05, 12)
    assert np.sqrt(np.mean(errors**2)) < 0.05
    assert coverage >= 0.88


def test_two_phase_washout_truth():
    def draw(rng):
        share = rng.uniform(0.1, 0.5)
        return [1e8 * (1 - share), 1e8 * share], [terminal(rng), rng.uniform(3.0, 15.0)]

    errors, coverage = simulate(draw, 80, 0.05, 13)
    assert np.sqrt(np.mean(errors**2)) < 0.06
    assert coverage >= 0.88


def rows(path):
    return csv.DictReader(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.shared
def test_synthetic_population(request):
    """30 patients, 4 regions, 3 or 4 scans each, noise not documented and taken as 5 %.

    Found: root mean square error 7.0 %, coverage 83 %; population fits of the same data reach 5.8 %.
    """
    folder = request.config.rootpath.parent / "shared" / "validation" / "kinetics"
    if not folder.is_dir():
        pytest.skip("the shared reference folder is not there")
    truth = {
        (row["patient"], row["region"]): float(row["tia_pctIA_h"]) * HOUR
        for row in rows(folder / "synthetic_pop_30x4_truth.csv")
    }
    curves: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows(folder / "synthetic_pop_30x4_tac.csv"):
        curves.setdefault((row["patient"], row["region"]), []).append((float(row["time_h"]), float(row["activity"])))
    errors, covered = [], []
    for key, points in curves.items():
        times, activities = zip(*sorted(points), strict=True)
        tia = fitted(times, activities, 0.05).time_integrated_activity
        low, high = interval95(tia)
        errors.append(tia.value / truth[key] - 1)
        covered.append(low <= truth[key] <= high)
    assert len(errors) == 120
    assert np.sqrt(np.mean(np.square(errors))) < 0.08
    assert abs(np.mean(errors)) < 0.02
    assert np.mean(covered) > 0.78
