"""Random numbers by counting."""

import numpy as np
import pytest

from hevesy.numerics.counter_random import mixed, stream, uniform


def draw(seed, history, n):
    state, found = stream(np.uint64(seed), np.uint64(history)), []
    for _ in range(n):
        state, value = uniform(np.uint64(state))
        found.append(value)
    return np.array(found)


def test_the_mixer_is_that_of_splitmix64():
    """First output of the reference implementation seeded with 0: 0xE220A8397B1DCDAF."""
    assert int(mixed(np.uint64(0x9E3779B97F4A7C15))) == 0xE220A8397B1DCDAF


def test_a_history_has_its_own_numbers():
    assert draw(1, 5, 4).tolist() == draw(1, 5, 4).tolist()
    assert not np.isin(draw(1, 5, 50), draw(1, 6, 50)).any()
    assert not np.isin(draw(1, 5, 50), draw(2, 5, 50)).any()


@pytest.mark.parametrize("along", ["numbers", "histories"])
def test_uniform(along):
    n = 20_000
    values = draw(7, 3, n) if along == "numbers" else np.array([draw(7, h, 1)[0] for h in range(n)])
    assert values.min() > 0
    assert values.max() < 1
    assert abs(values.mean() - 0.5) < 4 * np.sqrt(1 / 12 / n)
    counts = np.histogram(values, bins=50, range=(0, 1))[0]
    assert ((counts - n / 50) ** 2 / (n / 50)).sum() < 100  # chi-square of 49, far beyond 0.9999
