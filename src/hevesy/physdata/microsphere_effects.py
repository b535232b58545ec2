"""Published relations of dose and effect after radioembolisation, each for one product and its own dose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from hevesy.physdata.microsphere_rules import INTENTS
from hevesy.physdata.microspheres import MICROSPHERES, Sourced, sourced
from hevesy.physdata.tables_reader import read_toml


@dataclass(frozen=True)
class OutcomeGroup:
    """Geometric mean dose of the tumours with one outcome, and its 95 % interval. [Gy]"""

    outcome: str
    dose_gy: float
    low_gy: float
    high_gy: float


@dataclass(frozen=True)
class Effect:
    """One relation. It holds for its product, tumour types, intents, volume and dose, and for nothing else."""

    name: str
    product: str
    kind: str
    """``response``, ``survival`` or ``complication``."""
    volume: str
    """As in a :class:`DoseRule`."""
    quantity: str
    """``absorbed-dose`` or ``bed``."""
    alpha_beta_gy: float | None
    """With which a BED has to be made. [Gy]"""
    tumours: tuple[str, ...]
    intents: tuple[str, ...]
    bilirubin_from_mg_dl: float
    """It holds above this total bilirubin. [mg/dl]"""
    bilirubin_to_mg_dl: float
    """And below this one. [mg/dl]"""
    form: str
    """``level``, ``threshold``, ``groups`` or ``probit``."""
    dose_gy: float | None
    """[Gy]"""
    probability: float | None
    """At that dose."""
    slope_m: float | None
    """Of a probit curve, as a share of its dose."""
    above: str
    below: str
    """What was seen above and below a threshold."""
    groups: tuple[OutcomeGroup, ...]
    outcome: str
    dose_definition: str
    range: str
    source: Sourced

    @property
    def confirmed(self) -> bool:
        """Whether its numbers were seen in the source."""
        return self.source.status != "MEM"


@cache
def known_effects() -> tuple[Effect, ...]:
    """All of them."""
    table = read_toml(MICROSPHERES, "effects.toml")
    return tuple(_effect(table, entry) for entry in table["effect"])


def _effect(table: dict[str, Any], entry: dict[str, Any]) -> Effect:
    return Effect(
        name=entry["name"],
        product=entry["product"],
        kind=entry["kind"],
        volume=entry["volume"],
        quantity=entry["quantity"],
        alpha_beta_gy=entry.get("alpha_beta_gy"),
        tumours=tuple(entry["tumours"]),
        intents=tuple(entry.get("intents", INTENTS)),
        bilirubin_from_mg_dl=entry.get("bilirubin_above_mg_dl", 0.0),
        bilirubin_to_mg_dl=entry.get("bilirubin_below_mg_dl", float("inf")),
        form=entry["form"],
        dose_gy=entry.get("dose_gy"),
        probability=entry.get("probability"),
        slope_m=entry.get("slope_m"),
        above=entry.get("above", ""),
        below=entry.get("below", ""),
        groups=tuple(OutcomeGroup(**group) for group in entry.get("groups", ())),
        outcome=entry["outcome"],
        dose_definition=entry["dose_definition"],
        range=entry["range"],
        source=sourced(table, entry["source"]),
    )
