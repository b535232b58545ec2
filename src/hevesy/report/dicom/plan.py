"""A stub of an RT Plan, for planning systems that show no dose without one."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset
from pydicom.uid import RTPlanStorage

from hevesy.report.dicom.identity import (
    acquisition_moment,
    add_equipment,
    add_moment,
    patient_and_study,
    reference_to,
    write_instance,
)
from hevesy.report.dicom.values import long_string

STUB = (
    "Stub written by Hevesy so that planning systems can show the dose of a radionuclide therapy. There is no "
    "treatment plan: no beam, no prescription, nothing to deliver."
)
"""What the plan says about itself."""


def write_plan_stub(reference: Dataset, path: Path, *, label: str, structures: Dataset | None = None) -> Path:
    """Write an RT Plan without beams, fractions or prescription: intent RESEARCH, unapproved, labelled as a stub.

    Parameters
    ----------
    reference
        Any image header of the patient's study.
    path
        Where the file shall lie.
    label
        Name of the series.
    structures
        The RT Structure Set of the regions; the plan then refers to it and its geometry is PATIENT. Without one it is
        TREATMENT_DEVICE, which is what the standard (PS3.3, C.8.8.9) says of a plan without structures.

    Raises
    ------
    ReadError
        If the reference names no study or date.
    """
    dataset = patient_and_study(reference)
    add_equipment(dataset)
    add_moment(dataset, acquisition_moment(reference), "InstanceCreation", "Series", "RTPlan")
    dataset.SOPClassUID = RTPlanStorage
    dataset.Modality = "RTPLAN"
    dataset.OperatorsName = ""
    dataset.SeriesNumber = 905
    dataset.SeriesDescription = long_string(label)
    dataset.InstanceNumber = 1
    dataset.RTPlanLabel = "STUB"
    dataset.RTPlanName = "Stub, not a treatment plan"
    dataset.RTPlanDescription = STUB
    dataset.PlanIntent = "RESEARCH"
    dataset.RTPlanGeometry = "TREATMENT_DEVICE"
    if structures is not None:
        dataset.RTPlanGeometry = "PATIENT"
        dataset.ReferencedStructureSetSequence = [reference_to(structures)]
    dataset.ApprovalStatus = "UNAPPROVED"
    return write_instance(dataset, path)
