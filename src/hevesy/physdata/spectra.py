"""Beta spectra of a nuclide, from its branches."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hevesy.numerics.beta_spectrum import beta_spectrum
from hevesy.physdata.nuclides import BetaBranch, Nuclide

Floats = NDArray[np.float64]

_N_ENERGIES = 400
_N_BINS = 400


class BetaBins(NamedTuple):
    """One beta spectrum; within a bin every energy is as likely."""

    low_mev: Floats
    """Shape ``(n,)``. [MeV]"""
    high_mev: Floats
    yields: Floats
    """Particles per decay. Shape ``(n,)``."""

    @property
    def energies_mev(self) -> Floats:
        """Middles of the bins. Shape ``(n,)``. [MeV]"""
        return 0.5 * (self.low_mev + self.high_mev)


@cache
def _grid_and_spectrum(branch: BetaBranch, z: int, a: int) -> tuple[Floats, Floats]:
    """Middles of equal steps up to the endpoint [MeV], and particles per decay in each, of one branch."""
    daughter = -(z - 1) if branch.positron else z + 1
    energies = branch.endpoint_mev * (np.arange(_N_ENERGIES) + 0.5) / _N_ENERGIES
    density = beta_spectrum(energies, branch.endpoint_mev, daughter, a, branch.unique_order)
    return energies, branch.yield_per_decay * density / density.sum()


def _in_bins(branch: BetaBranch, nuclide: Nuclide, edges: Floats) -> Floats:
    """Particles of one branch in every bin, by its cumulative spectrum."""
    energies, particles = _grid_and_spectrum(branch, nuclide.z, nuclide.a)
    cumulative = np.concatenate([[0.0], np.cumsum(particles)])
    bounds = np.linspace(0.0, branch.endpoint_mev, energies.size + 1)
    return np.asarray(np.diff(np.interp(edges, bounds, cumulative)))


def tilted(energies: Floats, yields: Floats, energy_mev: float, steepest: float = 5.0) -> Floats:
    """The spectrum nearest to a given one, in relative entropy, with the same number and another energy.

    It is the given one times exp(a E), normalised; for small changes a shape factor 1 + a E.

    Parameters
    ----------
    energies
        Shape ``(n,)``. [MeV]
    yields
        Particles per decay. Shape ``(n,)``.
    energy_mev
        Wanted energy per decay. [MeV]
    steepest
        Largest a times the whole range of energies.

    Raises
    ------
    ValueError
        If the mean energy lies so far off that the spectrum and its mean cannot belong together.
    """
    number = float(yields.sum())
    wanted = energy_mev / number
    span = float(energies[-1])

    def at(slope: float) -> Floats:
        raised = yields * np.exp(slope * energies / span - max(slope, 0.0))
        return np.asarray(raised * (number / raised.sum()))

    def off(slope: float) -> float:
        return float(at(slope) @ energies) / number - wanted

    if off(-steepest) > 0.0 or off(steepest) < 0.0:
        raise ValueError(f"expected a mean energy near {off(0.0) + wanted:g} MeV, but {wanted:g} MeV came")
    return at(float(brentq(off, -steepest, steepest, xtol=1e-14)))


def beta_bins(nuclide: Nuclide, *, positron: bool) -> BetaBins | None:
    """The beta spectrum of one sign, of all branches together; None without any.

    The shapes are Fermi's (see :mod:`hevesy.numerics.beta_spectrum`). A smooth factor over the whole, of a few
    percent, brings the energy per decay to the evaluated one without changing the number of particles: it stands for
    what the shapes leave out (:func:`tilted`).
    """
    branches = [b for b in nuclide.beta_branches if b.positron is positron]
    if not branches:
        return None
    edges = np.linspace(0.0, max(branch.endpoint_mev for branch in branches), _N_BINS + 1)
    yields = np.sum([_in_bins(branch, nuclide, edges) for branch in branches], axis=0)
    low, high = edges[:-1], edges[1:]
    wanted = nuclide.energy_by_type["beta_plus" if positron else "beta_minus"].value_mev
    return BetaBins(low, high, tilted(0.5 * (low + high), yields, wanted))


def beta_energy_weights(nuclide: Nuclide) -> tuple[Floats, Floats]:
    """Energies of beta particles of either sign and the energy per decay that each stands for.

    Returns
    -------
    Energies [MeV] and energy per decay [MeV]. Shapes ``(n,)``; empty without beta decay.
    """
    spectra = [bins for positron in (False, True) if (bins := beta_bins(nuclide, positron=positron)) is not None]
    energies = [np.zeros(0), *(bins.energies_mev for bins in spectra)]
    weights = [np.zeros(0), *(bins.yields * bins.energies_mev for bins in spectra)]
    return np.concatenate(energies), np.concatenate(weights)


def unscaled_mean_beta_energy(nuclide: Nuclide) -> float:
    """Mean beta energy per decay by the Fermi shapes alone, to compare with the evaluation. [MeV]"""
    total = 0.0
    for branch in nuclide.beta_branches:
        energies, particles = _grid_and_spectrum(branch, nuclide.z, nuclide.a)
        total += float(energies @ particles)
    return total
