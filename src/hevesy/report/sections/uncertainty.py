"""Where the uncertainties come from, over all regions."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.figures.budgets import draw_budgets, kind_colours
from hevesy.report.figures.style import vector
from hevesy.report.model import RegionResult
from hevesy.report.sections.material import Material, pages

_BARS_PER_FIGURE = 30


def uncertainty(material: Material) -> list[Block]:
    """Stacked bars and a table of the budgets in percent of the absorbed dose."""
    blocks: list[Block] = [Heading("Uncertainty", 1, "uncertainty")]
    known = [
        region for region in material.with_dose if region.absorbed_dose_gy.budget and region.absorbed_dose_gy.value
    ]
    if not known:
        return [*blocks, Paragraph("No region has an absorbed dose with a budget.")]
    kinds = list(dict.fromkeys(kind for region in known for kind in region.absorbed_dose_gy.budget or {}))
    colours = kind_colours(kinds)
    caption = (
        "Relative standard uncertainty of the absorbed dose. The sources add in quadrature, so a bar is as long as the "
        "whole and its colours share it as the sources share the variance."
    )
    for part in pages(known, _BARS_PER_FIGURE):
        order = [material.numbers[region.name] for region in part]
        drawing = vector(lambda part=part, order=order: draw_budgets(part, order, colours))  # type: ignore[misc]
        blocks.append(
            Pictures((Picture(drawing, "Uncertainty budget of each region; the table below has the numbers"),), caption)
        )
    columns = (
        Column("No.", share=0.5),
        Column("Region", share=2.4),
        *(Column(kind, "%", share=max(1.0, len(kind) / 7.0), numeric=True) for kind in colours),
        Column("all", "%", numeric=True),
    )
    rows = tuple(_row(material, region, list(colours)) for region in known)
    return [*blocks, Table("Relative standard uncertainty of the absorbed dose by source.", columns, rows)]


def _row(material: Material, region: RegionResult, kinds: list[str]) -> tuple[Cell, ...]:
    dose = region.absorbed_dose_gy
    budget = dose.budget or {}
    value = dose.value or 1.0
    shares = [
        Cell(numbers.significant(100.0 * budget[kind] / value, 2) if kind in budget else numbers.MISSING)
        for kind in kinds
    ]
    whole = numbers.relative_uncertainty(dose)
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name),
        *shares,
        Cell(numbers.significant(None if whole is None else 100.0 * whole, 2)),
    )
