r"""How well the parameters of a population are known.

Their coordinates are normal about a centre with the inverse Hessian of the penalised marginal likelihood as covariance.
The centre differs from the estimate in the spreads: every spread between patients is as probable as any other
beforehand, not every logarithm, which moves a logarithm up by its variance; and the :math:`k` other parameters of the
population take degrees of freedom from the :math:`n` measurements, for which the residual is multiplied by
:math:`\sqrt{n / (n - k)}`, as in linear regression. The estimate itself stays where the likelihood is largest.

References
----------
.. [1] A. Gelman, Prior distributions for variance parameters in hierarchical models, Bayesian Anal. 1 (2006) 515,
   doi:10.1214/06-BA117A
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.population import regularise
from hevesy.population.foce import PopulationFit
from hevesy.population.layout import Layout
from hevesy.population.marginal import marginal
from hevesy.population.parameters import Population
from hevesy.population.start import resolved

Floats = NDArray[np.float64]

_STEP = 2e-2
"""In units of expected standard errors."""


@dataclass(frozen=True, eq=False)
class PopulationUncertainty:
    """Distribution of the coordinates of a population."""

    centre: Floats
    """Shape ``(coordinate,)``."""
    covariance: Floats
    """Shape ``(coordinate, coordinate)``."""
    flat_directions: int
    """Directions in which the data say less than one patient of the cohort should; they get that much."""


def population_uncertainty(fit: PopulationFit) -> PopulationUncertainty:
    """Invert the Hessian of the penalised marginal likelihood, by differences of its exact gradient."""
    layout, where = fit.layout, fit.coordinates
    centre = resolved(layout)
    starts = tuple(mode.theta for mode in fit.marginal.modes)
    fixed = bool(where.residual_groups[0] < 0)

    def slope(x: Floats) -> Floats:
        population = where.population(x)
        found = marginal(layout, population, starts)
        held = regularise.penalty(layout, population, centre, fixed_residual=fixed)[1]
        return where.gradient(x, found.gradient) + where.gradient(x, held)

    n = fit.x.size
    hessian = np.zeros((n, n))
    for k in range(n):
        step = np.zeros(n)
        step[k] = _STEP
        hessian[k] = (slope(fit.x + step) - slope(fit.x - step)) / (2.0 * _STEP)
    curvature, directions = np.linalg.eigh(0.5 * (hessian + hessian.T))
    flattest = 1.0 / len(layout.patients)
    covariance = (directions / np.maximum(curvature, flattest)) @ directions.T
    covariance = 0.5 * (covariance + covariance.T)
    return PopulationUncertainty(_centre(fit, covariance), covariance, int(np.sum(curvature < flattest)))


def _centre(fit: PopulationFit, covariance: Floats) -> Floats:
    where = fit.coordinates
    n, k = fit.layout.n_observations, fit.n_random + len(fit.layout.effects)
    freedom = max(n - k, n // 2)
    mean, effects, spreads, cycles, residual = where.split(covariance @ where.log_spread_slope)
    lost = np.full(residual.shape, np.sqrt(2.0 * n) * 0.5 * np.log(n / freedom))
    moved: Floats = fit.x + np.concatenate([mean, effects, spreads, cycles, lost])
    return moved


def standard_errors(fit: PopulationFit, known: PopulationUncertainty) -> Population:
    """Standard errors of the parameters, to first order; of spreads those of the standard deviations.

    The result has the form of a population: covariances hold the standard errors of standard deviations (diagonal) and
    of correlations (elsewhere), cycles those of standard deviations.
    """
    where = fit.coordinates
    slopes = []
    for k in range(fit.x.size):
        step = np.zeros(fit.x.size)
        step[k] = _STEP
        high, low = _flat(where.population(fit.x + step)), _flat(where.population(fit.x - step))
        slopes.append((high - low) / (2.0 * _STEP))
    jacobian = np.array(slopes).reshape(fit.x.size, -1)
    variance = np.einsum("kp,km,mp->p", jacobian, known.covariance, jacobian)
    return _unflat(np.sqrt(np.maximum(variance, 0.0)), fit.population)


def _flat(population: Population) -> Floats:
    spread = np.sqrt(np.diag(population.between_patients))
    correlation = population.between_patients / np.outer(spread, spread)
    np.fill_diagonal(correlation, spread)
    cycles = np.sqrt(population.between_cycles)
    return np.concatenate([population.mean, population.effects, correlation.ravel(), cycles, population.residual])


def _unflat(flat: Floats, like: Population) -> Population:
    n = like.mean.size
    sizes = np.cumsum([n, like.effects.size, n * n, like.between_cycles.size])
    mean, effects, covariance, cycles, residual = np.split(flat, sizes)
    return Population(mean, effects, covariance.reshape(n, n), cycles, residual)


def mean_covariance(layout: Layout, fit: PopulationFit, known: PopulationUncertainty) -> Floats:
    """Covariance of the estimate of the mean. Shape ``(parameter, parameter)``."""
    n = layout.n_parameters
    scale = fit.coordinates.mean_scale
    result: Floats = known.covariance[:n, :n] * np.outer(scale, scale)
    return result
