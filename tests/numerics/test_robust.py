"""Weights of Student's t."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.robust import deviance, downweight, robust_scale


@given(st.floats(-50, 50))
def test_weight_is_the_derivative_of_the_deviance(r):
    step = 1e-6
    slope = (deviance(np.array([r + step])) - deviance(np.array([r - step]))) / (2 * step)
    assert slope == pytest.approx(2 * r * float(downweight(np.array([r]))[0]), rel=1e-4, abs=1e-5)


def test_small_residuals_count_as_in_least_squares():
    r = np.array([0.0, 0.5, -1.0])
    np.testing.assert_array_equal(downweight(r), 1.0)
    assert deviance(r) == pytest.approx(1.25)
    # four degrees of freedom: (4 + 1) / (4 + 16) at four standard uncertainties
    assert downweight(np.array([4.0]))[0] == pytest.approx(0.25)


def test_scale_ignores_a_minority_and_is_at_least_one():
    rng = np.random.default_rng(3)
    r = 2.5 * rng.standard_normal(4001)
    r[:200] *= 100
    assert robust_scale(r, 2) == pytest.approx(2.5, rel=0.12)
    assert robust_scale(0.01 * r, 2) == 1.0
    assert robust_scale(np.array([9.0, 9.0]), 2) == 1.0
