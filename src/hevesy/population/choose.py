"""Which model each region has, which random effects are correlated, and which residual there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from hevesy.domain import Progress, silent
from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.kinetic_model import KINETIC_MODELS, KineticModel
from hevesy.population.cohort import Cohort
from hevesy.population.covariates import CovariateChoice, candidate_effects, kept_effects, screened_effects
from hevesy.population.foce import PopulationFit, Specification, completed, search
from hevesy.population.layout import Layout, arrange
from hevesy.population.parameters import STRUCTURES, Population

Fitter = Callable[[str, Layout, Specification, Population | None], PopulationFit]
"""Makes the fit of that name, or remembers it."""


@dataclass(frozen=True)
class Choices:
    """What is asked for; ``auto`` leaves the choice to the data."""

    models: Mapping[str, str]
    """By region: ``auto`` or the name of a kinetic model."""
    structure: str = "auto"
    residual: str = "auto"
    between_cycles: bool = False
    covariates: tuple[CovariateChoice, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One fit that was compared with others."""

    about: str
    """Region, or ``all regions``."""
    name: str
    minus_two_log_likelihood: float
    n_parameters: int
    aic: float
    aicc: float | None
    bic: float
    reason: str
    """Why it was not chosen; empty for the chosen one."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """The chosen fit, every candidate, and the regions that no model can describe."""

    fit: PopulationFit
    candidates: tuple[Candidate, ...]
    refused: Mapping[str, str]
    """Region and reason."""


def fit_anew(name: str, layout: Layout, specification: Specification, start: Population | None) -> PopulationFit:
    """Make a fit without remembering any."""
    del name
    return completed(layout, specification, search(layout, specification, start))


def choose_population(
    cohort: Cohort, choices: Choices, *, fitter: Fitter = fit_anew, progress: Progress = silent
) -> Chosen:
    """Choose models and structure by the lowest Bayesian criterion and fit all regions together.

    Parameters
    ----------
    cohort
        The measured activities.
    choices
        What is asked for.
    fitter
        Makes fits, or remembers them.
    progress
        Told which fit is being made.

    Raises
    ------
    InputError
        If a model is unknown.
    RegionFinding
        If no region has enough data.
    """
    told = _Told(fitter, progress)
    models, candidates, refused = _models(cohort, choices, told)
    if not models:
        raise RegionFinding("; ".join(f"{region}: {reason}" for region, reason in refused.items()))
    layout = arrange(cohort, models, between_cycles=choices.between_cycles)
    fit, rows = _structure(layout, choices, told)
    candidates += rows
    if choices.covariates:
        fit, rows = _with_covariates(cohort, fit, choices, told)
        candidates += rows
    return Chosen(fit, tuple(candidates), refused)


class _Told:
    """Says which fit is being made."""

    def __init__(self, fitter: Fitter, progress: Progress) -> None:
        self._fitter, self._progress, self._done = fitter, progress, 0

    def __call__(
        self, name: str, layout: Layout, specification: Specification, start: Population | None = None
    ) -> PopulationFit:
        self._progress("population fits", self._done, 0)
        fit = self._fitter(name, layout, specification, start)
        self._done += 1
        self._progress("population fits", self._done, 0)
        return fit


def _models(
    cohort: Cohort, choices: Choices, fit: _Told
) -> tuple[dict[str, KineticModel], list[Candidate], dict[str, str]]:
    models: dict[str, KineticModel] = {}
    candidates: list[Candidate] = []
    refused: dict[str, str] = {}
    for region in cohort.regions:
        asked = choices.models[region]
        names = [name for name in KINETIC_MODELS if asked in ("auto", name)]
        if not names:
            raise InputError(f"a model among auto, {', '.join(KINETIC_MODELS)}", f"{asked!r} came", region)
        possible = [name for name in names if _too_few(cohort, region, KINETIC_MODELS[name]) is None]
        if not possible:
            refused[region] = str(_too_few(cohort, region, KINETIC_MODELS[names[0]]))
            continue
        if len(names) == 1:
            models[region] = KINETIC_MODELS[names[0]]
            continue
        chosen, rows = _region_model(cohort, region, possible, choices, fit)
        models[region] = KINETIC_MODELS[chosen]
        candidates += rows
    return models, candidates, refused


def _too_few(cohort: Cohort, region: str, model: KineticModel) -> str | None:
    """Why the cohort cannot show the mean of a model and how patients differ from it."""
    found = [o for o in cohort.observations if o.region == region]
    patients = {o.patient for o in found}
    times = {round(float(np.log(o.time_h)), 1) for o in found}
    if len(patients) < 2:
        return "one patient cannot show how patients differ: fit the curve instead"
    if len(times) < model.n_parameters:
        return f"{model.name} has {model.n_parameters} parameters: scans at {len(times)} different times cannot show it"
    if len(found) < len(patients) + model.n_parameters:
        return f"{len(found)} measurements of {len(patients)} patients cannot show {model.name}"
    return None


def _region_model(
    cohort: Cohort, region: str, names: list[str], choices: Choices, fit: _Told
) -> tuple[str, list[Candidate]]:
    """The model with the lowest criterion, climbing from the simplest."""
    residual = "stated" if choices.residual == "stated" else "common"
    fits: dict[str, PopulationFit] = {}
    for name in names:
        if name == "uptake-bi" and _best(fits) == "mono":
            continue
        layout = arrange(cohort, {region: KINETIC_MODELS[name]}, between_cycles=choices.between_cycles)
        fits[name] = fit(f"{region}: {name}", layout, Specification("diagonal", residual))
    chosen = _best(fits)
    rows = [_row(region, name, found, fits[chosen]) for name, found in fits.items()]
    return chosen, rows


def _best(fits: Mapping[str, PopulationFit]) -> str:
    return min(fits, key=lambda name: fits[name].bic)


def _row(about: str, name: str, found: PopulationFit, chosen: PopulationFit) -> Candidate:
    reason = "" if found is chosen else f"BIC higher by {found.bic - chosen.bic:.1f}"
    return Candidate(
        about,
        name,
        2.0 * found.minus_log_likelihood,
        found.n_random + found.n_fixed,
        found.aic,
        found.aicc,
        found.bic,
        reason,
    )


def _structure(layout: Layout, choices: Choices, fit: _Told) -> tuple[PopulationFit, list[Candidate]]:
    """The structure with the lowest criterion, then the residual."""
    residual = "common" if choices.residual == "auto" else choices.residual
    names = _distinct(layout) if choices.structure == "auto" else (choices.structure,)
    fits: dict[str, PopulationFit] = {}
    start: Population | None = None
    for name in names:
        fits[f"{name} covariance, {residual} residual"] = fit(
            f"{name}, {residual}", layout, Specification(name, residual), start
        )
        start = start or next(iter(fits.values())).population
    best = fits[_best(fits)]
    if choices.residual == "auto" and len(layout.regions) > 1:
        name = best.specification.structure
        specification = replace(best.specification, residual="region")
        fits[f"{name} covariance, region residual"] = fit(f"{name}, region", layout, specification, best.population)
    chosen = fits[_best(fits)]
    return chosen, [_row("all regions", name, found, chosen) for name, found in fits.items()]


def _distinct(layout: Layout) -> tuple[str, ...]:
    """Structures that differ for these regions and that the patients can tell."""
    if len(layout.regions) == 1:
        return ("diagonal", "full")
    return STRUCTURES


def _with_covariates(
    cohort: Cohort, base: PopulationFit, choices: Choices, fit: _Told
) -> tuple[PopulationFit, list[Candidate]]:
    layout = base.layout
    wanted = screened_effects(base, candidate_effects(cohort, layout, choices.covariates))
    if not wanted:
        return base, [_row("covariates", "none", base, base)]
    start = replace(base.population, effects=np.zeros(len(wanted)))
    full = fit("covariates", replace(layout, effects=tuple(e.effect for e in wanted)), base.specification, start)
    kept = kept_effects(full, wanted)
    reduced = full
    if len(kept) < len(wanted):
        start = replace(base.population, effects=np.zeros(len(kept)))
        effects = tuple(e.effect for e in kept)
        reduced = base
        if kept:
            reduced = fit("covariates kept", replace(layout, effects=effects), base.specification, start)
    forced = any(e.forced for e in kept)
    chosen = reduced if forced or reduced.bic <= base.bic else base
    named = {"without covariates": base, "all covariates asked for": full, "covariates that matter": reduced}
    distinct = {name: f for name, f in named.items() if f is not base or name == "without covariates"}
    if reduced is full:
        distinct.pop("covariates that matter", None)
    return chosen, [_row("covariates", name, found, chosen) for name, found in distinct.items()]
