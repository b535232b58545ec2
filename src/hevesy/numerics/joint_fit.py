"""Weighted least squares of sums of exponentials in several regions at once, some of their rates being the same.

Unlike in a fit of one region, the parameters of a region are its coefficients and its *biological rates*, slowest first
and that of the uptake last, so that any of them can be shared. For every shared rate on a grid the best rates of each
region alone are found on a grid of their own, coefficients by non-negative least squares; the best starts are refined
together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from hevesy.numerics import exponentials as ex
from hevesy.numerics.bounded_least_squares import minimise

Floats = NDArray[np.float64]

_N_STARTS = 3
_MIN_SEPARATION = 0.1
_MAX_EXPONENT = 50.0
_GRID = np.concatenate([[0.0], np.geomspace(0.03, 300.0, 13)])


@dataclass(frozen=True)
class RegionPoints:
    """What one region contributes."""

    times: Floats
    activities: Floats
    weights_u: Floats
    rate_keys: tuple[str, ...]
    """Name of each biological rate; the same name in two regions means the same rate."""


@dataclass(frozen=True)
class JointFit:
    """The best parameters of one model in all regions."""

    problem: JointProblem
    parameters: Floats
    """Coefficients of each region in turn, then the distinct biological rates. Shape ``(parameter,)``."""
    free: NDArray[np.bool_]
    """Which parameters are not at a bound."""
    weighted_residuals: Floats
    """Of all regions' points in turn."""

    @property
    def chi_square(self) -> float:
        """Sum of squares of the weighted residuals."""
        return float(self.weighted_residuals @ self.weighted_residuals)

    def amplitudes_and_rates(self, region: int) -> tuple[Floats, Floats]:
        """Amplitudes and effective rates of a region. Shapes ``(rate,)``."""
        both = self.problem.maps[region] @ self.parameters
        m = self.problem.model.n_rates
        return both[:m], self.problem.physical_rate + both[m:]

    @property
    def degenerate(self) -> bool:
        """Whether a phase vanished, two became one, or an uptake was over at once: a simpler model says the same."""
        problem = self.problem
        n = problem.n_coefficients
        if bool((self.parameters[:n] <= 0.0).any()) or bool((self.parameters[n:] >= problem.upper[n:]).any()):
            return True
        gaps = [np.diff(self.amplitudes_and_rates(r)[1]) for r in range(len(problem.regions))]
        return any(bool((gap * problem.last < _MIN_SEPARATION).any()) for gap in gaps)


@dataclass(frozen=True)
class JointProblem:
    """Points of several regions, one model, and which rates they share."""

    model: ex.ExponentialModel
    regions: tuple[RegionPoints, ...]
    physical_rate: float
    maps: tuple[Floats, ...] = field(init=False)
    """Derivative of (amplitudes, rates) of each region by the parameters. Shape ``(2 rate, parameter)``."""
    keys: tuple[str, ...] = field(init=False)
    """The distinct rates."""

    def __post_init__(self) -> None:
        keys = tuple(dict.fromkeys(key for region in self.regions for key in region.rate_keys))
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "maps", tuple(self._map(n) for n in range(len(self.regions))))

    def _map(self, number: int) -> Floats:
        q, m = self.model.n_washout, self.model.n_rates
        result = np.zeros((2 * m, self.n_parameters))
        result[:m, number * q : (number + 1) * q] = self.model.mixing
        for row, key in enumerate(self.regions[number].rate_keys):
            result[m + row, self.n_coefficients + self.keys.index(key)] = 1.0
        return result

    @property
    def n_coefficients(self) -> int:
        """Of all regions together."""
        return self.model.n_washout * len(self.regions)

    @property
    def n_parameters(self) -> int:
        """Coefficients of all regions, and distinct rates."""
        return self.n_coefficients + len(self.keys)

    @property
    def n_points(self) -> int:
        """Of all regions together."""
        return sum(region.times.size for region in self.regions)

    @property
    def last(self) -> float:
        """Latest time."""
        return max(float(region.times[-1]) for region in self.regions)

    @property
    def slowest(self) -> NDArray[np.bool_]:
        """Which parameters are the terminal rate of a region. Shape ``(parameter,)``."""
        first = {region.rate_keys[0] for region in self.regions}
        return np.array([False] * self.n_coefficients + [key in first for key in self.keys])

    @property
    def lower(self) -> Floats:
        """Lower bounds: a terminal biological rate may be zero."""
        rates = np.where(self.slowest[self.n_coefficients :], 0.0, _MIN_SEPARATION / self.last)
        return np.concatenate([np.zeros(self.n_coefficients), rates])

    @property
    def upper(self) -> Floats:
        """Upper bounds: what the scans of every region with that rate can resolve, as in a fit of one region."""
        most = [
            min(_fastest(self.model, region, place) for region in self.regions for place in _places(region, key))
            for key in self.keys
        ]
        return np.concatenate([np.full(self.n_coefficients, np.inf), np.maximum(most, 3 * _MIN_SEPARATION / self.last)])


def _places(region: RegionPoints, key: str) -> list[int]:
    return [n for n, name in enumerate(region.rate_keys) if name == key]


