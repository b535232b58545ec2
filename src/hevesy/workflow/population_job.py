"""From a file of a cohort to individual time-integrated activities, the population's parameters and a prior."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from hevesy._version import __version__
from hevesy.domain import Finding, PopulationPrior, Progress, silent
from hevesy.errors import InputError
from hevesy.population import (
    Choices,
    Chosen,
    CovariateChoice,
    FitRecord,
    Individual,
    PopulationFit,
    PopulationUncertainty,
    PredictiveBin,
    Sampling,
    choose_population,
    individuals,
    population_findings,
    population_uncertainty,
    predictive_check,
    prior_from_fit,
    search_by_saem,
)
from hevesy.workflow.cohort_file import CohortFile, CohortRequest, read_cohort
from hevesy.workflow.population_state import STATE, FitStore


@dataclass(frozen=True)
class PopulationRequest:
    """What is asked for."""

    file: CohortRequest
    models: Mapping[str, str] = field(default_factory=dict)
    """By region."""
    model: str = "auto"
    """Of the regions not named in ``models``."""
    structure: str = "auto"
    residual: str = "auto"
    method: str = "foce"
    covariates: tuple[CovariateChoice, ...] = ()
    seed: int = 1
    until_h: float = math.inf
    """[h]"""


@dataclass(frozen=True, eq=False)
class PopulationResult:
    """Everything that a fit of a cohort gives."""

    request: PopulationRequest
    file: CohortFile
    chosen: Chosen
    uncertainty: PopulationUncertainty
    individuals: tuple[Individual, ...]
    predictive: tuple[PredictiveBin, ...]
    findings: tuple[Finding, ...]
    reused_fits: int


def fit_cohort(
    path: Path, request: PopulationRequest, *, out: Path | None = None, progress: Progress = silent
) -> PopulationResult:
    """Fit a population to a cohort.

    Parameters
    ----------
    path
        File of the cohort.
    request
        What is asked for.
    out
        Folder where fits are kept until all is done, so that an interrupted run goes on; None keeps none.
    progress
        Told which fit is being made.

    Raises
    ------
    InputError
        If the file or the request is not as it should be, or the cohort has one patient only.
    """
    file = read_cohort(path, request.file)
    cohort = file.cohort
    if len(cohort.patients) < 2:
        raise InputError("a cohort of at least two patients", "one with usable curves came", file.name)
    unknown = [region for region in request.models if region not in cohort.regions]
    if unknown:
        raise InputError(f"a region among {', '.join(cohort.regions)}", f"{unknown[0]!r} came", "--model")
    if request.residual == "stated" and not file.has_uncertainties:
        raise InputError("a column standard_uncertainty for a stated residual", "none came", file.name)
    choices = Choices(
        {region: request.models.get(region, request.model) for region in cohort.regions},
        request.structure,
        request.residual,
        file.has_cycles,
        request.covariates,
    )
    store = FitStore(None if out is None else out / STATE, _key(file, request))
    chosen = choose_population(cohort, choices, fitter=store, progress=progress)
    if request.method == "saem":
        chosen = replace(chosen, fit=_by_saem(chosen, request.seed, store, progress))
    progress("uncertainty", 0, 2)
    known = population_uncertainty(chosen.fit)
    progress("uncertainty", 1, 2)
    found = individuals(chosen.fit, known, Sampling(request.seed), until_h=request.until_h)
    progress("uncertainty", 2, 2)
    return PopulationResult(
        request,
        file,
        chosen,
        known,
        found,
        predictive_check(chosen.fit, seed=request.seed),
        population_findings(chosen.fit, known),
        store.reused,
    )


def _by_saem(chosen: Chosen, seed: int, store: FitStore, progress: Progress) -> PopulationFit:
    """The chosen population, estimated again by stochastic approximation."""
    fit = chosen.fit

    def make() -> FitRecord:
        return search_by_saem(fit.layout, fit.specification, fit.population, seed=seed, progress=progress)

    return store.kept("stochastic approximation", fit.layout, fit.specification, make)


def cohort_prior(result: PopulationResult) -> PopulationPrior:
    """The fitted population as a prior for single scans.

    Raises
    ------
    InputError
        If the ligand is not known.
    """
    if result.file.ligand is None:
        raise InputError("the ligand of the cohort by --ligand or a column", "none came", "--save-prior")
    source = f"mixed-effects fit of {result.file.name} (SHA-256 {result.file.sha256}) by Hevesy {__version__}"
    return prior_from_fit(
        result.chosen.fit,
        result.uncertainty,
        ligand=result.file.ligand,
        nuclide=result.file.cohort.nuclide,
        activity_unit=result.file.cohort.activity_unit,
        source=source,
    )


def _key(file: CohortFile, request: PopulationRequest) -> str:
    """Of everything that fits depend on."""
    settings = {**asdict(request), "until_h": None}
    text = json.dumps([__version__, file.sha256, settings], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
