"""Solids: membership, boxes, set operations, volumes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.physdata.phantoms import (
    Box,
    Difference,
    Ellipsoid,
    HalfSpace,
    Intersection,
    TaperedCylinder,
    Torus,
    Union,
    centroid,
    elliptic_cylinder,
    mirrored,
    scaled,
    transformed,
    volume,
)

lengths = st.floats(0.5, 5.0)
places = st.tuples(*[st.floats(-5.0, 5.0)] * 3)
SOLIDS = {
    "ellipsoid": (Ellipsoid((1, 2, 3), (1, 2, 3)), 4 / 3 * np.pi * 6),
    "cylinder": (elliptic_cylinder((0, 4), (1, 2), (5, 5)), np.pi * 8),
    "cylinder along x": (elliptic_cylinder((0, 4), (1, 2), axis=0), np.pi * 8),
    "frustum": (TaperedCylinder(2, (0, 3), ((0, 0), (1, 0)), ((1, 1), (2, 2))), np.pi * 7),
    "torus": (Torus((0, 0, 0), 1, 3, 1), 2 * np.pi**2 * 3),
    "half a ball": (Intersection((Ellipsoid((0, 0, 0), (2, 2, 2)), HalfSpace((1, 1, 0), 0))), 2 / 3 * np.pi * 8),
    "shell": (Difference(Ellipsoid((0, 0, 0), (2, 2, 2)), Ellipsoid((0, 0, 0), (1, 1, 1))), 4 / 3 * np.pi * 7),
    "two balls": (Union((Ellipsoid((0, 0, 0), (1, 1, 1)), Ellipsoid((3, 0, 0), (1, 1, 1)))), 8 / 3 * np.pi),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_volume_is_the_analytic_one(name):
    solid, expected = SOLIDS[name]
    assert volume(solid) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("name", SOLIDS)
def test_no_point_outside_the_box_is_inside(name):
    solid, _ = SOLIDS[name]
    points = np.random.default_rng(1).uniform(-8, 8, (20_000, 3))
    low, high = np.array(solid.bounds)
    outside = ((points < low) | (points > high)).any(axis=1)
    assert not solid.contains(points[outside]).any()


@given(places, st.tuples(lengths, lengths, lengths))
@settings(max_examples=30, deadline=None)
def test_ellipsoid_holds_its_centre_and_its_axes(center, semi):
    solid = Ellipsoid(center, semi)
    tips = np.array(center) + np.diag(semi) * 0.999
    assert solid.contains(np.vstack([center, tips])).all()
    assert not solid.contains(np.array(center) + np.diag(semi) * 1.001).any()


@given(st.tuples(lengths, lengths, lengths))
@settings(max_examples=20, deadline=None)
def test_scaling_about_a_point_keeps_the_point(factors):
    ball = Ellipsoid((1.0, -2.0, 3.0), (1.0, 1.0, 1.0))
    copy = scaled(ball, factors, about=(1.0, -2.0, 3.0))
    assert centroid(copy) == pytest.approx((1.0, -2.0, 3.0), abs=1e-9)
    assert volume(copy) == pytest.approx(4 / 3 * np.pi * np.prod(factors), rel=5e-3)


def test_rotated_copy_moves_with_its_points():
    turn = np.array([[0, -1, 0, 4], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=float)
    solid = Ellipsoid((1, 0, 0), (3, 1, 1))
    copy = transformed(solid, turn)
    points = np.random.default_rng(2).uniform(-4, 5, (5000, 3))
    assert (copy.contains(points @ turn[:3, :3].T + turn[:3, 3]) == solid.contains(points)).all()
    assert transformed(copy, np.linalg.inv(turn)).solid is solid


def test_mirror_image_is_on_the_other_side():
    left = Ellipsoid((5, 1, 2), (1, 1, 1))
    assert centroid(mirrored(left)) == pytest.approx((-5, 1, 2), abs=1e-9)


def test_box_with_infinite_limits_cuts():
    assert Box((-np.inf, -np.inf, 0), (np.inf,) * 3).contains(np.array([[9.0, 9, 0.1], [0, 0, -0.1]])).tolist() == [
        True,
        False,
    ]


def test_volume_of_an_unbounded_or_empty_solid_is_refused():
    with pytest.raises(ValueError, match="finite box"):
        volume(HalfSpace((0, 0, 1), 0))
    ball = Ellipsoid((0, 0, 0), (1, 1, 1))
    with pytest.raises(ValueError, match="empty"):
        volume(Difference(ball, ball))
