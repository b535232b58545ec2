"""Curves of drawn activities: the spread that the analytic way gives, by another way."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hevesy.domain import MeasuredActivity, Tail, TimeActivityCurve
from hevesy.integrate import Scatter, draw_curves, fit_curve
from hevesy.quantities import Draws, Uncertain, drawn, exact

PHYSICAL_S = 159.5 * 3600.0
DRAWS = Draws(seed=3, samples=3000)
NO_SCATTER = Scatter(1e-6, 4.0)
LITTLE_SCATTER = Scatter(0.01, 4.0)


def curve_of(times_h, activities, relative=0.04, calibration=0.0):
    points = []
    for n, (time, activity) in enumerate(zip(times_h, activities, strict=True), start=1):
        components = {f"counts:A@{n}": relative * activity, "calibration:camera": calibration * activity}
        points.append(MeasuredActivity(time * 3600.0, Uncertain(activity, components)))
    return TimeActivityCurve("A", tuple(points))


def mono(times_h, half_life_h=50.0, **changes):
    return curve_of(times_h, [1e8 * 2.0 ** (-t / half_life_h) for t in times_h], **changes)


def draw(curve, *, scatter=NO_SCATTER, model="mono", tail=None, half_life=None, draws=DRAWS):
    fitted = fit_curve(
        curve,
        physical_half_life_s=PHYSICAL_S,
        model=model,
        tail=tail,
        fixed_half_life_s=half_life,
        scatter=scatter,
    )
    activities = np.stack([drawn(point.activity, draws) for point in curve.points], axis=1)
    found = draw_curves(
        curve,
        fitted,
        activities,
        draws,
        physical_half_life_s=PHYSICAL_S,
        scatter=scatter,
        fixed_half_life_s=half_life,
    )
    return fitted, found


def log_spread(values):
    return math.log(np.quantile(values, 0.975) / np.quantile(values, 0.025)) / (2 * 1.95996)


@pytest.mark.parametrize("calibration", [0.0, 0.05])
def test_as_wide_as_the_analytic_interval(calibration):
    fitted, found = draw(mono([4.0, 24.0, 96.0, 168.0], calibration=calibration))
    analytic = math.sqrt(math.log1p(fitted.time_integrated_activity.relative_standard_uncertainty**2))
    assert log_spread(found.time_integrated_activity) == pytest.approx(analytic, rel=0.06)
    assert np.median(found.time_integrated_activity) == pytest.approx(fitted.time_integrated_activity.value, rel=0.005)


def test_scatter_between_scans_is_drawn():
    quiet = draw(mono([4.0, 24.0, 96.0, 168.0], relative=0.001))[1]
    fitted, found = draw(mono([4.0, 24.0, 96.0, 168.0], relative=0.001), scatter=Scatter(0.03, 4.0))
    assert log_spread(found.time_integrated_activity) > 5.0 * log_spread(quiet.time_integrated_activity)
    analytic = fitted.time_integrated_activity.relative_standard_uncertainty
    assert log_spread(found.time_integrated_activity) == pytest.approx(analytic, rel=0.15)


def test_an_exact_curve_has_one_integral():
    _, found = draw(mono([4.0, 24.0, 96.0, 168.0], relative=1e-9), scatter=Scatter(1e-300, 4.0))
    exactly = 1e8 * 50.0 * 3600.0 / math.log(2.0)
    assert found.time_integrated_activity == pytest.approx(exactly, rel=1e-3)
    assert found.rates_per_s[:, 0] == pytest.approx(math.log(2.0) / 50.0 / 3600.0, rel=1e-6)


def test_uptake_that_no_scan_shows_only_takes_away():
    curve = mono([4.0, 24.0, 96.0, 168.0], relative=1e-6)
    _, found = draw(curve, scatter=LITTLE_SCATTER, draws=Draws(4, 3000))
    sharp, _ = draw(curve)
    most = 1e8 * 4.0 * 3600.0 / math.log(100.0)
    shortfall = sharp.time_integrated_activity.value - found.time_integrated_activity
    assert shortfall.mean() == pytest.approx(most / 3.0, rel=0.25)


def test_one_scan_and_a_half_life():
    half_life = Uncertain(50.0 * 3600.0, {"half-life:A": 5.0 * 3600.0})
    fitted, found = draw(mono([40.0]), half_life=half_life)
    assert found.refitted
    period, activity = drawn(half_life, DRAWS), drawn(mono([40.0]).points[0].activity, DRAWS)
    exactly = activity * 2.0 ** (40.0 * 3600.0 / period) * period / math.log(2.0)
    below = found.time_integrated_activity / exactly
    assert (below <= 1.0 + 1e-6).all()
    assert below.mean() > 0.97
    assert log_spread(found.time_integrated_activity) == pytest.approx(
        fitted.time_integrated_activity.relative_standard_uncertainty, rel=0.1
    )


def test_no_draw_outlives_the_radionuclide():
    half_life = Uncertain(150.0 * 3600.0, {"half-life:A": 60.0 * 3600.0})
    _, found = draw(mono([40.0], half_life_h=150.0), half_life=half_life)
    assert found.rates_per_s.min() == pytest.approx(math.log(2.0) / PHYSICAL_S)


def test_a_tail_takes_over_at_the_last_scan():
    tail = Tail(Uncertain(100.0 * 3600.0, {"tail:A": 20.0 * 3600.0}), "stated")
    fitted, found = draw(mono([4.0, 24.0, 96.0], relative=0.01), tail=tail)
    assert found.rates_per_s is None
    assert log_spread(found.time_integrated_activity) == pytest.approx(
        fitted.time_integrated_activity.relative_standard_uncertainty, rel=0.1
    )


def test_straight_lines_and_a_tail():
    tail = Tail(exact(100.0 * 3600.0), "stated")
    fitted, found = draw(curve_of([4.0, 24.0, 96.0], [1e7, 2e7, 3e7]), tail=tail)
    assert fitted.model == "trapezoid-tail"
    assert log_spread(found.time_integrated_activity) == pytest.approx(
        fitted.time_integrated_activity.relative_standard_uncertainty, rel=0.1
    )


def test_an_unknown_model_has_its_integral_drawn_and_says_so():
    curve = mono([4.0, 24.0, 96.0, 168.0])
    fitted, _ = draw(curve)
    found = draw_curves(
        curve,
        replace(fitted, model="average"),
        np.ones((DRAWS.samples, 4)),
        DRAWS,
        physical_half_life_s=PHYSICAL_S,
        scatter=NO_SCATTER,
    )
    assert not found.refitted
    assert found.time_integrated_activity == pytest.approx(drawn(fitted.time_integrated_activity, DRAWS))


def test_another_period_is_not_taken_for_this_one():
    curve = mono([4.0, 24.0, 96.0, 168.0])
    fitted, _ = draw(curve)
    found = draw_curves(
        curve,
        replace(fitted, time_integrated_activity=fitted.integral_to_last_scan),
        np.ones((DRAWS.samples, 4)),
        DRAWS,
        physical_half_life_s=PHYSICAL_S,
        scatter=NO_SCATTER,
    )
    assert not found.refitted
    assert np.median(found.time_integrated_activity) == pytest.approx(fitted.integral_to_last_scan.value, rel=1e-3)
