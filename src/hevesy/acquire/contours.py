"""RTSTRUCT: regions as closed contours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from hevesy.acquire.values import first, integer, items, numbers, text, unique
from hevesy.domain import Contour, Roi, RoiSet
from hevesy.errors import GeometryError, ReadError

_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})


def structure_frames(dataset: Dataset) -> tuple[str, ...]:
    """Every Frame of Reference UID that a structure set names."""
    own = text(dataset, "FrameOfReferenceUID")
    referenced = (text(f, "FrameOfReferenceUID") for f in items(dataset, "ReferencedFrameOfReferenceSequence"))
    drawn = (text(roi, "ReferencedFrameOfReferenceUID") for roi in items(dataset, "StructureSetROISequence"))
    return unique((own, *referenced, *drawn))


def structure_series(dataset: Dataset) -> tuple[str, ...]:
    """Series that a structure set was drawn on."""
    return unique(
        text(series, "SeriesInstanceUID")
        for frame in items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in items(frame, "RTReferencedStudySequence")
        for series in items(study, "RTReferencedSeriesSequence")
    )


def structure_names(dataset: Dataset) -> tuple[str, ...]:
    """Names of the regions, unchanged, in the order of the file."""
    return tuple(text(roi, "ROIName") for roi in items(dataset, "StructureSetROISequence"))


def contour_rois(dataset: Dataset, source: str, where: str) -> RoiSet:
    """Read a structure set.

    A region with anything but closed contours comes without contours; its attribute ``contour_types`` says why.
    Contours of fewer than three points enclose nothing and are left out; ``degenerate_contours`` counts them.

    Raises
    ------
    GeometryError
        If its regions lie in several frames of reference.
    ReadError
        If the points of a contour are damaged.
    """
    drawn = {
        number: roi
        for roi in items(dataset, "ROIContourSequence")
        if (number := integer(roi, "ReferencedROINumber")) is not None
    }
    observed = {
        number: seen
        for seen in items(dataset, "RTROIObservationsSequence")
        if (number := integer(seen, "ReferencedROINumber")) is not None
    }
    rois = items(dataset, "StructureSetROISequence")
    frames = unique(text(roi, "ReferencedFrameOfReferenceUID") for roi in rois) or structure_frames(dataset)
    if len(frames) > 1:
        raise GeometryError("regions in one frame of reference", f"{len(frames)} came", where)
    return RoiSet(
        rois=tuple(_roi(roi, drawn, observed, where) for roi in rois),
        frame_of_reference=frames[0] if frames else None,
        source=source,
        referenced_series_uids=structure_series(dataset),
    )


def _roi(roi: Dataset, drawn: Mapping[int, Dataset], observed: Mapping[int, Dataset], where: str) -> Roi:
    number, name = integer(roi, "ROINumber"), text(roi, "ROIName")
    if number is None:
        raise ReadError("a ROI Number", f"none came for {name!r}", where)
    parts = items(drawn.get(number), "ContourSequence")
    types = unique(text(part, "ContourGeometricType").upper() for part in parts)
    contours = [_contour(part, f"{where}, region {name!r}") for part in parts] if set(types) <= _CLOSED else []
    kept = tuple(contour for contour in contours if len(contour.points_mm) >= 3)
    code = first(observed.get(number), "RTROIIdentificationCodeSequence")
    attributes = {
        "interpreted_type": text(observed.get(number), "RTROIInterpretedType"),
        "generation_algorithm": text(roi, "ROIGenerationAlgorithm"),
        "contour_types": types,
        "degenerate_contours": len(contours) - len(kept),
        "code": _code(code),
    }
    return Roi(number, name, contours=kept, attributes=attributes)


def _code(code: Dataset | None) -> tuple[str, str, str] | None:
    found = tuple(text(code, k) for k in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
    return (found[0], found[1], found[2]) if found[0] else None


def _contour(part: Dataset, where: str) -> Contour:
    values = _coordinates(part)
    stated = integer(part, "NumberOfContourPoints")
    if not values.size or values.size % 3 or (stated is not None and stated * 3 != values.size):
        raise ReadError(f"{stated} contour points", f"{values.size} numbers came", where)
    image = text(first(part, "ContourImageSequence"), "ReferencedSOPInstanceUID") or None
    return Contour(values.reshape(-1, 3), image)


def _coordinates(part: Dataset) -> NDArray[np.float64]:
    """The numbers of Contour Data, from its bytes: a Python object for each would take 50 times the memory."""
    raw: object = part.get_item("ContourData") if "ContourData" in part else None
    if not isinstance(raw, RawDataElement) or raw.value is None:
        return np.array(numbers(part, "ContourData"))
    text_value = raw.value.decode("ascii", "replace").rstrip(" \0")
    try:
        values = np.fromstring(text_value, sep="\\")
    except ValueError:
        return np.empty(0)
    whole = values.size == text_value.count("\\") + 1 and bool(np.isfinite(values).all())
    return values if whole else np.empty(0)
