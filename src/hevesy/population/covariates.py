r"""What is known about a patient and moves the kinetics: power laws and straight lines.

A covariate :math:`x` adds :math:`\beta\, (g(x) - \overline{g(x)})` to the mean of a parameter, where :math:`g` is the
logarithm (a power law of rates and amplitudes, as in allometry) or the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import LOG_AMPLITUDE, LOG_WASHOUT_RATE
from hevesy.population.cohort import Cohort
from hevesy.population.foce import PopulationFit
from hevesy.population.layout import Effect, Layout
from hevesy.population.uncertainty import population_uncertainty, standard_errors


@dataclass(frozen=True)
class CovariateChoice:
    """A covariate and what it may move."""

    name: str
    transform: Literal["log", "linear"] = "log"
    """``log`` or ``linear``."""
    region: str | None = None
    """One region and parameter that it moves in any case; None: amplitudes and washout rates, as the data tell."""
    parameter: str | None = None


@dataclass(frozen=True, eq=False)
class CandidateEffect:
    """An effect that is asked for."""

    effect: Effect
    forced: bool


def candidate_effects(
    cohort: Cohort, layout: Layout, choices: Sequence[CovariateChoice]
) -> tuple[CandidateEffect, ...]:
    """Every effect that the choices allow.

    Parameters
    ----------
    cohort
        With the values of the covariates by patient.
    layout
        Of the regions.
    choices
        Covariates, transforms (``log`` needs positive values) and what they may move.

    Raises
    ------
    InputError
        If a covariate is not there or not known for a patient, is the same for all, is not positive though its
        logarithm is wanted, or moves a parameter that no region has.
    """
    found = []
    for choice in choices:
        values, centre = _transformed(cohort, layout, choice)
        for column in _columns(layout, choice):
            effect = Effect(choice.name, column, values, choice.transform, centre)
            found.append(CandidateEffect(effect, choice.parameter is not None))
    return tuple(found)


def _transformed(cohort: Cohort, layout: Layout, choice: CovariateChoice) -> tuple[np.ndarray, float]:
    known: Mapping[str, float] = cohort.covariates.get(choice.name, {})
    for number, patient in enumerate(layout.patients, start=1):
        if patient not in known:
            raise InputError(f"{choice.name} of every patient", f"none came for patient number {number}", "--covariate")
    raw = np.array([known[patient] for patient in layout.patients])
    if choice.transform == "log" and not np.all(raw > 0):
        wanted = f"positive values of {choice.name} for its logarithm, or {choice.name}@linear"
        raise InputError(wanted, f"{raw.min():.6g} came", "--covariate")
    values = np.log(raw) if choice.transform == "log" else raw
    if np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())):
        raise InputError(f"{choice.name} that differs between patients", "the same for all came", "--covariate")
    centre = float(values.mean())
    return values - centre, centre


def _columns(layout: Layout, choice: CovariateChoice) -> list[int]:
    if choice.parameter is None:
        return [k for k, (_, name) in enumerate(layout.names) if name in (LOG_AMPLITUDE, LOG_WASHOUT_RATE)]
    columns = [k for k, name in enumerate(layout.names) if name == (choice.region, choice.parameter)]
    if not columns:
        known = ", ".join(f"{region}.{name}" for region, name in layout.names)
        raise InputError(f"a parameter among {known}", f"{choice.region}.{choice.parameter} came", "--covariate")
    return columns


def screened_effects(base: PopulationFit, candidates: Sequence[CandidateEffect]) -> list[CandidateEffect]:
    """Effects that patients' modes suggest: slopes with a square over ln N of their variance; forced ones always."""
    theta = np.empty((len(base.layout.patients), base.layout.n_parameters))
    for stratum, mode in zip(base.layout.strata, base.marginal.modes, strict=True):
        theta[stratum.patients] = mode.theta.mean(axis=1)
    return [c for c in candidates if c.forced or _suggested(theta[:, c.effect.column], c.effect.values)]


def _suggested(theta: np.ndarray, values: np.ndarray) -> bool:
    n = theta.size
    if n < 4:
        return False
    r = float(np.corrcoef(theta, values)[0, 1])
    return r**2 * (n - 2) > math.log(n) * (1.0 - r**2)


def kept_effects(fit: PopulationFit, candidates: Sequence[CandidateEffect]) -> list[CandidateEffect]:
    """Effects whose square over their variance exceeds ln N, what the Bayesian criterion asks of one parameter."""
    errors = standard_errors(fit, population_uncertainty(fit)).effects
    squares = (fit.population.effects / errors) ** 2
    n = len(fit.layout.patients)
    return [c for c, square in zip(candidates, squares, strict=True) if c.forced or square > np.log(n)]
