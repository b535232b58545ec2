"""What an estimate says about a threshold: the distribution behind a value and its uncertainty."""

from __future__ import annotations

import math
from statistics import NormalDist

from hevesy.quantities.draws import log_spread
from hevesy.quantities.uncertain import Uncertain

_NORMAL = NormalDist()


def probability_above(estimate: Uncertain, threshold: float) -> float:
    r"""Probability that a quantity that is never negative lies above a positive threshold.

    Log-normal with the value as median, as :func:`interval95`:

    .. math:: P = 1 - \Phi\left(\frac{\ln(L / x)}{s}\right), \qquad s^2 = \ln(1 + u^2/x^2)

    A value of zero without uncertainty is not above it; a value without uncertainty is or is not.

    Raises
    ------
    ValueError
        If the threshold is not positive, or the value is negative, or zero with an uncertainty.
    """
    if not threshold > 0:
        raise ValueError(f"expected a positive threshold, but {threshold} came")
    if estimate.value < 0 or (estimate.value == 0 and estimate.components):
        raise ValueError(f"expected a positive value with its uncertainty, but {estimate.value} came")
    if not estimate.components:
        return float(estimate.value > threshold)
    return _NORMAL.cdf(math.log(estimate.value / threshold) / log_spread(estimate))


def density(estimate: Uncertain, at: float) -> float:
    """Density of the same log-normal distribution, per unit of the value; it needs an uncertainty."""
    spread = log_spread(estimate)
    return _NORMAL.pdf(math.log(at / estimate.value) / spread) / (spread * at)
