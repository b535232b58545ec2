import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from hevesy.numerics.polygon import even_odd_area
from hevesy.numerics.voxel_outline import voxel_outlines


def inside(polygons, x, y):
    """Even-odd test of one point by counting crossings."""
    crossings = 0
    for corners in polygons:
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                crossings += 1
    return crossings % 2 == 1


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=7)))
def test_outlines_enclose_exactly_the_pixels(mask):
    polygons = voxel_outlines(mask)
    assert (even_odd_area(polygons) if polygons else 0.0) == pytest.approx(mask.sum(), abs=1e-9)
    for (j, i), value in np.ndenumerate(mask):
        assert inside(polygons, i, j) == value


def test_a_hole_and_a_touching_corner_are_polygons_of_their_own():
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    assert len(voxel_outlines(ring)) == 2
    assert len(voxel_outlines(np.eye(2, dtype=bool))) == 2


def test_corners_only_where_it_turns():
    assert [len(p) for p in voxel_outlines(np.ones((4, 6), bool))] == [4]
