"""Planar views with the regions of interest and the background beside them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hevesy.report.figures.scene import mark_text
from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm
from hevesy.report.images import PlanarPicture

_TALLEST_MM = 165.0
_GAP_MM = 4.0
_LEGEND_MM = 12.0
_DARKEST = 0.995
"""Share of the pixels that are shown below black."""


def draw_planar(picture: PlanarPicture) -> Figure:
    """Anterior and posterior view side by side on the anterior's pixels; outlines solid, background dotted."""
    rows, columns = picture.counts.shape[1:]
    height, width = rows * picture.spacing_mm[0], columns * picture.spacing_mm[1]
    scale = min((PAGE_WIDTH_MM - _GAP_MM) / 2.0 / width, _TALLEST_MM / height)
    figure = figure_mm(PAGE_WIDTH_MM, height * scale + _LEGEND_MM)
    left = (PAGE_WIDTH_MM - 2.0 * width * scale - _GAP_MM) / 2.0
    for view, title in enumerate(("anterior", "posterior, turned onto the anterior")):
        axes = axes_mm(figure, left + view * (width * scale + _GAP_MM), 0.0, width * scale, height * scale)
        counts = np.sqrt(np.maximum(picture.counts[view], 0.0))
        axes.imshow(counts, cmap="gray_r", vmin=0.0, vmax=max(float(np.quantile(counts, _DARKEST)), 1e-9),
                    aspect="auto", interpolation="nearest")  # fmt: skip
        for number, ((_, roi), ring) in enumerate(zip(picture.rois, picture.rings, strict=True)):
            colour = SERIES[number % len(SERIES)]
            axes.contour(roi.astype(float), levels=[0.5], colors=[colour], linewidths=0.9)
            if ring.any():
                axes.contour(ring.astype(float), levels=[0.5], colors=[colour], linewidths=0.4, linestyles="dotted")
        axes.set_axis_off()
        mark_text(axes, (0.02, 0.99), title)
    names = [name for name, _ in picture.rois]
    handles = [_line(SERIES[n % len(SERIES)]) for n in range(len(names))]
    figure.legend(handles, names, loc="lower center", ncols=6, handlelength=1.2, columnspacing=1.0, borderpad=0.1)
    return figure


def _line(colour: str) -> Line2D:
    return Line2D([], [], color=colour)
