"""Which published limits and targets hold for a plan, and what activity each of them allows or asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hevesy.decide.tare.doses import volumes_of
from hevesy.errors import InputError
from hevesy.physdata import DoseRule, LungActivityCap, dose_rules
from hevesy.physdata.microsphere_rules import ALWAYS
from hevesy.quantities import Uncertain

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Situation:
    """What the sources tell apart."""

    intent: str
    tumour_type: str
    liver_function: str
    """``favourable``, ``normal`` or ``compromised`` (a pretreated liver counts as compromised)."""
    bilirubin_mg_dl: float
    """Total bilirubin. [mg/dl]"""
    hepatic_reserve: float
    """Share of the normal liver outside the perfused volumes. [1]"""
    rule_sets: tuple[str, ...]


@dataclass(frozen=True)
class Constraint:
    """One limit or target at one place."""

    rule: DoseRule | LungActivityCap
    volume: str
    """Key of the dose, for example ``tumour:Segment 6``."""
    per_activity: Uncertain
    """[Gy/Bq]; of a cap of activity [1]"""
    earlier: float = 0.0
    """Absorbed dose of earlier treatments that counts with it. [Gy]"""

    @property
    def level(self) -> float:
        """Of the rule. [Gy]; of a cap [Bq]"""
        return self.rule.dose_gy if isinstance(self.rule, DoseRule) else self.rule.activity_bq

    @property
    def activity_bq(self) -> float:
        """Activity at which the dose of the rule is reached; infinite where no activity reaches it. [Bq]"""
        left = self.level - self.earlier
        return max(left, 0.0) / self.per_activity.value if self.per_activity.value else float("inf")

    def reached(self, activity_bq: float) -> float:
        """Mean absorbed dose at an activity, with that of earlier treatments. [Gy]; of a cap [Bq]"""
        return self.earlier + self.per_activity.value * activity_bq

    def is_met(self, activity_bq: float) -> bool:
        """Whether the limit is kept, or the target reached, at an activity."""
        reached, slack = self.reached(activity_bq), _ROUNDING * self.level
        return reached >= self.level - slack if self.rule.target else reached <= self.level + slack


def rules_for(product: str, situation: Situation, chosen: Iterable[str] | None = None) -> tuple[DoseRule, ...]:
    """Limits and targets of one product that the situation falls under.

    Parameters
    ----------
    product
        Key of the product.
    situation
        Intent, tumour type and liver function; also the hepatic reserve, a fraction.
    chosen
        Only these limits by name, beside those to the lungs; all that hold without it. Targets are not touched.

    Raises
    ------
    InputError
        If a chosen limit is unknown, belongs to another product, or does not hold in this situation.
    """
    holding = tuple(rule for rule in dose_rules() if rule.product == product and _holds(rule, situation))
    if chosen is None:
        return holding
    names = tuple(chosen)
    for name in names:
        _check_choice(name, product, holding)
    return tuple(r for r in holding if r.target or r.rule in names or r.volume.startswith("lung"))


def _check_choice(name: str, product: str, holding: tuple[DoseRule, ...]) -> None:
    known = {rule.rule: rule for rule in dose_rules() if not rule.target}
    if name not in known:
        raise InputError("the name of a known limit", f"{name!r} came", f"{product}, limits")
    if known[name].product != product:
        raise InputError(f"a limit of {product}", f"{name!r} came, a limit of {known[name].product}", "limits")
    if known[name] not in holding:
        raise InputError("a limit for this intent, tumour type and liver function", f"{name!r} came", "limits")


def _holds(rule: DoseRule, situation: Situation) -> bool:
    return (
        (rule.rule_set in situation.rule_sets or rule.rule_set in ALWAYS or rule.volume == "lung")
        and situation.intent in rule.intents
        and ("any" in rule.tumours or situation.tumour_type in rule.tumours)
        and all(_need(key, value, situation) for key, value in rule.needs.items())
    )


def _need(key: str, value: object, situation: Situation) -> bool:
    if isinstance(value, list):
        return situation.liver_function in value
    number = float(str(value))
    return {
        "bilirubin_from_mg_dl": situation.bilirubin_mg_dl >= number,
        "bilirubin_below_mg_dl": situation.bilirubin_mg_dl < number,
        "reserve_below": situation.hepatic_reserve < number,
        "reserve_above": situation.hepatic_reserve > number,
    }[key]


def constraints(
    rules: Iterable[DoseRule | LungActivityCap],
    per_activity: Mapping[str, Uncertain],
    method: str,
    earlier_gy: Mapping[str, float],
) -> tuple[Constraint, ...]:
    """Every rule at every place it speaks of, for one method.

    Parameters
    ----------
    rules
        As :func:`rules_for` found them, and caps of activity.
    per_activity
        Absorbed dose per activity by volume. [Gy/Bq]
    method
        ``one`` or ``multi``: rules of the other are left out.
    earlier_gy
        Absorbed doses of earlier treatments, by volume of the rule (``lung_cumulative``). [Gy]
    """
    return tuple(
        Constraint(rule, volume, per_activity[volume], earlier_gy.get(rule.volume, 0.0))
        for rule in rules
        if rule.method in {method, "any"}
        for volume in volumes_of(rule.volume, per_activity)
    )


def binding(limits: Iterable[Constraint]) -> Constraint:
    """The limit that allows the least activity.

    Raises
    ------
    InputError
        If there is none.
    """
    found = [constraint for constraint in limits if not constraint.rule.target]
    if not found:
        raise InputError("at least one limit for this plan", "none holds", "rule_sets")
    return min(found, key=lambda constraint: constraint.activity_bq)


def smallest_activity(target_gy: float, per_activity: Mapping[str, Uncertain]) -> tuple[float, str]:
    """Least activity that gives every tumour a mean absorbed dose, and the tumour that needs it.

    Parameters
    ----------
    target_gy
        [Gy]
    per_activity
        Absorbed dose per activity by volume. [Gy/Bq]

    Returns
    -------
    Activity [Bq] and the key of the tumour.
    """
    needed = {key: target_gy / per_activity[key].value for key in volumes_of("tumour", per_activity)}
    key = max(needed, key=needed.__getitem__)
    return needed[key], key
