"""Where to put further deposits, and how much into each, so that a tumour is covered and every limit holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from hevesy.decide.tare.intratumoural.activities import Priced, Wanted, priced_activities

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FIRST_PRICE, _LOWEST_PRICE = 0.1, 1e-3
"""Underdose that a unit of activity has to spare, at first and where the tumour cannot be covered otherwise; ratios."""
_HALVINGS = 12
_TRIED = 8
"""Places that are tried for a deposit that is moved, the most promising ones."""
_SWEEPS = 3
_BETTER = 1e-6
_NOT_WORTH_A_NEEDLE = 0.01
"""Share of the whole activity below which a deposit is left out."""


@dataclass(frozen=True)
class Rules:
    """How many deposits there may be, and what they have to reach."""

    most: int
    coverage: float
    """Share of the tumour that has to get the prescribed dose."""
    apart_mm: float
    """Least distance between the centres of two deposits. [mm]"""


@dataclass(frozen=True)
class Proposal:
    """Deposits at some of the places."""

    chosen: tuple[int, ...]
    """Places, as columns of the influence."""
    activities_bq: Floats
    """Shape ``(chosen,)``. [Bq]"""
    coverage: float
    """Share of the voxels of the problem that get the prescribed dose."""
    binding: tuple[str, ...]
    """What holds the activity back."""


def propose(wanted: Wanted, places_mm: Floats, rules: Rules) -> Proposal:
    """Choose places and activities: one place at a time by what activity there is worth, then moved one by one.

    The price of activity is the highest at which the wanted coverage is reached, so that no more activity is proposed
    than it takes; where none reaches it, the result is the best that the lowest price gives. The same input gives the
    same proposal. It is a good one; that no better one exists is not proved.

    Parameters
    ----------
    wanted
        The problem; at least one place.
    places_mm
        Centres that a deposit may have. Shape ``(place, 3)``. [mm]
    rules
        Number, coverage and distance.
    """
    near = cdist(places_mm, places_mm) < rules.apart_mm - 1e-9
    price = _FIRST_PRICE
    chosen: list[int] = []
    for _ in range(2):
        chosen = _moved(wanted, near, _added(wanted, near, chosen, price, rules.most), price)
        price = _price_for(wanted, chosen, rules.coverage)
    found = priced_activities(wanted, chosen, price)
    kept = [
        number
        for number, activity in enumerate(found.activities_bq)
        if activity > _NOT_WORTH_A_NEEDLE * found.activities_bq.sum()
    ]
    if len(kept) < len(chosen):
        chosen = [chosen[number] for number in kept]
        found = priced_activities(wanted, chosen, _price_for(wanted, chosen, rules.coverage))
    return Proposal(tuple(chosen), found.activities_bq, _coverage(wanted, chosen, found), found.binding)


def largest_factor(holds: Callable[[float], bool], largest: float) -> float:
    """Largest factor from zero up to a largest one for which something holds that fails from some factor on."""
    if holds(largest):
        return largest
    low, high = 0.0, largest
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def smallest_factor(holds: Callable[[float], bool], largest: float) -> float | None:
    """Smallest factor from zero up to a largest one from which on something holds; None where it never does."""
    if not holds(largest):
        return None
    if holds(0.0):
        return 0.0
    low, high = 0.0, largest
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _coverage(wanted: Wanted, chosen: list[int], found: Priced) -> float:
    dose = wanted.influence[:, chosen] @ found.activities_bq
    return float(np.count_nonzero(dose >= wanted.lacking_gy - 1e-9 * wanted.prescribed_gy)) / len(dose)


def _best(worth: Floats, near: Mask, chosen: list[int]) -> list[int]:
    """Free places that activity is worth adding at, the best first; of equal ones the first."""
    free = np.asarray(~near[:, chosen].any(axis=1), dtype=bool)
    order = np.argsort(-np.round(worth, 9), kind="stable")
    return [int(place) for place in order if free[place] and worth[place] > _BETTER]


def _added(wanted: Wanted, near: Mask, chosen: list[int], price: float, most: int) -> list[int]:
    """Fill up with places, each the one where activity is worth most."""
    chosen = list(chosen)
    while len(chosen) < most:
        best = _best(priced_activities(wanted, chosen, price).worth, near, chosen)
        if not best:
            break
        chosen.append(best[0])
    return chosen


def _moved(wanted: Wanted, near: Mask, chosen: list[int], price: float) -> list[int]:
    """Take each deposit out and put it where it does most, until nothing gets better."""
    if not chosen:
        return chosen
    objective = priced_activities(wanted, chosen, price).objective
    for _ in range(_SWEEPS):
        before = objective
        for number in range(len(chosen)):
            others = [place for k, place in enumerate(chosen) if k != number]
            worth = priced_activities(wanted, others, price).worth
            for place in _best(worth, near, others)[:_TRIED]:
                tried = [*others[:number], place, *others[number:]]
                reached = priced_activities(wanted, tried, price).objective
                if reached < objective - _BETTER:
                    chosen, objective = tried, reached
        if objective >= before - _BETTER:
            break
    return chosen


def _price_for(wanted: Wanted, chosen: list[int], coverage: float) -> float:
    """The highest price at which the coverage is reached, or the lowest one."""

    def covers(price: float) -> bool:
        return _coverage(wanted, chosen, priced_activities(wanted, chosen, price)) >= coverage

    if not chosen or not covers(_LOWEST_PRICE):
        return _LOWEST_PRICE
    low, high = np.log(_LOWEST_PRICE), 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if covers(float(np.exp(middle))) else (low, middle)
    return float(np.exp(low))
