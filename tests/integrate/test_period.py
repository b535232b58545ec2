"""Integrals over a period, with and without a tail, and straight lines by name."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.domain import Tail
from hevesy.errors import RegionFinding
from hevesy.integrate import FitSettings, Scatter, evaluate, integrate_curve
from hevesy.quantities import Uncertain, exact

STATED = Scatter(0.0, 4.0)
GIVEN = Uncertain(90 * 3600.0, {"tail:Kidney": 9 * 3600.0})


def numeric(fitted, end_h):
    knots = [0.0, *(t for t in (4.0, 24.0, 96.0, 168.0) if t < end_h), end_h]
    parts = [
        quad(lambda t: evaluate(fitted, np.array([t]))[0], a * 3600, b * 3600)[0] for a, b in itertools.pairwise(knots)
    ]
    return sum(parts)


@pytest.mark.parametrize("model", ["auto", "average", "trapezoid"])
@pytest.mark.parametrize("tail", [None, Tail(GIVEN, "a citation")])
@pytest.mark.parametrize("end_h", [3.0, 60.0, 168.0, 300.0])
def test_the_curve_has_the_integral_of_the_period(fitting, model, tail, end_h):
    if model == "trapezoid" and tail is None and end_h > 168.0:
        pytest.skip("straight lines end at the last scan")
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0], factors=np.array([1.01, 0.99, 1.02, 0.98]))
    settings = FitSettings(fitting.PHYSICAL, model, tail, scatter=STATED, until_s=end_h * 3600.0)
    fitted = integrate_curve(curve, settings)
    assert fitted.until_s == end_h * 3600.0
    assert fitted.time_integrated_activity.value == pytest.approx(numeric(fitted, end_h), rel=1e-6)
    assert fitted.extrapolated_fraction == pytest.approx(
        max(0.0, 1.0 - numeric(fitted, min(end_h, 168.0)) / numeric(fitted, end_h)), abs=1e-6
    )


def test_a_long_period_is_infinity(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])
    tail = Tail(GIVEN, "a citation")
    for chosen in (None, tail):
        settings = FitSettings(fitting.PHYSICAL, "mono", chosen, scatter=STATED)
        forever = integrate_curve(curve, settings).time_integrated_activity
        long = integrate_curve(
            curve, FitSettings(fitting.PHYSICAL, "mono", chosen, scatter=STATED, until_s=1e5 * 3600.0)
        ).time_integrated_activity
        assert long.value == pytest.approx(forever.value, rel=1e-12)
        assert long.standard_uncertainty == pytest.approx(forever.standard_uncertainty, rel=1e-9)


def test_the_half_life_of_a_tail_moves_the_integral_as_stated(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])

    def whole(hours):
        tail = Tail(exact(hours * 3600.0), "a citation")
        settings = FitSettings(fitting.PHYSICAL, "mono", tail, scatter=STATED, until_s=250 * 3600.0)
        return integrate_curve(curve, settings).time_integrated_activity.value

    settings = FitSettings(fitting.PHYSICAL, "mono", Tail(GIVEN, "a citation"), scatter=STATED, until_s=250 * 3600.0)
    component = integrate_curve(curve, settings).time_integrated_activity.components["tail:Kidney"]
    assert component == pytest.approx((whole(90.01) - whole(89.99)) / 0.02 * 9.0, rel=1e-5)


def test_lines_begin_at_the_first_scan_where_activity_falls(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])
    tail = Tail(exact(fitting.PHYSICAL), "physical decay")
    fitted = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "trapezoid", tail, scatter=STATED))
    t, a = curve.times_s, curve.activities_bq
    lines = a[0] * t[0] + float(np.sum(np.diff(t) * (a[1:] + a[:-1]) / 2.0))
    assert fitted.time_integrated_activity.value == pytest.approx(
        lines + a[-1] * fitting.PHYSICAL / math.log(2.0), rel=1e-12
    )
    true = fitting.true_integral([2e8], [50.0])
    assert fitted.time_integrated_activity.value > 1.15 * true, "known to overestimate"


def test_a_fitted_tail_is_that_of_the_last_scans(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])
    settings = FitSettings(fitting.PHYSICAL, "trapezoid", fitted_tail=True, scatter=STATED)
    fitted = integrate_curve(curve, settings)
    assert fitted.tail.half_life_s.value == pytest.approx(50 * 3600.0, rel=1e-12)
    assert fitted.tail.source == "fitted to the last 2 scans"
    # logarithmic slope of two points: u(T)/T = T/ln 2 * sqrt(u1^2 + u2^2) / (t2 - t1), coverage factor one
    relative = 50 / math.log(2.0) * math.hypot(0.02, 0.02) / 72.0
    assert fitted.tail.half_life_s.relative_standard_uncertainty == pytest.approx(relative, rel=1e-9)
    last = curve.points[-1].activity
    moved = replace(curve.points[-1], activity=replace(last, value=1.0001 * last.value))
    higher = integrate_curve(replace(curve, points=(*curve.points[:-1], moved)), settings).time_integrated_activity
    slope = (higher.value - fitted.time_integrated_activity.value) / 0.0001
    component = fitted.time_integrated_activity.components["activity:Kidney@4"]
    assert component == pytest.approx(0.02 * slope, rel=1e-3)


def test_a_tail_that_falls_too_slowly_is_physical_decay(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [400.0])
    fitted = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "trapezoid", fitted_tail=True, scatter=STATED))
    assert fitted.tail.half_life_s.value == pytest.approx(fitting.PHYSICAL)
    assert fitted.tail.source.endswith("bounded by physical decay")


def test_lines_need_a_tail_beyond_the_last_scan(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])
    with pytest.raises(RegionFinding, match="state the tail"):
        integrate_curve(curve, FitSettings(fitting.PHYSICAL, "trapezoid", scatter=STATED))
    within = FitSettings(fitting.PHYSICAL, "trapezoid", scatter=STATED, until_s=168 * 3600.0)
    fitted = integrate_curve(curve, within)
    assert fitted.model == "trapezoid"
    assert fitted.extrapolated_fraction == 0.0
    assert math.isnan(fitted.effective_half_life.value)


def test_rising_activity_has_an_integral_up_to_the_last_scan(fitting):
    curve = fitting.sampled((4.0, 24.0), [2e8, -2e8], [100.0, 20.0])
    with pytest.raises(RegionFinding, match="still rising"):
        integrate_curve(curve, FitSettings(fitting.PHYSICAL, "auto", scatter=STATED))
    within = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "auto", scatter=STATED, until_s=24 * 3600.0))
    true = fitting.true_integral([2e8, -2e8], [100.0, 20.0], 24 * 3600.0)
    value = within.time_integrated_activity
    assert abs(value.value - true) < 2 * value.standard_uncertainty


def test_a_scan_without_uncertainty_is_a_finding_where_nothing_else_is_expected(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0], u=0.0)
    with pytest.raises(RegionFinding, match=r"standard uncertainty at time point 1 \(4 h\) is zero"):
        integrate_curve(curve, FitSettings(fitting.PHYSICAL, "mono", scatter=STATED))
    assert integrate_curve(curve, FitSettings(fitting.PHYSICAL, "mono")).scatter_between_scans > 0


def test_stated_uncertainties_weigh(fitting):
    """One scan is twice too high but uncertain by its size: the others decide."""
    base = fitting.sampled(fitting.FOUR, [2e8], [50.0], u=0.02)
    off = base.points[1]
    value = 2.0 * off.activity.value
    points = list(base.points)
    points[1] = type(off)(off.time_s, Uncertain(value, {"activity:Kidney@2": 5.0 * value}))
    curve = type(base)("Kidney", tuple(points))
    fitted = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "mono", scatter=STATED))
    assert fitted.effective_half_life.value == pytest.approx(50 * 3600.0, rel=1e-4)


@pytest.mark.parametrize("bad", [{"until_s": 0.0}, {"until_s": math.inf}, {"physical_half_life_s": 0.0}])
def test_settings_that_are_none(fitting, bad):
    with pytest.raises(ValueError, match="expected"):
        FitSettings(**({"physical_half_life_s": fitting.PHYSICAL} | bad))
