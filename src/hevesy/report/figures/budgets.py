"""Where the uncertainty of each absorbed dose comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.style import FAINT, PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm
from hevesy.report.model import RegionResult
from hevesy.report.numbers import significant
from hevesy.report.text import drawable, shortened

_KNOWN = ("calibration", "volume", "recovery", "resolution", "counts", "fit", "energy", "tail", "registration")
"""Kinds that keep their colour in every report, in this order."""
_ROW_MM = 5.0


def kind_colours(kinds: Sequence[str]) -> dict[str, str]:
    """A colour for each kind; the usual ones always the same."""
    ordered = [*_KNOWN, *(kind for kind in kinds if kind not in _KNOWN)]
    return {kind: SERIES[index % len(SERIES)] for index, kind in enumerate(ordered) if kind in kinds}


def shares_percent(dose: EstimateModel) -> dict[str, float]:
    """Relative standard uncertainty in percent, divided among the kinds by their share of the variance."""
    budget = dose.budget or {}
    variance = sum(component**2 for component in budget.values())
    if not dose.value or variance == 0:
        return {}
    whole = 100.0 * variance**0.5 / dose.value
    return {kind: whole * component**2 / variance for kind, component in budget.items()}


def draw_budgets(regions: Sequence[RegionResult], numbers: Sequence[int], colours: Mapping[str, str]) -> Figure:
    """One bar per region: its length is the relative standard uncertainty, its colours the shares of the variance."""
    height = _ROW_MM * len(regions)
    figure = figure_mm(PAGE_WIDTH_MM, height + 18.0)
    axes = axes_mm(figure, 50.0, 9.0, PAGE_WIDTH_MM - 64.0, height)
    longest = 0.0
    for row, region in enumerate(regions):
        left = 0.0
        for kind, share in shares_percent(region.absorbed_dose_gy).items():
            axes.barh(row, share, left=left, color=colours[kind], height=0.66)
            left += share
        _tell(axes, left, row)
        longest = max(longest, left)
    _finish(axes, [f"{n}  {shortened(drawable(r.name), 28)}" for r, n in zip(regions, numbers, strict=True)], longest)
    axes.set_xlabel("relative standard uncertainty of the absorbed dose [%]")
    handles = [Patch(color=colour, label=drawable(kind)) for kind, colour in colours.items()]
    figure.legend(handles=handles, loc="upper left", ncols=min(8, len(handles)), bbox_to_anchor=(0.0, 1.0),
                  handlelength=1.0, columnspacing=1.3)  # fmt: skip
    return figure


def _tell(axes: Axes, percent: float, row: int) -> None:
    """The number at the end of a bar, clear of the grid."""
    axes.annotate(f"{significant(percent, 2)} %", (percent, row), (3, 0), textcoords="offset points", va="center",
                  fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _finish(axes: Axes, labels: Sequence[str], longest: float) -> None:
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.12 * longest if longest > 0 else 1.0)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x", color=FAINT)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(True)


def draw_region_budget(region: RegionResult, *, width_mm: float = 66.0, height_mm: float = 45.0) -> Figure:
    """Relative standard uncertainty of one region's absorbed dose by source, largest first."""
    dose = region.absorbed_dose_gy
    budget = sorted((dose.budget or {}).items(), key=lambda item: -item[1])[:8]
    relative = [100.0 * component / dose.value for _, component in budget] if dose.value else []
    colours = kind_colours([kind for kind, _ in budget])
    figure = figure_mm(width_mm, height_mm)
    axes = axes_mm(figure, 26.0, 8.0, width_mm - 29.0, height_mm - 18.0)
    for row, ((kind, _), percent) in enumerate(zip(budget, relative, strict=False)):
        axes.barh(row, percent, color=colours[kind], height=0.6)
        _tell(axes, percent, row)
    _finish(axes, [shortened(drawable(kind), 17) for kind, _ in budget], 1.2 * max(relative, default=0.0))
    axes.set_xlabel("standard uncertainty [%]")
    return figure
