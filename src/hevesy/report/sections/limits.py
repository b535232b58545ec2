"""Limits of dose: what was held against them, and how probable it is that they are exceeded."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.figures.limits import draw_limits
from hevesy.report.figures.style import vector
from hevesy.report.limit_words import assumptions, dose_words, further_words, probability_words, quantity_words
from hevesy.report.limits_model import LimitModel
from hevesy.report.sections.material import Material, pages

_PER_FIGURE = 12
_COLUMNS = (
    Column("Region", share=2.2),
    Column("Limit", "Gy", 0.9, numeric=True),
    Column("Quantity", share=2.0),
    Column("Counts", share=1.2),
    Column("Dose", "Gy; earlier", 1.6, numeric=True),
    Column("Probability of exceeding", share=1.5, numeric=True),
    Column("Source of the limit", share=3.4),
)


def dose_limits(material: Material) -> list[Block]:
    """The table of all limits, those not evaluated with the reason, what still fits, and the pictures."""
    limits = material.results.limits
    if not limits:
        return []
    blocks: list[Block] = [
        Heading("Limits of dose", 1, "dose-limits"),
        Table("Limits that the study states, each in its own quantity.", _COLUMNS, tuple(map(_row, limits))),
    ]
    absent = [f"{one.region}, {quantity_words(one)}: {one.reason}." for one in limits if not one.evaluated]
    blocks += _told("Limits without a result", absent)
    known = [one for one in limits if one.evaluated]
    blocks += _told("What still fits", [_fits(one) for one in known if one.further is not None])
    blocks += [Paragraph(f"What fits assumes that {told}.", "note") for told in assumptions(known)]
    for part in pages(known, _PER_FIGURE):
        drawing = vector(lambda part=part: draw_limits(part))  # type: ignore[misc]
        told = ", ".join(f"{one.region} {probability_words(one)}" for one in part)
        blocks.append(
            Pictures(
                (Picture(drawing, f"Probability of exceeding each limit: {told}"),),
                "What is known about each dose (area) against its limit (line); what lies above the limit is red. "
                f"{_distributions(part)}",
            )
        )
    return [*blocks, Paragraph(_courses(limits), "note")] if any(one.scope == "course" for one in known) else blocks


def _told(title: str, items: list[str]) -> list[Block]:
    return [Bullets(tuple(items), title=title)] if items else []


def _fits(limit: LimitModel) -> str:
    fits = further_words(limit.further, limit.scope) if limit.further else ""
    return f"{limit.region}, {limit.value_gy:g} Gy {quantity_words(limit)}: {fits}."


def _row(limit: LimitModel) -> tuple[Cell, ...]:
    earlier = "" if limit.earlier_gy is None else f"{numbers.significant(limit.earlier_gy)} earlier"
    return (
        Cell(limit.region),
        Cell(f"{limit.value_gy:g}"),
        Cell(quantity_words(limit)),
        Cell("this cycle" if limit.scope == "cycle" else "the course"),
        Cell(dose_words(limit), earlier),
        Cell(probability_words(limit) if limit.evaluated else "not evaluated"),
        Cell(limit.source),
    )


def _distributions(limits: Sequence[LimitModel]) -> str:
    kinds = {one.distribution.kind for one in limits if one.distribution}
    if kinds == {"monte-carlo"}:
        return "Distributions are those of the Monte Carlo draws."
    return "Distributions are log-normal." if kinds == {"log-normal"} else ""


def _courses(limits: list[LimitModel]) -> str:
    sources = list(dict.fromkeys(source for one in limits for source in one.earlier_sources))
    told = f"Counted before this cycle: {'; '.join(sources)}." if sources else "The study states no earlier dose."
    return f"{told} Repair is taken as complete between cycles; errors that cycles share stay shared."
