"""Eligibility, schedule and reminders of a plan, as its document tells them."""

from __future__ import annotations

from collections.abc import Iterable

from hevesy.decide.tare import (
    NOT_MET,
    Assessed,
    Override,
    assess,
    calibration_findings,
    check_eligible,
    eligibility_findings,
    rules_for,
    scout_findings,
    session_order,
)
from hevesy.domain import Finding
from hevesy.errors import InputError, StudyFileError
from hevesy.physdata import microspheres, practices
from hevesy.workflow.tare.plan.patient import anatomy_of, situation_of
from hevesy.workflow.tare.plan.settings import TarePlan

_LIVER_FUNCTION = ("bilirubin", "albumin", "ascites", "icterus", "encephalopathy", "child-pugh", "liver-reserve")
_MOST_OF_ONE_LOBE = 0.9
"""Share of the liver above which a treatment is hardly one of a part of it."""


def assessed_of(plan: TarePlan) -> tuple[Assessed, ...]:
    """Every criterion that concerns the plan.

    Raises
    ------
    InputError
        If an override does not belong.
    """
    stated = plan.eligibility.model_dump(exclude={"overrides"}) if plan.eligibility else {}
    overrides = plan.eligibility.overrides if plan.eligibility else ()
    return assess(
        {**stated, **_known(plan)},
        plan.intent,
        tuple(Override(one.criterion, one.reason, one.by) for one in overrides),
    )


def _known(plan: TarePlan) -> dict[str, object]:
    """What other parts of the plan file say."""
    segments = {segment for territory in plan.territories for segment in territory.segments}
    complete = all(territory.segments for territory in plan.territories)
    radiotherapy = plan.earlier.liver_radiotherapy
    return {
        "extrahepatic_deposition": plan.extrahepatic_deposition,
        "bilirubin_mg_dl": plan.liver.bilirubin_mg_dl,
        "liver_radiotherapy_gy": 0.0 if radiotherapy == "none" else radiotherapy,
        "tumour_burden": round(sum(tumour.volume for tumour in plan.tumours) / plan.liver.volume, 4),
        "treated_segments": len(segments) if complete else None,
    }


def check_eligibility(plan: TarePlan, name: str) -> None:
    """Refuse what the criteria, their overrides or the times of scout and sessions do not allow.

    Raises
    ------
    StudyFileError
        In one line.
    """
    try:
        check_eligible(assessed_of(plan))
        schedule_findings(plan)
    except InputError as error:
        raise StudyFileError(error.expected, error.came, f"{name}, {error.where}") from error


def schedule_findings(plan: TarePlan) -> tuple[Finding, ...]:
    """Findings about the days between scout and treatment.

    Raises
    ------
    InputError
        If a session comes before its scout, or two come at once.
    """
    times = {session.name: session.treatment for session in plan.sessions}
    session_order(times)
    return scout_findings(plan.scout.at, times)


def eligibility_row(plan: TarePlan) -> list[dict[str, object]]:
    """Every criterion with its state and source."""
    return [
        {
            "criterion": one.criterion.name,
            "label": one.criterion.label,
            "kind": one.criterion.kind,
            "state": one.state,
            "stated": one.value,
            "overridden": {"reason": one.override.reason, "by": one.override.by} if one.override else None,
            "rules": list(one.criterion.rules),
            "source": one.criterion.source.text,
            "source_status": one.criterion.source.status,
            "note": one.criterion.note or None,
        }
        for one in assessed_of(plan)
    ]


def schedule_row(plan: TarePlan) -> dict[str, object]:
    """Sessions by time, and what to keep in mind for each product."""
    times = {session.name: session.treatment for session in plan.sessions}
    names = {stated.name: microspheres(stated.name, "products") for stated in plan.products}
    return {
        "scout": plan.scout.at.isoformat() if plan.scout.at else None,
        "sessions": [
            {"session": name, "treatment": times[name].isoformat(), "days_since_previous": days or None}
            for name, days in session_order(times)
        ],
        "practice": [
            {"product": product.name, "about": one.name, "text": one.text, "source": one.source.text}
            for product in names.values()
            for one in practices()
            if not one.products or product.key in one.products
        ],
    }


def plan_findings(plan: TarePlan) -> tuple[Finding, ...]:
    """Everything that people should know before they use the plan."""
    return (
        *eligibility_findings(assessed_of(plan)),
        *schedule_findings(plan),
        *_input_findings(plan),
        *_calibrations(plan),
        *_contradictions(plan),
        *_liver_state(plan),
    )


def _contradictions(plan: TarePlan) -> Iterable[Finding]:
    """Targets above a limit of the same volume and method: no activity keeps both."""
    situation = situation_of(plan, anatomy_of(plan))
    for stated in plan.products:
        product = microspheres(stated.name, "products")
        rules = rules_for(product.key, situation, stated.limits)
        for target in (rule for rule in rules if rule.target):
            same = [r for r in rules if not r.target and (r.volume, r.method) == (target.volume, target.method)]
            least = min(same, key=lambda rule: rule.dose_gy, default=None)
            if least is not None and target.dose_gy > least.dose_gy:
                told = f"the target {target.rule} ({target.dose_gy:g} Gy) lies above the limit {least.rule}"
                where = f"({least.dose_gy:g} Gy) of the same volume"
                yield Finding("target-above-limit", f"{product.name}: {told} {where}: no activity keeps both")


def _liver_state(plan: TarePlan) -> Iterable[Finding]:
    """A liver stated as normal whose criteria say otherwise: the limits of a compromised one are stricter."""
    if plan.liver.state == "compromised":
        return
    against = [
        f"{one.criterion.input} {one.value}"
        for one in assessed_of(plan)
        if one.criterion.name in _LIVER_FUNCTION and one.state == NOT_MET
    ]
    if against:
        told = f"the liver is stated as {plan.liver.state}, but {', '.join(against)} came"
        yield Finding("liver-state-contradicted", f"{told}: the limits of a compromised liver are stricter")


def _calibrations(plan: TarePlan) -> Iterable[Finding]:
    times = {session.name: session.treatment for session in plan.sessions}
    for stated in plan.products:
        for one in stated.calibrations:
            if one.session in times:
                product = microspheres(stated.name, "products")
                yield from calibration_findings(product, one.at, times[one.session])


def _input_findings(plan: TarePlan) -> Iterable[Finding]:
    if plan.lung.method == "planar":
        yield Finding(
            "planar-lung-shunt",
            "a planar lung shunt without correction of scatter and attenuation is usually too high; "
            "the limits to the lungs then hold too early",
        )
    if plan.lung.mass == "reference":
        yield Finding("reference-lung-mass", "the lung dose rests on the reference mass of 1 kg, not on the patient's")
    for product in plan.products:
        if product.trial is not None:
            level = f"{product.healthy_liver_limit or 0.0:g} Gy of {product.trial}"
            told = f"{product.name}: the limit to the healthy liver is {level}, in place of the product's own"
            yield Finding("limit-of-a-trial", told)
    perfused = sum(territory.perfused.volume for territory in plan.territories) / plan.liver.volume
    if plan.intent != "bilobar" and perfused > _MOST_OF_ONE_LOBE:
        told = f"{plan.intent}, but the territories hold {100 * perfused:.0f} % of the liver"
        yield Finding("intent-and-territories", told)
    if plan.intent == "segmentectomy":
        yield Finding(
            "sources-differ",
            "segmentectomy with 90Y: more than 200 Gy in the text of the article, more than 150 Gy (resin) and 400 Gy "
            "(glass) in its table, nothing for holmium; all are shown",
        )
