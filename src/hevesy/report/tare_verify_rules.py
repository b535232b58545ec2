"""Sections of a verification: limits and targets against delivered doses, and biologically effective doses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Paragraph, Table
from hevesy.report.tare_sources import pointer, row_numbers
from hevesy.report.tare_words import volume_words

_Json = Mapping[str, Any]
_SCALES = {"self_calibrated": "self-calibrated", "absolute": "absolute"}


def rules_blocks(document: _Json) -> Iterator[Block]:
    """Every limit and target that holds, with what each scale says and its source; why there is none."""
    rules = document["rules"]
    yield Heading("Limits and targets", 1, "limits")
    if rules is None:
        yield Paragraph(f"Not compared: {document['rules_reason']}.")
        return
    if not rules:
        yield Paragraph("No published limit or target holds for this treatment.")
        return
    numbers = row_numbers(rules)
    columns = (
        Column("Limit or target", share=2.4),
        Column("Level", share=0.9, numeric=True),
        Column("Self-calibrated", share=1.4, numeric=True),
        Column("Absolute", share=1.4, numeric=True),
        Column("Above with probability", share=1.0, numeric=True),
        Column("Source", share=0.7),
    )
    caption = (
        "Delivered doses with those of scout and earlier treatments where they count, each with its own volume only"
    )
    yield Table(caption, columns, tuple(_rule(rule, numbers) for rule in rules))
    yield Bullets(tuple(numbers), ordered=True, title="Sources of limits and targets")


def _rule(rule: _Json, numbers: Mapping[str, int]) -> tuple[Cell, ...]:
    where = volume_words(rule["volume"])
    detail = f"{rule['is']}, {where}" + (f"; {rule['note']}" if rule["note"] else "")
    return (
        Cell(rule["rule"], detail),
        Cell(f"{rule['level']:g} {rule['unit']}"),
        *(Cell(*_reached(rule, scale)) for scale in _SCALES),
        Cell(f"{rule['self_calibrated']['probability_above']:.2f}"),
        Cell(pointer(rule, numbers)),
    )


def _reached(rule: _Json, scale: str) -> tuple[str, str]:
    row = rule.get(scale)
    if row is None:
        return "–", ""
    words = {("limit", True): "kept", ("limit", False): "exceeded", ("target", True): "reached"}
    told = words.get((rule["is"], row["met"]), "not reached")
    return (
        f"{row['reached']:.3g} ± {row['standard_uncertainty']:.2g}",
        f"{told}, {100 * row['relative_distance']:+.0f} %",
    )


def bed_blocks(document: _Json) -> Iterator[Block]:
    """BED of every volume that has one; why there is none."""
    if document["bed_reason"]:
        yield Paragraph(f"No biologically effective dose: {document['bed_reason']}.")
        return
    columns = (
        Column("Volume", share=2.0),
        Column("Self-calibrated", "Gy", share=1.4, numeric=True),
        Column("Absolute", "Gy", share=1.4, numeric=True),
    )
    shown = {key: row["bed_gy"] for key, row in document["volumes"].items() if row.get("bed_gy")}
    rows = tuple(
        (Cell(key.replace("_", " ").replace(":", ": ")), *(Cell(_bed(found.get(scale))) for scale in _SCALES))
        for key, found in shown.items()
    )
    yield Table("BED of the mean absorbed dose, of this treatment alone", columns, rows)


def _bed(found: _Json | None) -> str:
    return "–" if found is None else f"{found['value']:.1f} ± {found['standard_uncertainty']:.1f}"
