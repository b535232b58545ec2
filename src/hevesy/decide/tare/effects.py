"""What published relations of dose and effect say about a dose, for their own product only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from hevesy.decide.tare.limits import Situation
from hevesy.decide.tare.probability import probability_above
from hevesy.errors import InputError
from hevesy.physdata import Effect, known_effects
from hevesy.quantities import Uncertain, combine


def effects_for(product: str, situation: Situation, named: Iterable[str]) -> tuple[Effect, ...]:
    """Relations that hold for a product and situation: those that were confirmed, and others only by name.

    Parameters
    ----------
    product
        Key of the product.
    situation
        Intent, tumour type and bilirubin.
    named
        Unconfirmed relations that the plan asks for.
    """
    asked = set(named)
    return tuple(
        effect
        for effect in known_effects()
        if effect.product == product and (effect.confirmed or effect.name in asked) and _holds(effect, situation)
    )


def _holds(effect: Effect, situation: Situation) -> bool:
    return (
        ("any" in effect.tumours or situation.tumour_type in effect.tumours)
        and situation.intent in effect.intents
        and effect.bilirubin_from_mg_dl < situation.bilirubin_mg_dl < effect.bilirubin_to_mg_dl
    )


def check_effects(named: Iterable[str], products: Mapping[str, Situation]) -> None:
    """Refuse names of relations that are unknown, of a product not in the plan, or of another situation.

    Parameters
    ----------
    named
        As the plan has them.
    products
        Situation by key of the products of the plan.

    Raises
    ------
    InputError
        In one line.
    """
    known = {effect.name: effect for effect in known_effects()}
    for name in named:
        if name not in known:
            raise InputError(f"one of the effects {', '.join(known)}", f"{name!r} came", "effects")
        effect = known[name]
        if effect.product not in products:
            raise InputError(
                f"an effect of {', '.join(products)}", f"{name!r} came, one of {effect.product}", "effects"
            )
        if not _holds(effect, products[effect.product]):
            came = f"{name!r} came, which holds for {', '.join(effect.tumours)}, {', '.join(effect.intents)}"
            raise InputError("an effect for this intent, tumour type and bilirubin", came, "effects")


def effect_probability(effect: Effect, dose: Uncertain) -> Uncertain | None:
    r"""Probability of the effect at a dose; None where no whole curve was published.

    .. math:: P = \Phi\!\left(\frac{D - D_{50}}{m\,D_{50}}\right)

    Parameters
    ----------
    effect
        Of the form ``probit``; all others give None.
    dose
        Of the kind and volume of the effect. [Gy]
    """
    if effect.form != "probit" or effect.dose_gy is None or effect.slope_m is None:
        return None
    width = effect.slope_m * effect.dose_gy
    distance = (dose.value - effect.dose_gy) / width
    slope = math.exp(-0.5 * distance**2) / (width * math.sqrt(2.0 * math.pi))
    return combine(0.5 * math.erfc(-distance / math.sqrt(2.0)), [(dose, slope)])


def level_exceeded(effect: Effect, dose: Uncertain) -> float | None:
    """Probability that a dose lies above the one of the relation; None where it has no single dose."""
    return None if effect.dose_gy is None else probability_above(dose, effect.dose_gy)


def effect_statement(effect: Effect, dose_gy: float) -> str:
    """The relation and the dose in words."""
    if effect.form == "groups":
        means = ", ".join(f"{g.outcome} {g.dose_gy:g} Gy ({g.low_gy:g} to {g.high_gy:g})" for g in effect.groups)
        return f"{effect.outcome}: {means}"
    level = effect.dose_gy or 0.0
    side = "above" if dose_gy > level else "below"
    if effect.form == "threshold":
        return f"{side} {level:g} Gy: {effect.above if side == 'above' else effect.below}"
    return f"{side} {level:g} Gy, the dose of {100 * (effect.probability or 0.0):g} % {effect.outcome}"
