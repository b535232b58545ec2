"""Delivered doses compared with the published limits and targets of the product, as a plan compares its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hevesy.decide.tare import Situation, constraints, probability_above, rules_for
from hevesy.domain import Finding
from hevesy.errors import StudyFileError
from hevesy.physdata import DoseRule, LungActivityCap, lung_activity_caps, microspheres
from hevesy.quantities import Uncertain, total
from hevesy.workflow.tare.plan.patient import earlier_doses, liver_function
from hevesy.workflow.tare.plan.product import volumes_of_method
from hevesy.workflow.tare.verify.doses import LUNG, VolumeDose
from hevesy.workflow.tare.verify.plan import Plan
from hevesy.workflow.tare.verify.regions import DrawnParts
from hevesy.workflow.tare.verify.settings import TareVerification, TreatmentRules

_CAP, _CUMULATIVE = "lung_activity", "lung_cumulative"
NO_RULES = "neither 'rules' nor a plan says which limits and targets hold"
_ROUNDING = 1e-9
_GBQ = 1e-9
_NOT_IN_SUM = (LUNG, _CAP)
"""Of one administration: neither a scout nor earlier treatments count."""


@dataclass(frozen=True)
class Reached:
    """What the image shows by one scale, by the names that rules use."""

    doses: Mapping[str, Uncertain]
    """[Gy]; of ``lung_activity`` [GBq]"""
    with_scout: bool
    """Whether the dose of a scout is in them."""


def reached_by(own: Mapping[str, VolumeDose], scout_gy: Mapping[str, Uncertain]) -> Reached:
    """Doses of every volume with that of the scout, as limits count them.

    Parameters
    ----------
    own
        Delivered, by volume.
    scout_gy
        What a scout of the therapy's nuclide left, by volume; empty without one. [Gy]
    """
    alone = {key: one.dose.estimate for key, one in own.items()}
    if LUNG in own:
        alone |= {_CUMULATIVE: alone[LUNG], _CAP: _scaled(own[LUNG].activity_bq)}
    scouts = {key: dose for key, dose in scout_gy.items() if key != LUNG}
    if LUNG in scout_gy:
        scouts[_CUMULATIVE] = scout_gy[LUNG]
    return Reached({key: total([dose, scouts[key]]) if key in scouts else dose for key, dose in alone.items()},
                   bool(scout_gy))  # fmt: skip


def _scaled(activity_bq: Uncertain) -> Uncertain:
    return Uncertain(activity_bq.value * _GBQ, {key: part * _GBQ for key, part in activity_bq.components.items()})


def compared_rules(
    settings: TareVerification, plan: Plan | None, drawn: DrawnParts, scales: Mapping[str, Reached]
) -> list[dict[str, Any]] | None:
    """Every limit and target that holds, and what each scale says about it; None where nothing says which hold.

    Parameters
    ----------
    settings, plan
        The file, and the plan that was followed.
    drawn
        For the share of the liver that is not perfused.
    scales
        Doses by scale.

    Raises
    ------
    StudyFileError
        If the plan is of several sessions, so that its limits are not those of one treatment.
    """
    own = scales["self_calibrated"]
    if settings.rules is not None:
        rules = _stated(settings, settings.rules, drawn, own)
    elif plan is not None and plan.rules:
        rules = _of_plan(plan, own)
    else:
        return None
    return [
        {**rule, **{name: _standing(rule, found.doses[rule["volume"]]) for name, found in scales.items()}}
        for rule in rules
        if rule["volume"] in own.doses
    ]


def _stated(
    settings: TareVerification, stated: TreatmentRules, drawn: DrawnParts, own: Reached
) -> list[dict[str, Any]]:
    product = microspheres(settings.product, "product").key
    situation = Situation(
        intent=stated.intent,
        tumour_type=stated.tumour_type,
        liver_function=liver_function(stated.liver_state, stated.earlier),
        bilirubin_mg_dl=stated.bilirubin_mg_dl,
        hepatic_reserve=_reserve(drawn),
        rule_sets=stated.rule_sets,
    )
    holding: tuple[DoseRule | LungActivityCap, ...] = (*rules_for(product, situation), *lung_activity_caps(product))
    doses = volumes_of_method(own.doses, stated.method)
    return [
        {
            "rule": one.rule.rule,
            "is": "target" if one.rule.target else "limit",
            "volume": one.volume,
            "method": one.rule.method,
            "unit": "GBq" if one.volume == _CAP else "Gy",
            "level": one.level * (_GBQ if one.volume == _CAP else 1.0),
            "earlier": one.earlier,
            "source": one.rule.source.text,
            "source_status": one.rule.source.status,
            "note": one.rule.note or None,
        }
        for one in constraints(holding, doses, stated.method, earlier_doses(stated.earlier))
    ]


def _reserve(drawn: DrawnParts) -> float:
    """Normal liver outside every territory over all normal liver. [1]"""
    perfused = sum(float(drawn.of(f"normal_perfused:{position}").sum()) for position in drawn.shares.territories)
    return max(1.0 - perfused / float(drawn.normal.sum()), 0.0)


_TOLD = ("rule", "is", "method", "unit", "level", "source", "source_status", "note")


def _of_plan(plan: Plan, own: Reached) -> list[dict[str, Any]]:
    """Limits of the row that was followed; the plan's own dose of the scout gives way to the one that was seen."""
    lungs = {rule["volume"] for rule in plan.rules if rule["volume"].startswith(f"{LUNG}:")}
    if len(lungs) > 1:
        came = f"{len(lungs)} came"
        raise StudyFileError("a plan of one session, or 'rules' for this treatment", came, "plan.file")
    return [
        {
            **{key: rule[key] for key in _TOLD},
            "volume": _delivered_key(rule["volume"]),
            "earlier": rule["earlier"] - (rule.get("of_scout", 0.0) if own.with_scout else 0.0),
        }
        for rule in plan.rules
    ]


