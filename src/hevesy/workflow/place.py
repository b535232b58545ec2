"""The study's regions on the voxels of every time point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align import LocalShift, compose, jacobian_on
from hevesy.delineate import (
    body_roi,
    check_region,
    contour_gaps,
    draw_region,
    rasterise,
    remainder,
    resolve_overlaps,
    with_share,
)
from hevesy.domain import Deformation, Grid, Image, PointTransform, Region, RigidTransform, RoiSet
from hevesy.errors import RegionFinding
from hevesy.workflow.config import RegionItem, Regions
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.found import NOT_FOUND, drawn_roi

_BLUR_MM = 20.0
"""How far outside the body its activity may be seen. [mm]"""


@dataclass(frozen=True)
class RegionBend:
    """What a deformation does to a region on its way from the drawing to a time point."""

    volume_ratio: float
    """Volume at the time point over volume as drawn."""
    jacobian: tuple[float, float, float, float]
    """Least, 5th and 95th percentile and largest of the volume at the time point over that as drawn, by voxel."""


@dataclass(frozen=True)
class PlacedRegions:
    """The regions of one time point; a region without voxels has a reason instead."""

    regions: Mapping[str, Region]
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    """What is odd about how a region was drawn."""
    whole: NDArray[np.bool_] | None = None
    """Voxels that hold all activity of the body; where there is a remainder. Shape ``(z, y, x)``."""
    body: NDArray[np.bool_] | None = None
    """Voxels of the body as the CT shows it, where it was needed. Shape ``(z, y, x)``."""
    bends: Mapping[str, RegionBend] = field(default_factory=dict)
    """What a deformation does to each region; only where the study asks for one."""
    shifts: Mapping[str, LocalShift] = field(default_factory=dict)
    """How far each region was moved to where the emission image shows it; only where that was asked for."""


@dataclass(frozen=True)
class Drawing:
    """How the drawn regions lie to one time point."""

    to_drawn: PointTransform | None
    """From points of the time point to points of the drawing; None where they share a frame of reference."""
    slice_spacing_mm: float | None
    """Distance of the slices that were drawn on. [mm]"""
    optional: bool
    """Whether a region may be missing here (drawn on every time point), which is then its reason."""
    with_shares: bool = False
    """Whether the share of every voxel is wanted (recovery by shape)."""
    shifts: Mapping[str, LocalShift] = field(default_factory=dict)
    """How far each region still has to be moved, within the frame of the time point."""

    def to_drawn_of(self, name: str) -> PointTransform | None:
        """From points of the time point to points of one region's drawing, with its own shift taken back first."""
        shift = self.shifts.get(name)
        if shift is None or not any(shift.shift_mm):
            return self.to_drawn
        back = np.eye(4)
        back[:3, 3] = -np.array(shift.shift_mm)
        return compose(RigidTransform.from_array(back), self.to_drawn or RigidTransform.identity())


def place_regions(
    section: Regions, drawn: RoiSet, activity: Image, drawing: Drawing, *, ct: Image | None
) -> PlacedRegions:
    """Put the drawn regions on the voxels of one emission image.

    Parameters
    ----------
    section
        The study's regions.
    drawn
        What was drawn.
    activity
        Activity concentration at the scan; its grid takes the regions. [Bq/ml]
    drawing
        How the drawn regions lie to this time point.
    ct
        CT of this time point, whose outline bounds the remainder. [HU]

    Raises
    ------
    StudyFileError
        If a region of the study is not among those drawn.
    InputError
        If regions overlap and the study states no precedence.
    """
    placed: dict[str, Region] = {}
    reasons: dict[str, str] = {}
    for item in section.items:
        try:
            placed[item.name] = _place(item, drawn, activity, drawing)
        except RegionFinding as finding:
            reasons[item.name] = finding.reason
    bends = {name: _bend(region, drawing.to_drawn_of(name)) for name, region in placed.items()}
    changed = {name: bend for name, bend in bends.items() if bend is not None}
    swollen = [_swollen(region, changed.get(name)) for name, region in placed.items()]
    resolved = {region.name: region for region in _resolve(section, swollen)}
    for name, region in list(resolved.items()):
        if region.n_voxels == 0:
            reasons[name] = f"empty: all voxels of {name} belong to regions that take precedence"
            del resolved[name]
    found = PlacedRegions(resolved, reasons, _notes(placed, drawn), bends=changed, shifts=drawing.shifts)
    if section.remainder is None:
        return replace(found, body=_outline(ct, activity.grid, drawing))
    name = section.remainder.name
    try:
        body = _body(ct, activity.grid)
    except RegionFinding as finding:
        return replace(found, reasons={**reasons, name: finding.reason})
    rest = remainder(name, activity.grid, body, list(resolved.values()))
    return replace(found, regions={**resolved, name: rest}, whole=_whole(body, activity.grid), body=body)


def _outline(ct: Image | None, grid: Grid, drawing: Drawing) -> NDArray[np.bool_] | None:
    return _body(ct, grid) if ct is not None and drawing.with_shares else None


def _body(ct: Image | None, grid: Grid) -> NDArray[np.bool_]:
    if ct is None:
        raise RegionFinding("no CT shows the outline of the body, so the rest of it has no mass")
    return rasterise(body_roi(ct), grid)


def _resolve(section: Regions, regions: list[Region]) -> Sequence[Region]:
    precedence = section.precedence
    if isinstance(precedence, list):
        there = {region.name for region in regions}
        stated = {item.name for item in section.items}
        precedence = [name for name in precedence if name in there or name not in stated]
    return resolve_overlaps(regions, precedence)


def _notes(placed: Mapping[str, Region], drawn: RoiSet) -> dict[str, str]:
    notes = {}
    for name in placed:
        roi = roi_named(drawn, name)
        gaps = contour_gaps(roi) if roi is not None and roi.contours else 0
        if gaps:
            notes[name] = f"{gaps} planes between the contours of {name} are not drawn and not counted"
    return notes


def _place(item: RegionItem, drawn: RoiSet, activity: Image, drawing: Drawing) -> Region:
    roi = drawn_roi(drawn, item.name, optional=drawing.optional)
    if NOT_FOUND in roi.attributes:
        raise RegionFinding(str(roi.attributes[NOT_FOUND]))
    to_drawn = drawing.to_drawn_of(item.name)
    region = draw_region(
        roi,
        activity.grid,
        item.kind,
        item.side,
        transform=to_drawn,
        slice_spacing_mm=drawing.slice_spacing_mm,
    )
    check_region(region, roi, transform=to_drawn)
    if not drawing.with_shares:
        return region
    return with_share(region, roi, transform=to_drawn, slice_spacing_mm=drawing.slice_spacing_mm)


def _bend(region: Region, to_drawn: PointTransform | None) -> RegionBend | None:
    if not isinstance(to_drawn, Deformation):
        return None
    here = 1.0 / jacobian_on(region.grid, to_drawn)[region.mask]
    low, high = np.percentile(here, [5, 95])
    ratio = 1.0 / float(np.mean(1.0 / here))
    return RegionBend(ratio, (float(here.min()), float(low), float(high), float(here.max())))


def _swollen(region: Region, bend: RegionBend | None) -> Region:
    """The region with the volume it has here."""
    return region if bend is None else replace(region, exact_volume_ml=region.exact_volume_ml * bend.volume_ratio)


def _whole(body: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """The body and what blur carries out of it."""
    distance = ndimage.distance_transform_edt(~body, sampling=grid.spacing_mm[::-1])
    near: NDArray[np.bool_] = distance <= _BLUR_MM
    return near
