"""Energy between radii around a point, with its uncertainty."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions
from hevesy.transport.kernels.decay_data import EnergyUncertainty
from hevesy.transport.kernels.point_kernel import (
    BREMSSTRAHLUNG_UNCERTAINTY,
    PHOTON_UNCERTAINTY,
    RANGE_UNCERTAINTY,
    SHELLS_CM,
    RadialPart,
    point_kernel,
    stretched,
)
from hevesy.transport.kernels.point_table import PointKernelTable

Floats = NDArray[np.float64]


def shell_energies(
    emissions: Emissions, table: PointKernelTable, edges_cm: Floats, energies: EnergyUncertainty | None = None
) -> tuple[Floats, Floats]:
    """Energy per decay in shells around a point in an unbounded medium, and its standard uncertainty.

    Parameters
    ----------
    emissions
        Per decay of the parent.
    table
        Kernels of single energies in the medium.
    edges_cm
        Radii of the shells, increasing, from zero or more. Shape ``(shell + 1,)``. [cm]
    energies
        Uncertainty of the energies per decay; they are taken as exact without it.

    Returns
    -------
    Energy and standard uncertainty: statistics, ranges, photons, and the energies per decay. Shapes ``(shell,)``. [MeV]
    """
    fine = np.union1d(SHELLS_CM, edges_cm)
    kernel = point_kernel(emissions, table, fine)

    def between(values: Floats) -> Floats:
        return np.diff(np.interp(edges_cm, fine, np.concatenate([[0.0], np.cumsum(values)])))

    def by_range(part: RadialPart) -> Floats:
        return between(stretched(part, fine, 1.0 + RANGE_UNCERTAINTY).energy_mev - part.energy_mev)

    parts = (kernel.electron, kernel.bremsstrahlung, kernel.photon, kernel.heavy)
    electron, bremsstrahlung, photon, heavy = (between(part.energy_mev) for part in parts)
    given = energies or EnergyUncertainty({}, {}, {})
    terms = (
        by_range(kernel.electron),
        by_range(kernel.heavy),
        BREMSSTRAHLUNG_UNCERTAINTY * bremsstrahlung,
        PHOTON_UNCERTAINTY * photon,
        math.hypot(*given.electron.values()) * (electron + bremsstrahlung),
        math.hypot(*given.photon.values()) * photon,
        math.hypot(*given.heavy.values()) * heavy,
    )
    variance = between(np.sum([part.variance_mev2 for part in parts], axis=0)) + np.sum(np.square(terms), axis=0)
    return electron + bremsstrahlung + photon + heavy, np.sqrt(np.maximum(variance, 0.0))
