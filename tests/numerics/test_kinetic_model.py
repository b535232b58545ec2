"""Kinetic models: closed forms, derivatives, limits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, log_values, values

LAMBDA = math.log(2.0) / 159.5
THETA = {
    "mono": [1.0, -4.5],
    "uptake-mono": [1.0, -4.5, -1.2],
    "bi": [1.0, -4.5, -2.0, 0.4],
    "uptake-bi": [1.0, -4.5, -2.0, 0.4, -0.3],
}
TIMES = np.array([0.5, 4.0, 24.0, 96.0, 168.0])


def written_out(name, theta, t):
    """The same curve as a plain sum of exponentials."""
    p = dict(zip(KINETIC_MODELS[name].parameters, theta, strict=True))
    slow = LAMBDA + math.exp(p["log_washout_rate"])
    fast = slow + math.exp(p["log_fast_excess_rate"]) if "log_fast_excess_rate" in p else slow
    share = 1.0 / (1.0 + math.exp(-p["logit_fast_fraction"])) if "logit_fast_fraction" in p else 0.0
    curve = (1.0 - share) * np.exp(-slow * t) + share * np.exp(-fast * t)
    if "log_uptake_excess_rate" in p:
        curve = curve - np.exp(-(fast + math.exp(p["log_uptake_excess_rate"])) * t)
    return math.exp(p["log_amplitude"]) * curve


def slope(function, theta, step=1e-6):
    columns = []
    for k in range(len(theta)):
        high, low = np.array(theta, float), np.array(theta, float)
        high[k] += step
        low[k] -= step
        columns.append((function(high) - function(low)) / (2.0 * step))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("name", KINETIC_MODELS)
def test_values_are_the_sum_of_exponentials(name):
    activity, _ = values(KINETIC_MODELS[name], np.array(THETA[name]), TIMES, LAMBDA)
    np.testing.assert_allclose(activity, written_out(name, THETA[name], TIMES), rtol=1e-12)
    logarithm, _, _ = log_values(KINETIC_MODELS[name], np.array(THETA[name]), TIMES, LAMBDA)
    np.testing.assert_allclose(np.exp(logarithm), activity, rtol=1e-12)


@pytest.mark.parametrize("name", KINETIC_MODELS)
def test_derivatives_are_those_of_differences(name):
    model, theta = KINETIC_MODELS[name], np.array(THETA[name])
    _, gradient = values(model, theta, TIMES, LAMBDA)
    np.testing.assert_allclose(gradient, slope(lambda x: values(model, x, TIMES, LAMBDA)[0], theta), atol=3e-9)
    _, first, second = log_values(model, theta, TIMES, LAMBDA)
    np.testing.assert_allclose(first, slope(lambda x: log_values(model, x, TIMES, LAMBDA)[0], theta), atol=3e-9)
    np.testing.assert_allclose(second, slope(lambda x: log_values(model, x, TIMES, LAMBDA)[1], theta), atol=3e-9)


@pytest.mark.parametrize("until", [72.0, math.inf])
@pytest.mark.parametrize("name", KINETIC_MODELS)
def test_integral_is_that_of_quadrature(name, until):
    model, theta = KINETIC_MODELS[name], np.array(THETA[name])
    whole, gradient = integral(model, theta, LAMBDA, until)
    expected, _ = quad(lambda t: float(written_out(name, theta, t)), 0.0, min(until, 4000.0), limit=400, epsrel=1e-11)
    assert whole == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(
        gradient, slope(lambda x: integral(model, x, LAMBDA, until)[0], theta), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", KINETIC_MODELS)
def test_subjects_are_independent_of_each_other(name):
    model = KINETIC_MODELS[name]
    theta = np.array(THETA[name]) + 0.1 * np.arange(6).reshape(2, 3, 1)
    times = TIMES + np.arange(6).reshape(2, 3, 1)
    together, _ = values(model, theta, times, LAMBDA)
    wholes, _ = integral(model, theta, LAMBDA)
    assert together.shape == (2, 3, 5)
    for i in np.ndindex(2, 3):
        np.testing.assert_array_equal(together[i], values(model, theta[i], times[i], LAMBDA)[0])
        assert wholes[i] == integral(model, theta[i], LAMBDA)[0]


@given(st.sampled_from(sorted(KINETIC_MODELS)), st.lists(st.floats(-6, -0.5), min_size=5, max_size=5))
def test_any_parameters_are_a_curve(name, numbers):
    model = KINETIC_MODELS[name]
    theta = np.array(numbers[: model.n_parameters])
    activity, _ = values(model, theta, TIMES, LAMBDA)
    assert np.all(activity > 0)
    late = values(model, theta, np.array([1000.0, 1000.0 + 159.5]), LAMBDA)[0]
    assert late[1] <= 0.5 * late[0] * (1 + 1e-9) or model.has_uptake  # never outlives the radionuclide


@pytest.mark.parametrize("name", ["uptake-mono", "uptake-bi"])
def test_uptake_begins_at_nothing(name):
    activity, gradient = values(KINETIC_MODELS[name], np.array(THETA[name]), np.array([0.0]), LAMBDA)
    assert activity[0] == 0.0
    assert np.all(np.isfinite(gradient))


def test_fast_uptake_is_none():
    quick = np.array([1.0, -4.5, 20.0])
    np.testing.assert_allclose(
        values(KINETIC_MODELS["uptake-mono"], quick, TIMES, LAMBDA)[0],
        values(KINETIC_MODELS["mono"], quick[:2], TIMES, LAMBDA)[0],
        rtol=1e-12,
    )


def test_wrong_number_of_parameters():
    with pytest.raises(ValueError, match="expected 2 parameters of mono, but 3 came"):
        values(KINETIC_MODELS["mono"], np.zeros(3), TIMES, LAMBDA)
