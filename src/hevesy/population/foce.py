"""Estimation of a population by the first-order conditional method with exact gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from hevesy.population import regularise
from hevesy.population.layout import Layout
from hevesy.population.marginal import Marginal, marginal
from hevesy.population.parameters import Coordinates, Population, coordinates
from hevesy.population.start import expectation_maximisation, first_population, resolved

Floats = NDArray[np.float64]

RESIDUALS = ("common", "region", "stated")
"""One residual for all regions, one for each, or none beyond the stated uncertainties."""
_STARTS = (0.0, 2.0)
"""Added to the logarithms of the fast and uptake rates at the start: what the first scan resolves, and faster."""
_EM_ROUNDS = 12
_TOLERANCE = 1e-3
"""Of the gradient in units of expected standard errors."""
_ENOUGH = 0.03
"""A steeper gradient at the end is said."""


@dataclass(frozen=True)
class Specification:
    """What is estimated, beside the models of the regions."""

    structure: str = "region"
    """``diagonal``, ``region``, ``parameter`` or ``full``."""
    residual: str = "common"
    """``common``, ``region`` or ``stated``."""


@dataclass(frozen=True, eq=False)
class PopulationFit:
    """An estimated population."""

    layout: Layout
    specification: Specification
    population: Population
    coordinates: Coordinates
    x: Floats
    """Coordinates of the estimate."""
    minus_log_likelihood: float
    """Of the activities (not of their logarithms), without penalties."""
    marginal: Marginal
    converged: bool

    @property
    def n_random(self) -> int:
        """Parameters that random effects go with: mean, covariances; they count with the number of patients."""
        mean, _, covariance, cycles, _ = self.coordinates.sizes
        return mean + covariance + cycles

    @property
    def n_fixed(self) -> int:
        """Other parameters: slopes of covariates and residuals; they count with the number of observations."""
        _, effects, _, _, residual = self.coordinates.sizes
        return effects + residual

    @property
    def aic(self) -> float:
        """Akaike's criterion of the marginal likelihood."""
        return 2.0 * (self.minus_log_likelihood + self.n_random + self.n_fixed)

    @property
    def bic(self) -> float:
        """Bayesian criterion; see M. Delattre et al., Electron. J. Stat. 8 (2014) 456, doi:10.1214/14-EJS890."""
        layout = self.layout
        cost = self.n_random * np.log(len(layout.patients)) + self.n_fixed * np.log(layout.n_observations)
        return float(2.0 * self.minus_log_likelihood + cost)

    @property
    def aicc(self) -> float | None:
        """Akaike's criterion corrected for few observations; None where it does not exist."""
        k, n = self.n_random + self.n_fixed, self.layout.n_observations
        return self.aic + 2.0 * k * (k + 1) / (n - k - 1) if n > k + 1 else None


@dataclass(frozen=True, eq=False)
class FitRecord:
    """All that makes a fit again, to the same bits, without searching."""

    start: Population
    """Where the coordinates begin."""
    x: Floats
    modes: tuple[Floats, ...]
    """Of the patients of each stratum, near the estimate."""
    converged: bool


def search(layout: Layout, specification: Specification, start: Population | None = None) -> FitRecord:
    """Find the estimate of a population.

    Parameters
    ----------
    layout
        The data.
    specification
        What is estimated.
    start
        Where to begin; several starts are tried without it.
    """
    groups = residual_groups(layout, specification.residual)
    centre = resolved(layout)
    population, modes = _begun(layout, specification, groups, centre, start)
    where = coordinates(layout, population, specification.structure, groups)
    objective = _Objective(layout, where, centre, modes)
    found = minimize(
        objective, np.zeros(sum(where.sizes)), jac=True, method="BFGS", options={"gtol": _TOLERANCE, "maxiter": 500}
    )
    steepest = float(np.abs(objective(found.x)[1]).max())
    return FitRecord(population, found.x, objective.modes, steepest < _ENOUGH)


def completed(layout: Layout, specification: Specification, record: FitRecord) -> PopulationFit:
    """The fit that a record stands for."""
    where = coordinates(layout, record.start, specification.structure, residual_groups(layout, specification.residual))
    population = where.population(record.x)
    best = marginal(layout, population, record.modes)
    logs = sum(float(s.log_activity[s.measured].sum()) for s in layout.strata)
    return PopulationFit(layout, specification, population, where, record.x, best.value + logs, best, record.converged)


def fit_population(layout: Layout, specification: Specification, start: Population | None = None) -> PopulationFit:
    """Estimate a population: :func:`search` and :func:`completed`."""
    return completed(layout, specification, search(layout, specification, start))


def residual_groups(layout: Layout, residual: str) -> NDArray[np.int64]:
    """Which residual each region has.

    Raises
    ------
    ValueError
        If the kind of residual is unknown.
    """
    n = len(layout.regions)
    kinds = {"common": np.zeros(n, dtype=np.int64), "region": np.arange(n), "stated": np.full(n, -1)}
    if residual not in kinds:
        raise ValueError(f"expected a residual among {RESIDUALS}, but {residual!r} came")
    return kinds[residual]


def _residual_update(groups: NDArray[np.int64]) -> Callable[[Floats, Floats], Floats]:
    if groups[0] < 0:
        return lambda squares, _: np.zeros_like(squares)
    n = int(groups.max()) + 1

    def update(squares: Floats, counts: Floats) -> Floats:
        share = regularise.MEASUREMENTS / n
        total = np.bincount(groups, squares, n) + share * regularise.RESIDUAL**2
        variance = np.maximum(total / (np.bincount(groups, counts, n) + share), 1e-6)
        result: Floats = np.sqrt(variance)[groups]
        return result

    return update


def _begun(
    layout: Layout,
    specification: Specification,
    groups: NDArray[np.int64],
    centre: Floats,
    start: Population | None,
) -> tuple[Population, tuple[Floats, ...]]:
    """A population to begin with: the best of the starts after some rounds."""
    update = _residual_update(groups)
    sigma = np.full(len(layout.regions), 0.0 if groups[0] < 0 else 0.15)
    quick = np.array([float("fast_excess" in name or "uptake_excess" in name) for _, name in layout.names])
    offsets = _STARTS if start is None and quick.any() else _STARTS[:1]
    best: tuple[float, Population, tuple[Floats, ...]] | None = None
    for offset in offsets:
        first = start or first_population(layout, centre + offset * quick, sigma)
        rounds = _EM_ROUNDS if start is None else 2
        population, modes = expectation_maximisation(layout, first, specification.structure, update, iterations=rounds)
        value = marginal(layout, population, modes).value
        if best is None or value < best[0]:
            best = (value, population, modes)
    assert best is not None  # noqa: S101 - there is a start
    return best[1], best[2]


class _Objective:
    """Penalised marginal likelihood in coordinates; patients' modes begin at those of the best point so far."""

    def __init__(self, layout: Layout, where: Coordinates, centre: Floats, modes: tuple[Floats, ...]) -> None:
        self._layout, self._where, self._centre = layout, where, centre
        self.modes, self._lowest = modes, np.inf

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        """Value and gradient."""
        population = self._where.population(x)
        found = marginal(self._layout, population, self.modes)
        fixed = bool(self._where.residual_groups[0] < 0)
        held, by = regularise.penalty(self._layout, population, self._centre, fixed_residual=fixed)
        if found.value + held < self._lowest:
            self._lowest = found.value + held
            self.modes = tuple(mode.theta for mode in found.modes)
        gradient = self._where.gradient(x, found.gradient) + self._where.gradient(x, by)
        return found.value + held, gradient
