"""What an error of position does, against moved regions."""

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity
from hevesy.quantify import position_relative_u

GRID = Grid((24, 24, 24), (2.0, 2.0, 2.0), (-23.0, -23.0, -23.0))
Z, Y, X = np.meshgrid(*[np.arange(24) * 2.0 - 23.0] * 3, indexing="ij")
MASK = np.sqrt(X**2 + Y**2 + Z**2) < 12


def image(values):
    return Image(GRID, values, Quantity.ACTIVITY_CONCENTRATION)


def test_on_a_slope_it_is_the_slope_times_the_uncertainty():
    values = 100.0 + 2.0 * X - 1.0 * Z
    covariance = np.diag([1.0, 4.0, 0.25])
    assert position_relative_u(image(values), MASK, covariance) == pytest.approx(np.hypot(2.0, 0.5) / 100.0)


def test_where_errors_are_correlated_they_may_cancel():
    values = 100.0 + 2.0 * X - 2.0 * Z
    together = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
    assert position_relative_u(image(values), MASK, together) == pytest.approx(0.0, abs=1e-12)


def test_at_a_maximum_it_is_that_of_the_second_order():
    """Shifts drawn from the covariance, each moving the region on a known parabola."""
    values = 1000.0 - 0.5 * X**2 - 0.2 * Y**2 + 0.1 * X * Z
    covariance = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, 0.0], [0.1, 0.0, 1.5]])
    mean = values[MASK].mean()
    drawn = np.random.default_rng(1).multivariate_normal(np.zeros(3), covariance, 200_000)
    change = -0.5 * drawn[:, 0] ** 2 - 0.2 * drawn[:, 1] ** 2 + 0.1 * drawn[:, 0] * drawn[:, 2]
    expected = np.sqrt(np.mean(change**2)) / mean
    assert position_relative_u(image(values), MASK, covariance) == pytest.approx(expected, rel=0.02)


def test_without_activity_or_uncertainty_there_is_none():
    assert position_relative_u(image(np.zeros(GRID.shape)), MASK, np.eye(3)) == 0.0
    assert position_relative_u(image(np.ones(GRID.shape)), MASK, np.zeros((3, 3))) == 0.0
    assert position_relative_u(image(np.ones(GRID.shape)), np.zeros_like(MASK), np.eye(3)) == 0.0
