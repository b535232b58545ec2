"""Decay chains: how often every member decays per decay of the parent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hevesy.errors import InputError
from hevesy.numerics.bateman import atoms_per_first
from hevesy.physdata.backends.decay_library import AbstractDecayLibrary
from hevesy.physdata.chain_choice import CHAIN_WORDS, ChainChoice, ChainRule, parse_chain
from hevesy.physdata.emissions import ChainMember

SHORT_ISOMER_S = 3600.0
"""Isomers of shorter half-life that a nuclide feeds always count with it. [s]"""
LONG_LIVED_S = 1000.0 * 365.25 * 86400.0
"""Progeny of longer half-life counts as stable: of Tc-99, less than one atom in 6000 decays within 50 years. [s]"""
_LATEST = 60.0
"""Half-lives of the parent after which none of it is left to count by."""
STAYS = "daughters are taken to decay where the parent decayed"


class _Path(NamedTuple):
    """One way from the parent to a member."""

    members: tuple[str, ...]
    """The parent first."""
    branching: float
    """Product of the branchings on the way."""


class EndReason(StrEnum):
    """Why a radioactive daughter and what follows it do not count."""

    NO_DATA = "no decay data"
    OUTLIVES = "outlives the parent, so it is never in equilibrium with it"
    LONG_LIVED = "so long-lived that it counts as stable"


@dataclass(frozen=True)
class ChainEnd:
    """Where a chain ends at a radioactive daughter."""

    name: str
    per_parent: float
    """Its atoms per decay of the parent."""
    reason: EndReason


@dataclass(frozen=True)
class DecayChain:
    """A parent and what counts of its progeny."""

    parent: str
    choice: str
    """``parent``, ``equilibrium``, or ``from`` and the time in seconds."""
    members: tuple[ChainMember, ...]
    """The parent first, then in order of their generation."""
    uncounted: tuple[str, ...]
    """Progeny that the choice leaves out."""
    ends: tuple[ChainEnd, ...]
    """Radioactive daughters that could not be counted, nor what follows them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions, what is left out and where the chain is cut, in words."""
        stays = [STAYS] if len(self.members) > 1 else []
        uncounted = [f"progeny is not counted: {', '.join(self.uncounted)}"] if self.uncounted else []
        ends = [
            f"the chain ends at {e.name} ({e.per_parent:.3g} per decay of the parent): {e.reason}" for e in self.ends
        ]
        return (*stays, *uncounted, *ends)


def progeny(name: str, library: AbstractDecayLibrary) -> tuple[str, ...]:
    """Radioactive progeny other than isomers that count with the nuclide in any case, with decay data or without."""
    always = _isomers(name, library)
    found = dict.fromkeys(path.members[-1] for path in _paths(name, library, math.inf) if len(path.members) > 1)
    stable = {member for member in found if library.half_life_s(member) >= LONG_LIVED_S}
    return tuple(m for m in found if m not in {*always, *stable} and not _is_short_isomer_of(name, m, library))


def decay_chain(name: str, chain: str | None, library: AbstractDecayLibrary) -> DecayChain:
    """Members of the chain of a nuclide and their decays per decay of the parent.

    Parameters
    ----------
    name
        The parent.
    chain
        ``parent``, ``equilibrium`` or ``from:TIME``; None where the nuclide has no progeny to choose about.
    library
        Half-lives and branchings, all of one library.

    Raises
    ------
    AdministrationError
        If the library does not hold the nuclide.
    InputError
        If a choice is needed and none came, it is no known one, or no progeny can be in equilibrium with the parent.
    """
    parent = library.named(name)
    others = progeny(parent, library)
    if chain is None:
        if others:
            raise InputError(
                f"a choice how the progeny of {parent} ({', '.join(others)}) counts: {CHAIN_WORDS}",
                "none came",
                "--chain",
            )
        chain = ChainRule.PARENT
    return _by_choice(parent, parse_chain(chain), others, library)


def _by_choice(parent: str, choice: ChainChoice, others: tuple[str, ...], library: AbstractDecayLibrary) -> DecayChain:
    if choice.rule is ChainRule.PARENT:
        return _parent_alone(parent, others, library)
    if choice.rule is ChainRule.EQUILIBRIUM:
        return _equilibrium(parent, library)
    return _from_time(parent, choice, library)


def activity_ratios(parent: str, library: AbstractDecayLibrary) -> dict[str, float]:
    """Activity of every member that does not outlive the parent per activity of the parent, long after it was pure.

    One for secular equilibrium (and no branching), above one where half-lives come near each other.
    """
    limit = library.half_life_s(parent)
    ratios: dict[str, float] = defaultdict(float)
    for path in _paths(parent, library, limit):
        if _reason(path.members[-1], library, limit) is None:
            grown = [1.0 / (1.0 - library.half_life_s(m) / limit) for m in path.members[1:]]
            ratios[path.members[-1]] += path.branching * math.prod(grown)
    return dict(ratios)


def _is_short_isomer_of(parent: str, member: str, library: AbstractDecayLibrary) -> bool:
    fed = any(mode.daughter == member for mode in library.modes(parent))
    return fed and member.endswith(("m", "n")) and library.half_life_s(member) < SHORT_ISOMER_S


def _isomers(parent: str, library: AbstractDecayLibrary) -> dict[str, float]:
    """Isomers with decay data that count with the parent in any case, and their branching."""
    found: dict[str, float] = defaultdict(float)
    for mode in library.modes(parent):
        if mode.daughter in library.names() and _is_short_isomer_of(parent, mode.daughter, library):
            found[mode.daughter] += mode.branching
    return dict(found)


def _paths(parent: str, library: AbstractDecayLibrary, longest_s: float) -> list[_Path]:
    """All ways to radioactive members, shortest first; a way does not lead beyond one that cannot be counted."""
    return sorted(_walk(_Path((parent,), 1.0), library, longest_s), key=lambda path: len(path.members))


def _walk(path: _Path, library: AbstractDecayLibrary, longest_s: float) -> Iterator[_Path]:
    yield path
    last = path.members[-1]
    if len(path.members) > 1 and _reason(last, library, longest_s) is not None:
        return
    for mode in library.modes(last):
        if mode.branching > 0.0 and math.isfinite(library.half_life_s(mode.daughter)):
            yield from _walk(_Path((*path.members, mode.daughter), path.branching * mode.branching), library, longest_s)


def _parent_alone(parent: str, others: tuple[str, ...], library: AbstractDecayLibrary) -> DecayChain:
    members = {parent: 1.0, **_isomers(parent, library)}
    fed = [_Path((parent, mode.daughter), mode.branching) for mode in library.modes(parent)]
    ends = [end for end in _ends(fed, library) if end.name not in others]
    return DecayChain(parent, ChainRule.PARENT.value, _members(members), others, tuple(ends))


def _equilibrium(parent: str, library: AbstractDecayLibrary) -> DecayChain:
    limit = library.half_life_s(parent)
    paths = _paths(parent, library, limit)
    ends = _ends(paths, library, limit)
    counted = _counted([path for path in paths if path.members[-1] not in {end.name for end in ends}])
    late = [end.name for end in ends if end.reason is EndReason.OUTLIVES]
    if late and not set(counted) - {parent, *_isomers(parent, library)}:
        raise InputError(
            f"--chain parent or from:TIME for {parent} (from:0s counts every decay that follows)",
            f"equilibrium came, which cannot be, as its progeny outlives it: {', '.join(late)}",
            "--chain",
        )
    return DecayChain(parent, ChainRule.EQUILIBRIUM.value, _members(counted), (), ends)


def _from_time(parent: str, choice: ChainChoice, library: AbstractDecayLibrary) -> DecayChain:
    limit = _LATEST * library.half_life_s(parent)
    if choice.time_s > limit:
        raise InputError(
            f"a time up to {_LATEST:g} half-lives of {parent}, {limit:.4g} s", f"{choice.time_s:g} s came", "--chain"
        )
    paths = _paths(parent, library, math.inf)
    ends = _ends(paths, library)
    counted: dict[str, float] = defaultdict(float)
    for path in (p for p in paths if p.members[-1] not in {end.name for end in ends}):
        counted[path.members[-1]] += _decays_from(path, choice.time_s, library)
    return DecayChain(parent, f"{ChainRule.FROM.value}:{choice.time_s:g}s", _members(counted), (), ends)


def _decays_from(path: _Path, time_s: float, library: AbstractDecayLibrary) -> float:
    """Decays of the last member, from a time on, by atoms that went this way, per decay of the parent.

    An atom that at that time is any member of the way still decays as the last one: the sum of the atoms of all
    members, each with the branchings of the whole way.
    """
    rates = [math.log(2.0) / library.half_life_s(member) for member in path.members]
    return path.branching * math.fsum(atoms_per_first(rates, time_s))


def _counted(paths: list[_Path]) -> dict[str, float]:
    counted: dict[str, float] = defaultdict(float)
    for path in paths:
        counted[path.members[-1]] += path.branching
    return counted


def _members(counted: dict[str, float]) -> tuple[ChainMember, ...]:
    return tuple(ChainMember(member, decays) for member, decays in counted.items())


def _ends(paths: list[_Path], library: AbstractDecayLibrary, longest_s: float = math.inf) -> tuple[ChainEnd, ...]:
    """Members of ways that cannot be counted, each once with all ways to it."""
    shares = _counted([path for path in paths if len(path.members) > 1])
    reasons = {name: _reason(name, library, longest_s) for name in shares}
    return tuple(ChainEnd(name, shares[name], reason) for name, reason in reasons.items() if reason is not None)


def _reason(name: str, library: AbstractDecayLibrary, longest_s: float) -> EndReason | None:
    half_life = library.half_life_s(name)
    if half_life >= LONG_LIVED_S:
        return EndReason.LONG_LIVED if math.isfinite(half_life) else None
    if name not in library.names():
        return EndReason.NO_DATA
    return EndReason.OUTLIVES if half_life >= longest_s else None
