"""Pictures of a fitted population: percentiles of simulated cohorts, and residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hevesy.report.figures.style import ACCENT, FAINT, INK, PAGE_WIDTH_MM, axes_mm, figure_mm, plain_numbers

Floats = NDArray[np.float64]

_COLUMNS = 2
_HEIGHT_MM = 52.0
_GAP_MM = 16.0
_LEFT_MM = 13.0


@dataclass(frozen=True, eq=False)
class PredictivePanel:
    """One region: measurements, and percentiles in spans of time ``(span, percentile)``."""

    region: str
    times_h: Floats
    activities: Floats
    span_times_h: Floats
    observed: Floats
    simulated: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class ResidualPanel:
    """One region: residuals about patients' own curves, against time."""

    region: str
    times_h: Floats
    individual: Floats
    population: Floats


def draw_predictive_check(panels: Sequence[PredictivePanel], unit: str) -> Figure:
    """Measured percentiles (lines) over those of simulated cohorts (bands with 95 % of cohorts)."""
    figure, places = _grid(len(panels))
    for panel, place in zip(panels, places, strict=True):
        axes = axes_mm(figure, *place)
        axes.set_title(panel.region, loc="left")
        axes.scatter(panel.times_h, panel.activities, s=4, color=FAINT, zorder=1)
        for k, style in enumerate(("--", "-", "--")):
            colour = ACCENT if k == 1 else INK
            axes.fill_between(panel.span_times_h, panel.low[:, k], panel.high[:, k], color=colour, alpha=0.15, lw=0)
            axes.plot(panel.span_times_h, panel.simulated[:, k], color=colour, linewidth=0.7, alpha=0.6)
            axes.plot(panel.span_times_h, panel.observed[:, k], color=colour, linestyle=style, marker="o", markersize=2)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(plain_numbers())
        axes.yaxis.set_minor_formatter(lambda *_: "")
        axes.set_xlabel("time after administration [h]")
        axes.set_ylabel(f"activity [{unit}]" if unit else "activity")
    return figure


def draw_residuals(panels: Sequence[ResidualPanel]) -> Figure:
    """Weighted residuals about patients' own curves (filled) and about the mean curve (open), against time."""
    figure, places = _grid(len(panels))
    for panel, place in zip(panels, places, strict=True):
        axes = axes_mm(figure, *place)
        axes.set_title(panel.region, loc="left")
        for limit in (-2.0, 0.0, 2.0):
            axes.axhline(limit, color=FAINT, linewidth=0.6)
        axes.scatter(panel.times_h, panel.population, s=7, facecolors="none", edgecolors=INK, linewidths=0.5)
        axes.scatter(panel.times_h, panel.individual, s=5, color=ACCENT)
        axes.set_xlabel("time after administration [h]")
        axes.set_ylabel("weighted residual")
    return figure


def _grid(n: int) -> tuple[Figure, list[tuple[float, float, float, float]]]:
    rows = math.ceil(n / _COLUMNS)
    width = PAGE_WIDTH_MM / _COLUMNS - _LEFT_MM - 4.0
    figure = figure_mm(PAGE_WIDTH_MM, rows * (_HEIGHT_MM + _GAP_MM) + 4.0)
    places = [
        (
            _LEFT_MM + (k % _COLUMNS) * PAGE_WIDTH_MM / _COLUMNS,
            7.0 + (k // _COLUMNS) * (_HEIGHT_MM + _GAP_MM),
            width,
            _HEIGHT_MM,
        )
        for k in range(n)
    ]
    return figure, places
