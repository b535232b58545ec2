"""Curves for the tests of the fits."""

import math

import numpy as np

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.numerics import exponentials as ex
from hevesy.quantities import Uncertain

HOUR = 3600.0
PHYSICAL = 159.5 * HOUR
FOUR = (4.0, 24.0, 96.0, 168.0)


def rates(half_lives_h):
    return math.log(2.0) / (np.array(half_lives_h) * HOUR)


def sampled(times_h, amplitudes, half_lives_h, region="Kidney", u=0.02, factors=1.0):
    times = np.array(times_h) * HOUR
    activities = ex.values(np.array(amplitudes), rates(half_lives_h), times) * factors
    points = tuple(
        MeasuredActivity(t, Uncertain(a, {f"activity:{region}@{n}": u * a} if u else {}))
        for n, (t, a) in enumerate(zip(times.tolist(), activities.tolist(), strict=True), start=1)
    )
    return TimeActivityCurve(region, points)


def true_integral(amplitudes, half_lives_h, until_s=np.inf):
    return ex.integral(np.array(amplitudes), rates(half_lives_h), until_s)
