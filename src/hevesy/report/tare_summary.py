"""First page of a radioembolisation plan: one row a product, what to know before use, probability by activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hevesy.report.document import Block, Bullets, Cell, Column, Picture, Pictures, Table
from hevesy.report.figures.style import ACCENT, FAINT, LESION, PAGE_WIDTH_MM, SERIES, axes_mm, figure_mm, vector
from hevesy.report.tare_words import volume_words
from hevesy.report.text import drawable, shortened

_Json = Mapping[str, Any]
_LEFT_MM, _GAP_MM, _PANEL_MM = 12.0, 10.0, 27.0
_MOST_PANELS, _WIDEST_MM = 3, 70.0
METHOD_NAMES = {"multi": "several compartments", "one": "one compartment", "voxel": "voxel model"}


def summary_blocks(document: _Json, products: list[_Json]) -> Iterator[Block]:
    """Summary table, findings and the figure of the products that have a largest activity."""
    rows = tuple(row for product in products for row in _rows(product))
    if rows:
        columns = (
            Column("Product and method", share=2.6),
            Column("Largest", "GBq to draw", numeric=True),
            Column("Kept with 95 %", "GBq to draw", numeric=True),
            Column("For the target", "GBq to draw", numeric=True),
            Column("Limits kept", "at target, probability", numeric=True),
            Column("Target reached", "at largest, probability", numeric=True),
        )
        yield Table("Which limit binds, and what the target needs", columns, rows)
    told = tuple(f"{one['message']} ({one['code']})" for one in document["findings"])
    if told:
        yield Bullets(told, tone="warning", title="To know before use")
    yield from _picture([one for one in products if _curve(one)])


def _rows(product: _Json) -> Iterator[tuple[Cell, ...]]:
    for method, inverse in product["inverse"].items():
        name = f"{product['product']}, {METHOD_NAMES[method]}"
        bound = f"bound by {inverse['binding']} in {volume_words(inverse['binding_volume'])}"
        curve, wanted = inverse["probability_curve"], inverse["smallest_for_target"]
        reached = inverse["largest"]["probability"]["every_tumour_reaches_target"] if method != "one" else None
        yield (
            Cell(name, f"{bound}; {_verdict(product, wanted)}"),
            Cell(f"{inverse['largest']['activity_to_draw_gbq']:.3f}"),
            Cell(_number(curve and curve["activity_to_draw_with_every_limit_kept_95_gbq"], 3)),
            Cell(_number(wanted and wanted["activity_to_draw_gbq"], 3)),
            Cell(_number(wanted and wanted["probability"]["every_limit_kept"], 2)),
            Cell(_number(reached, 2)),
        )
    for method, reason in product["no_inverse"].items():
        yield (Cell(f"{product['product']} ({method})", reason), *(Cell("–"),) * 5)


def _verdict(product: _Json, wanted: _Json | None) -> str:
    if wanted is None:
        return "no target of the tumour compared"
    within = "within every limit" if wanted["within_every_limit"] else "above a limit"
    return f"target of {product['tumour_target_gy']:g} Gy {within}"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _curve(product: _Json) -> _Json | None:
    inverse = product["inverse"].get("multi")
    return inverse["probability_curve"] if inverse else None


def _picture(products: list[_Json]) -> Iterator[Block]:
    for start in range(0, len(products), _MOST_PANELS):
        part = products[start : start + _MOST_PANELS]
        caption = (
            "Probability that every limit is kept (blue) and that every tumour reaches the target (red), and mean "
            "absorbed doses, by the activity to draw. Solid line: largest under every limit; dashed: for the target."
        )
        names = ", ".join(product["product"] for product in part)
        yield Pictures((Picture(vector(partial(draw_margins, part)), f"{names}: probability and dose"),), caption)


def draw_margins(products: list[_Json]) -> Figure:
    """Probability above, absorbed dose below, a column for each product. [GBq], [Gy]"""
    width = min((PAGE_WIDTH_MM - _LEFT_MM - _GAP_MM * len(products)) / len(products), _WIDEST_MM)
    figure = figure_mm(PAGE_WIDTH_MM, 2.0 * _PANEL_MM + 30.0)
    for column, product in enumerate(products):
        left = _LEFT_MM + column * (width + _GAP_MM)
        top = axes_mm(figure, left, 5.0, width, _PANEL_MM)
        below = axes_mm(figure, left, _PANEL_MM + 10.0, width, _PANEL_MM)
        top.set_title(drawable(product["product"]))
        _draw_probability(top, product["inverse"]["multi"])
        _draw_doses(below, product["inverse"]["multi"], legend=column == 0)
        if column == 0:
            top.set_ylabel("probability")
            below.set_ylabel("absorbed dose [Gy]")
        for axes in (top, below):
            _mark(axes, product["inverse"]["multi"])
    return figure


def _mark(axes: Axes, inverse: _Json) -> None:
    axes.set_xlim(0.0, inverse["probability_curve"]["activity_to_draw_gbq"][-1])
    axes.axvline(inverse["largest"]["activity_to_draw_gbq"], color="black", linewidth=0.8)
    if inverse["smallest_for_target"]:
        wanted = inverse["smallest_for_target"]["activity_to_draw_gbq"]
        axes.axvline(wanted, color="black", linewidth=0.8, linestyle="--")


def _draw_probability(axes: Axes, inverse: _Json) -> None:
    curve = inverse["probability_curve"]
    axes.plot(curve["activity_to_draw_gbq"], curve["every_limit_kept"], color=ACCENT, label="every limit kept")
    if curve["every_tumour_reaches_target"] is not None:
        reached = curve["every_tumour_reaches_target"]
        axes.plot(curve["activity_to_draw_gbq"], reached, color=LESION, label="target reached")
    axes.axhline(0.95, color=FAINT, linewidth=0.6)
    axes.set_ylim(-0.02, 1.02)
    axes.tick_params(labelbottom=False)


def _draw_doses(axes: Axes, inverse: _Json, *, legend: bool) -> None:
    """Doses are proportional to the activity: those at the largest one draw the lines."""
    largest, end = inverse["largest"], inverse["probability_curve"]["activity_to_draw_gbq"][-1]
    shown = [v for v in largest["absorbed_dose_gy"] if v.startswith(("tumour:", "normal_perfused:", "whole_normal"))]
    for number, volume in enumerate(shown):
        slope = largest["absorbed_dose_gy"][volume]["value"] / largest["activity_to_draw_gbq"]
        label = shortened(drawable(volume_words(volume)), 32)
        style = "-" if volume.startswith("tumour:") else "--"
        axes.plot((0.0, end), (0.0, slope * end), style, color=SERIES[number % len(SERIES)], label=label)
    axes.set_ylim(0.0)
    axes.set_xlabel("activity to draw [GBq]")
    if legend:
        axes.figure.legend(*axes.get_legend_handles_labels(), loc="lower left", ncols=4, fontsize=6)
