"""Regions through a deformation: each voxel's centre moved to where it was drawn."""

import numpy as np
import pytest

from hevesy.delineate import rasterise, voxel_shares
from hevesy.domain import Contour, Deformation, DisplacementField, Grid, RigidTransform, Roi
from hevesy.errors import RegionFinding

GRID = Grid((30, 30, 30), (3.0, 3.0, 3.0), (-43.5, -43.5, -43.5))
SHIFT = RigidTransform.from_array(np.array([[1.0, 0, 0, 4.0], [0, 1, 0, -3.0], [0, 0, 1, 6.0], [0, 0, 0, 1]]))


def cylinder(radius=20.0):
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = np.column_stack([radius * np.cos(angles), radius * np.sin(angles)])
    return Roi(
        1, "c", contours=tuple(Contour(np.column_stack([circle, np.full(90, z)])) for z in np.arange(-20.0, 21.0, 2.5))
    )


def constant(vector):
    field = np.broadcast_to(np.array(vector, dtype=float), (*GRID.shape, 3))
    return DisplacementField(GRID, field.copy(), -field.copy())


def as_mask():
    return Roi(2, "m", mask=rasterise(cylinder(), GRID), mask_grid=GRID)


@pytest.mark.parametrize("roi", [cylinder(), as_mask()], ids=["contours", "mask"])
def test_a_field_of_one_vector_is_a_translation(roi):
    bent = Deformation((constant((4.0, -3.0, 6.0)),))
    assert np.array_equal(rasterise(roi, GRID, bent), rasterise(roi, GRID, SHIFT))
    assert np.array_equal(voxel_shares(roi, GRID, bent), voxel_shares(roi, GRID, SHIFT))
    assert np.array_equal(rasterise(roi, GRID, Deformation((SHIFT,))), rasterise(roi, GRID, SHIFT))


@pytest.mark.parametrize("roi", [cylinder(), as_mask()], ids=["contours", "mask"])
def test_a_region_that_is_swollen_has_the_volume_of_the_field(roi):
    """Points are led to 0.8 of their distance from the middle: the region is 1/0.8 as wide along each axis."""
    z, y, x = (np.arange(n, dtype=float) for n in GRID.shape)
    k, j, i = np.meshgrid(z, y, x, indexing="ij")
    points = GRID.points(np.stack([i, j, k], axis=-1))
    swollen = Deformation((DisplacementField(GRID, -0.2 * points, 0.25 * points),))
    ratio = rasterise(roi, GRID, swollen).sum() / rasterise(roi, GRID).sum()
    assert ratio == pytest.approx(0.8**-3, rel=0.03)


def test_an_empty_mask_is_named():
    empty = Roi(1, "e", mask=np.zeros(GRID.shape, dtype=bool), mask_grid=GRID)
    with pytest.raises(RegionFinding, match="nothing is drawn"):
        rasterise(empty, GRID, Deformation((SHIFT,)))
