"""Beta spectra of a nuclide, from its branches."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.beta_spectrum import beta_spectrum
from hevesy.physdata.nuclides import BetaBranch, Nuclide

Floats = NDArray[np.float64]

_N_ENERGIES = 400


@cache
def _grid_and_spectrum(branch: BetaBranch, z: int, a: int) -> tuple[Floats, Floats]:
    """Energies and yield-weighted density of one branch. [MeV], [1/MeV]"""
    daughter = -(z - 1) if branch.positron else z + 1
    energies = branch.endpoint_mev * (np.arange(_N_ENERGIES) + 0.5) / _N_ENERGIES
    density = beta_spectrum(energies, branch.endpoint_mev, daughter, a, branch.unique_order)
    return energies, branch.yield_per_decay * density


def beta_energy_weights(nuclide: Nuclide) -> tuple[Floats, Floats]:
    """Energies of beta particles and the energy per decay that each stands for.

    The shapes are Fermi's (see :mod:`hevesy.numerics.beta_spectrum`); electrons and positrons are each scaled so that
    their sum is the evaluated mean energy per decay.

    Returns
    -------
    Energies [MeV] and energy per decay [MeV]. Shapes ``(n,)``; empty without beta decay.
    """
    energies, weights = [np.zeros(0)], [np.zeros(0)]
    for positron, kind in ((False, "beta_minus"), (True, "beta_plus")):
        branches = [b for b in nuclide.beta_branches if b.positron is positron]
        pairs = [_grid_and_spectrum(branch, nuclide.z, nuclide.a) for branch in branches]
        if not pairs:
            continue
        grid = np.concatenate([energy for energy, _ in pairs])
        energy_weights = np.concatenate([energy * density * (energy[1] - energy[0]) for energy, density in pairs])
        energies.append(grid)
        weights.append(energy_weights * nuclide.energy_by_type[kind].value_mev / energy_weights.sum())
    return np.concatenate(energies), np.concatenate(weights)


def unscaled_mean_beta_energy(nuclide: Nuclide) -> float:
    """Mean beta energy per decay by the Fermi shapes alone, to compare with the evaluation. [MeV]"""
    total = 0.0
    for branch in nuclide.beta_branches:
        energies, density = _grid_and_spectrum(branch, nuclide.z, nuclide.a)
        total += float(np.sum(energies * density) * (energies[1] - energies[0]))
    return total
