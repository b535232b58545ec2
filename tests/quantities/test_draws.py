"""Draws by source: the same error wherever a source acts, and the distribution that the interval is of."""

import math

import numpy as np
import pytest
from scipy.stats import kstest, lognorm, t

from hevesy.quantities import Draws, Uncertain, drawn, interval95, multiply_powers, probability_above
from hevesy.quantities.distribution import density

DRAWS = Draws(seed=7, samples=4000)
FIRST = [0.10642832662102003, 0.08163872185219292, 0.24662818430253197]


def test_numbers_depend_on_seed_and_source_alone():
    again = Draws(seed=7, samples=4000)
    assert np.array_equal(DRAWS.normal("calibration:camera"), again.normal("calibration:camera"))
    assert not np.array_equal(DRAWS.normal("calibration:camera"), Draws(8, 4000).normal("calibration:camera"))
    sources = ["calibration:camera", "volume:Liver", "volume:Spleen", "counts:Liver@1", "counts:Liver@2"]
    correlations = np.corrcoef([DRAWS.normal(source) for source in sources]) - np.eye(5)
    assert np.abs(correlations).max() < 4.0 / math.sqrt(4000)


def test_these_numbers_stay_what_they_are():
    # Philox counts: the same on every machine and with every version
    assert Draws(1, 200).uniform("volume:Liver")[:3] == pytest.approx(FIRST, abs=1e-15)


def test_one_number_in_every_stratum():
    uniform = np.sort(DRAWS.uniform("volume:Liver"))
    assert np.array_equal(np.floor(uniform * 4000), np.arange(4000))


def test_drawn_is_the_distribution_of_the_interval():
    estimate = Uncertain(5.0, {"volume:Liver": 1.2, "calibration:camera": -0.9})
    values = drawn(estimate, DRAWS)
    spread = math.sqrt(math.log1p(estimate.relative_standard_uncertainty**2))
    assert kstest(values, lognorm(spread, scale=5.0).cdf).pvalue > 0.01
    assert np.quantile(values, [0.025, 0.975]) == pytest.approx(interval95(estimate), rel=0.03)


def test_opposite_effects_of_one_source_cancel():
    activity = Uncertain(2.0, {"volume:Liver": 0.2})
    s_value = Uncertain(3.0, {"volume:Liver": -0.3})
    product = drawn(activity, DRAWS) * drawn(s_value, DRAWS)
    assert product == pytest.approx(6.0, rel=1e-12)
    assert multiply_powers((activity, 1.0), (s_value, 1.0)).standard_uncertainty == pytest.approx(0.0, abs=1e-12)


def test_student_scale():
    values = DRAWS.normal("scatter:Liver@0") * DRAWS.student("scatter:Liver", 4.0)
    assert kstest(values, t(4.0).cdf).pvalue > 0.01


@pytest.mark.parametrize(("seed", "samples"), [(-1, 1000), (1, 10), (1, 10**6)])
def test_refused(seed, samples):
    with pytest.raises(ValueError, match="expected 200 to 100000 draws"):
        Draws(seed, samples)


def test_nothing_is_drawn_about_zero():
    with pytest.raises(ValueError, match="a positive value"):
        drawn(Uncertain(0.0, {"volume:Liver": 1.0}), DRAWS)


def test_probability_is_that_of_the_draws():
    estimate = Uncertain(20.0, {"calibration:camera": 3.0, "fit:Liver": 2.0})
    for limit in (15.0, 20.0, 23.0, 30.0):
        assert probability_above(estimate, limit) == pytest.approx(np.mean(drawn(estimate, DRAWS) > limit), abs=0.01)
    assert probability_above(estimate, 20.0) == pytest.approx(0.5)
    assert probability_above(estimate, interval95(estimate)[1]) == pytest.approx(0.025)


def test_probability_without_uncertainty():
    assert [probability_above(Uncertain(v), 2.0) for v in (0.0, 1.9, 2.0, 2.1)] == [0.0, 0.0, 0.0, 1.0]
    with pytest.raises(ValueError, match="positive threshold"):
        probability_above(Uncertain(1.0), 0.0)
    with pytest.raises(ValueError, match="positive value with its uncertainty"):
        probability_above(Uncertain(0.0, {"fit:Liver": 1.0}), 2.0)


def test_density_integrates_to_the_probability():
    estimate = Uncertain(20.0, {"fit:Liver": 5.0})
    at = np.linspace(23.0, 120.0, 20001)
    whole = np.trapezoid([density(estimate, float(x)) for x in at], at)
    assert whole == pytest.approx(probability_above(estimate, 23.0), abs=1e-5)
