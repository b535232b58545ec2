"""Corrections of the reconstruction: what the study file says where the images do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hevesy.domain import Camera, CorrectionState, SeriesRecord
from hevesy.errors import StudyFileError
from hevesy.workflow.config import Corrections

_NAMES = ("attenuation", "scatter")
_TAGS = {"ATTN": "attenuation", "SCAT": "scatter"}


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


def by_the_studys_word(measured: Camera, scan: Camera, stated: Corrections | None) -> tuple[Camera, Camera]:
    """The cameras of a calibration and a scan with corrections that can be compared.

    A scan that tells no correction at all has those that the study file says were applied; only attenuation and scatter
    are compared then, since the study file has no word about others.
    """
    if stated is None or set(scan.corrections) - {"DECY"}:
        return measured, scan
    said = tuple(tag for tag, name in _TAGS.items() if getattr(stated, name) == "applied")
    return replace(measured, corrections=tuple(c for c in measured.corrections if c in _TAGS)), replace(
        scan, corrections=said
    )


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
