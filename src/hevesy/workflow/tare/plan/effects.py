"""What published relations of dose and effect say about one activity of a product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hevesy.decide.tare import effect_probability, effect_statement, effects_for, level_exceeded
from hevesy.decide.tare.doses import volumes_of
from hevesy.physdata import Effect
from hevesy.quantities import AbsorbedDose, Uncertain, budget, exact, total
from hevesy.workflow.tare.plan.biological import NO_BED, implant_bed
from hevesy.workflow.tare.plan.patient import situation_of
from hevesy.workflow.tare.plan.product import Case


def effect_rows(case: Case, doses: Mapping[str, AbsorbedDose]) -> list[dict[str, object]]:
    """Every relation that holds for the product, at every volume it speaks of.

    Parameters
    ----------
    case
        Product and patient.
    doses
        Of the plan by volume; what the scout and earlier treatments gave is added.
    """
    effects = effects_for(case.product.key, situation_of(case.plan, case.anatomy), case.plan.effects)
    return [
        _row(case, effect, volume, total([doses[volume].estimate, exact(case.earlier.get(volume, 0.0))]))
        for effect in effects
        for volume in volumes_of(effect.volume, doses)
    ]


def _row(case: Case, effect: Effect, volume: str, absorbed: Uncertain) -> dict[str, object]:
    told: dict[str, object] = {
        "effect": effect.name,
        "kind": effect.kind,
        "volume": volume,
        "quantity": effect.quantity,
        "outcome": effect.outcome,
        "dose_definition": effect.dose_definition,
        "range": effect.range,
        "source": effect.source.text,
        "source_status": effect.source.status,
    }
    reason = _not_possible(case, effect)
    if reason:
        return {**told, "reason": reason}
    return {
        **told,
        **dict(_result(effect, absorbed if effect.quantity == "absorbed-dose" else _bed(case, volume, absorbed))),
    }


def _not_possible(case: Case, effect: Effect) -> str | None:
    """Why a relation of BED cannot be used: its own alpha/beta is needed, not the plan's."""
    if effect.quantity != "bed":
        return None
    settings = case.plan.radiobiology
    if settings is None:
        return NO_BED
    if settings.alpha_beta_normal != effect.alpha_beta_gy:
        return f"it needs an alpha/beta of {effect.alpha_beta_gy:g} Gy, the plan has {settings.alpha_beta_normal:g} Gy"
    return None


def _bed(case: Case, volume: str, absorbed: Uncertain) -> Uncertain:
    settings = case.plan.radiobiology
    found = settings and implant_bed(settings, case.product.nuclide, volume, AbsorbedDose(absorbed))
    return found.estimate if found else absorbed


def _result(effect: Effect, dose: Uncertain) -> Iterator[tuple[str, object]]:
    probability = effect_probability(effect, dose)
    yield "dose_gy", dose.value
    yield "dose_standard_uncertainty_gy", dose.standard_uncertainty
    yield "level_gy", effect.dose_gy
    yield "probability_at_level", effect.probability
    yield "probability_above_level", level_exceeded(effect, dose)
    yield "statement", effect_statement(effect, dose.value)
    yield (
        "probability",
        None
        if probability is None
        else {
            "value": probability.value,
            "standard_uncertainty": probability.standard_uncertainty,
            "budget": budget(probability),
        },
    )
