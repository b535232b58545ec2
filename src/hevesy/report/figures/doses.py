"""Absorbed doses of all regions with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from hevesy.report.figures.style import PAGE_WIDTH_MM, axes_mm, figure_mm, kind_colour, plain_numbers
from hevesy.report.model import RegionResult
from hevesy.report.text import drawable, shortened

_ROW_MM = 5.0
_LOGARITHMIC_FROM = 30.0


def draw_doses(regions: Sequence[RegionResult], numbers: Sequence[int]) -> Figure:
    """A bar for each region's absorbed dose with its 95 % interval; dots on a logarithmic axis for a wide range.

    Parameters
    ----------
    regions
        Regions with an absorbed dose.
    numbers
        Their numbers in the summary table.
    """
    height = _ROW_MM * len(regions)
    figure = figure_mm(PAGE_WIDTH_MM, height + 18.0)
    axes = axes_mm(figure, 50.0, 8.0, PAGE_WIDTH_MM - 56.0, height)
    values = [region.absorbed_dose_gy.value or 0.0 for region in regions]
    logarithmic = min(values) > 0 and max(values) / min(values) > _LOGARITHMIC_FROM
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(plain_numbers())
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10]))
    for row, (region, value) in enumerate(zip(regions, values, strict=True)):
        colour = kind_colour(region.kind)
        if not logarithmic:
            axes.barh(row, value, color=colour, alpha=0.3, height=0.66)
        axes.plot([value], [row], "o", color=colour, markersize=3.6)
        if region.absorbed_dose_gy.interval95 is not None:
            axes.plot(region.absorbed_dose_gy.interval95, [row, row], color=colour, linewidth=1.4)
    labels = [f"{n}  {shortened(drawable(r.name), 28)}" for r, n in zip(regions, numbers, strict=True)]
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    axes.set_axisbelow(True)
    axes.set_xlabel("absorbed dose [Gy]" + (", logarithmic" if logarithmic else ""))
    if not logarithmic:
        axes.set_xlim(left=0.0)
    kinds = list(dict.fromkeys(region.kind for region in regions))
    handles = [Line2D([], [], color=kind_colour(kind), marker="o", markersize=3.6, label=kind) for kind in kinds]
    figure.legend(handles=handles, loc="upper left", ncols=3, title_fontsize=7)
    return figure
