"""Organs found by voxel and by surface are the same organs."""

import numpy as np
import pytest

from hevesy.physdata.phantoms import Box, Ellipsoid
from hevesy.transport.organs import SolidPlaces, VoxelPlaces
from hevesy.transport.organs.places import OUTSIDE, near_organs

INNER, OUTER = Ellipsoid((0.0, 0.0, 0.0), (2.0, 2.5, 3.0)), Box((-4.0, -4.0, -4.0), (4.0, 4.0, 4.0))
EDGE, N = 0.5, 20


@pytest.fixture(scope="module")
def solids():
    axis = -5.0 + (np.arange(N) + 0.5) * EDGE
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    labels = np.where(INNER.contains(points), 0, np.where(OUTER.contains(points), 1, -1)).reshape((N,) * 3)
    return SolidPlaces((INNER, OUTER), (-5.0, -5.0, -5.0), EDGE, near_organs(labels.astype(np.int16)))


def test_solids_own_what_they_contain_first_come_first(solids):
    points = np.random.default_rng(1).uniform(-1.0, 11.0, (20_000, 3))
    own = points - 5.0
    expected = np.where(INNER.contains(own), 0, np.where(OUTER.contains(own), 1, OUTSIDE))
    assert (solids.locate(points) == expected).all()


def test_samples_of_a_solid_lie_in_it_evenly(solids):
    points = solids.sample(0, 40_000, np.random.default_rng(2)) - 5.0
    assert INNER.contains(points).all()
    assert points.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.03)
    assert points.std(axis=0) == pytest.approx(np.array([2.0, 2.5, 3.0]) / np.sqrt(5), rel=0.02)


def test_what_is_clear_stays_in_its_organ(solids):
    rng = np.random.default_rng(3)
    points = rng.uniform(0.0, 10.0, (20_000, 3))
    reach = np.full(len(points), 0.5 * EDGE)
    clear = solids.clear(points, reach)
    assert 0.2 < clear.mean() < 0.9
    way = rng.normal(size=points.shape)
    ends = points + 0.5 * EDGE * way / np.linalg.norm(way, axis=1, keepdims=True)
    assert (solids.locate(points[clear]) == solids.locate(ends[clear])).all()
    assert not solids.clear(points, 2.1 * reach).any()


def test_voxels_are_found_and_sampled():
    labels = np.full((4, 3, 2), -1, dtype=np.int16)
    labels[1, 2, 0], labels[3, 0, 1] = 7, 5
    places = VoxelPlaces(labels, (1.0, 2.0, 3.0))
    points = places.sample(7, 500, np.random.default_rng(4))
    assert (points >= [0.0, 4.0, 3.0]).all()
    assert (points <= [1.0, 6.0, 6.0]).all()
    assert (places.locate(points) == 7).all()
    assert places.locate(np.array([[-0.1, 0.0, 0.0], [1.5, 1.0, 10.0], [0.5, 0.5, 0.5]])).tolist() == [-1, 5, -1]
