"""Fluorescence after photoelectric absorption in the K and L shells, as lists of lines to draw from.

A vacancy of K sends out at most one photon of its own, and after a line from the L shell or an Auger electron at
most one of an outer shell, with the expected number that the cascade gives. Vacancies of M and farther shells, and
every line below 1 keV, leave their energy on the spot, as Auger electrons do. The two photons of a vacancy are drawn
apart from each other: in a rare pair they carry up to 4 % more than the bond held (lead; 2 % for iodine), which the
spot then lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.photon_elements import SHELLS, PhotonElement, photon_element

Floats = NDArray[np.float64]

_ALPHA_BELOW = 0.95
"""Lines of K under this share of the hardest one come from the L shell (0.83 to 0.93 of it, and 0.97 on for others)."""


@dataclass(frozen=True)
class Emitters:
    """Shells whose vacancies send out photons, and their lines."""

    symbols: tuple[str, ...]
    """Element of every emitter."""
    shells: tuple[str, ...]
    line_ranges: NDArray[np.int64]
    """First line, end of the own lines, end of the lines that follow. Shape ``(emitter, 3)``."""
    line_energies: Floats
    """[MeV]"""
    line_cumulative: Floats
    """Chance of the lines of a group up to each."""
    follow_below: Floats
    """Only after an own line below this energy, or none, another may follow. Shape ``(emitter,)``. [MeV]"""
    bindings: Floats
    """Binding energy of the shell. Shape ``(emitter,)``. [MeV]"""
    mean_energies: Floats
    """Energy of the photons per vacancy. Shape ``(emitter,)``. [MeV]"""

    def shares(self, elements: tuple[PhotonElement, ...], moles: Floats, energies: Floats) -> Floats:
        """Share of photoelectric events in a mixture that befall each emitter. Shape ``(energy, emitter)``."""
        shares = np.zeros((len(energies), len(self.symbols)))
        if not elements:
            return shares
        whole = sum(n * e.at("photoelectric", energies) for e, n in zip(elements, moles, strict=True))
        for element, n in zip(elements, moles, strict=True):
            for i, (symbol, shell) in enumerate(zip(self.symbols, self.shells, strict=True)):
                if symbol == element.symbol:
                    shares[:, i] = n * element.at(shell, energies) / whole
        return shares


@dataclass(frozen=True)
class _Shell:
    """Lines of one vacancy: its own, and those that may follow."""

    symbol: str
    shell: str
    own: Floats
    follow: Floats
    follow_below: float


def _shell(element: PhotonElement, number: int) -> _Shell | None:
    rows = element.lines[element.lines[:, 0] == number]
    if not len(rows):
        return None
    own, follow = rows[rows[:, 1] == 1][:, 2:], rows[rows[:, 1] == 0][:, 2:]
    if not len(own):
        return _Shell(element.symbol, SHELLS[number - 1], follow, own, 0.0)
    below = _ALPHA_BELOW * float(own[-1, 0])
    without = 1.0 - float(own[own[:, 0] >= below, 1].sum())
    follow = np.stack([follow[:, 0], follow[:, 1] / without], axis=1)
    return _Shell(element.symbol, SHELLS[number - 1], own, follow, below)


@cache
def emitters_of(symbols: tuple[str, ...]) -> Emitters:
    """All emitters among some elements."""
    found = [_shell(photon_element(symbol), number) for symbol in symbols for number in (1, 2, 3, 4)]
    shells = [shell for shell in found if shell is not None]
    ranges, energies, cumulative, means, at = [], [np.zeros(0)], [np.zeros(0)], [], 0
    for shell in shells:
        middle, end = at + len(shell.own), at + len(shell.own) + len(shell.follow)
        ranges.append((at, middle, end))
        energies += [shell.own[:, 0], shell.follow[:, 0]]
        cumulative += [np.cumsum(shell.own[:, 1]), np.cumsum(shell.follow[:, 1])]
        hard = shell.own[shell.own[:, 0] >= shell.follow_below, 1].sum() if len(shell.follow) else 0.0
        means.append(shell.own[:, 0] @ shell.own[:, 1] + (1.0 - hard) * (shell.follow[:, 0] @ shell.follow[:, 1]))
        at = end
    return Emitters(
        tuple(shell.symbol for shell in shells),
        tuple(shell.shell for shell in shells),
        np.array(ranges, dtype=np.int64).reshape(-1, 3),
        np.concatenate(energies),
        np.concatenate(cumulative),
        np.array([shell.follow_below for shell in shells], dtype=np.float64),
        np.array([photon_element(s.symbol).curves[s.shell][0][0] for s in shells], dtype=np.float64),
        np.array(means, dtype=np.float64),
    )
