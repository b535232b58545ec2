"""Voxels of a drawn region: those whose centre lies inside."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from hevesy.delineate.stack import ContourStack, extent_points, stack_contours
from hevesy.domain import Deformation, Grid, PointTransform, Roi
from hevesy.errors import RegionFinding
from hevesy.numerics.polygon import inside, outline_edges
from hevesy.numerics.resample import inverse, lattice_coordinate, sample

Floats = NDArray[np.float64]
_Box = tuple[slice, slice, slice]

TIE_MM = 1e-3
"""A centre this near to the face of a slab or of a mask's voxel belongs to the upper one, whatever the file's rounding.
Along patient axes, so that the order of voxels does not matter. [mm]"""
_CHUNK_VOXELS = 2_000_000


def rasterise(
    roi: Roi, grid: Grid, transform: PointTransform | None = None, *, slice_spacing_mm: float | None = None
) -> NDArray[np.bool_]:
    """Voxels of a grid whose centre lies inside a drawn region.

    The centres are moved to where the region was drawn, so that the region itself is never resampled. Contours: the
    plane whose slab holds the centre decides by the even-odd rule over all its contours. Masks: the nearest voxel
    decides.

    Parameters
    ----------
    roi
        Contours or a mask.
    grid
        Voxels to be marked.
    transform
        From points of the grid to points of the region; None where both are in one frame of reference.
    slice_spacing_mm
        Distance of the slices the region was drawn on; needed for contours on a single plane. [mm]

    Returns
    -------
    Shape ``(z, y, x)``; all false where the region lies outside the grid.

    Raises
    ------
    RegionFinding
        If nothing is drawn.
    GeometryError
        If contours are not planar and parallel.
    """
    if isinstance(transform, Deformation):
        return _rasterise_bent(roi, grid, transform, slice_spacing_mm)
    to_roi = np.eye(4) if transform is None else transform.array
    if roi.mask is not None and roi.mask_grid is not None:
        return _rasterise_mask(roi.mask, roi.mask_grid, grid, to_roi)
    return _rasterise_stack(stack_contours(roi, slice_spacing_mm), grid, to_roi)


def _rasterise_stack(stack: ContourStack, grid: Grid, to_roi: Floats) -> NDArray[np.bool_]:
    marked = np.zeros(grid.shape, dtype=bool)
    to_local = stack.frame @ to_roi @ grid.affine
    plane_points = np.concatenate([p for polygons in stack.polygons for p in polygons])
    low = [*plane_points.min(axis=0), stack.lower_mm[0]]
    high = [*plane_points.max(axis=0), stack.upper_mm[-1]]
    for box in _chunks(_index_box(np.array([low, high]), inverse(to_local), grid)):
        u, v, height = (lattice_coordinate(row, _shape(box)).ravel() for row in _shifted(to_local, box)[:3])
        marked[box] = _inside_stack(stack, np.stack([u, v], axis=1), height + TIE_MM).reshape(_shape(box))
    return marked


def _rasterise_bent(roi: Roi, grid: Grid, transform: Deformation, slice_spacing_mm: float | None) -> NDArray[np.bool_]:
    """Each centre through the deformation, one by one."""
    marked = np.zeros(grid.shape, dtype=bool)
    drawn = extent_points(roi)
    if len(drawn) == 0:
        raise RegionFinding(f"empty: nothing is drawn for {roi.name}")
    stack = None if roi.mask is not None else stack_contours(roi, slice_spacing_mm)
    at_grid = transform.inverse().apply(drawn)
    steps = [*grid.spacing_mm, *(roi.mask_grid.spacing_mm if roi.mask_grid else ())]
    slack = 2.0 * max(slice_spacing_mm or 0.0, *steps)
    bounds = np.array([at_grid.min(axis=0) - slack, at_grid.max(axis=0) + slack])
    for box in _chunks(_index_box(bounds, inverse(grid.affine), grid)):
        axes = [np.arange(s.start, s.stop, dtype=np.float64) for s in box]
        k, j, i = np.meshgrid(*axes, indexing="ij")
        points = transform.apply(grid.points(np.stack([i, j, k], axis=-1).reshape(-1, 3)))
        inside_roi = _inside_mask(roi, points) if stack is None else _inside_contours(stack, points)
        marked[box] = inside_roi.reshape(_shape(box))
    return marked


def _inside_contours(stack: ContourStack, points: Floats) -> NDArray[np.bool_]:
    local = points @ stack.frame[:3, :3].T + stack.frame[:3, 3]
    return _inside_stack(stack, local[:, :2], local[:, 2] + TIE_MM)


def _inside_mask(roi: Roi, points: Floats) -> NDArray[np.bool_]:
    if roi.mask is None or roi.mask_grid is None:
        raise ValueError(f"expected a mask on its grid for {roi.name}")
    nearest = np.floor(roi.mask_grid.indices(points + TIE_MM) + 0.5).astype(int)[:, ::-1]
    within = ((nearest >= 0) & (nearest < np.array(roi.mask.shape))).all(axis=1)
    result = np.zeros(len(points), dtype=bool)
    result[within] = roi.mask[tuple(nearest[within].T)]
    return result


def _inside_stack(stack: ContourStack, points: Floats, heights: Floats) -> NDArray[np.bool_]:
    plane = np.searchsorted(stack.lower_mm, heights, side="right") - 1
    plane[(plane >= 0) & (heights >= stack.upper_mm[plane])] = -1
    order = np.argsort(plane, kind="stable")
    starts = np.searchsorted(plane[order], np.arange(len(stack.heights_mm) + 1))
    result = np.zeros(len(points), dtype=bool)
    for polygons, (start, end) in zip(stack.polygons, itertools.pairwise(starts), strict=True):
        members = order[start:end]
        result[members] = inside(points[members], outline_edges(polygons))
    return result


def _rasterise_mask(mask: NDArray[np.bool_], mask_grid: Grid, grid: Grid, to_roi: Floats) -> NDArray[np.bool_]:
    marked = np.zeros(grid.shape, dtype=bool)
    drawn = np.argwhere(mask)
    if len(drawn) == 0:
        raise RegionFinding("empty: the mask has no voxel")
    off_faces = np.eye(4)
    off_faces[:3, 3] = TIE_MM
    to_mask = inverse(mask_grid.affine) @ off_faces @ to_roi @ grid.affine
    bounds = np.array([drawn.min(axis=0)[::-1] - 0.5, drawn.max(axis=0)[::-1] + 0.5])
    for box in _chunks(_index_box(bounds, inverse(to_mask), grid)):
        values, _ = sample(mask.astype(np.uint8), _shifted(to_mask, box), _shape(box), nearest=True)
        marked[box] = values > 0.5
    return marked


def _index_box(bounds: Floats, to_index: Floats, grid: Grid) -> _Box:
    """Voxels that may lie within bounds given in other coordinates. ``bounds``: low and high, shape ``(2, 3)``."""
    corners = np.array(list(itertools.product(*bounds.T)))
    indices = corners @ to_index[:3, :3].T + to_index[:3, 3]
    size = np.array(grid.shape[::-1])
    first = np.clip(np.floor(indices.min(axis=0)) - 1, 0, size).astype(int)
    last = np.clip(np.ceil(indices.max(axis=0)) + 2, first, size).astype(int)
    return slice(first[2], last[2]), slice(first[1], last[1]), slice(first[0], last[0])


def _chunks(box: _Box) -> list[_Box]:
    z, y, x = box
    if min(_shape(box)) == 0:
        return []
    step = max(1, _CHUNK_VOXELS // ((y.stop - y.start) * (x.stop - x.start)))
    return [(slice(k, min(k + step, z.stop)), y, x) for k in range(z.start, z.stop, step)]


def _shape(box: _Box) -> tuple[int, int, int]:
    return box[0].stop - box[0].start, box[1].stop - box[1].start, box[2].stop - box[2].start


def _shifted(index_map: Floats, box: _Box) -> Floats:
    """The same map with indices counted from the box's first voxel."""
    shift = np.eye(4)
    shift[:3, 3] = [box[2].start, box[1].start, box[0].start]
    result: Floats = index_map @ shift
    return result
