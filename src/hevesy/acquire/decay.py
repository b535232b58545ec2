"""The moment that stored values are decay-corrected to, and what contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydicom.dataset import Dataset

from hevesy.acquire.decay_factors import factor_findings
from hevesy.acquire.findings import blocking
from hevesy.acquire.radiopharmaceutical import Radiopharmaceutical
from hevesy.acquire.timing import Acquisition
from hevesy.acquire.values import text, texts
from hevesy.domain import DecayReference, Finding
from hevesy.physdata import known_nuclides, nuclide

_STATES = {
    "START": DecayReference.ACQUISITION,
    "ADMIN": DecayReference.ADMINISTRATION,
    "NONE": DecayReference.NONE,
}


@dataclass(frozen=True)
class DecayState:
    """What the header says about decay correction."""

    reference: DecayReference
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def decay_state(
    datasets: Sequence[Dataset], units: str | None, drug: Radiopharmaceutical, acquisition: Acquisition
) -> DecayState:
    """Establish the decay state of an NM or PET series.

    Decay Correction (0054,1102) decides where it is written (always in PET, by some vendors in NM). Without it, an NM
    series is uncorrected when Corrected Image lacks DECY, or is absent beside stored counts; all else is unknown.
    """
    head = datasets[0]
    stated = text(head, "DecayCorrection").upper()
    corrected = _corrected(head)
    missing = () if corrected else ("CorrectedImage",)
    if stated in _STATES:
        reference = _STATES[stated]
        findings = [
            *_image_conflict(stated, [_corrected(dataset) for dataset in datasets]),
            *factor_findings(datasets, reference, _half_life(drug), drug.start, acquisition.duration_s),
            *_mixed(datasets, stated),
        ]
        return DecayState(reference, tuple(findings), missing)
    if text(head, "Modality").upper() == "NM" and not stated:
        return _unstated(units, corrected, missing)
    came = f"{stated} came" if stated else "none is there"
    unknown = blocking("decay-state-unknown", "Decay Correction START, ADMIN or NONE", came)
    return DecayState(DecayReference.UNKNOWN, (unknown,), (*missing, "decay state (DecayCorrection)"))


def _unstated(units: str | None, corrected: Sequence[str], missing: tuple[str, ...]) -> DecayState:
    if "DECY" in corrected:
        came = "Corrected Image says DECY without a moment"
    elif corrected or units == "counts":
        return DecayState(DecayReference.NONE, (), missing)
    else:
        came = f"neither Corrected Image nor Decay Correction is there beside values in {units or 'no unit'}"
    unknown = blocking("decay-state-unknown", "the moment that values are decay-corrected to", came)
    return DecayState(DecayReference.UNKNOWN, (unknown,), (*missing, "decay state (DecayCorrection)"))


def _mixed(datasets: Sequence[Dataset], stated: str) -> list[Finding]:
    others = sorted({text(dataset, "DecayCorrection").upper() or "none" for dataset in datasets} - {stated})
    if not others:
        return []
    came = f"{stated}, {', '.join(others)} came"
    return [blocking("decay-correction-contradiction", "one Decay Correction in a series", came)]


def _corrected(dataset: Dataset) -> tuple[str, ...]:
    return tuple(word.upper() for word in texts(dataset, "CorrectedImage"))


def _image_conflict(stated: str, corrected: Sequence[Sequence[str]]) -> list[Finding]:
    wrong = [words for words in corrected if words and ("DECY" in words) != (stated != "NONE")]
    if not wrong:
        return []
    has = "has DECY" if "DECY" in wrong[0] else "lacks DECY"
    expected = f"Corrected Image to agree with Decay Correction {stated}"
    return [blocking("decay-correction-contradiction", expected, f"it {has}")]


def _half_life(drug: Radiopharmaceutical) -> float | None:
    if drug.half_life_s:
        return drug.half_life_s
    return nuclide(drug.radionuclide).half_life_s if drug.radionuclide in known_nuclides() else None
