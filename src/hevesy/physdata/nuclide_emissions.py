"""The emissions of a nuclide, from its lines and its beta branches."""

from __future__ import annotations

import numpy as np

from hevesy.physdata.emissions import ChainMember, Emissions, EmissionSpectrum, Particle
from hevesy.physdata.nuclides import Line, Nuclide
from hevesy.physdata.spectra import beta_energy_weights


def _lines(particle: Particle, kind: str, lines: tuple[Line, ...]) -> EmissionSpectrum:
    energies = np.array([line.energy_mev for line in lines], dtype=np.float64)
    yields = np.array([line.yield_per_decay for line in lines], dtype=np.float64)
    return EmissionSpectrum(particle, kind, energies, energies, yields)


def parent_emissions(nuclide: Nuclide) -> Emissions:
    """Emissions of the nuclide alone, per decay."""
    spectra = []
    energies, weights = beta_energy_weights(nuclide)
    if energies.size:
        spectra.append(EmissionSpectrum(Particle.ELECTRON, "beta", energies, energies, weights / energies))
    if nuclide.electron_lines:
        spectra.append(_lines(Particle.ELECTRON, "conversion_auger", nuclide.electron_lines))
    for kind in sorted({line.kind for line in nuclide.photon_lines}):
        lines = tuple(line for line in nuclide.photon_lines if line.kind == kind)
        spectra.append(_lines(Particle.PHOTON, kind, lines))
    notes = (nuclide.note,) if nuclide.note else ()
    return Emissions(nuclide.name, tuple(spectra), (ChainMember(nuclide.name, 1.0),), notes, (nuclide.source,))
