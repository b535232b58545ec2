"""Whether an emission tomogram is corrected for attenuation and for scatter, as its files say.

Corrected Image lists the corrections; Attenuation and Scatter Correction Method name how. An activity in a region means
nothing without either, so a correction that is absent, or of which the files say nothing or two things, is a blocking
finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking
from hevesy.acquire.values import text, texts
from hevesy.domain import CorrectionState, Finding

_WITHOUT = frozenset({"NONE", "NO", "OFF", "UNCORRECTED", "NOT CORRECTED", "NAC", "NSC"})
_NOTHING_SAID = frozenset({"", "UNKNOWN", "N/A", "NA", "?", "-"})


@dataclass(frozen=True)
class Corrections:
    """The state of both corrections in a series."""

    attenuation: CorrectionState
    scatter: CorrectionState
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Correction:
    """Where the files say something of one correction."""

    name: str
    term: str
    method: str


_ATTENUATION = _Correction("attenuation", "ATTN", "AttenuationCorrectionMethod")
_SCATTER = _Correction("scatter", "SCAT", "ScatterCorrectionMethod")


def corrections_of(datasets: Sequence[Dataset]) -> Corrections:
    """Read the corrections of the files of one emission tomogram."""
    attenuation, attenuation_findings = _state(datasets, _ATTENUATION)
    scatter, scatter_findings = _state(datasets, _SCATTER)
    return Corrections(attenuation, scatter, (*attenuation_findings, *scatter_findings))


def _state(datasets: Sequence[Dataset], correction: _Correction) -> tuple[CorrectionState, tuple[Finding, ...]]:
    said = {_said(dataset, correction) for dataset in datasets}
    states = {state for state, _ in said}
    state = states.pop() if len(states) == 1 else CorrectionState.UNKNOWN
    if state is CorrectionState.APPLIED:
        return state, ()
    came = "; ".join(sorted({words for _, words in said}))
    code = f"{correction.name}-correction-{state.value}"
    return state, (blocking(code, f"values corrected for {correction.name}", came),)


def _said(dataset: Dataset, correction: _Correction) -> tuple[CorrectionState, str]:
    listed = [word.upper() for word in texts(dataset, "CorrectedImage")]
    method = text(dataset, correction.method)
    by_list = correction.term in listed if listed else None
    by_method = None if method.upper() in _NOTHING_SAID else method.upper() not in _WITHOUT
    words = (
        " and ".join(_words(listed, method, correction)) or f"neither CorrectedImage nor {correction.method} is there"
    )
    if by_list is None and by_method is None:
        return CorrectionState.UNKNOWN, words
    if by_list is not None and by_method is not None and by_list != by_method:
        return CorrectionState.UNKNOWN, words
    applied = by_method if by_list is None else by_list
    return (CorrectionState.APPLIED if applied else CorrectionState.ABSENT), words


def _words(listed: Sequence[str], method: str, correction: _Correction) -> list[str]:
    return [
        *([f"CorrectedImage says {' '.join(listed)}"] if listed else []),
        *([f"{correction.method} says {method!r}"] if method else []),
    ]
