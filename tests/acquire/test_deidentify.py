"""Pseudonymised objects: nothing planted remains in the bytes, and what dosimetry needs stays."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from hevesy.acquire.deidentify import Account, pseudonymised
from hevesy.acquire.deidentify_accept import accepted, transfer_syntax
from hevesy.acquire.deidentify_dates import shifted_date, shifted_moment, shifted_text
from hevesy.acquire.deidentify_profile import kept_unless_it_names_somebody
from hevesy.acquire.deidentify_pseudonym import Pseudonym, derived_shift_days, replaced_uid
from hevesy.acquire.deidentify_words import identifiers, is_plain, names_somebody

KEY = b"a secret of the site, kept apart"
NAME, NUMBER = "Quxley^Zabrina", "HX7731942"
PLANTED = ("quxley", "zabrina", "hx7731942", "wibblethorpe", "zorblatt")
"""What must not remain: the patient's name and number, a physician's name, and a name in free text that no attribute
tells to be one."""
TEXTS = (
    *("StationAETitle", "BodyPartExamined", "ScanOptions", "ContentLabel", "InstitutionName", "SeriesDescription"),
    *("ProtocolName", "Manufacturer", "CodeMeaning", "CollimatorGridName", "PatientComments", "ImageComments"),
    *("AdditionalPatientHistory", "ReferringPhysicianName", "OperatorsName", "PatientMotherBirthName", "StudyID"),
    *("PhysiciansOfRecord", "AccessionNumber", "StationName", "SequenceName", "ConvolutionKernel", "LabelText"),
    *("DerivationDescription", "InstitutionAddress", "LongCodeValue", "RetrieveURL", "TextValue", "PatientAge"),
    *("ScheduledStudyStartDate", "AcquisitionNumber", "PatientSize", "AdmittingTime", "DateTime"),
)


def pseudonym(*datasets, shift=-400):
    return Pseudonym("P-001", KEY, shift, identifiers(datasets))


def encoded(dataset, like):
    syntax = like.file_meta.TransferSyntaxUID
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def plant(dataset, text="Quxley HX7731942 Zabrina"):
    """The patient's name in an attribute of every text value representation, at one level."""
    for keyword in TEXTS:
        kind = dictionary_VR(keyword)
        value = {"PN": NAME, "AE": "QUXLEY", "CS": "QUXLEY", "SH": "Quxley"}.get(kind, text)
        dataset[keyword] = raw(keyword, kind, value) if kind not in {"DS", "IS"} else raw(keyword, "LO", value)
    block = dataset.private_block(0x0029, "ACME QUXLEY", create=True)
    block.add_new(0x10, "LO", text)
    block.add_new(0x11, "DA", "20240305")
    dataset.StudyDescription = "Zorblatt abdomen"
    dataset.PatientState = dataset.ReasonForStudy = "seen by Zorblatt"
    dataset.add_new(0x50000010, "US", 1)
    dataset.add_new(0x60003000, "OW", text.encode() + b"\0" * (len(text) % 2))


def raw(keyword, kind, value):
    return pydicom.DataElement(keyword, kind, value, validation_mode=pydicom.config.IGNORE)


@pytest.fixture
def nm(build):
    ds = build.nm(PatientName=NAME, PatientID=NUMBER)
    plant(ds)
    del ds.PatientSize
    ds.PatientWeight, ds.PatientSize, ds.PatientSex = "72.50", "1.73", "F"
    ds.PerformingPhysicianName = "Wibblethorpe^Q"
    ds.RequestAttributesSequence = Sequence([Dataset()])
    plant(ds.RequestAttributesSequence[0])
    deep = Dataset()
    plant(deep)
    ds.EnergyWindowInformationSequence[0].ProcedureCodeSequence = Sequence([deep])
    ds.DetectorInformationSequence[0].DetectorID = NUMBER
    ds.PixelData += text_padding()
    return ds


def text_padding():
    return b"Quxley^Zabrina\0\0"


def test_every_text_representation_is_planted():
    found = {dictionary_VR(keyword) for keyword in TEXTS}
    assert found == {*("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT")}


