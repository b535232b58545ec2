"""Territories, liver and tumours as drawn: what overlaps, leaves the liver or is left out is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

Floats = NDArray[np.float64]
TOLERANCE = 0.01
"""Of the volume of the smaller region: contours that touch share so much by the voxels alone."""


@dataclass(frozen=True)
class LiverShares:
    """Share of every voxel in each drawn volume. Shapes ``(z, y, x)``."""

    voxel_ml: float
    """[ml]"""
    liver: Floats
    """The whole liver with its tumours."""
    tumours: Mapping[str, Floats]
    territories: Mapping[str, Floats]
    """By injection position."""

    def ml(self, shares: Floats) -> float:
        """Volume of shares. [ml]"""
        return float(shares.sum()) * self.voxel_ml

    def part(self, tumour: str, position: str) -> Floats:
        """The part of a tumour that a territory perfuses."""
        return self.tumours[tumour] * self.territories[position]

    def share_of_tumour(self, tumour: str, position: str) -> float:
        """Of a tumour's volume, what a territory perfuses; 0 for what drawing alone makes touch."""
        share = float(self.part(tumour, position).sum() / self.tumours[tumour].sum())
        return share if share > TOLERANCE else 0.0

    def any_tumour(self) -> Floats:
        """Share of every voxel in some tumour."""
        return np.minimum(sum(self.tumours.values(), start=np.zeros_like(self.liver)), 1.0)

    def perfused(self) -> Floats:
        """Share of every voxel in some territory."""
        return np.minimum(sum(self.territories.values(), start=np.zeros_like(self.liver)), 1.0)

    def normal(self, position: str | None = None) -> Floats:
        """Normal tissue of a territory; of the whole liver for None."""
        whole = self.liver if position is None else self.territories[position]
        return np.asarray(whole * (1.0 - self.any_tumour()))


def check_territories(shares: LiverShares) -> None:
    """Refuse territories that overlap or leave the liver, and tumours that overlap or lie outside every territory.

    Raises
    ------
    InputError
        With the names and the volume.
    """
    for kind, parts in (("territories", shares.territories), ("tumours", shares.tumours)):
        for (a, first), (b, second) in combinations(parts.items(), 2):
            _refuse(
                shares, np.maximum(first + second - 1.0, 0.0), min(first.sum(), second.sum()),
                (f"{kind} that do not overlap", f"{a!r} and {b!r} share", kind),
            )  # fmt: skip
    for position, part in shares.territories.items():
        outside = np.maximum(part - shares.liver, 0.0)
        _refuse(
            shares, outside, part.sum(), ("territories within the liver", f"{position!r} leaves it by", "territories")
        )
    perfused = shares.perfused()
    for name, part in shares.tumours.items():
        outside = part * (1.0 - perfused)
        what = "outside every territory" if outside.sum() > 0.99 * part.sum() else "partly outside every territory"
        said = ("every tumour within the territories", f"{name!r} lies {what}:", "tumours")
        _refuse(shares, outside, part.sum(), said)


def _refuse(shares: LiverShares, wrong: Floats, whole: float, said: tuple[str, str, str]) -> None:
    expected, came, where = said
    if float(wrong.sum()) > TOLERANCE * whole:
        raise InputError(expected, f"{came} {shares.ml(wrong):.3g} ml", where)
