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
_RELATIVE_SPACING_TOLERANCE = 0.01
_SPACING_TOLERANCE_MM = 0.011
"""Two positions written with two decimals may be this far from their true distance. [mm]"""
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
    positions = np.array([p.position_mm for p in ordered])
    along = positions @ normal
    problem = _sheared(positions, along, normal) or _irregular(along, ordered, names)
    if problem is not None:
        return Stack(None, ordered, (problem,))
    spacing = float(along[-1] - along[0]) / (len(ordered) - 1) if len(ordered) > 1 else thickness_mm
    if not spacing or spacing <= 0:
        came = "a single slice without Slice Thickness came"
        return Stack(None, ordered, (blocking("missing-slice-spacing", "the spacing of slices", came),))
    return Stack(_grid(ordered[0], len(ordered), spacing), ordered)


def _grid(lowest: Plane, n_planes: int, spacing: float) -> Grid:
    columns = np.column_stack([lowest.row, lowest.column, lowest.normal])
    return Grid(
        shape=(n_planes, *lowest.shape),
        spacing_mm=(lowest.spacing_mm[1], lowest.spacing_mm[0], round(spacing, _DECIMALS)),
        origin_mm=vector([round(p, _DECIMALS) for p in lowest.position_mm]),
        direction=(vector(columns[0]), vector(columns[1]), vector(columns[2])),
        frame_of_reference=lowest.frame_of_reference,
    )


def _uneven(planes: Sequence[Plane], names: Sequence[str]) -> Finding | None:
    one = planes[0]
    for other in planes[1:]:
        where = names[other.file]
        if other.shape != one.shape or not np.allclose(other.spacing_mm, one.spacing_mm, rtol=1e-4):
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


def _sheared(positions: NDArray[np.float64], along: NDArray[np.float64], normal: NDArray[np.float64]) -> Finding | None:
    in_plane = positions - along[:, None] * normal
    drift = float(np.abs(in_plane - in_plane[0]).max())
    if drift <= _SHEAR_TOLERANCE_MM:
        return None
    return blocking("sheared-geometry", "slices stacked along their normal", f"they drift sideways by {drift:.2f} mm")


def _irregular(along: NDArray[np.float64], ordered: Sequence[Plane], names: Sequence[str]) -> Finding | None:
    steps = np.diff(along)
    if steps.size == 0:
        return None
    same = np.flatnonzero(steps < _SAME_PLANE_MM)
    if same.size:
        pair = f"{_name(ordered[same[0]], names)} and {_name(ordered[same[0] + 1], names)}"
        came = f"{same.size} came twice, first at {along[same[0]]:.2f} mm along the normal ({pair})"
        return blocking("duplicate-slice", "one slice at each position", came)
    usual = float(np.sort(steps)[(steps.size - 1) // 2])
    tolerance = max(_SPACING_TOLERANCE_MM, _RELATIVE_SPACING_TOLERANCE * usual)
    wrong = np.flatnonzero(np.abs(steps - usual) > tolerance)
    if not wrong.size:
        return None
    return _gap(int(wrong[0]), along, usual, (ordered, names), tolerance)


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
