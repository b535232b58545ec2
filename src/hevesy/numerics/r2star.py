r"""R2* from magnitudes at several echo times, with the noise floor in the model.

The signal is :math:`S(t) = S_0\,e^{-R_2^* t}`, the magnitude's mean that of Rician noise around it. The parameters
solve the equations of quasi-likelihood

.. math:: \sum_k \frac{M_k - \bar M(S_k)}{\operatorname{var} M(S_k)}\, \frac{\partial \bar M(S_k)}{\partial\theta} = 0

by Fisher scoring: every echo counts, late ones at the noise floor with the little that they say. It is the first-moment
model [1]_ with the weights of its own variance. Nothing is corrected for fat, but every voxel is tested for it.

References
----------
.. [1] Y. Feng et al., Magn. Reson. Med. 70 (2013) 1765, doi:10.1002/mrm.24607
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.numerics.rician import rician_moments

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

FEWEST_ECHOES = 3
"""Two parameters and a check."""
_BLOCK = 1 << 15
_STEPS, _DAMPED_AFTER = 60, 25
_CONVERGED = 1e-5
_LOG_STEP = 0.5
_LOWEST_SIGNAL, _HIGHEST_SIGNAL = 1e-2, 1e7
_FIRST_ECHO = 3.0
"""Magnitude of the first echo below which the signal is lost. [noise]"""
_MEASURED, _MEASURED_ECHOES = 2.0, 2
"""Fitted signal of an echo that counts as measured, and how many must be. [noise]"""
_POOR = 1e-3
"""Probability of a larger chi-square in a voxel that is a single exponential."""
_FAT_SIGMAS, _FAT_SHARE = 4.0, 0.05
_UPPER_95 = 1.645


@dataclass(frozen=True)
class R2StarFit:
    """Fit of every voxel. Shape ``(n,)``."""

    r2star_per_s: Floats
    """NaN where there is none. [1/s]"""
    standard_uncertainty_per_s: Floats
    """From noise. [1/s]"""
    signal_at_zero: Floats
    """Magnitude extrapolated to echo time zero, in the unit of the magnitudes."""
    fat_share: Floats
    """Amplitude of the swing over the signal, one linear step from no swing; NaN where the echoes cannot tell."""
    status: Codes
    """A :class:`~hevesy.numerics.r2star_status.R2StarStatus`."""


@dataclass(frozen=True)
class _State:
    """Parameters of a block and what follows. Shapes ``(n,)`` and ``(n, echo)``."""

    log_s0: Floats
    rate: Floats
    signal: Floats
    mean: Floats
    slope: Floats
    variance: Floats


def require_echo_times(echo_times_s: Sequence[float]) -> Floats:
    """Echo times as an array. [s]

    Raises
    ------
    ValueError
        If there are fewer than three, or they are not positive and increasing.
    """
    times = np.asarray(echo_times_s, dtype=np.float64)
    if times.size < FEWEST_ECHOES:
        raise ValueError(f"expected at least {FEWEST_ECHOES} echoes, but {times.size} came")
    if not (np.isfinite(times).all() and times[0] > 0 and (np.diff(times) > 0).all()):
        shown = ", ".join(f"{1e3 * t:g}" for t in times)
        raise ValueError(f"expected echo times above zero in increasing order, but {shown} ms came")
    return times


def fit_r2star(
    magnitudes: Floats, echo_times_s: Sequence[float], noise: float, fat_shift_hz: float | None = None
) -> R2StarFit:
    """Fit every voxel.

    Parameters
    ----------
    magnitudes
        Shape ``(n, echo)``, any unit.
    echo_times_s
        Of each echo, increasing. [s]
    noise
        Standard deviation of the real and of the imaginary channel, in the unit of the magnitudes, the same in every
        voxel and echo.
    fat_shift_hz
        Distance of fat's main peak from water; None tests for no swing. [Hz]

    Raises
    ------
    ValueError
        If the echo times are not as :func:`require_echo_times` asks, or the noise is not above zero.
    """
    times = require_echo_times(echo_times_s)
    if not (np.isfinite(noise) and noise > 0):
        raise ValueError(f"expected a noise above zero, but {noise:g} came")
    scaled = np.asarray(magnitudes, dtype=np.float64) / noise
    starts = range(0, max(len(scaled), 1), _BLOCK)
    blocks = [_fit_block(scaled[i : i + _BLOCK], times, fat_shift_hz) for i in starts]
    joined = [np.concatenate(column) for column in zip(*blocks, strict=True)]
    return R2StarFit(joined[0], joined[1], joined[2] * noise, joined[3], joined[4].astype(np.uint8))


def r2star_lower_bound(first_echo: Floats, echo_time_s: float, noise: float, signal_at_zero: float) -> Floats:
    r"""What R2* is at least, with 95 % confidence, where the signal is lost at the first echo.

    .. math:: R_2^* \ge \frac{1}{t_1} \ln\frac{S_0}{M_1 + 1.645\,\sigma}

    Parameters
    ----------
    first_echo
        Magnitudes. Shape ``(n,)``.
    echo_time_s
        Of the first echo. [s]
    noise
        As for :func:`fit_r2star`.
    signal_at_zero
        What the voxels would show at echo time zero at the least: a low quantile of their surroundings.

    Returns
    -------
    Bound; NaN where it would not be positive. Shape ``(n,)``. [1/s]
    """
    bound: Floats = np.log(signal_at_zero / (first_echo + _UPPER_95 * noise)) / echo_time_s
    bound[~(bound > 0)] = np.nan
    return bound


def _fit_block(magnitudes: Floats, times: Floats, fat_shift_hz: float | None) -> tuple[Floats, ...]:
    sound = np.asarray((np.isfinite(magnitudes) & (magnitudes >= 0)).all(axis=1))
    measured = np.where(sound[:, None], magnitudes, 1.0)
    state, converged = _solved(measured, times)
    u, chi_square = _spread(measured, times, state)
    share, share_u = _swing(measured, times, state, fat_shift_hz)
    status = np.full(len(measured), R2StarStatus.FITTED, dtype=np.uint8)
    poor = chi_square > chdtri(len(times) - 2, _POOR)
    status[poor] = R2StarStatus.POOR_FIT
    status[(np.abs(share) > _FAT_SIGMAS * share_u) & (np.abs(share) > _FAT_SHARE)] = R2StarStatus.OSCILLATING
    status[~converged] = R2StarStatus.NOT_CONVERGED
    lost = np.count_nonzero(state.signal > _MEASURED, axis=1) < _MEASURED_ECHOES
    status[lost | (measured[:, 0] < _FIRST_ECHO)] = R2StarStatus.VOID
    status[~sound] = R2StarStatus.NOT_FINITE
    found = status < R2StarStatus.VOID
    u = u * np.where(poor, np.sqrt(chi_square / (len(times) - 2)), 1.0)
    kept = (state.rate, u, np.exp(state.log_s0), share)
    return (*(np.where(found, values, np.nan) for values in kept), status.astype(np.float64))


def _solved(measured: Floats, times: Floats) -> tuple[_State, NDArray[np.bool_]]:
    """Fisher scoring with limited steps, damped if it takes long; only unsettled voxels go on."""
    log_s0, rate = _start(measured, times)
    converged = np.zeros(len(measured), dtype=np.bool_)
    limit = _LOG_STEP / times[len(times) // 2]
    for step in range(_STEPS):
        rows = np.flatnonzero(~converged)
        if not rows.size:
            break
        by_log, by_rate = _scored(measured[rows], times, _state(log_s0[rows], rate[rows], times))
        damping = 1.0 if step < _DAMPED_AFTER else 0.5
        by_log = damping * np.clip(by_log, -_LOG_STEP, _LOG_STEP)
        by_rate = damping * np.clip(by_rate, -limit, limit)
        log_s0[rows] = np.clip(log_s0[rows] + by_log, np.log(_LOWEST_SIGNAL), np.log(_HIGHEST_SIGNAL))
        rate[rows] += by_rate
        converged[rows] = (np.abs(by_log) < _CONVERGED) & (np.abs(by_rate) * times[-1] < _CONVERGED)
    return _state(log_s0, rate, times), converged


def _start(measured: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Weighted straight line through the logarithms of what exceeds the noise floor."""
    squared = np.maximum(np.square(measured) - 2.0, 0.05)
    logs, weights = 0.5 * np.log(squared), np.square(squared)
    total = weights.sum(axis=1)
    mean_time, mean_log = weights @ times / total, (weights * logs).sum(axis=1) / total
    off = times - mean_time[:, None]
    spread = (weights * np.square(off)).sum(axis=1)
    rate = -(weights * off * (logs - mean_log[:, None])).sum(axis=1) / np.maximum(spread, 1e-30)
    return np.clip(mean_log + rate * mean_time, np.log(_LOWEST_SIGNAL), np.log(_HIGHEST_SIGNAL)), rate


