"""Densities and elemental compositions of body tissues."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.tables_reader import read_toml, source_citation

_SOURCE = "tissues_icru"


@dataclass(frozen=True)
class Material:
    """One tissue."""

    name: str
    density_g_ml: float
    """[g/ml]"""
    mass_fractions: dict[str, float]
    """By element symbol; their sum is one."""
    note: str
    source: Citation


def known_materials() -> tuple[str, ...]:
    """Names of the tissues in the table."""
    return tuple(read_toml(_SOURCE, "tissues.toml"))


@cache
def _build(name: str) -> Material:
    entry = read_toml(_SOURCE, "tissues.toml")[name]
    total = math.fsum(entry["composition"].values())
    fractions = {element: percent / total for element, percent in entry["composition"].items()}
    return Material(name, entry["density"], fractions, entry.get("note", ""), source_citation(_SOURCE))


@cache
def _names() -> dict[str, str]:
    """Every name and alias, in lower case, and the tissue it stands for."""
    table = read_toml(_SOURCE, "tissues.toml")
    pairs = [(alias, name) for name, entry in table.items() for alias in (name, *entry.get("aliases", ()))]
    return {alias.lower(): name for alias, name in pairs}


def material(name: str) -> Material:
    """Density and composition of a tissue.

    Parameters
    ----------
    name
        Tissue or organ such as ``liver``; upper and lower case are one, and so are the meanings of standard codes
        such as ``Parotid gland``, as far as the table has a tissue for them.

    Raises
    ------
    InputError
        If the table does not hold it; the known ones are listed.
    """
    known = _names().get(name.strip().lower())
    if known is None:
        raise InputError(f"one of the tissues {'; '.join(known_materials())}", f"{name!r} came")
    return _build(known)


def reference_density(tissue: str) -> float:
    """Tabulated mass density of an adult tissue. [g/ml]

    Raises
    ------
    InputError
        If the table does not hold the tissue.
    """
    return material(tissue).density_g_ml
