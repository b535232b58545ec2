"""Deposits to add to an injected tumour: where, how much, and what they would give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import (
    DrawnDeposits,
    Margins,
    Rules,
    Wanted,
    influence,
    largest_factor,
    places,
    propose,
    share_covered,
    smallest_factor,
    sphere_radius_mm,
    spread_voxels,
)
from hevesy.workflow.tare.intratumoural.limits import HeldLimit, room_for
from hevesy.workflow.tare.intratumoural.settings import Addition, Prescription
from hevesy.workflow.tare.intratumoural.voxels import WorkingVoxels

Floats = NDArray[np.float64]
Voxels = NDArray[np.int64]

_TUMOUR_VOXELS = 1500
"""Voxels of the tumour that the programme looks at; the result is adjusted on all of them."""
_TIGHT = 5e-3
"""Room of a limit, relative to the activity, below which it binds."""
_SLACK = 1.001
"""More than it takes by this, so that rounding of the dose maps cannot undo the coverage."""
_MOST = 20.0
"""Largest factor of the adjustment."""

Outcome = Literal["not-needed", "reached", "not-reached", "no-place", "limit-exceeded-before"]


@dataclass(frozen=True)
class Case:
    """What the proposal follows from."""

    voxels: WorkingVoxels
    asked: Addition
    prescribed: Prescription
    limits: tuple[HeldLimit, ...]
    dose_gy: Floats
    """So far. Shape ``(z, y, x)``. [Gy]"""
    shares: Floats
    """Of a deposit's activity, in the voxels around its centre."""
    around: Floats
    """Dose around a deposit, one octant. [Gy/Bq]"""

    @property
    def staying(self) -> float:
        """Share of what is injected that stays."""
        return 1.0 - self.asked.leakage


@dataclass(frozen=True)
class Proposed:
    """What is to be added."""

    outcome: Outcome
    centres: Voxels
    """Voxel indices ``(z, y, x)``. Shape ``(n, 3)``."""
    staying_bq: Floats
    """Activity that has to stay in each. Shape ``(n,)``. [Bq]"""
    binding: tuple[str, ...]
    """What holds the activity back."""
    n_places: int
    """That keep the margins."""


def proposed_deposits(case: Case) -> Proposed:
    """Choose places and activities on evenly spread voxels of the tumour; see :func:`adjusted`.

    Nothing is proposed where the tumour is covered, a limit is exceeded already, or no place keeps the margins.
    """
    tumour, dose = case.voxels.tumour.mask, case.dose_gy
    if share_covered(dose[tumour], case.prescribed.dose) >= case.prescribed.coverage:
        return _nothing("not-needed", ())
    exceeded = tuple(one.name for one in case.limits if not one.kept(dose[one.mask]))
    if exceeded:
        return _nothing("limit-exceeded-before", exceeded)
    spacing = case.voxels.grid.spacing_mm
    radius = sphere_radius_mm(case.asked.volume)
    margins = Margins(case.asked.margin_to_surface, case.asked.margin_to_organs)
    centres = places(tumour, case.voxels.organ_mask, spacing, radius, margins, case.asked.pitch)
    if not len(centres):
        return _nothing("no-place", ("margins",))
    at = spread_voxels(tumour, _TUMOUR_VOXELS)
    asked = case.asked
    wanted = Wanted(
        prescribed_gy=case.prescribed.dose,
        lacking_gy=case.prescribed.dose - dose[tuple(at.T)],
        influence=influence(case.around, at, centres),
        rooms=tuple(room_for(one, dose, case.around, centres) for one in case.limits),
        largest_bq=asked.largest_activity * case.staying,
        available_bq=None if asked.available is None else asked.available * case.staying,
    )
    rules = Rules(asked.deposits, case.prescribed.coverage, 2.0 * radius)
    found = propose(wanted, centres * np.array(spacing[::-1]), rules)
    outcome: Outcome = "reached" if found.coverage >= case.prescribed.coverage else "not-reached"
    return Proposed(outcome, centres[list(found.chosen)], found.activities_bq, found.binding, len(centres))


def source_of(case: Case, found: Proposed) -> Floats:
    """Activity that the deposits lay down. Shape ``(z, y, x)``. [Bq]"""
    activity = np.zeros(case.voxels.grid.shape)
    half = [n // 2 for n in case.shares.shape]
    for centre, staying in zip(found.centres, found.staying_bq, strict=True):
        box = tuple(slice(int(c) - h, int(c) + h + 1) for c, h in zip(centre, half, strict=True))
        activity[box] += staying * case.shares
    return activity


def adjusted(
    case: Case, found: Proposed, added_gy: Floats, probability: Callable[[float], float] | None = None
) -> tuple[Proposed, float]:
    """Adjust all activities by one factor, on all voxels: as little as covers the tumour, within every limit.

    Parameters
    ----------
    case
        What the proposal follows from.
    found
        Places and activities.
    added_gy
        Dose map of them. Shape ``(z, y, x)``. [Gy]
    probability
        Of the coverage for a factor, where it has to be what was asked for.

    Returns
    -------
    The proposal, and the factor that its dose map is to be multiplied by.
    """
    if not len(found.staying_bq):
        return found, 0.0
    tumour, dose, asked = case.voxels.tumour.mask, case.dose_gy, case.asked
    injected = found.staying_bq / case.staying
    bounds = {"activity-of-a-deposit": asked.largest_activity / float(injected.max())}
    if asked.available is not None:
        bounds["activity-available"] = asked.available / float(injected.sum())
    for one in case.limits:
        before, more = dose[one.mask], added_gy[one.mask]
        bounds[one.name] = largest_factor(lambda f, b=before, m=more, o=one: o.kept(b + f * m), _MOST)  # type: ignore[misc]
    most = min(bounds.values())

    def covers(factor: float) -> bool:
        doses = dose[tumour] + factor * added_gy[tumour]
        enough = share_covered(doses, case.prescribed.dose) >= case.prescribed.coverage
        return enough and (probability is None or probability(factor) >= (asked.probability or 0.0))

    factor = smallest_factor(covers, min(most, _MOST))
    used = most if factor is None else min(factor * _SLACK, most)
    tight = [name for name, bound in bounds.items() if bound < used * (1.0 + _TIGHT)]
    binding = tuple(dict.fromkeys([*found.binding, *tight])) if factor is None else tuple(tight)
    if factor is None:
        binding = (*binding, "number-of-deposits" if len(found.centres) == asked.deposits else "places")
    outcome: Outcome = "not-reached" if factor is None else "reached"
    return replace(found, outcome=outcome, staying_bq=found.staying_bq * used, binding=binding), used


def drawn_deposits(case: Case, found: Proposed) -> DrawnDeposits | None:
    """The deposits with the uncertainty of place and activity; None where there are none."""
    if not len(found.staying_bq):
        return None
    return DrawnDeposits(
        around=case.around,
        centres=found.centres.astype(np.float64),
        activities_bq=found.staying_bq,
        placement_mm=case.asked.placement,
        relative=case.asked.activity_relative_standard_uncertainty,
    )


def _nothing(outcome: Outcome, binding: tuple[str, ...]) -> Proposed:
    return Proposed(outcome, np.zeros((0, 3), dtype=np.int64), np.zeros(0), binding, 0)
