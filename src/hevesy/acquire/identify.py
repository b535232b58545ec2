"""The radionuclide of a series from all that its file says: code, words, half-life, and whether they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.radionuclide import NamedNuclide, named_nuclide, nuclide_from_meaning, nuclides_in_text
from hevesy.acquire.values import first, items, number, text
from hevesy.domain import Finding
from hevesy.physdata import nuclides_of_half_life, recognised_half_life_s

_SAME_HALF_LIFE = 0.01
_OTHER_HALF_LIFE = 0.1
"""Relative difference from the nuclide's half-life that no older evaluation explains."""


@dataclass(frozen=True)
class Identified:
    """The radionuclide of a series and what does not fit."""

    name: str | None
    source: str
    named: str | None
    """By code or words alone, whatever else contradicts it."""
    findings: tuple[Finding, ...] = ()


def identify_nuclide(dataset: Dataset) -> Identified:
    """Settle which radionuclide the file of a series means.

    In this order: the Radionuclide Code Sequence (code, then meaning), the words of the radiopharmaceutical or of the
    retired attribute Radionuclide, the half-life alone where it is that of exactly one nuclide. Contradictions between
    these are blocking.
    """
    several = items(dataset, "RadiopharmaceuticalInformationSequence")
    item = several[0] if several else None
    coded = named_nuclide(item)
    half_life = _half_life(item)
    if coded.contradiction:
        finding = blocking("nuclide-contradiction", "one radionuclide in code and meaning", coded.contradiction)
        return Identified(None, coded.source, None, (finding, *_several(several)))
    found = _checked(coded, dataset, item) if coded.name else _uncoded(coded, dataset, item, half_life)
    if found.named is not None:
        found = _compared(found, half_life)
    return replace(found, findings=(*found.findings, *_several(several)))


def _half_life(item: Dataset | None) -> float | None:
    found = number(item, "RadionuclideHalfLife")
    return found if found is not None and found > 0 else None


def _words(dataset: Dataset, item: Dataset | None) -> tuple[str, ...]:
    drug = first(item, "RadiopharmaceuticalCodeSequence")
    said = (text(item, "Radiopharmaceutical"), text(dataset, "Radiopharmaceutical"), text(drug, "CodeMeaning"))
    return tuple(word for word in said if word)


def _told(dataset: Dataset, item: Dataset | None) -> dict[str, str]:
    """Every nuclide that free text names, with the text."""
    retired = text(dataset, "Radionuclide")
    by_name = nuclide_from_meaning(retired)
    found = {by_name: retired} if by_name else {}
    for words in _words(dataset, item):
        for name in nuclides_in_text(words):
            found.setdefault(name, words)
    return found


def _checked(coded: NamedNuclide, dataset: Dataset, item: Dataset | None) -> Identified:
    """What the code names, unless the words of the radiopharmaceutical name only others."""
    told = _told(dataset, item)
    if not told or coded.name in told:
        return Identified(coded.name, coded.source, coded.name)
    came = f"{coded.source} came beside " + ", ".join(f"{words!r} ({name})" for name, words in told.items())
    finding = blocking("nuclide-contradiction", "one radionuclide in code and radiopharmaceutical", came)
    return Identified(None, came, None, (finding,))


def _uncoded(coded: NamedNuclide, dataset: Dataset, item: Dataset | None, half_life: float | None) -> Identified:
    told = _told(dataset, item)
    if len(told) > 1:
        came = ", ".join(f"{words!r} ({name})" for name, words in told.items()) + " came"
        return Identified(None, coded.source, None, (blocking("ambiguous-nuclide", "one radionuclide", came),))
    if told:
        ((name, words),) = told.items()
        finding = notice("nuclide-by-words", "a radionuclide code", f"{coded.source}; {name} is named by {words!r}")
        return Identified(name, f"words {words!r}", name, (finding,))
    return _by_half_life(coded, half_life)


def _by_half_life(coded: NamedNuclide, half_life: float | None) -> Identified:
    if half_life is None:
        return Identified(None, coded.source, None)
    fitting = nuclides_of_half_life(half_life, _SAME_HALF_LIFE)
    expected = "a radionuclide code or name"
    if len(fitting) == 1:
        came = f"{coded.source}; the half-life {half_life:g} s is that of {fitting[0]} alone"
        return Identified(fitting[0], "half-life", None, (notice("nuclide-by-half-life", expected, came),))
    if fitting:
        came = f"{coded.source}, and the half-life {half_life:g} s fits {' and '.join(fitting)}"
        return Identified(None, coded.source, None, (blocking("ambiguous-nuclide", expected, came),))
    source = f"{coded.source}, and no known nuclide has the half-life {half_life:g} s"
    return Identified(None, source, None)


def _compared(found: Identified, half_life: float | None) -> Identified:
    """Blocking where the half-life is another nuclide's; a slightly different evaluation is told elsewhere."""
    known = recognised_half_life_s(found.named or "")
    if half_life is None or known is None or abs(half_life / known - 1) <= _SAME_HALF_LIFE:
        return found
    others = [name for name in nuclides_of_half_life(half_life, _SAME_HALF_LIFE) if name != found.named]
    if not others and abs(half_life / known - 1) <= _OTHER_HALF_LIFE:
        return found
    which = f", that of {' or '.join(others)}," if others else ""
    came = (
        f"{found.source} means {found.named} ({known:.6g} s) and Radionuclide Half Life says {half_life:.6g} s{which}"
    )
    finding = blocking("nuclide-contradiction", "one radionuclide in name and half-life", came.rstrip(","))
    return replace(found, name=None, source=came.rstrip(","), findings=(*found.findings, finding))


def _several(items_of_series: Sequence[Dataset]) -> tuple[Finding, ...]:
    names = {name for item in items_of_series if (name := named_nuclide(item).name)}
    if len(names) <= 1:
        return ()
    return (blocking("two-nuclides", "one radionuclide in a series", f"{', '.join(sorted(names))} came"),)
