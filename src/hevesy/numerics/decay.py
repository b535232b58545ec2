"""Decay between and during acquisitions."""

from __future__ import annotations

import math


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
