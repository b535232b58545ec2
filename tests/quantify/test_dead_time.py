"""Dead time of a scan: from curves, for rates, with shared sources and honest limits."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError, ReadError, ScaleError
from hevesy.numerics.dead_time import observed_rate
from hevesy.numerics.dead_time_fit import CurvePoints
from hevesy.quantify import CountRate, CountRateCurve, DeadTime, loss_factor, measured_dead_time, read_count_rate_curve
from hevesy.quantities import Uncertain, correlation, multiply_powers

TAU = 1.5e-6
HALF_LIFE = 574300.0
MODELS = ("paralysable", "non-paralysable")
OBSERVED = "observed_cps,observed_standard_uncertainty"


def known(model="paralysable", u=0.03e-6, largest=math.inf):
    return DeadTime(model, Uncertain(TAU, {"dead-time:camera": u}), "camera", "test", largest)


def rate(true=1.2e5, spread=0.0, u=0.0, model="paralysable"):
    mean = float(observed_rate(np.array([true]), TAU, model)[0])
    return CountRate(mean, mean * (1 - spread), mean * (1 + spread), u)


def table(tmp_path, header, rows):
    path = tmp_path / "curve.csv"
    path.write_text("\n".join([header, *(",".join(f"{value:.9g}" for value in row) for row in rows)]) + "\n")
    return path


@pytest.mark.parametrize(("model", "factor"), [("paralysable", math.exp(0.18)), ("non-paralysable", 1.18)])
def test_the_factor_is_true_over_observed(model, factor):
    found = loss_factor(known(model), rate(model=model), scan="t1")
    assert found.value == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_sources_are_signed_and_of_the_size_of_a_finite_difference(model):
    stated = rate(u=0.01, model=model)
    found = loss_factor(known(model), stated, scan="t1")
    assert set(found.components) == {"dead-time:camera", "count-rate:t1"}
    moved = DeadTime(model, Uncertain(TAU + 0.03e-6), "camera", "test")
    faster = CountRate(*(1.01 * r for r in (stated.mean, stated.lowest, stated.highest)), 0.0)
    by_tau = loss_factor(moved, stated, scan="t1").value - found.value
    by_rate = loss_factor(known(model), faster, scan="t1").value - found.value
    assert found.components["dead-time:camera"] == pytest.approx(by_tau, rel=0.02)
    assert found.components["count-rate:t1"] == pytest.approx(by_rate, rel=0.02)


def test_scans_share_the_dead_time_and_not_their_rates():
    early = loss_factor(known(), rate(2e5, u=0.005), scan="t1")
    late = loss_factor(known(), rate(5e4, u=0.005), scan="t2")
    assert 0.5 < correlation(early, late) < 1.0
    without = [loss_factor(known(), rate(true), scan=name) for true, name in ((2e5, "t1"), (5e4, "t2"))]
    assert correlation(*without) == pytest.approx(1.0)


def test_a_phantom_at_the_same_rate_takes_the_error_of_the_dead_time_away():
    scan, phantom = (loss_factor(known(), rate(), scan=name) for name in ("t1", "phantom"))
    ratio = multiply_powers((scan, 1.0), (phantom, -1.0))
    assert ratio.standard_uncertainty == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_losses_that_differ_from_view_to_view_stay_within_the_bound(model):
    """Views of an off-centre source: the losses of all views and of each view alone, view by view."""
    n = 1.1e5 * (1 + 0.5 * np.cos(np.linspace(0, 2 * np.pi, 60, endpoint=False)))
    m = observed_rate(n, TAU, model)
    found = loss_factor(known(model, u=0.0), CountRate(m.mean(), m.min(), m.max(), 0.0), scan="t1")
    width = found.components["dead-time:camera.views"] * math.sqrt(12)
    whole = n.sum() / m.sum()
    assert found.value < whole < found.value + width
    assert np.all(np.abs(n / m - found.value) < width)


def test_decay_within_the_acquisition_is_within_the_bound_of_the_views():
    """A rate that halves during the acquisition (F-18 over 110 min), far more than any Lu-177 scan."""
    n = 1.5e5 * np.exp2(-np.linspace(0, 1, 2001))
    m = observed_rate(n, TAU, "paralysable")
    found = loss_factor(known(u=0.0), CountRate(m.mean(), m.min(), m.max(), 0.0), scan="t1")
    excess = n.sum() / m.sum() - found.value
    assert 0 < excess < found.components["dead-time:camera.views"] * math.sqrt(12)


def test_rates_out_of_order_or_beyond_the_curve_are_refused():
    with pytest.raises(ScaleError, match="between the lowest and the highest"):
        loss_factor(known(), CountRate(1e5, 1.1e5, 1.2e5, 0.0), scan="t1")
    with pytest.raises(ScaleError, match="largest of the curve") as caught:
        loss_factor(known(largest=9e4), rate(1.2e5), scan="time point 1")
    assert "time point 1" in str(caught.value)


@pytest.mark.parametrize(("model", "limit"), [("paralysable", 0.5), ("non-paralysable", 1.0)])
def test_near_the_largest_rate_nothing_is_corrected(model, limit):
    exact = known(model, u=0.0)
    assert loss_factor(exact, rate(0.99 * limit / TAU, model=model), scan="t1").value > 1
    with pytest.raises(ScaleError, match=f"{model} detector's largest"):
        loss_factor(exact, rate(1.01 * limit / TAU, model=model), scan="t1")
    with pytest.raises(ScaleError, match="largest"):
        loss_factor(known(model, u=0.03 * TAU), rate(0.97 * limit / TAU, model=model), scan="t1")


def rows_of(kind, model="paralysable", noise=0.0):
    n = np.linspace(1e4, 2.4e5, 10)
    m = observed_rate(n, TAU, model) * (1 + noise * np.random.default_rng(2).standard_normal(10))
    if kind == "true_cps":
        return [(a, 1e-3 * a, b, 2e-3 * b) for a, b in zip(n, m, strict=True)]
    if kind == "activity_mbq":
        return [(a / 9.3, 1e-3 * a / 9.3, b, 2e-3 * b) for a, b in zip(n, m, strict=True)]
    times = HALF_LIFE / 3600 * np.log2(n[-1] / n)
    return [(t, b, 2e-3 * b) for t, b in zip(times, m, strict=True)]


HEADERS = {
    "true_cps": f"true_cps,true_standard_uncertainty,{OBSERVED}",
    "activity_mbq": f"activity_mbq,activity_standard_uncertainty,{OBSERVED}",
    "time_h": f"time_h,{OBSERVED}",
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", HEADERS)
def test_every_kind_of_curve_gives_the_same_dead_time(tmp_path, kind, model):
    curve = read_count_rate_curve(table(tmp_path, HEADERS[kind], rows_of(kind, model)), HALF_LIFE)
    found = measured_dead_time(curve, model, name="camera", source="curve.csv")
    assert found.dead_time.value == pytest.approx(TAU, rel=1e-5)
    assert set(found.dead_time.components) == {"dead-time:camera"}
    assert found.largest_measured == pytest.approx(rows_of(kind, model)[-1][-2], rel=1e-8)


def test_columns_may_come_in_any_order(tmp_path):
    shuffled = [(row[3], row[0], row[2], row[1]) for row in rows_of("true_cps")]
    header = "observed_standard_uncertainty,true_cps,observed_cps,true_standard_uncertainty"
    curve = read_count_rate_curve(table(tmp_path, header, shuffled), HALF_LIFE)
    np.testing.assert_allclose(curve.points.x, [row[0] for row in rows_of("true_cps")], rtol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_a_curve_of_the_other_model_is_refused(tmp_path, model):
    other = next(m for m in MODELS if m != model)
    curve = read_count_rate_curve(table(tmp_path, HEADERS["true_cps"], rows_of("true_cps", other)), HALF_LIFE)
    with pytest.raises(InputError, match=f"fits a {other} one better"):
        measured_dead_time(curve, model, name="camera", source="curve.csv")


def test_a_curve_without_losses_is_refused(tmp_path):
    rows = [(a, 1e-3 * a, a, 2e-3 * a) for a in (100.0, 200.0, 400.0, 800.0)]
    curve = read_count_rate_curve(table(tmp_path, HEADERS["true_cps"], rows), HALF_LIFE)
    with pytest.raises(InputError, match="determines the dead time"):
        measured_dead_time(curve, "paralysable", name="camera", source="curve.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "none came"),
        ("true_cps,observed_cps\n1,2\n", "columns"),
        (HEADERS["time_h"] + "\n", "points of a curve"),
        (HEADERS["time_h"] + "\n0,100\n", "3 values"),
        (HEADERS["time_h"] + "\n0,many,1\n", "a number in observed_cps"),
        (HEADERS["time_h"] + "\n0,0,1\n", "positive finite number in observed_cps"),
        (HEADERS["time_h"] + "\n-1,10,1\n", "positive finite number in time_h"),
        (HEADERS["time_h"] + "\n0,inf,1\n", "positive finite number in observed_cps"),
    ],
)
def test_tables_that_are_not_as_documented_are_refused(tmp_path, text, message):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_count_rate_curve(path, HALF_LIFE)
    assert "curve.csv" in str(caught.value)


def test_a_missing_table_is_a_read_error(tmp_path):
    with pytest.raises(ReadError, match=r"curve\.csv"):
        read_count_rate_curve(tmp_path / "curve.csv", HALF_LIFE)


@pytest.mark.parametrize("kind", ["true_cps", "time_h"])
def test_intervals_of_a_corrected_scan_hold_the_truth(kind):
    """Curve and rate measured with noise, 200 times: 95 % intervals hold in 90 to 99.5 % (0.1 % risk each side)."""
    rng = np.random.default_rng(11)
    n = np.linspace(1e4, 2.4e5, 10)
    m = observed_rate(n, TAU, "paralysable")
    true, held = 1.5e5, 0
    shown = float(observed_rate(np.array([true]), TAU, "paralysable")[0])
    for _ in range(200):
        x = n if kind == "true_cps" else n / n[-1]
        points = CurvePoints(x, np.zeros(10), m * (1 + 2e-3 * rng.standard_normal(10)), 2e-3 * m)
        curve = CountRateCurve(points, relative=kind != "true_cps")
        fitted = measured_dead_time(curve, "paralysable", name="camera", source="curve")
        rate_shown = shown * (1 + 0.005 * rng.standard_normal())
        found = loss_factor(fitted, CountRate(rate_shown, rate_shown, rate_shown, 0.005), scan="t1")
        held += abs(found.value - true / shown) < 1.96 * found.standard_uncertainty
    assert 180 <= held <= 199
