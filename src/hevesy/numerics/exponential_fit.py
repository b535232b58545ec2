"""Weighted least squares of a sum of exponentials, every parameter within its bounds.

Starts come from a grid of rates, where the coefficients follow by non-negative least squares; the best of them are
refined by a Levenberg-Marquardt iteration that keeps an active set of bounds, so that a biological rate of zero is
reached exactly and not only approached.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from hevesy.numerics import exponentials as ex
from hevesy.numerics.bounded_least_squares import minimise

Floats = NDArray[np.float64]

_N_STARTS = 3
_MIN_SEPARATION = 0.1
_MAX_EXPONENT = 50.0
_GRID = np.concatenate([[0.0], np.geomspace(0.03, 30.0, 13)])
_COARSE = np.concatenate([[0.0], np.geomspace(0.1, 30.0, 7)])
"""Of the steps of three washout phases."""


@dataclass(frozen=True)
class ExponentialFit:
    """The best parameters of one model."""

    model: ex.ExponentialModel
    parameters: Floats
    """Coefficients, then rate steps."""
    free: NDArray[np.bool_]
    """Which parameters are not at a bound."""
    fastest: NDArray[np.bool_]
    """Which are at their upper bound: as fast as the scans can resolve."""
    weighted_residuals: Floats
    """Measured minus fitted, in standard uncertainties used as weights."""
    amplitudes: Floats
    rates: Floats

    @property
    def chi_square(self) -> float:
        """Sum of squares of the weighted residuals."""
        return float(self.weighted_residuals @ self.weighted_residuals)

    @property
    def degrees_of_freedom(self) -> int:
        """Number of points less the number of parameters that are not at a bound."""
        return max(0, self.weighted_residuals.size - int(np.count_nonzero(self.free)))

    @property
    def without_washout(self) -> bool:
        """Whether the terminal phase came out as physical decay alone (biological rate at its bound of zero)."""
        return bool(self.parameters[self.model.n_washout] == 0.0)

    @property
    def degenerate(self) -> bool:
        """Whether a phase vanished, two became one, or an uptake was over at once: a simpler model says the same."""
        gone = ~self.free & ~self.fastest
        gone[self.model.n_washout] = False
        return bool(gone.any() or (self.model.has_uptake and self.fastest[-1]))

    @property
    def unresolved_half_life_s(self) -> float | None:
        """Half-life of a washout phase that is as fast as the scans can resolve, or faster; None without one. [s]"""
        q, n = self.model.n_washout, self.model.n_rates
        found = [k for k in range(1, n - int(self.model.has_uptake)) if self.fastest[q + k]]
        return float(np.log(2.0) / self.rates[found[0]]) if found else None


def fit_exponentials(
    model: ex.ExponentialModel, times: Floats, activities: Floats, weights_u: Floats, physical_rate: float
) -> ExponentialFit:
    """Fit one model.

    Parameters
    ----------
    model
        Number of phases.
    times, activities, weights_u
        Measured points and the standard uncertainties that weigh them, all positive. Shape ``(point,)``.
    physical_rate
        Decay constant, the lower bound of every rate.

    Raises
    ------
    ValueError
        If there are fewer points than parameters.
    """
    if times.size < model.n_parameters:
        raise ValueError(f"expected at least {model.n_parameters} points for {model.name}, but {times.size} came")
    unit_t, unit_a = float(times[-1]), float(activities.max())
    problem = _Problem(model, times / unit_t, activities / unit_a, weights_u / unit_a, physical_rate * unit_t)
    fits = [_refine(problem, start) for start in _starts(problem)]
    return _found(problem, min(fits, key=lambda x: _cost(problem, x)), unit_t, unit_a)


def fit_again(
    fit: ExponentialFit, times: Floats, activities: Floats, weights_u: Floats, physical_rate: float
) -> ExponentialFit:
    """The same model for slightly other points, from the parameters of a fit; a biological rate of zero stays zero.

    Parameters are those of :func:`fit_exponentials`, which may find another minimum.
    """
    unit_t, unit_a = float(times[-1]), float(activities.max())
    problem = _Problem(
        fit.model,
        times / unit_t,
        activities / unit_a,
        weights_u / unit_a,
        physical_rate * unit_t,
        washout=not fit.without_washout,
    )
    start = np.clip(fit.parameters / _units(fit.model, unit_t, unit_a), problem.lower, problem.upper)
    return _found(problem, _refine(problem, start), unit_t, unit_a)


def _found(problem: _Problem, x: Floats, unit_t: float, unit_a: float) -> ExponentialFit:
    parameters = x * _units(problem.model, unit_t, unit_a)
    amplitudes, rates = ex.amplitudes_and_rates(problem.model, parameters, problem.physical_rate / unit_t)
    free, fastest = (x > problem.lower) & (x < problem.upper), x >= problem.upper
    return ExponentialFit(problem.model, parameters, free, fastest, _residuals(problem, x), amplitudes, rates)


def _units(model: ex.ExponentialModel, unit_t: float, unit_a: float) -> Floats:
    return np.concatenate([np.full(model.n_washout, unit_a), np.full(model.n_rates, 1.0 / unit_t)])


def jacobian(fit: ExponentialFit, times: Floats) -> Floats:
    """Derivative of the fitted values by the parameters. Shape ``(time, parameter)``."""
    return ex.value_gradient(fit.amplitudes, fit.rates, times) @ ex.parameter_map(fit.model)


@dataclass(frozen=True)
class _Problem:
    """One fit in units of the last time and the largest activity."""

    model: ex.ExponentialModel
    times: Floats
    activities: Floats
    weights_u: Floats
    physical_rate: float
    washout: bool = True
    """Whether the slowest phase may have a biological rate."""

    @property
    def lower(self) -> Floats:
        q, m = self.model.n_washout, self.model.n_rates
        return np.concatenate([np.zeros(q + 1), np.full(m - 1, _MIN_SEPARATION)])

    @property
    def upper(self) -> Floats:
        """Rates that the scans cannot resolve are out of bounds.

        A washout phase with a half-life under half the first time would be extrapolated to more than four times what
        was seen of it; an uptake with a half-time under a tenth of the first time is over at the first scan.
        """
        first, spacing = self.times[0], np.diff(self.times).min(initial=self.times[0])
        steps = [_MAX_EXPONENT / spacing if self.washout else 0.0]
        steps += [2.0 * np.log(2.0) / first] * (self.model.n_washout - 1)
        steps += [10.0 * np.log(2.0) / first] * int(self.model.has_uptake)
        faster = np.maximum(steps[1:], 2 * _MIN_SEPARATION)
        return np.concatenate([np.full(self.model.n_washout, np.inf), steps[:1], faster])


def _starts(problem: _Problem) -> list[Floats]:
    lower, upper = problem.lower, problem.upper
    q = problem.model.n_washout
    grid = _GRID if q < 3 else _COARSE
    axes = [np.unique(np.clip(grid, lo, hi)) for lo, hi in zip(lower[q:], upper[q:], strict=True)]
    ranked: list[tuple[float, int, Floats]] = []
    for n, steps in enumerate(itertools.product(*axes)):
        rates = problem.physical_rate + np.cumsum(steps)
        basis = np.exp(-np.outer(problem.times, rates)) @ problem.model.mixing
        coefficients, norm = nnls(basis / problem.weights_u[:, None], problem.activities / problem.weights_u)
        ranked.append((float(norm), n, np.concatenate([coefficients, steps])))
    return [x for _, _, x in sorted(ranked, key=lambda r: r[:2])[:_N_STARTS]]


def _residuals(problem: _Problem, x: Floats) -> Floats:
    a, r = ex.amplitudes_and_rates(problem.model, x, problem.physical_rate)
    return (problem.activities - ex.values(a, r, problem.times)) / problem.weights_u


def _jacobian(problem: _Problem, x: Floats) -> Floats:
    a, r = ex.amplitudes_and_rates(problem.model, x, problem.physical_rate)
    gradient = ex.value_gradient(a, r, problem.times) @ ex.parameter_map(problem.model)
    scaled: Floats = gradient / problem.weights_u[:, None]
    return scaled


def _cost(problem: _Problem, x: Floats) -> float:
    residuals = _residuals(problem, x)
    return float(residuals @ residuals)


def _refine(problem: _Problem, start: Floats) -> Floats:
    return minimise(partial(_residuals, problem), partial(_jacobian, problem), start, problem.lower, problem.upper)
