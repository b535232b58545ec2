"""Fitted curves: exact cases, bounds, findings, correlations."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.domain import MeasuredActivity, Tail, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import Scatter, confidence_band, evaluate, fit_curve
from hevesy.numerics import exponentials as ex
from hevesy.quantities import Uncertain, budget, combine, correlation, exact

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
FOUR = (4.0, 24.0, 96.0, 168.0)


def rate(hours):
    return math.log(2.0) / (hours * HOUR)


def curve(times_h, activities, u=0.02, region="Kidney", shared=None):
    points = []
    for n, (t, a) in enumerate(zip(times_h, activities, strict=True), start=1):
        components = {f"counts:{region}@{n}": u * a}
        components |= {name: relative * a for name, relative in (shared or {}).items()}
        points.append(MeasuredActivity(t * HOUR, Uncertain(a, components)))
    return TimeActivityCurve(region, tuple(points))


def sampled(times_h, amplitudes, half_lives_h, **options):
    times = np.array(times_h) * HOUR
    activities = ex.values(np.array(amplitudes), np.array([rate(h) for h in half_lives_h]), times)
    return curve(times_h, activities.tolist(), **options)


def fit(points, model="auto", **options):
    return fit_curve(points, physical_half_life_s=PHYSICAL, model=model, **options)


@pytest.mark.parametrize(
    ("model", "times", "amplitudes", "half_lives"),
    [
        ("mono", FOUR, [2e8], [50.0]),
        ("mono", (24.0, 96.0), [2e8], [50.0]),
        ("uptake-mono", FOUR, [2e8, -2e8], [60.0, 5.0]),
        ("uptake-mono", (4.0, 24.0, 96.0), [2e8, -2e8], [60.0, 5.0]),
        ("bi", FOUR, [1e8, 1e8], [70.0, 8.0]),
        ("uptake-bi", (1.0, 4.0, 24.0, 48.0, 96.0, 168.0), [1e8, 1e8, -2e8], [70.0, 20.0, 1.0]),
    ],
)
def test_noiseless_curves_are_found_exactly(model, times, amplitudes, half_lives):
    result = fit(sampled(times, amplitudes, half_lives), model=model)
    rates = np.array([rate(h) for h in half_lives])
    assert result.time_integrated_activity.value == pytest.approx(float(np.array(amplitudes) @ (1 / rates)), rel=1e-7)
    assert result.effective_half_life.value == pytest.approx(half_lives[0] * HOUR, rel=1e-7)
    np.testing.assert_allclose(result.amplitudes_bq, amplitudes, rtol=1e-6)
    np.testing.assert_allclose(result.rates_per_s, rates, rtol=1e-6)
    assert result.model == model


@pytest.mark.parametrize(
    ("expected", "amplitudes", "half_lives"),
    [
        ("mono", [2e8], [50.0]),
        ("uptake-mono", [2e8, -2e8], [60.0, 6.0]),
        ("bi", [1e8, 1e8], [70.0, 8.0]),
    ],
)
@pytest.mark.parametrize("times", [FOUR, (4.0, 24.0, 72.0, 120.0, 168.0), (2.0, 6.0, 24.0, 48.0, 72.0, 96.0, 168.0)])
def test_auto_finds_clear_shapes(expected, amplitudes, half_lives, times):
    result = fit(sampled(times, amplitudes, half_lives))
    assert result.model == expected
    names = [name for name, _, _ in result.candidates]
    assert names[:4] == ["mono", "uptake-mono", "bi", "uptake-bi"]
    assert [why for name, _, why in result.candidates if name == expected] == [""]
    assert all(why for name, _, why in result.candidates if name != expected)


@pytest.mark.parametrize("fast_h", [1.5, 2.0, 2.5])
def test_a_phase_over_within_hours_is_kept_and_said(fast_h):
    """Most of it leaves before the second scan, as in the rest of a body whose kidneys work."""
    amplitudes, half_lives = [2e8, 1e9], [40.0, fast_h]
    result = fit(sampled(FOUR, amplitudes, half_lives), model="auto")
    tia = result.time_integrated_activity
    true = sum(a / rate(h) for a, h in zip(amplitudes, half_lives, strict=True))
    assert result.model == "bi"
    assert tia.value == pytest.approx(true, rel=0.06)
    assert abs(tia.value - true) < 1.5 * tia.standard_uncertainty
    said = [why for name, _, why in result.candidates if name == "unresolved-phase"]
    assert said == (
        []
        if fast_h > 1.9
        else ["a phase with a half-life of 1.9 h or less, which the scans do not resolve, is taken as 1.9 h"]
    )


def test_a_half_life_that_hardly_matters_adds_little():
    """The second scan hardly sees the fast phase: its half-life is unknown to hours, its integral is not."""
    result = fit(sampled(FOUR, [8e8, 2.2e9], [60.0, 2.2], u=0.02))
    own = math.hypot(*(u for name, u in result.time_integrated_activity.components.items()))
    assert result.model == "bi"
    assert own / result.time_integrated_activity.value < 0.05


def test_aicc_is_reported_only_where_it_exists():
    four = fit(sampled(FOUR, [2e8], [50.0]))
    assert four.aicc is None
    assert [score for _, score, _ in four.candidates] == [None] * 4
    seven = fit(sampled((1, 4, 24, 48, 72, 96, 168), [2e8], [50.0]))
    scores = {name: score for name, score, _ in seven.candidates}
    assert scores["mono"] == seven.aicc == min(s for s in scores.values() if s is not None)
    assert scores["uptake-bi"] is None


def test_named_model_without_enough_scans_and_unknown_model():
    with pytest.raises(RegionFinding, match="bi has 4 parameters: 3 scans"):
        fit(sampled(FOUR[:3], [2e8], [50.0]), model="bi")
    with pytest.raises(InputError, match="auto, mono, uptake-mono, bi, uptake-bi, tri"):
        fit(sampled(FOUR, [2e8], [50.0]), model="quad")


def test_single_time_point_identity():
    value, t, period = 1.7e8, 72.0, 51.2
    result = fit(curve([t], [value]), fixed_half_life_s=Uncertain(period * HOUR, {"half-life:site": 5 * HOUR}))
    expected = value * 2 ** (t / period) * period * HOUR / math.log(2)
    assert result.time_integrated_activity.value == pytest.approx(expected, rel=1e-12)
    assert result.effective_half_life.value == period * HOUR
    assert set(budget(result.time_integrated_activity)) == {"counts", "half-life", "fit"}


def test_single_time_point_carries_the_half_life():
    def value(period):
        return fit(curve([72.0], [1e8]), fixed_half_life_s=exact(period * HOUR))

    stated = fit(curve([72.0], [1e8]), fixed_half_life_s=Uncertain(60 * HOUR, {"half-life:site": HOUR}))
    for field in ("time_integrated_activity", "integral_to_last_scan"):
        step = getattr(value(60.5), field).value - getattr(value(59.5), field).value
        assert getattr(stated, field).components["half-life:site"] == pytest.approx(step, rel=1e-3)


def test_single_time_point_without_a_half_life_is_a_finding():
    with pytest.raises(RegionFinding, match="one time point"):
        fit(curve([72.0], [1e8]))


def test_stated_half_life_is_noted_as_unused_with_several_points():
    result = fit(sampled(FOUR, [2e8], [50.0]), fixed_half_life_s=exact(40 * HOUR))
    assert result.effective_half_life.value == pytest.approx(50 * HOUR)
    assert result.candidates[-1] == ("stated-half-life", None, "used for a single time point only")


@pytest.mark.parametrize("bad", [0.0, -3.0, math.nan])
def test_a_point_without_activity_is_named(bad):
    with pytest.raises(RegionFinding, match=r"time point 2 \(24 h\) is"):
        fit(TimeActivityCurve("K", tuple(MeasuredActivity(t * HOUR, exact(a)) for t, a in ((4, 1.0), (24, bad)))))


def test_no_point_and_a_point_before_the_administration():
    with pytest.raises(RegionFinding, match="no time point"):
        fit(TimeActivityCurve("K", ()))
    with pytest.raises(RegionFinding, match="after the administration"):
        fit(curve([0.0, 24.0], [2.0, 1.0]))


def test_half_lives_longer_than_the_physical_one_are_refused():
    tail = Tail(exact(1.01 * PHYSICAL), "a citation")
    with pytest.raises(InputError, match="tail of Kidney: expected an effective half-life of at most"):
        fit(sampled(FOUR, [2e8], [50.0]), tail=tail)
    with pytest.raises(InputError, match="half-life of Kidney"):
        fit(curve([72.0], [1e8]), fixed_half_life_s=exact(200 * HOUR))


def test_data_slower_than_decay_reach_the_bound_and_say_so():
    result = fit(sampled(FOUR, [2e8], [400.0], u=0.001), model="mono")
    assert result.rates_per_s[0] == math.log(2) / PHYSICAL
    note = {name: why for name, _, why in result.candidates}["beyond-physical-decay"]
    assert "half-life of 400 h" in note
    slight = fit(sampled(FOUR, [2e8], [161.0]))
    assert "beyond-physical-decay" not in [name for name, _, _ in slight.candidates]
    assert slight.effective_half_life.components["fit:Kidney"] > 0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.floats(0.1, 1.0), min_size=2, max_size=5, unique=True),
    st.sampled_from(["auto", "mono"]),
)
def test_effective_half_life_never_exceeds_the_physical_one(values, model):
    activities = sorted(values, reverse=True)
    result = fit(curve([4.0, 24.0, 72.0, 120.0, 168.0][: len(values)], [1e8 * v for v in activities]), model=model)
    assert result.effective_half_life.value <= PHYSICAL * (1 + 1e-12)
    assert result.time_integrated_activity.value > 0
    assert 0 <= result.extrapolated_fraction < 1
    assert result.integral_to_last_scan.value < result.time_integrated_activity.value


@pytest.mark.parametrize("half_lives", [[50.0], [400.0]])
def test_result_is_linear_in_the_scale(half_lives):
    noise = np.array([1.03, 0.98, 1.02, 0.97])
    values = ex.values(np.array([2e8]), np.array([rate(half_lives[0])]), np.array(FOUR) * HOUR) * noise
    a, b = (fit(curve(FOUR, (k * values).tolist())) for k in (1.0, 7.0))
    assert b.time_integrated_activity.value == pytest.approx(7 * a.time_integrated_activity.value, rel=1e-9)
    assert b.time_integrated_activity.relative_standard_uncertainty == pytest.approx(
        a.time_integrated_activity.relative_standard_uncertainty, rel=1e-6
    )


@pytest.mark.parametrize(
    ("values", "model"),
    [
        ([2.0, 1.45, 0.57, 0.19], "mono"),
        ([1.0, 1.9, 0.9, 0.4], "uptake-mono"),
        ([2.0, 1.95, 1.9, 1.85], "mono"),
        ([3.0, 1.4, 0.6, 0.3], "bi"),
    ],
)
def test_shared_calibration_stays_fully_correlated(values, model):
    points = curve(FOUR, [1e8 * v for v in values], shared={"calibration:site": -0.05})
    result = fit(points, model=model)
    tia = result.time_integrated_activity
    assert tia.components["calibration:site"] / tia.value == pytest.approx(-0.05, rel=1e-6)
    half_life = result.effective_half_life
    assert abs(half_life.components.get("calibration:site", 0.0)) < 1e-6 * half_life.value


def test_two_regions_are_correlated_through_the_calibration_only():
    shared = {"calibration:site": 0.05}
    a = fit(sampled(FOUR, [2e8], [50.0], shared=shared)).time_integrated_activity
    b = fit(sampled(FOUR, [3e8], [70.0], shared=shared, region="Liver")).time_integrated_activity
    assert correlation(a, b) * a.standard_uncertainty * b.standard_uncertainty == pytest.approx(
        a.components["calibration:site"] * b.components["calibration:site"]
    )


def test_point_components_are_the_derivatives_of_the_integral():
    noise = [1.02, 0.99, 0.98, 1.03]
    values = [2e8 * n * 2 ** (-t / 50) for t, n in zip(FOUR, noise, strict=True)]
    base = curve(FOUR, values, u=0.06)
    tia = fit(base, model="mono").time_integrated_activity
    for n in range(4):
        up, down = ([v * (1 + s * 1e-4 * (i == n)) for i, v in enumerate(values)] for s in (1, -1))
        # the weights stay as they are: uncertainties of the unchanged points
        moved = [
            fit(
                TimeActivityCurve(
                    "Kidney",
                    tuple(
                        MeasuredActivity(p.time_s, Uncertain(v, dict(p.activity.components)))
                        for p, v in zip(base.points, side, strict=True)
                    ),
                ),
                model="mono",
            ).time_integrated_activity.value
            for side in (up, down)
        ]
        slope = (moved[0] - moved[1]) / (2e-4 * values[n])
        # first order in the residuals (2 %)
        assert tia.components[f"counts:Kidney@{n + 1}"] == pytest.approx(slope * 0.06 * values[n], rel=0.08)


def test_tail_after_declining_data():
    tail = Tail(Uncertain(100 * HOUR, {"tail:Kidney": 10 * HOUR}), "a citation")
    result = fit(sampled(FOUR, [2e8], [50.0]), tail=tail)
    last = 2e8 * 2 ** (-168 / 50)
    to_last = (2e8 - last) / rate(50.0)
    assert result.model == "mono"
    assert result.tail_from_s == 168 * HOUR
    assert result.integral_to_last_scan.value == pytest.approx(to_last, rel=1e-8)
    assert result.time_integrated_activity.value == pytest.approx(to_last + last / rate(100.0), rel=1e-8)
    assert result.time_integrated_activity.components["tail:Kidney"] == pytest.approx(last / rate(100.0) * 0.1)
    assert result.effective_half_life.value == 100 * HOUR


def test_a_tail_that_says_what_the_fit_says_changes_nothing():
    plain = fit(sampled(FOUR, [2e8], [50.0]))
    tailed = fit(sampled(FOUR, [2e8], [50.0]), tail=Tail(exact(50 * HOUR), "the same"))
    assert tailed.time_integrated_activity.value == pytest.approx(plain.time_integrated_activity.value, rel=1e-8)
    assert tailed.extrapolated_fraction == pytest.approx(plain.extrapolated_fraction, rel=1e-6)


@pytest.mark.parametrize("activities", [[1124.0, 1283.0], [5.0, 3.0, 3.0], [1.0, 2.0, 3.0, 4.0]])
def test_rising_activity_without_a_tail_is_a_finding(activities):
    with pytest.raises(RegionFinding, match=r"^activity still rising at the last scan: state the tail$"):
        fit(curve([3.7, 27.7, 50.0, 70.0][: len(activities)], activities))


def test_rising_activity_with_a_physical_tail():
    tail = Tail(exact(PHYSICAL), "physical decay")
    result = fit(curve([3.74, 27.73], [1124.0, 1283.0], shared={"calibration:site": 0.05}), tail=tail)
    lines = 3600 * (3.74 * 1124 / 2 + (27.73 - 3.74) * (1124 + 1283) / 2)
    beyond = 1283 * PHYSICAL / math.log(2)
    assert result.model == "trapezoid-tail"
    assert result.integral_to_last_scan.value == pytest.approx(lines, rel=1e-12)
    assert result.time_integrated_activity.value == pytest.approx(lines + beyond, rel=1e-12)
    assert result.extrapolated_fraction == pytest.approx(beyond / (lines + beyond), rel=1e-12)
    assert result.times_s == pytest.approx((0.0, 3.74 * HOUR, 27.73 * HOUR))
    assert result.activities_bq == (0.0, 1124.0, 1283.0)
    tia = result.time_integrated_activity
    assert tia.components["calibration:site"] == pytest.approx(0.05 * tia.value, rel=1e-12)
    assert tia.components["fit:Kidney"] > 0


def test_one_point_needs_a_half_life_and_no_tail():
    tail = Tail(exact(80 * HOUR), "a citation")
    with pytest.raises(RegionFinding, match="no stated half-life"):
        fit(curve([24.0], [1e8]), tail=tail)
    with pytest.raises(RegionFinding, match="state its half-life alone"):
        fit(curve([24.0], [1e8]), tail=tail, fixed_half_life_s=exact(80 * HOUR))


TAIL = Tail(Uncertain(90 * HOUR, {"tail:Kidney": 9 * HOUR}), "a citation")


@pytest.mark.parametrize(
    ("activities", "tail"),
    [([2e8, 1.5e8, 0.6e8, 0.2e8], None), ([2e8, 1.5e8, 0.6e8, 0.2e8], TAIL), ([1e8, 1.2e8, 1.3e8, 1.4e8], TAIL)],
)
def test_the_drawn_curve_has_the_integral(activities, tail):
    points = curve(FOUR, activities)
    result = fit(points, tail=tail)
    knots = [0.0, *(t * HOUR for t in FOUR), 400 * HOUR, 5000 * HOUR]
    parts = [quad(lambda t: evaluate(result, np.array([t]))[0], a, b)[0] for a, b in itertools.pairwise(knots)]
    assert sum(parts) == pytest.approx(result.time_integrated_activity.value, rel=1e-6)
    value, lower, upper = confidence_band(result, np.linspace(1, 400, 60) * HOUR, points)
    assert (lower >= 0).all()
    assert (lower <= value).all()
    assert (upper >= value).all()
    if tail:
        spread = np.log(upper / value)
        assert spread[-1] > spread[30]


def test_band_of_an_exact_point_is_the_points_own_interval():
    result = fit(curve([24.0], [1e8], u=0.1), fixed_half_life_s=exact(50 * HOUR))
    value, lower, upper = confidence_band(result, np.array([0.0, 24.0]) * HOUR)
    spread = math.exp(1.959964 * math.sqrt(math.log1p(0.01)))
    np.testing.assert_allclose(upper / value, spread, rtol=1e-6)
    np.testing.assert_allclose(value / lower, spread, rtol=1e-6)


def test_band_of_a_curve_with_uptake_begins_at_zero():
    result = fit(sampled(FOUR, [2e8, -2e8], [60.0, 6.0]))
    value, lower, upper = confidence_band(result, np.array([0.0]))
    assert value[0] == lower[0] == upper[0] == pytest.approx(0.0, abs=1e-3)


def test_band_of_straight_lines_without_the_points_has_no_width_before_the_tail():
    result = fit(curve([4.0, 24.0], [1.0, 2.0]), tail=Tail(exact(PHYSICAL), "physical decay"))
    value, _, upper = confidence_band(result, np.array([10.0]) * HOUR)
    np.testing.assert_allclose(value, upper)


def test_exact_points_still_have_the_scatter_between_scans():
    points = tuple(MeasuredActivity(t * HOUR, exact(2e8 * 2 ** (-t / 50))) for t in FOUR)
    tia = fit(TimeActivityCurve("K", points)).time_integrated_activity
    assert 0.01 < tia.relative_standard_uncertainty < 0.1
    assert set(budget(tia)) == {"fit"}
    assert combine(0.0, [(tia, 1.0)]).standard_uncertainty == tia.standard_uncertainty


@pytest.mark.parametrize("scatter", [Scatter(-0.1, 4.0), Scatter(1.0, 4.0), Scatter(0.05, 0.0)])
def test_a_scatter_that_is_none_is_a_mistake_of_the_caller(scatter):
    with pytest.raises(ValueError, match="scatter between 0 and 1"):
        fit(sampled(FOUR, [2e8], [50.0]), scatter=scatter)


def test_more_scatter_makes_the_integral_less_certain():
    small, large = (
        fit(sampled(FOUR, [2e8], [50.0], u=0.003), scatter=Scatter(s, 4.0)).time_integrated_activity
        for s in (0.02, 0.08)
    )
    assert large.standard_uncertainty > 3 * small.standard_uncertainty
    assert large.value == pytest.approx(small.value, rel=1e-8)


def test_wildly_scattered_points_still_give_an_answer_with_its_uncertainty():
    tia = fit(curve(FOUR, [1e8, 1e6, 8e7, 1e6]), model="mono").time_integrated_activity
    assert tia.relative_standard_uncertainty > 0.5
