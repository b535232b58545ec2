"""Planar acquisitions as conjugate views: dead time, times by row, windows, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from hevesy.domain import EnergyWindow, ImageKind, PlanarFrame, PlanarImage
from hevesy.errors import GeometryError, ScaleError
from hevesy.numerics.dead_time import observed_rate
from hevesy.numerics.moving_detector import in_view, mean_while_seen
from hevesy.quantify import DeadTime, Motion, conjugate_views, triple_window_weights
from hevesy.quantities import Uncertain

PEAK, LOWER, UPPER = EnergyWindow(187.6, 229.2), EnergyWindow(166.8, 187.6), EnergyWindow(229.2, 250.0)
MOTION = Motion(100.0, 40.0, head_first=True)
ROWS = 30
TAU = Uncertain(5e-6, {"dead-time:planar": 5e-7})


def frame(view, window, counts, **changes):
    orientation = ("L", "F") if view == "ANT" else ("R", "F")
    stated = {"orientation": orientation, "windows": (window,), "duration_s": 850.0} | changes
    return PlanarFrame(counts, view, **stated)


def image(kind=ImageKind.WHOLE_BODY, factor=1.0, **changes):
    rng = np.random.default_rng(2)
    frames = tuple(
        frame(view, window, np.rint(factor * rng.uniform(1000, 5000, (ROWS, 20))))
        for window in (LOWER, PEAK, UPPER)
        for view in ("ANT", "POST")
    )
    return PlanarImage(kind, frames, (10.0, 5.0), **{"scan_velocity_mm_s": 0.4, **changes})


def test_the_posterior_view_lies_on_the_anterior_one_and_scatter_by_its_weights():
    shown, weights = image(), triple_window_weights(PEAK, LOWER, UPPER)
    views = conjugate_views(shown, PEAK, scatter=weights, motion=MOTION)
    np.testing.assert_array_equal(views.photopeak[0], shown.frames[2].counts)
    np.testing.assert_array_equal(views.photopeak[1], shown.frames[3].counts[:, ::-1])
    expected = weights[0].weight * shown.frames[0].counts + weights[1].weight * shown.frames[4].counts
    np.testing.assert_allclose(views.scatter[0], expected)
    np.testing.assert_allclose(views.net, views.photopeak - views.scatter)
    spread = weights[0].weight ** 2 * shown.frames[0].counts + weights[1].weight ** 2 * shown.frames[4].counts
    np.testing.assert_allclose(views.scatter_variance[0], spread)


@pytest.mark.parametrize(("head_first", "first"), [(True, 0), (False, ROWS - 1)])
def test_rows_are_seen_one_after_the_other(head_first, first):
    views = conjugate_views(image(), PEAK, motion=replace(MOTION, head_first=head_first))
    assert views.row_times_s[first] == 50.0
    assert views.row_times_s.max() == pytest.approx(50.0 + (ROWS - 1) * 10.0 / 0.4)


def test_dead_time_of_a_moving_detector_is_put_right():
    """Losses that the same detector makes of true counts: to 1 % at the ends of the body, 0.3 % within."""
    true = image(factor=8.0)
    tau, view = 5e-6, 4
    rates = sum(f.counts.sum(axis=1) for f in true.frames if f.view == "ANT") / 100.0
    seen = in_view(rates, view)
    kept = mean_while_seen(observed_rate(seen, tau, "paralysable") / seen, view)
    recorded = replace(true, frames=tuple(replace(f, counts=f.counts * kept[:, None]) for f in true.frames))
    dead_time = DeadTime("paralysable", TAU, "planar", "test")
    views = conjugate_views(recorded, PEAK, motion=MOTION, dead_time=dead_time)
    assert kept.min() < 0.95
    np.testing.assert_allclose(views.photopeak[0], true.frames[2].counts, rtol=1e-2)
    np.testing.assert_allclose(views.losses[0, 4:-4], 1 / kept[4:-4], rtol=3e-3)


def test_static_images_have_one_loss_and_one_time():
    shown = image(ImageKind.STATIC, factor=8.0)
    views = conjugate_views(shown, PEAK, dead_time=DeadTime("non-paralysable", TAU, "planar", "test"))
    assert np.ptp(views.losses[0]) == 0 < views.losses[0, 0] - 1
    assert set(views.row_times_s) == {425.0}


def without(shown, view):
    return replace(shown, frames=tuple(f for f in shown.frames if f.view != view))


def changed(shown, of, **changes):
    return replace(shown, frames=tuple(replace(f, **changes) if f.view == of else f for f in shown.frames))


@pytest.mark.parametrize(
    ("spoilt", "error", "words"),
    [
        (lambda i: without(i, "POST"), GeometryError, "one POST view"),
        (lambda i: changed(i, "POST", view="ANT"), GeometryError, "one ANT view"),
        (lambda i: changed(i, "POST", duration_s=700.0), ScaleError, "one duration"),
        (lambda i: changed(i, "POST", counts=np.ones((ROWS, 19))), GeometryError, "one matrix"),
        (lambda i: changed(i, "ANT", windows=(LOWER,)), GeometryError, "one ANT view in the window"),
        (lambda i: replace(i, spacing_mm=None), GeometryError, "size of the pixels"),
        (lambda i: replace(i, scan_velocity_mm_s=0.5), ScaleError, "speed of the header"),
        (lambda i: changed(i, "ANT", orientation=None), GeometryError, "rows of the view lead"),
    ],
)
def test_images_that_are_no_conjugate_views_are_refused(spoilt, error, words):
    with pytest.raises(error, match=words):
        conjugate_views(spoilt(image()), PEAK, motion=MOTION, where="series S1")


def test_a_whole_body_scan_needs_its_motion():
    with pytest.raises(ScaleError, match="sees each point"):
        conjugate_views(image(), PEAK)


def test_too_high_a_rate_is_refused():
    with pytest.raises(ScaleError, match="count rate"):
        conjugate_views(
            image(factor=1000.0), PEAK, motion=MOTION, dead_time=DeadTime("paralysable", TAU, "planar", "test")
        )
