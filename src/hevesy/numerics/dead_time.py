"""Count losses of a detector: observed and true rates of the two classical models."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw

Floats = NDArray[np.float64]
DeadTimeModel = Literal["paralysable", "non-paralysable"]


def observed_rate(true_rate: Floats, dead_time_s: float, model: DeadTimeModel) -> Floats:
    r"""Mean rate of recorded events.

    Paralysable, every event restarts the dead time: :math:`m = n e^{-n\tau}`. Non-paralysable, only a recorded one
    does: :math:`m = n / (1 + n\tau)`. The events come at a rate *n* that does not change over many dead times.

    Parameters
    ----------
    true_rate
        Rate without losses, *n*. [1/s]
    dead_time_s
        *τ*. [s]
    model
        ``paralysable`` or ``non-paralysable``.
    """
    rate = np.asarray(true_rate, dtype=np.float64)
    if model == "paralysable":
        return rate * np.exp(-rate * dead_time_s)
    return rate / (1.0 + rate * dead_time_s)


def observed_slope(true_rate: Floats, dead_time_s: float, model: DeadTimeModel) -> Floats:
    """Derivative of the observed by the true rate [1]."""
    x = np.asarray(true_rate, dtype=np.float64) * dead_time_s
    return (1.0 - x) * np.exp(-x) if model == "paralysable" else (1.0 + x) ** -2


def largest_observed_rate(dead_time_s: float, model: DeadTimeModel) -> float:
    """The rate that no observed one exceeds: 1/(e τ) or 1/τ. [1/s]"""
    return 1.0 / (math.e * dead_time_s) if model == "paralysable" else 1.0 / dead_time_s


def true_rate(observed: Floats, dead_time_s: float, model: DeadTimeModel) -> Floats:
    r"""Rate without losses; of the two that a paralysable detector allows, the lower.

    .. math:: n = -W_0(-m\tau)/\tau \quad\text{or}\quad n = m / (1 - m\tau)

    with the principal branch of Lambert's function, which has :math:`n\tau \le 1`.

    Parameters
    ----------
    observed
        Rate of recorded events, *m*. [1/s]
    dead_time_s
        *τ*. [s]
    model
        ``paralysable`` or ``non-paralysable``.

    Raises
    ------
    ValueError
        If a rate is negative or not below the largest that can be observed.

    References
    ----------
    .. [1] EJNMMI Phys. 7 (2020), Gamma detector dead time correction using Lambert W function,
       doi:10.1186/s40658-020-00296-w
    """
    rate = np.asarray(observed, dtype=np.float64)
    limit = largest_observed_rate(dead_time_s, model)
    if not np.all((rate >= 0) & (rate < limit)):
        raise ValueError(f"expected observed rates from 0 to below {limit:.4g} per second, but others came")
    if model == "paralysable":
        found: Floats = -lambertw(-rate * dead_time_s, 0).real / dead_time_s
        return found
    return rate / (1.0 - rate * dead_time_s)


def amplification(true_rate: Floats, dead_time_s: float, model: DeadTimeModel) -> Floats:
    r"""Relative change of the true rate per relative change of the observed one [1].

    .. math:: \frac{\partial\ln n}{\partial\ln m} = \frac{1}{1 - n\tau} \quad\text{or}\quad 1 + n\tau
    """
    x = np.asarray(true_rate, dtype=np.float64) * dead_time_s
    return 1.0 / (1.0 - x) if model == "paralysable" else 1.0 + x


def factor_by_dead_time(true_rate: Floats, dead_time_s: float, model: DeadTimeModel) -> Floats:
    r"""Relative change of :math:`n/m` with the dead time at a fixed observed rate. [1/s]

    .. math:: \frac{\partial\ln(n/m)}{\partial\tau} = \frac{n}{1 - n\tau} \quad\text{or}\quad n
    """
    rate = np.asarray(true_rate, dtype=np.float64)
    return rate / (1.0 - rate * dead_time_s) if model == "paralysable" else rate
