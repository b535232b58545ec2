"""What the stored stages hold, and the part of the settings that each of them follows from."""

from __future__ import annotations

from dataclasses import fields

from hevesy.align import LocalShift
from hevesy.domain import Grid, Image, Quantity, Region, RegionKind, Side
from hevesy.numerics.response import Part
from hevesy.workflow.config import Regions
from hevesy.workflow.mapping import DoseMaps, EngineMap, MapInputs
from hevesy.workflow.place import PlacedRegions, RegionBend
from hevesy.workflow.stage_codec import Codec

PLACED = Codec(PlacedRegions, (Region, RegionKind, Side, Grid, Part, LocalShift, RegionBend))
MAPS = Codec(DoseMaps, (EngineMap, Image, Grid, Quantity))

_NOT_FOR_PLACING = frozenset(
    {
        "alpha_beta",
        "alpha_beta_standard_uncertainty",
        "repair_half_time",
        "repair_half_time_standard_uncertainty",
        "density",
        "model",
        "half_life",
        "tail",
        "source",
        "boundary_standard_uncertainty",
    }
)
"""Settings of regions that say nothing about where they lie; whatever is not named here counts."""


def placing_settings(section: Regions) -> object:
    """The settings that decide which voxels a region has."""
    return _without(section.model_dump(), _NOT_FOR_PLACING)


def map_content(inputs: MapInputs) -> dict[str, object]:
    """What a dose map is made from, without what only the region route uses."""
    content = {field.name: getattr(inputs, field.name) for field in fields(inputs)}
    scans = [(scan.point.index, scan.point.time_s, scan.activity) for scan in inputs.scans]
    regions = {name: region.mask for name, region in inputs.regions.items()}
    courses = [
        (course.settings.name, course.settings.density_g_ml, [scan.recovery for scan in course.scans], course.fitted)
        for course in inputs.courses
    ]
    return {**content, "scans": scans, "regions": regions, "courses": courses}


def _without(document: object, names: frozenset[str]) -> object:
    if isinstance(document, dict):
        return {key: _without(value, names) for key, value in document.items() if key not in names}
    if isinstance(document, list):
        return [_without(item, names) for item in document]
    return document
