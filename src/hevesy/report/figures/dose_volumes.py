"""Cumulative dose-volume histograms of a radioembolisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hevesy.report.figures.style import PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm
from hevesy.report.tare_words import volume_words
from hevesy.report.text import drawable, shortened

_LINES = {"tumour": "-", "normal_perfused": "--"}
_SHOWN = 0.005
"""Share of a volume that ends the axis."""


def draw_dose_volumes(histograms: Mapping[str, Any]) -> Figure:
    """Share of each volume with at least an absorbed dose: tumours drawn through, treated tissue dashed, others dotted.

    Parameters
    ----------
    histograms
        ``absorbed_dose_gy`` [Gy] and ``volume_fraction`` of each volume by its key.
    """
    figure = figure_mm(PAGE_WIDTH_MM, 66.0)
    axes = axes_mm(figure, 14.0, 3.0, 105.0, 53.0)
    longest = 0.0
    for number, (key, one) in enumerate(histograms.items()):
        dose, share = np.array(one["absorbed_dose_gy"]), np.array(one["volume_fraction"])
        style, label = _LINES.get(key.partition(":")[0], ":"), shortened(drawable(volume_words(key)), 34)
        axes.plot(dose, 100.0 * share, color=SERIES[number % len(SERIES)], linestyle=style, label=label)
        longest = max(longest, float(dose[share > _SHOWN].max(initial=0.0)))
    axes.set(xlabel="absorbed dose [Gy]", ylabel="volume with this dose or more [%]", ylim=(0, 103))
    axes.set_xlim(0.0, 1.05 * longest or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]))
    axes.grid(visible=True)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure
