"""One plane of a holmium measurement: the image's quantity, the concentration, and what became of each voxel."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, figure_mm

_HEIGHT_MM = 72.0
_COLOURS = {
    R2StarStatus.FITTED: SERIES[0],
    R2StarStatus.OSCILLATING: SERIES[1],
    R2StarStatus.POOR_FIT: SERIES[2],
    R2StarStatus.VOID: SERIES[3],
    R2StarStatus.NO_SIGNAL: SERIES[7],
    R2StarStatus.NOT_CONVERGED: SERIES[6],
    R2StarStatus.NOT_FINITE: SERIES[8],
}


def draw_holmium(
    shown: NDArray[np.float64], words: str, concentration: NDArray[np.float64], status: NDArray[np.uint8], grid: Grid
) -> Figure:
    """The transverse plane with most holmium, voxel by voxel, without interpolation.

    Parameters
    ----------
    shown
        What the concentration was made from, in the unit that the words say. Shape ``(z, y, x)``.
    words
        Its name and unit.
    concentration
        Of holmium. Shape ``(z, y, x)``. [mg/ml]
    status
        A :class:`~hevesy.numerics.r2star_status.R2StarStatus`. Shape ``(z, y, x)``.
    grid
        Of all three.
    """
    plane = int(np.argmax(np.nansum(concentration, axis=(1, 2))))
    figure = figure_mm(PAGE_WIDTH_MM, _HEIGHT_MM)
    aspect = grid.spacing_mm[1] / grid.spacing_mm[0]
    for number, (values, label) in enumerate(((shown, words), (concentration, "holmium [mg/ml]"))):
        axes = figure.add_axes((0.01 + 0.34 * number, 0.14, 0.27, 0.74))
        picture = axes.imshow(values[plane], cmap="inferno", interpolation="nearest", aspect=aspect)
        axes.set_axis_off()
        axes.set_title(label)
        bar = figure.add_axes((0.285 + 0.34 * number, 0.2, 0.012, 0.6))
        figure.colorbar(picture, cax=bar)
    _draw_status(figure, status[plane], aspect)
    return figure


def _draw_status(figure: Figure, status: NDArray[np.uint8], aspect: float) -> None:
    axes = figure.add_axes((0.70, 0.14, 0.27, 0.74))
    handles = []
    codes = np.full(status.shape, np.nan)
    present = [one for one in _COLOURS if (status == one).any()]
    for number, one in enumerate(present):
        codes[status == one] = number
        handles.append(Patch(color=_COLOURS[one], label=one.text))
    colours = ListedColormap([_COLOURS[one] for one in present] or ["black"])
    axes.imshow(codes, cmap=colours, vmin=-0.5, vmax=max(len(present), 1) - 0.5, interpolation="nearest", aspect=aspect)
    axes.set_axis_off()
    axes.set_title("outcome")
    if handles:
        figure.legend(handles=handles, loc="lower center", ncols=4, frameon=False)
