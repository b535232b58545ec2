"""Does the population describe the cohort: shrinkage, residuals, and percentiles of simulated cohorts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import log_values
from hevesy.population.conditional import Prior, prior_of
from hevesy.population.foce import PopulationFit
from hevesy.population.layout import Stratum

Floats = NDArray[np.float64]

PERCENTILES = (10.0, 50.0, 90.0)
_WIDE = math.log(1.6)
"""A span of time over less than this factor is not divided."""


@dataclass(frozen=True, eq=False)
class Residuals:
    """Of every measurement, in units of its standard deviation; times, regions and patients go with them."""

    patients: NDArray[np.int64]
    regions: NDArray[np.int64]
    times_h: Floats
    activities: Floats
    individual_predictions: Floats
    """Of the patient's own curve."""
    population_predictions: Floats
    """Of the mean patient's curve (with the patient's covariates)."""
    individual: Floats
    """From the patient's own curve; narrower than a normal distribution of unit width where curves follow the data."""
    population: Floats
    """From the mean curve, in units of the spread between patients and of the scatter together."""


@dataclass(frozen=True)
class PredictiveBin:
    """Percentiles of the activities of one region in one span of time, measured and of simulated cohorts."""

    region: str
    from_h: float
    to_h: float
    time_h: float
    """Median time. [h]"""
    n: int
    observed: tuple[float, ...]
    """At each of the percentiles 10, 50, 90."""
    simulated: tuple[float, ...]
    """Median over the simulated cohorts."""
    low: tuple[float, ...]
    """2.5 % point over the simulated cohorts."""
    high: tuple[float, ...]

    @property
    def inside(self) -> int:
        """How many of the measured percentiles lie between the limits."""
        return sum(a <= o <= b for a, o, b in zip(self.low, self.observed, self.high, strict=True))


def eta_shrinkage(fit: PopulationFit) -> Floats:
    """How much of the spread between patients their modes do not show, of each parameter. Shape ``(parameter,)``.

    One minus the ratio of the modes' standard deviation to the population's: 0 where every patient's own data tell the
    parameter, 1 where none's do.
    """
    away = []
    for stratum, mode in zip(fit.layout.strata, fit.marginal.modes, strict=True):
        prior = prior_of(fit.layout, stratum, fit.population)
        away.append((mode.theta - prior.mean).mean(axis=1))
    spread = np.sqrt(np.mean(np.concatenate(away) ** 2, axis=0))
    result: Floats = 1.0 - spread / np.sqrt(np.diag(fit.population.between_patients))
    return result


def weighted_residuals(fit: PopulationFit) -> Residuals:
    """Residuals of every measurement about the patients' curves and about the mean curve (dimensionless)."""
    columns: list[list[NDArray[Any]]] = []
    for stratum, mode in zip(fit.layout.strata, fit.marginal.modes, strict=True):
        prior = prior_of(fit.layout, stratum, fit.population)
        own, scatter, _ = _predicted(fit, stratum, mode.theta, prior)
        typical, _, spread = _predicted(fit, stratum, prior.mean, prior)
        seen = stratum.measured
        patients = np.broadcast_to(stratum.patients[:, None, None, None], seen.shape)
        regions = np.broadcast_to(np.arange(seen.shape[2])[None, None, :, None], seen.shape)
        parts = (
            patients,
            regions,
            stratum.times_h,
            np.exp(stratum.log_activity),
            np.exp(own),
            np.exp(typical),
            (stratum.log_activity - own) / np.sqrt(scatter),
            (stratum.log_activity - typical) / np.sqrt(spread),
        )
        columns.append([part[seen] for part in parts])
    joined = [np.concatenate(parts) for parts in zip(*columns, strict=True)]
    return Residuals(joined[0].astype(np.int64), joined[1].astype(np.int64), *joined[2:])


