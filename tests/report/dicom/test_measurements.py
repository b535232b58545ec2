import pydicom
import pytest
from highdicom.sr import srread

from hevesy.errors import OutputError
from hevesy.report.dicom import Measured, RegionMeasurements, write_measurement_report, write_segmentation
from hevesy.report.dicom import measurements as concepts

from .conftest import ct_headers

VALUES = (
    Measured(concepts.MEAN, 12.345678901234, "Gy", concepts.VOXEL_MAP, 1.25),
    Measured(concepts.MAXIMUM, 20.5, "Gy", concepts.VOXEL_MAP),
    Measured(concepts.MINIMUM, 0.0, "Gy", concepts.VOXEL_MAP),
    Measured(concepts.MEDIAN, 11.75, "Gy", concepts.VOXEL_MAP),
    Measured(concepts.MEAN, 13.0, "Gy", concepts.REGION_ROUTE, 0.9),
    Measured(concepts.BED, 15.0, "Gy", concepts.REGION_ROUTE, 1.1),
    Measured(concepts.TIME_INTEGRATED_ACTIVITY, 1.234e13, "Bq s", None, 2e11),
    Measured(concepts.EFFECTIVE_HALF_LIFE, 51.2, "h", None, 1.0),
    Measured(concepts.VOLUME, 146.0, "ml", None, 7.3),
    Measured(concepts.MASS, 153.3, "g", None, 7.7),
)
CODES = {
    "mean": ("128533", "DCM"), "maximum": ("128531", "DCM"), "minimum": ("128532", "DCM"), "median": ("128539", "DCM"),
    "volume": ("118565006", "SCT"), "mass": ("118538004", "SCT"),
}  # fmt: skip


@pytest.fixture
def segmentation(regions, grid, tmp_path):
    path = write_segmentation(regions, ct_headers(grid), tmp_path / "seg.dcm", label="Demo")
    return pydicom.dcmread(path, stop_before_pixels=True)


def report(regions, segmentation, grid, path):
    groups = [RegionMeasurements(region.name, n, VALUES) for n, region in enumerate(regions, start=1)]
    return write_measurement_report(groups, segmentation, ct_headers(grid), path, label="Demo")


@pytest.fixture
def written(regions, segmentation, grid, tmp_path):
    return report(regions, segmentation, grid, tmp_path / "sr.dcm")


def children(item, code=None):
    found = item.get("ContentSequence", [])
    return [c for c in found if code is None or c.ConceptNameCodeSequence[0].CodeValue == code]


def test_it_is_a_measurement_report_by_its_template(written):
    dataset = pydicom.dcmread(written)
    assert dataset.SOPClassUID == pydicom.uid.Comprehensive3DSRStorage
    assert dataset.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert (dataset.CompletionFlag, dataset.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
    assert children(dataset, "121005")[0].ConceptCodeSequence[0].CodeValue == "121007"  # observer: a device
    assert children(dataset, "121013")[0].TextValue == "Hevesy"
    (measurements,) = children(dataset, "126010")
    groups = children(measurements, "125007")
    assert len(groups) == 3
    for group in groups:
        assert group.ContentTemplateSequence[0].TemplateIdentifier == "1411"
        for required in ("112039", "112040", "121191"):  # tracking identifier and UID, referenced segment: once each
            assert len(children(group, required)) == 1
        assert children(group, "111001")[0].TextValue == "Hevesy"  # algorithm
    assert len({children(g, "112040")[0].UID for g in groups}) == 3


def test_every_value_unit_and_code_is_read_back(written, regions, segmentation):
    content = srread(written).content
    groups = content.get_volumetric_roi_measurement_groups()
    for number, (group, region) in enumerate(zip(groups, regions, strict=True), start=1):
        assert group.tracking_identifier == region.name
        (segment,) = children(group[0], "121191")[0].ReferencedSOPSequence
        assert segment.ReferencedSOPInstanceUID == segmentation.SOPInstanceUID
        assert segment.ReferencedSegmentNumber == number
        found = group.get_measurements()
        for item, expected in zip(found, VALUES, strict=True):
            assert item.value == expected.value
            assert item.unit.value == {"Bq s": "Bq.s"}.get(expected.unit, expected.unit)
            assert item.unit.scheme_designator == "UCUM"
            name = item.name
            assert (name.value, name.scheme_designator, name.meaning) == tuple(expected.concept)[:3]
            method = [c.ConceptCodeSequence[0].CodeValue for c in children(item[0], "370129005")]
            assert method == ([expected.method.value] if expected.method else [])
            spread = children(item[0], "371884006")
            assert [float(c.MeasuredValueSequence[0].FloatingPointValue) for c in spread] == (
                [expected.standard_uncertainty] if expected.standard_uncertainty else []
            )
            assert all(c.RelationshipType == "HAS PROPERTIES" for c in spread)


def test_codes_are_those_of_the_standard():
    for name, (value, scheme) in CODES.items():
        code = getattr(concepts, name.upper())
        assert (code.value, code.scheme_designator) == (value, scheme)
    from pydicom.sr.codedict import codes

    for code in (concepts.MEAN, concepts.MAXIMUM, concepts.MINIMUM, concepts.MEDIAN):
        assert code == getattr(codes.DCM, code.meaning.replace(" ", ""))


def test_private_codes_are_identified(written):
    (scheme,) = pydicom.dcmread(written).CodingSchemeIdentificationSequence
    assert scheme.CodingSchemeDesignator == "99HEVESY"


def test_side_and_finding_come_from_the_segment(written):
    groups = srread(written).content.get_volumetric_roi_measurement_groups()
    assert groups[0].finding_type.value == "64033007"
    (site,) = groups[0].finding_sites
    assert site.laterality.meaning == "Left"
    assert groups[1].finding_type.meaning == "Neoplasm"


def test_same_values_give_the_same_bytes(written, regions, segmentation, grid, tmp_path):
    again = report(regions, segmentation, grid, tmp_path / "again.dcm")
    assert again.read_bytes() == written.read_bytes()


def test_what_it_refers_to_is_listed_as_evidence(written, segmentation, grid):
    evidence = pydicom.dcmread(written).CurrentRequestedProcedureEvidenceSequence
    named = {
        i.ReferencedSOPInstanceUID
        for e in evidence
        for s in e.ReferencedSeriesSequence
        for i in s.ReferencedSOPSequence
    }
    assert named == {segmentation.SOPInstanceUID, *(h.SOPInstanceUID for h in ct_headers(grid))}


def test_a_region_without_its_segment_is_refused(regions, segmentation, grid, tmp_path):
    stranger = [RegionMeasurements("Spleen", 1, VALUES)]
    with pytest.raises(OutputError, match="a segment of Spleen"):
        write_measurement_report(stranger, segmentation, ct_headers(grid), tmp_path / "sr.dcm", label="Demo")
    with pytest.raises(OutputError, match="at least one region"):
        write_measurement_report([], segmentation, ct_headers(grid), tmp_path / "sr.dcm", label="Demo")


def test_the_patients_name_is_in_no_warning(regions, grid, tmp_path):
    headers = ct_headers(grid)
    for header in headers:
        header.PatientName = "Single"
    path = write_segmentation(regions, headers, tmp_path / "seg.dcm", label="Demo")
    groups = [RegionMeasurements(regions[0].name, 1, VALUES)]
    write_measurement_report(groups, pydicom.dcmread(path), headers, tmp_path / "sr.dcm", label="Demo")


@pytest.mark.peer
def test_dciodvfy_finds_no_error(written, dciodvfy):
    assert dciodvfy(written) == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(written, assert_returned):
    assert_returned(written)
