"""Limits of dose in words."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.report import numbers
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.limits_model import FurtherModel, LimitModel

_QUANTITIES = {"absorbed-dose": "absorbed dose", "bed": "BED", "eqd2": "EQD2"}


def quantity_words(limit: LimitModel) -> str:
    """The quantity with its alpha/beta."""
    ratio = "" if limit.alpha_beta_gy is None else f" (α/β {limit.alpha_beta_gy:g} Gy)"
    return f"{_QUANTITIES[limit.quantity]}{ratio}"


def dose_words(limit: LimitModel) -> str:
    """The dose that counts, with its standard uncertainty; a dash where there is none. [Gy]"""
    return numbers.estimate(
        EstimateModel(value=limit.dose_gy, standard_uncertainty=limit.standard_uncertainty_gy, unit="Gy")
    )


def probability_words(limit: LimitModel) -> str:
    """The probability of exceeding a limit in percent, never rounded to certainty."""
    p = limit.probability_of_exceeding
    if p is None:
        return numbers.MISSING
    if p < 0.001:
        return "under 0.1 %"
    return "over 99.9 %" if p > 0.999 else numbers.percent(p)


def further_words(further: FurtherModel, scope: str) -> str:
    """What still fits; it rests on ``further.assumption``."""
    parts = []
    if further.cycles is not None:
        parts.append(f"{further.cycles} further cycle{'' if further.cycles == 1 else 's'} of the same activity")
    if further.activity_bq is not None:
        whose = "one further cycle" if scope == "course" else "one cycle"
        parts.append(f"{numbers.significant(further.activity_bq / 1e9)} GBq in {whose}")
    elif further.reason:
        parts.append(f"no activity, as {further.reason}")
    return f"{' or '.join(parts)} at a risk of {numbers.percent(further.risk)}"


def assumptions(limits: Sequence[LimitModel]) -> list[str]:
    """What the answers to how much still fits rest on, each once."""
    return list(dict.fromkeys(one.further.assumption for one in limits if one.further is not None))


def limit_lines(limits: Sequence[LimitModel]) -> list[str]:
    """One line for each limit, one more for what still fits, and what that rests on."""
    lines = []
    for limit in limits:
        head = f"{limit.region}: limit of {limit.value_gy:g} Gy {quantity_words(limit)} per {limit.scope}"
        if not limit.evaluated:
            lines.append(f"{head}: {limit.reason}")
            continue
        before = f", {limit.earlier_gy:.3g} Gy of it earlier" if limit.earlier_gy else ""
        lines.append(f"{head}: {dose_words(limit)} Gy{before}; probability of exceeding it {probability_words(limit)}")
        if limit.further is not None:
            lines.append(f"  fits: {further_words(limit.further, limit.scope)}")
    return lines + [f"what fits assumes that {told}" for told in assumptions(limits)]
