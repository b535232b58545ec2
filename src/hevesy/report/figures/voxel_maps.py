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
_BQ_PER_MBQ = 1e6
_COLOURS = {
    VoxelStatus.FITTED: SERIES[0],
    VoxelStatus.PHYSICAL_DECAY: SERIES[4],
    VoxelStatus.ONE_PHASE: SERIES[2],
    VoxelStatus.UNRESOLVED_PHASE: SERIES[9],
    VoxelStatus.NOT_FINITE: SERIES[7],
    VoxelStatus.NOT_POSITIVE: SERIES[5],
    VoxelStatus.RISING: SERIES[1],
    VoxelStatus.LOST: SERIES[8],
    VoxelStatus.NOT_CONVERGED: SERIES[6],
    VoxelStatus.UNDETERMINED: SERIES[3],
}
"""Of what was fitted, or could not be; voxels that were not asked for and empty ones stay dark."""


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
    shown = (
        (integral / _BQ_PER_MBQ, "time-integrated activity [MBq s]", np.inf),
        (relative, "standard uncertainty [%]", 100.0),
    )
    place = 0.0
    for values, words, most in shown:
        axes = scene.panel(figure, (place, 0.5, width, height), view)
        _coloured(axes, _plane(values, grid, view), most, (place + width + 1.0, height))
        _mark(axes, view, words)
        place += width + _GAP_MM + _BAR_MM
    axes = scene.panel(figure, (place, 0.5, width, height), view)
    handles = _draw_status(axes, _plane(status.astype(np.float64), grid, view))
    _mark(axes, view, "outcome of the fit")
    scene.mark_scale(axes, view)
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=5, frameon=False)
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


def _coloured(axes: Axes, values: NDArray[np.float64], most: float, bar_place: tuple[float, float]) -> None:
    """Colours up to nearly the largest value, no further than the most; the bar has a point where some lie above."""
    known = values[np.isfinite(values)]
    top = min(float(np.percentile(known, 99.5)), most) if known.size else 0.0
    picture = axes.imshow(values, cmap="inferno", vmin=0.0, vmax=top or 1.0, **_shown(axes))
    figure = axes.get_figure(root=True)
    if figure is not None:
        room = axes_mm(figure, bar_place[0], 0.5 + 0.06 * bar_place[1], 2.5, 0.88 * bar_place[1])
        above = bool((known > top).any())
        figure.colorbar(picture, cax=room, extend="max" if above else "neither").outline.set_visible(False)


def _shown(axes: Axes) -> dict[str, Any]:
    left, right = axes.get_xlim()
    first, last = axes.get_ylim()
    return {"extent": (left, right, first, last), "origin": "lower", "interpolation": "nearest", "aspect": "auto"}


def _draw_status(axes: Axes, values: NDArray[np.float64]) -> list[Patch]:
    """Every outcome in its colour; returns what a legend shows."""
    present = [status for status in _COLOURS if (values == status).any()]
    numbers = np.full(values.shape, np.nan)
    for number, status in enumerate(present):
        numbers[values == status] = number
    colours = ListedColormap([_COLOURS[status] for status in present] or ["black"])
    axes.imshow(numbers, cmap=colours, vmin=-0.5, vmax=max(len(present), 1) - 0.5, **_shown(axes))
    return [Patch(color=_COLOURS[status], label=status.text) for status in present]


def _mark(axes: Axes, view: View, words: str) -> None:
    scene.mark_sides(axes, view.plane)
    scene.mark_position(axes, view)
    scene.mark_quantity(axes, words)
