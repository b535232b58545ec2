"""ENDF/B-VIII.1, the library of its own tables."""

from __future__ import annotations

import math
from functools import cache

from hevesy.domain import Citation
from hevesy.physdata.backends.decay_library import AbstractDecayLibrary
from hevesy.physdata.emissions import EmissionSpectrum
from hevesy.physdata.nuclide_emissions import own_spectra
from hevesy.physdata.nuclides import DecayMode, decay_data, known_decay_data
from hevesy.physdata.pair_branch import PAIR_BRANCH_Y90
from hevesy.physdata.tables_reader import read_toml, source_citation

_ENDS = "chain_ends_icrp107"
_TYPES = {"beta_minus": "beta", "beta_plus": "beta"}
_REMARKS = {
    "Y-90": f"internal pair production, {PAIR_BRANCH_Y90:g} per decay, is added after Selwyn et al. (2007), "
    "doi:10.1016/j.apradiso.2006.08.009",
    "Hf-177m": "the evaluated emissions, 1.52 MeV per decay, exceed the energy of the transition, 1.32 MeV",
    "Fr-221": "the evaluated alpha yields add up to 1.008, so that 0.8 % more energy is emitted than there is",
    "Th-227": "the evaluated emissions exceed the energy of the decay by 1.3 %",
    "Tc-99": "the evaluated mean beta energy, 55 keV, contradicts the shape of the spectrum, 85 keV",
}


@cache
def _spectra(name: str) -> tuple[EmissionSpectrum, ...]:
    return own_spectra(decay_data(name))


class EndfLibrary(AbstractDecayLibrary):
    """ENDF/B-VIII.1, decay sublibrary."""

    name = "endfb81"

    @property
    def citation(self) -> Citation:
        """Where the data come from."""
        return source_citation("endfb81")

    def names(self) -> tuple[str, ...]:
        """Radionuclides with emissions."""
        return known_decay_data()

    def half_life_s(self, name: str) -> float:
        """Half-life; infinite for what is neither in the library nor among the known ends of chains. [s]"""
        if name in known_decay_data():
            return decay_data(name).half_life_s
        return float(read_toml(_ENDS, "ends.toml").get(name, math.inf))

    def half_life_uncertainty_s(self, name: str) -> float | None:
        """Standard uncertainty. [s]"""
        return decay_data(name).half_life_uncertainty_s

    def modes(self, name: str) -> tuple[DecayMode, ...]:
        """Ways of decaying."""
        return decay_data(name).modes

    def spectra(self, name: str) -> tuple[EmissionSpectrum, ...]:
        """Everything that one decay of the nuclide itself sets free."""
        return _spectra(name)

    def energy_uncertainties_mev(self, name: str) -> dict[str, float] | None:
        """As evaluated, by type of radiation; beta particles of both signs as independent. [MeV]"""
        found: dict[str, float] = {}
        for kind, part in decay_data(name).energy_by_type.items():
            of_type = _TYPES.get(kind, kind)
            found[of_type] = math.hypot(found.get(of_type, 0.0), part.uncertainty_mev)
        return found

    def remarks(self, name: str) -> tuple[str, ...]:
        """What was added to the library or is known to be wrong in it."""
        return (_REMARKS[name],) if name in _REMARKS else ()
