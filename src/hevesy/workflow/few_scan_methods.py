"""Methods of one scan or few, for ``hevesy fit``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import (
    FitSettings,
    PosteriorCurve,
    check_curve,
    fit_curve,
    haenscheid_estimate,
    posterior_curves,
    tissue_factor_estimate,
)
from hevesy.report.estimate_model import EstimateModel
from hevesy.workflow.estimates import estimate, missing
from hevesy.workflow.few_scans import FewScans

Found = tuple[FittedCurve, dict[str, Any]]
"""A curve, and further entries of the region in the document."""
SingleMethod = Callable[[TimeActivityCurve, FewScans, FitSettings], Found]


def one_scan(curve: TimeActivityCurve, settings: FitSettings) -> TimeActivityCurve:
    """The same, if it is one usable point.

    Raises
    ------
    RegionFinding
        If there are several points, or the one is no positive activity.
    """
    check_curve(curve, settings)
    if len(curve.points) > 1:
        raise RegionFinding(f"{len(curve.points)} scans: this method takes one; fit them, or use a prior")
    return curve


def check_choices(settings: FitSettings, *, with_period: bool) -> None:
    """Refuse choices that only a fit knows.

    Raises
    ------
    InputError
        If a model, a tail, robust weights, or a period where the method knows none, came.
    """
    if settings.model != "auto":
        raise InputError("no --model with this method", f"{settings.model!r} came", "--model")
    if settings.tail is not None or settings.fitted_tail:
        raise InputError("no --tail with this method", "one came", "--tail")
    if settings.robust:
        raise InputError("no --robust with this method", "it came", "--robust")
    if settings.until_s is not None and not with_period:
        raise InputError("an integral to infinity with this method", "a period came", "--until")


def _known_half_life(curve: TimeActivityCurve, few: FewScans, settings: FitSettings) -> Found:
    check_choices(settings, with_period=False)
    half_life, source = few.half_life(curve.region)
    fitted = fit_curve(
        curve,
        physical_half_life_s=settings.physical_half_life_s,
        model="auto",
        fixed_half_life_s=half_life,
        scatter=settings.scatter,
    )
    return fitted, {"choice": f"known half-life; {source}", "half_life_source": source}


def _haenscheid(curve: TimeActivityCurve, few: FewScans, settings: FitSettings) -> Found:
    check_choices(settings, with_period=False)
    expected, source = few.half_life(curve.region) if few.knows_half_lives else (None, None)
    fitted = haenscheid_estimate(
        curve, settings.scatter, longest_s=settings.physical_half_life_s, expected_half_life_s=expected
    )
    told: dict[str, Any] = {"choice": "2 t / ln 2 times the activity", "half_life_source": source}
    if expected is None:
        none = missing("h", "the method needs and gives none").model_dump()
        told |= {"effective_half_life_h": None, "effective_half_life": none}
        told["extrapolated_fraction"] = None
    return fitted, told


def _tissue_dose_factor(curve: TimeActivityCurve, few: FewScans, settings: FitSettings) -> Found:
    check_choices(settings, with_period=False)
    if few.use is None:
        raise InputError("--prior with the method tissue-dose-factor", "none came", "--prior")
    fitted = tissue_factor_estimate(curve, few.use, physical_half_life_s=settings.physical_half_life_s)
    source = f"prior {few.use.name}: {few.use.prior.source}"
    return fitted, {"choice": f"median of the patients of the prior {few.use.name}", "half_life_source": source}


SINGLE_METHODS: Mapping[str, SingleMethod] = {
    "known-half-life": _known_half_life,
    "haenscheid": _haenscheid,
    "tissue-dose-factor": _tissue_dose_factor,
}
"""Methods of one scan by name."""


def with_prior(
    curves: Sequence[TimeActivityCurve], few: FewScans, settings: FitSettings
) -> list[Found | RegionFinding]:
    """Posterior of all regions of a patient together.

    Raises
    ------
    InputError
        If there is no prior, one of its covariates is missing, or a choice of fits came.
    """
    check_choices(settings, with_period=True)
    if few.use is None:
        raise InputError("--prior with the method prior", "none came", "--prior")
    found = posterior_curves(
        curves, few.use, physical_half_life_s=settings.physical_half_life_s, until_s=settings.end_s
    )
    return [
        item if isinstance(item, RegionFinding) else (item.fitted, posterior_entries(item, few.use.prior.source))
        for item in found
    ]


def posterior_entries(item: PosteriorCurve, source: str) -> dict[str, Any]:
    """Entries of a region: the integral with the interval of the posterior, and what the posterior says beyond it."""
    at_mode, u = item.laplace_bq_s
    whole = estimate(item.fitted.time_integrated_activity, "Bq s", with_budget=True)
    return {
        "half_life_source": f"prior: {source}",
        "time_integrated_activity_bq_s": whole.model_dump() | {"interval95": list(item.interval95_bq_s)},
        "posterior": {
            "mean_bq_s": item.mean_bq_s,
            "at_mode_bq_s": EstimateModel(value=at_mode, standard_uncertainty=u, unit="Bq s").model_dump(),
            "effective_draws": item.effective_draws,
            "prior_predictive_p": item.conflict_probability,
        },
    }
