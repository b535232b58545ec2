"""What a treatment in fractions is told as: one strict JSON document."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.decide.tare import (
    ASSUMPTIONS,
    HEALTHY,
    OUTSIDE,
    Account,
    Assumption,
    LiveFraction,
    healthy_dose,
    remaining_activity,
    risk_of_exceeding,
)
from hevesy.domain import Finding
from hevesy.quantities import Uncertain, budget, multiply_powers, scaled, total
from hevesy.workflow.holmium import NUCLIDE, hashes
from hevesy.workflow.tare.live.job import LiveCase, unaccounted
from hevesy.workflow.tare.live.measure import Shown
from hevesy.workflow.tare.live.readings import acquisition_of
from hevesy.workflow.tare.live.regions import least_in_voids

_GBQ = 1e-9
_NOT_PLACED = "in the healthy tissue of the treated volume"


def live_document(case: LiveCase, path: Path) -> dict[str, Any]:
    """Doses so far, what is not accounted for, and the activity that may still be given.

    Parameters
    ----------
    case
        The treatment so far.
    path
        Its file.
    """
    content, now = case.content, case.standing.account
    reasons = no_figure_because(case)
    return {
        "schema": 1,
        "label": content.label,
        "product": case.product.name,
        "nuclide": NUCLIDE,
        "dose_factor": _dose_factor(case),
        "limit": _limit(case),
        "volume_condition": _condition(case),
        "fractions": [_fraction(case, number) for number in range(len(content.fractions))],
        "activity_gbq": _activities(now),
        "unaccounted_share": _told(unaccounted(now, [one.share for one in content.placed])),
        "largest_unaccounted_share": content.largest_unaccounted,
        "placed": [one.model_dump() for one in content.placed],
        "not_placed_counts": _NOT_PLACED,
        "absorbed_dose_gy": {
            "healthy": _healthy(case),
            "tumours": {name: _tumour(case, len(case.history), name) for name in content.tumours},
        },
        "no_figure_because": reasons,
        "remaining": None if reasons else {one: _remaining(case, one) for one in ASSUMPTIONS},
        "image": dict(case.measured.shown[-1].told),
        "sampling": content.sampling.model_dump(),
        "findings": [{"code": one.code, "message": one.message} for one in (*case.findings, *_findings(case))],
        "inputs": {item.name: item.sha256 for item in hashes([path, *case.measured.regions.inputs])},
    }


def no_figure_because(case: LiveCase) -> list[str]:
    """Why nothing is said about the activity that may still be given; empty where it is."""
    content, now = case.content, case.standing.account
    share = unaccounted(now, [one.share for one in content.placed]).value
    found = [case.condition.reason_against] if case.condition.reason_against else []
    if share > content.largest_unaccounted:
        found.append(
            f"{share:.1%} of the activity given is not accounted for, above the stated "
            f"{content.largest_unaccounted:.1%}"
        )
    if share < -content.largest_unaccounted:
        found.append(
            f"{-share:.1%} more is seen than was given, above the stated {content.largest_unaccounted:.1%}: "
            "relaxivity, batch, baseline or a reading is wrong"
        )
    return found


def _findings(case: LiveCase) -> list[Finding]:
    found = []
    now = case.standing.account
    if now.not_seen.value < -2.0 * now.not_seen.standard_uncertainty:
        came = f"{-now.not_seen.value * _GBQ:.3g} GBq more is seen"
        found.append(Finding("more-seen-than-given", f"expected at most the activity given, but {came}"))
    reached = risk_of_exceeding(case.standing, case.limit.dose_gy, 0.0, "all-to-healthy")
    if reached >= case.limit.risk:
        words = (
            f"expected a risk below {case.limit.risk:g} of exceeding {case.limit.dose_gy:g} Gy, but {reached:.3g} came"
        )
        found.append(Finding("limit-reached", words))
    treated = case.content.treated
    if case.condition.outside_share > 0.05:
        came = f"{case.condition.outside_share:.1%} of the activity seen lies in the rest of the liver"
        found.append(
            Finding("activity-outside-treated", f"expected activity in {', '.join(treated)} alone, but {came}")
        )
    return found


def _dose_factor(case: LiveCase) -> dict[str, Any]:
    per = multiply_powers((case.standing.dose_per_activity, 1.0))
    return {
        "chosen": case.content.dose_factor,
        "healthy_gy_per_gbq": _told(scaled(per, 1.0 / _GBQ)),
        "tumours_gy_per_gbq": {
            name: _told(scaled(per, 1.0 / _GBQ)) for name, per in case.tumour_dose_per_activity.items()
        },
    }


def _limit(case: LiveCase) -> dict[str, Any]:
    return {
        "healthy_liver_dose_gy": case.limit.dose_gy,
        "volume": "healthy tissue of the treated volume",
        "treated_share_at_most": case.limit.treated_share,
        "risk": case.limit.risk,
        "trial": case.limit.trial,
        "sources": list(case.limit.sources),
    }


def _condition(case: LiveCase) -> dict[str, Any]:
    one = case.condition
    return {
        "met": one.reason_against is None,
        "treated_ml": one.treated_ml,
        "liver_ml": one.liver_ml,
        "treated_share": one.treated_share,
        "share_of_activity_outside": one.outside_share,
    }


def _fraction(case: LiveCase, number: int) -> dict[str, Any]:
    """One fraction, and where the treatment stood after it."""
    stated, shown = case.content.fractions[number], case.measured.shown[number]
    now, fractions = case.history[number]
    so_far = healthy_of(case, now)
    return {
        "name": stated.name,
        "injected": stated.injected.isoformat(),
        "acquired": acquisition_of(stated, shown.acquired).isoformat(),
        "computed": "now" if number in case.measured.new else "before",
        "delivered_gbq": _told(scaled(fractions[number].delivered_bq, _GBQ)),
        "activity_gbq": _activities(now),
        "unaccounted_share": unaccounted(now, [one.share for one in case.content.placed]).value,
        "absorbed_dose_gy": {
            "healthy_at_most": _told(so_far),
            "tumours": {name: _tumour(case, number + 1, name) for name in case.content.tumours},
        },
        "unquantifiable_ml": case.measured.regions.grid.voxel_volume_ml * int(np.count_nonzero(~shown.found)),
    }


def healthy_of(case: LiveCase, now: Account[Uncertain]) -> Uncertain:
    """Dose to the treated healthy liver at most, after a fraction. [Gy]"""
    return healthy_dose(replace(case.standing, account=now))


def _activities(now: Account[Uncertain]) -> dict[str, Any]:
    return {
        "given": _told(scaled(now.given, _GBQ)),
        "seen": _told(scaled(total(list(now.seen.values())), _GBQ)),
        "seen_by_region": {name: _told(scaled(one, _GBQ)) for name, one in now.seen.items()},
        "not_seen": _told(scaled(now.not_seen, _GBQ)),
        "healthy_at_most": _told(scaled(now.healthy, _GBQ)),
    }


def _healthy(case: LiveCase) -> dict[str, Any]:
    now, per = case.standing.account, case.standing.dose_per_activity
    seen = _product(per, now.seen[HEALTHY])
    limit = case.limit.dose_gy
    return {
        "at_most": _told(healthy_dose(case.standing)),
        "seen": _told(total([seen, case.standing.earlier_gy])),
        "of_it_from_before": _told(case.standing.earlier_gy),
        "probability_above_limit": risk_of_exceeding(case.standing, limit, 0.0, "all-to-healthy"),
        "volume_ml": case.measured.regions.volume_ml(HEALTHY),
        "unquantifiable_ml": _void_ml(case, len(case.history), HEALTHY),
        "outside_treated_seen_gbq": now.seen[OUTSIDE].value * _GBQ,
    }


def _tumour(case: LiveCase, n: int, name: str) -> dict[str, Any]:
    """Dose of one tumour after ``n`` fractions: of its voxels with a value, and of what its voids hold at least."""
    now, fractions = case.history[n - 1]
    shown = case.measured.shown[:n]
    per = case.tumour_dose_per_activity[name]
    seen = _product(per, now.seen[name])
    least = _least_gy(case, name, shown, fractions)
    placed = sum(one.share for one in case.content.placed if one.region == name) * max(now.not_seen.value, 0.0)
    return {
        "at_least": _told(Uncertain(seen.value + least, seen.components)),
        "in_voids_at_least": least,
        "with_placed": seen.value + max(least, per.value * placed),
        "volume_ml": case.measured.regions.volume_ml(name),
        "unquantifiable_ml": _void_ml(case, n, name),
    }


def _least_gy(case: LiveCase, name: str, shown: tuple[Shown, ...], fractions: tuple[LiveFraction, ...]) -> float:
    regions = case.measured.regions
    amount = least_in_voids(shown, regions.parts[name], regions.grid)
    return case.tumour_dose_per_activity[name].value * amount * min(one.activity_per_amount.value for one in fractions)


def _void_ml(case: LiveCase, n: int, name: str) -> float:
    regions, shown = case.measured.regions, case.measured.shown[n - 1]
    return regions.grid.voxel_volume_ml * int(np.count_nonzero(regions.parts[name] & ~shown.found))


def _remaining(case: LiveCase, assumption: Assumption) -> dict[str, Any]:
    """Net of residual, counted at its injection."""
    found = remaining_activity(case.standing, case.limit.dose_gy, case.limit.risk, assumption)
    return {
        "activity_gbq": _finite(found.figure_bq),
        "analytic_gbq": _finite(found.analytic_bq),
        "drawn_gbq": _finite(found.drawn_bq),
        "reason": None if math.isfinite(found.figure_bq) else "nothing of it would reach the healthy liver",
    }


def _finite(value_bq: float) -> float | None:
    return value_bq * _GBQ if math.isfinite(value_bq) else None


def _product(a: Uncertain, b: Uncertain) -> Uncertain:
    """Product where one factor may lie below zero by noise."""
    components: Mapping[str, float] = {
        name: a.components.get(name, 0.0) * b.value + b.components.get(name, 0.0) * a.value
        for name in {*a.components, *b.components}
    }
    return Uncertain(a.value * b.value, components)


def _told(estimate: Uncertain) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "standard_uncertainty": estimate.standard_uncertainty,
        "budget": budget(estimate),
    }
