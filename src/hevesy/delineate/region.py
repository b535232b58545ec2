"""Regions on the voxels of an image: drawn, checked, freed of overlaps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.delineate.names import standard_region
from hevesy.delineate.rasterise import rasterise
from hevesy.delineate.stack import exact_volume_ml, extent_points
from hevesy.domain import Grid, PointTransform, Region, RegionKind, Roi, Side
from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.response import Part, without


def draw_region(
    roi: Roi,
    grid: Grid,
    kind: RegionKind,
    side: Side,
    *,
    transform: PointTransform | None = None,
    slice_spacing_mm: float | None = None,
) -> Region:
    """A drawn region on the voxels of a grid, with the exact volume of the drawing beside it.

    Parameters
    ----------
    transform
        From points of the grid to points of the region; None where both are in one frame of reference.
    slice_spacing_mm
        Distance of the slices it was drawn on; needed for contours on a single plane. [mm]

    Raises
    ------
    RegionFinding
        If nothing is drawn, or on a single plane of unknown thickness.
    GeometryError
        If contours are not planar and parallel.
    """
    mask = rasterise(roi, grid, transform, slice_spacing_mm=slice_spacing_mm)
    known = standard_region(roi.name)
    code = known.code if known is not None and known.kind == kind else None
    return Region(roi.name, kind, side, mask, grid, exact_volume_ml(roi, slice_spacing_mm), code)


def check_region(
    region: Region,
    drawn: Roi | None = None,
    *,
    transform: PointTransform | None = None,
    coverage: NDArray[np.bool_] | None = None,
) -> None:
    """Find what a region's voxels cannot support. Not meant for the remainder, which every image cuts.

    Parameters
    ----------
    region
        The region on its voxels.
    drawn
        What was drawn, to tell a region outside the image from one too small for the voxels.
    transform
        From points of the region's grid to points of ``drawn``.
    coverage
        Where the resampled image has values. Shape ``(z, y, x)``.

    Raises
    ------
    RegionFinding
        If the region is empty, outside the image, or cut by the field of view (drawn beyond the image, touching its
        border, or reaching where the image has no values).
    """
    if drawn is not None:
        _check_extent(drawn, region.grid, transform)
    if region.n_voxels == 0:
        volume = f" of {region.grid.voxel_volume_ml:.3g} ml" if drawn is not None else ""
        raise RegionFinding(f"empty: no voxel{volume} has its centre inside {region.name}")
    face = _touched_face(region.mask)
    if face:
        raise RegionFinding(f"cut by the field of view: {region.name} touches the {face} of the image")
    if coverage is not None and not coverage[region.mask].all():
        lost = 1.0 - float(coverage[region.mask].mean())
        raise RegionFinding(f"cut by the field of view: {lost:.1%} of {region.name} lies outside the scan")


def resolve_overlaps(
    regions: Sequence[Region], precedence: Literal["lesions"] | Sequence[str] | None
) -> tuple[Region, ...]:
    """Give every voxel to one region.

    A region that loses voxels loses their volume from its exact volume too (never below 0), and the other's share of
    each voxel from its own.

    Parameters
    ----------
    regions
        All on one grid.
    precedence
        ``"lesions"``: lesions keep what they share with organs. Names in order: the earlier keeps. None: no overlap is
        allowed.

    Raises
    ------
    InputError
        If two regions overlap and their order is not stated, or a name in the order is not that of a region.
    """
    order = _ranks(regions, precedence)
    shared = _n_regions(regions) > 1
    members = [region.mask[shared] for region in regions]
    shares = [region.share for region in regions]
    for higher, lower in itertools.permutations(range(len(regions)), 2):
        if _precedes(order[higher], order[lower]):
            members[lower] &= ~members[higher]
            shares[lower] = _less(shares[lower], shares[higher])
    for a, b in itertools.combinations(range(len(regions)), 2):
        overlap_ml = int(np.sum(members[a] & members[b])) * regions[a].grid.voxel_volume_ml
        if overlap_ml:
            raise InputError(
                "regions that do not overlap, or their precedence in the study",
                f"{regions[a].name!r} and {regions[b].name!r} share {overlap_ml:.3g} ml",
                "regions",
            )
    return tuple(
        replace(_with_voxels(region, shared, kept), share=share)
        for region, kept, share in zip(regions, members, shares, strict=True)
    )


def remainder(name: str, grid: Grid, body: NDArray[np.bool_] | None, regions: Sequence[Region]) -> Region:
    """The rest of the body within the image: the body outline without all regions.

    Parameters
    ----------
    name
        Name of the new region.
    grid
        Of the image.
    body
        Voxels of the body, from the CT's outline; None takes the whole field of view (no CT), in which case counts that
        reconstruction put outside the body are part of it and its mass means nothing.
    regions
        All on the same grid.
    """
    mask = np.ones(grid.shape, dtype=bool) if body is None else body.copy()
    for region in regions:
        mask &= ~region.mask
    volume_ml = int(np.count_nonzero(mask)) * grid.voxel_volume_ml
    return Region(name, RegionKind.REMAINDER, Side.NONE, mask, grid, volume_ml)


def _check_extent(drawn: Roi, grid: Grid, transform: PointTransform | None) -> None:
    points = extent_points(drawn)
    if len(points) == 0:
        raise RegionFinding(f"empty: nothing is drawn for {drawn.name}")
    if transform is not None:
        points = transform.inverse().apply(points)
    position = grid.indices(points)
    size = np.array(grid.shape[::-1])
    beyond = np.maximum(-0.5 - position, position - (size - 0.5)).max(axis=1) > 1e-3
    wholly = (position.max(axis=0) < -0.5) | (position.min(axis=0) > size - 0.5)
    if wholly.any() or beyond.all():
        raise RegionFinding(f"outside the image: {drawn.name} lies beyond its field of view")
    if beyond.any():
        raise RegionFinding(f"cut by the field of view: {beyond.mean():.1%} of {drawn.name} as drawn lies outside")


def _touched_face(mask: NDArray[np.bool_]) -> str:
    for axis, name in enumerate(("first or last slice", "first or last row", "first or last column")):
        ends = mask.take([0, -1], axis=axis)
        if mask.shape[axis] > 1 and ends.any():
            return name
    return ""


def _n_regions(regions: Sequence[Region]) -> NDArray[np.uint16]:
    count = np.zeros(regions[0].grid.shape if regions else (0, 0, 0), dtype=np.uint16)
    for region in regions:
        count += region.mask
    return count


def _ranks(regions: Sequence[Region], precedence: Literal["lesions"] | Sequence[str] | None) -> list[int | None]:
    """Place in the order, lowest first; None where the order says nothing."""
    if precedence is None:
        return [None] * len(regions)
    if isinstance(precedence, str):
        return [0 if region.kind == RegionKind.LESION else 1 for region in regions]
    names = [region.name for region in regions]
    unknown = sorted(set(precedence) - set(names))
    if unknown:
        raise InputError(f"names of regions ({', '.join(names)})", f"{', '.join(unknown)} came", "regions.precedence")
    places = {name: place for place, name in enumerate(precedence)}
    return [places.get(name) for name in names]


def _less(share: Part | None, other: Part | None) -> Part | None:
    return share if share is None or other is None else without(share, other)


def _precedes(higher: int | None, lower: int | None) -> bool:
    return higher is not None and lower is not None and higher < lower


def _with_voxels(region: Region, shared: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Region:
    mask = region.mask.copy()
    mask[shared] = kept
    lost_ml = (region.n_voxels - int(np.count_nonzero(mask))) * region.grid.voxel_volume_ml
    return replace(region, mask=mask, exact_volume_ml=max(region.exact_volume_ml - lost_ml, 0.0))