def test_nothing_planted_remains_in_the_bytes(nm):
    with pydicom.config.disable_value_validation():
        before = encoded(nm, nm).lower()
        assert all(word.encode() in before for word in PLANTED)
        after = encoded(pseudonymised(nm, pseudonym(nm), Account()), nm).lower()
    assert [word for word in PLANTED if word.encode() in after] == []


WORDY = frozenset(
    {*("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT", "UN")}
)


def everywhere(ds, word, level=0):
    """Plant a word in every textual attribute of the data dictionary."""
    for tag, (kind, *_, keyword) in DicomDictionary.items():
        if keyword and kind in WORDY and tag >> 16 > 2 and keyword not in {"SpecificCharacterSet", "PatientName"}:
            ds[tag] = pydicom.DataElement(tag, kind if kind not in {"DS", "IS"} else "LO", word, validation_mode=0)
    return ds


def test_a_known_name_stays_in_no_attribute_of_the_dictionary(build):
    ds = everywhere(build.nm(PatientName=NAME, PatientID=NUMBER), "QUXLEY")
    assert len(ds) > 2000
    ds.RequestedProcedureCodeSequence = Sequence([everywhere(Dataset(), "Zabrina")])
    ds.DetectorInformationSequence[0].ViewCodeSequence = Sequence([everywhere(Dataset(), "HX7731942")])
    known = Pseudonym("P-001", KEY, -400, frozenset({"quxley", "zabrina", "hx7731942"}))
    with pydicom.config.disable_value_validation():
        result = pseudonymised(ds, known, Account())
    leaks = [
        e.keyword for e in result.iterall() if e.VR != "SQ" and re.search("quxley|zabrina|hx7", str(e.value), re.I)
    ]
    assert leaks == []


def test_a_name_nobody_told_stays_only_in_coded_strings_and_what_dosimetry_needs(build):
    ds = everywhere(build.nm(PatientName=NAME, PatientID=NUMBER), "ZORBLATT")
    ds[0x00280008] = raw(0x00280008, "LO", "Zorblatt")  # words where a number belongs
    ds[0x00540081] = raw(0x00540081, "LO", "Zorblatt")
    known = Pseudonym("P-001", KEY, -400, frozenset({"quxley"}))
    with pydicom.config.disable_value_validation():
        result = pseudonymised(ds, known, Account())
    stays = {e.keyword for e in result if e.VR not in {"SQ", "CS"} and "zorblatt" in str(e.value).lower()}
    assert stays <= kept_unless_it_names_somebody()
    assert len(stays) < 70


def test_a_file_that_does_not_say_how_it_is_encoded(build, tmp_path):
    ds = build.nm(PatientName=NAME, PatientID=NUMBER)
    del ds.file_meta
    ds.save_as(tmp_path / "bare.dcm", implicit_vr=True, little_endian=True)
    header = accepted(tmp_path / "bare.dcm")
    assert transfer_syntax(header.dataset) == pydicom.uid.ImplicitVRLittleEndian


def test_what_dosimetry_needs_stays(nm, build):
    with pydicom.config.disable_value_validation():
        result = pseudonymised(nm, pseudonym(nm), Account())
    for keyword in ("Rows", "Columns", "PixelSpacing", "ImagePositionPatient", "ActualFrameDuration", "CorrectedImage"):
        assert result.get(keyword) == nm.get(keyword)
    assert (result.PatientWeight, result.PatientSize, result.PatientSex) == (72.5, 1.73, "F")
    assert str(result.PatientWeight) == "72.50"  # as it was written
    assert result.DeviceSerialNumber == "7"
    assert result.ManufacturerModelName == "Gamma"
    window = result.EnergyWindowInformationSequence[0].EnergyWindowRangeSequence[0]
    assert (window.EnergyWindowLowerLimit, window.EnergyWindowUpperLimit) == (187, 229)
    drug, original = (d.RadiopharmaceuticalInformationSequence[0] for d in (result, nm))
    assert str(drug.RadionuclideTotalDose) == str(original.RadionuclideTotalDose)
    assert drug.RadionuclideCodeSequence[0].CodeMeaning == "^177^Lutetium"
    expected = build.counts().tobytes()
    assert result.PixelData == expected  # without what stood behind the last pixel


