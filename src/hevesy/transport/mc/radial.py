"""Energy deposited around a point source in an unbounded medium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RadialKernel:
    """Energy per shell around a point source that emits one particle at a time."""

    edges_cm: Floats
    """Radii of the shells, increasing. Shape ``(shell + 1,)``. [cm]"""
    energy_mev: Floats
    """Energy deposited per particle emitted (per unit of the sum of the yields). Shape ``(shell,)``. [MeV]"""
    standard_uncertainty_mev: Floats
    """Statistical, from batches. Shape ``(shell,)``. [MeV]"""

    def __post_init__(self) -> None:
        shells = (len(self.edges_cm) - 1,)
        if self.energy_mev.shape != shells or self.standard_uncertainty_mev.shape != shells:
            raise ValueError(f"expected energies and uncertainties of {shells[0]} shells")
        if self.edges_cm[0] < 0 or (np.diff(self.edges_cm) <= 0).any():
            raise ValueError("expected radii that increase from zero or more")

    @property
    def cumulative_mev(self) -> Floats:
        """Energy deposited within each outer radius, from the innermost edge on. Shape ``(shell,)``. [MeV]"""
        return np.cumsum(self.energy_mev)
