r"""Each patient's time-integrated activity, from the patient's own data and the population.

The conditional distribution of a patient's parameters is sampled by importance: proposals from a multivariate t about
the mode with the curvature there, weighted by the true density. The logarithm of the integral then has a median and
quantiles that follow its skewness. The population is itself an estimate: how the mode moves with it, times how well it
is known, adds a variance to first order (Kass and Steffey), by which the interval is widened.

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
from hevesy.population.conditional import Mode, Prior, data_objective, derivatives, prior_of
from hevesy.population.foce import PopulationFit
from hevesy.population.layout import Layout, Stratum
from hevesy.population.uncertainty import PopulationUncertainty

Floats = NDArray[np.float64]

_Z95 = 1.959963984540054
_FREEDOM = 8.0
"""Degrees of freedom of the proposals."""
_CHUNK = 400_000
"""Simulated curves worked on at once."""


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
    """Relative standard uncertainty with the population taken as known."""
    from_population: float
    """Relative standard uncertainty from the population's parameters."""
    n_points: int
    parameters: tuple[float, ...]
    """Unconstrained, at the mode."""
    effective_samples: float


def individuals(
    fit: PopulationFit,
    known: PopulationUncertainty,
    *,
    seed: int,
    samples: int = 2000,
    until_h: float = math.inf,
) -> tuple[Individual, ...]:
    """Time-integrated activities of all patients and regions with data, patients and regions in order.

    Parameters
    ----------
    fit
        The population.
    known
        How well it is known.
    seed
        Of the random numbers.
    samples
        For each patient.
    until_h
        End of the integral. [h]
    """
    rows: dict[tuple[int, int, int], Individual] = {}
    for k, stratum in enumerate(fit.layout.strata):
        prior = prior_of(fit.layout, stratum, fit.population)
        mode = fit.marginal.modes[k]
        rng = np.random.default_rng([seed, k])
        logs, weights = _sampled(fit, stratum, prior, mode, (rng, samples, until_h))
        shift = _shifts(fit.layout, mode.theta, known.modes_by_coordinate[k], until_h)
        variance = np.einsum("kicr,km,micr->icr", shift, known.covariance, shift)
        for i, c, r in zip(*np.nonzero(stratum.measured.any(axis=3)), strict=True):
            patient = int(stratum.patients[i])
            found = _summary(logs[i, :, c, r], weights[i], float(variance[i, c, r]))
            rows[patient, int(c), int(r)] = Individual(
                fit.layout.patients[patient],
                fit.layout.regions[r],
                stratum.cycles[i][c],
                *found,
                int(stratum.measured[i, c, r].sum()),
                tuple(mode.theta[i, c, fit.layout.region_of == r].tolist()),
                float(1.0 / np.sum(weights[i] ** 2)),
            )
    return tuple(rows[key] for key in sorted(rows))


def _summary(logs: Floats, weights: Floats, variance: float) -> tuple[float, float, tuple[float, float], float, float]:
    order = np.argsort(logs)
    cumulated = np.cumsum(weights[order]) - 0.5 * weights[order]
    low, middle, high = np.interp([0.025, 0.5, 0.975], cumulated, logs[order])
    own = float(np.sum(weights * (logs - np.sum(weights * logs)) ** 2))
    widened = _Z95**2 * variance
    interval = (
        math.exp(middle - math.sqrt((middle - low) ** 2 + widened)),
        math.exp(middle + math.sqrt((high - middle) ** 2 + widened)),
    )
    value = math.exp(middle)
    return value, value * math.sqrt(math.expm1(own + variance)), interval, math.sqrt(own), math.sqrt(variance)


def log_integrals(layout: Layout, theta: Floats, until_h: float = math.inf) -> tuple[Floats, Floats]:
    """Logarithm of the integral of every region and its gradient.

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
    Shapes ``(..., region)`` and ``(..., region, parameter)``.
    """
    logs = np.zeros((*theta.shape[:-1], len(layout.regions)))
    gradient = np.zeros((*logs.shape, layout.n_parameters))
    for group in layout.groups:
        value, slope = integral(group.model, theta[..., group.columns], layout.physical_rate_per_h, until_h)
        logs[..., group.regions] = np.log(value)
        gradient[..., group.regions[:, None], group.columns] = slope / value[..., None]
    return logs, gradient


def _shifts(layout: Layout, theta: Floats, moved: Floats, until_h: float) -> Floats:
    """Derivative of the logarithm of the integral by the population's coordinates."""
    _, gradient = log_integrals(layout, theta, until_h)
    result: Floats = np.einsum("icrp,kicp->kicr", gradient, moved)
    return result


def _sampled(
    fit: PopulationFit, stratum: Stratum, prior: Prior, mode: Mode, how: tuple[np.random.Generator, int, float]
) -> tuple[Floats, Floats]:
    """Logarithms of integrals ``(patient, sample, cycle, region)`` and normalised weights ``(patient, sample)``."""
    rng, samples, until_h = how
    layout = fit.layout
    n, c, p = mode.theta.shape
    half = np.linalg.cholesky(np.linalg.inv(mode.curvature))
    logs, weights = np.empty((n, samples, c, len(layout.regions))), np.empty((n, samples))
    at_once = max(1, _CHUNK // (samples * c * len(layout.regions)))
    for first in range(0, n, at_once):
        part = slice(first, min(first + at_once, n))
        size = part.stop - part.start
        normal = rng.standard_normal((size, samples, c * p))
        chi = rng.chisquare(_FREEDOM, (size, samples)) / _FREEDOM
        step = np.einsum("iab,isb->isa", half[part], normal) / np.sqrt(chi)[..., None]
        theta = mode.theta[part, None] + step.reshape(size, samples, c, p)
        proposed = -0.5 * (_FREEDOM + c * p) * np.log1p(np.sum(normal**2, axis=2) / (chi * _FREEDOM))
        density = _log_density(fit, stratum, prior, part, theta)
        logs[part] = log_integrals(layout, theta, until_h)[0]
        weights[part] = density - proposed
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    return logs, weights / weights.sum(axis=1, keepdims=True)


def _log_density(fit: PopulationFit, stratum: Stratum, prior: Prior, part: slice, theta: Floats) -> Floats:
    n, samples, c, p = theta.shape
    repeated = Stratum(
        np.repeat(stratum.patients[part], samples),
        (),
        *(
            np.repeat(array[part], samples, axis=0)
            for array in (stratum.times_h, stratum.log_activity, stratum.stated_variance)
        ),
        np.repeat(stratum.measured[part], samples, axis=0),
    )
    flat = theta.reshape(n * samples, c, p)
    data = data_objective(derivatives(fit.layout, repeated, fit.population.residual, flat))
    away = (theta - prior.mean[part, None]).reshape(n, samples, -1)
    result: Floats = -data.reshape(n, samples) - 0.5 * np.einsum("isa,ab,isb->is", away, prior.precision, away)
    return result
