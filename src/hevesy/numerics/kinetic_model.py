r"""Kinetic models with unconstrained parameters, for populations, priors and designs.

Every model is a sum of exponentials whose biological rates are not negative; physical decay multiplies it:

.. math:: A(t) = a\, e^{-(\lambda + w) t}\, h(t), \qquad
          h(t) = (1 - \varphi)\, (1 - X) + X\, (1 - U), \quad X = e^{-x t}, \quad U = e^{-u t}

with washout rate :math:`w`, fast excess rate :math:`x`, fast fraction :math:`\varphi` and uptake excess rate :math:`u`.
Without an uptake phase :math:`h = 1 - \varphi + \varphi X`, without a fast phase :math:`\varphi = 0, X = 1`. The uptake
rate is thus the fastest washout rate plus :math:`u`, and :math:`A(0) = 0` where there is uptake. The parameters
:math:`\theta` are the logarithms of :math:`a, w, x, u` and the logit of :math:`\varphi`: any real numbers are a curve.

Arrays have leading subject axes: :math:`\theta` is ``(..., parameter)`` and times are ``(..., time)``; they broadcast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOG_AMPLITUDE = "log_amplitude"
LOG_WASHOUT_RATE = "log_washout_rate"
LOG_FAST_EXCESS_RATE = "log_fast_excess_rate"
LOGIT_FAST_FRACTION = "logit_fast_fraction"
LOG_UPTAKE_EXCESS_RATE = "log_uptake_excess_rate"


@dataclass(frozen=True)
class KineticModel:
    """Which phases a curve has."""

    name: str
    has_fast: bool
    """A second, faster washout phase."""
    has_uptake: bool

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the unconstrained parameters, in order; rates are per hour."""
        fast = (LOG_FAST_EXCESS_RATE, LOGIT_FAST_FRACTION) if self.has_fast else ()
        uptake = (LOG_UPTAKE_EXCESS_RATE,) if self.has_uptake else ()
        return (LOG_AMPLITUDE, LOG_WASHOUT_RATE, *fast, *uptake)

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return 2 + 2 * int(self.has_fast) + int(self.has_uptake)


KINETIC_MODELS: Mapping[str, KineticModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            KineticModel("mono", has_fast=False, has_uptake=False),
            KineticModel("uptake-mono", has_fast=False, has_uptake=True),
            KineticModel("bi", has_fast=True, has_uptake=False),
            KineticModel("uptake-bi", has_fast=True, has_uptake=True),
        )
    }
)
"""Every model by name, simplest first."""


class _Natural(NamedTuple):
    """Parameters in their own units; the step of a phase that is not there is zero."""

    amplitude: Floats
    washout: Floats
    fast_excess: Floats
    fast_fraction: Floats
    slow_fraction: Floats
    uptake_excess: Floats


def values(model: KineticModel, theta: Floats, times_h: Floats, physical_rate_per_h: float) -> tuple[Floats, Floats]:
    """Activity and its derivative by the parameters.

    Parameters
    ----------
    model
        Which phases there are.
    theta
        Unconstrained parameters. Shape ``(..., parameter)``.
    times_h
        Since the administration, not negative. Shape ``(..., time)``. [h]
    physical_rate_per_h
        Physical decay constant. [1/h]

    Returns
    -------
    Activity ``(..., time)`` in the unit of the amplitude, and its gradient ``(..., time, parameter)``.
    """
    p = _natural(model, theta, 1)
    h, first, _ = _shape_factor(model, p, np.asarray(times_h, dtype=np.float64), second=False)
    scale = p.amplitude * np.exp(-(physical_rate_per_h + p.washout) * times_h)
    activity = scale * h
    gradient = np.empty((*activity.shape, model.n_parameters))
    gradient[..., 0] = activity
    gradient[..., 1] = -p.washout * times_h * activity
    for k, slope in enumerate(first, start=2):
        gradient[..., k] = scale * slope
    return activity, gradient


def log_values(
    model: KineticModel, theta: Floats, times_h: Floats, physical_rate_per_h: float
) -> tuple[Floats, Floats, Floats]:
    """Logarithm of the activity with its first and second derivatives by the parameters.

    Returns
    -------
    Logarithm ``(..., time)``, gradient ``(..., time, parameter)``, Hessian ``(..., time, parameter, parameter)``. Times
    must be positive where there is uptake (the activity at zero is zero).
    """
    p = _natural(model, theta, 1)
    h, first, second = _shape_factor(model, p, np.asarray(times_h, dtype=np.float64), second=True)
    washed = p.washout * times_h
    logarithm = np.asarray(theta)[..., 0, None] - physical_rate_per_h * times_h - washed + np.log(h)
    n = model.n_parameters
    gradient = np.zeros((*logarithm.shape, n))
    hessian = np.zeros((*logarithm.shape, n, n))
    gradient[..., 0] = 1.0
    gradient[..., 1] = -washed
    hessian[..., 1, 1] = -washed
    relative = [slope / h for slope in first]
    for k, slope in enumerate(relative):
        gradient[..., 2 + k] = slope
        for m in range(k + 1):
            mixed = second[k][m] / h - slope * relative[m]
            hessian[..., 2 + k, 2 + m] = mixed
            hessian[..., 2 + m, 2 + k] = mixed
    return logarithm, gradient, hessian


