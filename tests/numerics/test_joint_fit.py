"""Sums of exponentials in several regions, some rates being the same."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import fit_exponentials
from hevesy.numerics.joint_fit import JointProblem, RegionPoints, fit_jointly, fit_jointly_again, joint_jacobian

PHYSICAL = np.log(2.0) / 159.5
MODEL = {m.name: m for m in ex.MODELS}
TIMES = np.array([2.0, 6.0, 24.0, 72.0, 168.0])


def region(model, coefficients, rates, keys, times=TIMES, factors=1.0):
    y = ex.values(model.mixing @ np.array(coefficients), PHYSICAL + np.array(rates), times) * factors
    return RegionPoints(times, y, 0.05 * y, keys)


def kidneys(keys, factors=1.0):
    model = MODEL["uptake-mono"]
    left = region(model, [2.0], [0.009, 0.25], keys[0], factors=factors)
    right = region(model, [1.5], [0.009, 0.25], keys[1], factors=factors)
    return JointProblem(model, (left, right), PHYSICAL)


BOTH = (("w", "u"), ("w", "u"))
UPTAKE = (("wl", "u"), ("wr", "u"))
NONE = (("wl", "ul"), ("wr", "ur"))


@pytest.mark.parametrize(("keys", "n"), [(BOTH, 4), (UPTAKE, 5), (NONE, 6)])
def test_noiseless_regions_are_found_exactly(keys, n):
    fit = fit_jointly(kidneys(keys))
    assert fit.problem.n_parameters == n
    assert fit.chi_square < 1e-16
    for number, amplitude in enumerate((2.0, 1.5)):
        amplitudes, rates = fit.amplitudes_and_rates(number)
        np.testing.assert_allclose(amplitudes, [amplitude, -amplitude], rtol=1e-7)
        np.testing.assert_allclose(rates - PHYSICAL, [0.009, 0.25], rtol=1e-7)
    assert not fit.degenerate


def test_jacobian_is_the_derivative_of_the_values():
    problem = kidneys(UPTAKE)
    fit = fit_jointly(problem)

    def at(x):
        parts = [m @ x for m in problem.maps]
        return np.concatenate([ex.values(p[:2], PHYSICAL + p[2:], TIMES) for p in parts])

    numeric = np.array([approx_fprime(fit.parameters, lambda x, i=i: at(x)[i], 1e-8) for i in range(10)])
    np.testing.assert_allclose(joint_jacobian(fit), numeric, rtol=1e-5, atol=1e-5)


def test_nothing_shared_is_each_region_alone():
    rng = np.random.default_rng(4)
    problem = kidneys(NONE, 1 + 0.03 * rng.standard_normal(5))
    fit = fit_jointly(problem)
    for number, r in enumerate(problem.regions):
        alone = fit_exponentials(MODEL["uptake-mono"], r.times, r.activities, r.weights_u, PHYSICAL)
        np.testing.assert_allclose(fit.amplitudes_and_rates(number)[1], alone.rates, rtol=1e-5)


def test_sharing_supports_what_each_region_alone_does_not():
    model = MODEL["bi"]
    times = np.array([4.0, 24.0, 96.0])
    left = region(model, [1.0, 1.0], [0.006, 0.09], ("slow", "fast"), times)
    right = region(model, [1.0, 0.2], [0.006, 0.09], ("slow", "fast"), times)
    fit = fit_jointly(JointProblem(model, (left, right), PHYSICAL))
    np.testing.assert_allclose(fit.amplitudes_and_rates(0)[1] - PHYSICAL, [0.006, 0.09], rtol=1e-5)


def test_moved_activities_move_the_fit_as_a_new_one():
    problem = kidneys(BOTH)
    moved = [r.activities * (1 + 0.02 * (-1) ** np.arange(5)) for r in problem.regions]
    again = fit_jointly_again(fit_jointly(problem), moved)
    regions = tuple(
        RegionPoints(r.times, y, r.weights_u, r.rate_keys) for r, y in zip(problem.regions, moved, strict=True)
    )
    fresh = fit_jointly(JointProblem(problem.model, regions, PHYSICAL))
    np.testing.assert_allclose(again.parameters, fresh.parameters, rtol=1e-6)


def test_a_rate_that_the_data_want_negative_is_zero():
    model = MODEL["mono"]
    slow = region(model, [1.0], [-0.5 * PHYSICAL], ("w",))
    fit = fit_jointly(JointProblem(model, (slow, slow), PHYSICAL))
    assert fit.amplitudes_and_rates(0)[1][0] == PHYSICAL
    assert not fit.free[-1]


def test_too_few_points_are_refused():
    model = MODEL["bi"]
    few = region(model, [1.0, 1.0], [0.006, 0.09], ("a", "b"), TIMES[:3])
    with pytest.raises(ValueError, match="at least 4 points"):
        fit_jointly(JointProblem(model, (few,), PHYSICAL))
