"""Which plans are best: all of them where that is quick, otherwise by exchanging one time after the other."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.population.design import DesignProblem, Plan, plans_of
from hevesy.population.design_information import expected_uncertainty

Floats = NDArray[np.float64]

ALL_UP_TO = 12_000
"""Number of plans up to which every one is looked at."""
_STARTS = 8
_ROUNDS = 30


@dataclass(frozen=True)
class JudgedPlans:
    """Plans with their expected uncertainty, best first."""

    plans: tuple[Plan, ...]
    uncertainty: Floats
    """Expected relative standard uncertainty. Shape ``(plan, region)``. Fraction."""
    exhaustive: bool
    """Whether every plan was looked at."""


def criterion(per_region: Floats) -> Floats:
    """What plans are ranked by: the root mean square over the regions. Shape ``(..., region)`` to ``(...)``."""
    result: Floats = np.sqrt(np.mean(per_region**2, axis=-1))
    return result


def best_plans(
    problem: DesignProblem, candidates_h: Floats, visits: int, *, minimum_gap_h: float, keep: int
) -> JudgedPlans:
    """The best plans of that many visits by the expected uncertainty.

    Parameters
    ----------
    problem
        Population and errors.
    candidates_h
        Allowed times, increasing. Shape ``(candidate,)``. [h]
    visits
        Number of scans.
    minimum_gap_h
        Between two scans. [h]
    keep
        How many plans to return at most.

    Raises
    ------
    ValueError
        If no plan keeps the gap.
    """
    exhaustive = math.comb(candidates_h.size, visits) <= ALL_UP_TO
    if exhaustive:
        plans = list(plans_of(candidates_h, visits, minimum_gap_h))
    else:
        plans = _exchanged(problem, candidates_h, visits, minimum_gap_h)
    if not plans:
        raise ValueError(f"expected times for {visits} visits at least {minimum_gap_h:g} h apart, but there are none")
    uncertainty = expected_uncertainty(problem, plans, candidates_h)
    order = np.argsort(criterion(uncertainty), kind="stable")[:keep]
    return JudgedPlans(tuple(plans[k] for k in order), uncertainty[order], exhaustive)


def _exchanged(problem: DesignProblem, candidates_h: Floats, visits: int, gap_h: float) -> list[Plan]:
    """Every plan met on the way from several starts to where no single exchange helps."""
    met: dict[Plan, None] = {}
    for start in _starts(problem, candidates_h, visits, gap_h):
        plan = start
        for _ in range(_ROUNDS):
            near = _neighbours(plan, candidates_h, gap_h)
            values = criterion(expected_uncertainty(problem, near, candidates_h))
            met.update(dict.fromkeys(near))
            best = near[int(np.argmin(values))]
            if best == plan:
                break
            plan = best
    return list(met)


def _starts(problem: DesignProblem, candidates_h: Floats, visits: int, gap_h: float) -> list[Plan]:
    random = np.random.default_rng((problem.seed, 3))
    spread = np.linspace(0, candidates_h.size - 1, visits + 2)[1:-1].round().astype(int)
    tried = [spread, *(np.sort(random.choice(candidates_h.size, visits, replace=False)) for _ in range(40 * _STARTS))]
    plans = [tuple(candidates_h[picks].tolist()) for picks in tried]
    return [plan for plan in plans if _keeps(plan, gap_h)][:_STARTS]


def _keeps(plan: Plan, gap_h: float) -> bool:
    return all(later - earlier >= gap_h and later > earlier for earlier, later in itertools.pairwise(plan))


def _neighbours(plan: Plan, candidates_h: Floats, gap_h: float) -> list[Plan]:
    """The plan itself, and all that differ from it in one time."""
    found = {plan: None}
    for k in range(len(plan)):
        for time in candidates_h.tolist():
            moved = tuple(sorted((*plan[:k], time, *plan[k + 1 :])))
            if _keeps(moved, gap_h):
                found[moved] = None
    return list(found)
