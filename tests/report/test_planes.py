"""Pictures show the patient, whatever way the voxels run."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hevesy.domain import Grid, Image, Quantity, Region, RegionKind, Side
from hevesy.report.figures import planes
from hevesy.report.figures.levels import isodose_levels, round_numbers_below, scale_bar_mm


def signed_permutations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[list(order), range(3)] = signs
            yield tuple(tuple(row) for row in matrix)


@pytest.mark.parametrize("direction", list(signed_permutations()))
def test_upright_keeps_every_value_at_its_patient_point(direction):
    grid = Grid((3, 4, 5), (2.0, 3.0, 4.0), (7.0, -8.0, 9.0), direction)
    values = np.arange(60.0).reshape(3, 4, 5)
    turned, upright = planes.upright(values, grid)
    np.testing.assert_array_equal(upright.direction_matrix, np.eye(3))
    z, y, x = np.meshgrid(*(np.arange(n) for n in turned.shape), indexing="ij")
    points = upright.points(np.stack([x, y, z], axis=-1).astype(float))
    np.testing.assert_allclose(planes.sampled(values, grid, points, 0.0), turned, atol=1e-4)


def test_upright_resamples_oblique_grids():
    direction = Rotation.from_euler("z", 20, degrees=True).as_matrix()
    grid = Grid((9, 9, 9), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0), tuple(tuple(row) for row in direction))
    values = np.zeros(grid.shape)
    values[4, 2, 6] = 1.0
    turned, upright = planes.upright(values, grid)
    z, y, x = np.unravel_index(np.argmax(turned), turned.shape)
    there = upright.points(np.array([x, y, z], dtype=float))
    assert np.linalg.norm(there - grid.points(np.array([6.0, 2.0, 4.0]))) < 3.0


def test_views_look_from_the_feet_from_in_front_and_from_the_left():
    box = planes.Box(np.array([-10.0, -20.0, -30.0]), np.array([10.0, 20.0, 30.0]))
    points = planes.View("axial", box, 5.0).points(2.0)
    assert points.shape == (20, 10, 3)
    assert points[0, -1, 0] > points[0, 0, 0]
    assert (points[..., 2] == 5.0).all()
    assert planes.View("coronal", box, 0.0).extent == (-10.0, 10.0, -30.0, 30.0)
    assert planes.View("sagittal", box, 0.0).extent == (-20.0, 20.0, -30.0, 30.0)


def test_outside_the_grid():
    grid = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    ones = np.ones(grid.shape)
    points = np.array([[0.5, 0.5, 0.5], [50.0, 0.0, 0.0]])
    np.testing.assert_allclose(planes.sampled(ones, grid, points, -1000.0), [1.0, -1000.0])
    np.testing.assert_allclose(planes.sampled(ones > 0, grid, points, 0.0), [1.0, 0.0])


def test_boxes_and_middles():
    grid = Grid((4, 5, 6), (1.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[1:3, 2, 3] = True
    box = planes.box_where(mask, grid)
    np.testing.assert_allclose([box.low, box.high], [[2.5, 3.0, 1.5], [3.5, 5.0, 7.5]])
    assert planes.box_where(np.zeros(grid.shape, bool), grid) is None
    assert planes.field_slices(grid, box) == (slice(0, 4), slice(1, 4), slice(2, 5))
    ring = np.ones(grid.shape, dtype=bool)
    ring[1:3, 1:4, 1:5] = False
    region = Region("ring", RegionKind.ORGAN, Side.NONE, ring, grid, 1.0)
    k, j, i = np.round(grid.indices(planes.middle_of(region))[::-1]).astype(int)
    assert ring[k, j, i]
    image = Image(grid, mask.astype(float), Quantity.ABSORBED_DOSE)
    np.testing.assert_allclose(planes.place_of_maximum(image), [3.0, 4.0, 3.0])


def test_round_numbers():
    assert round_numbers_below(63.0, 4) == [5.0, 10.0, 20.0, 50.0]
    assert isodose_levels(63.0) == [10.0, 20.0, 50.0]
    assert isodose_levels(0.0) == []
    assert isodose_levels(0.02) == [0.002, 0.005, 0.01]
    assert scale_bar_mm(400.0) == 100.0
