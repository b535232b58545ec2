"""The administration as one series states it: nuclide, half-life, activity and start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.identify import identify_nuclide
from hevesy.acquire.injection import injection_start
from hevesy.acquire.total_dose import total_dose
from hevesy.acquire.values import first, number, text, written
from hevesy.domain import Finding
from hevesy.physdata import known_nuclides, nuclide, recognised_half_life_s

_HALF_LIFE_AGREEMENT = 0.01


@dataclass(frozen=True)
class Radiopharmaceutical:
    """What one series says about the administration."""

    radionuclide: str | None = None
    radionuclide_source: str = ""
    name: str | None = None
    half_life_s: float | None = None
    activity_bq: float | None = None
    start: datetime | None = None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def radiopharmaceutical_of(
    dataset: Dataset, *, plausible_for_patient: bool, acquired: datetime | None = None
) -> Radiopharmaceutical:
    """Read the Radiopharmaceutical Information Sequence.

    Parameters
    ----------
    dataset
        Header of an NM or PET file.
    plausible_for_patient
        Whether to compare the activity with what a patient may be given (not so for a phantom).
    acquired
        Start of the acquisition; None where it is not known.
    """
    item = first(dataset, "RadiopharmaceuticalInformationSequence")
    identified = identify_nuclide(dataset)
    dose = total_dose(dataset, item, identified.name, plausible=plausible_for_patient)
    half_life = number(item, "RadionuclideHalfLife")
    half_life = half_life if half_life is not None and half_life > 0 else None
    physical = _physical_half_life_s(identified.named or identified.name)
    start = injection_start(dataset, item, acquired, half_life if physical is None else physical)
    missing = [
        *([] if identified.name else [f"radionuclide ({identified.source})"]),
        *_without_data(identified.name),
        *_half_life_gap(dataset, half_life, written(item, "RadionuclideHalfLife")),
        *dose.missing,
        *start.missing,
    ]
    return Radiopharmaceutical(
        radionuclide=identified.name,
        radionuclide_source=identified.source,
        name=_name(item),
        half_life_s=half_life,
        activity_bq=dose.activity_bq,
        start=start.start,
        findings=(*identified.findings, *dose.findings, *start.findings),
        missing=tuple(missing),
    )


def _name(item: Dataset | None) -> str | None:
    code = first(item, "RadiopharmaceuticalCodeSequence")
    return text(item, "Radiopharmaceutical") or text(code, "CodeMeaning") or None


def _without_data(name: str | None) -> list[str]:
    return [f"decay data of {name}"] if name is not None and name not in known_nuclides() else []


def _half_life_gap(dataset: Dataset, half_life: float | None, words: Sequence[str]) -> list[str]:
    """PET values are decayed with the half-life that the file states; the NM module has none."""
    if half_life is None and words:
        return [f"half-life (RadionuclideHalfLife says {words[0]!r})"]
    needed = half_life is None and text(dataset, "Modality").upper() == "PT"
    return ["half-life (RadionuclideHalfLife)"] if needed else []


def _physical_half_life_s(name: str | None) -> float | None:
    return recognised_half_life_s(name) if name is not None else None


def half_life_findings(found: Radiopharmaceutical, *, decay_corrected: bool) -> list[Finding]:
    """Compare the file's half-life with that of its nuclide; blocking where the scanner decayed values with it."""
    if found.half_life_s is None or found.radionuclide not in known_nuclides():
        return []
    known = nuclide(found.radionuclide).half_life_s
    if abs(found.half_life_s / known - 1) <= _HALF_LIFE_AGREEMENT:
        return []
    tell = blocking if decay_corrected else notice
    expected = f"the half-life of {found.radionuclide}, {known:.6g} s"
    return [tell("half-life-contradiction", expected, f"Radionuclide Half Life says {found.half_life_s:.6g} s")]
