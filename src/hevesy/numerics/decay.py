"""Decay between and during acquisitions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def mean_over_start(half_life_s: float, duration_s: float) -> float:
    r"""Mean activity over an acquisition divided by that at its start, :math:`(1 - e^{-\lambda T}) / (\lambda T)`.

    Raises
    ------
    ValueError
        If the half-life is not positive or the duration negative.
    """
    if not (half_life_s > 0 and duration_s >= 0):
        raise ValueError(
            f"expected a positive half-life and no negative duration, but {half_life_s}, {duration_s} came"
        )
    x = math.log(2.0) * duration_s / half_life_s
    return -math.expm1(-x) / x if x > 0 else 1.0


def remaining(half_life_s: float, elapsed_s: float) -> float:
    """Fraction of the activity left after a time (over 1 for a time before).

    Raises
    ------
    ValueError
        If the half-life is not positive.
    """
    if not half_life_s > 0:
        raise ValueError(f"expected a positive half-life, but {half_life_s} came")
    return math.exp2(-elapsed_s / half_life_s)


def mean_over_frames(
    half_life_s: float, starts_s: NDArray[np.float64], durations_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    r"""Mean activity over frames with gaps between them, divided by the activity at time zero [1].

    .. math:: \frac{\sum_i 2^{-t_i/T_{1/2}}\, T_i\, (1 - e^{-\lambda T_i}) / (\lambda T_i)}{\sum_i T_i}

    It is what counts over counting time shows, for views of a rotation, several rotations or bed positions: any leading
    shape counts one slice each, and a slice seen in one frame only has a last axis of one.

    Parameters
    ----------
    half_life_s
        Of the radionuclide. [s]
    starts_s
        Start of each frame after time zero. Shape ``(..., frame)``. [s]
    durations_s
        Counting time of each frame; zero leaves a frame out. Shape ``(..., frame)``. [s]

    Returns
    -------
    Shape ``(...)``.

    Raises
    ------
    ValueError
        If the half-life is not positive, a duration negative or a slice without counting time.
    """
    starts, durations = np.broadcast_arrays(np.asarray(starts_s, float), np.asarray(durations_s, float))
    whole = durations.sum(axis=-1)
    if not (half_life_s > 0 and np.all(durations >= 0) and np.all(whole > 0)):
        raise ValueError("expected a positive half-life and counting times, but others came")
    rate = math.log(2.0) / half_life_s
    integrals = np.exp(-rate * starts) * -np.expm1(-rate * durations) / rate
    mean: NDArray[np.float64] = integrals.sum(axis=-1) / whole
    return mean
