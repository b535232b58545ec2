"""Figures of a verification: histograms of the delivered map, and planned against delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from hevesy.report.figures.style import ACCENT, LESION, PAGE_WIDTH_MM, REMAINDER, SERIES, axes_mm, figure_mm
from hevesy.report.text import drawable, shortened

_Json = Mapping[str, Any]


def draw_delivered_histograms(histograms: _Json) -> Figure:
    """Share of each volume with at least an absorbed dose: tumours drawn through, all else dashed."""
    figure = figure_mm(PAGE_WIDTH_MM, 66.0)
    axes = axes_mm(figure, 14.0, 3.0, 105.0, 53.0)
    longest = 0.0
    for number, (key, one) in enumerate(histograms.items()):
        dose, share = np.array(one["absorbed_dose_gy"]), np.array(one["volume_fraction"])
        style = "-" if key.startswith("tumour") else "--"
        axes.plot(dose, 100.0 * share, color=SERIES[number % len(SERIES)], linestyle=style, label=_label(key))
        longest = max(longest, float(dose[share > 0.005].max(initial=0.0)))
    axes.set(xlabel="absorbed dose [Gy]", ylabel="volume with this dose or more [%]", ylim=(0, 103))
    axes.set_xlim(0.0, 1.05 * longest or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]))
    axes.grid(visible=True)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return figure


def draw_agreement(volumes: _Json, agreement: _Json) -> Figure:
    """Difference of delivered and planned over their mean, with the limits of agreement. [Gy]

    Parameters
    ----------
    volumes
        Planned and delivered doses of each volume.
    agreement
        Mean difference and limits.
    """
    figure = figure_mm(PAGE_WIDTH_MM, 66.0)
    axes = axes_mm(figure, 16.0, 3.0, 103.0, 53.0)
    kinds = {"tumour": LESION, "normal": ACCENT, "lung": REMAINDER}
    for key, row in volumes.items():
        kind = next((one for one in kinds if key.startswith(one)), None)
        if kind is None:
            continue
        mean = 0.5 * (row["planned_gy"] + row["delivered_gy"])
        axes.errorbar(mean, row["difference_gy"], yerr=row["difference_standard_uncertainty_gy"], fmt="o",
                      color=kinds[kind], markersize=4, elinewidth=0.8)  # fmt: skip
        if kind == "tumour":
            place = (mean, row["difference_gy"])
            axes.annotate(_label(key), place, xytext=(4, 4), textcoords="offset points", fontsize=6)
    told = {"tumour": "tumours", "normal": "normal tissue perfused", "lung": "lungs"}
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=told[kind]) for kind, colour in kinds.items()
    ]
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.02, 0.5))
    for value, style in ((agreement["mean"], "-"), *((limit, "--") for limit in agreement["limits"])):
        axes.axhline(value, color=REMAINDER, linewidth=0.9, linestyle=style)
    axes.axhline(0.0, color="black", linewidth=0.4)
    axes.set(xlabel="mean of planned and delivered [Gy]", ylabel="delivered less planned [Gy]")
    axes.margins(x=0.2)
    return figure


def _label(key: str) -> str:
    return shortened(drawable(key.replace("_", " ").replace(":", ": ")), 34)
