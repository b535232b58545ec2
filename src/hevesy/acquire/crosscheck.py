"""What one file says twice, or what only one way of saying is possible: the redundancies by which damage shows.

Findings here are notices: each of these things may be so in a sound file, and none of them is needed to read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset
from pydicom.uid import UID

from hevesy.acquire.findings import notice
from hevesy.acquire.values import first, integer, items, number, text, texts
from hevesy.domain import Finding

_MODALITIES = {
    "1.2.840.10008.5.1.4.1.1.20": "NM",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.130": "PT",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.66.1": "REG",
}
_NM_KINDS = frozenset({
    "STATIC", "DYNAMIC", "GATED", "WHOLE BODY", "TOMO", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO",
})  # fmt: skip
_SERIES_TYPES = (frozenset({"STATIC", "DYNAMIC", "GATED", "WHOLE BODY"}), frozenset({"IMAGE", "REPROJECTION"}))
_CORRECTIONS = frozenset({
    "UNIF", "COR", "NCO", "DECY", "ATTN", "SCAT", "DTIM", "NRGY", "LIN", "MOTN", "CLN", "RAN", "RADL", "DCAL", "NORM",
})  # fmt: skip
_BITS = frozenset({1, 8, 16, 32, 64})
_NOT_CONCENTRATION = ("g/ml", "cm2/ml", "%", "1", "{", "/")
"""Beginnings of UCUM codes of standardised uptake values and ratios."""


def cross_findings(dataset: Dataset) -> tuple[Finding, ...]:
    """Compare what a file says more than once."""
    modality = text(dataset, "Modality").upper()
    found = [*_identity(dataset), *_class(dataset, modality), *_bits(dataset)]
    if modality in {"NM", "PT"}:
        found += [*_kind(dataset, modality), *_corrections(dataset), *_mapping(dataset)]
    return tuple(found)


def _identity(dataset: Dataset) -> Iterator[Finding]:
    meta = getattr(dataset, "file_meta", None)
    for outer, inner in (
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID"),
        ("MediaStorageSOPClassUID", "SOPClassUID"),
    ):
        said = text(meta, outer)
        if said and said != text(dataset, inner):
            yield notice("identity-contradiction", f"{inner} as in the file meta information", "another came")


def _class(dataset: Dataset, modality: str) -> Iterator[Finding]:
    uid = text(dataset, "SOPClassUID")
    wanted = _MODALITIES.get(uid)
    if (wanted and wanted != modality) or UID(uid).name == uid:
        yield notice(
            "class-contradiction", "a SOP Class of the modality", f"{modality or 'no modality'} came with {uid}"
        )


def _bits(dataset: Dataset) -> Iterator[Finding]:
    allocated, stored, high = (integer(dataset, k) for k in ("BitsAllocated", "BitsStored", "HighBit"))
    if allocated is None and stored is None and high is None:
        return
    sound = allocated in _BITS and stored is not None and 0 < stored <= (allocated or 0) and high == stored - 1
    if not sound:
        yield notice(
            "bits-contradiction", "bits stored within bits allocated", f"{stored} of {allocated}, highest {high} came"
        )


def _kind(dataset: Dataset, modality: str) -> Iterator[Finding]:
    if modality == "NM":
        kinds = texts(dataset, "ImageType")
        if len(kinds) < 3 or kinds[2] not in _NM_KINDS:
            yield notice("image-type", "an Image Type of nuclear medicine", f"{', '.join(kinds) or 'none'} came")
        return
    kinds = texts(dataset, "SeriesType")
    if kinds and not (len(kinds) == 2 and all(kind in known for kind, known in zip(kinds, _SERIES_TYPES, strict=True))):
        yield notice("image-type", "a Series Type of PET", f"{', '.join(kinds)} came")


def _corrections(dataset: Dataset) -> Iterator[Finding]:
    unknown = [word for word in texts(dataset, "CorrectedImage") if word not in _CORRECTIONS]
    if unknown:
        yield notice(
            "unknown-correction", "corrections of the standard in Corrected Image", f"{', '.join(unknown)} came"
        )


def _mapping(dataset: Dataset) -> Iterator[Finding]:
    """A Real World Value Mapping that cannot be read is not a missing one."""
    if "RealWorldValueMappingSequence" not in dataset:
        return
    for item in items(dataset, "RealWorldValueMappingSequence") or (Dataset(),):
        code = first(item, "MeasurementUnitsCodeSequence")
        units, scheme = text(code, "CodeValue"), text(code, "CodingSchemeDesignator")
        slope, intercept = number(item, "RealWorldValueSlope"), number(item, "RealWorldValueIntercept")
        plain = "RealWorldValueLUTData" not in item and (slope is None or slope <= 0 or intercept is None)
        if scheme != "UCUM" or plain or not _known_units(units):
            came = f"slope {slope}, intercept {intercept} and units {units or 'none'} ({scheme or 'no scheme'}) came"
            yield notice("unusable-mapping", "a Real World Value Mapping with UCUM units", came)


def _known_units(units: str) -> bool:
    return units.startswith(_NOT_CONCENTRATION) or units.lower().endswith(("bq/ml", "bq/cm3")) or units == "[hnsf'U]"


def all_cross_findings(datasets: Sequence[Dataset]) -> tuple[Finding, ...]:
    """The cross-checks of every file of a series, each kind once."""
    found: dict[str, Finding] = {}
    for dataset in datasets:
        for finding in cross_findings(dataset):
            found.setdefault(finding.code, finding)
    return tuple(found.values())
