"""A limit to the healthy liver that the plan states itself: one stricter than the product's, or the one of a trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hevesy.decide.tare.limits import Situation, rules_for
from hevesy.errors import InputError
from hevesy.physdata import DoseRule, Sourced, trial_limits
from hevesy.physdata.microsphere_rules import INTENTS, RULE_SETS, TrialLimit

_VOLUME = "normal_perfused"
_WHERE = "healthy_liver_limit"


def stated_limit(product: str, situation: Situation, dose_gy: float) -> DoseRule:
    """A limit of the plan's own to the normal tissue of every perfused volume.

    Parameters
    ----------
    product
        Key of the product.
    situation
        Intent, tumour type and liver function; every rule set counts.
    dose_gy
        [Gy]

    Raises
    ------
    InputError
        If it lies above the product's own.
    """
    every = rules_for(product, replace(situation, rule_sets=RULE_SETS))
    own = min((r for r in every if r.volume == _VOLUME and not r.target), key=lambda r: r.dose_gy)
    if dose_gy > own.dose_gy:
        allowed = f"a limit of at most {own.dose_gy:g} Gy ({own.rule}), or a plan that names its trial"
        raise InputError(allowed, f"{dose_gy:g} Gy came", f"{product}, {_WHERE}")
    return _rule("stated", product, dose_gy, Sourced("stated in the plan", "stated"), "")


def trial_limit(product: str, trial: str, dose_gy: float | None, perfused_share: float) -> DoseRule:
    """The limit of a trial, which takes the place of the product's own limits to the liver.

    Parameters
    ----------
    product, trial
        Key of the product and name of the trial.
    dose_gy
        The level of the trial. [Gy]
    perfused_share
        Of the liver, in all territories. [1]

    Raises
    ------
    InputError
        If the trial is unknown or of another product, has no such level, or more of the liver is perfused.
    """
    known = {one.trial: one for one in trial_limits() if one.product == product}
    if trial not in known:
        names = ", ".join(known) or "none is known"
        raise InputError(f"a trial of {product} ({names})", f"{trial!r} came", "trial")
    found = known[trial]
    levels = ", ".join(f"{level:g}" for level in found.doses_gy)
    if dose_gy not in found.doses_gy:
        came = "none came" if dose_gy is None else f"{dose_gy:g} Gy came"
        raise InputError(f"one of the limits {levels} Gy of {trial}", came, f"{product}, {_WHERE}")
    _check_share(found, perfused_share)
    return _rule(f"trial-{trial}", product, dose_gy, found.source, found.note)


def _check_share(found: TrialLimit, share: float) -> None:
    if share > found.perfused_share_to * (1.0 + 1e-9):
        allowed = f"at most {100 * found.perfused_share_to:.1f} % of the liver perfused for {found.trial}"
        raise InputError(allowed, f"{100 * share:.1f} % came", "territories")


def _rule(name: str, product: str, dose_gy: float, source: Sourced, note: str) -> DoseRule:
    return DoseRule(
        rule=name, product=product, target=False, volume=_VOLUME, method="multi", dose_gy=dose_gy, to_gy=None,
        strict=False, intents=INTENTS, tumours=("any",), needs={}, source=source, rule_set=source.status, note=note,
    )  # fmt: skip


def with_trial(rules: Iterable[DoseRule], own: DoseRule) -> tuple[DoseRule, ...]:
    """Rules of a plan with those to the normal liver replaced by a trial's."""
    kept = (r for r in rules if r.target or r.volume not in {_VOLUME, "whole_normal"})
    return (*kept, own)