def test_it_says_what_was_done(nm):
    with pydicom.config.disable_value_validation():
        result = pseudonymised(nm, pseudonym(nm), Account())
    assert (result.PatientName, result.PatientID, result.PatientBirthDate) == ("P-001", "P-001", "")
    assert (result.PatientIdentityRemoved, result.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
    assert "PS3.15" in result.DeidentificationMethod
    codes = {item.CodeValue for item in result.DeidentificationMethodCodeSequence}
    assert codes == {"113100", "113105", "113107", "113108", "113109", "113111"}


def test_all_moments_move_by_the_same_whole_days(nm):
    with pydicom.config.disable_value_validation():
        result = pseudonymised(nm, pseudonym(nm, shift=-64), Account())
    assert (result.AcquisitionDate, result.AcquisitionTime) == ("20240101", "100000")
    assert result.StudyDate == "20240101"
    drug = result.RadiopharmaceuticalInformationSequence[0]
    assert drug.RadiopharmaceuticalStartDateTime == "20231231090000"


def test_private_attributes_go_but_the_safe_ones(build):
    (ds, *_) = build.pt(PatientName=NAME, PatientID=NUMBER)
    block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
    block.add_new(0x00, "DS", "0.00123")
    block.add_new(0x09, "DS", "1.9871")
    block.add_new(0x03, "ST", NAME)
    ds.private_block(0x0009, "GEMS", create=True).add_new(0x01, "DT", "20240305")
    result = pseudonymised(ds, pseudonym(ds), Account())
    kept = {element.tag: element.value for element in result if element.tag.is_private}
    assert {tag & 0xFF: str(value) for tag, value in kept.items() if tag & 0xFF00} == {0x00: "0.00123", 0x09: "1.9871"}
    assert {tag.group for tag in kept} == {0x7053}


def test_a_safe_private_attribute_that_holds_no_number_goes(build):
    (ds, *_) = build.pt(PatientName=NAME, PatientID=NUMBER)
    ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x09, "LO", NAME)
    assert not [e for e in pseudonymised(ds, pseudonym(ds), Account()) if e.tag.is_private]


def test_unknown_attributes_go(build):
    (ds, *_) = build.pt(PatientName=NAME, PatientID=NUMBER)
    ds.add_new(0x00081FFE, "LO", "never in the dictionary")
    assert 0x00081FFE not in pseudonymised(ds, pseudonym(ds), Account())


def test_references_between_objects_hold(build):
    slices = build.pt(PatientName=NAME, PatientID=NUMBER)
    drawn = build.rtstruct(
        {"Liver": [np.zeros((3, 3))]}, series=[slices[0].SeriesInstanceUID], PatientName=NAME, PatientID=NUMBER
    )
    known = pseudonym(drawn)
    image, structures = (pseudonymised(ds, known, Account()) for ds in (slices[0], drawn))
    frame = structures.ReferencedFrameOfReferenceSequence[0]
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert frame.FrameOfReferenceUID == image.FrameOfReferenceUID != slices[0].FrameOfReferenceUID
    assert series.SeriesInstanceUID == image.SeriesInstanceUID != slices[0].SeriesInstanceUID
    assert image.SOPClassUID == slices[0].SOPClassUID
    assert image.SOPInstanceUID.startswith("2.25.")
    assert image.SOPInstanceUID.is_valid


def test_region_names_stay_where_they_name_nobody(build):
    mask = np.ones(build.SHAPE, bool)
    contours = [np.zeros((3, 3))]
    names = [
        "Kidney_L",
        "Lesion_liver_1",
        "Quxley lesion",
        "Zabrina",
        "Dr Wibblethorpe ROI",
        "HX7731942",
        "Liver 20240305",
    ]
    account = Account()
    for ds, sequence, keyword in (
        (build.rtstruct(dict.fromkeys(names, contours)), "StructureSetROISequence", "ROIName"),
        (build.seg(dict.fromkeys(names, mask)), "SegmentSequence", "SegmentLabel"),
    ):
        ds.PatientName, ds.PatientID = NAME, NUMBER
        result = pseudonymised(ds, pseudonym(ds), account)
        found = [item.get(keyword) for item in result[sequence].value]
        assert found == ["Kidney_L", "Lesion_liver_1", *(f"Renamed {n}" for n in range(1, 6))]
    assert set(account.renamed) == set(names[2:])


