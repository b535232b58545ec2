"""Sampling one lattice at the points of another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.numerics.resample import block_mean, overlap_fraction, sample

SHAPE = (5, 6, 7)


def shift_map(x, y, z):
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def test_identity_keeps_every_bit():
    values = np.random.default_rng(1).random(SHAPE)
    sampled, covered = sample(values, np.eye(4), SHAPE)
    assert np.array_equal(sampled, values)
    assert covered.all()


@given(st.tuples(*[st.floats(-3, 3)] * 3))
@settings(max_examples=30, deadline=None)
def test_linear_functions_are_reproduced_exactly(shift):
    z, y, x = np.indices((12, 12, 12), dtype=float)
    values = 2 * x - 3 * y + 0.5 * z + 1
    sampled, covered = sample(values, shift_map(*shift), (12, 12, 12))
    inner = covered[4:8, 4:8, 4:8]
    expected = 2 * (x + shift[0]) - 3 * (y + shift[1]) + 0.5 * (z + shift[2]) + 1
    assert inner.all()
    assert sampled[4:8, 4:8, 4:8] == pytest.approx(expected[4:8, 4:8, 4:8], abs=1e-9)


def test_outside_is_zero_and_not_covered():
    sampled, covered = sample(np.ones(SHAPE), shift_map(3, 0, 0), SHAPE)
    assert not sampled[:, :, 4:].any()
    assert not covered[:, :, 4:].any()
    assert covered[:, :, :4].all()
    assert (sampled[:, :, :4] == 1).all()


def test_nearest_keeps_labels():
    labels = np.random.default_rng(2).integers(0, 5, SHAPE)
    sampled, _ = sample(labels, shift_map(0.4, -0.4, 0.3), SHAPE, nearest=True)
    assert np.array_equal(sampled, labels)


def test_block_mean_and_subsamples_agree_on_aligned_blocks():
    values = np.random.default_rng(3).random((4, 6, 8))
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:3, 3] = 0.5
    sampled, covered = sample(values, matrix, (2, 3, 4), subsamples=(2, 2, 2))
    assert covered.all()
    assert sampled == pytest.approx(block_mean(values, (2, 2, 2)), rel=1e-12)


def test_block_mean_leaves_out_incomplete_blocks():
    assert block_mean(np.arange(7.0).reshape(7, 1, 1), (3, 1, 1)).ravel().tolist() == [1.0, 4.0]


def test_overlap_fraction_of_a_shifted_lattice():
    fraction = overlap_fraction(SHAPE, shift_map(2.25, 0, 0), SHAPE)
    assert fraction[0, 0].tolist() == pytest.approx([1, 1, 1, 1, 0.75, 0, 0])
