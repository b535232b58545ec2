"""Time-activity curves: what was measured, what was fitted, and what lies beyond the last scan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.style import ACCENT, INK, axes_mm, figure_mm, plain_numbers
from hevesy.report.model import CurveModel, RegionResult

_MBQ = 1e-6
_NAME_LETTERS = 50
_LOGARITHMIC_FROM = 8.0
"""Ratio of the largest to the smallest activity shown from which the axis is logarithmic."""


def curve_activity_bq(curve: CurveModel, time_h: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve at any time: exponentials or straight lines between knots, then the tail.

    Parameters
    ----------
    curve
        As in the results.
    time_h
        Shape ``(time,)``. [h]

    Returns
    -------
    Activity. Shape ``(time,)``. [Bq]
    """
    start = curve.tail_from_h if curve.tail_from_h is not None else math.inf
    held = np.minimum(time_h, start)
    if curve.knots_h:
        body = np.interp(held, curve.knots_h, curve.knots_bq)
    else:
        decay = np.exp(-np.outer(held * 3600.0, curve.rates_per_s))
        body = decay @ np.array(curve.amplitudes_bq, dtype=float)
    if curve.tail_half_life_h is None:
        return np.asarray(body, dtype=float)
    return np.asarray(body * np.exp2(-np.maximum(time_h - start, 0.0) / curve.tail_half_life_h), dtype=float)


def _points(region: RegionResult) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    known = fitted_points(region)
    spread = [activity.standard_uncertainty or 0.0 for _, activity in known]
    return (
        np.array([time_h for time_h, _ in known]),
        np.array([activity.value for _, activity in known], dtype=float) * _MBQ,
        np.array(spread) * _MBQ,
    )


def fitted_points(region: RegionResult) -> list[tuple[float, EstimateModel]]:
    """Time and activity of what the curve was fitted to: the planar scans, where there are any. [h]"""
    planar = [(p.time_h, p.used_activity_bq) for p in region.planar]
    points = planar or [(p.time_h, p.activity_bq) for p in region.time_points]
    return [(time_h, activity) for time_h, activity in points if activity.value is not None]


def _is_logarithmic(values: NDArray[np.float64]) -> bool:
    positive = values[values > 0]
    return bool(positive.size == values.size and positive.size and positive.max() / positive.min() > _LOGARITHMIC_FROM)


def _end_h(curve: CurveModel | None, last_h: float) -> float:
    if curve is None:
        return 1.1 * last_h
    if curve.band_time_h and curve.band_time_h[-1] > last_h:
        return min(curve.band_time_h[-1], 2.0 * last_h)
    half_life = curve.tail_half_life_h or (math.log(2) / min(curve.rates_per_s) / 3600.0 if curve.rates_per_s else 0.0)
    return last_h + max(0.25 * last_h, min(half_life, last_h))


def _draw_curve(axes: object, curve: CurveModel, last_h: float, end_h: float) -> NDArray[np.float64]:
    times = np.linspace(0.0, end_h, 300)
    values = curve_activity_bq(curve, times) * _MBQ
    measured = times <= last_h
    axes.plot(times[measured], values[measured], color=ACCENT)  # type: ignore[attr-defined]
    axes.plot(times[~measured], values[~measured], color=ACCENT, linestyle=(0, (3, 2)))  # type: ignore[attr-defined]
    if curve.band_time_h:
        shown = np.array(curve.band_time_h) <= end_h
        axes.fill_between(  # type: ignore[attr-defined]
            np.array(curve.band_time_h)[shown],
            np.array(curve.band_lower_bq)[shown] * _MBQ,
            np.array(curve.band_upper_bq)[shown] * _MBQ,
            color=ACCENT,
            alpha=0.16,
            linewidth=0,
        )
    return values


@dataclass(frozen=True)
class CurvePanel:
    """One region to draw."""

    times_h: NDArray[np.float64]
    activities_mbq: NDArray[np.float64]
    spread_mbq: NDArray[np.float64]
    """Standard uncertainties."""
    curve: CurveModel | None


def draw_time_activity(region: RegionResult, *, width_mm: float = 104.0, height_mm: float = 45.0) -> Figure:
    """Measured activities with their standard uncertainty, the fitted curve, its 95 % band and, dashed, its tail."""
    figure = figure_mm(width_mm, height_mm)
    axes = axes_mm(figure, 14.0, 8.0, width_mm - 17.0, height_mm - 18.0)
    _draw_panel(axes, CurvePanel(*_points(region), region.curve))
    _legend(figure, region.curve)
    return figure


def draw_curves(panels: Mapping[str, CurvePanel], *, width_mm: float = 174.0, row_mm: float = 48.0) -> Figure:
    """Time-activity curves of several regions, two in a row, each with its name."""
    rows = -(-len(panels) // 2)
    figure = figure_mm(width_mm, 10.0 + rows * row_mm)
    wide = width_mm / 2.0
    for n, (name, panel) in enumerate(panels.items()):
        left, top = 14.0 + (n % 2) * wide, 14.0 + (n // 2) * row_mm
        axes = axes_mm(figure, left, top, wide - 18.0, row_mm - 18.0)
        _draw_panel(axes, panel)
        axes.set_title(name[:_NAME_LETTERS], loc="left")
    _legend(figure, next((panel.curve for panel in panels.values() if panel.curve is not None), None))
    return figure


def _draw_panel(axes: Axes, panel: CurvePanel) -> None:
    times, values, curve = panel.times_h, panel.activities_mbq, panel.curve
    last = float(times.max()) if times.size else 1.0
    end = _end_h(curve, last)
    drawn = _draw_curve(axes, curve, last, end) if curve is not None else np.array([])
    axes.errorbar(
        times, values, yerr=panel.spread_mbq, fmt="o", color=INK, markersize=3.6, capsize=2.2, elinewidth=0.9, zorder=3
    )
    shown = np.concatenate([values, drawn[np.linspace(0.0, end, drawn.size) >= times.min(initial=end)]])
    if _is_logarithmic(shown):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(plain_numbers())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(bottom=0.7 * float(shown.min()))
    else:
        axes.set_ylim(bottom=0.0)
    axes.set(xlim=(0.0, end), xlabel="time after start of administration [h]", ylabel="activity [MBq]")
    axes.grid(visible=True, axis="y")


def _legend(figure: Figure, curve: CurveModel | None) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=INK, marker="o", linestyle="", markersize=3.6, label="measured ± u")
    ]
    if curve is not None:
        handles.append(Line2D([], [], color=ACCENT, label="straight lines" if curve.knots_h else "fitted curve"))
        handles.append(Line2D([], [], color=ACCENT, linestyle=(0, (3, 2)), label="after the last scan"))
        if curve.band_time_h:
            handles.append(Patch(color=ACCENT, alpha=0.16, linewidth=0, label="95 % band"))
    figure.legend(handles=handles, loc="upper left", ncols=len(handles), handlelength=1.5, columnspacing=1.0,
                  handletextpad=0.5, borderpad=0.2)  # fmt: skip
