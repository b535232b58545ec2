"""Published limits, targets and empirical rules of radioembolisation, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hevesy.physdata.microspheres import MICROSPHERES, Sourced, sourced
from hevesy.physdata.tables_reader import read_toml

INTENTS = ("bilobar", "unilobar", "lobectomy", "segmentectomy")
TUMOUR_TYPES = ("HCC", "ICC", "mCRC")
RULE_SETS = ("seed", "eanm-2022")
ALWAYS = ("lung", "glass-cap")
"""Sources of limits that hold whatever rule set is chosen."""


@dataclass(frozen=True)
class DoseRule:
    """One limit or target of mean absorbed dose; it is compared with its own volume and method only."""

    rule: str
    product: str
    target: bool
    """Whether to reach it; a limit otherwise."""
    volume: str
    """``tumour``, ``normal_perfused``, ``whole_normal``, ``whole_liver``, ``perfused``, ``lung``,
    ``lung_cumulative``."""
    method: str
    """``one`` (one compartment), ``multi`` or ``any``."""
    dose_gy: float
    """[Gy]"""
    to_gy: float | None
    """Upper end where a target is a range. [Gy]"""
    strict: bool
    """Whether the value itself is not enough (target) or too much (limit)."""
    intents: tuple[str, ...]
    tumours: tuple[str, ...]
    """``any`` where the source does not tell types apart."""
    needs: dict[str, Any]
    source: Sourced
    rule_set: str
    note: str = ""


@dataclass(frozen=True)
class ShuntBands:
    """Reduction of activity by lung shunt fraction, and the fraction above which nothing is given."""

    product: str
    above: tuple[float, ...]
    reduction: tuple[float, ...]
    refused_above: float
    models: tuple[str, ...]
    source: Sourced


@dataclass(frozen=True)
class BodySurface:
    """Coefficients of the activity by body surface area (GBq, m2) and of the area itself."""

    product: str
    offset_m2: float
    dubois: tuple[float, float, float]
    source: Sourced


@dataclass(frozen=True)
class TumourBurden:
    """Activity by the share of the liver that is tumour."""

    product: str
    burden_to: tuple[float, ...]
    activity_bq: tuple[float, ...]
    """[Bq]"""
    source: Sourced


@dataclass(frozen=True)
class LungActivityCap:
    """Largest activity that may pass to the lungs in one administration."""

    rule: str
    product: str
    activity_bq: float
    """[Bq]"""
    source: Sourced
    note: str
    volume: str = "lung_activity"
    method: str = "any"
    target: bool = False


def _table() -> dict[str, Any]:
    return read_toml(MICROSPHERES, "rules.toml")


@cache
def dose_rules() -> tuple[DoseRule, ...]:
    """All limits and targets of absorbed dose."""
    table = _table()
    return tuple(_rule(table, entry, kind == "target") for kind in ("limit", "target") for entry in table[kind])


def _rule(table: dict[str, Any], entry: dict[str, Any], target: bool) -> DoseRule:  # noqa: FBT001 - private
    return DoseRule(
        rule=entry["id"],
        product=entry["product"],
        target=target,
        volume=entry["volume"],
        method=entry["method"],
        dose_gy=entry["dose_gy"],
        to_gy=entry.get("to_gy"),
        strict=entry["strict"],
        intents=tuple(entry["intents"]),
        tumours=tuple(entry["tumours"]),
        needs=entry.get("needs", {}),
        source=sourced(table, entry["source"]),
        rule_set=entry["source"],
        note=entry.get("note", ""),
    )


def shunt_bands() -> ShuntBands:
    """The bands of the resin product."""
    table, entry = _table(), _table()["shunt_bands"]
    bands = (tuple(entry["above"]), tuple(entry["reduction"]), entry["refused_above"], tuple(entry["models"]))
    return ShuntBands(entry["product"], *bands, sourced(table, entry["source"]))


def body_surface_rule() -> BodySurface:
    """The body surface area rule of the resin product."""
    table, entry = _table(), _table()["body_surface_area"]
    height_power = tuple(entry["dubois"])
    return BodySurface(
        entry["product"], entry["offset_m2"], (height_power[0], height_power[1], height_power[2]),
        sourced(table, entry["source"]),
    )  # fmt: skip


def tumour_burden_rule() -> TumourBurden:
    """The empirical rule of the resin product."""
    table, entry = _table(), _table()["empirical"]
    activities = tuple(1e9 * value for value in entry["activity_gbq"])
    return TumourBurden(entry["product"], tuple(entry["burden_to"]), activities, sourced(table, entry["source"]))


def lung_activity_caps(product: str) -> tuple[LungActivityCap, ...]:
    """Caps of one product on the activity that reaches the lungs."""
    table = _table()
    return tuple(
        LungActivityCap(
            entry["id"], product, 1e9 * entry["lung_activity_gbq"], sourced(table, entry["source"]), entry["note"]
        )
        for entry in table["activity_limit"]
        if entry["product"] == product
    )


@dataclass(frozen=True)
class TrialLimit:
    """Limits to the healthy liver that one trial allows."""

    trial: str
    product: str
    volume: str
    method: str
    doses_gy: tuple[float, ...]
    """Any one of them. [Gy]"""
    perfused_share_to: float
    """Largest share of the liver that may be perfused. [1]"""
    intents: tuple[str, ...]
    source: Sourced
    note: str


def trial_limits() -> tuple[TrialLimit, ...]:
    """All limits of trials."""
    table = _table()
    return tuple(
        TrialLimit(
            entry["trial"], entry["product"], entry["volume"], entry["method"], tuple(entry["doses_gy"]),
            entry["perfused_share_to"], tuple(entry["intents"]), sourced(table, entry["source"]), entry["note"],
        )
        for entry in table["trial_limit"]
    )  # fmt: skip