def test_words_of_descriptions_stay_where_they_name_nobody(build):
    (ds, *_) = build.pt(
        PatientName=NAME, PatientID=NUMBER, SeriesDescription="SPECT abdomen Quxley, Dr Wibblethorpe 24"
    )
    assert pseudonymised(ds, pseudonym(ds), Account()).SeriesDescription == "SPECT ABDOMEN 24"


def test_the_account_holds_no_value(nm):
    account = Account()
    with pydicom.config.disable_value_validation():
        pseudonymised(nm, pseudonym(nm), account)
    assert not [word for word in PLANTED if word in str(account.done).lower()]
    assert account.done["removed"]["private"] >= 2
    assert account.done["date moved"]["AcquisitionDate"] == 1


@given(st.dates(), st.integers(-3000, 3000).filter(bool))
def test_moved_dates_keep_their_distance(day, days):
    text = f"{day.year:04d}{day.month:02d}{day.day:02d}"
    moved = shifted_date(text, days)
    if moved is not None:
        assert shifted_date(moved, -days) == text
        assert shifted_moment(text + "095300.25+0100", days) == moved + "095300.25+0100"


@pytest.mark.parametrize("text", ["", "2024", "20241301", "00000000", "Quxley", "202403051"])
def test_what_is_no_date_has_no_replacement(text):
    assert shifted_date(text, -5) is None
    assert shifted_moment(text, -5) is None


def test_notations_stay():
    assert shifted_date("1993.11.24", 7) == "1993.12.01"
    assert shifted_text("at 2024-03-04T09:00:00, assayed 2024-02-29", 1) == "at 2024-03-05T09:00:00, assayed 2024-03-01"


def test_replacements_follow_from_the_key():
    uid = "1.2.826.0.1.3680043.8.498.1"
    assert replaced_uid(uid, KEY) == replaced_uid(uid, KEY) != replaced_uid(uid, KEY + b"!")
    assert re.fullmatch(r"2\.25\.\d{1,39}", replaced_uid(uid, KEY))
    assert replaced_uid("1.2.840.10008.1.2.1", KEY) == "1.2.840.10008.1.2.1"
    shifts = {derived_shift_days(f"patient {n}", KEY) for n in range(200)}
    assert len(shifts) > 150
    assert all(-3650 <= shift <= -1 for shift in shifts)


def test_a_weak_key_or_no_shift_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonym("P", b"short", -1)
    with pytest.raises(ValueError, match="at least one day"):
        Pseudonym("P", KEY, 0)


def test_words():
    known = frozenset({"lee", "quxley", "7731942"})
    assert names_somebody("Series of Lee", known)
    assert names_somebody("MrsQUXLEYscan", known)
    assert names_somebody("id 7731942.", known)
    assert not names_somebody("sleeve", known)
    assert is_plain("Lesion_liver_12")
    assert not is_plain("Lesion 1234567")
    assert not is_plain("Smith")


def test_what_is_left_out_and_why(build, tmp_path):
    def written(ds, **changes):
        return build.write(build.update(ds, changes), tmp_path / "x.dcm")

    assert accepted(written(build.nm())).dataset.Modality == "NM"
    assert accepted(written(build.nm(), BurnedInAnnotation="YES")) == "burned-in-annotation"
    assert accepted(written(build.nm(), SOPClassUID=pydicom.uid.SecondaryCaptureImageStorage)) == "kind-of-object"
    assert accepted(written(build.nm(), SOPClassUID=pydicom.uid.EncapsulatedPDFStorage)) == "kind-of-object"
    assert accepted(written(build.nm(), SOPClassUID="1.2.3.4.5")) == "kind-of-object"
    assert accepted(written(build.nm(), ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"])) == "screen-capture"
    path = written(build.nm())
    path.write_bytes(path.read_bytes()[:-50])
    assert accepted(path) == "truncated-file"
    (tmp_path / "a.nii").write_bytes((348).to_bytes(4, "little") + b"\0" * 400)
    assert accepted(tmp_path / "a.nii") == "nifti"
    (tmp_path / "notes.txt").write_text("Quxley was here")
    assert accepted(tmp_path / "notes.txt") == "not-dicom-or-nifti"
