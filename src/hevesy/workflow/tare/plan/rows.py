"""What is told about an activity: doses, biological doses, limits with their distance and probability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hevesy.decide.tare import (
    Constraint,
    activity_kept_with,
    all_within,
    allowed_activities,
    needed_activities,
    probability_above,
    share_above,
)
from hevesy.quantities import AbsorbedDose, Uncertain, budget, scaled
from hevesy.workflow.tare.plan.biological import NO_BED, implant_bed
from hevesy.workflow.tare.plan.effects import effect_rows
from hevesy.workflow.tare.plan.product import METHODS, Case

_CURVE_POINTS = 61


def estimate(value: Uncertain) -> dict[str, object]:
    """Value, standard uncertainty and budget by kind of source."""
    return {"value": value.value, "standard_uncertainty": value.standard_uncertainty, "budget": budget(value)}


def activity_row(case: Case, delivered_bq: float, method: str) -> dict[str, object]:
    """Everything about one activity that reaches the patient.

    Parameters
    ----------
    case
        Product and patient.
    delivered_bq
        [Bq]
    method
        ``one`` or ``multi``.
    """
    activity = delivered_bq / case.anatomy.delivered_fraction.value
    doses = {
        volume: AbsorbedDose(scaled(per, activity))
        for volume, per in case.of_method(method).items()
        if not volume.startswith("lung_activity")
    }
    return {
        "activity_delivered_gbq": delivered_bq / 1e9,
        "activity_to_draw_gbq": activity / 1e9,
        "method": method,
        "absorbed_dose_gy": {volume: estimate(dose.estimate) for volume, dose in doses.items()},
        "activity_by_compartment_gbq": _shares(case, doses) if method == "multi" else None,
        "bed_gy": _beds(case, doses),
        "bed_reason": NO_BED if case.plan.radiobiology is None else None,
        "rules": [rule_row(case, constraint, activity) for constraint in case.rules(method)],
        "probability": probabilities(case, case.rules(method), activity),
        "effects": effect_rows(case, doses) if method == "multi" else [],
    }


def _beds(case: Case, doses: Mapping[str, AbsorbedDose]) -> dict[str, object] | None:
    settings = case.plan.radiobiology
    if settings is None:
        return None
    found = {volume: implant_bed(settings, case.product.nuclide, volume, dose) for volume, dose in doses.items()}
    return {volume: None if one is None else estimate(one.estimate) for volume, one in found.items()}


def _shares(case: Case, doses: Mapping[str, AbsorbedDose]) -> dict[str, float] | None:
    """Activity of each compartment; they sum to what reaches the patient. [GBq]"""
    anatomy = case.anatomy
    if not anatomy.has_ratios:
        return None
    masses = {f"tumour:{name}": 0.0 for name in anatomy.tumours}
    masses |= {"whole_normal": anatomy.unperfused_normal_kg.value, "lung_cumulative": anatomy.lung_mass_kg.value}
    for territory in anatomy.territories:
        masses["whole_normal"] += territory.normal_mass_kg.value
        for part in territory.tumours:
            masses[f"tumour:{part.name}"] += part.mass_kg.value
    energies = {volume: doses[volume].value * mass for volume, mass in masses.items()}
    names = {"whole_normal": "normal_liver", "lung_cumulative": "lung"}
    return {names.get(volume, volume): j / case.dose_factor.value / 1e9 for volume, j in energies.items()}


def rule_row(case: Case, constraint: Constraint, activity_bq: float) -> dict[str, object]:
    """One limit or target: what it is, what is reached, and how far that is.

    Parameters
    ----------
    case, constraint
        The product, and the rule at its place.
    activity_bq
        To draw. [Bq]
    """
    rule = constraint.rule
    cap = rule.volume == "lung_activity"
    reached, level = constraint.reached(activity_bq), constraint.level
    return {
        "rule": rule.rule,
        "is": "target" if rule.target else "limit",
        "volume": constraint.volume,
        "method": rule.method,
        "unit": "GBq" if cap else "Gy",
        "level": level / (1e9 if cap else 1.0),
        "reached": reached / (1e9 if cap else 1.0),
        "earlier": constraint.earlier,
        "of_scout": case.scout_doses.get(constraint.volume, 0.0),
        "met": constraint.is_met(activity_bq),
        "relative_distance": reached / level - 1.0,
        "activity_at_level_gbq": constraint.activity_bq / 1e9 if constraint.per_activity.value else None,
        "probability_above": probability_above(
            scaled(constraint.per_activity, activity_bq), level - constraint.earlier
        ),
        "probability_above_drawn": share_above(case.drawn[constraint.volume] * activity_bq, level - constraint.earlier),
        "source": rule.source.text,
        "source_status": rule.source.status,
        "note": rule.note or None,
    }


def probabilities(case: Case, rules: Iterable[Constraint], activity_bq: float) -> dict[str, object]:
    """That every limit is kept and that every tumour reaches the target of the plan.

    Parameters
    ----------
    case, rules
        The product, and its limits and targets.
    activity_bq
        To draw. [Bq]
    """
    limits = [(case.drawn[one.volume] * activity_bq, one.level - one.earlier) for one in rules if not one.rule.target]
    return {"every_limit_kept": all_within(limits), "every_tumour_reaches_target": _tumours_reach(case, activity_bq)}


def probability_curve(case: Case, method: str, largest_bq: float) -> dict[str, object] | None:
    """How the probabilities go with the activity, and the activity that keeps every limit with 95 %.

    Parameters
    ----------
    case
        Product and patient.
    method
        ``one`` or ``multi``.
    largest_bq
        Under every limit, to draw; the curve goes to twice that. [Bq]
    """
    allowed = allowed_activities(case.rules(method), case.drawn)
    if allowed is None or largest_bq <= 0.0:
        return None
    activities = np.linspace(0.0, 2.0 * largest_bq, _CURVE_POINTS)
    target = case.stated.tumour_target if method == "multi" else None
    needed = needed_activities(target, case.drawn, case.scout_doses) if target is not None else None
    return {
        "activity_to_draw_gbq": [activity / 1e9 for activity in activities.tolist()],
        "every_limit_kept": [float(np.mean(allowed >= activity)) for activity in activities],
        "every_tumour_reaches_target": None
        if needed is None
        else [float(np.mean(needed <= activity)) for activity in activities],
        "activity_to_draw_with_every_limit_kept_95_gbq": activity_kept_with(0.95, allowed) / 1e9,
    }


def _tumours_reach(case: Case, activity_bq: float) -> float | None:
    target = case.stated.tumour_target
    if target is None or not case.anatomy.has_ratios:
        return None
    scout = case.scout_doses
    keys = [f"tumour:{name}" for name in case.anatomy.tumours]
    return all_within([(-case.drawn[key] * activity_bq, scout.get(key, 0.0) - target) for key in keys])


def method_of(model: str) -> str:
    """Method of the rules that a model is compared with."""
    return METHODS[model]
