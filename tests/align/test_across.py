"""Registration of images of two kinds: a CT with an MR-like and an emission-like picture of the same body."""

import numpy as np
import pytest
from scipy import ndimage

from hevesy.align import as_shown, register_across
from hevesy.domain import Image, Quantity
from hevesy.errors import AlignmentError

SIZE = ((72, 64, 76), (5.5, 5.5, 5.5))
MR_OF_HU = ((-1000, 0), (-780, 60), (-600, 40), (-100, 900), (30, 400), (60, 550), (350, 120), (1000, 20))


@pytest.fixture(scope="module")
def fixed(phantom):
    return phantom.ct(phantom.grid(*SIZE, frame="1.2.1"))


@pytest.fixture(scope="module")
def true(phantom):
    return phantom.move((8, -6, 10), (2, -3, 2))


def bodies(phantom, true):
    grid = phantom.grid(*SIZE, frame="1.2.2")
    points = true.inverse().apply(phantom.points(grid))
    return grid, points, phantom.body_hu(points)


def test_an_mr_is_found_on_a_ct(phantom, fixed, true):
    grid, _, hu = bodies(phantom, true)
    values = np.interp(hu, *np.array(MR_OF_HU, dtype=float).T)
    noisy = values + 10 * np.random.default_rng(1).standard_normal(hu.shape)
    transform, registration = register_across(fixed, Image(grid, np.abs(noisy), Quantity.ARBITRARY))
    assert registration is None
    assert phantom.target_error(transform, true).max() < 2.5
    assert (transform.source_frame, transform.target_frame) == ("1.2.1", "1.2.2")


def test_an_emission_image_is_found_on_a_ct(phantom, fixed, true):
    grid, points, hu = bodies(phantom, true)
    activity = np.where(hu > -500, 1.0, 0.15) * (hu > -950)
    for organ, level in ((2, 4.0), (3, 8.0), (4, 6.0), (5, 6.0)):
        activity[phantom.ellipsoid(points, *phantom.ORGANS[organ][:2])] = level
    counts = np.random.default_rng(2).poisson(activity * 30) / 30
    image = Image(grid, ndimage.gaussian_filter(counts, 1.0), Quantity.ACTIVITY_CONCENTRATION)
    transform, _ = register_across(fixed, image)
    assert phantom.target_error(transform, true).max() < 6.0


def test_an_image_that_shows_nothing_is_refused(fixed):
    with pytest.raises(AlignmentError, match="moving image"):
        register_across(fixed, Image(fixed.grid, np.zeros(fixed.grid.shape), Quantity.ARBITRARY))


def test_pictures_take_the_window_of_a_ct(fixed):
    assert as_shown(fixed) is fixed
    shown = as_shown(Image(fixed.grid, np.abs(fixed.values), Quantity.ARBITRARY)).values
    assert (shown.min(), shown.max()) == (pytest.approx(-200, abs=1), pytest.approx(300))
    assert (as_shown(Image(fixed.grid, np.zeros(fixed.grid.shape), Quantity.COUNTS)).values == -200).all()
