"""Corrections of the reconstruction: what the study file says where the images do not."""

from __future__ import annotations

from collections.abc import Mapping

from hevesy.domain import CorrectionState, SeriesRecord
from hevesy.errors import StudyFileError
from hevesy.workflow.config import Corrections

_NAMES = ("attenuation", "scatter")


def settled_by_corrections(stated: Corrections | None) -> frozenset[str]:
    """Codes of the findings that the study file's word on corrections settles."""
    named = [name for name in _NAMES if stated is not None and getattr(stated, name) is not None]
    return frozenset(f"{name}-correction-{state}" for name in named for state in ("unknown", "absent"))


def correction_findings(stated: Corrections | None, series: Mapping[str, SeriesRecord]) -> tuple[str, ...]:
    """What the report says about corrections that rest on the study file's word.

    Parameters
    ----------
    stated
        The study file's section; None where it has none.
    series
        Every emission series that is used, by what the report calls it.

    Raises
    ------
    StudyFileError
        If it says ``not-applied`` of a correction that the images say was applied.
    """
    if stated is None:
        return ()
    words = {name: word for name in _NAMES if (word := getattr(stated, name)) is not None}
    told = [_told(name, words[name], which, record) for which, record in series.items() for name in words]
    return tuple(f"{text} ({stated.source})" for text in told if text)


def _told(name: str, word: str, which: str, record: SeriesRecord) -> str:
    state = record.attenuation_correction if name == "attenuation" else record.scatter_correction
    if state is CorrectionState.APPLIED and word == "not-applied":
        came = f"not-applied came, but the images of the {which} say that it was"
        raise StudyFileError("the word of the images where they have one", came, f"corrections.{name}")
    if state is CorrectionState.APPLIED:
        return ""
    if word == "not-applied":
        return f"the {which} is not corrected for {name}, which the study file accepts; no uncertainty accounts for it"
    images = "say that it is not" if state is CorrectionState.ABSENT else "do not say"
    return f"the {which} is corrected for {name} by the word of the study file; the images {images}"
