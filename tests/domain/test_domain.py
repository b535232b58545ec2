"""Grids, transforms and curves refuse what they cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.domain import Grid, Image, MeasuredActivity, Quantity, RigidTransform, TimeActivityCurve
from hevesy.quantities import exact


def rotation(degrees):
    a = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    return matrix


@given(st.floats(-180, 180), st.tuples(*[st.floats(-50, 50)] * 3))
def test_points_and_indices_are_inverse(angle, index):
    direction = tuple(tuple(row) for row in rotation(angle)[:3, :3])
    grid = Grid((4, 5, 6), (2.0, 3.0, 4.0), (10.0, -20.0, 30.0), direction)
    assert grid.indices(grid.points(np.array(index))) == pytest.approx(np.array(index), abs=1e-9)


def test_grid_knows_its_volume_and_refuses_nonsense():
    grid = Grid((4, 5, 6), (2.0, 3.0, 4.0), (0.0, 0.0, 0.0))
    assert grid.voxel_volume_ml == pytest.approx(0.024)
    for arguments in [((0, 1, 1), (1.0, 1.0, 1.0)), ((1, 1, 1), (1.0, -1.0, 1.0)), ((1, 1, 1), (1.0, np.nan, 1.0))]:
        with pytest.raises(ValueError, match="expected"):
            Grid(*arguments, (0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="orthonormal"):
        Grid((1, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), ((1.0, 0.5, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))


def test_image_is_read_only_and_fits_its_grid():
    grid = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    values = np.zeros((2, 2, 2))
    image = Image(grid, values, Quantity.COUNTS)
    with pytest.raises(ValueError, match="read-only"):
        image.values[0, 0, 0] = 1
    values[0, 0, 0] = 1  # the caller's own array stays writable
    with pytest.raises(ValueError, match="shape"):
        Image(grid, np.zeros((2, 2, 3)), Quantity.COUNTS)


@given(st.floats(-180, 180), st.tuples(*[st.floats(-50, 50)] * 3))
def test_transform_and_its_inverse(angle, shift):
    matrix = rotation(angle)
    matrix[:3, 3] = shift
    transform = RigidTransform.from_array(matrix, "a", "b")
    points = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    back = transform.inverse()
    assert (back.source_frame, back.target_frame) == ("b", "a")
    assert back.apply(transform.apply(points)) == pytest.approx(points, abs=1e-9)


def test_a_shear_is_no_rigid_transform():
    matrix = np.eye(4)
    matrix[0, 1] = 0.5
    with pytest.raises(ValueError, match="rotation"):
        RigidTransform.from_array(matrix)


def test_curve_times_increase():
    points = tuple(MeasuredActivity(t, exact(1.0)) for t in (3600.0, 3600.0))
    with pytest.raises(ValueError, match="increasing"):
        TimeActivityCurve("Liver", points)
