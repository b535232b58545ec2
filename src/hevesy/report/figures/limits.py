"""What is known about a dose, against the limit that it must not exceed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hevesy.report.figures.style import ACCENT, INK, LESION, PAGE_WIDTH_MM, axes_mm, figure_mm
from hevesy.report.limit_words import probability_words, quantity_words
from hevesy.report.limits_model import LimitModel
from hevesy.report.text import drawable, shortened

PER_ROW = 3
_WIDTH_MM, _HEIGHT_MM = 46.0, 24.0
_ROW_MM = 46.0
_ROOM = 1.06


def draw_limits(limits: Sequence[LimitModel]) -> Figure:
    """The distribution of each dose with its limit; what lies above it is red.

    Parameters
    ----------
    limits
        Evaluated ones.
    """
    rows = -(-len(limits) // PER_ROW)
    figure = figure_mm(PAGE_WIDTH_MM, _ROW_MM * rows)
    step = PAGE_WIDTH_MM / PER_ROW
    for n, limit in enumerate(limits):
        row, column = divmod(n, PER_ROW)
        _draw(axes_mm(figure, 5.0 + column * step, 10.0 + row * _ROW_MM, _WIDTH_MM, _HEIGHT_MM), limit)
    return figure


def _draw(axes: Axes, limit: LimitModel) -> None:
    known = limit.distribution
    at = np.array(known.dose_gy if known else [])
    height = np.array(known.density_per_gy if known else [])
    if at.size:
        axes.fill_between(at, height, color=ACCENT, alpha=0.35, linewidth=0)
        axes.plot(at, height, color=ACCENT, linewidth=1.0)
        above = (at >= limit.value_gy).tolist()
        axes.fill_between(at, height, where=above, color=LESION, alpha=0.8, linewidth=0)
        axes.set_ylim(0.0, 1.15 * float(height.max()))
    elif limit.dose_gy is not None:
        axes.axvline(limit.dose_gy, color=ACCENT)
    axes.axvline(limit.value_gy, color=LESION, linewidth=1.2)
    right = max(limit.value_gy, float(at.max(initial=limit.dose_gy or 0.0)))
    left = min(limit.value_gy, float(at.min(initial=limit.dose_gy or 0.0)))
    axes.set_xlim(max(0.0, left - (_ROOM - 1.0) * (right - left)), right + (_ROOM - 1.0) * (right - left))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.set_xlabel(f"{quantity_words(limit)} per {limit.scope} [Gy]")
    axes.set_title(
        f"{shortened(drawable(limit.region), 26)}\nlimit {limit.value_gy:g} Gy, above it: {probability_words(limit)}",
        color=INK,
        loc="left",
    )
