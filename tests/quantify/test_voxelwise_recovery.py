"""An image recovered region by region: boundaries come back, totals stay."""

import numpy as np
import pytest
from scipy import ndimage

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.numerics.response import part_of
from hevesy.quantify import Compartment, recovered_image, stated_resolution

SHAPE, STEP, FWHM = (24, 24, 24), 4.0, 9.0
GRID = Grid(SHAPE, (STEP, STEP, STEP), (0.0, 0.0, 0.0))


def resolution(fwhm=FWHM):
    return stated_resolution(fwhm, fwhm, 0.0, standard_uncertainty_mm=0.3, name="test", source="test")


@pytest.fixture(scope="module")
def scene():
    """A hot box in a warm one in the cold, as the response blurs them."""
    hot, warm = np.zeros(SHAPE, dtype=np.float32), np.zeros(SHAPE, dtype=np.float32)
    warm[4:20, 4:20, 4:20] = 1.0
    hot[9:14, 9:14, 9:14] = 1.0
    warm -= hot
    truth = 50.0 * hot + 10.0 * warm
    # a share is a mean over its voxel already
    sigma = np.sqrt((FWHM / np.sqrt(8.0 * np.log(2.0)) / STEP) ** 2 - 1.0 / 12.0)
    seen = ndimage.gaussian_filter(truth.astype(float), sigma, mode="constant", truncate=6.0)
    cold = 1.0 - hot - warm
    parts = [Compartment(name, part_of(share), may_be_empty=name != "hot")
             for name, share in (("hot", hot), ("warm", warm), ("cold", cold))]  # fmt: skip
    return truth, seen, parts


def test_uniform_regions_come_back(scene):
    truth, seen, parts = scene
    found = recovered_image(Image(GRID, seen, Quantity.ACTIVITY_CONCENTRATION), parts, resolution()).values
    assert np.abs(seen - truth).max() > 15.0
    for value in (50.0, 10.0):
        region = truth == value
        assert found[region].mean() == pytest.approx(value, rel=0.02)
        assert seen[region].mean() != pytest.approx(value, rel=0.05)
    assert found[truth == 0.0].max() < 0.5
    assert found.sum() == pytest.approx(truth.sum(), rel=0.01)


def test_it_is_linear(scene):
    _, seen, parts = scene
    once, twice = (
        recovered_image(Image(GRID, factor * seen, Quantity.ACTIVITY_CONCENTRATION), parts, resolution()).values
        for factor in (1.0, 2.5)
    )
    assert twice == pytest.approx(2.5 * once)


def test_a_resolution_finer_than_the_voxels_is_refused(scene):
    _, seen, parts = scene
    with pytest.raises(RegionFinding, match="not possible"):
        recovered_image(Image(GRID, seen, Quantity.ACTIVITY_CONCENTRATION), parts, resolution(2.0))
