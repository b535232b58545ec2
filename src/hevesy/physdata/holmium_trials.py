"""Trials that steer holmium by the dose to the healthy liver, each with its levels and volume condition."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.physdata.microspheres import Sourced, sourced
from hevesy.physdata.tables_reader import read_toml

_TABLE = "holmium_trials_2023"


@dataclass(frozen=True)
class HolmiumTrial:
    """One trial."""

    name: str
    product: str
    """Key of the product."""
    levels_gy: tuple[float, ...]
    """Mean absorbed doses to the healthy liver that it allows. [Gy]"""
    treated_share: float
    """Of the liver volume that may be treated at most. [1]"""
    source: Sourced
    note: str


def holmium_trial(name: str) -> HolmiumTrial | None:
    """A trial by its name, whatever its letters' case; None for one that the table does not have."""
    table = read_toml(_TABLE, "trials.toml")
    entry = table["trial"].get(name.strip().casefold())
    if entry is None:
        return None
    share = entry["treated_share"]
    levels = tuple(float(level) for level in entry["levels_gy"])
    part = share["at_most"] / share["over"]
    return HolmiumTrial(entry["name"], entry["product"], levels, part, sourced(table, entry["source"]), entry["note"])
