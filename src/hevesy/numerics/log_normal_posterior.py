"""Posterior of unconstrained parameters with a normal prior, from positive data with log-normal errors.

The mode and the Laplace approximation are found by Gauss-Newton steps; self-normalised importance sampling with a
multivariate t proposal about the mode then gives the posterior itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import gammaincinv, ndtri
from scipy.stats import qmc

Floats = NDArray[np.float64]
LogModel = Callable[[Floats], tuple[Floats, Floats]]
"""From parameters ``(..., parameter)`` to log values ``(..., datum)`` and derivatives ``(..., datum, parameter)``."""

_DEGREES_OF_FREEDOM = 5.0
"""Of the proposal: heavier tails than any posterior with a normal prior in the directions that data do not fix."""
_WIDER = 1.25
"""Scale of the proposal over that of the Laplace approximation."""
_REACH = 50.0
"""Steps end this many prior standard deviations away: no parameter runs off to where the model overflows."""


@dataclass(frozen=True)
class NormalPrior:
    """A normal distribution that may know nothing about some parameters."""

    mean: Floats
    """Where the search begins for a parameter without information. Shape ``(parameter,)``."""
    precision: Floats
    """Zero in the rows and columns of parameters without information. Shape ``(parameter, parameter)``."""


@dataclass(frozen=True)
class LogData:
    """Logarithms of positive data and their covariance."""

    values: Floats
    """Shape ``(datum,)``."""
    covariance: Floats
    """Shape ``(datum, datum)``."""


@dataclass(frozen=True)
class Laplace:
    """The mode of a posterior and the normal approximation there."""

    mode: Floats
    """Shape ``(parameter,)``."""
    covariance: Floats
    """Shape ``(parameter, parameter)``."""
    gain: Floats
    """Derivative of the mode by the log data. Shape ``(parameter, datum)``."""


@dataclass(frozen=True)
class Sample:
    """Weighted draws from a posterior."""

    draws: Floats
    """Shape ``(draw, parameter)``."""
    weights: Floats
    """Sum to 1. Shape ``(draw,)``."""

    @property
    def effective_size(self) -> float:
        """Number of equally weighted draws that would say as much."""
        return float(1.0 / np.sum(self.weights**2))


def with_flat(mean: Floats, covariance: Floats, flat: NDArray[np.bool_]) -> NormalPrior:
    """A prior from a mean and a covariance that says nothing about the ``flat`` parameters.

    Parameters
    ----------
    mean, covariance
        Shapes ``(parameter,)`` and ``(parameter, parameter)``; the flat rows and columns are not used.
    flat
        Shape ``(parameter,)``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance of the other parameters is singular.
    """
    known = np.flatnonzero(~flat)
    precision = np.zeros_like(covariance)
    precision[np.ix_(known, known)] = np.linalg.inv(covariance[np.ix_(known, known)])
    return NormalPrior(mean, precision)


def laplace(model: LogModel, data: LogData, prior: NormalPrior) -> Laplace:
    """Find the mode and the covariance of the Gauss-Newton approximation there.

    Raises
    ------
    ValueError
        If data and prior together leave a parameter undetermined.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(data.covariance))
    root = _root(prior.precision)

    def residuals(theta: Floats) -> Floats:
        return np.concatenate([whiten @ (model(theta)[0] - data.values), root @ (theta - prior.mean)])

    def derivative(theta: Floats) -> Floats:
        return np.vstack([whiten @ model(theta)[1], root])

    found = least_squares(residuals, prior.mean, jac=derivative, xtol=1e-12, ftol=1e-12, gtol=1e-12, x_scale="jac")
    slope = derivative(found.x)
    if np.linalg.matrix_rank(slope) < found.x.size:
        raise ValueError("expected data or a prior for every parameter, but one is undetermined")
    covariance = np.linalg.inv(slope.T @ slope)
    n = data.values.size
    return Laplace(found.x, covariance, covariance @ slope[:n].T @ whiten)


def _root(precision: Floats) -> Floats:
    """A matrix R with R^T R = precision. Shape ``(parameter, parameter)``."""
    values, vectors = np.linalg.eigh(precision)
    root: Floats = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root


def sample_posterior(
    model: LogModel, data: LogData, prior: NormalPrior, about: Laplace, *, n_draws: int = 4096, seed: int = 1
) -> Sample:
    """Draw from the posterior by importance sampling with quasi-random points.

    Parameters
    ----------
    about
        The Laplace approximation that the proposal is made from.
    n_draws
        A power of 2.
    seed
        Of the scrambling: the same seed gives the same draws.

    References
    ----------
    .. [1] A. Gelman et al., Bayesian Data Analysis, 3rd ed., CRC Press 2013, 10.4 (importance sampling)
    """
    size = about.mode.size
    uniform = qmc.Sobol(size + 1, scramble=True, seed=seed).random(n_draws)
    uniform = np.clip(uniform, 1e-12, 1.0 - 1e-12)
    normal = ndtri(uniform[:, :size])
    chi2 = 2.0 * gammaincinv(0.5 * _DEGREES_OF_FREEDOM, uniform[:, size])
    scaled = normal * np.sqrt(_DEGREES_OF_FREEDOM / chi2)[:, None]
    draws = about.mode + _WIDER * scaled @ np.linalg.cholesky(about.covariance).T
    draws = np.clip(draws, about.mode - _REACH, about.mode + _REACH)
    squared = np.sum(scaled**2, axis=1)
    log_proposal = -0.5 * (_DEGREES_OF_FREEDOM + size) * np.log1p(squared / _DEGREES_OF_FREEDOM)
    log_weights = log_density(model, data, prior, draws) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    return Sample(draws, weights / weights.sum())


def log_density(model: LogModel, data: LogData, prior: NormalPrior, theta: Floats) -> Floats:
    """Logarithm of the posterior density but for a constant. Shape ``(...)`` for parameters ``(..., parameter)``."""
    residual = model(theta)[0] - data.values
    apart = theta - prior.mean
    misfit = np.sum(residual @ np.linalg.inv(data.covariance) * residual, axis=-1)
    strange = np.sum(apart @ prior.precision * apart, axis=-1)
    density: Floats = -0.5 * (misfit + strange)
    return density


def weighted_quantiles(values: Floats, weights: Floats, probabilities: Floats) -> Floats:
    """Quantiles of weighted draws, interpolated between them. Shape of ``probabilities``."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp(probabilities, reached, values[order])
