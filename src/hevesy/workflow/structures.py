"""The regions of the reference as contours that another program can edit, and how the time points lie to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from pydicom import Dataset

from hevesy.acquire import read_headers
from hevesy.domain import Contour, PointTransform, Region, RegionKind, RigidTransform, Roi, RoiSet, SeriesRecord
from hevesy.numerics.voxel_outline import voxel_outlines
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.job import Job
from hevesy.workflow.plan import PlannedTimePoint

_TYPES = {RegionKind.ORGAN: "ORGAN", RegionKind.LESION: "", RegionKind.REMAINDER: ""}


def editable_regions(
    job: Job, regions: Mapping[str, Region], to_time_point: Mapping[int, PointTransform] | None
) -> RoiSet:
    """The study's regions as closed contours in the reference's space; its images name the frame of reference.

    A region drawn as contours keeps its exact points, moved to the reference where it was drawn on another time point,
    as drawn (before overlaps were resolved). Any other region (masks, thresholds, what a deformation brought) is
    outlined along the edges of its
    voxels, which encloses exactly their volume. The remainder is nothing to edit and is left out.

    Parameters
    ----------
    regions
        On the reference's voxels.
    to_time_point
        From points of the reference to points of each time point; None where nothing was aligned. [mm]
    """
    home = job.study.regions.home or job.reference.index
    back: PointTransform = RigidTransform.identity()
    if home != job.reference.index and to_time_point is not None:
        back = to_time_point[home].inverse()
    drawn = job.drawn[home]
    kept = [region for region in regions.values() if region.kind is not RegionKind.REMAINDER]
    rois = [_roi(number, region, roi_named(drawn, region.name), back) for number, region in enumerate(kept, start=1)]
    return RoiSet(tuple(rois), None, drawn.source)


def structure_reference(job: Job, rois: RoiSet) -> Sequence[Dataset]:
    """Headers of the images that the contours belong to: those they were drawn on, else the reference's emission."""
    point = job.reference
    series: SeriesRecord = point.emission
    drawn = job.drawn.get(point.index)
    if point.ct is not None and drawn is not None and point.ct.series_uid in drawn.referenced_series_uids:
        as_drawn = {contour.image_uid for roi in drawn.rois for contour in roi.contours}
        if all(contour.image_uid in as_drawn for roi in rois.rois for contour in roi.contours):
            series = point.ct
    return read_headers(series)


def _roi(number: int, region: Region, drawn: Roi | None, back: PointTransform) -> Roi:
    attributes = {"interpreted_type": _TYPES[region.kind]}
    if drawn is None or not drawn.contours or not isinstance(back, RigidTransform):
        return Roi(number, region.name, _outlines(region), attributes=attributes)
    stated = drawn.attributes.get("interpreted_type") or attributes["interpreted_type"]
    contours = drawn.contours
    if not np.array_equal(back.array, np.eye(4)):
        contours = tuple(Contour(back.apply(contour.points_mm)) for contour in contours)
    return replace(drawn, number=number, contours=contours, attributes={"interpreted_type": stated})


def _outlines(region: Region) -> tuple[Contour, ...]:
    """Contours on the planes of the region's grid. [mm]"""
    found = []
    for k in np.flatnonzero(region.mask.any(axis=(1, 2))).tolist():
        for corners in voxel_outlines(region.mask[k]):
            indices = np.column_stack([corners, np.full(len(corners), float(k))])
            found.append(Contour(region.grid.points(indices)))
    return tuple(found)


def registrations(
    to_time_point: Mapping[int, PointTransform] | None, job: Job
) -> tuple[tuple[int, RigidTransform], ...]:
    """Every time point in another frame of reference than the reference's, with the transform from it to the reference.

    A time point whose images name no frame of reference has none to register, and is left out; so is one that was
    deformed, which a spatial registration cannot say.

    Parameters
    ----------
    to_time_point
        From points of the reference to points of each time point; None where nothing was aligned. [mm]
    """
    target = _frame(job.reference)
    frames = {point.index: _frame(point) for point in job.plan}
    return tuple(
        (index, replace(transform.inverse(), source_frame=frames[index], target_frame=target))
        for index, transform in (to_time_point or {}).items()
        if isinstance(transform, RigidTransform) and target and frames[index] and frames[index] != target
    )


def _frame(point: PlannedTimePoint) -> str | None:
    return point.emission.grid.frame_of_reference if point.emission.grid else None
