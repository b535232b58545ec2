"""What the figures show."""

import io
import sys

import numpy as np
import pytest
from PIL import Image as Picture

from hevesy.domain import Grid, Image, Quantity, Region, RegionKind, Side
from hevesy.report import ReportImages
from hevesy.report.figures.alignment import composite, draw_alignment
from hevesy.report.figures.budgets import kind_colours, shares_percent
from hevesy.report.figures.curves import curve_activity_bq, draw_time_activity
from hevesy.report.figures.planes import Box
from hevesy.report.figures.projection import draw_projections, scale_maximum
from hevesy.report.figures.slices import draw_slices, local_box
from hevesy.report.figures.style import raster, vector, with_room
from hevesy.report.images import AlignmentPictures, AlignmentView
from hevesy.report.model import CurveModel


def hot_on_the_left(direction_x):
    """Activity only on the patient's left, anterior and high, with voxels running to the left or to the right."""
    grid = Grid(
        (20, 20, 20), (10.0,) * 3, (-95.0 * direction_x, -95.0, -95.0), ((direction_x, 0, 0), (0, 1, 0), (0, 0, 1))
    )
    values = np.zeros(grid.shape, np.float32)
    k, j, i = np.round(grid.indices(np.array([55.0, -55.0, 55.0]))[::-1]).astype(int)
    values[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2] = 1e5
    return Image(grid, values, Quantity.ACTIVITY_CONCENTRATION)


def centre_of_light(pixels):
    rows, columns = np.nonzero(pixels > 0.6 * pixels.max())
    return rows.mean() / pixels.shape[0], columns.mean() / pixels.shape[1]


def axes_pictures(figure):
    return [axes for axes in figure.axes if axes.images]


@pytest.mark.parametrize("direction_x", [1.0, -1.0])
def test_left_is_shown_right_and_anterior_up(direction_x):
    image = hot_on_the_left(direction_x)
    box = Box(np.full(3, -100.0), np.full(3, 100.0))
    figure = draw_slices(ReportImages(spect=(image,)), np.array([55.0, -55.0, 55.0]), box, None)
    axial, coronal, sagittal = axes_pictures(figure)
    for axes, across, up in ((axial, 55.0, -55.0), (coronal, 55.0, 55.0), (sagittal, -55.0, 55.0)):
        x, y = axes.transAxes.inverted().transform(axes.transData.transform((across, up)))
        values = axes.images[0].get_array()
        row, column = centre_of_light(np.asarray(values))
        left, right, first, last = axes.images[0].get_extent()
        assert abs(left + column * (right - left) - across) < 6
        assert abs(first + row * (last - first) - up) < 6
        assert y > 0.6
        assert x > 0.6 if axes is not sagittal else x < 0.4
    texts = {text.get_text() for text in axial.texts}
    assert {"R", "L", "axial, z = 55.0 mm", "5 cm", "activity concentration"} <= texts


