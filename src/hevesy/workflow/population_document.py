"""The JSON document of a fit of a cohort."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy._version import __version__
from hevesy.population import Candidate, Individual, PredictiveBin, eta_shrinkage, standard_errors, unidentified
from hevesy.workflow.population_job import PopulationResult

_Z95 = 1.959963984540054
_METHODS = {
    "foce": "first-order conditional estimation with interaction, exact gradients; individuals by importance sampling",
    "saem": "stochastic approximation of expectation and maximisation; individuals by importance sampling",
}


def population_document(result: PopulationResult) -> dict[str, Any]:
    """Everything as strict JSON: numbers that do not exist are null with a reason."""
    file, request = result.file, result.request
    unit = file.cohort.activity_unit
    return {
        "hevesy": __version__,
        "nuclide": file.cohort.nuclide,
        "physical_half_life_h": file.cohort.physical_half_life_h,
        "ligand": file.ligand,
        "activity_unit": unit or None,
        "time_integrated_activity_unit": f"{unit} x h" if unit else "activity unit of the file x h",
        "integrated_until_h": request.until_h if math.isfinite(request.until_h) else None,
        "method": _METHODS[request.method],
        "seed": request.seed,
        "input": {"name": file.name, "sha256": file.sha256},
        "individuals": _individuals(result),
        "population": _population(result),
        "model_comparison": [_candidate(c) for c in result.chosen.candidates],
        "predictive_check": [_bin(b) for b in result.predictive],
        "findings": [{"code": f.code, "message": f.message} for f in result.findings],
    }


def has_gaps(result: PopulationResult) -> bool:
    """Whether some curve of the file has no value."""
    return bool(result.file.unusable or result.chosen.refused)


def _individuals(result: PopulationResult) -> list[dict[str, Any]]:
    """Every curve of the file in its order; where a fit takes all cycles together there is one row for each."""
    found: dict[tuple[str, str, str], Individual] = {(i.patient, i.region, i.cycle): i for i in result.individuals}
    rows = []
    for patient, region, cycle in result.file.curves:
        known = found.get((patient, region, cycle)) or found.get((patient, region, ""))
        row: dict[str, Any] = {"patient": patient, "region": region}
        if cycle:
            row["cycle"] = cycle
        reason = result.file.unusable.get((patient, region, cycle)) or result.chosen.refused.get(region)
        rows.append({**row, **(_no_value(reason or "no measurement") if known is None or reason else _value(known))})
    return rows


def _no_value(reason: str) -> dict[str, Any]:
    empty = {"value": None, "standard_uncertainty": None, "interval95": None, "reason": reason}
    return {"time_integrated_activity": empty, "n_points": None, "parameters": None}


def _value(known: Individual) -> dict[str, Any]:
    return {
        "time_integrated_activity": {
            "value": known.value,
            "standard_uncertainty": known.standard_uncertainty,
            "interval95": list(known.interval95),
            "relative_conditional": known.conditional,
            "relative_from_population": known.from_population,
        },
        "n_points": known.n_points,
        "parameters": list(known.parameters),
    }


def _population(result: PopulationResult) -> dict[str, Any]:
    fit = result.chosen.fit
    errors = standard_errors(fit, result.uncertainty)
    layout, population = fit.layout, fit.population
    return {
        "patients": len(layout.patients),
        "observations": layout.n_observations,
        "regions": [{"name": r, "model": m.name} for r, m in zip(layout.regions, layout.models, strict=True)],
        "parameters": _parameters(result, errors.mean),
        "covariates": [
            {
                "covariate": e.covariate,
                "region": layout.names[e.column][0],
                "parameter": layout.names[e.column][1],
                "transform": e.transform,
                "centre": e.centre,
                "effect": float(population.effects[k]),
                "standard_error": float(errors.effects[k]),
            }
            for k, e in enumerate(layout.effects)
        ],
        "between_patients": _spreads(result, population.between_patients, errors.between_patients),
        "between_cycles": _cycles(population.between_cycles, errors.between_cycles),
        "residual": [
            {"region": r, "relative_standard_deviation": float(s), "standard_error": float(e)}
            for r, s, e in zip(layout.regions, population.residual, errors.residual, strict=True)
        ],
        "residual_kind": fit.specification.residual,
        "covariance_structure": fit.specification.structure,
        "minus_two_log_likelihood": 2.0 * fit.minus_log_likelihood,
        "n_parameters": fit.n_random + fit.n_fixed,
        "aic": fit.aic,
        "aicc": fit.aicc,
        "bic": fit.bic,
        "converged": fit.converged,
        "flat_directions": result.uncertainty.flat_directions,
    }


def _parameters(result: PopulationResult, errors: NDArray[np.float64]) -> list[dict[str, Any]]:
    fit = result.chosen.fit
    shrinkage = eta_shrinkage(fit)
    vague = unidentified(fit, result.uncertainty)
    rows = []
    for k, (region, name) in enumerate(fit.layout.names):
        mean, u = float(fit.population.mean[k]), float(errors[k])
        rows.append(
            {
                "region": region,
                "name": name,
                "value": mean,
                "standard_uncertainty": u,
                "interval95": [mean - _Z95 * u, mean + _Z95 * u],
                "typical": _natural(name, mean),
                "typical_interval95": [_natural(name, mean - _Z95 * u), _natural(name, mean + _Z95 * u)],
                "typical_of": name.removeprefix("log_").removeprefix("logit_"),
                "eta_shrinkage": float(shrinkage[k]),
                "identified": not vague[k],
            }
        )
    return rows


def _natural(name: str, value: float) -> float:
    return float(np.exp(-np.logaddexp(0.0, -value))) if name.startswith("logit_") else math.exp(value)


def _spreads(result: PopulationResult, covariance: NDArray[np.float64], errors: NDArray[np.float64]) -> dict[str, Any]:
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(spread, spread)
    np.fill_diagonal(correlation, 1.0)
    return {
        "names": [f"{region}.{name}" for region, name in result.chosen.fit.layout.names],
        "standard_deviations": spread.tolist(),
        "standard_errors": np.diag(errors).tolist(),
        "correlations": correlation.tolist(),
        "covariance": covariance.tolist(),
    }


def _cycles(variances: NDArray[np.float64], errors: NDArray[np.float64]) -> dict[str, Any] | None:
    if not variances.size:
        return None
    return {"standard_deviations": np.sqrt(variances).tolist(), "standard_errors": errors.tolist()}


def _candidate(c: Candidate) -> dict[str, Any]:
    return {
        "about": c.about,
        "name": c.name,
        "minus_two_log_likelihood": c.minus_two_log_likelihood,
        "n_parameters": c.n_parameters,
        "aic": c.aic,
        "aicc": c.aicc,
        "bic": c.bic,
        "chosen": not c.reason,
        "reason": c.reason or "lowest BIC",
    }


def _bin(b: PredictiveBin) -> dict[str, Any]:
    return {
        "region": b.region,
        "from_h": b.from_h,
        "to_h": b.to_h,
        "n": b.n,
        "percentiles": [10, 50, 90],
        "observed": list(b.observed),
        "simulated": list(b.simulated),
        "simulated_interval95": [list(pair) for pair in zip(b.low, b.high, strict=True)],
    }
