"""One estimate in ``results.json``."""

from __future__ import annotations

from pydantic import Field

from hevesy.report.strict import StrictModel as _Model
from hevesy.report.uncertainty_model import MonteCarloModel


class EstimateModel(_Model):
    """A value with its standard uncertainty; ``value`` is null with a ``reason`` where there is none."""

    value: float | None
    standard_uncertainty: float | None = None
    interval95: tuple[float, float] | None = None
    unit: str
    reason: str | None = None
    budget: dict[str, float] | None = Field(
        default=None, description="standard uncertainty by kind of source, in the same unit"
    )
    sources: dict[str, float] | None = Field(
        default=None, description="signed component of every source of first order, in the same unit"
    )
    monte_carlo: MonteCarloModel | None = None
