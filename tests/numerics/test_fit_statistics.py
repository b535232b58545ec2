"""Choice of models and uncertainty of fits."""

import math

import numpy as np
import pytest

from hevesy.numerics.fit_uncertainty import Scatter, between_scan_scatter, coverage_factor, sensitivity
from hevesy.numerics.model_choice import aic_known_errors, aicc, akaike_weights, significantly_better


def test_aicc_does_not_exist_for_four_points():
    assert [aicc(1.0, 4, p) for p in (2, 3, 4)] == [None, None, None]
    assert aicc(1.0, 5, 2) is not None
    assert aicc(1.0, 5, 3) is None


def test_aicc_by_hand():
    # n = 8, two parameters and the scale: 8 ln(4/8) + 6 + 24/4
    assert aicc(4.0, 8, 2) == pytest.approx(8 * math.log(0.5) + 6 + 6, rel=1e-12)


def test_perfect_data_choose_the_simpler_model():
    simple, rich = aicc(1e-25, 8, 2), aicc(1e-29, 8, 3)
    assert simple < rich


def test_likelihood_ratio_at_one_per_cent():
    # 99 % quantiles of chi-square with 1 and 2 degrees of freedom: 6.635 and 9.210 (standard tables)
    assert significantly_better(7.0, 0.3, 1, 0.01)
    assert not significantly_better(7.0, 0.4, 1, 0.01)
    assert not significantly_better(9.2, 0.0, 2, 0.01)
    assert significantly_better(9.3, 0.0, 2, 0.01)


def test_sensitivity_of_a_straight_line_is_its_normal_equations():
    t, u = np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 2.0, 1.0, 0.5])
    slope = np.stack([np.ones(4), t], axis=1)
    linear = sensitivity(slope, u, np.array([True, True]), np.array([False, False]))
    w = np.diag(u**-2)
    expected = np.linalg.inv(slope.T @ w @ slope) @ slope.T @ w
    np.testing.assert_allclose(linear.within_bounds, expected, rtol=1e-12)
    np.testing.assert_allclose(linear.leverage, np.diag(slope @ expected), rtol=1e-12)
    held = sensitivity(slope, u, np.array([True, False]), np.array([False, True]))
    assert np.all(held.within_bounds[1] == 0)
    np.testing.assert_allclose(held.unbounded, expected, rtol=1e-12)


def test_scatter_is_found_in_the_residuals():
    rng = np.random.default_rng(5)
    n, true = 4000, 0.07
    activities = rng.uniform(1.0, 5.0, n)
    residuals = activities * true * rng.standard_normal(n)
    found = between_scan_scatter(
        residuals / (0.05 * activities),
        np.zeros(n),
        0.05 * activities,
        np.full(n, 0.01),
        activities,
        expected=Scatter(0.05, 4.0),
    )
    assert found.relative == pytest.approx(math.sqrt(true**2 - 0.01**2), rel=0.05)
    assert found.degrees_of_freedom == pytest.approx(n + 4)


def test_without_degrees_of_freedom_the_expected_scatter_stays_less_what_is_known():
    one = np.ones(2)
    found = between_scan_scatter(0 * one, one, 0.05 * one, 0.03 * one, one, expected=Scatter(0.05, 4.0))
    assert found.relative == pytest.approx(0.04)
    assert found.degrees_of_freedom == 4.0


def test_coverage_factor_is_students_where_all_is_scatter():
    # t(0.975, 4) = 2.776 (standard tables)
    assert coverage_factor(0.0, 1.0, 4.0) == pytest.approx(2.776445 / 1.959964, rel=1e-6)
    assert coverage_factor(1.0, 0.0, 4.0) == 1.0
    assert 1.0 < coverage_factor(1.0, 1.0, 4.0) < 1.1


def test_akaike_weights_by_hand():
    # differences 0, 2 and 4: shares 1, e^-1 and e^-2
    weights = akaike_weights({"a": 10.0, "b": 12.0, "c": 14.0})
    whole = 1 + math.exp(-1) + math.exp(-2)
    assert weights == pytest.approx({"a": 1 / whole, "b": math.exp(-1) / whole, "c": math.exp(-2) / whole})
    assert akaike_weights({"a": 1e4, "b": 2e4}) == {"a": 1.0, "b": 0.0}
    assert aic_known_errors(3.5, 2) == 7.5
