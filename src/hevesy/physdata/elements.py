"""Chemical elements as far as tissues need them: atomic number, weight, mean excitation energy within compounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hevesy.errors import InputError
from hevesy.physdata.tables_reader import read_toml

_SOURCE = "tissues_icru"


@dataclass(frozen=True)
class Element:
    """One chemical element."""

    symbol: str
    atomic_number: int
    atomic_weight_g_mol: float
    """[g/mol]"""
    mean_excitation_ev: float
    """Within a liquid or solid compound. [eV]"""


@cache
def element(symbol: str) -> Element:
    """One element by its symbol.

    Raises
    ------
    InputError
        If the table does not hold it; the known ones are listed.
    """
    table = read_toml(_SOURCE, "elements.toml")["elements"]
    if symbol not in table:
        raise InputError(f"one of the elements {', '.join(table)}", f"{symbol!r} came")
    number, weight, excitation = table[symbol]
    return Element(symbol, number, weight, excitation)


def electrons_per_gram(mass_fractions: Mapping[str, float]) -> dict[str, float]:
    """Moles of electrons that each element contributes to a gram. [mol/g]"""
    return {
        symbol: fraction * element(symbol).atomic_number / element(symbol).atomic_weight_g_mol
        for symbol, fraction in mass_fractions.items()
    }


def additive_mean_excitation(mass_fractions: Mapping[str, float]) -> float:
    r"""Mean excitation energy of a compound or mixture by Bragg's rule.

    .. math:: \ln I = \sum_j n_j \ln I_j \Big/ \sum_j n_j

    with :math:`n_j` the electrons of each element. Agrees with the tabulated values of tissues to about 1.5 %.

    Parameters
    ----------
    mass_fractions
        By element symbol.

    Returns
    -------
    [eV]

    References
    ----------
    .. [1] ICRU Report 37, Stopping Powers for Electrons and Positrons (1984), section 5.
    """
    electrons = electrons_per_gram(mass_fractions)
    weighted = math.fsum(n * math.log(element(symbol).mean_excitation_ev) for symbol, n in electrons.items())
    return math.exp(weighted / math.fsum(electrons.values()))
