"""From point sources to pairs of boxes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.box_pairs import far_pairs, near_pairs

EDGES = st.tuples(*[st.floats(0.05, 1.0)] * 3)


def mirrored_sum(octant):
    """Sum over all eight octants."""
    counts = [np.where(np.arange(n) == 0, 1.0, 2.0) for n in octant.shape]
    return float(np.einsum("kji,k,j,i->", octant, *counts))


def shell(radius):
    """One shell, thin enough to count as a sphere."""
    return np.array([0.0, radius * (1 - 1e-7), radius * (1 + 1e-7)]), np.array([0.0, 1.0])


def chance_of_staying(radius, edges):
    """Mean of the product of 1 - |x_i|/a_i over a sphere that is smaller than the box."""
    x, y, z = (radius / a for a in edges)
    return 1.0 - (x + y + z) / 2.0 + 2.0 / (3.0 * math.pi) * (x * y + y * z + z * x) - x * y * z / (4.0 * math.pi)


@given(EDGES, st.floats(0.01, 0.99))
def test_chance_of_staying_in_the_box_is_the_integral_over_the_sphere(edges, part):
    radius = part * min(edges)
    shells, energy = shell(radius)
    value, _ = near_pairs(shells, energy, np.zeros(2), edges, (2, 2, 2))
    assert value[0, 0, 0] == pytest.approx(chance_of_staying(radius, edges), rel=1e-6)


@given(EDGES, st.floats(0.01, 1.2))
def test_nothing_is_lost(edges, radius):
    shells, energy = shell(radius)
    shape = tuple(math.ceil(radius / a) + 1 for a in edges[::-1])
    value, variance = near_pairs(shells, energy, 4.0 * energy, edges, shape)
    assert mirrored_sum(value) == pytest.approx(1.0, rel=1e-9)
    np.testing.assert_allclose(variance, 4.0 * value**2, rtol=1e-9, atol=1e-300)


def test_variance_is_that_of_independent_shells():
    shells, energy = np.array([0.0, 0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])
    edges, shape, spread = (0.25, 0.3, 0.35), (3, 3, 3), np.array([0.1, 0.2, 0.3])
    _, variance = near_pairs(shells, energy, spread**2, edges, shape)
    alone = [near_pairs(shells, row, np.zeros(3), edges, shape)[0] for row in np.diag(spread)]
    np.testing.assert_allclose(variance, sum(part**2 for part in alone), rtol=1e-12)


def test_axes_are_those_of_the_array():
    shells, energy = shell(0.35)
    value, _ = near_pairs(shells, energy, np.zeros(2), (0.1, 0.2, 0.4), (5, 5, 5))
    swapped, _ = near_pairs(shells, energy, np.zeros(2), (0.4, 0.2, 0.1), (5, 5, 5))
    np.testing.assert_allclose(value, swapped.transpose(2, 1, 0), rtol=2e-3, atol=1e-6)
    assert value[0, 0, 4] > 0
    assert value[4, 0, 0] == 0


@pytest.mark.parametrize("edges", [(0.4, 0.4, 0.4), (0.2, 0.4, 0.5)])
def test_far_rule_agrees_with_sharing_nearby(edges):
    attenuation, n = 0.15, 3000
    shells = np.concatenate([[0.0], np.geomspace(1e-4, 60.0, n)])
    energy = np.diff(-np.exp(-attenuation * shells))
    radii = np.linspace(0.0, 60.0, 20001)
    strength = attenuation * np.exp(-attenuation * radii) / (4.0 * math.pi)
    near, _ = near_pairs(shells, energy, np.zeros(n), edges, (7, 7, 7))
    far = np.stack([near, near])
    far_pairs(radii[1], np.stack([strength, 2.0 * strength], axis=1), edges, (4, 4, 4), far)
    np.testing.assert_array_equal(far[0, :4, :4, :4], near[:4, :4, :4])
    assert (far[0, 4:] != near[4:]).any()
    np.testing.assert_allclose(far[0], near, rtol=2e-3)
    np.testing.assert_allclose(far[1, 4:], 2.0 * far[0, 4:], rtol=1e-12)


def test_beyond_the_density_there_is_nothing():
    into = np.zeros((1, 1, 1, 30))
    far_pairs(0.02, np.ones((50, 1)), (0.1, 0.1, 0.1), (1, 1, 2), into)
    assert (into[0, 0, 0, 2:9] > 0).all()
    assert (into[0, 0, 0, 12:] == 0).all()


# Places per axis change with the distance: a step stays below what is left out, (mu a)^2 / 12 among others.
def test_rules_agree_where_they_change():
    radii = np.linspace(0.0, 60.0, 20001)
    into = np.zeros((1, 1, 1, 60))
    far_pairs(radii[1], np.exp(-0.15 * radii)[:, None], (0.5, 0.5, 0.5), (1, 1, 1), into)
    places = 0.5 * np.arange(5, 60)
    smooth = into[0, 0, 0, 5:] * places**2 * np.exp(0.15 * places)
    np.testing.assert_allclose(np.diff(smooth[5:]) / smooth[5:-1], 0.0, atol=1.5e-3)
