"""Units at the border, kinds as types, and values that carry their uncertainty."""

from hevesy.quantities.distribution import density, probability_above
from hevesy.quantities.draws import Draws, drawn, log_components
from hevesy.quantities.kinds import AbsorbedDose, Bed, EffectiveDose, Eqd2, EquivalentDose
from hevesy.quantities.stated import parse_uncertain
from hevesy.quantities.uncertain import (
    Uncertain,
    budget,
    combine,
    correlation,
    exact,
    interval95,
    multiply_powers,
    scaled,
    total,
)
from hevesy.quantities.units import parse_bare, parse_quantity

__all__ = [
    "AbsorbedDose",
    "Bed",
    "Draws",
    "EffectiveDose",
    "Eqd2",
    "EquivalentDose",
    "Uncertain",
    "budget",
    "combine",
    "correlation",
    "density",
    "drawn",
    "exact",
    "interval95",
    "log_components",
    "multiply_powers",
    "parse_bare",
    "parse_quantity",
    "parse_uncertain",
    "probability_above",
    "scaled",
    "total",
]
