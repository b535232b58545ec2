"""Sums of exponentials: values, integrals, derivatives, fits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime, least_squares

from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import fit_again, fit_exponentials, jacobian

PHYSICAL = np.log(2.0) / 159.5
MODEL = {m.name: m for m in ex.MODELS}
TRUTH = {
    "mono": ([0.8, 0.009], 2),
    "uptake-mono": ([0.8, 0.009, 0.3], 3),
    "bi": ([0.6, 0.4, 0.006, 0.06], 4),
    "uptake-bi": ([0.6, 0.4, 0.006, 0.04, 0.5], 5),
    "tri": ([0.5, 0.3, 0.2, 0.006, 0.04, 0.3], 6),
    "uptake-tri": ([0.5, 0.3, 0.2, 0.006, 0.04, 0.2, 1.0], 7),
}
TIMES = np.array([1.0, 4.0, 8.0, 24.0, 48.0, 96.0, 168.0])


@pytest.mark.parametrize("name", TRUTH)
def test_number_of_parameters_and_zero_start_with_uptake(name):
    x, n = TRUTH[name]
    amplitudes, _rates = ex.amplitudes_and_rates(MODEL[name], np.array(x), PHYSICAL)
    assert MODEL[name].n_parameters == n == len(x)
    if MODEL[name].has_uptake:
        assert amplitudes.sum() == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("until", [50.0, np.inf])
def test_integral_is_that_of_the_values(name, until):
    amplitudes, rates = ex.amplitudes_and_rates(MODEL[name], np.array(TRUTH[name][0]), PHYSICAL)
    numeric = quad(lambda t: ex.values(amplitudes, rates, np.array([t]))[0], 0, min(until, 6000.0), limit=400)[0]
    assert ex.integral(amplitudes, rates, until) == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("until", [50.0, np.inf])
def test_integral_gradient_is_its_derivative(name, until):
    amplitudes, rates = ex.amplitudes_and_rates(MODEL[name], np.array(TRUTH[name][0]), PHYSICAL)
    both = np.concatenate([amplitudes, rates])
    m = rates.size
    numeric = approx_fprime(both, lambda z: ex.integral(z[:m], z[m:], until), 1e-8)
    np.testing.assert_allclose(ex.integral_gradient(amplitudes, rates, until), numeric, rtol=1e-4)


@pytest.mark.parametrize("name", [name for name in TRUTH if "tri" not in name])
def test_exact_recovery_of_noiseless_curves(name):
    x = np.array(TRUTH[name][0])
    amplitudes, rates = ex.amplitudes_and_rates(MODEL[name], x, PHYSICAL)
    y = ex.values(amplitudes, rates, TIMES)
    fit = fit_exponentials(MODEL[name], TIMES, y, 0.05 * y, PHYSICAL)
    np.testing.assert_allclose(fit.amplitudes, amplitudes, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.rates, rates, rtol=1e-8)
    assert fit.chi_square < 1e-18
    assert fit.degrees_of_freedom == TIMES.size - len(x)


def test_jacobian_is_the_derivative_of_the_values():
    x = np.array(TRUTH["uptake-bi"][0])
    amplitudes, rates = ex.amplitudes_and_rates(MODEL["uptake-bi"], x, PHYSICAL)
    y = ex.values(amplitudes, rates, TIMES)
    fit = fit_exponentials(MODEL["uptake-bi"], TIMES, y, 0.05 * y, PHYSICAL)

    def at(z):
        return ex.values(*ex.amplitudes_and_rates(MODEL["uptake-bi"], z, PHYSICAL), TIMES)

    numeric = np.array([approx_fprime(fit.parameters, lambda z, i=i: at(z)[i], 1e-8) for i in range(TIMES.size)])
    np.testing.assert_allclose(jacobian(fit, TIMES), numeric, rtol=1e-5, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.05, 1.0), min_size=4, max_size=4),
    st.sampled_from(["mono", "uptake-mono", "bi"]),
    st.floats(1e-3, 1e9),
)
def test_no_rate_is_below_decay_and_the_fit_scales_with_the_data(activities, name, scale):
    times, y = np.array([4.0, 24.0, 96.0, 168.0]), np.array(activities)
    fit = fit_exponentials(MODEL[name], times, y, 0.05 * y, PHYSICAL)
    assert (fit.rates >= PHYSICAL).all()
    assert (ex.values(fit.amplitudes, fit.rates, np.linspace(0, 500, 50)) >= -1e-9).all()
    larger = fit_exponentials(MODEL[name], times, scale * y, 0.05 * scale * y, PHYSICAL)
    assert larger.chi_square == pytest.approx(fit.chi_square, rel=1e-6, abs=1e-9)


def test_the_bound_of_physical_decay_is_reached_exactly():
    y = np.exp(-0.5 * PHYSICAL * TIMES)
    fit = fit_exponentials(MODEL["mono"], TIMES, y, 0.05 * y, PHYSICAL)
    assert fit.rates[0] == PHYSICAL
    assert fit.without_washout
    assert not fit.free[1]


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="at least 4 points"):
        fit_exponentials(MODEL["bi"], TIMES[:3], np.ones(3), np.ones(3), PHYSICAL)


@pytest.mark.parametrize("name", ["mono", "uptake-mono"])
def test_noisy_fit_is_at_least_as_good_as_scipys(name):
    rng = np.random.default_rng(8)
    model = MODEL[name]
    for _ in range(10):
        truth = ex.values(*ex.amplitudes_and_rates(model, np.array(TRUTH[name][0]), PHYSICAL), TIMES)
        y = truth * (1 + 0.1 * rng.standard_normal(TIMES.size))
        fit = fit_exponentials(model, TIMES, y, 0.1 * y, PHYSICAL)

        def residuals(x, y=y):
            return (y - ex.values(*ex.amplitudes_and_rates(model, x, PHYSICAL), TIMES)) / (0.1 * y)

        other = least_squares(residuals, np.array(TRUTH[name][0]), bounds=(0, np.inf), x_scale="jac", xtol=1e-12)
        assert fit.chi_square <= 2 * other.cost * (1 + 1e-6)


@pytest.mark.parametrize("name", ["tri", "uptake-tri"])
def test_three_phases_have_the_right_integral(name):
    """Their parameters are all but free along a valley; the integral is not."""
    times = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 48.0, 96.0, 168.0, 240.0])
    amplitudes, rates = ex.amplitudes_and_rates(MODEL[name], np.array(TRUTH[name][0]), PHYSICAL)
    y = ex.values(amplitudes, rates, times)
    fit = fit_exponentials(MODEL[name], times, y, 0.05 * y, PHYSICAL)
    assert fit.chi_square < 1e-3
    assert ex.integral(fit.amplitudes, fit.rates) == pytest.approx(ex.integral(amplitudes, rates), rel=1e-3)


@pytest.mark.parametrize("name", ["mono", "uptake-mono", "bi", "uptake-bi"])
@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_no_other_start_finds_a_better_minimum(name, seed):
    """Better by what would matter: a hundredth where 6.6 decides between models. Two rates that meet form a valley."""
    rng, model = np.random.default_rng(seed), MODEL[name]
    truth = ex.values(*ex.amplitudes_and_rates(model, np.array(TRUTH[name][0]), PHYSICAL), TIMES)
    y = truth * (1 + 0.05 * rng.standard_normal(TIMES.size))
    fit = fit_exponentials(model, TIMES, y, 0.05 * truth, PHYSICAL)
    for _ in range(5):
        start = fit.parameters * np.exp(rng.uniform(-2.0, 2.0, fit.parameters.size)) + 1e-4
        other = fit_again(replace(fit, parameters=start), TIMES, y, 0.05 * truth, PHYSICAL)
        assert other.chi_square >= fit.chi_square - 0.01
