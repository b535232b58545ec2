"""Error of a plan by simulation: patients are drawn, scanned with errors, fitted as they will be, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_fit import KineticData, fit_kinetics
from hevesy.numerics.kinetic_model import KINETIC_MODELS, KineticModel, integral, log_values
from hevesy.population.design import DesignProblem, Plan

Floats = NDArray[np.float64]

BAYES = "bayes"
"""The population as prior."""
HALF_LIFE = "half-life"
"""A mono-exponential with the washout rate of the population's mean."""
HELD = "held-bi"
"""A bi-exponential with rates held weakly about typical ones; it goes through three points and never runs away."""
FITS = (BAYES, HALF_LIFE, HELD, *KINETIC_MODELS)
"""Names of how the scans will be fitted, with every kinetic model without a prior."""

_AT_ONCE = 60_000
_WEAK = 1e-3
"""Precision that keeps a parameter the scans do not determine from running away (without a prior)."""
_HELD = 0.1
"""Precision of the held parameters: a standard deviation of 3.2 of a logarithm."""
_START = {"log_washout_rate": np.log(0.01), "log_fast_excess_rate": np.log(0.1), "logit_fast_fraction": 0.0,
          "log_uptake_excess_rate": np.log(1.0)}  # fmt: skip
"""Where fits without a prior begin; rates per hour."""


@dataclass(frozen=True)
class SimulatedErrors:
    """Of the time-integrated activities, as estimate over truth less one."""

    rmse: Floats
    """Root mean square. Shape ``(plan, region)``. Fraction."""
    bias: Floats
    """Mean. Shape ``(plan, region)``. Fraction."""
    p95: Floats
    """95th percentile of the magnitude. Shape ``(plan, region)``. Fraction."""


def simulated_errors(problem: DesignProblem, plans: Sequence[Plan], fit: str) -> SimulatedErrors:
    """Simulate plans with the same number of visits.

    Parameters
    ----------
    problem
        Population and errors.
    plans
        All of one length. [h]
    fit
        One of :data:`FITS`.

    Raises
    ------
    ValueError
        If the fit is not known, or has more parameters than there are visits.
    """
    visits = len(plans[0])
    check_fit(fit, visits)
    truth, _ = problem.integrals()
    at_once = max(1, _AT_ONCE // problem.n_patients)
    found = [_relative_errors(problem, plans[k : k + at_once], fit, truth) for k in range(0, len(plans), at_once)]
    errors = np.concatenate(found)
    return SimulatedErrors(
        np.sqrt(np.mean(errors**2, axis=1)), errors.mean(axis=1), np.quantile(np.abs(errors), 0.95, axis=1)
    )


def check_fit(fit: str, visits: int) -> None:
    """Refuse a fit that is not known or that so few visits do not carry.

    Raises
    ------
    ValueError
        One line says which.
    """
    if fit not in FITS:
        raise ValueError(f"expected a fit among {', '.join(FITS)}, but {fit} came")
    if fit in KINETIC_MODELS and KINETIC_MODELS[fit].n_parameters > visits:
        needed = KINETIC_MODELS[fit].n_parameters
        raise ValueError(f"expected at least {needed} visits to fit {fit} without a prior, but {visits} came")


def _relative_errors(problem: DesignProblem, plans: Sequence[Plan], fit: str, truth: Floats) -> Floats:
    """Shape ``(plan, patient, region)``."""
    times = np.concatenate([problem.scan_times(np.array(plan)) for plan in plans])
    measured = np.concatenate([_measured(problem, plan) for plan in plans])
    data = KineticData(measured, times, problem.errors.relative_sd, problem.physical_rate_per_h)
    estimate = _with_prior(problem, data) if fit == BAYES else _without_prior(problem, data, fit)
    shape = (len(plans), problem.n_patients, -1)
    result: Floats = estimate.reshape(shape) / truth - 1.0
    return result


def _measured(problem: DesignProblem, plan: Plan) -> Floats:
    """Logarithms of what the scans of one plan say. Shape ``(patient, region, time)``."""
    errors = problem.errors
    value, _ = problem.log_activities(problem.scan_times(np.array(plan)))
    random = np.random.default_rng((problem.seed, 2))
    scale = random.normal(size=(problem.n_patients, 1, 1)) * errors.scale_sd
    of_region = random.normal(size=(problem.n_patients, len(problem.models), 1)) * errors.scale_sd
    scatter = random.normal(size=value.shape) * errors.relative_sd[:, None]
    if not errors.hybrid:
        return value + scatter + scale
    reference = max(len(plan) - 2, 0)
    return value + scatter - scatter[..., reference, None] + of_region


def _with_prior(problem: DesignProblem, data: KineticData) -> Floats:
    prior = problem.prior
    start = np.tile(prior.mean, (data.times_h.shape[0], 1))
    for place, model in enumerate(problem.models):
        first = problem.of_region(place).start
        if problem.flat[first]:
            start[:, first] += _level(model, prior.mean[problem.of_region(place)], data, place)
    theta = fit_kinetics(problem.models, data, prior.mean, problem.precision, start)
    found = [
        integral(problem.models[k], theta[:, problem.of_region(k)], data.physical_rate_per_h)[0] for k in problem.places
    ]
    return np.stack(found, axis=-1)


def _level(model: KineticModel, typical: Floats, data: KineticData, place: int) -> Floats:
    """How much higher than the typical curve each subject is, on a logarithmic scale. Shape ``(subject,)``."""
    expected, _, _ = log_values(model, typical, data.times_h, data.physical_rate_per_h)
    result: Floats = np.mean(data.log_activity[:, place] - expected, axis=-1)
    return result


def _without_prior(problem: DesignProblem, data: KineticData, fit: str) -> Floats:
    return np.stack([_region_alone(problem, data, fit, place) for place in problem.places], axis=-1)


def _region_alone(problem: DesignProblem, data: KineticData, fit: str, place: int) -> Floats:
    alone = KineticData(
        data.log_activity[:, [place]], data.times_h, data.standard_deviation[[place]], data.physical_rate_per_h
    )
    model = KINETIC_MODELS[{HALF_LIFE: "mono", HELD: "bi"}.get(fit, fit)]
    typical = np.array([0.0, *(_START[name] for name in model.parameters[1:])])
    weight = np.full(model.n_parameters, _HELD if fit == HELD else _WEAK)
    if fit == HALF_LIFE:
        typical[1] = problem.prior.mean[problem.of_region(place)][1]
        weight[1] = 1e9
    weight[0] = 0.0
    start = np.tile(typical, (data.times_h.shape[0], 1))
    start[:, 0] += _level(model, typical, alone, 0)
    theta = fit_kinetics([model], alone, typical, np.diag(weight), start)
    return integral(model, theta, data.physical_rate_per_h)[0]
