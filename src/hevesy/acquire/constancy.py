"""What every file of one series must say alike: each slice repeats it, so one damaged slice betrays itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydicom.dataset import Dataset

from hevesy.acquire.findings import notice
from hevesy.acquire.values import first, text
from hevesy.domain import Finding

_CONSTANT = (
    "SOPClassUID", "StudyInstanceUID", "SeriesNumber", "SeriesDescription", "SeriesDate",
    "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "PatientPosition", "SliceThickness",
    "SpacingBetweenSlices", "NumberOfSlices", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "SamplesPerPixel", "Units", "CorrectedImage",
    "RescaleIntercept", "RescaleType", "ReconstructionMethod", "ConvolutionKernel", "EnergyWindowRangeSequence",
)  # fmt: skip
_DRUG = ("RadionuclideTotalDose", "RadionuclideHalfLife", "RadiopharmaceuticalStartDateTime")
_USUAL = 0.8
"""A value that so many of the slices share is the series' own; vendors that scale each slice share none. [-]"""


def constancy_findings(datasets: Sequence[Dataset]) -> tuple[Finding, ...]:
    """Attributes on which the files of a series differ, though none of them belongs to a single slice."""
    if len(datasets) < 2:
        return ()
    told = [name for name in _CONSTANT if _differs(datasets, name)]
    told += [name for name in _DRUG if _differs([_drug(dataset) for dataset in datasets], name)]
    if _outlier(datasets):
        told.append("RescaleSlope")
    if not told:
        return ()
    return (notice("slices-disagree", "the files of a series to agree", f"they differ in {', '.join(told)}"),)


def _drug(dataset: Dataset) -> Dataset | None:
    return first(dataset, "RadiopharmaceuticalInformationSequence")


def _differs(datasets: Sequence[Dataset | None], keyword: str) -> bool:
    one = text(datasets[0], keyword)
    return any(text(dataset, keyword) != one for dataset in datasets[1:])


def _outlier(datasets: Sequence[Dataset]) -> bool:
    counted = Counter(text(dataset, "RescaleSlope") for dataset in datasets)
    return len(counted) > 1 and counted.most_common(1)[0][1] >= _USUAL * len(datasets)
