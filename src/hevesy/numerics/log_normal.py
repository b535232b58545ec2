"""Log-normal distributions from what publications print of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]


def from_mean(mean: float, standard_deviation: float) -> tuple[float, float]:
    r"""Median and logarithmic standard deviation of the log-normal with a mean and a standard deviation.

    .. math:: \sigma^2 = \ln(1 + s^2 / m^2), \qquad \text{median} = m\, e^{-\sigma^2 / 2}

    Raises
    ------
    ValueError
        If one is not positive.
    """
    if not (mean > 0 and standard_deviation > 0):
        raise ValueError(f"expected a positive mean and spread, but {mean} and {standard_deviation} came")
    variance = math.log1p((standard_deviation / mean) ** 2)
    return mean * math.exp(-variance / 2.0), math.sqrt(variance)


def log_deviation_from_range(low: float, high: float, n: int) -> float:
    r"""Logarithmic standard deviation of the log-normal whose ``n`` draws span a range.

    .. math:: \sigma = \ln(x_\mathrm{max} / x_\mathrm{min}) / d_2(n)

    with the expected range :math:`d_2(n)` of ``n`` standard normal draws. A range is a rough measure of spread: with 20
    draws the estimate has a relative standard uncertainty of about a fifth.

    Raises
    ------
    ValueError
        If the range is empty or not positive, or ``n`` is below 2.

    References
    ----------
    .. [1] L. H. C. Tippett, On the extreme individuals and the range of samples taken from a normal population,
       Biometrika 17 (1925) 364, doi:10.1093/biomet/17.3-4.364
    """
    if not (0 < low < high and n >= 2):
        raise ValueError(f"expected a positive range of two draws or more, but {low} to {high} of {n} came")
    return math.log(high / low) / expected_range(n)


def expected_range(n: int) -> float:
    """Expected range of ``n`` standard normal draws."""
    value, _ = quad(lambda x: 1.0 - ndtr(x) ** n - ndtr(-x) ** n, -8.0, 8.0, limit=200)
    return float(value)


def log_deviation(relative_standard_uncertainty: float) -> float:
    r"""Logarithmic standard deviation of a log-normal with this standard deviation over its median, to first order.

    The same convention as that of the 95 % interval of an uncertain value: :math:`s^2 = \ln(1 + u^2 / x^2)`.
    """
    return math.sqrt(math.log1p(relative_standard_uncertainty**2))


def even_points(median: float, deviation: float, *, upper: float = math.inf, n: int = 2000) -> Floats:
    """Points of equal probability of a log-normal cut off above. Shape ``(n,)``.

    Parameters
    ----------
    median, deviation
        Of the log-normal before the cut; a deviation of zero gives the median.
    upper
        No draw is larger; the rest is scaled up.
    n
        Number of points: the midpoints of ``n`` classes of equal probability.
    """
    if deviation == 0.0:
        return np.full(n, median)
    kept = 1.0 if math.isinf(upper) else float(ndtr(math.log(upper / median) / deviation))
    points: Floats = median * np.exp(deviation * ndtri(kept * (np.arange(n) + 0.5) / n))
    return points
