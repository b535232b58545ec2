"""The emissions of a nuclide, from its lines and its beta branches."""

from __future__ import annotations

import numpy as np

from hevesy.physdata.emissions import ChainMember, Emissions, EmissionSpectrum, Particle
from hevesy.physdata.nuclides import Line, Nuclide
from hevesy.physdata.pair_branch import with_pair_branch
from hevesy.physdata.spectra import beta_bins

ALPHA_MASS_U = 4.001506179
"""CODATA 2018."""


def line_spectrum(particle: Particle, kind: str, energies_mev: list[float], yields: list[float]) -> EmissionSpectrum:
    """A spectrum of lines."""
    energies = np.array(energies_mev, dtype=np.float64)
    return EmissionSpectrum(particle, kind, energies, energies, np.array(yields, dtype=np.float64))


def recoils(alphas: EmissionSpectrum, mass_number: int) -> EmissionSpectrum:
    """Energies of the nuclei that alpha particles leave, by the conservation of momentum.

    The mass of the nucleus is taken as its mass number; what that leaves out is under 0.01 % of the recoil energy.

    Parameters
    ----------
    alphas
        Lines.
    mass_number
        Of the parent.
    """
    share = ALPHA_MASS_U / (mass_number - 4)
    return EmissionSpectrum(Particle.RECOIL, "recoil", alphas.low_mev * share, alphas.high_mev * share, alphas.yields)


def _lines(particle: Particle, kind: str, lines: tuple[Line, ...]) -> EmissionSpectrum:
    return line_spectrum(particle, kind, [line.energy_mev for line in lines], [line.yield_per_decay for line in lines])


def _betas(nuclide: Nuclide) -> list[EmissionSpectrum]:
    found = []
    for particle in (Particle.ELECTRON, Particle.POSITRON):
        bins = beta_bins(nuclide, positron=particle is Particle.POSITRON)
        if bins is not None:
            found.append(EmissionSpectrum(particle, "beta", bins.low_mev, bins.high_mev, bins.yields))
    return found


def _heavy(nuclide: Nuclide) -> list[EmissionSpectrum]:
    if not nuclide.alpha_lines:
        return []
    alphas = _lines(Particle.ALPHA, "alpha", nuclide.alpha_lines)
    return [alphas, recoils(alphas, nuclide.a)]


def own_spectra(nuclide: Nuclide) -> tuple[EmissionSpectrum, ...]:
    """Everything that one decay of the nuclide itself sets free."""
    spectra = _betas(nuclide)
    if nuclide.electron_lines:
        spectra.append(_lines(Particle.ELECTRON, "conversion_auger", nuclide.electron_lines))
    for kind in sorted({line.kind for line in nuclide.photon_lines}):
        lines = tuple(line for line in nuclide.photon_lines if line.kind == kind)
        spectra.append(_lines(Particle.PHOTON, kind, lines))
    return with_pair_branch(nuclide.name, (*spectra, *_heavy(nuclide)))


def parent_emissions(nuclide: Nuclide) -> Emissions:
    """Emissions of the nuclide alone, per decay."""
    notes = (nuclide.note,) if nuclide.note else ()
    members = (ChainMember(nuclide.name, 1.0),)
    return Emissions(nuclide.name, own_spectra(nuclide), members, notes, (nuclide.source,))
