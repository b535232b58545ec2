"""Headers rewritten as some scanners write them: one function for each quirk that changes attributes only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from hevesy.simulate.dicom_base import code
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.seeds import generator

_OPTIONAL = (
    *("SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime", "InstitutionName", "StationName"),
    *("StudyDescription", "SeriesDescription", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions"),
    *("PatientWeight", "SliceLocation", "QualityControlImage", "TypeOfDetectorMotion", "ReconstructionMethod"),
    *("EnergyWindowRangeSequence", "EnergyWindowName", "Radiopharmaceutical", "RadiopharmaceuticalRoute"),
    *("RadiopharmaceuticalStartTime", "RadiopharmaceuticalStopTime", "RadionuclideTotalDose", "RadionuclideHalfLife"),
    *("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStopDateTime", "RadiopharmaceuticalCodeSequence"),
    *("FieldOfViewShape", "CollimatorGridName", "RotationAngle", "RadialPosition"),
)
"""Type 3 in the NM, PT and CT IODs, among the attributes that are written."""
_REQUIRED_IN_PT = frozenset({"SeriesDate", "SeriesTime", "AcquisitionDate", "AcquisitionTime"})
_POSITION_ERROR_MM = 0.02
_THICKNESS_RATIO = 1.002


@dataclass(frozen=True)
class Facts:
    """What some headers need beyond the dataset."""

    seed: int
    half_life_s: float | None = None
    """Physical, of the tracer where there is one. [s]"""


def rewritten(ds: Dataset, quirks: frozenset[Quirk], facts: Facts) -> Dataset:
    """The same dataset after every quirk that changes its attributes, in the order of the table below."""
    for quirk, habit in _HABITS:
        if quirk in quirks:
            habit(ds, facts)
    return ds


def _minimal(ds: Dataset, _: Facts) -> None:
    kept = _REQUIRED_IN_PT if ds.Modality == "PT" else frozenset()
    for item in _items(ds):
        for keyword in _OPTIONAL:
            if keyword in item and keyword not in kept:
                delattr(item, keyword)
    if ds.Modality == "NM":
        del ds.CorrectedImage


def _wrong_unit(ds: Dataset, _: Facts) -> None:
    for item in _tracers(ds):
        item.RadionuclideTotalDose = (
            f"{float(item.RadionuclideTotalDose) * (1e6 if ds.Modality == 'NM' else 1e-6):.10g}"
        )


def _zero_activity(ds: Dataset, _: Facts) -> None:
    for item in _tracers(ds):
        item.RadionuclideTotalDose = "0"


def _time_only(ds: Dataset, _: Facts) -> None:
    for item in _tracers(ds):
        for keyword in ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStopDateTime"):
            if keyword in item:
                delattr(item, keyword)


def _own_scheme(ds: Dataset, _: Facts) -> None:
    for item in _tracers(ds):
        item.RadionuclideCodeSequence = Sequence([code("C-101ED", "99SDM", "^177^Lutetium")])


def _half_life_only(ds: Dataset, facts: Facts) -> None:
    for item in _tracers(ds):
        item.RadionuclideCodeSequence = Sequence([])
        item.RadionuclideHalfLife = f"{facts.half_life_s:.10g}"
        for keyword in ("Radiopharmaceutical", "RadiopharmaceuticalCodeSequence"):
            if keyword in item:
                delattr(item, keyword)
    for window in ds.get("EnergyWindowInformationSequence", []):
        window.EnergyWindowName = str(window.EnergyWindowName).removeprefix("Lu-177 ")
    ds.StudyDescription = str(ds.StudyDescription).rpartition("] ")[2].partition(" ")[2]


def _old_dates(ds: Dataset, facts: Facts) -> None:
    _time_only(ds, facts)
    ds.PatientBirthDate = ""
    _put(ds, "PatientBirthDate", "00000000")
    for item in _items(ds):
        for element in list(item):
            text = str(element.value or "")
            if element.VR == "DA" and len(text) == 8 and text != "00000000":
                _put(item, element.keyword, f"{text[:4]}.{text[4:6]}.{text[6:]}")
            elif element.VR == "TM" and len(text) >= 6:
                _put(item, element.keyword, f"{text[:2]}:{text[2:4]}:{text[4:6]}")


def _exponents(ds: Dataset, _: Facts) -> None:
    for item in _items(ds):
        for element in list(item):
            if element.VR == "DS" and element.value not in (None, ""):
                values = element.value if element.VM > 1 else [element.value]
                setattr(item, element.keyword, [exponential(float(v)) for v in values])


def exponential(value: float) -> str:
    """A decimal string with an exponent of three digits, as some C libraries print it."""
    mantissa, _, exponent = f"{value:.7e}".partition("e")
    return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03d}"


def _corrections_missing(ds: Dataset, _: Facts) -> None:
    if ds.Modality == "NM":
        del ds.CorrectedImage
    elif ds.Modality == "PT":
        ds.CorrectedImage = None


def _corrections_absent(ds: Dataset, _: Facts) -> None:
    if ds.Modality in ("NM", "PT"):
        others = [name for name in ds.CorrectedImage if name not in ("ATTN", "SCAT")]
        ds.CorrectedImage = others or ["NORM"]


def _rounded_positions(ds: Dataset, facts: Facts) -> None:
    if ds.Modality == "NM":
        if "SliceThickness" in ds:
            ds.SliceThickness = f"{float(ds.SliceThickness) * _THICKNESS_RATIO:.2f}"
        return
    rng = generator(facts.seed, "position", ds.SOPInstanceUID)
    error = float(rng.uniform(-_POSITION_ERROR_MM, _POSITION_ERROR_MM))
    cosines = np.array(ds.ImageOrientationPatient, dtype=np.float64)
    position = np.array(ds.ImagePositionPatient, dtype=np.float64) + error * np.cross(cosines[:3], cosines[3:])
    ds.ImagePositionPatient = [f"{v:.2f}" for v in position]
    ds.SliceLocation = f"{float(ds.SliceLocation) + error:.2f}"


_HABITS: tuple[tuple[Quirk, Callable[[Dataset, Facts], None]], ...] = (
    (Quirk.MINIMAL, _minimal),
    (Quirk.WRONG_ACTIVITY_UNIT, _wrong_unit),
    (Quirk.ZERO_ACTIVITY, _zero_activity),
    (Quirk.INJECTION_TIME_ONLY, _time_only),
    (Quirk.NUCLIDE_99SDM, _own_scheme),
    (Quirk.NUCLIDE_HALF_LIFE, _half_life_only),
    (Quirk.CORRECTIONS_MISSING, _corrections_missing),
    (Quirk.CORRECTIONS_ABSENT, _corrections_absent),
    (Quirk.ROUNDED_POSITIONS, _rounded_positions),
    (Quirk.OLD_DATES, _old_dates),
    (Quirk.EXPONENTS, _exponents),
)


def _tracers(ds: Dataset) -> list[Dataset]:
    return list(ds.get("RadiopharmaceuticalInformationSequence", []))


def _items(ds: Dataset) -> Iterator[Dataset]:
    """The dataset and every item of its sequences."""
    yield ds
    for element in list(ds):
        if element.VR == "SQ":
            for item in element.value:
                yield from _items(item)


def _put(ds: Dataset, keyword: str, value: str) -> None:
    """Write a value that its value representation forbids."""
    element = ds[keyword]
    ds[element.tag] = DataElement(element.tag, element.VR, value, validation_mode=config.IGNORE)