def test_the_drawn_picture_itself_has_left_on_the_right():
    box = Box(np.full(3, -100.0), np.full(3, 100.0))
    data = raster(
        lambda: draw_slices(ReportImages(spect=(hot_on_the_left(1.0),)), np.array([55.0, -55, 55]), box, None)
    ).data
    pixels = np.asarray(Picture.open(io.BytesIO(data)).convert("L"), dtype=float)
    axial = pixels[8:-8, : int(pixels.shape[1] * 0.28)]
    bright = axial.copy()
    bright[:, : axial.shape[1] // 8] = bright[:, -axial.shape[1] // 8 :] = 0
    row, column = centre_of_light(bright[: axial.shape[0] // 2])
    assert column > 0.5
    assert row < 1.0


def test_projections_share_one_scale(images):
    maximum = scale_maximum(images.spect)
    box = Box(np.full(3, -200.0), np.full(3, 200.0))
    figure = draw_projections(images.spect, list("abcd"), images.regions, numbers={}, box=box, maximum=maximum)
    limits = {axes.images[0].get_clim() for axes in axes_pictures(figure)}
    assert limits == {(0.0, maximum * 1e-3)}
    assert len(axes_pictures(figure)) == 8


def test_a_projection_is_the_largest_value_along_the_view(images):
    box = Box(np.full(3, -200.0), np.full(3, 200.0))
    image = hot_on_the_left(-1.0)
    figure = draw_projections([image], ["a"], [], numbers={}, box=box, maximum=1e5)
    coronal, sagittal = axes_pictures(figure)
    assert float(coronal.images[0].get_array().max()) == pytest.approx(100.0)
    assert centre_of_light(np.asarray(coronal.images[0].get_array()))[1] > 0.5
    assert centre_of_light(np.asarray(sagittal.images[0].get_array()))[1] < 0.5


def test_isodoses_are_labelled_in_gray(images):
    region = images.regions[4]
    figure = draw_slices(images, np.array([-95.0, -25.0, 85.0]), local_box(region), region)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[-1] == "region as drawn"
    assert all(label.endswith(" Gy") for label in labels[:-1])
    assert len(labels) >= 4
    assert {axes.get_ylabel() for axes in figure.axes if axes.get_ylabel()} == {"[kBq/ml]", "[Gy]"}
    assert with_room("absorbed dose", "Gy", 60.0) == "absorbed dose [Gy]"


def test_tumours_are_outlined(images):
    region = images.regions[4]
    with_outline, without = (
        draw_slices(images, np.array([-95.0, -25.0, 85.0]), local_box(region), None, outlines=drawn)
        for drawn in ([region], [])
    )
    assert [text.get_text() for text in with_outline.legends[0].get_texts()][-1] == "tumours as drawn"
    lines = [sum(len(axes.collections) for axes in figure.axes) for figure in (with_outline, without)]
    assert lines[0] > lines[1]


def test_an_empty_image_is_drawn_too():
    grid = Grid((4, 4, 4), (10.0,) * 3, (0.0, 0.0, 0.0))
    nothing = Image(grid, np.zeros(grid.shape), Quantity.ACTIVITY_CONCENTRATION)
    dose = Image(grid, np.zeros(grid.shape), Quantity.ABSORBED_DOSE)
    region = Region("all", RegionKind.ORGAN, Side.NONE, np.ones(grid.shape, bool), grid, 64.0)
    box = local_box(region)
    assert raster(lambda: draw_slices(ReportImages(spect=(nothing,), dose=dose), np.zeros(3), box, region)).data


def test_same_figure_same_bytes(results, images):
    for how in (raster, vector):
        assert how(lambda: draw_time_activity(results.regions[0])) == how(
            lambda: draw_time_activity(results.regions[0])
        )


def test_no_global_figure_state():
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_the_curve_is_drawn_as_it_was_fitted():
    exponential = CurveModel(
        model="bi", amplitudes_bq=[10.0, -4.0], rates_per_s=[1e-5, 1e-3], extrapolated_fraction=0.0
    )
    times = np.array([0.0, 1.0, 50.0])
    expected = 10 * np.exp(-1e-5 * times * 3600) - 4 * np.exp(-1e-3 * times * 3600)
    np.testing.assert_allclose(curve_activity_bq(exponential, times), expected)
    knots = CurveModel(model="trapezoid-tail", amplitudes_bq=[], rates_per_s=[], knots_h=[0.0, 4.0, 24.0], knots_bq=[0.0, 8.0, 6.0],
                       tail_half_life_h=10.0, tail_from_h=24.0, extrapolated_fraction=0.5)  # fmt: skip
    np.testing.assert_allclose(
        curve_activity_bq(knots, np.array([2.0, 14.0, 24.0, 34.0, 44.0])), [4.0, 7.0, 6.0, 3.0, 1.5]
    )


def test_the_tail_is_dashed_and_wide_ranges_are_logarithmic(results):
    axes = draw_time_activity(results.regions[2]).axes[0]
    styles = [line.get_linestyle() for line in axes.lines[:2]]
    assert styles[0] == "-"
    assert styles[1] != "-"
    assert axes.get_yscale() == "log"
    assert "[h]" in axes.get_xlabel()
    assert "[MBq]" in axes.get_ylabel()


def test_budget_shares_add_to_the_whole(results):
    shares = shares_percent(results.regions[0].absorbed_dose_gy)
    assert sum(shares.values()) == pytest.approx(13.0)
    assert kind_colours(["fit", "new kind"])["fit"] == kind_colours(["fit"])["fit"]


def test_alignment_is_grey_where_both_agree():
    picture = np.array([[0.0, 50.0], [100.0, 200.0]])
    same = composite(picture, picture, (0.0, 100.0))
    assert (same[..., 0] == same[..., 1]).all()
    other = composite(picture, np.zeros((2, 2)), (0.0, 100.0))
    np.testing.assert_allclose(other[1, 0], [1.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="one shape"):
        AlignmentView("axial", picture, picture, np.zeros((3, 2)), (1.0, 1.0))


def test_an_image_of_the_wrong_quantity_is_refused(images):
    with pytest.raises(ValueError, match="expected an image in Gy"):
        ReportImages(dose=images.spect[0])


def test_an_alignment_view_is_cut_to_what_is_seen():
    picture = np.full((100, 80), -1000.0)
    picture[40:60, 30:50] = 40.0
    view = AlignmentView("axial", picture, picture, picture, (3.0, 3.0), window=(-200.0, 300.0))
    axes = draw_alignment(AlignmentPictures(2, (view,)), "time point 2").axes
    assert len(axes) == 2
    assert axes[0].images[0].get_array().shape[:2] == (30, 30)


def test_numbers_of_regions_stay_inside_the_field(images):
    box = Box(np.full(3, -200.0), np.full(3, 200.0))
    known = {region.name: number for number, region in enumerate(images.regions, start=1)}
    figure = draw_projections(images.spect, list("abcd"), images.regions, numbers=known, box=box, maximum=1e5)
    shown = axes_pictures(figure)[0].texts
    labels = [text for text in shown if text.get_text().isdigit()]
    assert {label.get_text() for label in labels} == {
        str(known[region.name]) for region in images.regions if region.kind != "remainder"
    }
    assert all(-200 < x < 200 for label in labels for x in label.get_position())
