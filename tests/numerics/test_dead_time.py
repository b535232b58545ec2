"""Count losses: closed forms, simulated detectors, and what a measured curve tells."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.dead_time import (
    amplification,
    factor_by_dead_time,
    largest_observed_rate,
    observed_rate,
    observed_slope,
    true_rate,
)
from hevesy.numerics.dead_time_fit import CurvePoints, fit_dead_time

TAU = 1.5e-6
MODELS = ("paralysable", "non-paralysable")


@pytest.mark.parametrize(
    ("model", "observed"),
    [
        # n τ = 0.3: m = 2e5 e^-0.3 and m = 2e5 / 1.3
        ("paralysable", 148163.644136),
        ("non-paralysable", 153846.153846),
    ],
)
def test_closed_forms(model, observed):
    assert observed_rate(np.array([2e5]), TAU, model)[0] == pytest.approx(observed, rel=1e-11)
    assert true_rate(np.array([observed]), TAU, model)[0] == pytest.approx(2e5, rel=1e-10)


@given(x=st.floats(1e-9, 0.95), tau=st.floats(1e-8, 1e-4), model=st.sampled_from(MODELS))
def test_the_inverse_finds_the_true_rate_of_the_lower_branch(x, tau, model):
    n = np.array([x / tau])
    found = true_rate(observed_rate(n, tau, model), tau, model)
    assert found[0] == pytest.approx(n[0], rel=1e-8)


def test_the_upper_branch_is_never_taken():
    upper = np.array([1.6 / TAU])
    found = true_rate(observed_rate(upper, TAU, "paralysable"), TAU, "paralysable")[0]
    assert found * TAU < 1.0
    assert observed_rate(np.array([found]), TAU, "paralysable")[0] == pytest.approx(
        observed_rate(upper, TAU, "paralysable")[0], rel=1e-12
    )


@pytest.mark.parametrize("model", MODELS)
def test_rates_that_no_detector_shows_are_refused(model):
    limit = largest_observed_rate(TAU, model)
    expected = {"paralysable": 1 / (math.e * TAU), "non-paralysable": 1 / TAU}[model]
    assert limit == pytest.approx(expected, rel=1e-15)
    for rate in (limit, -1.0, math.nan):
        with pytest.raises(ValueError, match="observed rates"):
            true_rate(np.array([rate]), TAU, model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("x", [0.05, 0.3, 0.6])
def test_derivatives_are_those_of_the_inverse(model, x):
    n = np.array([x / TAU])
    m = observed_rate(n, TAU, model)
    step = 1e-5

    def log_true(scale, tau):
        return math.log(true_rate(m * scale, tau, model)[0])

    by_rate = (log_true(1 + step, TAU) - log_true(1 - step, TAU)) / (math.log1p(step) - math.log1p(-step))
    by_tau = (log_true(1.0, TAU * (1 + step)) - log_true(1.0, TAU * (1 - step))) / (2 * step * TAU)
    slope = (observed_rate(n * (1 + step), TAU, model) - observed_rate(n * (1 - step), TAU, model)) / (2 * step * n)
    assert amplification(n, TAU, model)[0] == pytest.approx(by_rate, rel=1e-7)
    assert factor_by_dead_time(n, TAU, model)[0] == pytest.approx(by_tau, rel=1e-7)
    assert observed_slope(n, TAU, model)[0] == pytest.approx(slope[0], rel=1e-7)


def recorded(times, tau, model):
    """How many events a detector records, event by event."""
    if model == "paralysable":
        return 1 + int(np.count_nonzero(np.diff(times) > tau))
    count, free_at = 0, -1.0
    for time in times:
        if time >= free_at:
            count, free_at = count + 1, time + tau
    return count


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("x", [0.1, 0.5, 1.5])
def test_a_simulated_detector_shows_the_observed_rate(model, x):
    """200 000 events of a Poisson process; agreement within 4.5 standard uncertainties of the recorded number."""
    rng = np.random.default_rng(7)
    times = np.cumsum(rng.exponential(TAU / x, 200_000))
    rate = recorded(times, TAU, model) / times[-1]
    expected = observed_rate(np.array([x / TAU]), TAU, model)[0]
    assert rate == pytest.approx(expected, rel=4.5 / math.sqrt(expected * times[-1]))


def curve(model, rng=None, *, k=1.0, u=0.002, x_u=0.003, rates=None):
    n = np.linspace(1e4, 2.5e5, 12) if rates is None else rates
    m, x = observed_rate(n, TAU, model), n / k
    noise = np.zeros((2, n.size)) if rng is None else rng.standard_normal((2, n.size))
    return CurvePoints(x * (1 + x_u * noise[0]), x_u * x, m * (1 + u * noise[1]), u * m)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("k", [1.0, 9.3e-6])
def test_a_curve_without_noise_gives_its_dead_time_back(model, k):
    fit = fit_dead_time(curve(model, k=k), model, free_sensitivity=k != 1.0)
    assert fit.dead_time_s == pytest.approx(TAU, rel=1e-6)
    assert fit.sensitivity == pytest.approx(k, rel=1e-6)
    assert fit.chi_square < 1e-6
    assert fit.degrees_of_freedom == (12 - (1 if k == 1.0 else 2))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("free", [False, True])
def test_the_stated_uncertainty_is_that_of_the_dead_time(model, free):
    """Errors over their standard uncertainty in 300 curves: mean within 4 sigma of 0, spread 0.8 to 1.15.

    Scaling up only (Birge) makes the spread a little smaller than 1.
    """
    rng = np.random.default_rng(3)
    k = 9.3e-6 if free else 1.0
    fits = [fit_dead_time(curve(model, rng, k=k), model, free_sensitivity=free) for _ in range(300)]
    errors = np.array([(f.dead_time_s - TAU) / f.standard_uncertainty_s for f in fits])
    assert abs(errors.mean()) < 4 / math.sqrt(300)
    assert 0.8 < errors.std() < 1.15


def test_scatter_beyond_what_is_stated_widens_the_uncertainty():
    rng = np.random.default_rng(5)
    honest = curve("paralysable", rng, u=0.01, x_u=0.0)
    bold = CurvePoints(honest.x, honest.x_u, honest.observed, honest.observed_u / 10)
    wide, narrow = (fit_dead_time(points, "paralysable", free_sensitivity=False) for points in (honest, bold))
    assert narrow.chi_square == pytest.approx(100 * wide.chi_square, rel=1e-3)
    assert narrow.standard_uncertainty_s == pytest.approx(
        wide.standard_uncertainty_s * math.sqrt(wide.chi_square / wide.degrees_of_freedom), rel=0.05
    )


def test_curves_that_determine_nothing_are_refused():
    low = curve("paralysable", np.random.default_rng(1), rates=np.linspace(50.0, 500.0, 8))
    with pytest.raises(ValueError, match="do not stand out"):
        fit_dead_time(low, "paralysable", free_sensitivity=True)
    with pytest.raises(ValueError, match="too few"):
        fit_dead_time(curve("paralysable", rates=np.array([1e4, 1e5])), "paralysable", free_sensitivity=False)
    broken = CurvePoints(np.array([1.0, 2.0, -3.0]), np.zeros(3), np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="positive"):
        fit_dead_time(broken, "paralysable", free_sensitivity=False)
