"""Contours as an RT Structure Set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from hevesy.domain import Contour, Roi, RoiSet
from hevesy.errors import GeometryError
from hevesy.report.dicom.identity import (
    acquisition_moment,
    add_equipment,
    add_moment,
    patient_and_study,
    reference_to,
    write_instance,
)
from hevesy.report.dicom.values import decimals, long_string

_STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"
_COLOURS = (
    *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)),
)


def write_structure_set(
    rois: RoiSet, reference: Sequence[Dataset], path: Path, *, label: str, created: datetime | None = None
) -> Path:
    """Write contours as an RT Structure Set on the images they were drawn on.

    Parameters
    ----------
    rois
        Regions with closed planar contours. Points in LPS. [mm] Names are written unchanged where a Long String
        allows it; the whole name also stands in the ROI description. A region's ``attributes["interpreted_type"]``
        becomes its RT ROI Interpreted Type.
    reference
        Headers of the image series.
    path
        Where the file shall lie.
    label
        Name of the structure set.
    created
        Date and time in the file; those of the reference's acquisition unless given, so that the same regions give
        the same bytes.

    Raises
    ------
    GeometryError
        If the regions and the images have different frames of reference, or a region is a voxel mask.
    ReadError
        If the reference names no study or date.
    """
    frame = _frame(rois, reference)
    moment = created or acquisition_moment(reference[0])
    dataset = patient_and_study(reference[0])
    add_equipment(dataset)
    add_moment(dataset, moment, "InstanceCreation", "Series", "StructureSet")
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.Modality = "RTSTRUCT"
    dataset.OperatorsName = ""
    dataset.SeriesNumber = 902
    dataset.SeriesDescription = long_string(label)
    dataset.InstanceNumber = 1
    dataset.StructureSetLabel = long_string(label, 16)
    dataset.StructureSetName = long_string(label)
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = ""
    dataset.ReferencedFrameOfReferenceSequence = [_referenced_frame(frame, reference)]
    dataset.StructureSetROISequence = [_roi(roi, frame) for roi in rois.rois]
    images = _ImageFinder(reference)
    dataset.ROIContourSequence = [_contours(roi, images, i) for i, roi in enumerate(rois.rois)]
    dataset.RTROIObservationsSequence = [_observation(roi) for roi in rois.rois]
    dataset.ApprovalStatus = "UNAPPROVED"
    return write_instance(dataset, path)


def _frame(rois: RoiSet, reference: Sequence[Dataset]) -> str:
    masks = [roi.name for roi in rois.rois if roi.mask is not None]
    if masks:
        raise GeometryError("contours", f"{masks[0]!r} is a voxel mask", "RT Structure Set")
    frames = {str(uid) for header in reference if (uid := header.get("FrameOfReferenceUID"))}
    if rois.frame_of_reference:
        frames.add(rois.frame_of_reference)
    if len(frames) != 1:
        raise GeometryError(
            "regions and images of one frame of reference", f"{len(frames)} came", f"RT Structure Set of {rois.source}"
        )
    return frames.pop()


def _referenced_frame(frame: str, reference: Sequence[Dataset]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = str(reference[0].SeriesInstanceUID)
    series.ContourImageSequence = [reference_to(header) for header in reference]
    study = Dataset()
    study.ReferencedSOPClassUID = _STUDY_MANAGEMENT
    study.ReferencedSOPInstanceUID = str(reference[0].StudyInstanceUID)
    study.RTReferencedSeriesSequence = [series]
    item = Dataset()
    item.FrameOfReferenceUID = frame
    item.RTReferencedStudySequence = [study]
    return item


def _roi(roi: Roi, frame: str) -> Dataset:
    item = Dataset()
    item.ROINumber = roi.number
    item.ReferencedFrameOfReferenceUID = frame
    item.ROIName = long_string(roi.name)
    item.ROIDescription = roi.name[:1024]
    item.ROIGenerationAlgorithm = ""
    return item


def _contours(roi: Roi, images: _ImageFinder, index: int) -> Dataset:
    item = Dataset()
    item.ReferencedROINumber = roi.number
    item.ROIDisplayColor = list(_COLOURS[index % len(_COLOURS)])
    if roi.contours:
        item.ContourSequence = [_contour(contour, images, i) for i, contour in enumerate(roi.contours)]
    return item


def _contour(contour: Contour, images: _ImageFinder, index: int) -> Dataset:
    item = Dataset()
    image = images.of(contour)
    if image is not None:
        item.ContourImageSequence = [reference_to(image)]
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(contour.points_mm)
    item.ContourNumber = index + 1
    item.ContourData = decimals(contour.points_mm)
    return item


def _observation(roi: Roi) -> Dataset:
    item = Dataset()
    item.ObservationNumber = roi.number
    item.ReferencedROINumber = roi.number
    item.RTROIInterpretedType = str(roi.attributes.get("interpreted_type") or "")
    item.ROIInterpreter = ""
    return item


class _ImageFinder:
    """Finds the slice that a contour lies on: the one it names, else the nearest within half a slice distance."""

    def __init__(self, reference: Sequence[Dataset]) -> None:
        self._by_uid = {str(header.SOPInstanceUID): header for header in reference}
        slices = [header for header in reference if header.get("ImagePositionPatient")]
        self._slices = slices
        self._normal = _normal(slices[0]) if slices else np.zeros(3)
        self._depths = np.array([float(np.dot(h.ImagePositionPatient, self._normal)) for h in slices])
        gaps = np.diff(np.sort(self._depths))
        self._reach = float(np.median(gaps)) / 2 if len(gaps) else 0.0

    def of(self, contour: Contour) -> Dataset | None:
        if contour.image_uid in self._by_uid:
            return self._by_uid[contour.image_uid]
        if not self._slices:
            return None
        distance = np.abs(self._depths - float(contour.points_mm[0] @ self._normal))
        nearest = int(np.argmin(distance))
        return self._slices[nearest] if distance[nearest] <= self._reach + 1e-3 else None


def _normal(header: Dataset) -> NDArray[np.float64]:
    cosines = np.array(header.ImageOrientationPatient, dtype=np.float64)
    return np.cross(cosines[:3], cosines[3:])
