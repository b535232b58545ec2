"""Decay during acquisitions against numerical integration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.numerics.decay import mean_over_frames, mean_over_start, remaining

HALF_LIVES = {"F-18": 6586.2, "Ga-68": 4062.6, "Tc-99m": 21625.0, "Lu-177": 574300.0}
"""Rounded; any value serves. [s]"""


def integrated(half_life, starts, durations):
    rate = math.log(2) / half_life
    parts = [quad(lambda t: math.exp(-rate * t), s, s + d)[0] for s, d in zip(starts, durations, strict=True)]
    return sum(parts) / sum(durations)


@pytest.mark.parametrize("nuclide", HALF_LIVES)
def test_two_rotations_with_a_gap(nuclide):
    half_life = HALF_LIVES[nuclide]
    starts, durations = [0.0, 700.0], [600.0, 900.0]
    found = mean_over_frames(half_life, np.array(starts), np.array(durations))
    assert found == pytest.approx(integrated(half_life, starts, durations), rel=1e-12)


@pytest.mark.parametrize("nuclide", HALF_LIVES)
def test_views_with_gaps_between_them(nuclide):
    half_life, starts = HALF_LIVES[nuclide], np.arange(60) * 23.0
    found = mean_over_frames(half_life, starts, np.full(60, 20.0))
    assert found == pytest.approx(integrated(half_life, starts, [20.0] * 60), rel=1e-12)


def test_one_frame_is_the_simple_formula():
    found = mean_over_frames(6586.2, np.array([0.0]), np.array([1200.0]))
    assert found == pytest.approx(mean_over_start(6586.2, 1200.0), rel=1e-14)


def test_every_slice_has_its_own_beds():
    """Bed positions of 150 s each, 160 s apart; the middle slice lies in two."""
    starts = np.array([[0.0, 0.0], [0.0, 160.0], [160.0, 0.0]])
    durations = np.array([[150.0, 0.0], [150.0, 150.0], [150.0, 0.0]])
    found = mean_over_frames(4062.6, starts, durations)
    assert found.shape == (3,)
    for slice_, own in enumerate((([0.0], [150.0]), ([0.0, 160.0], [150.0, 150.0]), ([160.0], [150.0]))):
        assert found[slice_] == pytest.approx(integrated(4062.6, *own), rel=1e-12)


@given(half_life=st.floats(60.0, 1e7), start=st.floats(0, 1e4), duration=st.floats(1.0, 1e4))
def test_the_mean_lies_between_the_ends(half_life, start, duration):
    found = float(mean_over_frames(half_life, np.array([start]), np.array([duration])))
    assert remaining(half_life, start + duration) * (1 - 1e-12) <= found <= remaining(half_life, start) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("half_life", "durations"), [(0.0, [1.0]), (10.0, [-1.0]), (10.0, [0.0]), (10.0, [[1.0], [0.0]])]
)
def test_no_half_life_or_counting_time_is_refused(half_life, durations):
    with pytest.raises(ValueError, match="expected a positive half-life"):
        mean_over_frames(half_life, np.zeros_like(durations), np.array(durations))
