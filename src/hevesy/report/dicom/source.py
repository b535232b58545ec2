"""Source images for a Segmentation: copies in memory that hold what it needs and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from hevesy.domain import Grid
from hevesy.errors import GeometryError
from hevesy.report.dicom.identity import patient_and_study
from hevesy.report.dicom.values import decimals

_IDENTITY = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "Rows", "Columns")
_PLANE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")


def segmentation_sources(reference: Sequence[Dataset], grid: Grid) -> list[Dataset]:
    """Copies of the reference headers with the geometry a Segmentation asks for.

    A multi-frame NM image keeps its position and orientation where no functional group is (in the Detector Information
    Sequence); the copy gets functional groups with the same geometry, so that each frame can be referred to. An
    enhanced image has such groups; its frames may be more than the slices of the grid.

    Parameters
    ----------
    reference
        Headers of one series: single-frame images, or one multi-frame image whose grid is ``grid``. Of several
        multi-frame images that make up the grid together, the first is referred to: a Segmentation can name one.
    grid
        Grid of the regions.

    Raises
    ------
    GeometryError
        If frame of reference, position or number of voxels do not fit.
    """
    frame = str(reference[0].get("FrameOfReferenceUID") or "")
    if not frame or (grid.frame_of_reference and frame != grid.frame_of_reference):
        came = "the images name none" if not frame else "the images have another"
        raise GeometryError("regions and images of one frame of reference", came, "Segmentation")
    if "NumberOfFrames" in reference[0]:
        return [_multi_frame(reference[0], _part_of(grid, reference[0]) if len(reference) > 1 else grid)]
    return [_single_frame(header, grid) for header in reference]


def _copy(header: Dataset) -> Dataset:
    source = patient_and_study(header)
    for keyword in _IDENTITY:
        setattr(source, keyword, header.get(keyword))
    source.FrameOfReferenceUID = header.FrameOfReferenceUID
    source.PositionReferenceIndicator = ""
    return source


def _single_frame(header: Dataset, grid: Grid) -> Dataset:
    source = _copy(header)
    for keyword in _PLANE:
        if not header.get(keyword):
            raise GeometryError(f"{keyword} in every slice", "it is missing", f"{header.get('Modality')} header")
        setattr(source, keyword, header.get(keyword))
    source.SliceThickness = header.get("SliceThickness") or grid.spacing_mm[2]
    return source


def _multi_frame(header: Dataset, grid: Grid) -> Dataset:
    if (int(header.Rows), int(header.Columns)) != grid.shape[1:] or int(header.NumberOfFrames) < grid.shape[0]:
        raise GeometryError("regions on the grid of the multi-frame image", "their shapes differ", "Segmentation")
    source = _copy(header)
    source.NumberOfFrames = int(header.NumberOfFrames)
    shared = Dataset()
    shared.PixelMeasuresSequence = [_pixel_measures(grid)]
    shared.PlaneOrientationSequence = [Dataset()]
    cosines = grid.direction_matrix[:, :2].T
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = decimals(cosines)
    source.SharedFunctionalGroupsSequence = [shared]
    source.PerFrameFunctionalGroupsSequence = [_plane(position) for position in _frame_positions(header, grid)]
    return source


def _frame_positions(header: Dataset, grid: Grid) -> NDArray[np.float64]:
    """Position of every frame, of which some must be all slices of the grid. Shape ``(frame, 3)``. [mm]"""
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if not groups:
        return grid.points(np.array([[0.0, 0.0, k] for k in _slice_of_frames(header, grid)]))
    positions = np.array([_own_position(group) for group in groups])
    on_grid = grid.indices(positions)
    slices = np.rint(on_grid[:, 2])
    there = np.abs(on_grid - np.column_stack([0 * slices, 0 * slices, slices])).max(axis=1) < 0.05
    if set(slices[there]) != set(range(grid.shape[0])):
        raise GeometryError("frames on every slice of the grid", "some are elsewhere", f"{header.Modality} header")
    return positions


def _own_position(group: Dataset) -> list[float]:
    plane = (group.get("PlanePositionSequence") or [Dataset()])[0]
    if not plane.get("ImagePositionPatient"):
        raise GeometryError("a position in every frame", "one is missing", "Segmentation")
    return [float(v) for v in plane.ImagePositionPatient]


def _part_of(grid: Grid, header: Dataset) -> Grid:
    """The slices of the grid that one of several multi-frame images covers."""
    n = int(header.NumberOfFrames)
    depth = round(float(grid.indices(np.array(_first_position(header), dtype=np.float64))[2]))
    lowest = depth if float(header.get("SpacingBetweenSlices") or 1) > 0 else depth - n + 1
    if not 0 <= lowest <= grid.shape[0] - n:
        raise GeometryError("multi-frame images within the grid of the regions", "one lies outside", "NM header")
    origin = grid.points(np.array([0.0, 0.0, lowest]))
    return replace(grid, shape=(n, *grid.shape[1:]), origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])))


def _first_position(header: Dataset) -> Sequence[float]:
    detector = (header.get("DetectorInformationSequence") or [Dataset()])[0]
    first = detector.get("ImagePositionPatient") or header.get("ImagePositionPatient")
    if not first:
        raise GeometryError("the position of the first slice", "the NM header has none", "Segmentation")
    return [float(v) for v in first]


def _pixel_measures(grid: Grid) -> Dataset:
    x, y, z = grid.spacing_mm
    item = Dataset()
    item.PixelSpacing = decimals([y, x])
    item.SliceThickness, item.SpacingBetweenSlices = decimals([z, z])
    return item


def _plane(position: NDArray[np.float64]) -> Dataset:
    item, plane = Dataset(), Dataset()
    plane.ImagePositionPatient = decimals(position)
    item.PlanePositionSequence = [plane]
    return item


def _slice_of_frames(header: Dataset, grid: Grid) -> list[int]:
    """Slice of the grid on which each frame lies, from the position of the first slice and the slice vector.

    Each slice comes once for each energy window.
    """
    n = grid.shape[0]
    vector = header.get("SliceVector")
    number = [int(v) for v in vector] if vector else list(range(1, int(header.NumberOfFrames) + 1))
    if sorted(number) != sorted(list(range(1, n + 1)) * (int(header.NumberOfFrames) // n)):
        raise GeometryError("each slice once", "the NM header has not", "Segmentation")
    depth = float(grid.indices(np.array(_first_position(header), dtype=np.float64))[2])
    if round(depth) not in (0, n - 1) or abs(depth - round(depth)) > 0.01:
        raise GeometryError("regions on the grid of the multi-frame image", "its first slice is elsewhere", "NM header")
    return [k - 1 for k in number] if round(depth) == 0 else [n - k for k in number]
