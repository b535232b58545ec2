from __future__ import annotations

import numpy as np
import pytest

from hevesy.delineate import draw_region, resolve_overlaps, with_share
from hevesy.domain import Contour, Grid, RegionKind, Roi, Side

GRID = Grid((20, 20, 20), (4.8, 4.8, 4.8), (-45.6, -45.6, -45.6))


def ball(radius, name="ball", step=2.0):
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    contours = []
    for z in np.arange(-radius + step / 2, radius, step):
        r = np.sqrt(radius**2 - z**2)
        contours.append(Contour(np.stack([r * np.cos(angle), r * np.sin(angle), np.full(90, z)], axis=-1)))
    return Roi(1, name, tuple(contours))


def region(radius, name="ball", kind=RegionKind.ORGAN):
    roi = ball(radius, name)
    return with_share(draw_region(roi, GRID, kind, Side.NONE), roi)


@pytest.mark.parametrize(("radius", "tolerance"), [(8.0, 0.015), (20.0, 0.01), (33.0, 0.01)])
def test_shares_add_up_to_the_drawn_volume(radius, tolerance):
    drawn = region(radius)
    assert drawn.share.values.sum() * GRID.voxel_volume_ml == pytest.approx(drawn.exact_volume_ml, rel=tolerance)
    assert drawn.share.values.min() >= 0
    assert drawn.share.values.max() <= 1


@pytest.mark.parametrize(("radius", "tolerance"), [(8.0, 0.06), (20.0, 0.02), (33.0, 0.02)])
def test_surface_adds_up_to_the_drawn_area(radius, tolerance):
    drawn = region(radius)
    assert drawn.surface.values.sum() * GRID.voxel_volume_ml * 1000 == pytest.approx(
        4 * np.pi * radius**2, rel=tolerance
    )


def test_inner_voxels_are_whole_and_centres_inside_hold_most():
    drawn = region(20.0)
    whole = np.zeros(GRID.shape)
    whole[drawn.share.box] = drawn.share.values
    assert whole[10, 10, 10] == 1
    assert (whole[drawn.mask] > 0.25).all()
    assert (whole[~drawn.mask] < 0.75).all()


def test_who_takes_precedence_takes_its_share():
    organ, lesion = region(33.0, "organ"), region(12.0, "lesion", RegionKind.LESION)
    left, kept = resolve_overlaps([organ, lesion], "lesions")
    assert kept.share is lesion.share
    assert left.surface is organ.surface
    lost = organ.share.values.sum() - left.share.values.sum()
    assert lost == pytest.approx(lesion.share.values.sum(), rel=1e-5)


def test_regions_without_shares_stay_without():
    plain = [draw_region(ball(r, n), GRID, RegionKind.ORGAN, Side.NONE) for r, n in ((33.0, "a"), (12.0, "b"))]
    assert [r.share for r in resolve_overlaps(plain, ["b", "a"])] == [None, None]
