"""Densities, elemental compositions and mean excitation energies of body tissues and what surrounds them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.elements import additive_mean_excitation
from hevesy.physdata.tables_reader import read_toml, source_citation

_SOURCE = "tissues_icru"
_HOLMIUM = re.compile(r"(?P<tissue>.+) with (?P<mg>[0-9]*\.?[0-9]+) ?mg (?:ho|holmium)(?: per |/)ml")


@dataclass(frozen=True)
class Material:
    """One tissue or other medium."""

    name: str
    density_g_ml: float
    """[g/ml]"""
    mass_fractions: dict[str, float]
    """By element symbol; their sum is one."""
    note: str
    source: Citation
    tabulated_mean_excitation_ev: float | None = None
    """[eV]"""

    @property
    def mean_excitation_ev(self) -> float:
        """Mean excitation energy: as tabulated, else by Bragg's rule. [eV]"""
        return self.tabulated_mean_excitation_ev or additive_mean_excitation(self.mass_fractions)


def known_materials() -> tuple[str, ...]:
    """Names of the media in the table."""
    return tuple(read_toml(_SOURCE, "tissues.toml"))


@cache
def _build(name: str) -> Material:
    entry = read_toml(_SOURCE, "tissues.toml")[name]
    total = math.fsum(entry["composition"].values())
    fractions = {symbol: percent / total for symbol, percent in entry["composition"].items()}
    excitation = entry.get("mean_excitation_ev")
    return Material(name, entry["density"], fractions, entry.get("note", ""), source_citation(_SOURCE), excitation)


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", name).lower().split())


@cache
def _names() -> dict[str, str]:
    """Every name and alias in plain letters, and the medium it stands for."""
    table = read_toml(_SOURCE, "tissues.toml")
    return {_plain(alias): name for name, entry in table.items() for alias in (name, *entry.get("aliases", ()))}


def material(name: str, where: str = "") -> Material:
    """Density and composition of a tissue or other medium.

    Parameters
    ----------
    name
        Tissue or organ such as ``liver`` or ``cortical_bone``; upper and lower case are one, and so are underscore,
        hyphen and space, and the meanings of standard codes such as ``Parotid gland``, as far as the table has a tissue
        for them. ``liver_with_5mg_ho_per_ml`` is that tissue laden with holmium (:func:`holmium_laden`).
    where
        File or option, named in the error.

    Raises
    ------
    InputError
        If the table does not hold it; the known ones are listed.
    """
    plain = _plain(name)
    laden = _HOLMIUM.fullmatch(plain)
    if laden:
        return holmium_laden(material(laden["tissue"], where), float(laden["mg"]))
    known = _names().get(plain)
    if known is None:
        raise InputError(f"one of the media {'; '.join(known_materials())}", f"{name!r} came", where)
    return _build(known)


def reference_density(tissue: str) -> float:
    """Tabulated mass density of an adult tissue. [g/ml]

    Raises
    ------
    InputError
        If the table does not hold the tissue.
    """
    return material(tissue).density_g_ml


def holmium_laden(tissue: Material, holmium_mg_ml: float) -> Material:
    """A tissue that holds holmium, as after radioembolisation with holmium microspheres.

    The holmium's mass adds to that of the tissue, whose volume stays; the lactic acid of the microspheres counts as
    tissue.

    Parameters
    ----------
    tissue
        Before.
    holmium_mg_ml
        Mass of holmium per volume, between 0 and 500. [mg/ml]

    Raises
    ------
    InputError
        If the concentration is outside these bounds, or the tissue is vacuum.
    """
    if not 0.0 < holmium_mg_ml <= 500.0:
        raise InputError("holmium between 0 and 500 mg/ml", f"{holmium_mg_ml:g} mg/ml came")
    if not tissue.density_g_ml > 0.0:
        raise InputError("a tissue that holds holmium", f"{tissue.name!r} came")
    density = tissue.density_g_ml + holmium_mg_ml * 1e-3
    share = holmium_mg_ml * 1e-3 / density
    fractions = {symbol: fraction * (1.0 - share) for symbol, fraction in tissue.mass_fractions.items()}
    fractions["Ho"] = fractions.get("Ho", 0.0) + share
    name = f"{tissue.name} with {holmium_mg_ml:g} mg Ho/ml"
    return Material(name, density, fractions, "holmium added to the tissue's mass, its volume kept", tissue.source)