def _fastest(model: ex.ExponentialModel, region: RegionPoints, place: int) -> float:
    first = float(region.times[0])
    if model.has_uptake and place == model.n_rates - 1:
        return 10.0 * math.log(2.0) / first
    if place == 0:
        return _MAX_EXPONENT / float(np.diff(region.times).min(initial=first))
    return 2.0 * math.log(2.0) / first


def fit_jointly(problem: JointProblem) -> JointFit:
    """Fit all regions at once.

    Raises
    ------
    ValueError
        If there are fewer points than parameters, or no rates that the scans of all regions resolve.
    """
    if problem.n_points < problem.n_parameters:
        raise ValueError(f"expected at least {problem.n_parameters} points, but {problem.n_points} came")
    starts = _starts(problem)
    if not starts:
        raise ValueError("expected scans that can resolve the shared rates, but there are no such rates")
    return min((_refined(problem, start) for start in starts), key=lambda fit: fit.chi_square)


def fit_jointly_again(fit: JointFit, activities: Sequence[Floats]) -> JointFit:
    """The same problem for slightly other activities of each region, from the parameters of a fit."""
    regions = tuple(
        RegionPoints(r.times, moved, r.weights_u, r.rate_keys)
        for r, moved in zip(fit.problem.regions, activities, strict=True)
    )
    return _refined(JointProblem(fit.problem.model, regions, fit.problem.physical_rate), fit.parameters)


def joint_jacobian(fit: JointFit) -> Floats:
    """Derivative of the fitted values by the parameters. Shape ``(point, parameter)``."""
    return _slope(fit.problem, fit.parameters, weighted=False)


def _refined(problem: JointProblem, start: Floats) -> JointFit:
    scale = np.concatenate(
        [
            np.repeat([float(r.activities.max()) for r in problem.regions], problem.model.n_washout),
            np.full(len(problem.keys), 1.0 / problem.last),
        ]
    )
    lower, upper = problem.lower / scale, problem.upper / scale
    x = minimise(
        lambda x: _residuals(problem, x * scale),
        lambda x: _slope(problem, x * scale) * scale,
        np.clip(start / scale, lower, upper),
        lower,
        upper,
    )
    free = (x > lower) & (x < upper)
    return JointFit(problem, x * scale, free, _residuals(problem, x * scale))


def _residuals(problem: JointProblem, parameters: Floats) -> Floats:
    m, found = problem.model.n_rates, []
    for region, to_region in zip(problem.regions, problem.maps, strict=True):
        both = to_region @ parameters
        modelled = ex.values(both[:m], problem.physical_rate + both[m:], region.times)
        found.append((region.activities - modelled) / region.weights_u)
    return np.concatenate(found)


def _slope(problem: JointProblem, parameters: Floats, *, weighted: bool = True) -> Floats:
    m, found = problem.model.n_rates, []
    for region, to_region in zip(problem.regions, problem.maps, strict=True):
        both = to_region @ parameters
        slope = ex.value_gradient(both[:m], problem.physical_rate + both[m:], region.times) @ to_region
        found.append(slope / region.weights_u[:, None] if weighted else slope)
    return np.concatenate(found)


def _starts(problem: JointProblem) -> list[Floats]:
    uses = [key for region in problem.regions for key in region.rate_keys]
    shared = [key for key in problem.keys if uses.count(key) > 1]
    n = problem.n_coefficients
    bounds = {key: (problem.lower[n + i], problem.upper[n + i]) for i, key in enumerate(problem.keys)}
    axes = {key: np.unique(np.clip(_GRID / problem.last, *limits)) for key, limits in bounds.items()}
    ranked: list[tuple[float, int, Floats]] = []
    for number, together in enumerate(itertools.product(*(axes[key].tolist() for key in shared))):
        held = dict(zip(shared, together, strict=True))
        best = [_best_alone(problem, region, held, axes) for region in problem.regions]
        if any(math.isinf(cost) for cost, _, _ in best):
            continue
        rates = {key: rate for _, _, own in best for key, rate in own.items()}
        start = np.concatenate([*(c for _, c, _ in best), [rates[key] for key in problem.keys]])
        ranked.append((sum(cost for cost, _, _ in best), number, start))
    return [start for _, _, start in sorted(ranked, key=lambda r: r[:2])[:_N_STARTS]]


def _best_alone(
    problem: JointProblem, region: RegionPoints, held: dict[str, float], axes: dict[str, Floats]
) -> tuple[float, Floats, dict[str, float]]:
    """Best cost, coefficients and rates of one region, some rates being held."""
    choices = [[held[key]] if key in held else axes[key].tolist() for key in region.rate_keys]
    best: tuple[float, Floats, dict[str, float]] = (math.inf, np.zeros(problem.model.n_washout), {})
    for rates in itertools.product(*choices):
        if any(b - a < _MIN_SEPARATION / problem.last for a, b in itertools.pairwise(rates)):
            continue
        decays = np.exp(-np.outer(region.times, problem.physical_rate + np.array(rates)))
        basis = decays @ problem.model.mixing
        coefficients, norm = nnls(basis / region.weights_u[:, None], region.activities / region.weights_u)
        if norm**2 < best[0]:
            best = float(norm) ** 2, coefficients, dict(zip(region.rate_keys, rates, strict=True))
    return best
