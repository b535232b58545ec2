"""Activity is conserved; masks and contours move with the patient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.align import (
    compose,
    move_grid,
    resample_activity,
    resample_ct,
    resample_labels,
    resample_mask,
    transform_between,
    transform_roi_set,
)
from hevesy.domain import Contour, Grid, Image, Quantity, RigidTransform, Roi, RoiSet
from hevesy.errors import AlignmentError

SHIFT = st.tuples(*[st.floats(-12, 12)] * 3)
ANGLE = st.tuples(*[st.floats(-8, 8)] * 3)


def blob(grid, phantom, centre=(5.0, -8.0, 3.0), width=18.0):
    p = phantom.points(grid)
    values = 1e6 * np.exp(-0.5 * ((p - np.array(centre)) ** 2).sum(axis=-1) / width**2)
    return Image(grid, values, Quantity.ACTIVITY_CONCENTRATION)


def total(image):
    return image.values.sum() * image.grid.voxel_volume_ml


@given(shift=SHIFT, angles=ANGLE)
@settings(max_examples=15, deadline=None)
def test_activity_well_inside_is_conserved(phantom, shift, angles):
    image = blob(phantom.grid((48, 48, 48), (4.8, 4.8, 4.8)), phantom)
    moved = resample_activity(image, image.grid, phantom.move(shift, angles))
    assert total(moved.image) == pytest.approx(total(image), rel=1e-3)
    assert moved.conserved == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("spacing", [(2.0, 2.0, 2.0), (4.8, 4.8, 4.8), (9.0, 7.0, 11.0), (20.0, 20.0, 20.0)])
def test_activity_is_conserved_on_finer_and_coarser_grids_with_noise(phantom, spacing):
    image = blob(phantom.grid((48, 48, 48), (4.8, 4.8, 4.8)), phantom)
    noisy = Image(image.grid, np.random.default_rng(1).poisson(image.values / 1e4) * 1e4, image.quantity)
    shape = tuple(int(260 / s) for s in reversed(spacing))
    moved = resample_activity(noisy, phantom.grid(shape, spacing), phantom.move((3, 2, -1), (2, -3, 4)))
    assert total(moved.image) == pytest.approx(total(noisy), rel=5e-3)
    assert moved.conserved == pytest.approx(1.0, abs=5e-3)


def test_conservation_is_judged_within_the_common_field_of_view(phantom):
    image = Image(phantom.grid((30, 30, 30)), np.ones((30, 30, 30)), Quantity.ACTIVITY_CONCENTRATION)
    moved = resample_activity(image, image.grid, phantom.move((41.3, 0, 0), (0, 0, 0)))
    assert moved.conserved == pytest.approx(1.0, abs=1e-6)
    assert not moved.coverage[:, :, 20:].any()
    assert moved.coverage[:, :, :19].all()


def test_counts_are_no_density(phantom):
    grid = phantom.grid((4, 4, 4))
    with pytest.raises(ValueError, match="density"):
        resample_activity(Image(grid, np.ones(grid.shape), Quantity.COUNTS), grid)


def test_no_activity_has_no_ratio(phantom):
    grid = phantom.grid((4, 4, 4))
    assert resample_activity(Image(grid, np.zeros(grid.shape), Quantity.ACTIVITY_CONCENTRATION), grid).conserved is None


def test_a_ct_has_air_where_it_was_not_scanned(phantom):
    grid = phantom.grid((4, 4, 4))
    ct = Image(grid, np.full(grid.shape, 40.0), Quantity.CT_NUMBER)
    moved = resample_ct(ct, grid, phantom.move((8, 0, 0), (0, 0, 0)), outside_hu=-1000.0)
    assert moved.values[0, 0].tolist() == [40, 40, -1000, -1000]


def test_masks_and_labels_go_to_the_nearest_voxel(phantom):
    grid = phantom.grid((6, 6, 6))
    labels = np.random.default_rng(4).integers(0, 4, grid.shape).astype(np.int16)
    shift = phantom.move((4.0 + 1.5, 0, 0), (0, 0, 0))
    moved = resample_labels(Image(grid, labels, Quantity.LABELS), grid, shift).values
    assert moved.dtype == np.int16
    assert np.array_equal(moved[:, :, :5], labels[:, :, 1:])
    assert np.array_equal(resample_mask(labels == 2, grid, grid, shift)[:, :, :5], (labels == 2)[:, :, 1:])
    with pytest.raises(ValueError, match="labels"):
        resample_labels(Image(grid, labels, Quantity.COUNTS), grid)


def test_regions_and_grids_move_as_their_points_do(phantom):
    grid = phantom.grid((3, 4, 5), frame="A")
    transform = phantom.move((10, 20, 30), (5, 6, 7), frames=("A", "B"))
    points = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0]])
    drawn = RoiSet(
        (Roi(1, "c", contours=(Contour(points, "uid"),)), Roi(2, "m", mask=np.ones(grid.shape, bool), mask_grid=grid)),
        "A",
        "file",
    )
    moved = transform_roi_set(drawn, transform)
    assert moved.frame_of_reference == "B"
    assert moved.rois[0].contours[0].points_mm == pytest.approx(transform.apply(points))
    assert moved.rois[0].contours[0].image_uid == "uid"
    index = np.array([[1.0, 2.0, 0.5]])
    assert moved.rois[1].mask_grid.points(index) == pytest.approx(transform.apply(grid.points(index)))
    assert move_grid(grid, transform).frame_of_reference == "B"


def chain(phantom):
    return (
        phantom.move((1, 2, 3), (4, 5, 6), frames=("A", "B")),
        phantom.move((-5, 0, 9), (0, 3, -2), frames=("C", "B")),
    )


def test_a_chain_of_transforms_is_followed_through_inverses(phantom):
    first, second = chain(phantom)
    found = transform_between([second, first], "A", "C")
    p = np.array([[10.0, -20.0, 30.0]])
    assert found.apply(p) == pytest.approx(second.inverse().apply(first.apply(p)))
    assert (found.source_frame, found.target_frame) == ("A", "C")
    assert compose(first, second.inverse()).apply(p) == pytest.approx(found.apply(p))


def test_equal_frames_need_no_transform():
    assert transform_between([], "A", "A") == RigidTransform.identity("A", "A")


def test_missing_paths_and_frames_are_named(phantom):
    with pytest.raises(AlignmentError, match="from frame A to frame X"):
        transform_between(chain(phantom), "A", "X")
    with pytest.raises(AlignmentError, match="names none"):
        transform_between(chain(phantom), "A", None)


def test_contradicting_transforms_are_refused(phantom):
    first, second = chain(phantom)
    other = phantom.move((1, 2, 5), (4, 5, 6), frames=("A", "B"))
    with pytest.raises(AlignmentError, match="differ by"):
        transform_between([first, second, other], "A", "C")
    agreeing = compose(first, second.inverse())
    assert transform_between([first, second, agreeing], "A", "C").array == pytest.approx(agreeing.array)


def test_a_coarsened_grid_covers_its_blocks():
    coarse = Grid((7, 8, 9), (1.0, 2.0, 3.0), (10.0, 20.0, 30.0)).coarsened((2, 2, 3))
    assert coarse.shape == (3, 4, 3)
    assert coarse.spacing_mm == (3.0, 4.0, 6.0)
    assert coarse.origin_mm == (11.0, 21.0, 31.5)
