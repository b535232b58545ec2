"""From uncertain values to the entries of ``results.json``."""

from __future__ import annotations

from hevesy.quantities import Uncertain, budget, interval95
from hevesy.report.model import EstimateModel


def estimate(value: Uncertain, unit: str, *, with_budget: bool = False) -> EstimateModel:
    """An entry with value, standard uncertainty and 95 % interval (none for a value of zero or below)."""
    positive = value.value > 0
    return EstimateModel(
        value=value.value,
        standard_uncertainty=value.standard_uncertainty,
        interval95=interval95(value) if positive else None,
        unit=unit,
        reason=None if positive else "no interval: the value is not positive",
        budget=budget(value) if with_budget else None,
    )


def missing(unit: str, reason: str) -> EstimateModel:
    """An entry without a value, with the reason."""
    return EstimateModel(value=None, unit=unit, reason=reason)


def unstated(value: float, unit: str, reason: str) -> EstimateModel:
    """An entry whose value is known and whose uncertainty nobody stated."""
    return EstimateModel(value=value, unit=unit, reason=reason)