def _delivered_key(volume: str) -> str:
    kind = volume.partition(":")[0]
    return kind if kind in _NOT_IN_SUM else volume


def _standing(rule: Mapping[str, Any], found: Uncertain) -> dict[str, Any]:
    """By one scale: what is reached, whether that is allowed or enough, and how sure that is."""
    level = rule["level"]
    reached = found.value + rule["earlier"]
    slack = _ROUNDING * level
    return {
        "reached": reached,
        "standard_uncertainty": found.standard_uncertainty,
        "met": reached >= level - slack if rule["is"] == "target" else reached <= level + slack,
        "relative_distance": reached / level - 1.0,
        "probability_above": probability_above(found, level - rule["earlier"]),
    }


def rule_findings(rules: list[dict[str, Any]] | None, engine_name: str, *, has_voids: bool) -> tuple[Finding, ...]:
    """Limits that the delivered doses exceed, and targets that they do not reach, by self-calibration.

    Parameters
    ----------
    rules
        As :func:`compared_rules` tells them.
    engine_name
        What the doses come from.
    has_voids
        Whether doses are the least that there is, because MRI could not tell all of the holmium.
    """
    if not rules:
        return ()
    missed = [rule for rule in rules if not rule["self_calibrated"]["met"]]
    told = [Finding(*_words(rule), blocking=rule["is"] == "limit") for rule in missed]
    if engine_name != "local":
        words = f"published limits and targets are of local deposition, these doses of the engine {engine_name}"
        told.append(Finding("limits-by-kernel", words))
    if has_voids:
        words = "doses hold the least of what MRI cannot tell: a limit that is met here may be exceeded"
        told.append(Finding("limits-with-voids", words))
    return tuple(told)


def _words(rule: Mapping[str, Any]) -> tuple[str, str]:
    row, unit = rule["self_calibrated"], rule["unit"]
    limit = rule["is"] == "limit"
    reached = f"{row['reached']:.3g} ± {row['standard_uncertainty']:.2g} {unit}"
    said = (
        f"{rule['volume']}: {reached}, {'above the limit' if limit else 'below the target'} of {rule['level']:g} {unit}"
    )
    return "limit-exceeded" if limit else "target-not-reached", f"{said} ({rule['rule']})"
