"""How the progeny of a radionuclide counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hevesy.errors import InputError
from hevesy.quantities import parse_quantity

CHAIN_WORDS = "parent, equilibrium or from:TIME (such as from:6h)"


class ChainRule(StrEnum):
    """Ways of counting progeny."""

    PARENT = "parent"
    """The nuclide and the isomers shorter than an hour that it feeds."""
    EQUILIBRIUM = "equilibrium"
    """Every decay of the parent is followed by those of all progeny that does not outlive it."""
    FROM = "from"
    """All decays from a time after the parent was pure, progeny that had grown in by then included."""


@dataclass(frozen=True)
class ChainChoice:
    """A rule and its time."""

    rule: ChainRule
    time_s: float = 0.0
    """Since the parent was pure, for ``from``. [s]"""


def parse_chain(text: str, where: str = "--chain") -> ChainChoice:
    """Read ``parent``, ``equilibrium`` or ``from:TIME``.

    Raises
    ------
    InputError
        If it is none of them, or the time has no unit or is negative.
    """
    word = text.strip()
    if word in {ChainRule.PARENT, ChainRule.EQUILIBRIUM}:
        return ChainChoice(ChainRule(word))
    if not word.startswith("from:"):
        raise InputError(CHAIN_WORDS, f"{text!r} came", where)
    time_s = parse_quantity(word.removeprefix("from:"), "time", where)
    if time_s < 0:
        raise InputError("a time from zero on", f"{text!r} came", where)
    return ChainChoice(ChainRule.FROM, time_s)
