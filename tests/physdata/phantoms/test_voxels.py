"""Phantoms on voxels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.domain import Grid
from hevesy.physdata.phantoms import (
    Ellipsoid,
    Medium,
    Organ,
    Phantom,
    fractions,
    label_map,
    voxelise,
)

GRID = Grid((40, 44, 48), (2.0, 2.5, 3.0), (-50.0, -55.0, -60.0))


@given(st.tuples(*[st.floats(-10.0, 10.0)] * 3), st.floats(2.0, 30.0))
@settings(max_examples=25, deadline=None)
def test_fractions_add_up_to_the_volume(center, radius):
    """Also of a ball that misses every voxel centre: the counting error of the sample points stays below 10 %."""
    ball = Ellipsoid(center, (radius,) * 3)
    total = fractions(ball, GRID, supersample=6).sum(dtype=float) * GRID.voxel_volume_ml
    exact = 4 / 3 * np.pi * radius**3 / 1000
    assert total == pytest.approx(exact, rel=0.1 if radius < 5 else 0.01)


def test_boundary_sampling_equals_sampling_everywhere():
    """A large ball takes the short way, the same ball on a cropped grid the long one."""
    ball = Ellipsoid((0.0, 0.0, 0.0), (45.0, 48.0, 50.0))
    short = fractions(ball, GRID, supersample=3)
    cropped = Grid((20, 44, 30), GRID.spacing_mm, GRID.origin_mm)
    long = fractions(ball, cropped, supersample=3)
    assert np.abs(short[:20, :, :30] - long).max() < 0.05


def test_direction_of_the_grid_is_honoured():
    flipped = Grid((40, 44, 48), GRID.spacing_mm, (44.0, -55.0, -60.0), ((-1, 0, 0), (0, 1, 0), (0, 0, 1)))
    ball = Ellipsoid((20.0, 0.0, 0.0), (10.0, 10.0, 10.0))
    assert np.allclose(fractions(ball, GRID, supersample=3)[:, :, ::-1], fractions(ball, flipped, supersample=3))


def test_earlier_organs_own_the_overlap():
    organs = (
        Organ("Inner", Ellipsoid((0, 0, 0), (1, 1, 1)), Medium.SOFT_TISSUE, 1.0),
        Organ("Outer", Ellipsoid((0, 0, 0), (3, 3, 3)), Medium.SOFT_TISSUE, 1.0),
    )
    voxels = voxelise(Phantom("two balls", organs, "test"), GRID, 4)
    assert voxels.names == ("Inner", "Outer")
    both = voxels.fractions["Inner"] + voxels.fractions["Outer"]
    assert both.max() <= 1.0 + 1e-6
    assert both.sum(dtype=float) * GRID.voxel_volume_ml == pytest.approx(4 / 3 * np.pi * 27, rel=0.01)
    centre = tuple(np.rint(GRID.indices(np.zeros(3))).astype(int)[::-1])
    assert voxels.labels[centre] == 1


def test_solid_outside_the_grid_leaves_it_empty():
    far = Ellipsoid((500.0, 0.0, 0.0), (10.0, 10.0, 10.0))
    assert not fractions(far, GRID, supersample=2).any()
    assert not label_map([far], GRID).any()


def test_two_organs_of_one_name_are_refused():
    organ = Organ("One", Ellipsoid((0, 0, 0), (1, 1, 1)), Medium.SOFT_TISSUE, 1.0)
    with pytest.raises(ValueError, match="each organ once"):
        Phantom("twice", (organ, organ), "test")
