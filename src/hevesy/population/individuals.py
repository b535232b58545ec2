r"""Each patient's time-integrated activity, from the patient's own data and the population.

The population is itself an estimate. It is drawn from the normal distribution of its coordinates, in which spreads are
logarithms (:mod:`hevesy.population.uncertainty`), so that both how the mean moves and how wide the population may be
are carried along; draws come in pairs on either side of the centre. Given each draw, a patient's parameters are sampled
by importance: proposals from a multivariate t about the mode with the curvature there, weighted by the true density.
The logarithm of the integral has the median and the quantiles of all draws together, which follow its skewness.

References
----------
.. [1] R. E. Kass, D. Steffey, Approximate Bayesian inference in conditionally independent hierarchical models
   (parametric empirical Bayes models), J. Am. Stat. Assoc. 84 (1989) 717, doi:10.1080/01621459.1989.10478825
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import integral
from hevesy.population.conditional import Mode, Prior, data_objective, derivatives, find_mode, prior_of
from hevesy.population.foce import PopulationFit
from hevesy.population.layout import Layout, Stratum, repeated
from hevesy.population.uncertainty import PopulationUncertainty

Floats = NDArray[np.float64]

_FREEDOM = 8.0
"""Degrees of freedom of the proposals."""


@dataclass(frozen=True)
class Individual:
    """The time-integrated activity of one region of one patient in one cycle."""

    patient: str
    region: str
    cycle: str
    value: float
    """Median. [activity unit x h]"""
    standard_uncertainty: float
    interval95: tuple[float, float]
    conditional: float
    """Standard deviation of the logarithm with the population taken as known."""
    from_population: float
    """Standard deviation of the logarithm because the population is not known better."""
    n_points: int
    parameters: tuple[float, ...]
    """Unconstrained, at the mode."""


@dataclass(frozen=True)
class Sampling:
    """How many random numbers are drawn."""

    seed: int
    populations: int = 50
    """Draws of the population, in pairs."""
    samples: int = 60
    """Of each patient for each of them."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Logarithms of integrals of a stratum's patients."""

    logs: Floats
    """Shape ``(population, patient, sample, cycle, region)``."""
    weights: Floats
    """Normalised for each population and patient. Shape ``(population, patient, sample)``."""


def individuals(
    fit: PopulationFit, known: PopulationUncertainty, sampling: Sampling, *, until_h: float = math.inf
) -> tuple[Individual, ...]:
    """Time-integrated activities of all patients and regions with data, patients and regions in order.

    Parameters
    ----------
    fit
        The population.
    known
        How well it is known.
    sampling
        Seed and number of samples.
    until_h
        End of the integral. [h]
    """
    rows: dict[tuple[int, int, int], Individual] = {}
    for k, stratum in enumerate(fit.layout.strata):
        samples = _stratum_samples(fit, known, k, (sampling, until_h))
        theta = fit.marginal.modes[k].theta
        for i, c, r in zip(*np.nonzero(stratum.measured.any(axis=3)), strict=True):
            patient = int(stratum.patients[i])
            rows[patient, int(c), int(r)] = Individual(
                fit.layout.patients[patient],
                fit.layout.regions[r],
                stratum.cycles[i][c],
                *_summary(samples.logs[:, i, :, c, r], samples.weights[:, i]),
                int(stratum.measured[i, c, r].sum()),
                tuple(theta[i, c, fit.layout.region_of == r].tolist()),
            )
    return tuple(rows[key] for key in sorted(rows))


def _summary(logs: Floats, weights: Floats) -> tuple[float, float, tuple[float, float], float, float]:
    means = np.sum(weights * logs, axis=1)
    own = float(np.mean(np.sum(weights * (logs - means[:, None]) ** 2, axis=1)))
    between = float(np.var(means))
    flat, share = logs.ravel(), weights.ravel() / len(logs)
    order = np.argsort(flat)
    cumulated = np.cumsum(share[order]) - 0.5 * share[order]
    low, middle, high = np.exp(np.interp([0.025, 0.5, 0.975], cumulated, flat[order]))
    uncertainty = middle * math.sqrt(math.expm1(own + between))
    return float(middle), float(uncertainty), (float(low), float(high)), math.sqrt(own), math.sqrt(between)


def _stratum_samples(fit: PopulationFit, known: PopulationUncertainty, k: int, how: tuple[Sampling, float]) -> Samples:
    sampling, until_h = how
    stratum = fit.layout.strata[k]
    half = np.linalg.cholesky(known.covariance)
    logs, weights = [], []
    for pair in range(sampling.populations // 2):
        away = half @ np.random.default_rng([sampling.seed, pair]).standard_normal(fit.x.size)
        for side, x in enumerate((known.centre + away, known.centre - away)):
            rng = np.random.default_rng([sampling.seed, pair, side, k + 1])
            population = fit.coordinates.population(x)
            prior = prior_of(fit.layout, stratum, population)
            start = fit.marginal.modes[k].theta
            mode, _ = find_mode(fit.layout, stratum, population.residual, prior, start)
            drawn = _sampled(fit.layout, stratum, (population.residual, prior, mode), rng, sampling.samples, until_h)
            logs.append(drawn[0])
            weights.append(drawn[1])
    return Samples(np.array(logs), np.array(weights))


def _sampled(
    layout: Layout,
    stratum: Stratum,
    given: tuple[Floats, Prior, Mode],
    rng: np.random.Generator,
    samples: int,
    until_h: float,
) -> tuple[Floats, Floats]:
    """Logarithms of integrals ``(patient, sample, cycle, region)`` and normalised weights ``(patient, sample)``."""
    residual, prior, mode = given
    n, c, p = mode.theta.shape
    half = np.linalg.cholesky(np.linalg.inv(mode.curvature))
    normal = rng.standard_normal((n, samples, c * p))
    chi = rng.chisquare(_FREEDOM, (n, samples)) / _FREEDOM
    step = (normal @ np.swapaxes(half, 1, 2)) / np.sqrt(chi)[..., None]
    theta = mode.theta[:, None] + step.reshape(n, samples, c, p)
    proposed = -0.5 * (_FREEDOM + c * p) * np.log1p(np.sum(normal**2, axis=2) / (chi * _FREEDOM))
    weights = _log_density(layout, stratum, residual, prior, theta) - proposed
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    return log_integrals(layout, theta, until_h), weights / weights.sum(axis=1, keepdims=True)


def _log_density(layout: Layout, stratum: Stratum, residual: Floats, prior: Prior, theta: Floats) -> Floats:
    n, samples, c, p = theta.shape
    data = data_objective(derivatives(layout, repeated(stratum, samples), residual, theta.reshape(n * samples, c, p)))
    away = (theta - prior.mean[:, None]).reshape(n, samples, -1)
    result: Floats = -data.reshape(n, samples) - 0.5 * np.sum((away @ prior.precision) * away, axis=2)
    return result


def log_integrals(layout: Layout, theta: Floats, until_h: float = math.inf) -> Floats:
    """Logarithm of the integral of every region.

    Parameters
    ----------
    layout
        The data.
    theta
        Shape ``(..., parameter)``.
    until_h
        End of the integral. [h]

    Returns
    -------
    Shape ``(..., region)``.
    """
    logs = np.zeros((*theta.shape[:-1], len(layout.regions)))
    for group in layout.groups:
        value, _ = integral(group.model, theta[..., group.columns], layout.physical_rate_per_h, until_h)
        logs[..., group.regions] = np.log(value)
    return logs
