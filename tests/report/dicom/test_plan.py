import pydicom
import pytest

from hevesy.report.dicom import write_plan_stub, write_rtdose, write_structure_set

from .conftest import ct_headers, patient
from .test_dose import dose_map


@pytest.fixture
def structures(roi_set, grid, tmp_path):
    return pydicom.dcmread(write_structure_set(roi_set, ct_headers(grid), tmp_path / "rs.dcm", label="Demo"))


@pytest.fixture(params=["with structures", "without structures"])
def written(request, structures, tmp_path):
    drawn = structures if request.param == "with structures" else None
    return write_plan_stub(patient(), tmp_path / "plan.dcm", label="Demo", structures=drawn)


def test_it_says_that_it_is_no_plan(written):
    plan = pydicom.dcmread(written)
    assert (plan.RTPlanLabel, plan.PlanIntent, plan.ApprovalStatus) == ("STUB", "RESEARCH", "UNAPPROVED")
    assert "no beam" in plan.RTPlanDescription
    assert len(plan.RTPlanDescription) <= 1024
    for absent in ("BeamSequence", "FractionGroupSequence", "DoseReferenceSequence", "PatientSetupSequence"):
        assert absent not in plan


def test_geometry_is_that_of_the_structures_it_names(structures, tmp_path):
    alone = pydicom.dcmread(write_plan_stub(patient(), tmp_path / "a.dcm", label="Demo"))
    assert alone.RTPlanGeometry == "TREATMENT_DEVICE"
    plan = pydicom.dcmread(write_plan_stub(patient(), tmp_path / "b.dcm", label="Demo", structures=structures))
    assert plan.RTPlanGeometry == "PATIENT"
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID


def test_a_dose_refers_to_it(written, tmp_path, dciodvfy):
    plan = pydicom.dcmread(written)
    path = write_rtdose(dose_map(), patient(), tmp_path / "d.dcm", comment="c", label="Demo", plan=plan)
    dose = pydicom.dcmread(path)
    assert dose.DoseSummationType == "PLAN"
    (reference,) = dose.ReferencedRTPlanSequence
    assert (reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID) == (
        plan.SOPClassUID,
        plan.SOPInstanceUID,
    )
    assert "PlanOverviewSequence" not in dose
    assert dciodvfy(path) == []


@pytest.mark.peer
def test_dciodvfy_finds_no_error(written, dciodvfy):
    assert dciodvfy(written) == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(written, assert_returned):
    assert_returned(written)