def integral(
    model: KineticModel, theta: Floats, physical_rate_per_h: float, until_h: float = np.inf
) -> tuple[Floats, Floats]:
    """Time-integrated activity from 0 to a time, infinity included, and its derivative by the parameters.

    Parameters
    ----------
    model
        Which phases there are.
    theta
        Unconstrained parameters. Shape ``(..., parameter)``.
    physical_rate_per_h
        Physical decay constant. [1/h]
    until_h
        End of the integral. [h]

    Returns
    -------
    Integral ``(...,)`` in the unit of the amplitude times hours, and its gradient ``(..., parameter)``.
    """
    p = _natural(model, theta, 0)
    slow, slow_slope = _decayed(physical_rate_per_h + p.washout, until_h)
    fast, fast_slope = _decayed(physical_rate_per_h + p.washout + p.fast_excess, until_h)
    rise, rise_slope = _decayed(physical_rate_per_h + p.washout + p.fast_excess + p.uptake_excess, until_h)
    uptake = float(model.has_uptake)
    share = p.fast_fraction
    total = p.slow_fraction * slow + share * fast - uptake * rise
    by_fast = share * fast_slope - uptake * rise_slope
    gradient = np.empty((*total.shape, model.n_parameters))
    gradient[..., 0] = total
    gradient[..., 1] = p.washout * (p.slow_fraction * slow_slope + by_fast)
    if model.has_fast:
        gradient[..., 2] = p.fast_excess * by_fast
        gradient[..., 3] = share * p.slow_fraction * (fast - slow)
    if model.has_uptake:
        gradient[..., -1] = -p.uptake_excess * rise_slope
    return p.amplitude * total, p.amplitude[..., None] * gradient


def _natural(model: KineticModel, theta: Floats, trailing: int) -> _Natural:
    theta = np.asarray(theta, dtype=np.float64)
    if theta.shape[-1] != model.n_parameters:
        raise ValueError(f"expected {model.n_parameters} parameters of {model.name}, but {theta.shape[-1]} came")
    parts = [theta[(..., k, *(None,) * trailing)] for k in range(model.n_parameters)]
    zero = np.zeros_like(parts[0])
    fast = np.exp(parts[2]) if model.has_fast else zero
    shares = (_expit(parts[3]), _expit(-parts[3])) if model.has_fast else (zero, zero + 1.0)
    uptake = np.exp(parts[-1]) if model.has_uptake else zero
    return _Natural(np.exp(parts[0]), np.exp(parts[1]), fast, *shares, uptake)


def _expit(x: Floats) -> Floats:
    result: Floats = np.exp(-np.logaddexp(0.0, -x))
    return result


def _decayed(rate: Floats, until: float) -> tuple[Floats, Floats]:
    """Integral of an exponential and its derivative by the rate."""
    if np.isinf(until):
        return 1.0 / rate, -1.0 / rate**2
    whole = -np.expm1(-rate * until) / rate
    return whole, (until * np.exp(-rate * until) - whole) / rate


def _shape_factor(
    model: KineticModel, p: _Natural, t: Floats, *, second: bool
) -> tuple[Floats, list[Floats], list[list[Floats]]]:
    """The factor h with its derivatives by the unconstrained parameters after the first two (lower triangle)."""
    x_left, u_left = np.exp(-p.fast_excess * t), np.exp(-p.uptake_excess * t)
    risen = -np.expm1(-p.uptake_excess * t)
    gone = -np.expm1(-p.fast_excess * t)
    if model.has_uptake:
        h = p.slow_fraction * gone + x_left * risen
    else:
        h = p.slow_fraction + p.fast_fraction * x_left
        u_left = np.zeros_like(h)
    first: list[Floats] = []
    curved: list[list[Floats]] = []
    xt, ut = p.fast_excess * t, p.uptake_excess * t
    logistic = p.fast_fraction * p.slow_fraction
    by_fast = xt * x_left * (u_left - p.fast_fraction)
    by_uptake = ut * x_left * u_left
    if model.has_fast:
        first = [by_fast, -logistic * gone]
        if second:
            to_share = -logistic * xt * x_left
            curved = [[by_fast * (1.0 - xt)], [to_share, first[1] * (1.0 - 2.0 * p.fast_fraction)]]
    if model.has_uptake:
        crossed = [-xt * by_uptake, np.zeros_like(h)] if model.has_fast else []
        first.append(by_uptake + np.zeros_like(h))
        if second:
            curved.append([*crossed, by_uptake * (1.0 - ut)])
    return h, first, curved
