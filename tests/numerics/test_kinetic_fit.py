"""Many fits at once: exact data, strong priors, and scipy on the same sum of squares."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from hevesy.numerics.kinetic_fit import KineticData, fit_kinetics
from hevesy.numerics.kinetic_model import KINETIC_MODELS, log_values

PHYSICAL = np.log(2.0) / 159.5
TRUTH = {
    "mono": [1.0, np.log(0.01)],
    "uptake-mono": [1.0, np.log(0.01), np.log(0.7)],
    "bi": [1.0, np.log(0.006), np.log(0.08), 0.3],
    "uptake-bi": [1.0, np.log(0.006), np.log(0.08), 0.3, np.log(2.0)],
}
TIMES = np.array([0.5, 2.0, 6.0, 24.0, 48.0, 96.0, 168.0, 240.0])


def data(model, subjects, noise, seed=1):
    theta = np.array(TRUTH[model.name])
    random = np.random.default_rng(seed)
    times = np.tile(TIMES, (subjects, 1))
    exact = log_values(model, np.tile(theta, (subjects, 1)), times, PHYSICAL)[0]
    measured = exact + noise * random.normal(size=exact.shape)
    return theta, KineticData(measured[:, None], times, np.array([max(noise, 0.01)]), PHYSICAL)


@pytest.mark.parametrize("name", list(TRUTH))
def test_exact_data_give_the_parameters(name):
    model = KINETIC_MODELS[name]
    theta, measured = data(model, 5, 0.0)
    start = theta + np.random.default_rng(0).normal(scale=0.5, size=(5, theta.size))
    nothing = np.zeros((theta.size,) * 2)
    found = fit_kinetics([model], measured, theta * 0.0, nothing, start)
    np.testing.assert_allclose(found, np.tile(theta, (5, 1)), atol=1e-4)


@pytest.mark.parametrize("name", ["mono", "bi"])
def test_the_minimum_is_scipys(name):
    model = KINETIC_MODELS[name]
    theta, measured = data(model, 4, 0.1)
    mean, precision = theta + 0.3, np.diag(np.full(theta.size, 3.0))
    found = fit_kinetics([model], measured, mean, precision, np.tile(theta, (4, 1)))
    for k in range(4):

        def residuals(x, k=k):
            off = (
                measured.log_activity[k, 0] - log_values(model, x, TIMES, PHYSICAL)[0]
            ) / measured.standard_deviation[0]
            return np.concatenate([off, np.sqrt(3.0) * (x - mean)])

        best = least_squares(residuals, theta, xtol=1e-14, ftol=1e-14)
        np.testing.assert_allclose(found[k], best.x, atol=2e-4)


def test_a_sure_prior_wins():
    model = KINETIC_MODELS["mono"]
    theta, measured = data(model, 3, 0.05)
    mean = theta + np.array([0.0, 0.5])
    found = fit_kinetics([model], measured, mean, np.diag([0.0, 1e10]), np.tile(mean, (3, 1)))
    np.testing.assert_allclose(found[:, 1], mean[1], atol=1e-5)


def test_regions_inform_each_other():
    """Two regions whose washout rates are the same in the prior: the one of many scans decides for both."""
    model = KINETIC_MODELS["mono"]
    theta = np.array([1.0, np.log(0.01)])
    times = np.array([[4.0, 96.0]])
    exact = log_values(model, theta, times, PHYSICAL)[0]
    measured = KineticData(
        np.stack([exact, exact + np.array([[0.0, 0.4]])], axis=1), times, np.array([0.01, 1.0]), PHYSICAL
    )
    tied = np.zeros((4, 4))
    tied[np.ix_([1, 3], [1, 3])] = np.array([[1.0, -1.0], [-1.0, 1.0]]) * 1e6
    found = fit_kinetics([model, model], measured, np.zeros(4), tied, np.tile(theta, 2)[None])
    assert found[0, 3] == pytest.approx(found[0, 1], abs=1e-3)
    assert found[0, 1] == pytest.approx(np.log(0.01), abs=5e-3)
