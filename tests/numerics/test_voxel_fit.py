"""Fits of single voxels: exact on exact data, at scipy's optimum, with the covariance's uncertainty."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.exponential_fit import fit_exponentials
from hevesy.numerics.exponentials import MODELS, integral
from hevesy.numerics.voxel_fit import RISING_BEYOND, _outcome, _variance, fit_voxels
from hevesy.numerics.voxel_fit_cost import cost_at
from hevesy.numerics.voxel_fit_problem import KINDS, problem
from hevesy.numerics.voxel_fit_search import Found
from hevesy.numerics.voxel_status import VoxelStatus

from .voxel_curves import FOUR, RATE, SIX, agreement, noisy_curves

NAMES = tuple(KINDS)


def fit_one(model, times, values, u):
    columns = (np.array(values, dtype=float)[:, None], np.array(u, dtype=float)[:, None])
    found = fit_voxels(model, times, *columns, RATE)
    return found, VoxelStatus(int(found.status[0]))


@pytest.mark.parametrize("times", [FOUR, SIX], ids=["4 scans", "6 scans"])
@pytest.mark.parametrize("model", NAMES)
def test_exact_on_exact_data(model, times):
    slow, fast, size = math.log(2) / 60.0, math.log(2) / 7.0, 3e4
    a, r = {
        "mono": ((size,), (slow,)),
        "uptake-mono": ((size, -size), (slow, fast)),
        "bi": ((0.6 * size, 0.4 * size), (slow, fast)),
    }[model]
    values = np.exp(-np.outer(times, r)) @ np.array(a)
    found, status = fit_one(model, times, values, 0.1 * values)
    assert status is VoxelStatus.FITTED
    assert found.integral[0] == pytest.approx(sum(x / y for x, y in zip(a, r, strict=True)), rel=1e-8)
    assert found.terminal_rate[0] == pytest.approx(slow, rel=1e-7)
    assert found.chi_square[0] < 1e-12


@pytest.mark.parametrize("model", NAMES)
def test_at_the_optimum_of_scipy(model):
    same, worse = agreement(model, FOUR, 20, 0.1, seed=3)
    assert same.size >= 17
    assert same.max() < 1e-6
    assert worse == 0


@pytest.mark.parametrize("model", NAMES)
def test_the_bounds_are_those_of_the_fit_of_a_region(model):
    values, u = noisy_curves(model, 12, FOUR, 0.15, seed=6)
    found = fit_voxels(model, FOUR, values, u, RATE)
    named = next(m for m in MODELS if m.name == model)
    compared = 0
    for v in range(12):
        region = fit_exponentials(named, FOUR, values[:, v], u[:, v], RATE)
        if abs(region.chi_square - found.chi_square[v]) < 1e-7 * max(region.chi_square, 1e-3):
            assert found.integral[v] == pytest.approx(integral(region.amplitudes, region.rates), rel=1e-6)
            compared += 1
        assert found.chi_square[v] <= region.chi_square * (1.0 + 1e-6) + 1e-9
    assert compared >= 9


@pytest.mark.parametrize("model", NAMES)
def test_cost_derivatives(model):
    values, u = noisy_curves(model, 1, SIX, 0.1, seed=8)
    shared = problem(model, SIX, RATE)
    points, room = np.stack([shared.times, values[:, 0], u[:, 0] ** -2.0]), np.empty((2, 6))

    def at(b1, b2):
        return cost_at(shared.kind, points, room, shared.physical_rate + b1, shared.physical_rate + b1 + b2)

    b1, b2, h = 0.9, 6.0, 1e-5
    here = at(b1, b2)
    assert here.g1 == pytest.approx((at(b1 + h, b2).value - at(b1 - h, b2).value) / (2 * h), rel=1e-6)
    assert here.h11 == pytest.approx((at(b1 + h, b2).g1 - at(b1 - h, b2).g1) / (2 * h), rel=1e-6)
    if model != "mono":
        assert here.g2 == pytest.approx((at(b1, b2 + h).value - at(b1, b2 - h).value) / (2 * h), rel=1e-6)
        assert here.h12 == pytest.approx((at(b1, b2 + h).g1 - at(b1, b2 - h).g1) / (2 * h), rel=1e-6)
        assert here.h22 == pytest.approx((at(b1, b2 + h).g2 - at(b1, b2 - h).g2) / (2 * h), rel=1e-6)


@pytest.mark.parametrize("model", NAMES)
def test_uncertainty_is_the_spread_of_repeated_fits(model):
    rng, n = np.random.default_rng(11), 4000
    slow, fast = math.log(2) / 60.0, math.log(2) / 6.0
    curve = {
        "mono": np.exp(-slow * SIX),
        "uptake-mono": np.exp(-slow * SIX) - np.exp(-fast * SIX),
        "bi": 0.6 * np.exp(-slow * SIX) + 0.4 * np.exp(-fast * SIX),
    }[model]
    u = 0.01 * np.sqrt(curve)[:, None] * np.ones((6, n))
    found = fit_voxels(model, SIX, curve[:, None] + u * rng.standard_normal((6, n)), u, RATE)
    spread = found.integral.std(ddof=1)
    # The spread of 4000 is known to 1.1 %; four standard deviations, and the second order of 1 % noise.
    assert float(np.median(found.standard_uncertainty)) == pytest.approx(spread, rel=0.06)
    freedom = 6 - {"mono": 2, "uptake-mono": 3, "bi": 4}[model]
    assert float(found.chi_square.mean()) == pytest.approx(freedom, abs=4 * math.sqrt(2 * freedom / n))


def test_uncertainty_by_the_normal_matrix():
    values, u = noisy_curves("bi", 200, SIX, 0.02, seed=2)
    found = fit_voxels("bi", SIX, values, u, RATE)
    v = int(np.flatnonzero(found.status == VoxelStatus.FITTED)[0])
    named = next(m for m in MODELS if m.name == "bi")
    region = fit_exponentials(named, SIX, values[:, v], u[:, v], RATE)
    (a1, a2), (r1, r2) = region.amplitudes, region.rates
    e1, e2 = np.exp(-r1 * SIX), np.exp(-r2 * SIX)
    slope = np.stack([e1, e2, -SIX * (a1 * e1), -SIX * a2 * e2], axis=1) / u[:, v, None]
    gradient = np.array([1 / r1, 1 / r2, -a1 / r1**2, -a2 / r2**2])
    expected = math.sqrt(gradient @ np.linalg.inv(slope.T @ slope) @ gradient)
    assert found.standard_uncertainty[v] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("model", "values", "status"),
    [
        ("mono", (0.0, 0.0, 0.0, 0.0), VoxelStatus.EMPTY),
        ("mono", (3.0, math.nan, 1.0, 0.5), VoxelStatus.NOT_FINITE),
        ("mono", (3.0, 2.0, 0.0, 0.5), VoxelStatus.NOT_POSITIVE),
        ("mono", (3.0, 2.0, -0.1, 0.5), VoxelStatus.NOT_POSITIVE),
        ("mono", (3.0, 2.5, 1.0, 2.0), VoxelStatus.RISING),
        ("mono", (3.0, 2.95, 2.9, 2.85), VoxelStatus.PHYSICAL_DECAY),
        ("uptake-mono", (3.6, 2.3, 0.8, 0.29), VoxelStatus.ONE_PHASE),
        ("bi", (1.0, 1.0, 0.6, 0.1), VoxelStatus.ONE_PHASE),
        ("bi", (900.0, 0.8, 0.3, 0.13), VoxelStatus.UNRESOLVED_PHASE),
    ],
)
def test_what_became_of_a_voxel(model, values, status):
    values = np.array(values)
    u = np.where(values > 0, 0.05 * np.abs(values), 0.05)
    found, came = fit_one(model, FOUR, values, u)
    assert came is status
    results = (found.integral, found.standard_uncertainty, found.chi_square, found.terminal_rate)
    assert all(bool(np.isfinite(result[0])) is status.has_value for result in results)


def test_a_value_without_uncertainty_has_no_weight():
    assert fit_one("mono", FOUR, (4.0, 3.0, 2.0, 1.0), (0.1, 0.0, 0.1, 0.1))[1] is VoxelStatus.NOT_FINITE
    assert fit_one("mono", FOUR, (4.0, 3.0, 2.0, 1.0), (0.1, math.inf, 0.1, 0.1))[1] is VoxelStatus.NOT_FINITE


def test_a_rise_within_the_noise_is_fitted():
    values, rise = np.array([3.0, 2.5, 1.0, 1.1]), 0.1
    within = rise / RISING_BEYOND / math.sqrt(2.0) * 1.01
    assert fit_one("mono", FOUR, values, np.full(4, within))[1].has_value
    assert fit_one("mono", FOUR, values, np.full(4, within / 1.02))[1] is VoxelStatus.RISING


def test_what_has_not_converged_has_no_value():
    shared = problem("mono", FOUR, RATE)
    cost = cost_at(0, np.ones((3, 4)), np.empty((2, 4)), 1.0, 1.0)
    assert _outcome(shared, Found(0.5, 0.1, cost, 0), 1) == VoxelStatus.NOT_CONVERGED
    assert _outcome(shared, Found(0.5, 0.1, cost, 1), 1) == VoxelStatus.FITTED
    assert _outcome(shared, Found(shared.upper[0], 0.1, cost, 1), 1) == VoxelStatus.LOST


def test_a_voxel_seen_once_is_not_determined():
    assert fit_one("mono", FOUR, (1.0, 1e-12, 1e-12, 1e-12), np.full(4, 0.05))[1] is VoxelStatus.UNDETERMINED


def test_parameters_that_the_scans_do_not_tell_apart_have_no_variance():
    one = np.array([1.0, 2.0, 3.0])
    assert math.isnan(_variance(np.stack([one, 2.0 * one]), np.array([1.0, 1.0])))
    assert _variance(np.stack([one, one[::-1]]), np.array([1.0, 1.0])) > 0.0


def test_the_same_bits_however_voxels_are_divided():
    values, u = noisy_curves("bi", 60, FOUR, 0.2, seed=5)
    whole = fit_voxels("bi", FOUR, values, u, RATE)
    parts = [fit_voxels("bi", FOUR, values[:, i : i + 7], u[:, i : i + 7], RATE) for i in range(0, 60, 7)]
    for name in ("integral", "standard_uncertainty", "chi_square", "terminal_rate", "status"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


@given(factor=st.floats(1e-6, 1e12), stretch=st.floats(1e-3, 1e4), seed=st.integers(0, 50))
def test_units_do_not_matter(factor, stretch, seed):
    values, u = noisy_curves("mono", 3, FOUR, 0.1, seed)
    here = fit_voxels("mono", FOUR, values, u, RATE)
    there = fit_voxels("mono", FOUR * stretch, values * factor, u * factor, RATE / stretch)
    assert here.status.tolist() == there.status.tolist()
    np.testing.assert_allclose(there.integral, here.integral * factor * stretch, rtol=1e-8)
    np.testing.assert_allclose(there.standard_uncertainty, here.standard_uncertainty * factor * stretch, rtol=1e-7)


@given(seed=st.integers(0, 200), noise=st.floats(0.01, 0.6), model=st.sampled_from(NAMES))
def test_no_integral_is_longer_than_physical_decay_allows(seed, noise, model):
    values, u = noisy_curves(model, 5, FOUR, noise, seed)
    found = fit_voxels(model, FOUR, values, u, RATE)
    has = np.array([VoxelStatus(int(code)).has_value for code in found.status])
    assert (np.isfinite(found.integral) == has).all()
    assert (found.integral[has] > 0).all()
    assert (found.standard_uncertainty[has] > 0).all()
    assert (found.terminal_rate[has] >= RATE * (1 - 1e-12)).all()


ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)
SMALL = st.floats(1e-30, 1e30)


@given(
    values=st.lists(st.one_of(ANY, SMALL), min_size=4, max_size=4),
    u=st.lists(st.one_of(ANY, SMALL), min_size=4, max_size=4),
    model=st.sampled_from(NAMES),
)
def test_any_numbers_end_in_a_status(values, u, model):
    found, status = fit_one(model, FOUR, values, u)
    assert bool(np.isfinite(found.integral[0])) is status.has_value
    assert bool(np.isfinite(found.standard_uncertainty[0])) is status.has_value


@pytest.mark.parametrize(
    ("model", "times", "rate", "came"),
    [
        ("tri", FOUR, RATE, "'tri' came"),
        ("bi", FOUR[:3], RATE, "3 came"),
        ("mono", FOUR[::-1], RATE, "came"),
        ("mono", np.array([0.0, 4.0]), RATE, "came"),
        ("mono", np.array([4.0, 4.0]), RATE, "came"),
        ("mono", FOUR, 0.0, "came"),
    ],
)
def test_what_cannot_be_fitted_is_refused(model, times, rate, came):
    values = np.ones((times.size, 1))
    with pytest.raises(ValueError, match=came):
        fit_voxels(model, times, values, values, rate)


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        fit_voxels("mono", FOUR, np.ones((4, 1)), np.ones((4, 2)), RATE)
