"""Opposite views of slabs against their integrals, and a detector that moves."""

import numpy as np
import pytest

from hevesy.numerics.conjugate_view import even_body_factor, opposite_projections, self_attenuation
from hevesy.numerics.moving_detector import in_view, mean_while_seen

MU = 0.0135


def test_self_attenuation_is_that_of_an_evenly_filled_slab():
    """The geometric mean of a slab over that of its middle, by numerical integration."""
    x = np.array([0.0, 0.01, 0.7, 3.0])
    depth = (np.arange(20_000) + 0.5) / 20_000
    front = np.exp(-np.outer(x, depth)).mean(axis=1)
    mean = front / np.exp(-x / 2)  # both views are alike
    np.testing.assert_allclose(1 / self_attenuation(x), mean, rtol=1e-8)
    np.testing.assert_allclose(even_body_factor(x), 1 / front, rtol=1e-8)


def test_projection_of_a_slab_is_its_integral():
    source, matter = np.zeros((1, 200, 1)), np.zeros((1, 200, 1))
    matter[:, 20:180], source[:, 60:100] = MU, 1.0
    front, back = opposite_projections(source, matter, 1.0)[:, 0, 0]
    assert front == pytest.approx((np.exp(-MU * 40) - np.exp(-MU * 80)) / MU, rel=1e-5)
    assert back == pytest.approx((np.exp(-MU * 80) - np.exp(-MU * 120)) / MU, rel=1e-5)


def test_geometric_mean_of_a_thin_source_does_not_depend_on_its_depth():
    matter = np.full((1, 100, 1), MU)
    found = []
    for place in (10, 50, 80):
        source = np.zeros_like(matter)
        source[0, place] = 1.0
        found.append(np.sqrt(opposite_projections(source, matter, 2.0).prod()))
    np.testing.assert_allclose(found, np.exp(-MU * 100), rtol=1e-12)


def test_a_moving_detector_sees_every_row_as_often():
    rows = np.random.default_rng(1).uniform(size=17)
    seen = in_view(rows, 5)
    assert seen.sum() == pytest.approx(5 * rows.sum())
    assert seen[4] == pytest.approx(rows[:5].sum())
    np.testing.assert_allclose(mean_while_seen(np.ones(21), 5), np.ones(17))
