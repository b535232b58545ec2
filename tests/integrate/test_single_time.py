"""One scan: identities of mono-exponentials, and what a half-life does not say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import Scatter, fit_curve, haenscheid_estimate, haenscheid_ratio
from hevesy.integrate.single_time import half_life_factor, half_life_spread, log_normal_u
from hevesy.quantities import Uncertain, exact, interval95

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
FIVE = Scatter(0.05, 4.0)


def one(hours, activity=1e8, u=0.02):
    point = MeasuredActivity(
        hours * HOUR, Uncertain(activity, {"counts:K@1": u * activity, "calibration:s": 0.03 * activity})
    )
    return TimeActivityCurve("K", (point,))


def codes(fitted):
    return [code for code, _, why in fitted.candidates if why]


def mono(activity_at_zero, half_life_h, hours):
    return activity_at_zero * 2.0 ** (-hours / half_life_h)


@given(st.floats(0.02, 8.0), st.floats(5.0, 159.0))
def test_known_half_life_is_exact_for_a_mono_exponential(half_lives, half_life_h):
    hours = half_lives * half_life_h
    curve = one(hours, mono(3e8, half_life_h, hours))
    found = fit_curve(curve, physical_half_life_s=PHYSICAL, model="mono", fixed_half_life_s=exact(half_life_h * HOUR))
    assert found.time_integrated_activity.value == pytest.approx(3e8 * half_life_h * HOUR / math.log(2.0), rel=1e-12)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1.0, 1.0),
        (2.0, 1.0),
        (1.0 / math.log(2.0), 2.0 / (math.e * math.log(2.0))),
        (0.75, 1.5 * 2.0**-0.75),
        (2.5, 5.0 * 2.0**-2.5),
    ],
)
def test_haenscheid_ratio_in_closed_form(x, expected):
    assert float(haenscheid_ratio(x)) == pytest.approx(expected, rel=1e-12)
    half_life = 50.0
    curve = one(x * half_life, mono(3e8, half_life, x * half_life))
    found = haenscheid_estimate(curve, FIVE, longest_s=PHYSICAL)
    exact_integral = 3e8 * half_life * HOUR / math.log(2.0)
    assert found.time_integrated_activity.value / exact_integral == pytest.approx(expected, rel=1e-12)


def test_haenscheid_ratio_has_the_published_digits():
    assert float(haenscheid_ratio(1.0 / math.log(2.0))) == pytest.approx(1.0615, abs=5e-5)
    assert float(haenscheid_ratio(0.75)) == pytest.approx(0.892, abs=5e-4)
    assert float(haenscheid_ratio(2.5)) == pytest.approx(0.884, abs=5e-4)
    x = np.linspace(0.01, 10.0, 10001)
    assert haenscheid_ratio(x).max() <= 2.0 / (math.e * math.log(2.0)) + 1e-15


def test_haenscheid_knows_where_it_holds():
    known = Uncertain(50.0 * HOUR, {"half-life:K": 4.0 * HOUR})
    wide = Uncertain(50.0 * HOUR, {"half-life:K": 25.0 * HOUR})
    sure = haenscheid_estimate(one(72.0), FIVE, longest_s=PHYSICAL, expected_half_life_s=known)
    assert codes(sure) == []
    doubtful = haenscheid_estimate(one(72.0), FIVE, longest_s=PHYSICAL, expected_half_life_s=wide)
    assert codes(doubtful) == ["haenscheid-outside-validity"]
    unsaid = haenscheid_estimate(one(72.0), FIVE, longest_s=PHYSICAL)
    assert codes(unsaid) == ["haenscheid-validity-unchecked"]
    for hours in (24.0, 168.0):
        with pytest.raises(RegionFinding, match=r"outside 0\.75 to 2\.5"):
            haenscheid_estimate(one(hours), FIVE, longest_s=PHYSICAL, expected_half_life_s=known)
    with pytest.raises(RegionFinding, match=r"later than 2\.5"):
        haenscheid_estimate(one(400.0), FIVE, longest_s=PHYSICAL)


def test_haenscheid_error_of_the_model_grows_with_what_may_be():
    def u(spread):
        expected = Uncertain(50.0 * HOUR, {"half-life:K": spread * HOUR})
        return haenscheid_estimate(one(100.0, u=0.05), FIVE, longest_s=PHYSICAL, expected_half_life_s=expected)

    parts = [u(spread).time_integrated_activity.components["fit:K"] for spread in (2.0, 8.0, 16.0)]
    assert parts == sorted(parts)
    assert parts[0] < parts[-1]


def test_half_life_hardly_matters_at_its_minimum_but_not_nothing():
    period = Uncertain(50.0 * HOUR, {"half-life:K": 10.0 * HOUR})
    at_minimum = 50.0 / math.log(2.0) * HOUR
    assert float(half_life_factor(at_minimum, period.value)) == pytest.approx(math.e * at_minimum, rel=1e-12)
    spread = half_life_spread(at_minimum, period)
    assert 0.02 < spread < 0.06
    found = fit_curve(one(50.0 / math.log(2.0)), physical_half_life_s=PHYSICAL, model="mono", fixed_half_life_s=period)
    assert found.time_integrated_activity.components.get("half-life:K", 0.0) == pytest.approx(0.0, abs=1e-3)
    assert half_life_spread(4.0 * HOUR, period) == pytest.approx(0.2 * (1 - math.log(2) * 0.08), rel=0.06)


@pytest.mark.parametrize("hours", [4.0, 24.0, 72.0, 96.0, 168.0])
def test_interval_holds_the_half_lives_that_may_be(hours):
    """No other source: 95 % of patients with log-normal half-lives lie within the interval."""
    rng = np.random.default_rng(5)
    period = Uncertain(50.0 * HOUR, {"half-life:K": 15.0 * HOUR})
    logs = math.log(50.0) + math.sqrt(math.log1p(0.09)) * rng.standard_normal(40000)
    truth = half_life_factor(hours * HOUR, np.exp(logs[logs < math.log(159.5)]) * HOUR)
    middle = float(half_life_factor(hours * HOUR, period.value))
    low, high = interval95(Uncertain(middle, {"fit:K": middle * half_life_spread(hours * HOUR, period)}))
    assert np.mean((truth >= low) & (truth <= high)) == pytest.approx(0.95, abs=0.012)


def test_log_normal_u_of_a_log_normal_is_its_own():
    rng = np.random.default_rng(6)
    assert log_normal_u(np.exp(0.2 * rng.standard_normal(200000))) == pytest.approx(
        math.sqrt(math.expm1(0.04)), rel=0.01
    )


def test_a_half_life_hardly_known_gives_no_value():
    vague = Uncertain(20.0 * HOUR, {"half-life:K": 30.0 * HOUR})
    with pytest.raises(RegionFinding, match="too little is known"):
        fit_curve(one(168.0), physical_half_life_s=PHYSICAL, model="mono", fixed_half_life_s=vague)
