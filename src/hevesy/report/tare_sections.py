"""Sections of a radioembolisation plan: eligibility, vials to order, effects of the dose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Table
from hevesy.report.tare_sources import pointer, zone_row
from hevesy.report.tare_words import volume_words

_Json = Mapping[str, Any]
_Numbers = Mapping[str, int]


def eligibility_blocks(document: _Json, numbers: _Numbers) -> Iterator[Block]:
    """Every criterion with its state and source, the sessions, and what to keep in mind."""
    yield Heading("Eligibility and schedule", 2, "eligibility")
    columns = (
        Column("Criterion", share=3.4),
        Column("Kind", share=1.2),
        Column("Stated", share=1.1),
        Column("State", share=0.9),
        Column("Source", share=0.6),
    )
    rows = tuple(_criterion(row, numbers) for row in document["eligibility"])
    yield Table("Published criteria; what was not stated is not known", columns, rows)
    schedule = document["schedule"]
    yield Facts((("Scout", schedule["scout"] or "time not stated"), *(_session(s) for s in schedule["sessions"])))
    told = tuple(f"{one['product']}: {one['text']} {pointer(one, numbers)}" for one in schedule["practice"])
    yield Bullets(told, tone="note", title="Around the treatment")


def _criterion(row: _Json, numbers: _Numbers) -> tuple[Cell, ...]:
    decided = row["overridden"]
    detail = f"overridden by {decided['by']}: {decided['reason']}" if decided else row["note"] or ""
    stated = "–" if row["stated"] is None else str(row["stated"])
    return (
        Cell(row["label"], detail),
        Cell(row["kind"]),
        Cell({"True": "yes", "False": "no"}.get(stated, stated)),
        Cell(row["state"]),
        Cell(pointer(row, numbers)),
    )


def _session(session: _Json) -> tuple[str, str]:
    days = session["days_since_previous"]
    return f"Session {session['session']}", session["treatment"] + (
        f", {days:.1f} d after the one before" if days else ""
    )


def supply_blocks(supply: _Json | None, numbers: _Numbers) -> Iterator[Block]:
    """What to order or draw for each session; nothing where no activity is left to give."""
    if supply is None:
        return
    columns = (
        Column("Session", share=1.2),
        Column("To draw", "GBq", numeric=True, share=0.7),
        Column("Vial", share=3.0),
        Column("Microspheres", "million", share=1.1, numeric=True),
    )
    rows = tuple(_supply(session) for session in supply["sessions"])
    zone = f"{supply['time_zone_of_manufacturer']} {pointer(zone_row(supply), numbers)}"
    yield Table(f"To order: calibration {supply['calibration_rule']}; the manufacturer's zone {zone}", columns, rows)


def _supply(session: _Json) -> tuple[Cell, ...]:
    positions = ", ".join(f"{position} {gbq:.3f} GBq" for position, gbq in session["positions_gbq"].items())
    number = session["particles"].get("number")
    return (
        Cell(session["session"], positions),
        Cell(f"{session['activity_to_draw_gbq']:.3f}"),
        Cell(*_vials(session["vials"])),
        Cell("–" if number is None else f"{number[0] / 1e6:.3g} to {number[1] / 1e6:.3g}"),
    )


def _vials(vials: _Json) -> tuple[str, str]:
    if "by_position" in vials:
        told = [_glass(position, choices) for position, choices in vials["by_position"].items()]
        return "; ".join(told), vials["note"]
    if "activity_to_order_gbq" in vials:
        return f"{vials['activity_to_order_gbq']:.3f} GBq at {vials['at']}", ""
    if "volume_to_draw_ml" in vials:
        return f"{vials['volume_to_draw_ml']:.2f} ml of {vials['activity_at_treatment_gbq']:.3f} GBq", ""
    return "–", vials.get("reason", "")


def _glass(position: str, choices: list[_Json]) -> str:
    """The vials next to the activity of one position, and when each holds it."""
    told = []
    for choice in choices:
        at = f", the wanted one at {choice['time_of_wanted_activity']}" if choice["time_of_wanted_activity"] else ""
        then = f"{choice['activity_at_treatment_gbq']:.3f} GBq (week {choice['week_of_shelf_life']})"
        told.append(f"{choice['vial_gbq']:g} GBq: {then}{at}")
    return f"{position}: {' or '.join(told) or 'no vial'}"


def effects_blocks(effects: list[_Json], numbers: _Numbers) -> Iterator[Block]:
    """What published relations say about the doses of one activity."""
    if not effects:
        return
    columns = (
        Column("Relation", share=2.0),
        Column("Dose", "Gy", numeric=True),
        Column("Above its level", "probability", numeric=True),
        Column("What was seen", share=3.0),
        Column("Source", share=0.7),
    )
    yield Table(
        "Published effects of this product, none of another", columns, tuple(_effect(e, numbers) for e in effects)
    )


def _effect(row: _Json, numbers: _Numbers) -> tuple[Cell, ...]:
    name = Cell(
        row["effect"], f"{volume_words(row['volume'])}, {'BED' if row['quantity'] == 'bed' else 'absorbed dose'}"
    )
    if "reason" in row:
        return name, Cell("–"), Cell("–"), Cell(row["reason"]), Cell(pointer(row, numbers))
    above, curve = row["probability_above_level"], row["probability"]
    told = f"{row['dose_definition']}; {row['range']}"
    if curve is not None:
        told = f"probability {curve['value']:.2f} ± {curve['standard_uncertainty']:.2f}; {told}"
    return (
        name,
        Cell(f"{row['dose_gy']:.1f} ± {row['dose_standard_uncertainty_gy']:.1f}"),
        Cell("–" if above is None else f"{above:.2f}"),
        Cell(row["statement"], told),
        Cell(pointer(row, numbers)),
    )
