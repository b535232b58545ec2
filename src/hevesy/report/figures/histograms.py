"""Cumulative dose-volume histograms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm
from hevesy.report.model import RegionResult
from hevesy.report.text import drawable, shortened

CURVES_PER_FIGURE = 8


def draw_histograms(regions: Sequence[RegionResult], numbers: Sequence[int]) -> Figure:
    """Share of each region's volume that receives at least an absorbed dose; at most eight regions.

    Parameters
    ----------
    regions
        Regions with a histogram.
    numbers
        Their numbers in the summary table.
    """
    figure = figure_mm(PAGE_WIDTH_MM, 62.0)
    axes = axes_mm(figure, 14.0, 3.0, 105.0, 49.0)
    longest = 0.0
    for region, number, colour in zip(regions, numbers, SERIES, strict=False):
        histogram = region.dose_volume_histogram or {}
        # no voxel lies above the last dose
        dose = np.append(histogram["absorbed_dose_gy"], histogram["absorbed_dose_gy"][-1:])
        share = np.append(histogram["volume_fraction"], [0.0] * (len(dose) - len(histogram["volume_fraction"])))
        axes.plot(dose, 100.0 * share, color=colour, label=f"{number}  {shortened(drawable(region.name), 30)}")
        longest = max(longest, float(dose[share > 0.005].max()) if (share > 0.005).any() else 0.0)
    axes.set(xlabel="absorbed dose [Gy]", ylabel="volume with this dose or more [%]", ylim=(0, 103))
    axes.set_xlim(0.0, 1.05 * longest if longest > 0 else 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]))
    axes.grid(visible=True)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure
