"""The picture of a voxelwise fit."""

import numpy as np
from matplotlib.figure import Figure

from hevesy.domain import Grid
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.report.figures.voxel_maps import draw_voxel_maps

GRID = Grid((10, 8, 12), (4.0, 4.0, 5.0), (-22.0, -14.0, -20.0))


def drawn(integral, status):
    u = np.where(np.isfinite(integral), 0.1 * integral, np.nan)
    return draw_voxel_maps(integral, u, status.astype(np.uint8), GRID)


def pictures(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def test_plane_through_the_largest_integral():
    integral, status = np.full(GRID.shape, 1e9), np.full(GRID.shape, VoxelStatus.FITTED)
    integral[4, 3, 6] = 5e9
    integral[4, 3, 2], status[4, 3, 2] = np.nan, VoxelStatus.RISING
    figure = drawn(integral, status)
    assert isinstance(figure, Figure)
    shown, uncertainty, outcome = (np.asarray(picture.get_array(), dtype=float) for picture in pictures(figure))
    assert np.nanmax(shown) == 5e3  # MBq s
    assert np.isnan(shown).any()
    assert np.nanmax(uncertainty) == np.nanmin(uncertainty) == 10.0
    assert sorted(np.unique(outcome[np.isfinite(outcome)])) == [0.0, 1.0]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["fitted", "rising"]
    assert any("y = −2.0 mm" in text.get_text() for axes in figure.axes for text in axes.texts)


def test_without_a_value_there_is_still_a_picture():
    status = np.full(GRID.shape, VoxelStatus.OUTSIDE)
    status[4, 4, 4] = VoxelStatus.NOT_POSITIVE
    figure = drawn(np.full(GRID.shape, np.nan), status)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["not-positive"]


def test_every_outcome_with_a_fit_has_a_colour():
    for status in VoxelStatus:
        if status in (VoxelStatus.OUTSIDE, VoxelStatus.EMPTY):
            continue
        made = drawn(np.full(GRID.shape, 1e9), np.full(GRID.shape, status))
        assert [text.get_text() for text in made.legends[0].get_texts()] == [status.text]
