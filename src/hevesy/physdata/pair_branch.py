"""The electron-positron pairs of Y-90, which evaluated decay data leave out."""

from __future__ import annotations

import numpy as np

from hevesy.numerics.beta_spectrum import ELECTRON_MASS_MEV, fermi_function
from hevesy.physdata.emissions import EmissionSpectrum, Particle

PAIR_BRANCH_Y90 = 3.186e-5
"""Positrons per decay: internal pair production from the 1.761 MeV 0+ level of Zr-90. Standard uncertainty 0.047e-5.

R. G. Selwyn, R. J. Nickles, B. R. Thomadsen, L. A. DeWerd, J. A. Micka, A new internal pair production branching ratio
of 90Y, Appl. Radiat. Isot. 65 (2007) 318, doi:10.1016/j.apradiso.2006.08.009
"""
PAIR_BRANCH_UNCERTAINTY_Y90 = 4.7e-7
"""Its standard uncertainty."""
_LEVEL_MEV = 1.7607
"""The first 0+ level of Zr-90, as the conversion lines of the evaluation have it."""
_Z, _A = 40, 90
_N_BINS = 50


def with_pair_branch(name: str, spectra: tuple[EmissionSpectrum, ...]) -> tuple[EmissionSpectrum, ...]:
    """Add the pairs of Y-90 and take as many conversion electrons of the same transition away; others stay as they are.

    The two particles share the energy of the transition less their masses, after the formula of monopole pairs,
    p+ p- (W+ W- - 1) in units of the electron mass, times the Fermi functions of both.
    """
    if name != "Y-90":
        return spectra
    kept = tuple(_without_pairs(s) if s.kind == "conversion_auger" else s for s in spectra)
    return (*kept, *_pairs())


def _without_pairs(spectrum: EmissionSpectrum) -> EmissionSpectrum:
    """Every decay of the level gives one conversion electron or one pair."""
    of_level = (spectrum.low_mev > _LEVEL_MEV - 0.02) & (spectrum.low_mev < _LEVEL_MEV)
    total = float(spectrum.yields[of_level].sum())
    yields = np.where(of_level, spectrum.yields * (1.0 - PAIR_BRANCH_Y90 / total), spectrum.yields)
    return EmissionSpectrum(spectrum.particle, spectrum.kind, spectrum.low_mev, spectrum.high_mev, yields)


def _pairs() -> tuple[EmissionSpectrum, ...]:
    """Electrons, positrons and annihilation photons; mirrored, since both share one energy."""
    shared = _LEVEL_MEV - 2.0 * ELECTRON_MASS_MEV
    edges = np.linspace(0.0, shared, _N_BINS + 1)
    positrons = 0.5 * (edges[:-1] + edges[1:]) / ELECTRON_MASS_MEV + 1.0
    electrons = positrons[::-1]
    shape = np.sqrt((positrons**2 - 1.0) * (electrons**2 - 1.0)) * (positrons * electrons - 1.0)
    shape *= fermi_function(positrons, -_Z, _A) * fermi_function(electrons, _Z, _A)
    yields = shape * (PAIR_BRANCH_Y90 / shape.sum())
    rest = np.array([ELECTRON_MASS_MEV])
    return (
        EmissionSpectrum(Particle.ELECTRON, "conversion_auger", edges[:-1], edges[1:], yields[::-1].copy()),
        EmissionSpectrum(Particle.POSITRON, "beta", edges[:-1], edges[1:], yields),
        EmissionSpectrum(Particle.PHOTON, "annihilation", rest, rest, np.array([2.0 * PAIR_BRANCH_Y90])),
    )
