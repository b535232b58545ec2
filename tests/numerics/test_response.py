from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.numerics.response import Part, Response, blur, common, overlap, part_of, trimmed, without

SHAPE = (24, 28, 26)
AXIS = (13.5, 12.5)
WIDE = Response((4.0, 4.0, 4.0), AXIS, (4.5, 4.5), (4.5, 4.5), 0.0)
NARROWING = Response((4.0, 4.0, 4.0), AXIS, (5.0, 3.5), (4.6, 3.4), 40.0)


def full(part, shape=SHAPE):
    values = np.zeros(shape)
    values[part.box] = part.values
    return values


def point(z, y, x):
    values = np.zeros(SHAPE, dtype=np.float32)
    values[z, y, x] = 1.0
    return part_of(values)


def second_moment(values, axis):
    index = np.moveaxis(np.indices(values.shape)[axis], 0, 0) * 4.0
    mean = (values * index).sum() / values.sum()
    return float((values * (index - mean) ** 2).sum() / values.sum())


def test_blur_conserves_what_stays_in_the_lattice():
    assert full(blur(point(12, 13, 12), SHAPE, NARROWING)).sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("sigma", [1.8, 2.0, 3.0, 4.5])
def test_second_moment_is_that_of_the_response_less_the_sources_own_voxel(sigma):
    """A source spread over a voxel of 4 mm adds h^2/12; the response is that at voxel centres."""
    response = Response((4.0, 4.0, 4.0), AXIS, (sigma, sigma), (sigma, sigma), 0.0)
    seen = full(blur(point(12, 13, 12), SHAPE, response))
    for axis in range(3):
        assert second_moment(seen, axis) + 4.0**2 / 12 == pytest.approx(sigma**2, rel=0.01)


def test_width_is_that_at_the_source():
    response = NARROWING
    for x in (12, 20):
        outward = response.outward((slice(12, 13), slice(13, 14), slice(x, x + 1)))[0, 0, 0]
        across, along = response.standard_deviation(outward)
        seen = full(blur(point(12, 13, x), SHAPE, response))
        assert second_moment(seen, 1) + 4.0**2 / 12 == pytest.approx(float(across) ** 2, rel=0.03)
        assert second_moment(seen, 0) + 4.0**2 / 12 == pytest.approx(float(along) ** 2, rel=0.05)


def test_movement_widens_along_the_axis_only():
    still = full(blur(point(12, 13, 12), SHAPE, WIDE))
    moved = full(blur(point(12, 13, 12), SHAPE, WIDE, 9.0))
    assert second_moment(moved, 0) - second_moment(still, 0) == pytest.approx(9.0, rel=0.02)
    assert second_moment(moved, 1) == pytest.approx(second_moment(still, 1), rel=1e-4)


@given(scale=st.floats(0.1, 10.0))
@settings(max_examples=10, deadline=None)
def test_blur_is_linear(scale):
    rng = np.random.default_rng(3)
    a, b = (part_of(rng.random(SHAPE) * (rng.random(SHAPE) > 0.9)) for _ in range(2))
    both = part_of(full(a) + scale * full(b))
    expected = full(blur(a, SHAPE, NARROWING)) + scale * full(blur(b, SHAPE, NARROWING))
    assert full(blur(both, SHAPE, NARROWING)) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_stationary_blur_is_symmetric():
    rng = np.random.default_rng(4)
    a, b = (part_of(np.pad(rng.random((6, 6, 6)), ((9, 9), (11, 11), (10, 10)))) for _ in range(2))
    assert overlap(a, blur(b, SHAPE, WIDE)) == pytest.approx(overlap(blur(a, SHAPE, WIDE), b), rel=1e-5)


def test_response_finer_than_the_voxels_is_refused():
    fine = Response((4.0, 4.0, 4.0), AXIS, (1.3, 1.3), (1.3, 1.3), 0.0)
    with pytest.raises(ValueError, match=r"expected a FWHM of at least 0\.8 voxels of 4\.00 mm, but 3\.06 mm came"):
        blur(point(12, 13, 12), SHAPE, fine)


def test_parts():
    a = Part((0, 0, 0), np.ones((4, 4, 4), dtype=np.float32))
    b = Part((3, 2, 0), np.full((3, 3, 9), 0.25, dtype=np.float32))
    assert overlap(a, b) == pytest.approx(1 * 2 * 4 * 0.25)
    assert full(without(a, b)).sum() == pytest.approx(64 - 1 * 2 * 4 * 0.25)
    assert common(a.box, (slice(4, 5), slice(0, 1), slice(0, 1))) == (None, None)
    assert overlap(a, Part((4, 4, 4), np.ones((1, 1, 1), dtype=np.float32))) == 0.0
    assert part_of(np.zeros((3, 3, 3))).values.size == 0
    assert trimmed(Part((1, 1, 1), np.eye(3, dtype=np.float32)[None] * np.ones((3, 1, 1)))).box[0] == slice(1, 4)
