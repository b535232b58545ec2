r"""Where the activity of a treatment in fractions is: seen by region, not seen, and at most in the healthy liver.

After every fraction the image shows all that was given so far. Amounts :math:`q_{jR}` (holmium, or activity at one
reference moment) after fraction :math:`j` become activity at the moment of each injection,

.. math:: E_R = \sum_j (q_{jR} - q_{j-1,R})\, a_j

with the activity per amount :math:`a_j` of the fraction's batch at its injection: decay between fractions counts.
What was given and is not seen belongs to the healthy liver unless it is placed elsewhere:

.. math:: E_H^+ = E_H + (1 - p)\,\max(G - \textstyle\sum_R E_R, 0)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.quantities import Draws, Uncertain, combine, drawn, exact, scaled, total

Floats = NDArray[np.float64]
Number = TypeVar("Number", Uncertain, NDArray[np.float64])

HEALTHY, OUTSIDE = "healthy", "outside"
"""Healthy tissue of the treated volume, and liver outside it; every other region is a tumour."""
_RELATIVE = ("relaxivity", "map")
"""Kinds of sources that act on an amount as a factor; all others add to it."""


@dataclass(frozen=True)
class LiveFraction:
    """One fraction that was given, and what the image after it shows."""

    name: str
    delivered_bq: Uncertain
    """Given less residual, at the injection. [Bq]"""
    activity_per_amount: Uncertain
    """Of its batch at its injection. [Bq per unit of the amounts]"""
    amounts: Mapping[str, Uncertain]
    """Of all fractions up to this one, in the voxels that have a value, by region. [mg, or Bq at one moment]"""


@dataclass(frozen=True)
class Account(Generic[Number]):
    """Activities, each counted at the injection of its fraction: estimates, or draws of shape ``(sample,)``."""

    given: Number
    """[Bq]"""
    seen: Mapping[str, Number]
    """By region. [Bq]"""
    not_seen: Number
    """Given less seen; below zero where more is seen than was given. [Bq]"""
    healthy: Number
    """At most in the treated healthy liver. [Bq]"""
    whole: Number
    """What ``healthy`` is a part of: given, or seen where that is more. [Bq]"""


def account(fractions: Sequence[LiveFraction], placed: Mapping[str, float]) -> Account[Uncertain]:
    """Add up the fractions, to first order.

    Parameters
    ----------
    fractions
        In the order of their injections.
    placed
        Share of the activity that is not seen which lies elsewhere than in the healthy liver, by where. [1]

    Raises
    ------
    InputError
        If there is no fraction, or the shares are more than 1.
    """
    elsewhere = _elsewhere(fractions, placed)
    seen = {region: _seen(fractions, region) for region in fractions[-1].amounts}
    given = total([one.delivered_bq for one in fractions])
    all_seen = total(list(seen.values()))
    not_seen = total([given, scaled(all_seen, -1.0)])
    added = scaled(not_seen, 1.0 - elsewhere) if not_seen.value > 0 else exact(0.0)
    whole = given if not_seen.value > 0 else all_seen
    return Account(given, seen, not_seen, total([seen[HEALTHY], added]), whole)


def drawn_account(fractions: Sequence[LiveFraction], placed: Mapping[str, float], draws: Draws) -> Account[Floats]:
    """The same, drawn: positive numbers log-normal, noise and baseline normal, shared sources drawn once. [Bq]"""
    elsewhere = _elsewhere(fractions, placed)
    factors = [drawn(one.activity_per_amount, draws) for one in fractions]
    seen = {region: _drawn_seen(fractions, region, factors, draws) for region in fractions[-1].amounts}
    given = np.sum([drawn(one.delivered_bq, draws) for one in fractions], axis=0)
    all_seen = np.sum(list(seen.values()), axis=0)
    not_seen = given - all_seen
    healthy = seen[HEALTHY] + (1.0 - elsewhere) * np.maximum(not_seen, 0.0)
    return Account(given, seen, not_seen, healthy, np.maximum(given, all_seen))


def _elsewhere(fractions: Sequence[LiveFraction], placed: Mapping[str, float]) -> float:
    if not fractions:
        raise InputError("a fraction that was given", "none came", "fractions")
    shares = sum(placed.values())
    if shares > 1.0 + 1e-9:
        raise InputError("placed shares of 1 at most in all", f"{shares:g} came", "placed")
    return min(shares, 1.0)


def _seen(fractions: Sequence[LiveFraction], region: str) -> Uncertain:
    """Activity in the voxels of a region that have a value. [Bq]"""
    factors = [one.activity_per_amount for one in fractions]
    amounts = [one.amounts[region] for one in fractions]
    before = [exact(0.0), *amounts]
    value = sum((q.value - p.value) * a.value for q, p, a in zip(amounts, before, factors, strict=False))
    terms = [(a, q.value - p.value) for q, p, a in zip(amounts, before, factors, strict=False)]
    after = [*factors[1:], exact(0.0)]
    terms += [(q, a.value - b.value) for q, a, b in zip(amounts, factors, after, strict=True)]
    return combine(value, terms)


def _drawn_seen(fractions: Sequence[LiveFraction], region: str, factors: Sequence[Floats], draws: Draws) -> Floats:
    before: Floats = np.zeros(draws.samples)
    found: Floats = np.zeros(draws.samples)
    for one, factor in zip(fractions, factors, strict=True):
        amount = drawn_amount(one.amounts[region], draws)
        found = found + (amount - before) * factor
        before = amount
    return found


def drawn_amount(amount: Uncertain, draws: Draws) -> Floats:
    """Draws of an amount that noise may bring below zero; in its unit. Shape ``(sample,)``.

    The relaxivity and the scale of a map are factors (log-normal), every other source adds to it (normal).
    """
    value: Floats = np.full(draws.samples, amount.value)
    exponent: Floats = np.zeros(draws.samples)
    for source, component in amount.components.items():
        if source.partition(":")[0] in _RELATIVE:
            relative = component / amount.value
            exponent += np.sign(relative) * np.sqrt(np.log1p(relative**2)) * draws.normal(source)
        else:
            value = value + component * draws.normal(source)
    result: Floats = value * np.exp(exponent)
    return result
