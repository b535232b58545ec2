r"""Activities of deposits at given places: as little underdose as they are worth, within every limit.

With the dose that is lacking at voxels of the tumour and the dose of each deposit for its activity, one linear
programme is solved:

.. math:: \min_{x \ge 0} \; \kappa \sum_c x_c + \frac1N \sum_v s_v, \qquad s_v \ge \ell_v - \sum_c K_{vc} x_c,
          \quad s_v \ge 0, \quad \sum_c O_{oc} x_c \le r_o

in units of the prescribed dose and of the activity that gives it to the tumour on average. The price :math:`\kappa`
is dimensionless: one at which nothing is worth adding, near zero everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_TIGHT = 1e-7
"""Of a dual value that counts, and of an activity at its bound."""


@dataclass(frozen=True)
class Room:
    """What a limit still leaves, at the voxels that it holds for or on average."""

    name: str
    room_gy: Floats
    """From zero on. Shape ``(row,)``. [Gy]"""
    influence: Floats
    """Dose of a deposit at each place. Shape ``(row, place)``. [Gy/Bq]"""


@dataclass(frozen=True)
class Wanted:
    """What deposits are wanted for, and what holds them back."""

    prescribed_gy: float
    lacking_gy: Floats
    """Dose that a voxel of the tumour lacks; below zero where it has enough. Shape ``(voxel,)``. [Gy]"""
    influence: Floats
    """Dose of a deposit at each place. Shape ``(voxel, place)``. [Gy/Bq]"""
    rooms: tuple[Room, ...]
    largest_bq: float
    """Of one deposit. [Bq]"""
    available_bq: float | None
    """Of all; None where nothing but the limits holds them back. [Bq]"""

    @property
    def unit_bq(self) -> float:
        """Activity that gives the prescribed dose to the tumour on average, from the best place. [Bq]"""
        return self.prescribed_gy / float(self.influence.mean(axis=0).max())


@dataclass(frozen=True)
class Priced:
    """Activities at some of the places, and what more would be worth."""

    activities_bq: Floats
    """Shape ``(chosen,)``. [Bq]"""
    objective: float
    worth: Floats
    """What a unit of activity at each place would gain, beyond its price; a ratio. Shape ``(place,)``."""
    binding: tuple[str, ...]
    """Limits that hold the activity back, and ``activity-of-a-deposit`` and ``activity-available``."""


def priced_activities(wanted: Wanted, chosen: Sequence[int], price: float) -> Priced:
    """Solve for the activities of deposits at chosen places.

    Parameters
    ----------
    wanted
        The problem.
    chosen
        Places, as columns of the influence.
    price
        Of activity against underdose, a ratio above zero.

    References
    ----------
    .. [1] Q. Huangfu, J. A. J. Hall, Math. Prog. Comp. 10 (2018) 119, doi:10.1007/s12532-017-0130-5 (the solver)
    """
    scaled = _Scaled.of(wanted)
    if not len(chosen):
        underdose = float(scaled.lacking.sum()) / scaled.n_voxels
        return Priced(np.zeros(0), underdose, scaled.influence.sum(axis=0) / scaled.n_voxels - price, ())
    columns = np.asarray(chosen, dtype=np.int64)
    solved = _solve(scaled, columns, price)
    worth, binding = _worth(scaled, solved.duals, price)
    if (solved.activities > scaled.largest * (1.0 - _TIGHT)).any():
        binding.append("activity-of-a-deposit")
    return Priced(solved.activities * wanted.unit_bq, solved.objective, worth, tuple(binding))


@dataclass(frozen=True)
class _Solved:
    """Activities in their unit, and what a little more room of each row would gain."""

    activities: Floats
    objective: float
    duals: Floats


@dataclass(frozen=True)
class _Scaled:
    """The problem in units of the prescribed dose and of the activity that gives it."""

    n_voxels: int
    lacking: Floats
    """Of the cold voxels alone."""
    influence: Floats
    rooms: tuple[Room, ...]
    largest: float
    available: float | None

    @classmethod
    def of(cls, wanted: Wanted) -> _Scaled:
        """Scale."""
        unit, prescribed = wanted.unit_bq, wanted.prescribed_gy
        cold = wanted.lacking_gy > 0
        factor = unit / prescribed
        return cls(
            n_voxels=len(wanted.lacking_gy),
            lacking=wanted.lacking_gy[cold] / prescribed,
            influence=wanted.influence[cold] * factor,
            rooms=tuple(
                replace(room, room_gy=np.maximum(room.room_gy, 0.0) / prescribed, influence=room.influence * factor)
                for room in wanted.rooms
            ),
            largest=wanted.largest_bq / unit,
            available=None if wanted.available_bq is None else wanted.available_bq / unit,
        )


def _solve(scaled: _Scaled, columns: Indices, price: float) -> _Solved:
    """The programme in the activities of the columns and the underdose of every cold voxel."""
    n, n_cold = len(columns), len(scaled.lacking)
    held = [room.influence[:, columns] for room in scaled.rooms]
    sides = [-scaled.lacking, *(room.room_gy for room in scaled.rooms)]
    if scaled.available is not None:
        held.append(np.ones((1, n)))
        sides.append(np.array([scaled.available]))
    rows = np.concatenate([-scaled.influence[:, columns], *held])
    underdose = sparse.eye_array(len(rows), n_cold)
    upper: Any = sparse.hstack([sparse.csr_array(rows), -underdose], format="csr")
    cost = np.concatenate([np.full(n, price), np.full(n_cold, 1.0 / scaled.n_voxels)])
    most = np.concatenate([np.full(n, scaled.largest), np.full(n_cold, np.inf)])
    bounds = np.column_stack([np.zeros(len(cost)), most])
    solved: Any = linprog(cost, upper, np.concatenate(sides), bounds=bounds, method="highs")  # type: ignore[call-overload]  # no sparse rows
    if solved.status != 0:
        raise RuntimeError(f"the linear programme of the activities was not solved: {solved.message}")
    activities = np.asarray(solved.x[:n], dtype=np.float64)
    return _Solved(activities, float(solved.fun), -np.asarray(solved.ineqlin.marginals, dtype=np.float64))


def _worth(scaled: _Scaled, duals: Floats, price: float) -> tuple[Floats, list[str]]:
    """What a unit of activity at each place would gain beyond its price, and the limits that hold it back."""
    at = len(scaled.lacking)
    worth = duals[:at] @ scaled.influence - price
    binding = []
    for room in scaled.rooms:
        part = duals[at : at + len(room.room_gy)]
        worth -= part @ room.influence
        if (part > _TIGHT).any():
            binding.append(room.name)
        at += len(room.room_gy)
    if scaled.available is not None:
        worth -= duals[at]
        if duals[at] > _TIGHT:
            binding.append("activity-available")
    return worth, binding
