"""Doses of different kinds are different types and never mix.

Absorbed dose, biologically effective dose and EQD2 are all in Gy; equivalent and effective dose in Sv. Adding or
comparing two of different kinds raises ``TypeError``; converting is a named function in :mod:`hevesy.biology`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from hevesy.quantities.uncertain import Uncertain, scaled, total


@dataclass(frozen=True)
class _Dose:
    """A dose of one kind, with its uncertainty."""

    estimate: Uncertain
    unit: ClassVar[str] = ""

    def _same_kind(self, other: object) -> Self:
        if type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} and {type(other).__name__} are different kinds and never mix")
        return other

    def __add__(self, other: object) -> Self:
        return type(self)(total([self.estimate, self._same_kind(other).estimate]))

    def __lt__(self, other: object) -> bool:
        return self.estimate.value < self._same_kind(other).estimate.value

    def __gt__(self, other: object) -> bool:
        return self.estimate.value > self._same_kind(other).estimate.value

    def times(self, factor: float) -> Self:
        """Multiply by an exact number."""
        return type(self)(scaled(self.estimate, factor))

    @property
    def value(self) -> float:
        """Value in the unit of the kind."""
        return self.estimate.value


@dataclass(frozen=True)
class AbsorbedDose(_Dose):
    """Mean absorbed dose to a region. [Gy]"""

    unit: ClassVar[str] = "Gy"


@dataclass(frozen=True)
class Bed(_Dose):
    """Biologically effective dose. [Gy]"""

    unit: ClassVar[str] = "Gy"


@dataclass(frozen=True)
class Eqd2(_Dose):
    """Equivalent dose in 2 Gy fractions. [Gy]"""

    unit: ClassVar[str] = "Gy"


@dataclass(frozen=True)
class EquivalentDose(_Dose):
    """Equivalent dose (radiation protection). [Sv]"""

    unit: ClassVar[str] = "Sv"


@dataclass(frozen=True)
class EffectiveDose(_Dose):
    """Effective dose (radiation protection). [Sv]"""

    unit: ClassVar[str] = "Sv"
