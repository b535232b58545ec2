"""Time courses of blood and of the whole body."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from hevesy.report.figures.style import ACCENT, INK, axes_mm, figure_mm, plain_numbers
from hevesy.report.marrow_model import CourseModel

_QUANTITY = {"Bq/ml": ("concentration [kBq/ml]", 1e-3), "Bq": ("activity [MBq]", 1e-6)}
_LEAST_SHOWN = 0.5


def draw_course(course: CourseModel, *, width_mm: float = 84.0, height_mm: float = 50.0) -> Figure:
    """Samples with their standard uncertainty, the fitted curve and its 95 % band, on a logarithmic axis."""
    figure = figure_mm(width_mm, height_mm)
    axes = axes_mm(figure, 15.0, 4.0, width_mm - 18.0, height_mm - 14.0)
    quantity, factor = _QUANTITY[course.unit]
    known = [s for s in course.samples if s.value.value is not None]
    times = [s.time_h for s in known]
    values = np.array([s.value.value for s in known], dtype=float) * factor
    spread = np.array([s.value.standard_uncertainty or 0.0 for s in known]) * factor
    if course.band_time_h:
        lower, upper = (np.array(part) * factor for part in (course.band_lower, course.band_upper))
        axes.plot(course.band_time_h, np.array(course.band_value) * factor, color=ACCENT)
        axes.fill_between(course.band_time_h, lower, upper, color=ACCENT, alpha=0.16, linewidth=0)
    axes.errorbar(times, values, yerr=spread, fmt="o", color=INK, markersize=3.2, capsize=2.0, elinewidth=0.9, zorder=3)
    axes.set_yscale("log")
    axes.set_ylim(bottom=_LEAST_SHOWN * float(values.min()))
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(plain_numbers())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlim=(0.0, None), xlabel="time after start of administration [h]", ylabel=quantity)
    axes.grid(visible=True, axis="y")
    return figure
