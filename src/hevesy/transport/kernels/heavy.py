"""Alpha particles and recoils around a point: straight tracks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata import Emissions, Material, Particle, merged
from hevesy.physdata.matter.alphas import LARGEST_ALPHA_MEV, alpha_ranges

Floats = NDArray[np.float64]


def heavy_energy(emissions: Emissions, medium: Material, edges_cm: Floats) -> Floats:
    """Energy that alpha particles and recoils leave in shells around a point, per decay.

    Alpha particles lose energy along straight tracks by their stopping power, to the end of their range; straggling
    (1.5 % of the range) is neglected. Recoils, with ranges of about 0.1 micrometres, stay on the spot.

    Parameters
    ----------
    emissions
        Per decay of the parent.
    medium
        Composition and density.
    edges_cm
        Shape ``(shell + 1,)``. [cm]

    Returns
    -------
    Shape ``(shell,)``. [MeV]

    Raises
    ------
    InputError
        If an alpha particle has more than 10 MeV.
    """
    low, high, yields = merged(emissions.of(Particle.ALPHA))
    if high.size and float(high.max()) > LARGEST_ALPHA_MEV:
        raise InputError(f"alpha particles up to {LARGEST_ALPHA_MEV:g} MeV", f"{high.max():g} MeV came")
    table = alpha_ranges((medium,))
    ranges, depths = table.ranges_g_cm2[0], edges_cm * medium.density_g_ml
    within = np.zeros(len(edges_cm))
    for energy, number in zip((0.5 * (low + high)).tolist(), yields.tolist(), strict=True):
        left = np.maximum(table.of(0, energy) - depths, 0.0)
        roots = np.interp(left, ranges, np.sqrt(table.energies_mev))
        within += number * (energy - roots**2)
    deposited = np.diff(within)
    if emissions.of(Particle.RECOIL):
        deposited[0] += emissions.energy_mev(Particle.RECOIL)
    return np.asarray(deposited)
