"""How finely point kernels are computed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

Report = Callable[[str, int, int], None]
"""Told the progress: what, how much is done, how much there is."""


@dataclass(frozen=True)
class KernelSettings:
    """How finely and how well point kernels are computed."""

    lowest_mev: float = 1e-3
    """[MeV]"""
    highest_mev: float = 5.0
    """[MeV]"""
    electron_energies: int = 44
    electron_shells: int = 240
    electron_reach: float = 1.2
    """Of the shells, in ranges."""
    electron_histories: int = 10000
    photon_energies: int = 100
    photon_shells: int = 200
    photon_reach: tuple[float, float] = (1e-4, 60.0)
    """First edge after zero and last edge of the shells, in mean free paths."""
    photon_histories: int = 20000
    seed: int = 20240830


def settings_note(settings: KernelSettings) -> str:
    """The settings as text, the same for the same settings."""
    return json.dumps(asdict(settings), sort_keys=True)
