"""Published criteria of who may be treated by radioembolisation, and what belongs to it, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hevesy.physdata.microsphere_rules import INTENTS
from hevesy.physdata.microspheres import MICROSPHERES, Sourced, sourced
from hevesy.physdata.tables_reader import read_toml

_ELIGIBILITY = "eligibility.toml"


@dataclass(frozen=True)
class Criterion:
    """One statement about a patient that has to hold."""

    name: str
    input: str
    """What it is about; several criteria may ask for the same."""
    label: str
    kind: str
    """``contraindication``, ``relative`` or ``indication``."""
    must: Mapping[str, Any]
    """``at_most``, ``at_least``, ``above`` a number, or ``one_of`` several values."""
    reversed_by: Mapping[str, str]
    """Value of another input that lifts it."""
    intents: tuple[str, ...]
    can_be_overridden: bool
    rules: tuple[str, ...]
    """Numbers in the project's list of published rules; empty where the guideline alone says it."""
    source: Sourced
    note: str = ""


@dataclass(frozen=True)
class Practice:
    """What a source recommends around the treatment."""

    name: str
    text: str
    products: tuple[str, ...]
    """Empty for all."""
    source: Sourced


@dataclass(frozen=True)
class ScoutInterval:
    """Days from scout to treatment."""

    days_from: float
    days_to: float
    source: Sourced


@cache
def eligibility_criteria() -> tuple[Criterion, ...]:
    """All criteria, contraindications first."""
    table = read_toml(MICROSPHERES, _ELIGIBILITY)
    return tuple(
        Criterion(
            name=entry["id"],
            input=entry["input"],
            label=entry["label"],
            kind=entry["kind"],
            must=entry["must"],
            reversed_by=entry.get("reversed", {}),
            intents=tuple(entry.get("intents", INTENTS)),
            can_be_overridden=entry.get("override", True),
            rules=tuple(entry.get("rules", ())),
            source=sourced(table, entry["source"]),
            note=entry.get("note", ""),
        )
        for entry in table["criterion"]
    )


@cache
def practices() -> tuple[Practice, ...]:
    """Imaging after the treatment, ward, injection."""
    table = read_toml(MICROSPHERES, _ELIGIBILITY)
    return tuple(
        Practice(entry["id"], entry["text"], tuple(entry["products"]), sourced(table, entry["source"]))
        for entry in table["practice"]
    )


def scout_interval() -> ScoutInterval:
    """Recommended interval from scout to treatment."""
    table = read_toml(MICROSPHERES, _ELIGIBILITY)
    entry = table["scout_interval"]
    return ScoutInterval(entry["days_from"], entry["days_to"], sourced(table, entry["source"]))
