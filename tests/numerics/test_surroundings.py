from __future__ import annotations

import numpy as np

from hevesy.numerics.response import part_of
from hevesy.numerics.surroundings import surroundings

SHAPE = (12, 14, 30)


def whole(part):
    values = np.zeros(SHAPE)
    values[part.box] = part.values
    return values


def shares():
    a, b = np.zeros(SHAPE, dtype=np.float32), np.zeros(SHAPE, dtype=np.float32)
    a[4:8, 4:8, 4:8] = 1.0
    a[4:8, 4:8, 8] = 0.3
    b[4:8, 4:8, 16:20] = 1.0
    return part_of(a), part_of(b)


def test_everything_in_the_body_is_covered_once():
    body = np.ones(SHAPE, dtype=bool)
    body[:, :, 25:] = False
    drawn = shares()
    near, rest = surroundings(drawn, body, (4.0, 4.0, 4.0), 12.0)
    total = sum(whole(p) for p in (*drawn, *near, rest))
    assert np.allclose(total, body, atol=1e-6)


def test_a_voxel_belongs_to_the_nearest_shape_within_reach():
    near, rest = surroundings(shares(), np.ones(SHAPE, dtype=bool), (4.0, 4.0, 4.0), 12.0)
    first, second, far = whole(near[0]), whole(near[1]), whole(rest)
    assert first[5, 5, 8] == np.float32(0.7)
    assert first[5, 5, 10] == 1
    assert second[5, 5, 14] == 1
    assert far[5, 5, 24] == 1
    assert first[5, 5, 11] + far[5, 5, 11] + second[5, 5, 11] == 1


def test_without_shapes_all_is_rest():
    near, rest = surroundings((), np.ones(SHAPE, dtype=bool), (4.0, 4.0, 4.0), 12.0)
    assert near == ()
    assert whole(rest).all()
