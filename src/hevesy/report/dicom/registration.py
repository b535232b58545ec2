"""Rigid transforms as Spatial Registration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydicom import Dataset
from pydicom.uid import SpatialRegistrationStorage

from hevesy.domain import RigidTransform
from hevesy.errors import GeometryError
from hevesy.report.dicom.identity import (
    acquisition_moment,
    add_equipment,
    add_moment,
    patient_and_study,
    write_instance,
)
from hevesy.report.dicom.values import Code, code_item, decimals, long_string

_IMAGE_CONTENT = ("125024", "DCM", "Image Content-based Alignment")


def write_registration(
    transform: RigidTransform, reference: Dataset, path: Path, *, label: str, image_based: bool
) -> Path:
    """Write a rigid transform as Spatial Registration; its target is the registered frame of reference.

    The matrix maps points of the source frame to the registered one, ``registered = matrix @ source`` (PS3.3,
    C.20.2.1.1). The registered frame's own identity is written too.

    Parameters
    ----------
    transform
        From points of the source frame to points of the target frame, both named. [mm]
    reference
        Any image header of the study that the target frame belongs to.
    path
        Where the file shall lie.
    label
        Name of the series.
    image_based
        Whether the transform was found from the content of images; where it came is not said otherwise.

    Raises
    ------
    GeometryError
        If a frame of reference has no name, or both have the same.
    ReadError
        If the reference names no study or date.
    """
    source, target = transform.source_frame, transform.target_frame
    if not source or not target or source == target:
        raise GeometryError("a transform between two named frames of reference", f"{source} to {target} came", "REG")
    dataset = patient_and_study(reference)
    add_equipment(dataset)
    add_moment(dataset, acquisition_moment(reference), "InstanceCreation", "Series", "Content")
    dataset.SOPClassUID = SpatialRegistrationStorage
    dataset.Modality = "REG"
    dataset.OperatorsName = ""
    dataset.SeriesNumber = 906
    dataset.SeriesDescription = long_string(label)
    dataset.InstanceNumber = 1
    dataset.ContentLabel = "HEVESY"
    dataset.ContentDescription = long_string(label)
    dataset.ContentCreatorName = ""
    dataset.FrameOfReferenceUID = target
    dataset.PositionReferenceIndicator = ""
    identity = RigidTransform.identity(target, target)
    dataset.RegistrationSequence = [_item(identity, ()), _item(transform, (_IMAGE_CONTENT,) if image_based else ())]
    return write_instance(dataset, path)


def _item(transform: RigidTransform, kind: Sequence[Code]) -> Dataset:
    matrix = Dataset()
    matrix.FrameOfReferenceTransformationMatrixType = "RIGID"
    matrix.FrameOfReferenceTransformationMatrix = decimals(transform.array)
    step = Dataset()
    step.MatrixSequence = [matrix]
    step.RegistrationTypeCodeSequence = [code_item(code) for code in kind]
    item = Dataset()
    item.FrameOfReferenceUID = transform.source_frame
    item.MatrixRegistrationSequence = [step]
    return item
