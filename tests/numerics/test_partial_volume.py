"""Blurred spheres, recovery curves, counting and decay."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.ndimage import gaussian_filter
from scipy.optimize import approx_fprime

from hevesy.numerics.counting import correlated_mean_relative_u, poisson_relative_u
from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.numerics.partial_volume import edge_value, sigma_of_fwhm, sphere_radius, sphere_recovery
from hevesy.numerics.recovery import fit_recovery_curve, parameter_gradient, recovery, volume_derivative


def test_blurred_sphere_agrees_with_a_convolution():
    """On a 0.25-sigma grid: mean within the sphere to 0.5 %, value at the edge to 1 %."""
    radius, sigma, n = 2.5, 1.0, 81
    axis = (np.arange(n) - n // 2) * 0.25
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    soft = np.clip((radius - distance) / 0.25 + 0.5, 0.0, 1.0)
    blurred = gaussian_filter(soft, sigma / 0.25, truncate=6)
    assert (blurred * soft).sum() / soft.sum() == pytest.approx(sphere_recovery(radius, sigma), rel=5e-3)
    shell = np.abs(distance - radius) < 0.05
    assert blurred[shell].mean() == pytest.approx(edge_value(radius, sigma), rel=1e-2)


@pytest.mark.parametrize("x", [0.3, 1.0, 3.0, 10.0])
def test_closed_forms_agree_with_quadrature(x):
    def speed(s):
        return math.sqrt(2 / math.pi) * s * s * math.exp(-s * s / 2)

    overlap = quad(lambda s: speed(s) * (1 - 3 * s / (4 * x) + s**3 / (16 * x**3)), 0, min(2 * x, 40))[0]
    surface = quad(lambda s: speed(s) * 0.5 * (1 - s / (2 * x)), 0, min(2 * x, 40))[0]
    assert sphere_recovery(x, 1.0) == pytest.approx(overlap, rel=1e-8)
    assert edge_value(x, 1.0) == pytest.approx(surface, rel=1e-8)


def test_without_blur_nothing_is_lost():
    assert sphere_recovery(3.0, 0.0) == 1.0
    assert edge_value(3.0, 0.0) == 0.5
    assert sphere_radius(4.0 / 3.0 * math.pi * 8.0) == pytest.approx(2.0)
    assert sigma_of_fwhm(2.0 * math.sqrt(2.0 * math.log(2.0))) == pytest.approx(1.0)


@given(st.floats(0.1, 1000.0), st.floats(0.2, 20.0), st.floats(0.3, 3.0))
def test_recovery_curve_derivatives(volume, b1, b2):
    at = np.array([volume])
    numeric = approx_fprime(np.array([b1, b2]), lambda b: recovery(at, b[0], b[1])[0], 1e-7)
    np.testing.assert_allclose(parameter_gradient(at, b1, b2)[0], numeric, atol=1e-4)
    slope = approx_fprime(at, lambda v: recovery(v, b1, b2)[0], 1e-7)[0]
    assert volume_derivative(volume, b1, b2) == pytest.approx(slope, rel=1e-2, abs=1e-6)
    assert recovery(at, b1, b2)[0] == pytest.approx(1 - 1 / (1 + (volume / b1) ** b2), rel=1e-9)


def test_recovery_fit_returns_the_curve_and_scales_its_covariance():
    volumes = np.array([0.5, 1.15, 2.57, 5.57, 11.49, 26.52])
    exact = recovery(volumes, 2.0, 0.9)
    u = np.full(6, 0.02)
    fit = fit_recovery_curve(volumes, exact, u)
    assert (fit.b1, fit.b2) == pytest.approx((2.0, 0.9), rel=1e-7)
    scattered = exact + 0.1 * np.array([1, -1, 1, -1, 1, -1])
    worse = fit_recovery_curve(volumes, scattered, u)
    assert worse.chi_square / worse.degrees_of_freedom > 10
    slope = parameter_gradient(volumes, worse.b1, worse.b2) / u[:, None]
    unscaled = np.linalg.inv(slope.T @ slope)
    np.testing.assert_allclose(worse.covariance, unscaled * worse.chi_square / worse.degrees_of_freedom, rtol=1e-6)


def test_recovery_fit_refuses_spheres_that_say_nothing():
    with pytest.raises(ValueError, match="do not determine"):
        fit_recovery_curve(np.array([1.0, 2.0, 4.0]), np.full(3, 1.1), np.full(3, 0.01))


def test_poisson():
    assert poisson_relative_u(10_000) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="positive counts"):
        poisson_relative_u(0.0)


def test_smooth_noise_averages_out_more_slowly():
    """The predicted spread of region means is within 25 % of that of 150 noise images."""
    rng = np.random.default_rng(2)
    mask = np.zeros((24, 24, 24), dtype=bool)
    mask[6:18, 6:18, 6:18] = True
    images = [100 + gaussian_filter(rng.standard_normal(mask.shape) * 100, 1.5, mode="wrap") for _ in range(150)]
    seen = np.std([i[mask].mean() for i in images]) / 100
    fwhm = 1.5 * 2.354820
    predicted = np.mean([correlated_mean_relative_u(i, mask, 1.0, fwhm) for i in images[:20]])
    assert predicted == pytest.approx(seen, rel=0.25)


def test_one_voxel_has_no_spread_and_a_negative_mean_is_refused():
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[1, 1, 1] = True
    assert correlated_mean_relative_u(np.ones((3, 3, 3)), mask, 1.0, 5.0) == 0.0
    with pytest.raises(ValueError, match="positive mean"):
        correlated_mean_relative_u(-np.ones((3, 3, 3)), mask, 1.0, 5.0)


def test_decay_during_the_acquisition():
    assert mean_over_start(100.0, 0.0) == 1.0
    numeric = quad(lambda t: 2 ** (-t / 100.0), 0, 250.0)[0] / 250.0
    assert mean_over_start(100.0, 250.0) == pytest.approx(numeric, rel=1e-12)
    assert remaining(100.0, -100.0) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="positive half-life"):
        mean_over_start(0.0, 1.0)
    with pytest.raises(ValueError, match="positive half-life"):
        remaining(-1.0, 1.0)
