"""G against its closed forms, an independent integration, limits and golden values."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from hevesy.biology import curve_g_factor, g_factor, g_factor_numeric, uptake_g_factor
from hevesy.domain import FittedCurve, Tail
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, exact

LN2 = math.log(2.0)
H = 3600.0
GOLDEN = json.loads((Path(__file__).parent / "bed_golden.json").read_text(encoding="utf-8"))["cases"]
half_lives = st.floats(0.5, 500.0)


def curve(**fields: object) -> FittedCurve:
    plain = {
        "region": "Kidney_L",
        "model": "mono",
        "amplitudes_bq": (),
        "rates_per_s": (),
        "parameter_covariance": np.zeros((0, 0)),
        "time_integrated_activity": exact(1.0),
        "effective_half_life": exact(1.0),
    }
    return FittedCurve(**{**plain, **fields})


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_values(case):
    clearance = case.get("T_wash", case.get("T_eff"))
    uptake = case["T_up"] * H if "T_up" in case else None
    assert uptake_g_factor(clearance * H, uptake, case["T_rep"] * H) == pytest.approx(case["G"], rel=1e-10)


@given(half_lives, half_lives, half_lives)
def test_uptake_formula_is_the_sum_of_exponentials(clearance, uptake, repair):
    if uptake > 0.9 * clearance:
        return
    rates = [LN2 / clearance, LN2 / uptake]
    expected = g_factor([1.0, -1.0], rates, repair)
    assert uptake_g_factor(clearance, uptake, repair) == pytest.approx(expected, rel=1e-9)


def test_equal_uptake_and_clearance_is_the_limit():
    near = uptake_g_factor(50.0, 50.0 * (1 - 1e-9), 2.8)
    assert uptake_g_factor(50.0, 50.0, 2.8) == pytest.approx(near, rel=1e-8)
    times = np.linspace(0.0, 4000.0, 8001)
    rate = times * np.exp(-LN2 / 50.0 * times)
    assert g_factor_numeric(times, rate, 2.8) == pytest.approx(near, rel=1e-4)


@given(half_lives, half_lives)
def test_mono_exponential(effective, repair):
    assert g_factor([7.0], [LN2 / effective], repair) == pytest.approx(repair / (repair + effective), rel=1e-12)


@given(st.lists(st.tuples(st.floats(0.01, 10.0), half_lives), min_size=1, max_size=4), half_lives)
def test_g_lies_between_zero_and_one_and_ignores_scale(terms, repair):
    amplitudes, halves = zip(*terms, strict=True)
    rates = [LN2 / half for half in halves]
    g = g_factor(amplitudes, rates, repair)
    assert 0.0 < g < 1.0
    assert g_factor([3.0 * a for a in amplitudes], rates, repair) == pytest.approx(g, rel=1e-12)


def test_splitting_a_term_changes_nothing():
    split = g_factor([2.0, 3.0], [0.01, 0.01], 2.8)
    assert split == pytest.approx(g_factor([5.0], [0.01], 2.8), rel=1e-14)


def test_fast_and_slow_repair_are_the_limits():
    assert g_factor([1.0], [0.01], 1e-6) == pytest.approx(0.0, abs=1e-7)
    assert g_factor([1.0], [0.01], 1e9) == pytest.approx(1.0, abs=1e-6)


def test_numeric_against_closed_form_with_tail():
    times = np.linspace(0.0, 200.0, 4001)
    a, b, repair = LN2 / 50.0, LN2 / 2.0, 2.8
    rate = np.exp(-a * times) - np.exp(-b * times)
    numeric = g_factor_numeric(times, rate, repair, tail_rate_per_s=a)
    assert numeric == pytest.approx(g_factor([1.0, -1.0], [a, b], repair), rel=1e-5)


def test_numeric_against_an_ode_solver_on_a_trapezoid():
    times, rate, repair = np.array([0.0, 4.0, 24.0, 96.0]), np.array([0.0, 5.0, 9.0, 12.0]), 2.8
    mu = LN2 / repair

    def change(t, y):
        r = np.interp(t, times, rate)
        return [r - mu * y[0], r * y[0], r]

    state = [0.0, 0.0, 0.0]
    for start, end in pairwise(times):
        state = solve_ivp(change, (start, end), state, rtol=1e-10, atol=1e-12).y[:, -1]
    expected = 2.0 * state[1] / state[2] ** 2
    assert g_factor_numeric(times, rate, repair) == pytest.approx(expected, rel=1e-8)


def test_numeric_of_constant_rate_is_the_lea_catcheside_formula():
    x = LN2 / 2.8 * 10.0
    expected = 2.0 / x**2 * (x - 1.0 + math.exp(-x))
    assert g_factor_numeric([0.0, 10.0], [3.0, 3.0], 2.8) == pytest.approx(expected, rel=1e-10)


def test_curve_with_exponentials_carries_the_repair_uncertainty():
    repair = Uncertain(2.8 * H, {"repair:Kidney_L": 0.5 * H})
    g = curve_g_factor(curve(amplitudes_bq=(3.0,), rates_per_s=(LN2 / (50 * H),)), repair)
    assert g.value == pytest.approx(2.8 / 52.8, rel=1e-12)
    assert g.components["repair:Kidney_L"] == pytest.approx(0.5 * 50.0 / 52.8**2, rel=1e-6)


def test_curve_with_knots_and_tail():
    fitted = curve(
        model="trapezoid-tail",
        times_s=(0.0, 4 * H, 24 * H),
        activities_bq=(0.0, 5.0, 9.0),
        tail=Tail(exact(60 * H), "stated"),
        tail_from_s=24 * H,
    )
    expected = g_factor_numeric([0.0, 4.0, 24.0], [0.0, 5.0, 9.0], 2.8, tail_rate_per_s=LN2 / 60.0)
    assert curve_g_factor(fitted, exact(2.8 * H)).value == pytest.approx(expected, rel=1e-10)


def test_exponentials_with_a_tail_of_the_same_rate_agree_with_the_closed_form():
    fitted = curve(
        amplitudes_bq=(3.0,),
        rates_per_s=(LN2 / (50 * H),),
        tail=Tail(exact(50 * H), "stated"),
        tail_from_s=100 * H,
    )
    assert curve_g_factor(fitted, exact(2.8 * H)).value == pytest.approx(2.8 / 52.8, rel=1e-6)


@pytest.mark.parametrize("arguments", [(50.0, 60.0, 2.8), (50.0, 0.0, 2.8), (0.0, None, 2.8), (50.0, None, -1.0)])
def test_refused_half_lives(arguments):
    with pytest.raises(InputError):
        uptake_g_factor(*arguments)


@pytest.mark.parametrize(
    ("times", "rate", "tail"),
    [
        ([0.0], [1.0], None),
        ([0.0, 0.0], [1.0, 1.0], None),
        ([0.0, 1.0], [1.0, -1.0], None),
        ([0.0, 1.0], [0.0, 0.0], None),
        ([0.0, 1.0], [1.0, 1.0], -0.1),
    ],
)
def test_refused_curves(times, rate, tail):
    with pytest.raises(ValueError, match="expected"):
        g_factor_numeric(times, rate, 2.8, tail_rate_per_s=tail)


def test_refused_exponentials():
    with pytest.raises(ValueError, match="positive rates"):
        g_factor([1.0], [0.0], 2.8)
    with pytest.raises(ValueError, match="positive integral"):
        g_factor([-1.0], [0.1], 2.8)
    with pytest.raises(InputError, match="tail"):
        curve_g_factor(curve(times_s=(0.0, 1.0), activities_bq=(0.0, 1.0)), exact(2.8))
