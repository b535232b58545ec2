"""One sum of exponentials fitted again to many sets of points at once, from the parameters of one fit.

The iteration is that of :mod:`hevesy.numerics.exponential_fit` (Levenberg-Marquardt with an active set of bounds), with
one leading axis for the sets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics import exponentials as ex

Floats = NDArray[np.float64]

_MAX_STEPS = 400
_TOLERANCE = 1e-10
_COST_TOLERANCE = 1e-15
_PATIENCE = 5
_MIN_SEPARATION = 0.1
_MAX_EXPONENT = 50.0
_FACTORS = (1.0, 0.25, 4.0)
"""On the steps between the rates, for further starts."""


@dataclass(frozen=True)
class Refits:
    """The parameters of every set."""

    amplitudes: Floats
    """Shape ``(set, rate)``."""
    rates: Floats
    """Shape ``(set, rate)``. [1/time]"""


def refit(
    model: ex.ExponentialModel,
    times: Floats,
    activities: Floats,
    weights_u: Floats,
    physical_rate: float,
    *,
    start: Floats,
) -> Refits:
    """Fit every set of points.

    Parameters
    ----------
    model
        Number of phases.
    times
        Shape ``(point,)``. [time]
    activities
        Positive. Shape ``(set, point)``.
    weights_u
        Standard uncertainties that weigh the points, the same for all sets. Shape ``(point,)``.
    physical_rate
        Decay constant, the lower bound of every rate. [1/time]
    start
        Parameters to begin with: coefficients, then rate steps. Shape ``(parameter,)``.
    """
    unit_t, unit_a = float(times[-1]), float(activities.max())
    units = np.concatenate([np.full(model.n_washout, unit_a), np.full(model.n_rates, 1.0 / unit_t)])
    problem = _Problem(model, times / unit_t, weights_u / unit_a, physical_rate * unit_t)
    found = _best(problem, activities / unit_a, start / units) * units
    both = found @ ex.parameter_map(model).T
    return Refits(both[:, : model.n_rates], physical_rate + both[:, model.n_rates :])


def _best(problem: _Problem, activities: Floats, start: Floats) -> Floats:
    """The best of the iterations from the given start and, with several phases, from faster and slower ones."""
    q, m = problem.model.n_washout, problem.model.n_rates
    found, cost = np.tile(start, (activities.shape[0], 1)), np.full(activities.shape[0], np.inf)
    for factor in _FACTORS if m > 1 else _FACTORS[:1]:
        first = start * np.concatenate([np.ones(q + 1), np.full(m - 1, factor)])
        x = _iterate(problem, activities, np.tile(np.clip(first, *problem.bounds), (activities.shape[0], 1)))
        reached = _cost(problem.residuals(x, activities))
        found = np.where((reached < cost)[:, None], x, found)
        cost = np.minimum(cost, reached)
    return found


@dataclass(frozen=True)
class _Problem:
    """The fit in units of the last time and the largest activity."""

    model: ex.ExponentialModel
    times: Floats
    weights_u: Floats
    physical_rate: float

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Those of the single fit. Shapes ``(parameter,)``."""
        q, m = self.model.n_washout, self.model.n_rates
        first, spacing = self.times[0], np.diff(self.times).min(initial=self.times[0])
        faster = [2.0 * np.log(2.0) / first] * (q - 1) + [10.0 * np.log(2.0) / first] * int(self.model.has_uptake)
        lower = np.concatenate([np.zeros(q + 1), np.full(m - 1, _MIN_SEPARATION)])
        steps = np.maximum(np.array(faster), 2.0 * _MIN_SEPARATION)
        return lower, np.concatenate([np.full(q, np.inf), [_MAX_EXPONENT / spacing], steps])

    def residuals(self, x: Floats, activities: Floats) -> Floats:
        """Shape ``(set, point)``."""
        amplitudes, rates = self._both(x)
        fitted = np.einsum("ntm,nm->nt", self._decays(rates), amplitudes)
        result: Floats = (activities - fitted) / self.weights_u
        return result

    def slope(self, x: Floats) -> Floats:
        """Derivative of the fitted values over the weights. Shape ``(set, point, parameter)``."""
        amplitudes, rates = self._both(x)
        decays = self._decays(rates)
        gradient = np.concatenate([decays, -self.times[:, None] * decays * amplitudes[:, None, :]], axis=-1)
        result: Floats = gradient @ ex.parameter_map(self.model) / self.weights_u[:, None]
        return result

    def _both(self, x: Floats) -> tuple[Floats, Floats]:
        both = x @ ex.parameter_map(self.model).T
        return both[:, : self.model.n_rates], self.physical_rate + both[:, self.model.n_rates :]

    def _decays(self, rates: Floats) -> Floats:
        result: Floats = np.exp(-self.times[:, None] * rates[:, None, :])
        return result


def _iterate(problem: _Problem, activities: Floats, x: Floats) -> Floats:
    """Damped steps of all sets that still move."""
    lower, upper = problem.bounds
    n = x.shape[0]
    damping, idle = np.full(n, 1e-3), np.zeros(n, dtype=np.int64)
    cost = _cost(problem.residuals(x, activities))
    moving = np.arange(n)
    for _ in range(_MAX_STEPS):
        here = x[moving]
        trial = np.clip(here + _step(problem, here, activities[moving], damping[moving]), lower, upper)
        trial_cost = _cost(problem.residuals(trial, activities[moving]))
        better = trial_cost <= cost[moving]
        gain = cost[moving] - trial_cost
        idle[moving] = np.where(better & (gain <= _COST_TOLERANCE * cost[moving]), idle[moving] + 1, 0)
        small = np.all(np.abs(trial - here) <= _TOLERANCE * (1.0 + np.abs(here)), axis=1)
        x[moving[better]], cost[moving[better]] = trial[better], trial_cost[better]
        damping[moving] = np.where(better, np.maximum(damping[moving] / 10.0, 1e-12), damping[moving] * 10.0)
        moving = moving[~(small | (damping[moving] > 1e12) | (idle[moving] >= _PATIENCE))]
        if moving.size == 0:
            break
    return x


def _cost(residuals: Floats) -> Floats:
    result: Floats = np.einsum("np,np->n", residuals, residuals)
    return result


def _step(problem: _Problem, x: Floats, activities: Floats, damping: Floats) -> Floats:
    """One step of each set on the parameters that no bound holds. Shape ``(set, parameter)``."""
    lower, upper = problem.bounds
    residuals, slope = problem.residuals(x, activities), problem.slope(x)
    descent = np.einsum("npk,np->nk", slope, residuals)
    free = ~(((x <= lower) & (descent <= 0)) | ((x >= upper) & (descent >= 0)))
    norms = np.linalg.norm(slope, axis=1)
    norms = np.where((norms > 0) & free, norms, 1.0)
    slope = slope * free[:, None, :] / norms[:, None, :]
    normal = np.einsum("npk,npl->nkl", slope, slope)
    diagonal = np.where(free, damping[:, None], 1.0)
    normal += diagonal[:, :, None] * np.eye(x.shape[1])
    target = np.einsum("npk,np->nk", slope, residuals)
    result: Floats = np.linalg.solve(normal, target[:, :, None])[:, :, 0] / norms
    return result
