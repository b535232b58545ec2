"""Limits of organs at risk near an injected tumour: what is reached, and what room deposits have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.decide.tare import Room, dose_covering, influence, spread_voxels
from hevesy.workflow.tare.intratumoural.settings import Organ, OrganLimit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Voxels = NDArray[np.int64]

_NEAREST, _HELD, _SPREAD = 4000, 400, 1500
"""Voxels of an organ that are looked at, that a maximum is held at, and that a mean is taken over."""


@dataclass(frozen=True)
class HeldLimit:
    """One limit of one organ on the voxels of the map."""

    organ: str
    limit: OrganLimit
    mask: Mask
    voxel_ml: float

    @property
    def name(self) -> str:
        """In messages and documents."""
        what = f"hottest {self.limit.volume:g} ml" if self.limit.volume is not None else self.limit.measure
        return f"{self.organ}: {what}"

    def reached(self, doses_gy: Floats) -> float:
        """The measure of the doses of the organ's voxels. [Gy]"""
        if self.limit.measure == "mean":
            return float(doses_gy.mean())
        share = 0.0 if self.limit.volume is None else self.limit.volume / (self.voxel_ml * doses_gy.size)
        return dose_covering(doses_gy, min(max(share, 1.0 / doses_gy.size), 1.0))

    def kept(self, doses_gy: Floats) -> bool:
        """Whether the doses of the organ's voxels keep it."""
        return self.reached(doses_gy) <= self.limit.dose * (1.0 + 1e-9)


def held_limits(organs: tuple[Organ, ...], masks: dict[str, Mask], voxel_ml: float) -> list[HeldLimit]:
    """Every limit of every organ."""
    return [HeldLimit(organ.name, one, masks[organ.name], voxel_ml) for organ in organs for one in organ.limits]


def room_for(held: HeldLimit, dose_gy: Floats, around: Floats, centres: Voxels) -> Room:
    """What a limit still leaves for deposits at places.

    A maximum, and the voxels beyond the hottest part, are held at the voxels that are nearest to any place or have
    most already; a mean is taken over evenly spread voxels.

    Parameters
    ----------
    held
        The limit.
    dose_gy
        So far. Shape ``(z, y, x)``. [Gy]
    around
        Dose around a deposit for its activity. [Gy/Bq]
    centres
        Places. Shape ``(place, 3)``.
    """
    if held.limit.measure == "mean":
        at = spread_voxels(held.mask, _SPREAD)
        before = float(dose_gy[held.mask].mean())
        return Room(held.name, np.array([held.limit.dose - before]), _mean_influence(around, at, centres))
    at = _exposed(held.mask, dose_gy, centres)
    doses, by_place = dose_gy[tuple(at.T)], influence(around, at, centres)
    left_out = 0 if held.limit.volume is None else max(int(held.limit.volume / held.voxel_ml + 1e-9) - 1, 0)
    order = np.argsort(-(doses / held.limit.dose + by_place.max(axis=1) / by_place.max()), kind="stable")
    rows = order[left_out : left_out + _HELD]
    return Room(held.name, held.limit.dose - doses[rows], by_place[rows])


def _mean_influence(around: Floats, at: Voxels, centres: Voxels) -> Floats:
    parts = [influence(around, at, centres[first : first + 200]).mean(axis=0) for first in range(0, len(centres), 200)]
    return np.concatenate(parts)[None, :]


def _exposed(mask: Mask, dose_gy: Floats, centres: Voxels) -> Voxels:
    """The nearest voxels to any place, and those with the highest dose so far."""
    away = np.ones(mask.shape, dtype=bool)
    away[tuple(centres.T)] = False
    voxels = np.argwhere(mask).astype(np.int64)
    distance = ndimage.distance_transform_edt(away)[tuple(voxels.T)]
    near = np.argsort(distance, kind="stable")[:_NEAREST]
    hot = np.argsort(-dose_gy[tuple(voxels.T)], kind="stable")[:_HELD]
    return voxels[np.union1d(near, hot)]
