"""Activity in the compartments of a model over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm, plain_numbers
from hevesy.report.text import drawable, shortened

_MBQ = 1e-6
_DECADES = 4.5


def draw_courses(names: Sequence[str], time_h: NDArray[np.float64], activity_bq: NDArray[np.float64]) -> Figure:
    """One line for each compartment, on a logarithmic axis of activity.

    Parameters
    ----------
    names
        Of the compartments.
    time_h
        Shape ``(time,)``. [h]
    activity_bq
        Shape ``(time, compartment)``. [Bq]
    """
    figure = figure_mm(PAGE_WIDTH_MM, 74.0)
    axes = axes_mm(figure, 16.0, 4.0, PAGE_WIDTH_MM - 56.0, 58.0)
    values = activity_bq * _MBQ
    top = float(values.max())
    for k, name in enumerate(names):
        shown = values[:, k] > 0
        label = shortened(drawable(name), 24)
        axes.plot(time_h[shown], values[shown, k], color=SERIES[k % len(SERIES)], label=label)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator())
    axes.yaxis.set_major_formatter(plain_numbers())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlim=(0.0, float(time_h[-1])), ylim=(top * 10**-_DECADES, 1.5 * top))
    axes.set(xlabel="time after start of administration [h]", ylabel="activity [MBq]")
    axes.grid(visible=True, axis="y")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.3)
    return figure
