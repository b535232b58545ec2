"""Regions: checks, overlaps, the remainder, thresholds, the body."""

import numpy as np
import pytest

from hevesy.delineate import (
    body_roi,
    check_region,
    draw_region,
    rasterise,
    remainder,
    resolve_overlaps,
    threshold_region,
)
from hevesy.domain import Image, Quantity, RegionKind, Roi, Side
from hevesy.errors import InputError, RegionFinding


def test_a_drawn_region_has_both_volumes_name_and_code(shapes):
    drawn = shapes.sphere(20, (0, 0, 0), 2.0, name="Kidney_L")
    region = draw_region(drawn, shapes.grid(), RegionKind.ORGAN, Side.LEFT)
    assert (region.name, region.side) == ("Kidney_L", Side.LEFT)
    assert region.code == ("64033007", "SCT", "Kidney")
    assert region.volume_ml == pytest.approx(region.exact_volume_ml, rel=0.02)
    check_region(region, drawn, coverage=np.ones(region.grid.shape, dtype=bool))
    assert draw_region(drawn, shapes.grid(), RegionKind.LESION, Side.NONE).code is None


@pytest.mark.parametrize(
    ("centre", "radius", "reason"),
    [
        ((500, 0, 0), 20, "outside the image"),
        ((45, 0, 0), 20, "cut by the field of view: .* lies outside"),
        ((0.0, 0.0, 0.0), 1.0, "empty: no voxel of 0.0156 ml"),
        ((30.0, 0, 0), 19.0, "touches the first or last column"),
    ],
)
def test_what_the_image_cannot_support_is_a_finding(shapes, centre, radius, reason):
    drawn = shapes.sphere(radius, centre, min(2.0, radius / 2))
    region = draw_region(drawn, shapes.grid(), RegionKind.LESION, Side.NONE)
    with pytest.raises(RegionFinding, match=reason):
        check_region(region, drawn)


def test_a_moved_region_is_checked_where_it_lies(shapes):
    drawn = shapes.sphere(15, (300, 0, 0), 2.0)
    to_drawn = shapes.move((300, 0, 0), (0, 0, 0))
    region = draw_region(drawn, shapes.grid(), RegionKind.LESION, Side.NONE, transform=to_drawn)
    check_region(region, drawn, transform=to_drawn)
    with pytest.raises(RegionFinding, match="outside the image"):
        check_region(region, drawn)


def test_missing_coverage_and_empty_drawings_are_findings(shapes):
    region = shapes.box_region("a", RegionKind.LESION, (4, 4, 4), (4, 4, 4))
    coverage = np.ones(region.grid.shape, dtype=bool)
    coverage[:5] = False
    with pytest.raises(RegionFinding, match=r"25.0% of a lies outside the scan"):
        check_region(region, coverage=coverage)
    with pytest.raises(RegionFinding, match="nothing is drawn"):
        check_region(region, shapes.roi([]))
    mask = Roi(1, "m", mask=region.mask, mask_grid=region.grid)
    check_region(region, mask)


def test_lesions_keep_what_they_share_with_their_organ(shapes):
    organ = shapes.box_region("liver", shapes.ORGAN, (1, 1, 1), (8, 8, 8), exact=70.0)
    lesion = shapes.box_region("lesion", shapes.LESION, (7, 7, 7), (4, 4, 4))
    kept = resolve_overlaps([organ, lesion], "lesions")
    assert not (kept[0].mask & kept[1].mask).any()
    assert np.array_equal(kept[1].mask, lesion.mask)
    assert kept[0].exact_volume_ml == pytest.approx(70.0 - 8 * 0.125)
    assert kept[1].exact_volume_ml == lesion.exact_volume_ml
    assert resolve_overlaps([organ, lesion], ["lesion", "liver"])[0].n_voxels == 512 - 8
    assert resolve_overlaps([organ, lesion], ["liver", "lesion"])[1].n_voxels == 64 - 8


@pytest.mark.parametrize("kinds", [("LESION", "LESION"), ("ORGAN", "ORGAN")])
def test_two_of_a_kind_are_refused_with_their_names_and_volume(shapes, kinds):
    a, b = (shapes.box_region(f"r{i}", getattr(shapes, k), (2 + i, 2, 2), (3, 2, 2)) for i, k in enumerate(kinds))
    with pytest.raises(InputError, match=r"'r0' and 'r1' share 1 ml"):
        resolve_overlaps([a, b], "lesions")
    assert resolve_overlaps([a, b], ["r1", "r0"])[0].n_voxels == 4


def test_without_an_order_any_overlap_is_refused_and_neighbours_are_not(shapes):
    a = shapes.box_region("a", shapes.ORGAN, (2, 2, 2), (3, 3, 3))
    neighbour = shapes.box_region("b", shapes.LESION, (5, 2, 2), (3, 3, 3))
    assert [r.n_voxels for r in resolve_overlaps([a, neighbour], None)] == [27, 27]
    with pytest.raises(InputError, match="share"):
        resolve_overlaps([a, shapes.box_region("c", shapes.LESION, (4, 2, 2), (3, 3, 3))], None)


