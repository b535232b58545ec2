"""Where the uncertainties come from, over all regions."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.budgets import draw_budgets, kind_colours
from hevesy.report.figures.style import vector
from hevesy.report.model import RegionResult
from hevesy.report.sections.material import Material, pages
from hevesy.report.uncertainty_model import UncertaintyModel

_BARS_PER_FIGURE = 30
_PATH_COLUMNS = (
    Column("No.", share=0.5),
    Column("Region", share=2.4),
    Column("Ã by volume", "%", numeric=True),
    Column("S by volume", "%", numeric=True),
    Column("D by volume", "%", numeric=True),
    Column("of the variance", "%", numeric=True),
    Column("Ã by all", "%", numeric=True),
    Column("S by all", "%", numeric=True),
    Column("r", numeric=True),
    Column("D by all", "%", numeric=True),
)
_BOTH_COLUMNS = (
    Column("No.", share=0.5),
    Column("Region", share=2.2),
    Column("Dose, analytic", "Gy; 95 % interval", 1.7, numeric=True),
    Column("Dose, Monte Carlo", "Gy; 95 % interval", 1.7, numeric=True),
    Column("BED, analytic", "Gy", 1.3, numeric=True),
    Column("BED, Monte Carlo", "Gy; 95 % interval", 1.7, numeric=True),
    Column("Agree", share=0.7),
)


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
    blocks.append(Table("Relative standard uncertainty of the absorbed dose by source.", columns, rows))
    return [*blocks, *_paths(material, known), *_agreement(material), *_chain(material)]


def _paths(material: Material, known: list[RegionResult]) -> list[Block]:
    """How activity and S value are moved together."""
    rows = tuple(row for region in known if (row := _path_row(material, region)) is not None)
    if not rows:
        return []
    return [
        Table(
            "How the volume and all sources move activity and S value: a larger volume holds more activity and has a "
            "smaller S value, so that the two uncertainties take from each other (negative correlation). u²(D) = u²(Ã) "
            "+ u²(S) + 2 r u(Ã) u(S), all relative.",
            _PATH_COLUMNS,
            rows,
        )
    ]


def _path_row(material: Material, region: RegionResult) -> tuple[Cell, ...] | None:
    terms = {term.kind: term for term in region.uncertainty_budget}
    volume, whole = terms.get("volume"), terms.get("all")
    if whole is None:
        return None
    of_volume = (
        [numbers.MISSING] * 4
        if volume is None
        else [
            _percent(volume.through_activity),
            _percent(volume.through_s_value),
            _percent(volume.relative_standard_uncertainty),
            _percent(volume.share_of_variance),
        ]
    )
    of_all = [_percent(whole.through_activity), _percent(whole.through_s_value), _correlation(whole.correlation)]
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name),
        *(Cell(text) for text in (*of_volume, *of_all, _percent(whole.relative_standard_uncertainty))),
    )


def _percent(fraction: float) -> str:
    return numbers.significant(100.0 * fraction, 2)


def _correlation(value: float | None) -> str:
    return numbers.MISSING if value is None else numbers.fixed(value, 2)


def _agreement(material: Material) -> list[Block]:
    """Analytic and Monte Carlo side by side."""
    used = material.results.uncertainty
    if used is None or used.propagation == "analytic":
        return []
    regions = [region for region in material.regions if region.absorbed_dose_gy.monte_carlo is not None]
    rows = tuple(_agreement_row(material, region) for region in regions)
    blocks: list[Block] = [
        Heading("Analytic and Monte Carlo propagation", 2, "propagation"),
        Paragraph(
            f"{used.samples} draws of every source (seed {used.seed}), each with its curve fitted again, its S value, "
            "and its BED. Value and standard uncertainty of Monte Carlo are the median and what gives a log-normal "
            f"interval as wide as the 95 % interval of the draws.{_bound(used)}"
        ),
        Table("Absorbed dose and BED by both ways.", _BOTH_COLUMNS, rows),
    ]
    return [*blocks, Bullets(tuple(used.notes))] if used.notes else blocks


def _bound(used: UncertaintyModel) -> str:
    if used.largest_difference is None:
        return ""
    return f" The two agree where they differ by at most {numbers.percent(used.largest_difference)} of the uncertainty."


def _agreement_row(material: Material, region: RegionResult) -> tuple[Cell, ...]:
    dose, bed = region.absorbed_dose_gy, region.bed_gy
    used = material.results.uncertainty
    agreed = [one.agrees for one in used.agreement if one.region == region.name] if used is not None else []
    analytic = numbers.estimate(dose) if used is not None and used.propagation == "both" else numbers.MISSING
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name),
        Cell(analytic, numbers.interval(dose) if analytic != numbers.MISSING else ""),
        Cell(*_drawn(dose)),
        Cell(numbers.estimate(bed)),
        Cell(*_drawn(bed)),
        Cell("" if not agreed else "yes" if all(agreed) else "no"),
    )


def _drawn(entry: EstimateModel) -> tuple[str, str]:
    found = entry.monte_carlo
    if found is None:
        return numbers.MISSING, ""
    shown = EstimateModel(
        value=found.median,
        standard_uncertainty=found.standard_uncertainty,
        interval95=found.interval95,
        unit=entry.unit,
    )
    return numbers.estimate(shown), numbers.interval(shown)


def _chain(material: Material) -> list[Block]:
    used = material.results.uncertainty
    if used is None or not used.chain:
        return []
    rows = tuple(
        (Cell(step.step), Cell("in the budget" if step.included else "not in the budget"), Cell(step.words))
        for step in used.chain
    )
    columns = (Column("Step", share=1.0), Column("", share=1.2), Column("Where from", share=5.0))
    return [Table("The chain of uncertainty: what the budgets hold and what they do not.", columns, rows)]


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
