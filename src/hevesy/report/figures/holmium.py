"""One plane of a holmium measurement: the image's quantity, the concentration, and what became of each voxel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.report.figures.scene import mark_columns
from hevesy.report.figures.style import INK, PAGE_WIDTH_MM, SERIES, figure_mm
from hevesy.report.text import drawable, shortened

_HEIGHT_MM = 68.0
_MARGIN = 3
"""Voxels around what was measured."""
_TOP = 99.0
"""Percentile of a plane's voxels that ends the scale."""
_OUTLINES = ("#35d07f", "#56e0ff", "#a8b0ba", "#f0a3ff", "#ffd166")
_COLOURS = {
    R2StarStatus.FITTED: SERIES[0],
    R2StarStatus.OSCILLATING: SERIES[1],
    R2StarStatus.POOR_FIT: SERIES[2],
    R2StarStatus.VOID: SERIES[3],
    R2StarStatus.NO_SIGNAL: SERIES[7],
    R2StarStatus.NOT_CONVERGED: SERIES[6],
    R2StarStatus.NOT_FINITE: SERIES[8],
}


@dataclass(frozen=True)
class HolmiumPicture:
    """What is drawn. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    shown: NDArray[np.float64]
    """What the concentration was made from, in the unit that the words say; NaN where nothing was measured."""
    words: str
    """Its name and unit."""
    concentration: NDArray[np.float64]
    """Of holmium. [mg/ml]"""
    status: NDArray[np.uint8]
    """A :class:`~hevesy.numerics.r2star_status.R2StarStatus`."""
    regions: Mapping[str, NDArray[np.bool_]]
    """Outlined."""

    @property
    def plane(self) -> tuple[int, slice, slice]:
        """The transverse plane with most holmium, within the box of what was measured and a margin."""
        measured = self.status != R2StarStatus.OUTSIDE
        rows, columns = (np.flatnonzero(measured.any(axis=axes)) for axes in ((0, 2), (0, 1)))
        most = int(np.argmax(np.nansum(self.concentration, axis=(1, 2))))
        if rows.size == 0:
            return most, slice(None), slice(None)
        return most, _with_margin(rows), _with_margin(columns)


def _with_margin(found: NDArray[np.int_]) -> slice:
    return slice(max(int(found[0]) - _MARGIN, 0), int(found[-1]) + 1 + _MARGIN)


def draw_holmium(picture: HolmiumPicture) -> Figure:
    """The transverse plane with most holmium, voxel by voxel, without interpolation."""
    box = picture.plane
    figure = figure_mm(PAGE_WIDTH_MM, _HEIGHT_MM)
    aspect = picture.grid.spacing_mm[1] / picture.grid.spacing_mm[0]
    outlined = {name: mask[box] for name, mask in picture.regions.items() if mask[box].any()}
    panels = ((picture.shown[box], picture.words), (picture.concentration[box], "holmium [mg/ml]"))
    for number, (values, label) in enumerate(panels):
        axes = figure.add_axes((0.005 + 0.345 * number, 0.13, 0.265, 0.78))
        _draw_values(figure, axes, values, aspect)
        _draw_outlines(axes, outlined)
        mark_columns(axes, picture.grid, colour=INK)
        axes.set_title(label)
    _draw_status(figure, picture.status[box], aspect, outlined)
    return figure


def _draw_values(figure: Figure, axes: Axes, values: NDArray[np.float64], aspect: float) -> None:
    """The brightest hundredth of the voxels do not stretch the scale."""
    top = float(np.nanpercentile(values, _TOP)) if np.isfinite(values).any() else 1.0
    low = min(float(np.nanmin(values)), 0.0) if np.isfinite(values).any() else 0.0
    shown = axes.imshow(values, cmap="inferno", vmin=low, vmax=max(top, low + 1e-9), interpolation="nearest",
                        aspect=aspect)  # fmt: skip
    axes.set_axis_off()
    left, bottom, width, height = axes.get_position(original=True).bounds
    bar = figure.add_axes((left + width + 0.008, bottom + 0.1 * height, 0.012, 0.8 * height))
    figure.colorbar(shown, cax=bar, extend="max" if bool(np.nanmax(values, initial=top) > top) else "neither")


def _draw_outlines(axes: Axes, outlined: Mapping[str, NDArray[np.bool_]]) -> None:
    for number, mask in enumerate(outlined.values()):
        padded = np.pad(mask, 1).astype(float)
        places = (np.arange(n) - 1.0 for n in padded.shape[::-1])
        axes.contour(*places, padded, levels=[0.5], colors=[_OUTLINES[number % len(_OUTLINES)]], linewidths=0.9)


def _draw_status(
    figure: Figure, status: NDArray[np.uint8], aspect: float, outlined: Mapping[str, NDArray[np.bool_]]
) -> None:
    axes = figure.add_axes((0.70, 0.13, 0.265, 0.78))
    handles: list[Artist] = []
    codes = np.full(status.shape, np.nan)
    present = [one for one in _COLOURS if (status == one).any()]
    for number, one in enumerate(present):
        codes[status == one] = number
        handles.append(Patch(color=_COLOURS[one], label=one.text))
    colours = ListedColormap([_COLOURS[one] for one in present] or ["black"])
    axes.imshow(codes, cmap=colours, vmin=-0.5, vmax=max(len(present), 1) - 0.5, interpolation="nearest", aspect=aspect)
    _draw_outlines(axes, outlined)
    axes.set_axis_off()
    axes.set_title("outcome")
    for number, name in enumerate(outlined):
        colour = _OUTLINES[number % len(_OUTLINES)]
        handles.append(Line2D([], [], color=colour, label=shortened(drawable(name), 24)))
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=5, frameon=False)
