"""One plane through the maps of a voxelwise fit: the integral, its uncertainty, and what became of each voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.report.figures import scene
from hevesy.report.figures.planes import View, box_of, box_where
from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm

_GAP_MM, _BAR_MM, _LEGEND_MM, _TALLEST_MM = 4.0, 12.0, 14.0, 110.0
_PIXELS = 260.0
_MARGIN_MM = 20.0


def draw_voxel_maps(
    integral: NDArray[np.float64], standard_uncertainty: NDArray[np.float64], status: NDArray[np.uint8], grid: Grid
) -> Figure:
    """The coronal plane through the largest integral, voxel by voxel, without interpolation.

    Parameters
    ----------
    integral, standard_uncertainty
        Time-integrated activity, NaN where there is none; any unit. Shape ``(z, y, x)``.
    status
        A :class:`~hevesy.numerics.voxel_status.VoxelStatus`. Shape ``(z, y, x)``.
    grid
        Of all three.
    """
    view = _view(integral, status, grid)
    left, right, first, last = view.extent
    width = (PAGE_WIDTH_MM - 3 * _GAP_MM - 2 * _BAR_MM) / 3
    height = min(width * (last - first) / (right - left), _TALLEST_MM)
    figure = figure_mm(PAGE_WIDTH_MM, height + _LEGEND_MM)
    relative = np.divide(100.0 * standard_uncertainty, integral, out=np.full_like(integral, np.nan), where=integral > 0)
    shown = ((integral, "time-integrated activity [Bq s]"), (relative, "standard uncertainty [%]"))
    place = 0.0
    for values, words in shown:
        axes = scene.panel(figure, (place, 0.5, width, height), view)
        _coloured(figure, axes, _plane(values, grid, view), (place + width + 1.0, height))
        _mark(axes, view, words)
        place += width + _GAP_MM + _BAR_MM
    axes = scene.panel(figure, (place, 0.5, width, height), view)
    _draw_status(figure, axes, _plane(status.astype(np.float64), grid, view), view)
    _mark(axes, view, "outcome of the fit")
    return figure


def _view(integral: NDArray[np.float64], status: NDArray[np.uint8], grid: Grid) -> View:
    found = np.isfinite(integral)
    place = np.nanargmax(integral) if found.any() else int(np.flatnonzero(status)[0])
    index = np.array(np.unravel_index(place, grid.shape), dtype=np.float64)[::-1]
    box = box_where(status != VoxelStatus.OUTSIDE, grid)
    field = box_of(grid) if box is None else box.grown(_MARGIN_MM).within(box_of(grid))
    return View("coronal", field, float(grid.points(index)[1]))


def _plane(values: NDArray[np.float64], grid: Grid, view: View) -> NDArray[np.float64]:
    """The voxel at every pixel; NaN outside the grid."""
    left, right, first, last = view.extent
    points = view.points(max(right - left, last - first) / _PIXELS)
    index = np.rint(grid.indices(points)).astype(np.intp)[..., ::-1]
    inside = ((index >= 0) & (index < np.array(grid.shape))).all(axis=-1)
    found = np.full(inside.shape, np.nan)
    found[inside] = values[tuple(index[inside].T)]
    return found


def _coloured(figure: Figure, axes: Axes, values: NDArray[np.float64], bar_place: tuple[float, float]) -> None:
    known = values[np.isfinite(values)]
    top = float(np.percentile(known, 99.5)) if known.size else 1.0
    picture = axes.imshow(values, cmap="inferno", vmin=0.0, vmax=top or 1.0, **_shown(axes))
    bar = figure.colorbar(
        picture, cax=axes_mm(figure, bar_place[0], 0.5 + 0.06 * bar_place[1], 2.5, 0.88 * bar_place[1])
    )
    bar.outline.set_visible(False)


def _shown(axes: Axes) -> dict[str, Any]:
    left, right = axes.get_xlim()
    first, last = axes.get_ylim()
    return {"extent": (left, right, first, last), "origin": "lower", "interpolation": "nearest", "aspect": "auto"}


def _draw_status(figure: Figure, axes: Axes, values: NDArray[np.float64], view: View) -> None:
    del view
    present = [VoxelStatus(int(code)) for code in np.unique(values[np.isfinite(values)])]
    inside = [status for status in present if status is not VoxelStatus.OUTSIDE]
    colours = [SERIES[number % len(SERIES)] for number in range(len(inside))]
    numbers = np.full(values.shape, np.nan)
    for number, status in enumerate(inside):
        numbers[values == status] = number
    axes.imshow(
        numbers, cmap=ListedColormap(colours or ["black"]), vmin=-0.5, vmax=max(len(inside), 1) - 0.5, **_shown(axes)
    )
    handles = [Patch(color=colour, label=status.text) for status, colour in zip(inside, colours, strict=True)]
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=5, frameon=False)


def _mark(axes: Axes, view: View, words: str) -> None:
    scene.mark_sides(axes, view.plane)
    scene.mark_scale(axes, view)
    scene.mark_position(axes, view)
    scene.mark_quantity(axes, words)
