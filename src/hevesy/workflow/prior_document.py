"""What ``hevesy prior`` tells."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.integrate import PriorUse, tissue_dose_factors
from hevesy.integrate.prior_half_life import half_life_quantiles
from hevesy.physdata import nuclide
from hevesy.physdata.built_in_priors import LACKING, built_in_prior, find_prior, known_priors
from hevesy.quantities.units import parse_quantity

_HOUR = 3600.0


def list_document() -> dict[str, Any]:
    """The built-in priors with their sources, and what is not built in."""
    entries = [built_in_prior(name) for name in known_priors()]
    return {
        "priors": [
            {
                "name": entry.name,
                "ligand": entry.prior.ligand,
                "nuclide": entry.prior.nuclide,
                "patients": entry.prior.patients,
                "regions": [region.name for region in entry.prior.regions],
                "part": entry.part,
                "source": entry.prior.source,
                "citation": _citation(entry.prior.citation),
            }
            for entry in entries
        ],
        "lacking": LACKING,
    }


def prior_document(name_or_file: str, times: str, covariates: Iterable[str]) -> dict[str, Any]:
    """One prior: half-lives and tissue dose factors of every region, and where they come from.

    Parameters
    ----------
    name_or_file
        Of a built-in prior, or the path of one.
    times
        Scan times with units, separated by commas.
    covariates
        ``name=value`` each.

    Raises
    ------
    InputError
        If there is no such prior, a time is none, or a covariate of the prior is not given.
    """
    name, prior = find_prior(name_or_file)
    scans = tuple(parse_quantity(text, "time", "--times") / _HOUR for text in times.split(","))
    if min(scans) <= 0:
        raise InputError("scan times after the administration", f"{min(scans):g} h came", "--times")
    use = PriorUse(prior, name, covariates=parse_covariates(covariates))
    physical_s = nuclide(prior.nuclide).half_life_s
    return {
        "name": name,
        "ligand": prior.ligand,
        "nuclide": prior.nuclide,
        "patients": prior.patients,
        "activity_unit": prior.activity_unit,
        "covariates": [effect.name for effect in prior.covariates],
        "source": prior.source,
        "citation": _citation(prior.citation),
        "tissue_dose_factor_times_h": list(scans),
        "regions": [_region(use, region.name, scans, physical_s) for region in prior.regions],
    }


def parse_covariates(pairs: Iterable[str]) -> dict[str, float]:
    """Covariates from ``name=value``.

    Raises
    ------
    InputError
        If one is not of this form, not a number, or comes twice.
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not name or not math.isfinite(value) or name in found:
            raise InputError("--covariate NAME=VALUE, each name once", f"{pair!r} came", "--covariate")
        found[name] = value
    return found


def _region(use: PriorUse, name: str, times_h: tuple[float, ...], physical_s: float) -> dict[str, Any]:
    low, median, high = half_life_quantiles(use, name, physical_half_life_s=physical_s)
    factors = tissue_dose_factors(use, name, times_h, physical_half_life_s=physical_s)
    region = use.region(name)
    return {
        "name": name,
        "model": region.model,
        "residual_relative_standard_deviation": region.residual_relative_standard_deviation,
        "knows_uptake": not use.prior.uninformative[use.prior.slices[name].start],
        "effective_half_life_h": {"median": median / _HOUR, "interval95": [low / _HOUR, high / _HOUR]},
        "tissue_dose_factors": [
            {"time_h": t, "median_h": m, "relative_standard_deviation": s, "interval95_h": list(i)}
            for t, m, s, i in zip(
                factors.times_h,
                factors.median_h,
                factors.relative_standard_deviation,
                factors.interval95_h,
                strict=True,
            )
        ],
    }


def _citation(citation: Citation | None) -> dict[str, str | None] | None:
    return None if citation is None else {"key": citation.key, "text": citation.text, "doi": citation.doi}
