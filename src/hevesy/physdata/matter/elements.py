"""Elements: atomic numbers, relative atomic masses and mean excitation energies."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.physdata.materials import Material


@dataclass(frozen=True)
class Element:
    """One chemical element."""

    z: int
    """Atomic number."""
    atomic_mass: float
    """Relative; the standard atomic weight. [g/mol]"""
    excitation_ev: float
    """Mean excitation energy of the element within a compound that is liquid or solid. [eV]"""


ELEMENTS = {
    "H": Element(1, 1.008, 19.2),
    "C": Element(6, 12.011, 81.0),
    "N": Element(7, 14.007, 82.0),
    "O": Element(8, 15.999, 106.0),
    "F": Element(9, 18.998, 112.0),
    "Na": Element(11, 22.990, 1.13 * 149.0),
    "Mg": Element(12, 24.305, 1.13 * 156.0),
    "Al": Element(13, 26.982, 1.13 * 166.0),
    "Si": Element(14, 28.085, 1.13 * 173.0),
    "P": Element(15, 30.974, 1.13 * 173.0),
    "S": Element(16, 32.06, 1.13 * 180.0),
    "Cl": Element(17, 35.45, 180.0),
    "Ar": Element(18, 39.95, 188.0),
    "K": Element(19, 39.098, 1.13 * 190.0),
    "Ca": Element(20, 40.078, 1.13 * 191.0),
    "Ti": Element(22, 47.867, 1.13 * 233.0),
    "Fe": Element(26, 55.845, 1.13 * 286.0),
    "Zn": Element(30, 65.38, 1.13 * 330.0),
    "I": Element(53, 126.90, 1.13 * 491.0),
    "Ho": Element(67, 164.93, 1.13 * 650.0),
}
"""Standard atomic weights: IUPAC 2021, doi:10.1515/pac-2019-0603. Mean excitation energies: S. M. Seltzer,
M. J. Berger, Int. J. Appl. Radiat. Isot. 33 (1982) 1189, doi:10.1016/0020-708X(82)90244-7: 1.13 times that of the
element where the compound has no value of its own."""


def element(symbol: str) -> Element:
    """An element by its symbol.

    Raises
    ------
    InputError
        If the table does not hold it; the known ones are listed.
    """
    if symbol not in ELEMENTS:
        raise InputError(f"one of the elements {' '.join(ELEMENTS)}", f"{symbol!r} came")
    return ELEMENTS[symbol]


def atoms_per_gram(material: Material) -> dict[str, float]:
    """Atoms of every element in a gram, in units of 1e24, so that times barn it is cm2/g. [1e24/g]"""
    return {
        symbol: share * 0.602214076 / element(symbol).atomic_mass for symbol, share in material.mass_fractions.items()
    }