def test_a_list_must_name_both_and_only_regions(shapes):
    a = shapes.box_region("a", shapes.ORGAN, (2, 2, 2), (3, 3, 3))
    b = shapes.box_region("b", shapes.ORGAN, (3, 2, 2), (3, 3, 3))
    with pytest.raises(InputError, match="share"):
        resolve_overlaps([a, b], ["a"])
    with pytest.raises(InputError, match="nobody"):
        resolve_overlaps([a, b], ["a", "b", "nobody"])


def test_two_organs_that_share_only_a_lesion_do_not_conflict(shapes):
    a = shapes.box_region("a", shapes.ORGAN, (2, 2, 2), (3, 3, 3))
    b = shapes.box_region("b", shapes.ORGAN, (4, 2, 2), (3, 3, 3))
    lesion = shapes.box_region("l", shapes.LESION, (4, 2, 2), (1, 3, 3))
    assert [r.n_voxels for r in resolve_overlaps([a, b, lesion], "lesions")] == [18, 18, 9]


def test_nothing_to_resolve():
    assert resolve_overlaps([], "lesions") == ()


def test_the_remainder_is_the_body_without_the_regions(shapes):
    a = shapes.box_region("a", shapes.ORGAN, (2, 2, 2), (3, 3, 3))
    body = np.zeros(a.grid.shape, dtype=bool)
    body[1:-1, 1:-1, 1:-1] = True
    rest = remainder("rest", a.grid, body, [a])
    assert rest.kind == RegionKind.REMAINDER
    assert rest.n_voxels == 1000 - 27
    assert rest.exact_volume_ml == pytest.approx(rest.volume_ml)
    assert remainder("rest", a.grid, None, [a]).n_voxels == 12**3 - 27
    assert body.sum() == 1000


def image(shapes):
    values = np.zeros((12, 12, 12))
    values[3:6, 3:6, 3:6] = 50.0
    values[4, 4, 4] = 100.0
    values[8:10, 8:10, 8:10] = 90.0
    return Image(shapes.grid((12, 12, 12)), values, Quantity.ACTIVITY_CONCENTRATION)


def test_thresholds_take_the_part_with_the_maximum(shapes):
    everywhere = np.ones((12, 12, 12), dtype=bool)
    assert threshold_region(image(shapes), seed_mask=everywhere, relative=0.42).sum() == 27
    assert threshold_region(image(shapes), seed_mask=everywhere, fixed=51.0).sum() == 1
    bounded = everywhere.copy()
    bounded[:7] = False
    found = threshold_region(image(shapes), seed_mask=bounded, relative=0.42)
    assert found.sum() == 8
    assert not (found & ~bounded).any()


def test_thresholds_that_find_nothing_are_findings(shapes):
    everywhere = np.ones((12, 12, 12), dtype=bool)
    with pytest.raises(RegionFinding, match="below the threshold"):
        threshold_region(image(shapes), seed_mask=everywhere, fixed=101.0)
    with pytest.raises(RegionFinding, match="no voxel"):
        threshold_region(image(shapes), seed_mask=~everywhere, fixed=1.0)
    with pytest.raises(ValueError, match="exactly one"):
        threshold_region(image(shapes), seed_mask=everywhere, fixed=1.0, relative=0.5)


def test_the_body_outline_leaves_out_the_table_and_fills_the_lungs(shapes):
    grid = shapes.grid((30, 100, 100), (2.0, 2.0, 4.0))
    y, x = ((np.arange(100) - 49.5) * 2.0 for _ in range(2))
    radius = np.hypot(x[None, :] / 80, y[:, None] / 60)
    plane = np.where(radius < 1, 40.0, -1000.0)
    plane[np.hypot((x[None, :] - 20) / 30, y[:, None] / 30) < 1] = -800
    plane[86:88] = 200
    ct = Image(grid, np.repeat(plane[None], 30, axis=0), Quantity.CT_NUMBER)
    body = body_roi(ct)
    expected = np.pi * 80 * 60 * 120 / 1000
    assert body.mask.sum() * body.mask_grid.voxel_volume_ml == pytest.approx(expected, rel=0.02)
    on_ct = rasterise(body, grid)
    assert on_ct[15, 50, 60]
    assert not on_ct[:, 85:].any()
    with pytest.raises(RegionFinding, match="no body"):
        body_roi(Image(grid, np.full(grid.shape, -1000.0), Quantity.CT_NUMBER))
    with pytest.raises(ValueError, match="HU"):
        body_roi(Image(grid, np.zeros(grid.shape), Quantity.COUNTS))
