"""Shares of voxels inside a drawing: their sum is its volume, wherever it lies on the voxels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.delineate import exact_volume_ml, voxel_shares
from hevesy.domain import Contour, Grid, RigidTransform, Roi
from hevesy.errors import RegionFinding

GRID = Grid((20, 20, 20), (4.0, 4.0, 4.0), (-38.0, -38.0, -38.0))


def sphere(centre, radius=15.0, spacing=1.0):
    """Circles in planes around a centre."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    contours = []
    for height in np.arange(-radius + spacing / 2, radius, spacing):
        r = np.sqrt(radius**2 - height**2)
        circle = np.column_stack([r * np.cos(angles), r * np.sin(angles), np.full(60, height)])
        contours.append(Contour(circle + np.array(centre)))
    return Roi(1, "sphere", contours=tuple(contours))


def shift(x, y, z):
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return RigidTransform.from_array(matrix)


@given(st.tuples(*[st.floats(-4, 4)] * 3))
@settings(max_examples=20, deadline=None)
def test_the_sum_is_the_drawn_volume_and_the_mean_its_centre(centre):
    roi = sphere(centre)
    shares = voxel_shares(roi, GRID)
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert shares.sum() * GRID.voxel_volume_ml == pytest.approx(exact_volume_ml(roi), rel=0.02)
    indices = np.argwhere(shares > 0)[:, ::-1].astype(float)
    weights = shares[shares > 0]
    assert (GRID.points(indices) * weights[:, None]).sum(axis=0) / weights.sum() == pytest.approx(
        centre, abs=0.3
    )  # points lie 1.33 mm apart


def test_a_transform_moves_the_shares_as_it_moves_the_drawing():
    moved = voxel_shares(sphere((0, 0, 0)), GRID, shift(-5.0, 3.0, 2.0))
    assert np.array_equal(moved, voxel_shares(sphere((5.0, -3.0, -2.0)), GRID))


def test_a_mask_fills_its_own_voxels():
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[2:4, 1:5, 3] = True
    grid = Grid((6, 6, 6), (4.0, 4.0, 4.0), (-10.0, -10.0, -10.0))
    roi = Roi(1, "m", mask=mask, mask_grid=grid)
    assert np.array_equal(voxel_shares(roi, grid), mask.astype(np.float32))
    coarse = Grid((2, 2, 2), (12.0, 12.0, 12.0), (-6.0, -6.0, -6.0))
    parts = mask.reshape(2, 3, 2, 3, 2, 3).mean(axis=(1, 3, 5))
    assert voxel_shares(roi, coarse) == pytest.approx(parts, abs=1e-6)


def test_a_drawing_beyond_the_image_fills_nothing_and_an_empty_one_is_named():
    assert not voxel_shares(sphere((500, 0, 0)), GRID).any()
    assert voxel_shares(Roi(1, "none"), GRID).sum() == 0
    with pytest.raises(RegionFinding, match="no contour"):
        voxel_shares(Roi(1, "line", contours=(Contour(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])),)), GRID)
