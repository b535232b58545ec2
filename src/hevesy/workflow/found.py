"""Regions that the study finds on an image, within drawn ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hevesy.delineate import GrowingThreshold, grow_region, rasterise, threshold_region
from hevesy.domain import Image, Roi, RoiSet
from hevesy.errors import RegionFinding, StudyFileError
from hevesy.workflow.config import Growing, RegionItem, Regions
from hevesy.workflow.drawn import roi_named

NOT_FOUND = "not-found"
"""Attribute of a region that was not found: why."""


def with_found_regions(section: Regions, drawn: RoiSet, activity: Image, ct: Callable[[], Image | None]) -> RoiSet:
    """Add the study's regions by threshold and by growing to those drawn, found on the images they were drawn with.

    What finds nothing gives an empty region with the reason, which placing the regions then reports.

    Parameters
    ----------
    activity
        Activity concentration at the scan the regions were drawn on, in the same frame of reference. [Bq/ml]
    ct
        Gives its CT, where there is one; asked only where a region grows on it. [HU]

    Raises
    ------
    StudyFileError
        If a bounding region is not among those drawn.
    """
    return replace(drawn, rois=drawn.rois + tuple(_found(section, drawn, activity, ct)))


def drawn_roi(drawn: RoiSet, name: str, *, optional: bool) -> Roi:
    """A drawn region by its name.

    Raises
    ------
    RegionFinding
        If it is missing and may be (regions drawn on every time point).
    StudyFileError
        If it is missing and may not be.
    """
    roi = roi_named(drawn, name)
    if roi is not None:
        return roi
    if optional:
        raise RegionFinding(f"not drawn on every time point: {name} is missing in {drawn.source}")
    known = ", ".join(r.name for r in drawn.rois)
    raise StudyFileError(f"the name of a drawn region ({known})", f"{name!r} came", "regions.items")


def _found(section: Regions, drawn: RoiSet, activity: Image, ct: Callable[[], Image | None]) -> Iterator[Roi]:
    optional = section.home is None
    for number, item in enumerate(section.items, start=1 + max((r.number for r in drawn.rois), default=0)):
        if item.found_within is None:
            continue
        image = ct() if item.grow is not None and item.grow.image == "ct" else activity
        grid, attributes = (image or activity).grid, {}
        try:
            bound = drawn_roi(drawn, item.found_within, optional=optional)
            mask = _mask(item, bound, image)
        except RegionFinding as finding:
            mask, attributes = np.zeros(grid.shape, dtype=bool), {NOT_FOUND: finding.reason}
        yield Roi(number, item.name, mask=mask, mask_grid=grid, attributes=attributes)


def _mask(item: RegionItem, bound: Roi, image: Image | None) -> NDArray[np.bool_]:
    if image is None:
        raise RegionFinding("no CT to grow the region on")
    within = rasterise(bound, image.grid)
    if item.threshold is not None:
        return threshold_region(image, seed_mask=within, fixed=item.threshold.fixed, relative=item.threshold.relative)
    if item.grow is None:
        raise ValueError(f"expected a threshold or growing for {item.name}")
    return grow_region(
        image,
        seed_mm=item.grow.seed,
        bound=within,
        threshold=_threshold(item.grow),
        maximum_volume_ml=item.grow.maximum_volume,
    )


def _threshold(grow: Growing) -> GrowingThreshold:
    if grow.image == "ct":
        return GrowingThreshold(fixed=grow.at_least_hu)
    return GrowingThreshold(grow.fixed, grow.relative_to_seed, grow.relative_to_maximum)
