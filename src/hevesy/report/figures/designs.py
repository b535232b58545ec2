"""Plans of scans: the error against the number of visits, and a map over two of the times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hevesy.report.figures.style import INK, PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm
from hevesy.report.text import drawable, shortened

_PERCENT = 100.0
_TICKS = 9
_LARGEST_LOSS = 1.0


def draw_error_by_visits(
    visits: Sequence[int],
    regions: Sequence[str],
    expected: NDArray[np.float64] | None,
    simulated: NDArray[np.float64] | None,
    times_h: Sequence[Sequence[float]],
) -> Figure:
    """The best plan of every number of visits: one line a region.

    Parameters
    ----------
    visits, regions
        What was judged.
    expected, simulated
        Relative standard uncertainty and root mean square error. Shape ``(visits, region)``. Fraction.
    times_h
        Of the best plans. [h]
    """
    figure = figure_mm(PAGE_WIDTH_MM, 72.0)
    axes = axes_mm(figure, 14.0, 4.0, PAGE_WIDTH_MM - 66.0, 52.0)
    for k, region in enumerate(regions):
        colour, label = SERIES[k % len(SERIES)], shortened(drawable(region), 22)
        if simulated is not None:
            axes.plot(visits, _PERCENT * simulated[:, k], "o-", color=colour, markersize=4, label=f"{label}, simulated")
        if expected is not None:
            axes.plot(
                visits, _PERCENT * expected[:, k], "s--", color=colour, markersize=3.4, label=f"{label}, expected"
            )
    axes.set_xticks(list(visits), labels=[_ticked(n, t) for n, t in zip(visits, times_h, strict=True)])
    axes.set(xlim=(min(visits) - 0.4, max(visits) + 0.4), ylim=(0.0, None))
    axes.set(xlabel="number of visits, and the best times [h]", ylabel="relative error of the integral [%]")
    axes.grid(visible=True, axis="y")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.3)
    return figure


def _ticked(visits: int, times_h: Sequence[float]) -> str:
    return f"{visits}\n" + ", ".join(f"{t:g}" for t in times_h)


def draw_time_map(times_h: NDArray[np.float64], value: NDArray[np.float64], held_h: Sequence[float]) -> Figure:
    """Loss against the best over two times; the others are held.

    Parameters
    ----------
    times_h
        Candidates. Shape ``(time,)``. [h]
    value
        Ranking value of the earlier (first index) and later time, not a number where no plan is. Fraction.
    held_h
        Earlier times that every plan shown has. [h]
    """
    best = np.nanmin(value)
    loss = _PERCENT * np.minimum(value / best - 1.0, _LARGEST_LOSS)
    figure = figure_mm(PAGE_WIDTH_MM * 0.75, 92.0)
    axes = axes_mm(figure, 16.0, 6.0, 78.0, 72.0)
    picture = axes.imshow(loss, origin="lower", cmap="viridis_r", aspect="auto", interpolation="nearest")
    earlier, later = np.unravel_index(np.nanargmin(value), value.shape)
    axes.plot([later], [earlier], "o", color="white", markeredgecolor=INK, markersize=6)
    shown = np.unique(np.linspace(0, times_h.size - 1, _TICKS).round().astype(int))
    labels = [f"{times_h[k]:g}" for k in shown]
    axes.set_xticks(shown, labels=labels)
    axes.set_yticks(shown, labels=labels)
    axes.set(xlabel="later time [h]", ylabel="earlier time [h]")
    if held_h:
        axes.set_title("also at " + ", ".join(f"{t:g} h" for t in held_h), loc="left")
    bar = figure.colorbar(picture, cax=axes_mm(figure, 98.0, 6.0, 4.0, 72.0), extend="max")
    bar.set_label("loss against the best [%]")
    bar.locator = MaxNLocator(6)
    return figure
