"""Registration before and after: reference in magenta, the other scan in green, grey where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hevesy.report.figures.levels import scale_bar_mm
from hevesy.report.figures.scene import GROUND, mark_text
from hevesy.report.figures.style import PAGE_WIDTH_MM, axes_mm, figure_mm, outlined
from hevesy.report.images import AlignmentPictures, AlignmentView

_GAP_MM = 1.5
_TITLE_MM = 4.5
_TALLEST_MM = 50.0
_MARGIN_MM = 15.0
_VISIBLE = 0.12


def _window(view: AlignmentView) -> tuple[float, float]:
    if view.window is not None:
        return view.window
    values = np.concatenate([np.ravel(view.fixed), np.ravel(view.after)]).astype(float)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = np.quantile(finite, [0.02, 0.98])
    return float(low), float(high) if high > low else float(low) + 1.0


def composite(
    fixed: NDArray[np.generic], moving: NDArray[np.generic], window: tuple[float, float]
) -> NDArray[np.float64]:
    """Two pictures in complementary colours. Shape ``(row, column)`` each to ``(row, column, 3)``, 0 to 1."""
    low, high = window

    def grey(picture: NDArray[np.generic]) -> NDArray[np.float64]:
        values = np.nan_to_num(np.asarray(picture, dtype=float), nan=low)
        return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))

    reference, other = grey(fixed), grey(moving)
    stacked: NDArray[np.float64] = np.stack([reference, other, reference], axis=-1)
    return stacked


def _cropped(view: AlignmentView) -> AlignmentView:
    """The part of a view in which any of its pictures is not black."""
    window = _window(view)
    seen = np.maximum(composite(view.fixed, view.before, window), composite(view.fixed, view.after, window))
    rows, columns = np.nonzero(seen.max(axis=-1) > _VISIBLE)
    if rows.size == 0:
        return view
    margin = [round(_MARGIN_MM / spacing) for spacing in view.spacing_mm]
    part = (
        slice(max(int(rows.min()) - margin[0], 0), int(rows.max()) + margin[0] + 1),
        slice(max(int(columns.min()) - margin[1], 0), int(columns.max()) + margin[1] + 1),
    )
    return replace(view, fixed=view.fixed[part], before=view.before[part], after=view.after[part], window=window)


def _size_mm(view: AlignmentView) -> tuple[float, float]:
    rows, columns = view.fixed.shape
    return columns * view.spacing_mm[1], rows * view.spacing_mm[0]


def _draw(figure: Figure, place: tuple[float, float, float, float], view: AlignmentView, *, after: bool) -> None:
    axes = axes_mm(figure, *place)
    width, height = _size_mm(view)
    axes.imshow(composite(view.fixed, view.after if after else view.before, _window(view)),
                extent=(0, width, height, 0), aspect="auto", interpolation="bilinear")  # fmt: skip
    axes.set_axis_off()
    for x, side, align in ((0.02, "R", "left"), (0.98, "L", "right")):
        axes.text(x, 0.5, side, transform=axes.transAxes, ha=align, va="center", color="white", fontsize=8,
                  fontweight="bold", bbox=GROUND)  # fmt: skip
    length = scale_bar_mm(width)
    axes.plot([width * 0.95 - length, width * 0.95], [height * 0.95] * 2, color="white", linewidth=2.0,
              path_effects=outlined())  # fmt: skip
    axes.text(width * 0.95 - length / 2, height * 0.95 - 0.02 * width, f"{length / 10:g} cm", color="white",
              ha="center", va="bottom", fontsize=6.5, bbox=GROUND)  # fmt: skip
    label = "after" if after else "before"
    position = (
        "" if view.position_mm is None else f", {'z' if view.plane == 'axial' else 'y'} = {view.position_mm:.0f} mm"
    )
    mark_text(axes, (0.02, 0.98), f"{label}{position}".replace("-", "−"))


def draw_alignment(pictures: AlignmentPictures, title: str) -> Figure:
    """All views of one time point in a row, before and after each."""
    views: Sequence[AlignmentView] = [_cropped(view) for view in pictures.views]
    widths = [_size_mm(view)[0] for view in views for _ in (0, 1)]
    tallest = max(_size_mm(view)[1] for view in views)
    room = PAGE_WIDTH_MM - _GAP_MM * (len(widths) - 1)
    scale = min(room / sum(widths), _TALLEST_MM / tallest)
    height = tallest * scale
    figure = figure_mm(PAGE_WIDTH_MM, height + _TITLE_MM + 1.0)
    figure.text(0.0, 1.0 - 3.2 / (height + _TITLE_MM + 1.0), title, fontweight="bold")
    left = 0.0
    for view in views:
        width, own_height = (size * scale for size in _size_mm(view))
        for after in (False, True):
            top = _TITLE_MM + (height - own_height) / 2
            _draw(figure, (left, top, width, own_height), view, after=after)
            left += width + _GAP_MM
    return figure
