"""What was measured in every region, as a Measurement Report (TID 1500) that refers to the segmentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.sr.coding import Code

from hevesy._version import __version__
from hevesy.errors import OutputError
from hevesy.report.dicom.identity import (
    MANUFACTURER,
    MODEL,
    PLACEHOLDER_UID,
    SERIAL_NUMBER,
    UTF8,
    acquisition_moment,
    add_moment,
    derived_uid,
    patient_and_study,
    unspoken_names,
    write_instance,
)
from hevesy.report.dicom.values import long_string

SCHEME = "99HEVESY"
"""Coding scheme of what PS3.16 has no code for."""
MEAN = Code("128533", "DCM", "Mean Absorbed Radiation Dose")
MAXIMUM = Code("128531", "DCM", "Maximum Absorbed Radiation Dose")
MINIMUM = Code("128532", "DCM", "Minimum Absorbed Radiation Dose")
MEDIAN = Code("128539", "DCM", "Median Absorbed Radiation Dose")
VOLUME = Code("118565006", "SCT", "Volume")
MASS = Code("118538004", "SCT", "Mass")
BED = Code("BED", SCHEME, "Biologically Effective Dose")
TIME_INTEGRATED_ACTIVITY = Code("TIA", SCHEME, "Time-Integrated Activity")
EFFECTIVE_HALF_LIFE = Code("TEFF", SCHEME, "Effective Half-Life")
VOXEL_MAP = Code("MAP", SCHEME, "Voxels of the absorbed-dose map")
REGION_ROUTE = Code("REGION", SCHEME, "Time-integrated activity of the region times S value")
UNITS = {
    "Gy": Code("Gy", "UCUM", "Gy"),
    "ml": Code("ml", "UCUM", "ml"),
    "g": Code("g", "UCUM", "g"),
    "h": Code("h", "UCUM", "h"),
    "Bq s": Code("Bq.s", "UCUM", "Bq.s"),
}
"""Units as ``results.json`` names them."""
_UNCERTAINTY = Code("371884006", "SCT", "+/-, range of measurement uncertainty")
_PROCEDURE = Code("371572003", "SCT", "Nuclear medicine procedure")
_MEANING = "ranges of measurement uncertainty are standard uncertainties (coverage factor 1)"
_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality")


@dataclass(frozen=True)
class Measured:
    """One number about one region."""

    concept: Code
    value: float
    unit: str
    """Gy, ml, g, h or Bq s."""
    method: Code | None = None
    standard_uncertainty: float | None = None
    """In the same unit; None where none is known."""


@dataclass(frozen=True)
class RegionMeasurements:
    """The numbers about one region."""

    name: str
    segment_number: int
    """Of the region in the segmentation."""
    values: tuple[Measured, ...]


def write_measurement_report(
    regions: Sequence[RegionMeasurements],
    segmentation: Dataset,
    reference: Sequence[Dataset],
    path: Path,
    *,
    label: str,
) -> Path:
    """Write a Comprehensive 3D SR by TID 1500 with one group (TID 1411) for each region.

    Each group refers to the region's segment and to the series it was made on, and names the region, its finding site
    and Hevesy as the algorithm. A value's standard uncertainty is its child, with the concept of CID 225.

    Parameters
    ----------
    regions
        What was measured, values in their units. [Gy, ml, g, h, Bq s]
    segmentation
        The Segmentation as written, with its identifiers.
    reference
        Headers of the image series that the segmentation was made on.
    path
        Where the file shall lie.
    label
        Name of the series.

    Raises
    ------
    OutputError
        If there is no region with a value, or a region has no segment.
    ReadError
        If the reference names no study or date.
    """
    from highdicom.sr import Comprehensive3DSR

    groups = [region for region in regions if region.values]
    if not groups:
        raise OutputError("measurement report: expected at least one region with a value, but none came")
    content = _report([_group(region, segmentation, reference) for region in groups])
    with unspoken_names():
        dataset = Comprehensive3DSR(
            evidence=[_evidence(segmentation, segmentation), *(_evidence(h, h) for h in reference)],
            content=content[0],
            series_instance_uid=PLACEHOLDER_UID,
            series_number=907,
            sop_instance_uid=PLACEHOLDER_UID,
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=MODEL,
            software_versions=__version__,
            device_serial_number=SERIAL_NUMBER,
            series_description=long_string(label),
            specific_character_set=UTF8,
            is_complete=True,
            is_verified=False,
        )
    _settle(dataset, reference[0])
    return write_instance(dataset, path)


def _evidence(header: Dataset, study: Dataset) -> Dataset:
    dataset = patient_and_study(study)
    for keyword in _IDENTITY:
        setattr(dataset, keyword, header.get(keyword))
    return dataset


def _settle(dataset: Dataset, reference: Dataset) -> None:
    """Patient, dates and scheme as in every object, so that the same values give the same bytes."""
    for element in patient_and_study(reference):
        dataset[element.tag] = element
    add_moment(dataset, acquisition_moment(reference), "InstanceCreation", "Series", "Content")
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = "Private codes of Hevesy"
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    dataset.CodingSchemeIdentificationSequence = [scheme]


def _report(groups: Sequence[Any]) -> Any:  # noqa: ANN401 - highdicom has no type stubs
    from highdicom.sr import (
        CodedConcept,
        DeviceObserverIdentifyingAttributes,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
    )

    device = DeviceObserverIdentifyingAttributes(
        uid=derived_uid(MANUFACTURER, __version__),
        name=MODEL,
        manufacturer_name=MANUFACTURER,
        model_name=f"{MODEL} {__version__}",
        serial_number=SERIAL_NUMBER,
    )
    observer = ObserverContext(CodedConcept("121007", "DCM", "Device"), device)
    return MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=_PROCEDURE,
        imaging_measurements=groups,
    )


def _group(region: RegionMeasurements, segmentation: Dataset, reference: Sequence[Dataset]) -> Any:  # noqa: ANN401
    from highdicom.sr import (
        AlgorithmIdentification,
        ReferencedSegment,
        SourceSeriesForSegmentation,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    segment = _segment(region, segmentation)
    kind = segment.SegmentedPropertyTypeCodeSequence[0]
    number = region.segment_number
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=derived_uid(str(segmentation.SOPInstanceUID), str(number), "tracking"), identifier=region.name
        ),
        referenced_segment=ReferencedSegment(
            sop_class_uid=str(segmentation.SOPClassUID),
            sop_instance_uid=str(segmentation.SOPInstanceUID),
            segment_number=number,
            source_series=SourceSeriesForSegmentation(str(reference[0].SeriesInstanceUID)),
        ),
        finding_category=_code(segment.SegmentedPropertyCategoryCodeSequence[0]),
        finding_type=_code(kind),
        finding_sites=list(_sites(kind)),
        algorithm_id=AlgorithmIdentification(
            name=MODEL, version=__version__, parameters=[_MEANING], manufacturer=MANUFACTURER
        ),
        measurements=[_measurement(value) for value in region.values],
    )


def _segment(region: RegionMeasurements, segmentation: Dataset) -> Dataset:
    for segment in segmentation.SegmentSequence:
        if int(segment.SegmentNumber) == region.segment_number and segment.SegmentDescription == region.name[:1024]:
            return Dataset(segment)
    raise OutputError(f"measurement report: expected a segment of {region.name}, but the segmentation has none")


def _code(item: Dataset) -> Code:
    return Code(str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning))


def _sites(kind: Dataset) -> Iterator[Any]:
    """The anatomy and its side, for a region with a side; the finding itself says the rest."""
    from highdicom.sr import FindingSite

    for side in kind.get("SegmentedPropertyTypeModifierCodeSequence", []):
        yield FindingSite(anatomic_location=_code(kind), laterality=_code(side))


def _measurement(measured: Measured) -> Any:  # noqa: ANN401 - highdicom has no type stubs
    from highdicom.sr import ContentSequence, Measurement, NumContentItem, RelationshipTypeValues

    unit = UNITS[measured.unit]
    item = Measurement(name=measured.concept, value=measured.value, unit=unit, method=measured.method)
    if measured.standard_uncertainty is not None:
        uncertainty = NumContentItem(
            name=_UNCERTAINTY,
            value=measured.standard_uncertainty,
            unit=unit,
            relationship_type=RelationshipTypeValues.HAS_PROPERTIES,
        )
        item[0].ContentSequence = ContentSequence([*item[0].get("ContentSequence", []), uncertainty])
    return item
