"""Voxels and volumes of drawn shapes against analytic ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.delineate import contour_gaps, exact_volume_ml, rasterise
from hevesy.domain import Grid, Roi
from hevesy.errors import GeometryError, RegionFinding

OFFSET = st.tuples(*[st.floats(-6, 6)] * 3)


def volume(drawn, grid, transform=None):
    return rasterise(drawn, grid, transform).sum() * grid.voxel_volume_ml


def sphere_ml(radius):
    return 4 / 3 * np.pi * radius**3 / 1000


@pytest.mark.parametrize(("spacing", "tolerance"), [(4.0, 0.01), (2.0, 0.003), (1.0, 0.001)])
def test_exact_volume_of_a_sphere_converges(shapes, spacing, tolerance):
    drawn = shapes.sphere(25, (0, 0, 0.3), spacing)
    assert exact_volume_ml(drawn) == pytest.approx(sphere_ml(25), rel=tolerance)


@pytest.mark.parametrize("plane_spacing", [0.7, 2.5, 3.1, 5.0, 9.0])
@pytest.mark.parametrize("voxel", [1.3, 2.5, 4.8])
def test_planes_finer_and_coarser_than_the_voxels_are_unbiased(shapes, plane_spacing, voxel):
    n = int(90 / voxel)
    drawn = shapes.sphere(30, (0.4, -0.3, 0.2), plane_spacing)
    offsets = voxel * (np.indices((4, 4, 4)).reshape(3, -1).T[::3] / 4 - 0.375)
    ratios = [
        volume(drawn, shapes.grid((n, n, n), (voxel,) * 3, centre)) / exact_volume_ml(drawn) for centre in offsets
    ]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.01)


@given(offset=OFFSET)
@settings(max_examples=25, deadline=None)
def test_voxels_move_with_the_drawing(shapes, offset):
    drawn = shapes.sphere(20, (0.13, 0.21, 0.37), 3.0)
    shifted = shapes.moved(drawn, shapes.move(offset, (0, 0, 0)))
    here = rasterise(drawn, shapes.grid())
    assert np.array_equal(rasterise(shifted, shapes.grid(centre=offset)), here)
    assert exact_volume_ml(shifted) == pytest.approx(exact_volume_ml(drawn), rel=1e-9)


@given(offset=OFFSET, angles=st.tuples(*[st.floats(-40, 40)] * 3))
@settings(max_examples=25, deadline=None)
def test_a_transform_and_moved_oblique_contours_mark_the_same_voxels(shapes, offset, angles):
    drawn = shapes.sphere(20, (5, -3, 2), 3.0)
    to_drawn = shapes.move(offset, angles)
    grid = shapes.grid(centre=(5, -3, 2))
    through = rasterise(drawn, grid, to_drawn)
    oblique = shapes.moved(drawn, to_drawn.inverse())
    assert np.count_nonzero(through ^ rasterise(oblique, grid)) <= 0.002 * through.sum() + 2
    assert volume(drawn, grid, to_drawn) == pytest.approx(sphere_ml(20), rel=0.03)
    assert exact_volume_ml(oblique) == pytest.approx(exact_volume_ml(drawn), rel=1e-6)


def test_order_and_orientation_of_contours_do_not_matter(shapes):
    drawn = shapes.sphere(20, (0.1, 0.2, 0.3), 2.0)
    order = np.random.default_rng(1).permutation(len(drawn.contours))
    shuffled = shapes.roi([drawn.contours[i].points_mm[:: -1 if i % 2 else 1] for i in order])
    assert np.array_equal(rasterise(shuffled, shapes.grid()), rasterise(drawn, shapes.grid()))
    assert exact_volume_ml(shuffled) == pytest.approx(exact_volume_ml(drawn), rel=1e-12)


def test_a_hole_is_no_part_of_the_region(shapes):
    planes = np.arange(-10, 11, 2.0)
    drawn = shapes.roi([shapes.circle(r, (0, 0), z) for z in planes for r in (20, 8)])
    expected = np.pi * (20**2 - 8**2) * 22 / 1000
    assert exact_volume_ml(drawn) == pytest.approx(expected, rel=2e-3)
    mask = rasterise(drawn, shapes.grid((41, 41, 41), (1.0, 1.0, 1.0)))
    assert not mask[20, 20, 20]
    assert mask[20, 20, 34]
    assert volume(drawn, shapes.grid((41, 41, 41), (1.0, 1.0, 1.0))) == pytest.approx(expected, rel=0.06)


def test_a_gap_between_two_parts_stays_empty_and_is_counted(shapes):
    drawn = shapes.cylinder(15, (0.2, 0.1), [-20.0, -18, -16, -14, 6, 8, 10])
    mask = rasterise(drawn, shapes.grid((60, 40, 40), (1.0, 1.0, 1.0)))
    heights = np.unique(np.argwhere(mask)[:, 0]) - 29.5
    assert heights.tolist() == [*np.arange(-20.5, -13), *np.arange(5.5, 11)]
    assert exact_volume_ml(drawn) == pytest.approx(np.pi * 225 * 14 / 1000, rel=1e-3)
    assert contour_gaps(drawn) == 9
    assert contour_gaps(shapes.cylinder(15, (0, 0), [1.0, 3.0, 5.001])) == 0
    assert contour_gaps(shapes.cylinder(15, (0, 0), [1.0])) == 0


def test_slabs_of_neighbouring_planes_share_no_voxel_and_leave_none_out(shapes):
    planes = np.arange(-14.0, 15, 4.0)
    grid = shapes.grid((40, 30, 30), (1.0, 1.0, 1.0))
    whole = rasterise(shapes.cylinder(10, (0.1, 0.1), planes), grid)
    heights = np.flatnonzero(whole.any(axis=(1, 2)))
    assert len(heights) == 32
    assert np.ptp(whole.sum(axis=(1, 2))[heights]) == 0


def test_contours_on_one_plane_need_the_slice_spacing(shapes):
    drawn = shapes.roi([shapes.circle(10, (0, 0), 1.25)])
    with pytest.raises(RegionFinding, match="single plane"):
        rasterise(drawn, shapes.grid())
    with pytest.raises(RegionFinding, match="single plane"):
        exact_volume_ml(drawn)
    assert exact_volume_ml(drawn, 2.5) == pytest.approx(np.pi * 100 * 2.5 / 1000, rel=1e-3)
    assert np.unique(np.argwhere(rasterise(drawn, shapes.grid(), slice_spacing_mm=2.5))[:, 0]).tolist() == [20]


def test_sagittal_contours_are_as_good_as_axial_ones(shapes):
    drawn = shapes.sphere(20, (0.3, -0.2, 0.1), 2.0)
    turned = shapes.roi([c.points_mm[:, [2, 0, 1]] for c in drawn.contours])
    mask, other = rasterise(drawn, shapes.grid()), rasterise(turned, shapes.grid())
    assert np.array_equal(other, mask.transpose(1, 2, 0))


def test_contours_that_are_not_parallel_planes_are_refused(shapes):
    bent = shapes.circle(10, (0, 0), 0)
    bent[::2, 2] += 3
    crossed = shapes.circle(10, (0, 0), 0)[:, [2, 0, 1]]
    for polygons in ([bent, shapes.circle(10, (0, 0), 5)], [shapes.circle(10, (0, 0), 5), crossed]):
        with pytest.raises(GeometryError, match="parallel planes"):
            rasterise(shapes.roi(polygons, "bent"), shapes.grid())
    broken = shapes.circle(10, (0, 0), 0)
    broken[3, 1] = np.nan
    with pytest.raises(GeometryError, match="finite"):
        rasterise(shapes.roi([broken]), shapes.grid())


def test_nothing_drawn_is_a_finding(shapes):
    for drawn in (
        shapes.roi([]),
        shapes.roi([[[0, 0, 0], [1, 0, 0]]]),
        shapes.roi([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]]),
    ):
        with pytest.raises(RegionFinding, match="empty"):
            rasterise(drawn, shapes.grid())
    grid = shapes.grid((4, 4, 4))
    with pytest.raises(RegionFinding, match="empty"):
        rasterise(Roi(1, "m", mask=np.zeros(grid.shape, bool), mask_grid=grid), grid)


def test_a_region_beyond_the_grid_marks_nothing(shapes):
    assert not rasterise(shapes.sphere(10, (500, 0, 0), 2.0), shapes.grid()).any()


def test_a_mask_on_the_same_grid_is_kept_and_on_another_goes_to_the_nearest_voxel(shapes):
    grid = shapes.grid()
    mask = rasterise(shapes.sphere(20, (0, 0, 0), 2.0), grid)
    drawn = Roi(1, "m", mask=mask, mask_grid=grid)
    assert np.array_equal(rasterise(drawn, grid), mask)
    assert exact_volume_ml(drawn) == pytest.approx(mask.sum() * grid.voxel_volume_ml)
    assert contour_gaps(drawn) == 0
    finer = shapes.grid((100, 100, 100), (1.0, 1.0, 1.0))
    assert volume(drawn, finer) == pytest.approx(exact_volume_ml(drawn), rel=0.01)
    to_mask = shapes.move((4, -7, 9), (20, -10, 15))
    assert volume(drawn, finer, to_mask) == pytest.approx(exact_volume_ml(drawn), rel=0.01)


def test_flipped_index_axes_mark_the_same_places(shapes):
    drawn = shapes.sphere(20, (3, 2, 7.1), 2.0)
    grid = shapes.grid((30, 32, 34))
    z, y, _ = grid.shape
    flipped = Grid(
        grid.shape,
        grid.spacing_mm,
        tuple(grid.points(np.array([0.0, y - 1, z - 1]))),
        ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)),
    )
    assert np.array_equal(rasterise(drawn, flipped)[::-1, ::-1], rasterise(drawn, grid))


def test_rounding_of_an_affine_does_not_move_a_mask_by_a_voxel():
    fine = Grid((16, 16, 16), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    coarse = Grid((8, 8, 8), (4.0, 4.0, 4.0), (1.0, 1.0, 1.0))  # its centres lie on the faces of the fine voxels
    mask = np.zeros(fine.shape, dtype=bool)
    mask[4:9, 4:9, 4:9] = True
    marked = [
        rasterise(Roi(1, "box", mask=mask, mask_grid=Grid(fine.shape, fine.spacing_mm, (off, off, off))), coarse)
        for off in (-2e-5, 0.0, 2e-5)
    ]
    assert marked[0].any()
    assert all(np.array_equal(marked[1], other) for other in marked)
