"""Whether a patient may be treated: every published criterion met, not met or not stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hevesy.domain import Finding
from hevesy.errors import InputError
from hevesy.physdata import Criterion, eligibility_criteria

MET, NOT_MET, NOT_STATED = "met", "not met", "not stated"
_CODES = {"relative": "relative-contraindication", "indication": "indication-not-met"}


@dataclass(frozen=True)
class Override:
    """Somebody's decision to treat although a contraindication holds."""

    criterion: str
    reason: str
    by: str
    """Role of who decided, never a name."""


@dataclass(frozen=True)
class Assessed:
    """One criterion and how the patient stands to it."""

    criterion: Criterion
    value: object
    """As stated; None where it was not."""
    state: str
    override: Override | None = None


def assess(stated: Mapping[str, object], intent: str, overrides: Iterable[Override] = ()) -> tuple[Assessed, ...]:
    """Every criterion that concerns an intent.

    Parameters
    ----------
    stated
        What is known about the patient, by the input of the criteria; missing or None where it was not stated.
    intent
        Of the treatment.
    overrides
        Of contraindications that are not met.

    Raises
    ------
    InputError
        If an override is of no criterion, of one that cannot be overridden, or of one that is not in the way.
    """
    decided = {override.criterion: override for override in overrides}
    found = tuple(
        Assessed(criterion, stated.get(criterion.input), _state(criterion, stated), decided.get(criterion.name))
        for criterion in eligibility_criteria()
        if intent in criterion.intents
    )
    for override in decided.values():
        _check_override(override, {one.criterion.name: one for one in found})
    return found


def _state(criterion: Criterion, stated: Mapping[str, object]) -> str:
    value = stated.get(criterion.input)
    if value is None:
        return NOT_STATED
    if any(stated.get(other) == lifted for other, lifted in criterion.reversed_by.items()):
        return MET
    return MET if all(_holds(test, level, value) for test, level in criterion.must.items()) else NOT_MET


def _holds(test: str, level: object, value: object) -> bool:
    if isinstance(level, list):
        return value in level
    limit, number = float(str(level)), float(str(value))
    return {"at_most": number <= limit, "at_least": number >= limit, "above": number > limit}[test]


def _check_override(override: Override, found: Mapping[str, Assessed]) -> None:
    where = "eligibility.overrides"
    blocking = [n for n, one in found.items() if one.criterion.kind == "contraindication"]
    if override.criterion not in blocking:
        raise InputError(f"a contraindication ({', '.join(blocking)})", f"{override.criterion!r} came", where)
    one = found[override.criterion]
    if not one.criterion.can_be_overridden:
        raise InputError("a contraindication that may be overridden", f"{override.criterion!r} came", where)
    if one.state != NOT_MET:
        came = f"{override.criterion!r} came, which is {one.state}"
        raise InputError("an override of a contraindication that holds", came, where)


def check_eligible(assessed: Iterable[Assessed]) -> None:
    """Refuse a plan for a patient with a contraindication that nobody decided to override.

    Raises
    ------
    InputError
        Naming the first one, with its value and source.
    """
    for one in assessed:
        criterion = one.criterion
        if criterion.kind == "contraindication" and one.state == NOT_MET and one.override is None:
            came = f"{criterion.input} {one.value} came: no plan ({criterion.source.text})"
            raise InputError(criterion.label, came, f"eligibility, {criterion.name}")


def eligibility_findings(assessed: Iterable[Assessed]) -> tuple[Finding, ...]:
    """What people should know of criteria that do not block: not met, overridden, not stated, sources that differ."""
    every = tuple(assessed)
    missing = [one.criterion.name for one in every if one.state == NOT_STATED]
    not_stated = (Finding("criteria-not-stated", f"not stated: {', '.join(missing)}"),) if missing else ()
    return (*(_finding(one) for one in every if one.state == NOT_MET), *_differences(every), *not_stated)


def _finding(one: Assessed) -> Finding:
    came = f"expected {one.criterion.label}, but {one.value} came ({one.criterion.source.text})"
    if one.override is not None:
        came = f"{came}; overridden by {one.override.by}: {one.override.reason}"
        return Finding("contraindication-overridden", came)
    return Finding(_CODES[one.criterion.kind], came)


def _differences(every: tuple[Assessed, ...]) -> tuple[Finding, ...]:
    """Criteria about the same that disagree: the sources do."""
    found = []
    for name in dict.fromkeys(one.criterion.input for one in every):
        same = [one for one in every if one.criterion.input == name and one.state != NOT_STATED]
        if len({one.state for one in same}) > 1:
            told = "; ".join(f"{one.criterion.label}: {one.state} ({one.criterion.source.text})" for one in same)
            found.append(Finding("sources-differ", f"{name} {same[0].value}: {told}"))
    return tuple(found)
