"""Decay chains: how often every member decays per decay of the parent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class DecayChain:
    """A parent and what counts of its progeny."""

    parent: str
    choice: str
    """``parent``, ``equilibrium``, or ``from`` and the time in seconds."""
    members: tuple[ChainMember, ...]
    """The parent first, then in order of their generation."""
    notes: tuple[str, ...]
    """Assumptions, and where the chain is cut."""


def progeny(name: str, library: AbstractDecayLibrary) -> tuple[str, ...]:
    """Radioactive progeny other than isomers that count with the nuclide in any case, with decay data or without."""
    always = _isomers(name, library)
    found = dict.fromkeys(path.members[-1] for path in _paths(name, library, math.inf) if len(path.members) > 1)
    return tuple(member for member in found if member not in always and not _is_short_isomer_of(name, member, library))


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
        return _equilibrium(parent, others, library)
    return _from_time(parent, choice, library)


def activity_ratios(parent: str, library: AbstractDecayLibrary) -> dict[str, float]:
    """Activity of every member that does not outlive the parent per activity of the parent, long after it was pure.

    One for secular equilibrium (and no branching), above one where half-lives come near each other.
    """
    limit = library.half_life_s(parent)
    ratios: dict[str, float] = defaultdict(float)
    for path in _paths(parent, library, limit):
        if path.members[-1] in library.names():
            grown = [1.0 / (1.0 - library.half_life_s(m) / limit) for m in path.members[1:]]
            ratios[path.members[-1]] += path.branching * math.prod(grown)
    return dict(ratios)


def _is_short_isomer_of(parent: str, member: str, library: AbstractDecayLibrary) -> bool:
    fed = any(mode.daughter == member for mode in library.modes(parent))
    return fed and member.endswith("m") and library.half_life_s(member) < SHORT_ISOMER_S


def _isomers(parent: str, library: AbstractDecayLibrary) -> dict[str, float]:
    """Isomers with decay data that count with the parent in any case, and their branching."""
    found: dict[str, float] = defaultdict(float)
    for mode in library.modes(parent):
        if mode.daughter in library.names() and _is_short_isomer_of(parent, mode.daughter, library):
            found[mode.daughter] += mode.branching
    return dict(found)


def _paths(parent: str, library: AbstractDecayLibrary, longest_s: float) -> list[_Path]:
    """All ways to radioactive members; not beyond one that lives longer or has no data, which is listed last itself."""
    return sorted(_walk(_Path((parent,), 1.0), library, longest_s), key=lambda path: len(path.members))


def _walk(path: _Path, library: AbstractDecayLibrary, longest_s: float) -> Iterator[_Path]:
    yield path
    last = path.members[-1]
    if last not in library.names() or (len(path.members) > 1 and library.half_life_s(last) >= longest_s):
        return
    for mode in library.modes(last):
        if mode.branching > 0.0 and library.half_life_s(mode.daughter) < LONG_LIVED_S:
            yield from _walk(_Path((*path.members, mode.daughter), path.branching * mode.branching), library, longest_s)


def _parent_alone(parent: str, others: tuple[str, ...], library: AbstractDecayLibrary) -> DecayChain:
    members = [ChainMember(parent, 1.0), *(ChainMember(m, share) for m, share in _isomers(parent, library).items())]
    notes = [f"progeny is not counted: {', '.join(others)}"] if others else []
    fed = [mode.daughter for mode in library.modes(parent) if mode.daughter not in library.names()]
    missing = [member for member in fed if _is_short_isomer_of(parent, member, library)]
    cut = [f"{member}, which counts with the parent, is left out for want of decay data" for member in missing]
    return DecayChain(parent, ChainRule.PARENT.value, tuple(members), (*notes, *cut))


def _equilibrium(parent: str, others: tuple[str, ...], library: AbstractDecayLibrary) -> DecayChain:
    limit = library.half_life_s(parent)
    paths = _paths(parent, library, limit)
    ends = _cut_ends(paths, library)
    reached = dict.fromkeys(path.members[-1] for path in paths[1:])
    late = [m for m in reached if m in library.names() and library.half_life_s(m) >= limit]
    counted = _counted([path for path in paths if path.members[-1] not in {*late, *ends}])
    if others and late and not set(counted) - {parent, *_isomers(parent, library)}:
        raise InputError(
            f"--chain parent, or from:TIME (from:0s counts every decay that follows) for {parent}",
            f"equilibrium came, which cannot be: {', '.join(late)} outlives it",
            "--chain",
        )
    notes = [f"{m} outlives {parent} and is never in equilibrium: it and what follows it is not counted" for m in late]
    return DecayChain(parent, ChainRule.EQUILIBRIUM.value, _members(counted), _notes(counted, notes, ends, paths))


def _from_time(parent: str, choice: ChainChoice, library: AbstractDecayLibrary) -> DecayChain:
    limit = _LATEST * library.half_life_s(parent)
    if choice.time_s > limit:
        raise InputError(
            f"a time up to {_LATEST:g} half-lives of {parent}, {limit:.4g} s", f"{choice.time_s:g} s came", "--chain"
        )
    paths = _paths(parent, library, math.inf)
    ends = _cut_ends(paths, library)
    counted: dict[str, float] = defaultdict(float)
    for path in (p for p in paths if p.members[-1] not in ends):
        counted[path.members[-1]] += _decays_from(path, choice.time_s, library)
    label = f"{ChainRule.FROM.value}:{choice.time_s:g} s"
    return DecayChain(parent, label, _members(counted), _notes(counted, [], ends, paths))


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


def _cut_ends(paths: list[_Path], library: AbstractDecayLibrary) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.members[-1] for p in paths if p.members[-1] not in library.names()))


def _notes(counted: dict[str, float], notes: list[str], ends: tuple[str, ...], paths: list[_Path]) -> tuple[str, ...]:
    share = _counted([p for p in paths if p.members[-1] in ends])
    cut = [f"the chain is cut at {m} ({share[m]:.3g} per decay of the parent) for want of decay data" for m in ends]
    stays = [STAYS] if len(counted) > 1 else []
    return (*stays, *notes, *cut)