def _state(log_s0: Floats, rate: Floats, times: Floats) -> _State:
    exponents = log_s0[:, None] - rate[:, None] * times
    signal = np.exp(np.clip(exponents, np.log(1e-6), np.log(_HIGHEST_SIGNAL)))
    return _State(log_s0, rate, signal, *rician_moments(signal))


def _information(times: Floats, state: _State) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Derivative of the mean by log S0, and the three elements of the information on log S0 and the rate."""
    by_log = state.slope * state.signal
    weight = np.square(by_log) / state.variance
    return by_log, (weight.sum(axis=1), -(weight @ times), weight @ np.square(times))


def _scored(measured: Floats, times: Floats, state: _State) -> tuple[Floats, Floats]:
    """One step in log S0 and in the rate."""
    by_log, (aa, ar, rr) = _information(times, state)
    score = by_log * (measured - state.mean) / state.variance
    score_a, score_r = score.sum(axis=1), -(score @ times)
    determinant = np.maximum(aa * rr - np.square(ar), 1e-300)
    return (rr * score_a - ar * score_r) / determinant, (aa * score_r - ar * score_a) / determinant


def _spread(measured: Floats, times: Floats, state: _State) -> tuple[Floats, Floats]:
    """Standard uncertainty of the rate, and chi-square."""
    _, (aa, ar, rr) = _information(times, state)
    determinant = np.maximum(aa * rr - np.square(ar), 1e-300)
    chi_square = (np.square(measured - state.mean) / state.variance).sum(axis=1)
    return np.sqrt(aa / determinant), chi_square


def _swing(measured: Floats, times: Floats, state: _State, fat_shift_hz: float | None) -> tuple[Floats, Floats]:
    """Share of fat in one linear step from none, with log S0 and the rate free, and its standard uncertainty."""
    swing = np.zeros_like(times) if fat_shift_hz is None else np.cos(2.0 * np.pi * fat_shift_hz * times) - 1.0
    by_log, (aa, ar, rr) = _information(times, state)
    weight = np.square(by_log) / state.variance
    af, rf, ff = weight @ swing, -(weight @ (times * swing)), weight @ np.square(swing)
    determinant = np.maximum(aa * rr - np.square(ar), 1e-300)
    explained = (af * (rr * af - ar * rf) + rf * (aa * rf - ar * af)) / determinant
    left = ff - explained
    score = (by_log * (measured - state.mean) / state.variance) @ swing
    known = (left > 1e-6 * np.maximum(ff, 1e-30)) & (left > 0)
    share = np.divide(score, left, out=np.full_like(score, np.nan), where=known)
    return share, np.sqrt(np.divide(1.0, left, out=np.full_like(left, np.nan), where=known))
