"""A phantom: organs in order of precedence, in one coordinate frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Side
from hevesy.physdata.phantoms.measure import volume
from hevesy.physdata.phantoms.solids import AbstractSolid, Difference, Union

LPS_MM_FROM_PHANTOM_CM: NDArray[np.float64] = np.diag([10.0, 10.0, 10.0, 1.0])
LPS_MM_FROM_PHANTOM_CM.flags.writeable = False
"""Phantom axes are those of DICOM: x to the patient's left, y to the back, z to the head. Only the unit changes."""


class Medium(StrEnum):
    """What an organ is made of, for CT numbers and transport."""

    SOFT_TISSUE = "soft tissue"
    ADIPOSE = "adipose tissue"
    LUNG = "lung"
    BONE = "bone"
    SPONGIOSA = "spongiosa"
    WATER = "water"


@dataclass(frozen=True)
class Organ:
    """One organ: an implicit solid with its medium."""

    name: str
    solid: AbstractSolid
    """In the phantom's frame. [cm]"""
    medium: Medium
    density_g_ml: float
    """[g/ml]"""
    side: Side = Side.NONE
    published_volume_ml: float | None = None
    """As the source publishes it, to check the equations against. [ml]"""


@dataclass(frozen=True)
class Phantom:
    """Organs in order of precedence: where two overlap, the earlier one owns the place."""

    name: str
    organs: tuple[Organ, ...]
    source: str

    def __post_init__(self) -> None:
        names = [organ.name for organ in self.organs]
        if len(set(names)) != len(names):
            raise ValueError(f"expected each organ once, but {sorted(names)} came")

    def organ(self, name: str) -> Organ:
        """The organ with this name.

        Raises
        ------
        KeyError
            If there is none; the message lists those there are.
        """
        for organ in self.organs:
            if organ.name == name:
                return organ
        raise KeyError(f"expected one of {', '.join(o.name for o in self.organs)}, but {name!r} came")

    def exclusive(self, name: str) -> AbstractSolid:
        """What the organ owns: its solid without the organs that come before it."""
        organ = self.organ(name)
        before = self.organs[: self.organs.index(organ)]
        return without(organ.solid, (o.solid for o in before))

    def with_first(self, organs: Iterable[Organ]) -> Phantom:
        """The phantom with further organs (lesions) that come before all others."""
        return replace(self, organs=(*organs, *self.organs))


def without(solid: AbstractSolid, removed: Iterable[AbstractSolid]) -> AbstractSolid:
    """A solid without those others whose boxes it meets."""
    low, high = np.array(solid.bounds)
    meeting = tuple(o for o in removed if (np.array(o.bounds[0]) < high).all() and (np.array(o.bounds[1]) > low).all())
    return Difference(solid, Union(meeting)) if meeting else solid


def mass_g(organ: Organ) -> float:
    """Mass of the organ's whole solid. [g]"""
    return volume(organ.solid) * organ.density_g_ml
