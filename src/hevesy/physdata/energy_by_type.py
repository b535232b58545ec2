"""Mean energy per decay by type of radiation, with its uncertainty."""

from __future__ import annotations

from hevesy.physdata.backends import AbstractDecayLibrary
from hevesy.physdata.emissions import ChainMember, EmissionSpectrum
from hevesy.quantities import Uncertain, total

TYPES = {
    "beta": ("beta",),
    "conversion_auger": ("conversion_auger",),
    "gamma": ("gamma",),
    "x": ("x", "annihilation"),
    "alpha": ("alpha", "recoil"),
}
"""Types, as evaluations have them, and the kinds of emission in them: ``x`` holds annihilation photons, ``alpha`` the
recoils, ``beta`` both signs."""


def energy_by_type(members: tuple[ChainMember, ...], library: AbstractDecayLibrary) -> dict[str, Uncertain]:
    """Mean energies per decay of the parent, of every type and as ``total``. [MeV]

    The sources of uncertainty are named ``energy-TYPE:MEMBER``; where the library gives none, there are none.
    """
    found = {kind: total([_of_member(member, kind, library) for member in members]) for kind in TYPES}
    return {**found, "total": total(list(found.values()))}


def _of_member(member: ChainMember, kind: str, library: AbstractDecayLibrary) -> Uncertain:
    value = _energy_mev(library.spectra(member.name), TYPES[kind])
    uncertainty = (library.energy_uncertainties_mev(member.name) or {}).get(kind, 0.0)
    share = member.decays_per_parent
    return Uncertain(value * share, {f"energy-{kind}:{member.name}": uncertainty * share})


def _energy_mev(spectra: tuple[EmissionSpectrum, ...], kinds: tuple[str, ...]) -> float:
    return sum(spectrum.energy_mev for spectrum in spectra if spectrum.kind in kinds)
