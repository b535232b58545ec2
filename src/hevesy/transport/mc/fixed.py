"""Energy that is known before any batch: what kernels spread, and heavy particles along their tracks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Particle
from hevesy.transport.mc.heavy import deposit_heavy
from hevesy.transport.mc.problem import Places, Problem

Floats = NDArray[np.float64]

_HEAVY_UNCERTAINTY = 1e-2
"""Statistical, of the energy of alpha particles in a voxel."""


@dataclass
class Fixed:
    """Sums that grow while a plan is made."""

    energy_mev: Floats
    """Deposited. Shape ``(z, y, x)``. [MeV]"""
    variance_mev2: Floats
    """Shape ``(z, y, x)``. [MeV2]"""
    emitted_mev: float = 0.0
    """Energy that is accounted for here. [MeV]"""
    escaped_mev: float = 0.0

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Fixed:
        """Nothing yet."""
        return cls(np.zeros(shape), np.zeros(shape))


def deposit_rest(problem: Problem, places: Places, fixed: Fixed) -> None:
    """Add alpha particles and recoils of some places, track by track."""
    if not problem.emissions.energy_mev(Particle.ALPHA, Particle.RECOIL) > 0 or not len(places.voxels):
        return
    decays = np.zeros(problem.decays.size)
    decays[places.voxels] = places.decays
    heavy = deposit_heavy(
        problem.geometry,
        problem.emissions,
        decays.reshape(problem.decays.shape),
        relative_uncertainty=_HEAVY_UNCERTAINTY,
        seed=problem.settings.seed,
    )
    fixed.energy_mev += heavy.energy_mev
    fixed.variance_mev2 += heavy.variance_mev2
    fixed.emitted_mev += heavy.balance.emitted
    fixed.escaped_mev += heavy.balance.escaped
