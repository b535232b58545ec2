"""CT and PT as one enhanced multi-frame object, made of what would have been its slices."""

from __future__ import annotations

from collections.abc import Sequence as Items
from copy import deepcopy

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, EnhancedCTImageStorage, EnhancedPETImageStorage

from hevesy.simulate.dicom_base import code
from hevesy.simulate.dicom_tracer import concentration_mapping

_COMMON = (
    *(
        "SpecificCharacterSet",
        "Modality",
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "PatientWeight",
    ),
    *("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PositionReferenceIndicator", "StudyDate"),
    *("StudyTime", "SeriesDate", "SeriesTime", "ContentDate", "ContentTime", "SeriesNumber", "SeriesDescription"),
    *("StudyDescription", "StudyID", "AccessionNumber", "ReferringPhysicianName", "Manufacturer", "StationName"),
    *("ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "InstitutionName", "TimezoneOffsetFromUTC"),
    *(
        "PatientOrientationCodeSequence",
        "PatientGantryRelationshipCodeSequence",
        "Rows",
        "Columns",
        "PatientPosition",
        "SamplesPerPixel",
    ),
    *("PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)
_IMAGE_TYPE = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
_VIEW = ("260421001", "SCT", "Transverse")
_INTRAVENOUS = ("47625008", "SCT", "Intravenous route")
_IN_STACK_POSITION, _FRAME_CONTENT = 0x00209057, 0x00209111


def enhanced_object(slices: Items[Dataset], *, sop_uid: str, dimension_uid: str, event_uid: str) -> Dataset:
    """One multi-frame object.

    Parameters
    ----------
    slices
        CT or PT slices with pixels, in the order in which their frames shall stand.
    sop_uid, dimension_uid, event_uid
        Identifiers of the object, of its dimension organization and of the irradiation by CT.
    """
    first = slices[0]
    ds = Dataset()
    ds.file_meta = deepcopy(first.file_meta)
    for keyword in _COMMON:
        if keyword in first:
            ds[keyword] = deepcopy(first[keyword])
    is_pt = first.Modality == "PT"
    ds.SOPClassUID = EnhancedPETImageStorage if is_pt else EnhancedCTImageStorage
    ds.SOPInstanceUID = sop_uid
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, UID(sop_uid)
    _image(ds, first)
    _dimensions(ds, dimension_uid)
    depths = sorted(float(s.SliceLocation) for s in slices)
    ds.SharedFunctionalGroupsSequence = Sequence([_shared(first, event_uid)])
    ds.PerFrameFunctionalGroupsSequence = Sequence(
        [_frame(s, depths.index(float(s.SliceLocation)) + 1, is_pt=is_pt) for s in slices]
    )
    if is_pt:
        _pet(ds, first)
    ds.NumberOfFrames = len(slices)
    ds.PixelData = b"".join(s.PixelData for s in slices)
    return ds


def _image(ds: Dataset, first: Dataset) -> None:
    ds.InstanceNumber, ds.ImageType, ds.ContentQualification = 1, _IMAGE_TYPE, "RESEARCH"
    _presentation(ds)
    ds.AcquisitionDateTime = _moment(first)
    ds.BurnedInAnnotation, ds.LossyImageCompression, ds.PresentationLUTShape = "NO", "00", "IDENTITY"
    ds.AcquisitionContextSequence = Sequence([])


def _presentation(ds: Dataset) -> None:
    ds.PixelPresentation, ds.VolumetricProperties, ds.VolumeBasedCalculationTechnique = "MONOCHROME", "VOLUME", "NONE"


def _dimensions(ds: Dataset, dimension_uid: str) -> None:
    organization, index = Dataset(), Dataset()
    organization.DimensionOrganizationUID = index.DimensionOrganizationUID = dimension_uid
    index.DimensionIndexPointer, index.FunctionalGroupPointer = _IN_STACK_POSITION, _FRAME_CONTENT
    ds.DimensionOrganizationSequence, ds.DimensionIndexSequence = Sequence([organization]), Sequence([index])


def _shared(first: Dataset, event_uid: str) -> Dataset:
    item = Dataset()
    measures, orientation, kind, anatomy = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = first.PixelSpacing, first.SliceThickness
    orientation.ImageOrientationPatient = first.ImageOrientationPatient
    kind.FrameType = _IMAGE_TYPE
    _presentation(kind)
    anatomy.AnatomicRegionSequence = Sequence([code("22943007", "SCT", "Trunk")])
    anatomy.FrameLaterality = "U"
    item.PixelMeasuresSequence, item.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    item.FrameAnatomySequence = Sequence([anatomy])
    if first.Modality == "PT":
        usage = Dataset()
        usage.RadiopharmaceuticalAgentNumber = 1
        item.PETFrameTypeSequence, item.RadiopharmaceuticalUsageSequence = Sequence([kind]), Sequence([usage])
    else:
        event = Dataset()
        event.IrradiationEventUID = event_uid
        item.CTImageFrameTypeSequence = Sequence([kind])
        item.IrradiationEventIdentificationSequence = Sequence([event])
        item.PixelValueTransformationSequence = Sequence([_transformation(first)])
    return item


def _frame(s: Dataset, number: int, *, is_pt: bool) -> Dataset:
    item, content, plane = Dataset(), Dataset(), Dataset()
    content.FrameAcquisitionDateTime = content.FrameReferenceDateTime = _moment(s)
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", number, [number]
    content.TemporalPositionIndex = 1
    plane.ImagePositionPatient = s.ImagePositionPatient
    item.FrameContentSequence, item.PlanePositionSequence = Sequence([content]), Sequence([plane])
    if is_pt:
        content.FrameAcquisitionDuration = float(s.ActualFrameDuration)
        item.PixelValueTransformationSequence = Sequence([_transformation(s)])
        item.RealWorldValueMappingSequence = Sequence([concentration_mapping(float(s.RescaleSlope))])
        item.PETFrameCorrectionFactorsSequence = Sequence([_factors(s)])
    return item


def _factors(s: Dataset) -> Dataset:
    item = Dataset()
    item.PrimaryPromptsCountsAccumulated, item.SliceSensitivityFactor = 0, 1.0
    item.ScatterFractionFactor, item.DeadTimeFactor = 0.0, 1.0
    if "DecayFactor" in s:
        item.DecayFactor = float(s.DecayFactor)
    return item


def _transformation(s: Dataset) -> Dataset:
    item = Dataset()
    item.RescaleIntercept, item.RescaleSlope = s.RescaleIntercept, s.RescaleSlope
    item.RescaleType = str(s.get("RescaleType", "US"))
    return item


def _moment(s: Dataset) -> str:
    return f"{s.AcquisitionDate}{s.AcquisitionTime}"


def _pet(ds: Dataset, first: Dataset) -> None:
    """Isotope, acquisition and corrections of an enhanced PET object."""
    ds.RadiopharmaceuticalInformationSequence = Sequence([_tracer(first.RadiopharmaceuticalInformationSequence[0])])
    ds.TableMotion, ds.TimeOfFlightInformationUsed = "STATIC", "FALSE"
    ds.EnergyWindowRangeSequence = deepcopy(first.EnergyWindowRangeSequence)
    ds.ViewCodeSequence = Sequence([code(*_VIEW)])
    ds.CountsSource = first.CountsSource
    # what calibration and resolution are matched by
    ds.ReconstructionMethod, ds.CollimatorGridName = first.ReconstructionMethod, first.CollimatorGridName
    _corrections(ds, first)


def _tracer(classic: Dataset) -> Dataset:
    """The tracer with the activity in MBq, as enhanced PET has it."""
    item = deepcopy(classic)
    item.RadiopharmaceuticalAgentNumber = 1
    item.RadionuclideTotalDose = f"{float(classic.RadionuclideTotalDose) / 1e6:.10g}"
    item.RadionuclidePositronFraction = "0"
    del item.RadiopharmaceuticalRoute
    item.AdministrationRouteCodeSequence = Sequence([code(*_INTRAVENOUS)])
    for keyword in ("RadiopharmaceuticalStartTime", "RadiopharmaceuticalStopTime"):
        if keyword in item:
            delattr(item, keyword)
    return item


def _corrections(ds: Dataset, first: Dataset) -> None:
    stated = first.CorrectedImage
    done = [stated] if isinstance(stated, str) else list(stated)
    for keyword, name in (("AttenuationCorrected", "ATTN"), ("ScatterCorrected", "SCAT"), ("DecayCorrected", "DECY")):
        setattr(ds, keyword, "YES" if name in done else "NO")
    for keyword in (
        *("DeadTimeCorrected", "GantryMotionCorrected", "PatientMotionCorrected", "CountLossNormalizationCorrected"),
        *("RandomsCorrected", "NonUniformRadialSamplingCorrected", "DetectorNormalizationCorrection"),
    ):
        setattr(ds, keyword, "NO")
    ds.SensitivityCalibrated = "YES"
    if "ATTN" in done:
        ds.AttenuationCorrectionSource, ds.AttenuationCorrectionTemporalRelationship = "CT", "SEPARATE"
    if "SCAT" in done:
        ds.ScatterCorrectionMethod = "Energy windows"
    if "DECY" in done:
        ds.DecayCorrectionDateTime = _decay_reference(first)


def _decay_reference(first: Dataset) -> str:
    if first.DecayCorrection == "START":
        return f"{first.SeriesDate}{first.SeriesTime}"
    return str(first.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime)
