"""Planes to a grid: sorted along their normal, equally spaced, none missing and none twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire.findings import blocking
from hevesy.acquire.planes import Plane, vector
from hevesy.domain import Finding, Grid

_ANGLE_TOLERANCE = 1e-3
_SHEAR_TOLERANCE_MM = 0.1
_ROUNDED_COSINES = 2e-3
"""Tilt of the line of slices against their normal that three decimals of each direction cosine may leave. [rad]"""
_RELATIVE_SPACING_TOLERANCE = 0.01
_PLACE_TOLERANCE_MM = 0.06
"""Positions written with one decimal are this near to their true ones. [mm]"""
_SAME_MATRIX_MM = 0.1
"""How far the last voxels of two slices may lie apart by their pixel spacings. [mm]"""
_SAME_PLANE_MM = 0.01
_DECIMALS = 9
"""Positions and spacings are rounded here, so that the way of writing them leaves no trace. [mm]"""


@dataclass(frozen=True)
class Stack:
    """The planes of a series in the order of the grid, or why they make no grid."""

    grid: Grid | None
    order: tuple[Plane, ...]
    findings: tuple[Finding, ...] = ()


def stack_planes(planes: Sequence[Plane], names: Sequence[str], thickness_mm: float | None = None) -> Stack:
    """Sort planes along their common normal and make the grid.

    Parameters
    ----------
    planes
        In any order.
    names
        Of the files, for messages.
    thickness_mm
        Slice thickness, used as the spacing of a single plane only. [mm]
    """
    if not planes:
        return Stack(None, ())
    uneven = _uneven(planes, names)
    if uneven is not None:
        return Stack(None, tuple(planes), (uneven,))
    normal = np.array(planes[0].normal)
    ordered = tuple(sorted(planes, key=lambda p: (float(np.dot(normal, p.position_mm)), p.file, p.frame)))
    axes = _regular_axes(ordered, names)
    if isinstance(axes, Finding):
        return Stack(None, ordered, (axes,))
    positions = np.array([p.position_mm for p in ordered])
    along = positions @ axes[:, 2]
    first, spacing = _fitted(along) if len(ordered) > 1 else (float(along[0]), thickness_mm)
    if not spacing or spacing <= 0:
        came = "a single slice without Slice Thickness came"
        return Stack(None, ordered, (blocking("missing-slice-spacing", "the spacing of slices", came),))
    origin = positions[0] + (first - along[0]) * axes[:, 2]
    return Stack(_grid(ordered, origin, axes, spacing), ordered)


def _regular_axes(ordered: Sequence[Plane], names: Sequence[str]) -> NDArray[np.float64] | Finding:
    """Columns are the unit vectors of x, y and z, or what forbids the slices to make a grid."""
    positions = np.array([p.position_mm for p in ordered])
    problem = _twice(positions @ np.array(ordered[0].normal), ordered, names)
    axes = problem or _axes(ordered[0], positions)
    if isinstance(axes, Finding):
        return axes
    return _irregular(positions @ axes[:, 2], ordered, names) or axes


def _fitted(along: NDArray[np.float64]) -> tuple[float, float]:
    """Place of the first slice and spacing, by least squares. [mm]"""
    index = np.arange(len(along)) - (len(along) - 1) / 2
    spacing = float(index @ along / (index @ index))
    return float(along.mean() + index[0] * spacing), spacing


def _grid(ordered: Sequence[Plane], origin: NDArray[np.float64], axes: NDArray[np.float64], spacing: float) -> Grid:
    lowest = ordered[0]
    row_spacing, column_spacing = np.mean([plane.spacing_mm for plane in ordered], axis=0)
    return Grid(
        shape=(len(ordered), *lowest.shape),
        spacing_mm=vector(np.round([column_spacing, row_spacing, spacing], _DECIMALS)),
        origin_mm=vector(np.round(origin, _DECIMALS)),
        direction=(vector(axes[0]), vector(axes[1]), vector(axes[2])),
        frame_of_reference=lowest.frame_of_reference,
    )


def _uneven(planes: Sequence[Plane], names: Sequence[str]) -> Finding | None:
    one = planes[0]
    for other in planes[1:]:
        where = names[other.file]
        if other.shape != one.shape or not _same_matrix(one, other):
            return blocking(
                "mixed-geometry",
                f"one matrix and pixel spacing, {one.shape} of {one.spacing_mm} mm",
                f"{other.shape} of {other.spacing_mm} mm came",
                where,
            )
        if not np.allclose([other.row, other.column], [one.row, one.column], atol=_ANGLE_TOLERANCE):
            return blocking("mixed-orientation", "one orientation in a series", "another one came", where)
        if other.frame_of_reference != one.frame_of_reference:
            return blocking("mixed-frame-of-reference", "one frame of reference in a series", "another one came", where)
    return None


def _same_matrix(one: Plane, other: Plane) -> bool:
    """Whether pixel spacings are the same but for their rounding."""
    apart = np.abs(np.subtract(one.spacing_mm, other.spacing_mm)) * one.shape
    return bool(apart.max() <= _SAME_MATRIX_MM)


def _axes(lowest: Plane, positions: NDArray[np.float64]) -> NDArray[np.float64] | Finding:
    """Columns are the unit vectors of x, y and z, or why slices do not lie along their normal.

    Where the positions lie on a line that the rounding of the direction cosines turns from the normal, the line is the
    more exact of the two: x and y are turned with it.
    """
    axes = np.column_stack([lowest.row, lowest.column, lowest.normal])
    whole = positions[-1] - positions[0]
    length = float(np.linalg.norm(whole))
    if len(positions) < 2 or length == 0 or _drift(positions, axes[:, 2]) <= _SHEAR_TOLERANCE_MM:
        return axes
    line = whole / length
    tilt = float(np.linalg.norm(np.cross(axes[:, 2], line)))
    if tilt > _ROUNDED_COSINES or _drift(positions, line) > _SHEAR_TOLERANCE_MM:
        came = (
            f"they drift sideways by {_drift(positions, axes[:, 2]):.2f} mm ({np.degrees(np.arcsin(tilt)):.2f} degrees)"
        )
        return blocking("sheared-geometry", "slices stacked along their normal", came)
    row = axes[:, 0] - line * float(axes[:, 0] @ line)
    row /= np.linalg.norm(row)
    return np.column_stack([row, np.cross(line, row), line])


def _drift(positions: NDArray[np.float64], normal: NDArray[np.float64]) -> float:
    away = positions - positions[0]
    return float(np.abs(away - np.outer(away @ normal, normal)).max())


def _twice(along: NDArray[np.float64], ordered: Sequence[Plane], names: Sequence[str]) -> Finding | None:
    same = np.flatnonzero(np.diff(along) < _SAME_PLANE_MM)
    if not same.size:
        return None
    pair = f"{_name(ordered[same[0]], names)} and {_name(ordered[same[0] + 1], names)}"
    came = f"{same.size} came twice, first at {along[same[0]]:.2f} mm along the normal ({pair})"
    return blocking("duplicate-slice", "one slice at each position", came)


def _irregular(along: NDArray[np.float64], ordered: Sequence[Plane], names: Sequence[str]) -> Finding | None:
    """Slices off the places that one spacing gives them; a gap of whole slices is told as such."""
    if len(along) < 3:
        return None
    first, spacing = _fitted(along)
    off = float(np.abs(along - first - spacing * np.arange(len(along))).max())
    usual = float(np.sort(np.diff(along))[(len(along) - 2) // 2])
    tolerance = max(_PLACE_TOLERANCE_MM, _RELATIVE_SPACING_TOLERANCE * usual)
    if off <= tolerance:
        return None
    wrong = np.flatnonzero(np.abs(np.diff(along) - usual) > 2 * tolerance)
    if wrong.size:
        return _gap(int(wrong[0]), along, usual, (ordered, names), 2 * tolerance)
    came = f"they lie up to {off:.2f} mm off such places"
    return blocking("irregular-slices", f"a slice every {spacing:.4g} mm", came)


def _gap(
    at: int, along: NDArray[np.float64], usual: float, named: tuple[Sequence[Plane], Sequence[str]], tolerance: float
) -> Finding:
    ordered, names = named
    step = float(along[at + 1] - along[at])
    n_missing = round(step / usual) - 1
    between = (
        f"between {along[at]:.2f} and {along[at + 1]:.2f} mm along the normal "
        f"({_name(ordered[at], names)} and {_name(ordered[at + 1], names)})"
    )
    if n_missing >= 1 and abs(step - (n_missing + 1) * usual) <= (n_missing + 1) * tolerance:
        noun = "slice is" if n_missing == 1 else "slices are"
        return blocking("missing-slice", f"a slice every {usual:.4g} mm", f"{n_missing} {noun} missing {between}")
    return blocking("irregular-slices", f"a slice every {usual:.4g} mm", f"{step:.4g} mm came {between}")


def _name(plane: Plane, names: Sequence[str]) -> str:
    name = names[plane.file]
    return name if plane.frame == 0 else f"{name} frame {plane.frame + 1}"
