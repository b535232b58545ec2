"""Regions as a DICOM Segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.sr.coding import Code

from hevesy._version import __version__
from hevesy.domain import Grid, Region, RegionKind, Side
from hevesy.errors import GeometryError
from hevesy.report.dicom.identity import (
    MANUFACTURER,
    MODEL,
    PLACEHOLDER_UID,
    SERIAL_NUMBER,
    UTF8,
    acquisition_moment,
    add_moment,
    unspoken_names,
    write_instance,
)
from hevesy.report.dicom.source import segmentation_sources
from hevesy.report.dicom.values import code_item, decimals, long_string

# Codes and meanings as in DICOM PS3.16, context groups 7150 and 7151 (SNOMED CT).
_ANATOMY = Code("91723000", "SCT", "Anatomical Structure")
_ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
_ORGAN = Code("113343008", "SCT", "Body organ")
_NEOPLASM = Code("108369006", "SCT", "Neoplasm")
_BODY = Code("38266002", "SCT", "Entire body")
_GENERIC = {RegionKind.ORGAN: _ORGAN, RegionKind.LESION: _NEOPLASM, RegionKind.REMAINDER: _BODY}
_SIDES = {Side.LEFT: ("7771000", "SCT", "Left"), Side.RIGHT: ("24028007", "SCT", "Right")}


def write_segmentation(
    regions: Sequence[Region], reference: Sequence[Dataset], path: Path, *, label: str, created: datetime | None = None
) -> Path:
    """Write regions as a binary DICOM Segmentation, one segment each.

    Parameters
    ----------
    regions
        Regions on one grid. Names are written unchanged where a Long String allows it; the whole name also stands in
        the segment description.
    reference
        Headers of the image series in the same frame of reference: single-frame images in any order, or the one
        multi-frame NM image whose grid the regions lie on.
    path
        Where the file shall lie.
    label
        Name of the segmentation.
    created
        Date and time in the file; those of the reference's acquisition unless given, so that the same regions give
        the same bytes.

    Raises
    ------
    GeometryError
        If there is no region, if the regions lie on different grids, or if the images do not fit them.
    ReadError
        If the reference names no study or date.
    """
    from highdicom.content import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
    from highdicom.seg import Segmentation

    grid = _common_grid(regions)
    moment = created or acquisition_moment(reference[0])
    row, column = grid.direction_matrix[:, 0], grid.direction_matrix[:, 1]
    x, y, z = grid.spacing_mm
    positions = grid.points(np.array([[0.0, 0.0, k] for k in range(grid.shape[0])]))
    with unspoken_names():
        dataset = Segmentation(
            source_images=segmentation_sources(reference, grid),
            pixel_array=np.stack([region.mask.view(np.uint8) for region in regions], axis=-1),
            segmentation_type="BINARY",
            segment_descriptions=[_description(region, i + 1) for i, region in enumerate(regions)],
            pixel_measures=PixelMeasuresSequence(decimals([y, x]), *decimals([z, z])),
            plane_orientation=PlaneOrientationSequence("PATIENT", decimals([*row, *column])),
            plane_positions=[PlanePositionSequence("PATIENT", decimals(position)) for position in positions],
            content_date=moment.date(),
            content_time=moment.time(),
            content_label="HEVESY",
            content_description=long_string(label),
            series_description=long_string(label),
            specific_character_set=UTF8,
            **_equipment_and_identifiers(),
        )
    add_moment(dataset, moment, "InstanceCreation", "Series")
    for region, segment in zip(regions, dataset.SegmentSequence, strict=True):
        _complete(segment, region)
    return write_instance(
        dataset, path, organizations=[*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence]
    )


def _equipment_and_identifiers() -> dict[str, Any]:
    return {
        "series_instance_uid": PLACEHOLDER_UID,
        "series_number": 901,
        "sop_instance_uid": PLACEHOLDER_UID,
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": MODEL,
        "software_versions": __version__,
        "device_serial_number": SERIAL_NUMBER,
    }


def _common_grid(regions: Sequence[Region]) -> Grid:
    if not regions:
        raise GeometryError("at least one region", "none came", "Segmentation")
    grid = regions[0].grid
    for region in regions:
        if not region.grid.same_geometry(grid):
            raise GeometryError("regions on one grid", f"{region.name!r} lies on another", "Segmentation")
    return grid


def _description(region: Region, number: int) -> Any:  # noqa: ANN401 - highdicom has no type stubs
    from highdicom.seg import SegmentDescription

    return SegmentDescription(
        segment_number=number,
        segment_label=long_string(region.name),
        segmented_property_category=_ABNORMAL if region.kind is RegionKind.LESION else _ANATOMY,
        segmented_property_type=Code(*region.code) if region.code else _GENERIC[region.kind],
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=_algorithm(),
    )


def _algorithm() -> Any:  # noqa: ANN401 - highdicom has no type stubs
    from highdicom.content import AlgorithmIdentificationSequence

    family = Code("123109", "DCM", "Manual Processing")
    return AlgorithmIdentificationSequence("voxels of a drawn region", family, __version__, source=MANUFACTURER)


def _complete(segment: Dataset, region: Region) -> None:
    segment.SegmentDescription = region.name[:1024]
    if region.side in _SIDES:
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [code_item(_SIDES[region.side])]
