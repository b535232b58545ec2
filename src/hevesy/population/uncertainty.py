"""How well the parameters of a population are known, and how the patients' modes move with them."""

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
_FLATTEST = 1e-3
"""Lowest curvature, where one is what a well-determined direction has."""


@dataclass(frozen=True, eq=False)
class PopulationUncertainty:
    """Covariance of the estimate in its coordinates, and what follows from it."""

    covariance: Floats
    """Of the coordinates. Shape ``(coordinate, coordinate)``."""
    modes_by_coordinate: tuple[Floats, ...]
    """Derivative of the patients' modes, one array ``(coordinate, patient, cycle, parameter)`` for each stratum."""
    flat_directions: int
    """Directions in which the data hardly determine the estimate."""


def population_uncertainty(fit: PopulationFit) -> PopulationUncertainty:
    """Invert the Hessian of the penalised marginal likelihood, by differences of its exact gradient."""
    layout, where = fit.layout, fit.coordinates
    centre = resolved(layout)
    starts = tuple(mode.theta for mode in fit.marginal.modes)
    fixed = bool(where.residual_groups[0] < 0)

    def at(x: Floats) -> tuple[Floats, tuple[Floats, ...]]:
        population = where.population(x)
        found = marginal(layout, population, starts)
        held = regularise.penalty(layout, population, centre, fixed_residual=fixed)[1]
        slope = where.gradient(x, found.gradient) + where.gradient(x, held)
        return slope, tuple(mode.theta for mode in found.modes)

    n = fit.x.size
    hessian, moved = np.zeros((n, n)), [np.zeros((n, *theta.shape)) for theta in starts]
    for k in range(n):
        step = np.zeros(n)
        step[k] = _STEP
        (high, above), (low, below) = at(fit.x + step), at(fit.x - step)
        hessian[k] = (high - low) / (2.0 * _STEP)
        for s, (up, down) in enumerate(zip(above, below, strict=True)):
            moved[s][k] = (up - down) / (2.0 * _STEP)
    curvature, directions = np.linalg.eigh(0.5 * (hessian + hessian.T))
    safe = np.maximum(curvature, _FLATTEST)
    covariance = (directions / safe) @ directions.T
    return PopulationUncertainty(covariance, tuple(moved), int(np.sum(curvature < _FLATTEST)))


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
