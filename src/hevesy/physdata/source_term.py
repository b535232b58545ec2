"""The source term: everything emitted per decay of a parent, by its chain and its library of decay data."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np

from hevesy.physdata.backends import AbstractDecayLibrary, decay_library
from hevesy.physdata.chains import DecayChain, decay_chain
from hevesy.physdata.emissions import Emissions, EmissionSpectrum, Particle, merged


@cache
def source_term(name: str, chain: str | None = None, backend: str = "endfb81") -> Emissions:
    """Emissions per decay of the parent, its progeny as chosen.

    Parameters
    ----------
    name
        Radionuclide; ``177Lu`` and ``Lu177`` are understood as well.
    chain
        ``parent``, ``equilibrium`` or ``from:TIME``; None only where there is nothing to choose.
    backend
        Library of decay data: ``endfb81`` or ``icrp107``.

    Raises
    ------
    AdministrationError
        If the library does not hold the nuclide; the known ones are listed.
    InputError
        If a choice of the chain is needed and none came, or it or the backend is no known one.
    """
    library = decay_library(backend)
    return chain_emissions(decay_chain(name, chain, library), library)


def chain_emissions(chain: DecayChain, library: AbstractDecayLibrary) -> Emissions:
    """Emissions of all members of a chain, per decay of the parent."""
    parts: dict[tuple[Particle, str], list[EmissionSpectrum]] = defaultdict(list)
    for member in chain.members:
        for spectrum in library.spectra(member.name):
            parts[spectrum.particle, spectrum.kind].append(_times(spectrum, member.decays_per_parent))
    spectra = tuple(EmissionSpectrum(*key, *merged(tuple(found))) for key, found in parts.items())
    remarks = [f"{m.name}: {text}" for m in chain.members for text in library.remarks(m.name)]
    notice = [library.notice] if library.notice else []
    label = f"{chain.parent}, chain {chain.choice}"
    return Emissions(label, spectra, chain.members, (*chain.notes, *remarks, *notice), (library.citation,))


def _times(spectrum: EmissionSpectrum, factor: float) -> EmissionSpectrum:
    yields = np.asarray(spectrum.yields * factor)
    return EmissionSpectrum(spectrum.particle, spectrum.kind, spectrum.low_mev, spectrum.high_mev, yields)
