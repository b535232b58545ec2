"""Log-normals from printed numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from hevesy.numerics.log_normal import even_points, expected_range, from_mean, log_deviation, log_deviation_from_range


@given(st.floats(0.1, 500.0), st.floats(0.01, 2.0))
def test_mean_and_standard_deviation_come_back(mean, relative):
    median, deviation = from_mean(mean, relative * mean)
    found = lognorm(deviation, scale=median)
    assert found.mean() == pytest.approx(mean, rel=1e-9)
    assert found.std() == pytest.approx(relative * mean, rel=1e-9)


@pytest.mark.parametrize(("n", "expected"), [(2, 1.128), (5, 2.326), (10, 3.078), (20, 3.735), (25, 3.931)])
def test_expected_range_is_that_of_control_charts(n, expected):
    """d2 of tables of control charts (three decimals)."""
    assert expected_range(n) == pytest.approx(expected, abs=6e-4)


def test_spread_from_a_range():
    rng = np.random.default_rng(1)
    logs = 0.4 * rng.standard_normal((4000, 20))
    found = [log_deviation_from_range(math.exp(min(row)), math.exp(max(row)), 20) for row in logs]
    assert np.mean(found) == pytest.approx(0.4, rel=0.01)
    assert np.std(found) / 0.4 == pytest.approx(0.2, abs=0.03)  # what the docstring says


@pytest.mark.parametrize("wrong", [(0.0, 1.0), (1.0, -1.0)])
def test_what_is_no_spread_is_refused(wrong):
    with pytest.raises(ValueError, match="positive mean"):
        from_mean(*wrong)
    with pytest.raises(ValueError, match="positive range"):
        log_deviation_from_range(*wrong, 20)


def test_even_points_are_quantiles_and_are_cut():
    points = even_points(50.0, 0.3)
    assert np.median(points) == pytest.approx(50.0, rel=1e-6)
    assert np.std(np.log(points)) == pytest.approx(0.3, rel=2e-3)
    cut = even_points(50.0, 0.3, upper=60.0)
    assert cut.max() < 60.0
    assert np.mean(cut < 40.0) == pytest.approx(np.mean(points < 40.0) / np.mean(points < 60.0), abs=1e-3)
    assert np.all(even_points(50.0, 0.0) == 50.0)


def test_log_deviation_is_that_of_the_interval():
    assert log_deviation(0.2) == pytest.approx(math.sqrt(math.log(1.04)), rel=1e-15)