def _predicted(fit: PopulationFit, stratum: Stratum, theta: Floats, prior: Prior) -> tuple[Floats, Floats, Floats]:
    """Logarithm of the activity, variance of a measurement about it, and with the spread between patients too."""
    layout = fit.layout
    logs, scatter = np.zeros(stratum.times_h.shape), np.ones(stratum.times_h.shape)
    spread = np.ones(stratum.times_h.shape)
    p = layout.n_parameters
    covariance = prior.covariance[:p, :p]
    for group in layout.groups:
        at = stratum.times_h[:, :, group.regions]
        value, slope, _ = log_values(group.model, theta[..., group.columns], at, layout.physical_rate_per_h)
        own = fit.population.residual[group.regions, None] ** 2 + stratum.stated_variance[:, :, group.regions]
        block = covariance[group.columns[:, :, None], group.columns[:, None, :]]
        logs[:, :, group.regions], scatter[:, :, group.regions] = value, own
        spread[:, :, group.regions] = own + np.einsum("ncrtp,rpq,ncrtq->ncrt", slope, block, slope)
    return logs, scatter, spread


def predictive_check(fit: PopulationFit, *, seed: int, cohorts: int = 200, bins: int = 6) -> tuple[PredictiveBin, ...]:
    """Percentiles of measured activities against those of simulated cohorts with the same scans.

    Parameters
    ----------
    fit
        The population that is simulated.
    seed
        Of the random numbers.
    cohorts
        How many are simulated.
    bins
        Most spans of time for each region.

    References
    ----------
    .. [1] M. Bergstrand et al., Prediction-corrected visual predictive checks for diagnosing nonlinear mixed-effects
       models, AAPS J. 13 (2011) 143, doi:10.1208/s12248-011-9255-z (the check without the correction)
    """
    simulated = [_simulated(fit, k, seed, cohorts) for k in range(len(fit.layout.strata))]
    found = []
    for r, region in enumerate(fit.layout.regions):
        seen = [s.measured[:, :, r] for s in fit.layout.strata]
        times = np.concatenate([s.times_h[:, :, r][m] for s, m in zip(fit.layout.strata, seen, strict=True)])
        logs = np.concatenate([s.log_activity[:, :, r][m] for s, m in zip(fit.layout.strata, seen, strict=True)])
        drawn = np.concatenate([d[:, :, :, r][:, m] for d, m in zip(simulated, seen, strict=True)], axis=1)
        found += [_bin(region, times, logs, drawn, members) for members in _spans(times, bins)]
    return tuple(found)


def _simulated(fit: PopulationFit, k: int, seed: int, cohorts: int) -> Floats:
    """Logarithms of the activities of simulated cohorts. Shape ``(cohort, patient, cycle, region, time)``."""
    layout, stratum = fit.layout, fit.layout.strata[k]
    prior = prior_of(layout, stratum, fit.population)
    rng = np.random.default_rng([seed, 7, k])
    half = np.linalg.cholesky(prior.covariance)
    away = rng.standard_normal((cohorts, prior.mean.shape[0], half.shape[0])) @ half.T
    theta = prior.mean + away.reshape(cohorts, *prior.mean.shape)
    result = np.zeros((cohorts, *stratum.times_h.shape))
    for group in layout.groups:
        at = stratum.times_h[:, :, group.regions]
        value = log_values(group.model, theta[..., group.columns], at, layout.physical_rate_per_h)[0]
        scatter = fit.population.residual[group.regions, None] ** 2 + stratum.stated_variance[:, :, group.regions]
        result[:, :, :, group.regions] = value + rng.standard_normal(value.shape) * np.sqrt(scatter)
    return result


def _spans(times: Floats, most: int) -> list[NDArray[np.int64]]:
    """Measurements that lie together in time: the widest span is divided at its widest gap, as long as it is wide."""
    spans = [np.argsort(times, kind="stable")]
    while len(spans) < most:
        widths = [math.log(times[s[-1]] / times[s[0]]) for s in spans]
        widest = int(np.argmax(widths))
        if widths[widest] < _WIDE:
            break
        members = spans[widest]
        cut = int(np.argmax(np.diff(np.log(times[members])))) + 1
        spans[widest : widest + 1] = [members[:cut], members[cut:]]
    return spans


def _bin(region: str, times: Floats, logs: Floats, drawn: Floats, members: NDArray[np.int64]) -> PredictiveBin:
    own = np.percentile(logs[members], PERCENTILES)
    each = np.percentile(drawn[:, members], PERCENTILES, axis=1)
    low, middle, high = np.percentile(each, [2.5, 50.0, 97.5], axis=1)
    at = times[members]
    return PredictiveBin(
        region,
        float(at.min()),
        float(at.max()),
        float(np.median(at)),
        int(members.size),
        *(tuple(np.exp(part).tolist()) for part in (own, middle, low, high)),
    )
