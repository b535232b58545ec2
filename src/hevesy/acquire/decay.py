"""The moment that stored values are decay-corrected to, and what contradicts it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.radiopharmaceutical import Radiopharmaceutical
from hevesy.acquire.timing import Acquisition
from hevesy.acquire.values import number, text, texts
from hevesy.domain import DecayReference, Finding
from hevesy.physdata import known_nuclides, nuclide

_STATES = {
    "START": DecayReference.ACQUISITION,
    "ADMIN": DecayReference.ADMINISTRATION,
    "NONE": DecayReference.NONE,
}
_FOLLOWED = {
    DecayReference.ACQUISITION: "values already decay-corrected to the start of the acquisition",
    DecayReference.ADMINISTRATION: "values already decay-corrected to the administration",
    DecayReference.NONE: "values not decay-corrected",
}
_FACTOR_TOLERANCE = 0.005


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
    corrected = texts(head, "CorrectedImage")
    missing = () if corrected else ("CorrectedImage",)
    if stated in _STATES:
        reference = _STATES[stated]
        findings = [
            *_image_conflict(stated, corrected),
            *_factor_conflict(datasets, reference, drug, acquisition),
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


def _image_conflict(stated: str, corrected: Sequence[str]) -> list[Finding]:
    if not corrected or ("DECY" in corrected) == (stated != "NONE"):
        return []
    has = "has DECY" if "DECY" in corrected else "lacks DECY"
    expected = f"Corrected Image to agree with Decay Correction {stated}"
    return [blocking("decay-correction-contradiction", expected, f"it {has}")]


def _factor_conflict(
    datasets: Sequence[Dataset], reference: DecayReference, drug: Radiopharmaceutical, acquisition: Acquisition
) -> list[Finding]:
    """Decay Factor is what the scanner multiplied with: it must lie between the decay to the start and to the end."""
    factors = [f for dataset in datasets if (f := number(dataset, "DecayFactor")) is not None]
    limits = _factor_limits(reference, drug, acquisition)
    if not factors or limits is None:
        return []
    low, high = limits[0] * (1 - _FACTOR_TOLERANCE), limits[1] * (1 + _FACTOR_TOLERANCE)
    wrong = [f for f in factors if not low <= f <= high]
    if not wrong:
        return []
    expected = f"a Decay Factor of {limits[0]:.4g} to {limits[1]:.4g}"
    if set(wrong) == {1.0}:
        came = f"Decay Factor says 1; Decay Correction is followed: {_FOLLOWED[reference]}"
        return [notice("decay-factor-contradiction", expected, came)]
    return [blocking("decay-factor-contradiction", expected, f"Decay Factor says {wrong[0]:.6g}")]


def _factor_limits(
    reference: DecayReference, drug: Radiopharmaceutical, acquisition: Acquisition
) -> tuple[float, float] | None:
    half_life = _half_life(drug)
    if reference is DecayReference.NONE:
        return 1.0, 1.0
    if half_life is None or acquisition.start is None:
        return None
    zero: datetime | None = drug.start if reference is DecayReference.ADMINISTRATION else acquisition.start
    if zero is None:
        return None
    lag = (acquisition.start - zero).total_seconds()
    rate = math.log(2) / half_life
    if max(abs(lag), acquisition.duration_s or 0.0) * rate > 100:
        return None  # hundreds of half-lives: the times themselves are wrong, which is told elsewhere
    return math.exp(rate * lag), math.exp(rate * (lag + (acquisition.duration_s or 0.0)))


def _half_life(drug: Radiopharmaceutical) -> float | None:
    if drug.half_life_s:
        return drug.half_life_s
    return nuclide(drug.radionuclide).half_life_s if drug.radionuclide in known_nuclides() else None
