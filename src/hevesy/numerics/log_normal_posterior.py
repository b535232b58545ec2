"""Posterior of unconstrained parameters with a normal prior, from positive data with log-normal errors.

The mode and the Laplace approximation are found by Gauss-Newton steps; self-normalised importance sampling with a
multivariate t proposal about the mode then gives the posterior itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import gammaincinv, ndtri
from scipy.stats import qmc

Floats = NDArray[np.float64]
LogModel = Callable[[Floats], tuple[Floats, Floats]]
"""From parameters ``(..., parameter)`` to log values ``(..., datum)`` and derivatives ``(..., datum, parameter)``."""


class Coordinates(Protocol):
    """Other coordinates of the same parameters, with a Jacobian determinant of 1."""

    def forward(self, theta: Floats) -> tuple[Floats, Floats]:
        """Coordinates of some parameters ``(parameter,)``, and their derivative ``(parameter, parameter)``."""
        ...

    def back(self, coordinates: Floats) -> Floats:
        """Parameters of coordinates. Shape ``(..., parameter)`` both."""
        ...


class Plain:
    """The parameters themselves."""

    def forward(self, theta: Floats) -> tuple[Floats, Floats]:
        """The parameters and the unit matrix."""
        return theta, np.eye(theta.size)

    def back(self, coordinates: Floats) -> Floats:
        """The coordinates themselves."""
        return coordinates


_DEGREES_OF_FREEDOM = 5.0
"""Of the proposal: heavier tails than any posterior with a normal prior in the directions that data do not fix."""
_WIDER = 1.25
"""Scale of the proposal over that of the Laplace approximation."""
_REACH = 30.0
"""Longest step of a draw: no logarithm runs off to where the model overflows."""
_DRAWS = 4096


@dataclass(frozen=True)
class NormalPrior:
    """A normal distribution that may know nothing about some parameters."""

    mean: Floats
    """Where the search begins for a parameter without information. Shape ``(parameter,)``."""
    precision: Floats
    """Zero in the rows and columns of parameters without information. Shape ``(parameter, parameter)``."""
    upper: Floats
    """What no parameter exceeds, infinite where nothing limits it. Shape ``(parameter,)``."""


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


def with_flat(mean: Floats, covariance: Floats, flat: NDArray[np.bool_], upper: Floats | None = None) -> NormalPrior:
    """A prior from a mean and a covariance that says nothing about the ``flat`` parameters.

    Parameters
    ----------
    mean, covariance
        Shapes ``(parameter,)`` and ``(parameter, parameter)``; the flat rows and columns are not used. A direction in
        which nothing varies is given a hundred-millionth of the largest variance.
    flat
        Shape ``(parameter,)``.
    upper
        What no parameter exceeds. Shape ``(parameter,)``.
    """
    known = np.flatnonzero(~flat)
    values, vectors = np.linalg.eigh(covariance[np.ix_(known, known)])
    inverse = 1.0 / np.maximum(values, 1e-8 * values.max(initial=1e-300))
    precision = np.zeros_like(covariance)
    precision[np.ix_(known, known)] = (vectors * inverse) @ vectors.T
    return NormalPrior(mean, precision, np.full(mean.size, np.inf) if upper is None else upper)


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

    found = least_squares(
        residuals,
        np.minimum(prior.mean, prior.upper - 1e-3),
        jac=derivative,
        bounds=(-np.inf, prior.upper),
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
        x_scale="jac",
    )
    slope = derivative(found.x)
    if np.linalg.matrix_rank(slope) < found.x.size:
        raise ValueError("expected data or a prior for every parameter, but one is undetermined")
    covariance: Floats = np.asarray(np.linalg.inv(slope.T @ slope), dtype=np.float64)
    n = data.values.size
    gain: Floats = np.asarray(covariance @ slope[:n].T @ whiten, dtype=np.float64)
    return Laplace(np.asarray(found.x), covariance, gain)


def _root(precision: Floats) -> Floats:
    """A matrix R with R^T R = precision. Shape ``(parameter, parameter)``."""
    values, vectors = np.linalg.eigh(precision)
    root: Floats = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return root


def sample_posterior(
    model: LogModel,
    data: LogData,
    prior: NormalPrior,
    about: Laplace,
    *,
    coordinates: Coordinates | None = None,
    seed: int = 1,
) -> Sample:
    """Draw from the posterior by importance sampling with quasi-random points.

    Parameters
    ----------
    about
        The Laplace approximation that the proposal is made from.
    coordinates
        Where the posterior is closer to a normal distribution than in the parameters.
    seed
        Of the scrambling: the same seed gives the same draws.

    References
    ----------
    .. [1] A. Gelman et al., Bayesian Data Analysis, 3rd ed., CRC Press 2013, 10.4 (importance sampling)
    """
    size, there = about.mode.size, coordinates or Plain()
    uniform = qmc.Sobol(size + 1, scramble=True, seed=seed).random(_DRAWS)
    uniform = np.clip(uniform, 1e-12, 1.0 - 1e-12)
    chi2 = 2.0 * gammaincinv(0.5 * _DEGREES_OF_FREEDOM, uniform[:, size])
    scaled = ndtri(uniform[:, :size]) * np.sqrt(_DEGREES_OF_FREEDOM / chi2)[:, None]
    centre, slope = there.forward(about.mode)
    root = np.linalg.cholesky(slope @ about.covariance @ slope.T)
    steps = np.clip(_WIDER * scaled @ root.T, -_REACH, _REACH)
    draws = there.back(centre + steps)
    squared = np.sum(scaled**2, axis=1)
    log_proposal = -0.5 * (_DEGREES_OF_FREEDOM + size) * np.log1p(squared / _DEGREES_OF_FREEDOM)
    log_weights = log_density(model, data, prior, draws) - log_proposal
    weights = np.exp(log_weights - log_weights.max())
    return Sample(draws, weights / weights.sum())


def log_density(model: LogModel, data: LogData, prior: NormalPrior, theta: Floats) -> Floats:
    """Logarithm of the posterior density but for a constant; minus infinity above the limits. Shape ``(...)``."""
    residual = model(theta)[0] - data.values
    apart = theta - prior.mean
    misfit = np.sum(residual @ np.linalg.inv(data.covariance) * residual, axis=-1)
    strange = np.sum(apart @ prior.precision * apart, axis=-1)
    density: Floats = np.where(np.all(theta <= prior.upper, axis=-1), -0.5 * (misfit + strange), -np.inf)
    return density


def weighted_quantiles(values: Floats, weights: Floats, probabilities: Floats) -> Floats:
    """Quantiles of weighted draws, interpolated between them. Shape of ``probabilities``."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp(probabilities, reached, values[order])
