"""Shells around a point anywhere in a voxel, shared among voxels."""

import numpy as np
import pytest

from hevesy.numerics.voxel_shells import shell_shares


def _whole(octant):
    z, y, x = (np.where(np.arange(n) > 0, 2.0, 1.0) for n in octant.shape[1:])
    return np.einsum("szyx,z,y,x->s", octant, z, y, x)


def test_nothing_is_lost_within_reach():
    shares = shell_shares(np.linspace(0.0, 2.0, 9), (1.0, 1.5, 0.8), (3, 3, 4), 500)
    assert _whole(shares) == pytest.approx(np.ones(8), abs=1e-12)


def test_a_shell_far_smaller_than_the_voxel_leaves_by_its_faces():
    """Mean share that leaves a cube of edge a: three pairs of faces, each r/(2 a) to first order."""
    radius = 1e-3
    shares = shell_shares(np.array([radius * (1 - 1e-9), radius]), (1.0, 1.0, 1.0), (1, 1, 1), 20000)
    assert 1.0 - shares[0, 0, 0, 0] == pytest.approx(1.5 * radius, rel=2e-3)
    assert shares[0, 0, 0, 1] == pytest.approx(0.25 * radius, rel=5e-3)


def test_against_random_points():
    rng = np.random.default_rng(3)
    n, spacing, edges = 400_000, np.array([2.0, 1.0, 1.5]), np.array([0.5, 1.8])
    radius = (edges[0] ** 3 + rng.uniform(size=n) * (edges[1] ** 3 - edges[0] ** 3)) ** (1 / 3)
    direction = rng.normal(size=(n, 3))
    end = rng.uniform(size=(n, 3)) * spacing + radius[:, None] * direction / np.linalg.norm(direction, axis=1)[:, None]
    voxel = np.floor(end / spacing).astype(int)
    shares = shell_shares(edges, (2.0, 1.0, 1.5), (1, 2, 2), 20000)[0]
    for k, j, i in np.ndindex(shares.shape):
        found = (voxel == (i, j, k)).all(axis=1).mean()
        assert shares[k, j, i] == pytest.approx(found, abs=5 * np.sqrt(max(found, 1e-6) / n) + 2e-5)
