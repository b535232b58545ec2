"""Where the medium is uniform within a range."""

import numpy as np

from hevesy.transport.mc.uniform import uniform_within

SPACING = (0.4, 0.4, 0.4)


def _judged(stopping, reach):
    return uniform_within(stopping, np.arange(stopping.size), SPACING, reach).reshape(stopping.shape)


def test_distance_to_another_medium_decides():
    stopping = np.ones((9, 9, 9))
    stopping[:, :, 6:] = 1.5
    near, far = _judged(stopping, 0.3), _judged(stopping, 0.5)
    assert near[4, 4].tolist() == [False, True, True, True, True, False, False, True, False]
    assert far[4, 4].tolist() == [False, False, True, True, False, False, False, True, False]


def test_a_light_medium_lets_electrons_go_farther():
    stopping = np.full((9, 9, 9), 0.25)
    stopping[:, :, 7:] = 1.0
    assert _judged(stopping, 0.15)[4, 4].tolist()[2:7] == [True, True, True, False, False]


def test_small_differences_and_vacuum():
    stopping = np.ones((5, 5, 5))
    stopping[2, 2, 3] = 1.04
    assert _judged(stopping, 0.1)[2, 2, 2]
    stopping[2, 2, 3] = 1.06
    assert not _judged(stopping, 0.1)[2, 2, 2]
    stopping[2, 2, 3] = 0.0
    assert not _judged(stopping, 0.1)[2, 2, 3]


def test_long_ranges_are_never_uniform():
    assert not _judged(np.ones((31, 31, 31)), 2.5)[15, 15, 15]
    assert _judged(np.ones((31, 31, 31)), 2.3)[15, 15, 15]
