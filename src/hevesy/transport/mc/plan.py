"""The plan of a run: what is known before any batch, and what has to be sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.mc.fixed import Fixed
from hevesy.transport.mc.particles import Balance, Particles
from hevesy.transport.mc.source import Source

Floats = NDArray[np.float64]

Follow = Callable[[Particles, Particles, Floats], Balance]
"""Follow electrons and photons, with all that they set free, until nothing is left; add energy to the tally."""


@dataclass(frozen=True)
class Plan:
    """How a problem is answered."""

    fixed: Fixed
    electrons: Source
    photons: Source
    follow: Follow

    @property
    def known(self) -> bool:
        """Whether nothing has to be sampled."""
        return self.electrons.empty and self.photons.empty
