"""Growing from a seed: connected, monotone in the threshold, and refused where it leaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.delineate import GrowingThreshold, grow_region
from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import RegionFinding

N = 25
GRID = Grid((N, N, N), (4.0, 4.0, 4.0), (-48.0, -48.0, -48.0))
Z, Y, X = np.meshgrid(*[np.arange(N) * 4.0 - 48.0] * 3, indexing="ij")
BOUND = np.maximum(np.abs(X), np.maximum(np.abs(Y), np.abs(Z))) < 45


def hot(*centres, width=10.0, level=1000.0, quantity=Quantity.ACTIVITY_CONCENTRATION):
    values = np.full((N, N, N), 10.0)
    for x, y, z in centres:
        values += level * np.exp(-0.5 * ((X - x) ** 2 + (Y - y) ** 2 + (Z - z) ** 2) / width**2)
    return Image(GRID, values, quantity)


def grow(image, seed=(0, 0, 0), bound=BOUND, maximum=100.0, **threshold):
    return grow_region(
        image, seed_mm=seed, bound=bound, threshold=GrowingThreshold(**threshold), maximum_volume_ml=maximum
    )


@given(seed=st.integers(0, 1000), low=st.floats(0.35, 0.6), step=st.floats(0.01, 0.3))
@settings(max_examples=25, deadline=None)
def test_it_is_connected_holds_the_seed_and_shrinks_as_the_threshold_rises(seed, low, step):
    from scipy import ndimage

    noise = np.random.default_rng(seed).normal(0, 30, (N, N, N))
    base = hot((0, 0, 0))
    image = Image(GRID, base.values + noise, base.quantity)
    wide = grow(image, relative_to_seed=low)
    assert wide[N // 2, N // 2, N // 2]
    assert ndimage.label(wide)[1] == 1
    assert (image.values[wide] >= image.values[wide].min()).all()
    assert not (wide & ~BOUND).any()
    narrow = grow(image, relative_to_seed=min(low + step, 0.95))
    assert not (narrow & ~wide).any()


@given(factor=st.floats(0.01, 1e4))
@settings(max_examples=20, deadline=None)
def test_a_relative_threshold_does_not_see_the_unit(factor):
    image = hot((0, 0, 0))
    other = Image(GRID, image.values * factor, image.quantity)
    for key in ("relative_to_seed", "relative_to_maximum"):
        assert np.array_equal(grow(image, **{key: 0.41}), grow(other, **{key: 0.41}))


def test_it_is_the_sphere_of_the_threshold():
    """Half of the maximum of a Gaussian of 10 mm: a radius of 11.8 mm, 6.85 ml; voxels of 4 mm."""
    mask = grow(hot((0, 0, 0)), relative_to_maximum=0.5)
    assert np.array_equal(mask, 2 * np.log(1000 / 495.0) * 100 >= X**2 + Y**2 + Z**2)


def test_another_hot_spot_is_not_taken():
    mask = grow(hot((0, -24, 0), (0, 24, 0), width=6.0), seed=(0, -24, 0), relative_to_seed=0.4)
    assert mask.any()
    assert not mask[Y > 0].any()


def test_a_ct_grows_above_a_number():
    image = hot((0, 0, 0), quantity=Quantity.CT_NUMBER)
    assert np.array_equal(grow(image, fixed=300.0), image.values >= 300)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seed": (500.0, 0, 0)}, "outside the image"),
        ({"seed": (46.0, 0, 0)}, "outside the bounding region"),
        ({"seed": (30.0, 0, 0), "fixed": 300.0}, r"seed's voxel, \d+.* is below the threshold, 300"),
        ({"maximum": 2.0}, r"leaked: [\d.]+ ml grew from the seed, at most 2 ml"),
        ({"bound": BOUND & (X < 6)}, "goes on beyond the bounding region"),
        ({"bound": np.ones_like(BOUND), "fixed": 5.0, "maximum": 1e6}, "border of the image"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_reason(changes, reason):
    keys = {"fixed": 300.0} | changes
    with pytest.raises(RegionFinding, match=reason):
        grow(hot((0, 0, 0)), **keys)


def test_a_share_of_nothing_is_no_threshold():
    with pytest.raises(RegionFinding, match="no threshold"):
        grow(Image(GRID, np.zeros((N, N, N)), Quantity.ACTIVITY_CONCENTRATION), relative_to_maximum=0.5)


def test_exactly_one_threshold():
    with pytest.raises(ValueError, match="exactly one"):
        GrowingThreshold()
    with pytest.raises(ValueError, match="exactly one"):
        GrowingThreshold(fixed=1.0, relative_to_seed=0.5)
