"""Planes of an injected tumour with isodoses, cold parts and proposed deposits, and its dose-volume histogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.report.figures.scene import ISODOSE_COLOURS, LEGEND_GROUND, mark_columns
from hevesy.report.figures.style import ACCENT, LESION, PAGE_WIDTH_MM, axes_mm, figure_mm, outlined

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_PLANES = 3
_AROUND_MM = 12.0
_LEVELS = (0.5, 1.0, 2.0, 5.0)
"""Isodoses, over the prescribed dose."""
_TUMOUR, _ORGAN, _DEPOSIT = "#ffffff", "#c4a7ff", "#ff8ad8"
_ROW_MM = 56.0


@dataclass(frozen=True)
class Planes:
    """What is drawn. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    concentration: Floats
    """Activity as measured. [Bq/ml]"""
    tumour: Mask
    organs: Mask
    before_gy: Floats
    """[Gy]"""
    after_gy: Floats | None
    """With the proposed deposits; None where there are none. [Gy]"""
    centres: NDArray[np.int64]
    """Of the proposed deposits, voxel indices ``(z, y, x)``. Shape ``(n, 3)``."""
    radius_mm: float
    """Of a proposed deposit. [mm]"""
    prescribed_gy: float
    """[Gy]"""


def draw_planes(planes: Planes) -> Figure:
    """Three planes across the third index axis: activity with the dose before and, where there is one, after."""
    rows = [(planes.before_gy, "as measured")]
    rows += [] if planes.after_gy is None else [(planes.after_gy, "with the proposed deposits")]
    figure = figure_mm(PAGE_WIDTH_MM, _ROW_MM * len(rows) + 8.0)
    box = _box(planes)
    width = (PAGE_WIDTH_MM - 4.0) / _PLANES
    for row, (dose, words) in enumerate(rows):
        for column, plane in enumerate(_chosen(planes)):
            axes = axes_mm(figure, 2.0 + column * width, 6.0 + row * _ROW_MM, width - 2.0, _ROW_MM - 8.0)
            _draw(axes, planes, dose, plane, box)
            z = planes.grid.points(np.array([0.0, 0.0, float(plane)]))[2]
            mark_columns(axes, planes.grid)
            axes.set_title(f"{words}, z {z:.0f} mm" if column == 0 else f"z {z:.0f} mm")
    handles = [
        Line2D([], [], color=colour, label=f"{level * planes.prescribed_gy:g} Gy", path_effects=outlined())
        for level, colour in zip(_LEVELS, ISODOSE_COLOURS, strict=True)
    ]
    handles += [
        Line2D([], [], color=_TUMOUR, label="tumour"),
        Line2D([], [], color=_ORGAN, linestyle="--", label="organ at risk"),
        Line2D([], [], color=_DEPOSIT, marker="+", linestyle="", label="proposed deposit"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), facecolor=LEGEND_GROUND, frameon=True,
                  edgecolor="none", labelcolor="white", borderpad=0.35)  # fmt: skip
    return figure


def draw_tumour_histogram(histogram: Mapping[str, Sequence[float]], prescribed_gy: float, coverage: float) -> Figure:
    """Dose-volume histogram of the tumour before and after, up to four times the prescribed dose.

    Parameters
    ----------
    histogram
        ``dose_gy`` [Gy], and shares of the volume ``volume_before`` and, where there is one, ``volume_after``.
    prescribed_gy, coverage
        What was to be reached. [Gy] and a share.
    """
    figure = figure_mm(PAGE_WIDTH_MM, 62.0)
    axes = axes_mm(figure, 16.0, 4.0, PAGE_WIDTH_MM - 22.0, 46.0)
    for name, words, colour in (("before", "as measured", ACCENT), ("after", "with the proposed deposits", LESION)):
        if f"volume_{name}" in histogram:
            shares = 100.0 * np.asarray(histogram[f"volume_{name}"])
            axes.plot(histogram["dose_gy"], shares, color=colour, label=words)
    axes.plot([prescribed_gy], [100.0 * coverage], "k+", markersize=9, label="prescribed")
    axes.set_xlim(0.0, 4.0 * prescribed_gy)
    axes.set_ylim(0.0, 102.0)
    axes.set_xlabel("absorbed dose [Gy]")
    axes.set_ylabel("volume [%]")
    axes.grid(visible=True)
    axes.legend()
    return figure


def _chosen(planes: Planes) -> list[int]:
    """Planes of the deposits, or evenly spread ones through the tumour."""
    reached = np.flatnonzero(planes.tumour.any(axis=(1, 2)))
    spread = np.unique(np.rint(np.quantile(reached, [0.25, 0.5, 0.75])).astype(int)).tolist()
    through = list(dict.fromkeys(planes.centres[:, 0].tolist()))
    found = list(dict.fromkeys([*through, *spread]))[:_PLANES]
    return sorted(int(plane) for plane in found)


def _box(planes: Planes) -> tuple[slice, slice]:
    """Rows and columns around the tumour."""
    box = []
    for axis, step in ((1, planes.grid.spacing_mm[1]), (2, planes.grid.spacing_mm[0])):
        reached = np.flatnonzero(planes.tumour.any(axis=tuple(a for a in range(3) if a != axis)))
        more = int(_AROUND_MM / step)
        box.append(slice(max(0, int(reached[0]) - more), int(reached[-1]) + 1 + more))
    return box[0], box[1]


def _draw(axes: Axes, planes: Planes, dose: Floats, plane: int, box: tuple[slice, slice]) -> None:
    sx, sy, _ = planes.grid.spacing_mm
    rows, columns = box
    shown = (plane, rows, columns)
    root = np.sqrt(np.maximum(planes.concentration[shown], 0.0))
    top = float(np.sqrt(max(planes.concentration.max(), 1e-9)))
    axes.imshow(root, cmap="gray", vmin=0.0, vmax=top, interpolation="nearest", aspect=sy / sx)
    axes.contour(planes.tumour[shown].astype(float), levels=[0.5], colors=[_TUMOUR], linewidths=1.0)
    if planes.organs[shown].any():
        axes.contour(planes.organs[shown].astype(float), [0.5], colors=[_ORGAN], linewidths=1.0, linestyles="--")
    reached = [(f * planes.prescribed_gy, c) for f, c in zip(_LEVELS, ISODOSE_COLOURS, strict=True)]
    inside = [(level, colour) for level, colour in reached if dose[shown].min() < level < dose[shown].max()]
    if inside:
        levels, colours = zip(*inside, strict=True)
        axes.contour(dose[shown], levels=list(levels), colors=list(colours), linewidths=0.9)
    reach = planes.radius_mm / planes.grid.spacing_mm[2]
    for z, y, x in planes.centres.tolist():
        if abs(z - plane) <= reach:
            axes.plot(x - columns.start, y - rows.start, "+", color=_DEPOSIT, markersize=7, path_effects=outlined())
    axes.set_xlim(-0.5, root.shape[1] - 0.5)
    axes.set_ylim(root.shape[0] - 0.5, -0.5)
    axes.set_axis_off()
