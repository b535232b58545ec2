"""How much more fits under a limit: further cycles of the same activity, or the activity of one cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.quantities import Uncertain, combine, probability_above
from hevesy.report.limits_model import FurtherModel

Floats = NDArray[np.float64]

MOST_CYCLES = 100
_LARGEST_FACTOR = 1000.0
_HALVINGS = 60
_ASSUMPTION = (
    "{what} along the same curve with the same absorbed dose per activity, has the errors of this cycle, and repair is "
    "complete between cycles"
)


@dataclass(frozen=True)
class Room:
    r"""The dose to a region as a function of what else is given.

    A cycle with *k* times the activity gives :math:`k q + k^2 (w - q)`, with the whole dose *w* of this cycle and its
    part *q* that is linear in the activity.
    """

    earlier: Uncertain
    whole: Uncertain
    linear: Uncertain

    def dose(self, cycles: float, factor: float) -> Uncertain:
        """Earlier doses, whole cycles like this one, and one with a multiple of its activity. [Gy]"""
        of_whole, of_linear = cycles + factor**2, factor - factor**2
        value = self.earlier.value + of_whole * self.whole.value + of_linear * self.linear.value
        return combine(value, [(self.earlier, 1.0), (self.whole, of_whole), (self.linear, of_linear)])

    def probability(self, limit_gy: float, cycles: float, factor: float) -> float:
        """Probability that this exceeds a limit."""
        dose = self.dose(cycles, factor)
        return probability_above(dose, limit_gy) if dose.value > 0 else 0.0


@dataclass(frozen=True)
class DrawnRoom:
    """The same by draws. Shape ``(sample,)`` each. [Gy]"""

    earlier: Floats
    whole: Floats
    linear: Floats

    def dose(self, cycles: float, factor: float) -> Floats:
        """Earlier doses, whole cycles like this one, and one with a multiple of its activity. [Gy]"""
        result: Floats = self.earlier + (cycles + factor**2) * self.whole + (factor - factor**2) * self.linear
        return result

    def probability(self, limit_gy: float, cycles: float, factor: float) -> float:
        """Share of the draws above a limit."""
        return float(np.mean(self.dose(cycles, factor) > limit_gy))


def further(
    room: Room | DrawnRoom, limit_gy: float, risk: float, *, course: bool, net_activity_bq: float | None
) -> FurtherModel:
    """What fits under a limit at an accepted risk.

    Parameters
    ----------
    room
        The dose to the region.
    limit_gy
        [Gy]
    risk
        Probability of exceeding the limit that is accepted.
    course
        Whether this cycle and the earlier ones count; otherwise the question is what one cycle may have.
    net_activity_bq
        Of this cycle. [Bq]
    """
    given = 1.0 if course else 0.0
    what = "each further cycle runs" if course else "the cycle runs"
    factor = _largest(lambda k: room.probability(limit_gy, given, k), risk)
    return FurtherModel(
        risk=risk,
        cycles=_cycles(room, limit_gy, risk) if course else None,
        activity_bq=None if net_activity_bq is None else factor * net_activity_bq,
        reason="the administered activity is not known" if net_activity_bq is None else None,
        assumption=_ASSUMPTION.format(what=what),
    )


def _cycles(room: Room | DrawnRoom, limit_gy: float, risk: float) -> int:
    for more in range(1, MOST_CYCLES + 1):
        if room.probability(limit_gy, 1.0 + more, 0.0) > risk:
            return more - 1
    return MOST_CYCLES


def _largest(probability: Callable[[float], float], risk: float) -> float:
    """The largest factor whose probability is accepted, by halving: the probability only grows with it."""
    low, high = 0.0, _LARGEST_FACTOR
    if probability(low) > risk:
        return 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if probability(middle) <= risk else (low, middle)
    return low
