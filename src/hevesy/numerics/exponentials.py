r"""Sums of exponentials that never outlive the radionuclide.

A model is :math:`f(t) = \sum_k a_k e^{-\lambda_k t}` with amplitudes :math:`a = M c`, coefficients :math:`c \ge 0`, and
rates :math:`\lambda_k = \lambda_{\mathrm{phys}} + b_1 + \dots + b_k`, steps :math:`b \ge 0`. The first rate is that of
the terminal phase; in a model with uptake the last one is that of the uptake and its amplitude is minus the sum of the
others, so that the activity is zero at t = 0. The parameters are :math:`x = (c, b)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExponentialModel:
    """How many phases a sum of exponentials has."""

    name: str
    n_washout: int
    """Phases of positive amplitude."""
    has_uptake: bool

    @property
    def n_rates(self) -> int:
        """Number of exponentials."""
        return self.n_washout + int(self.has_uptake)

    @property
    def n_parameters(self) -> int:
        """Number of coefficients and rates."""
        return self.n_washout + self.n_rates

    @property
    def mixing(self) -> Floats:
        """Matrix M from coefficients to amplitudes. Shape ``(rate, coefficient)``."""
        return parameter_map(self)[: self.n_rates, : self.n_washout]


MODELS: tuple[ExponentialModel, ...] = (
    ExponentialModel("mono", 1, has_uptake=False),
    ExponentialModel("uptake-mono", 1, has_uptake=True),
    ExponentialModel("bi", 2, has_uptake=False),
    ExponentialModel("uptake-bi", 2, has_uptake=True),
    ExponentialModel("tri", 3, has_uptake=False),
    ExponentialModel("uptake-tri", 3, has_uptake=True),
)
"""Every model, simplest first."""


def amplitudes_and_rates(model: ExponentialModel, x: Floats, physical_rate: float) -> tuple[Floats, Floats]:
    """Amplitudes and rates of the parameters. Shapes ``(rate,)``."""
    both = parameter_map(model) @ x
    return both[: model.n_rates], physical_rate + both[model.n_rates :]


@cache
def parameter_map(model: ExponentialModel) -> Floats:
    """Derivative of (amplitudes, rates) by the parameters. Shape ``(2 rate, parameter)``."""
    q, m = model.n_washout, model.n_rates
    result = np.zeros((2 * m, q + m))
    result[:q, :q] = np.eye(q)
    result[q:m, :q] = -1.0
    result[m:, q:] = np.tril(np.ones((m, m)))
    result.flags.writeable = False
    return result


def values(amplitudes: Floats, rates: Floats, times: Floats) -> Floats:
    """The sum at the given times. Shape ``(time,)``."""
    result: Floats = np.exp(-np.outer(times, rates)) @ amplitudes
    return result


def value_gradient(amplitudes: Floats, rates: Floats, times: Floats) -> Floats:
    """Derivative of the sum by (amplitudes, rates). Shape ``(time, 2 rate)``."""
    decays = np.exp(-np.outer(times, rates))
    return np.hstack([decays, -np.asarray(times)[:, None] * decays * amplitudes])


def integral(amplitudes: Floats, rates: Floats, until: float = np.inf) -> float:
    """Integral from 0 to a time, infinity included."""
    return float(_decayed(rates, until) / rates @ amplitudes)


def integral_gradient(amplitudes: Floats, rates: Floats, until: float = np.inf) -> Floats:
    """Derivative of the integral by (amplitudes, rates). Shape ``(2 rate,)``."""
    decayed = _decayed(rates, until)
    edge = until * np.exp(-rates * until) if np.isfinite(until) else np.zeros_like(rates)
    return np.concatenate([decayed / rates, amplitudes * (edge - decayed / rates) / rates])


def _decayed(rates: Floats, until: float) -> Floats:
    result: Floats = -np.expm1(-rates * until) if np.isfinite(until) else np.ones_like(rates)
    return result
