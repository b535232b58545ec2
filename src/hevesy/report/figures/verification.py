"""Figures of a verification: histograms of the delivered map, and planned against delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hevesy.report.figures.style import ACCENT, LESION, PAGE_WIDTH_MM, REMAINDER, axes_mm, figure_mm
from hevesy.report.tare_words import volume_words
from hevesy.report.text import drawable, shortened

_Json = Mapping[str, Any]


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
    return shortened(drawable(volume_words(key)), 34)
