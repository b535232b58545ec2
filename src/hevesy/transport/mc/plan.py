"""The plan of a run: what is known before any batch, and what has to be sampled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.mc.fixed import Fixed
from hevesy.transport.mc.particles import Balance, Particles
from hevesy.transport.mc.source import Draw, Source, sample

Floats = NDArray[np.float64]

Follow = Callable[[Particles, Particles, Floats], Balance]
"""Follow electrons and photons, with all that they set free, until nothing is left; add energy to the tally."""
Run = Callable[[Draw, Draw, Floats], Balance]
"""The same for electrons and photons still to be drawn. The tally is all zero before; what is counted beforehand is
neither in it nor in the balance."""


def drawn(follow: Follow) -> Run:
    """Draw particles on the processor, then follow them."""

    def run(electrons: Draw, photons: Draw, tally: Floats) -> Balance:
        groups = sample(electrons, tally), sample(photons, tally)
        taken = -float(tally.sum())
        balance = follow(*groups, tally)
        return replace(balance, emitted=balance.emitted - taken)

    return run


@dataclass(frozen=True)
class Plan:
    """How a problem is answered."""

    fixed: Fixed
    electrons: Source
    photons: Source
    run: Run

    @property
    def known(self) -> bool:
        """Whether nothing has to be sampled."""
        return self.electrons.empty and self.photons.empty
