"""Posteriors against closed forms and quadrature."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.numerics.log_normal_posterior import (
    LogData,
    laplace,
    log_density,
    sample_posterior,
    weighted_quantiles,
    with_flat,
)

SLOPE = np.array([[1.0, -0.5, 0.0], [1.0, -2.0, 0.3]])
MEAN = np.array([2.0, -1.0, 0.5])
COVARIANCE = np.array([[0.3, 0.05, 0.0], [0.05, 0.2, -0.04], [0.0, -0.04, 0.1]])
NOISE = np.array([[0.02, 0.01], [0.01, 0.03]])


def linear(theta):
    return theta @ SLOPE.T, np.broadcast_to(SLOPE, (*theta.shape[:-1], 2, 3))


def decaying(theta):
    """Logarithm of a exp(-(k + 0.1) t) at t = 3, in log a and log k."""
    rate = np.exp(theta[..., 1])
    slope = np.stack([np.ones_like(rate), -3.0 * rate], axis=-1)
    return (theta[..., :1] - 3.0 * (rate[..., None] + 0.1)), slope[..., None, :]


class AtThree:
    """The logarithm of the activity at t = 3 for that of the amplitude."""

    def forward(self, theta):
        logs, slope = decaying(theta)
        return np.array([logs[0], theta[1]]), np.vstack([slope, [0.0, 1.0]])

    def back(self, coordinates):
        theta = coordinates.copy()
        theta[..., 0] += 3.0 * (np.exp(coordinates[..., 1]) + 0.1)
        return theta


def exact():
    precision = np.linalg.inv(COVARIANCE) + SLOPE.T @ np.linalg.inv(NOISE) @ SLOPE
    return np.linalg.inv(precision)


def test_linear_problem_is_exact():
    data = LogData(np.array([3.1, 4.4]), NOISE)
    prior = with_flat(MEAN, COVARIANCE, np.zeros(3, dtype=bool))
    found = laplace(linear, data, prior)
    gain = COVARIANCE @ SLOPE.T @ np.linalg.inv(SLOPE @ COVARIANCE @ SLOPE.T + NOISE)
    np.testing.assert_allclose(found.covariance, exact(), rtol=1e-9)
    np.testing.assert_allclose(found.gain, gain, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.mode, MEAN + gain @ (data.values - SLOPE @ MEAN), rtol=1e-9)


def test_draws_have_the_moments_of_the_linear_problem():
    data = LogData(np.array([3.1, 4.4]), NOISE)
    prior = with_flat(MEAN, COVARIANCE, np.zeros(3, dtype=bool))
    about = laplace(linear, data, prior)
    sample = sample_posterior(linear, data, prior, about)
    mean = sample.weights @ sample.draws
    apart = sample.draws - mean
    np.testing.assert_allclose(mean, about.mode, atol=0.01)
    np.testing.assert_allclose(apart.T @ (sample.weights[:, None] * apart), exact(), atol=0.004)
    assert 0.4 * 4096 < sample.effective_size < 4096
    low, high = weighted_quantiles(sample.draws[:, 1], sample.weights, np.array([0.025, 0.975]))
    spread = 1.96 * math.sqrt(exact()[1, 1])
    assert (low, high) == pytest.approx((about.mode[1] - spread, about.mode[1] + spread), abs=0.02)


def test_the_same_seed_draws_the_same():
    data, prior = LogData(np.array([3.1, 4.4]), NOISE), with_flat(MEAN, COVARIANCE, np.zeros(3, dtype=bool))
    about = laplace(linear, data, prior)
    one, two = (sample_posterior(linear, data, prior, about) for _ in range(2))
    assert np.array_equal(one.draws, two.draws)
    assert not np.array_equal(one.draws, sample_posterior(linear, data, prior, about, seed=9).draws)


def test_a_flat_parameter_follows_the_data_alone():
    data = LogData(np.array([1.7]), np.array([[0.0025]]))
    flat = np.array([True, False])
    prior = with_flat(np.array([0.0, -2.0]), np.diag([0.0, 0.16]), flat)
    found = laplace(decaying, data, prior)
    assert found.mode[1] == pytest.approx(-2.0, abs=1e-6)
    assert found.mode[0] == pytest.approx(1.7 + 3.0 * (math.exp(-2.0) + 0.1), abs=1e-6)
    assert found.gain[0, 0] == pytest.approx(1.0, rel=1e-9)
    with pytest.raises(ValueError, match="undetermined"):
        laplace(decaying, data, with_flat(np.zeros(2), np.diag([0.0, 0.16]), np.array([True, True])))


def test_skewed_posterior_agrees_with_quadrature():
    """One scan, flat amplitude: the integral is y exp(3 (k + 0.1)) / (k + 0.1) with a log-normal k."""
    data = LogData(np.array([1.7]), np.array([[1e-6]]))
    prior = with_flat(np.array([0.0, -1.0]), np.diag([0.0, 0.36]), np.array([True, False]))
    sample = sample_posterior(decaying, data, prior, laplace(decaying, data, prior), coordinates=AtThree())
    rates = np.exp(sample.draws[:, 1]) + 0.1
    logs = sample.draws[:, 0] - np.log(rates)

    def log_integral(z):
        rate = math.exp(-1.0 + 0.6 * z) + 0.1
        return 1.7 + 3.0 * rate - math.log(rate)

    def moment(power):
        weight = lambda z: math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)  # noqa: E731
        return quad(lambda z: log_integral(z) ** power * weight(z), -8.0, 8.0)[0]

    mean = sample.weights @ logs
    assert mean == pytest.approx(moment(1), rel=2e-3)
    assert sample.weights @ (logs - mean) ** 2 == pytest.approx(moment(2) - moment(1) ** 2, rel=0.03)


def test_nothing_above_the_limit():
    data = LogData(np.array([1.7]), np.array([[0.04]]))
    upper = np.array([2.5, np.inf])
    prior = with_flat(np.array([0.0, -1.0]), np.diag([0.0, 0.36]), np.array([True, False]), upper)
    about = laplace(decaying, data, prior)
    sample = sample_posterior(decaying, data, prior, about)
    assert about.mode[0] <= 2.5
    assert sample.draws[sample.weights > 0, 0].max() <= 2.5
    assert log_density(decaying, data, prior, np.array([2.6, -1.0])) == -np.inf


def test_a_direction_without_spread_is_no_singularity():
    singular = np.outer([0.3, 0.2, 0.1], [0.3, 0.2, 0.1])
    prior = with_flat(MEAN, singular, np.zeros(3, dtype=bool))
    found = laplace(linear, LogData(np.array([3.1, 4.4]), NOISE), prior)
    assert np.all(np.isfinite(found.covariance))
    assert np.linalg.eigvalsh(found.covariance)[0] >= 0.0
