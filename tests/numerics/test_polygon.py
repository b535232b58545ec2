"""Areas against analytic shapes; the even-odd rule against its definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.numerics.polygon import even_odd_area, inside, outline_edges

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
FLOATS = st.floats(-50, 50, allow_nan=False, width=32)


def ellipse(n, a=1.0, b=1.0, centre=(0.0, 0.0), phase=0.1):
    t = np.arange(n) / n * 2 * np.pi + phase
    return np.stack([centre[0] + a * np.cos(t), centre[1] + b * np.sin(t)], axis=1)


def rotated(points, angle):
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize("n", [3, 7, 64, 501])
def test_regular_polygon_has_its_analytic_area(n):
    assert even_odd_area([ellipse(n, 3.0, 2.0)]) == pytest.approx(n / 2 * 6.0 * np.sin(2 * np.pi / n), rel=1e-12)


def test_hole_subtracts_and_island_in_it_adds():
    shapes = [SQUARE * 3, SQUARE + 2, SQUARE / 4 + 3]
    assert even_odd_area(shapes) == pytest.approx(144 - 16 + 1, rel=1e-12)


def test_keyhole_outline_is_its_outer_less_its_inner_part():
    outer, inner = SQUARE, np.array([[1.0, 1.0], [1.0, 3.0], [3.0, 3.0], [3.0, 1.0]])
    keyhole = np.vstack([outer, outer[:1], inner, inner[:1]])
    assert even_odd_area([keyhole]) == pytest.approx(12, rel=1e-12)
    assert inside(np.array([[0.5, 2.0], [2.0, 2.0]]), outline_edges([keyhole])).tolist() == [True, False]


def test_crossing_outlines_are_resolved_exactly():
    bow_tie = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert even_odd_area([bow_tie]) == pytest.approx(0.5, rel=1e-12)
    overlapping = [SQUARE, SQUARE + 1.0]
    assert even_odd_area(overlapping) == pytest.approx(16 + 16 - 2 * 9, rel=1e-12)
    star = [rotated(SQUARE - 2, 0.0), rotated(SQUARE - 2, np.pi / 4)]
    common = 2 * (np.sqrt(2) - 1) * 16  # regular octagon
    assert even_odd_area(star) == pytest.approx(32 - 2 * common, rel=1e-12)


def test_the_same_outline_twice_is_nothing():
    assert even_odd_area([SQUARE, SQUARE]) == 0.0


@given(
    shift=st.tuples(FLOATS, FLOATS),
    angle=st.floats(0, 6),
    start=st.integers(0, 40),
    turn=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_area_does_not_depend_on_place_orientation_or_first_vertex(shift, angle, start, turn):
    shapes = [ellipse(41, 5, 3), ellipse(12, 1, 1.5, (0.5, 0.2))]
    moved = [np.roll(rotated(p, angle) + shift, start, axis=0)[:: -1 if turn else 1] for p in shapes]
    assert even_odd_area(moved[::-1]) == pytest.approx(even_odd_area(shapes), rel=1e-9)


@given(points=st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_points_in_an_ellipse_annulus(points):
    shapes = [ellipse(400, 40, 30), ellipse(400, 20, 10)]
    p = np.array(points, dtype=float)
    outer, inner = ((p / (40, 30)) ** 2).sum(1), ((p / (20, 10)) ** 2).sum(1)
    clear = (np.abs(outer - 1) > 1e-3) & (np.abs(inner - 1) > 1e-3)
    expected = (outer < 1) & ~(inner < 1)
    assert (inside(p, outline_edges(shapes)) == expected)[clear].all()


def test_a_point_on_a_shared_border_belongs_to_exactly_one_side():
    p = np.array([[i, j] for i in np.arange(0, 8.5, 0.5) for j in np.arange(0, 4.5, 0.5)])
    left, right = (inside(p, outline_edges([SQUARE + np.array([dx, 0.0])])).astype(int) for dx in (0, 4))
    assert (left + right).max() == 1
    assert (left + right)[(p[:, 0] > 0) & (p[:, 0] < 8) & (p[:, 1] > 0) & (p[:, 1] < 4)].min() == 1


def test_no_polygon_holds_nothing():
    assert even_odd_area([]) == 0.0
    assert not inside(np.zeros((3, 2)), outline_edges([])).any()
