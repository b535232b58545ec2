"""Convolution with even kernels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.even_convolution import (
    convolve_even,
    direct_sum,
    memory_bytes,
    padded_length,
    transfer_function,
)

SHAPES = st.tuples(*[st.integers(1, 9)] * 3)


def whole(octant):
    """The kernel with its mirror images."""
    for axis in range(3):
        lower = np.flip(octant, axis).take(range(octant.shape[axis] - 1), axis)
        octant = np.concatenate([lower, octant], axis)
    return octant


def summed(values, octant):
    return np.array([direct_sum(values, octant, place) for place in np.ndindex(values.shape)]).reshape(values.shape)


@given(SHAPES, SHAPES, st.integers(0, 1000))
def test_equals_the_sum_for_any_shape(shape, kernel_shape, seed):
    rng = np.random.default_rng(seed)
    values, octant = rng.uniform(size=shape), rng.uniform(size=kernel_shape)
    found = convolve_even(values, transfer_function(octant, shape))
    np.testing.assert_allclose(found, summed(values, octant), rtol=3e-6, atol=3e-6 * found.max())


def test_direct_sum_is_a_convolution():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(2)
    values, octant = rng.uniform(size=(5, 6, 7)), rng.uniform(size=(4, 3, 2))
    expected = signal.convolve(values, whole(octant), mode="full", method="direct")
    np.testing.assert_allclose(summed(values, octant), expected[3:-3, 2:-2, 1:-1], rtol=1e-12)


def test_a_point_gives_the_kernel_and_nothing_wraps():
    octant = np.zeros((12, 12, 12))
    octant[0, 0, 0], octant[2, 1, 0] = 1.0, 0.5
    values = np.zeros((12, 10, 11))
    values[0, 9, 10] = 1.0
    found = convolve_even(values, transfer_function(octant, values.shape))
    assert found[0, 9, 10] == pytest.approx(1.0, abs=1e-6)
    assert found[2, 8, 10] == pytest.approx(0.5, abs=1e-6)
    found[0, 9, 10] = found[2, 8, 10] = 0.0
    assert np.abs(found).max() < 1e-6


def test_threads_change_no_bit():
    rng = np.random.default_rng(3)
    values, octant = rng.uniform(size=(30, 31, 32)), rng.uniform(size=(30, 31, 32))
    one, two = (convolve_even(values, transfer_function(octant, values.shape, n), n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


@given(st.integers(1, 3000))
def test_padding_is_even_and_enough(n):
    length = padded_length(n)
    assert length % 2 == 0
    assert length >= 2 * n - 1


def test_memory_grows_with_the_image():
    assert 2.0 < memory_bytes((256, 256, 256)) / memory_bytes((128, 128, 256)) < 4.5
