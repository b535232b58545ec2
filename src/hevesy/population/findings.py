"""What is doubtful about a fitted population, and the population as a prior."""

from __future__ import annotations

import numpy as np

from hevesy.domain import CovariateEffect, Finding, PopulationPrior, RegionPrior
from hevesy.population.check import eta_shrinkage
from hevesy.population.foce import PopulationFit
from hevesy.population.uncertainty import PopulationUncertainty, mean_covariance, standard_errors

_UNKNOWN = 1.0
"""Standard error of a logarithm or logit from which a parameter counts as not identified: a factor of e."""
_SHRUNK = 0.5
_FEW = 6

UNITS = {
    "% of the administered activity": 0.01,
    "fraction of the administered activity": 1.0,
    "Bq": None,
    "kBq": None,
    "MBq": None,
    "GBq": None,
}
"""Units that activities of a cohort may have, and what one is as a fraction of the administered activity."""
NOT_STATED = "not stated"


def unidentified(fit: PopulationFit, known: PopulationUncertainty) -> tuple[bool, ...]:
    """Whether the data leave the mean of each parameter open within a factor of e (standard error of its logarithm)."""
    return tuple((standard_errors(fit, known).mean > _UNKNOWN).tolist())


def population_findings(fit: PopulationFit, known: PopulationUncertainty) -> tuple[Finding, ...]:
    """Notices: few patients, a search that did not end, parameters that the data hardly tell (fraction of spread)."""
    names = [f"{region}.{name}" for region, name in fit.layout.names]
    found = []
    n = len(fit.layout.patients)
    if n < _FEW:
        found.append(Finding("few-patients", f"{n} patients: spreads between patients are hardly known"))
    if not fit.converged:
        found.append(Finding("not-converged", "the search ended before the likelihood was stationary"))
    vague = [name for name, is_vague in zip(names, unidentified(fit, known), strict=True) if is_vague]
    if vague:
        message = f"the data do not tell {', '.join(vague)} within a factor of e: a simpler model may do"
        found.append(Finding("not-identifiable", message))
    shrunk = [name for name, s in zip(names, eta_shrinkage(fit), strict=True) if s > _SHRUNK and name not in vague]
    if shrunk:
        message = f"patients' own data hardly tell {', '.join(shrunk)} (shrinkage over {_SHRUNK:.0%})"
        found.append(Finding("high-shrinkage", message))
    return tuple(found)


def prior_from_fit(
    fit: PopulationFit, known: PopulationUncertainty, *, ligand: str, nuclide: str, activity_unit: str, source: str
) -> PopulationPrior:
    """A prior for further patients, covariances over all regions jointly.

    Parameters
    ----------
    fit, known
        The population and how well it is known.
    ligand, nuclide, activity_unit, source
        What the prior says about itself. Amplitudes of a cohort whose unit is not stated (empty) say nothing about
        another patient and are marked as uninformative; they would be meant as a fraction otherwise.
    """
    layout, population = fit.layout, fit.population
    regions = tuple(
        RegionPrior(r, m.name, m.parameters, float(s))
        for r, m, s in zip(layout.regions, layout.models, population.residual, strict=True)
    )
    flat = np.array([not activity_unit and name == "log_amplitude" for _, name in layout.names])
    kept = np.outer(~flat, ~flat)
    effects: dict[str, list[int]] = {}
    for k, effect in enumerate(layout.effects):
        effects.setdefault(effect.covariate, []).append(k)
    cycles = np.diag(population.between_cycles) * kept if layout.has_occasions else None
    return PopulationPrior(
        ligand=ligand,
        nuclide=nuclide,
        activity_unit=activity_unit or NOT_STATED,
        fraction_of_administered_per_unit=UNITS.get(activity_unit),
        regions=regions,
        mean=population.mean,
        mean_covariance=mean_covariance(layout, fit, known) * kept,
        between_patients=population.between_patients * kept,
        between_cycles=cycles,
        uninformative=tuple(flat.tolist()),
        covariates=tuple(_covariate(fit, name, members) for name, members in effects.items()),
        patients=len(layout.patients),
        source=source,
    )


def _covariate(fit: PopulationFit, name: str, members: list[int]) -> CovariateEffect:
    slopes = np.zeros(fit.layout.n_parameters)
    for k in members:
        slopes[fit.layout.effects[k].column] += fit.population.effects[k]
    first = fit.layout.effects[members[0]]
    return CovariateEffect(name, first.transform, first.centre, slopes)
