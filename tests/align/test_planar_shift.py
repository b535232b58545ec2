"""Planar images are found where they were moved to."""

import numpy as np
import pytest
from scipy import ndimage

from hevesy.align import planar_shift, shifted
from hevesy.errors import AlignmentError


@pytest.fixture(scope="module")
def picture():
    rng = np.random.default_rng(3)
    body = np.zeros((90, 60))
    body[15:80, 15:45] = 40.0
    for row, column, counts in ((30, 22, 900.0), (45, 38, 500.0), (60, 30, 300.0)):
        body[row - 3 : row + 3, column - 3 : column + 3] += counts
    return ndimage.gaussian_filter(body, 1.5), rng


@pytest.mark.parametrize("shift", [(0.0, 0.0), (7.2, -3.1), (-11.0, 4.8)])
def test_the_shift_is_found_and_taken_back(picture, shift):
    """To 0.7 mm with pixels of 4 and 5 mm and counting noise, also where the organs fade against each other."""
    body, rng = picture
    pixels = (4.0, 5.0)
    later = body.copy()
    later[25:36] *= 0.6
    moved = rng.poisson(shifted(later, shift, pixels)).astype(float)
    found = planar_shift(rng.poisson(body).astype(float), moved, pixels, maximum_mm=30.0)
    np.testing.assert_allclose(found, [-s for s in shift], atol=0.7)


def test_shifting_keeps_the_counts(picture):
    body, _ = picture
    both = np.stack([body, 2 * body])
    np.testing.assert_allclose(
        shifted(both, (5.3, -2.2), (4.0, 5.0)).sum(axis=(1, 2)), both.sum(axis=(1, 2)), rtol=1e-6
    )


def test_a_large_shift_is_refused(picture):
    body, _ = picture
    with pytest.raises(AlignmentError, match="at most 10 mm apart"):
        planar_shift(body, shifted(body, (40.0, 0.0), (4.0, 5.0)), (4.0, 5.0), maximum_mm=10.0, where="series S2")
