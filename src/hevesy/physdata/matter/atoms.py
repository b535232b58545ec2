"""Atoms and electrons in a gram."""

from __future__ import annotations

import math

from hevesy.physdata.constants import AVOGADRO
from hevesy.physdata.elements import element
from hevesy.physdata.materials import Material

SOURCE = "electrons_endfb81"
"""Folder of the table of electron interactions."""


def atoms_per_gram(material: Material) -> dict[str, float]:
    """Atoms of every element in a gram; times barn it is cm2/g. [1e24/g]"""
    return {
        symbol: share * AVOGADRO / element(symbol).atomic_weight_g_mol
        for symbol, share in material.mass_fractions.items()
    }


def electrons_per_gram(material: Material) -> float:
    """Electrons in a gram. [1e24/g]"""
    return math.fsum(n * element(symbol).atomic_number for symbol, n in atoms_per_gram(material).items())
