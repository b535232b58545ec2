"""What is asked of the curve of a region."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.domain import Tail
from hevesy.integrate.propagate import EXPECTED_SCATTER
from hevesy.numerics.fit_uncertainty import Scatter


@dataclass(frozen=True)
class FitSettings:
    """How a time-activity curve is fitted and integrated."""

    physical_half_life_s: float
    """Of the radionuclide. [s]"""
    model: str = "auto"
    """One of ``CURVE_MODELS``."""
    tail: Tail | None = None
    """How the study says activity goes on after the last scan."""
    fitted_tail: bool = False
    """Whether the tail of straight lines is fitted to the last scans."""
    scatter: Scatter = EXPECTED_SCATTER
    """Relative scatter between scans beyond what the points state. Zero: what the points state is all there is."""
    until_s: float | None = None
    """End of the period to integrate over; None for infinity. [s]"""
    robust: bool = False
    """Whether points that do not fit count less."""

    def __post_init__(self) -> None:
        if not (0.0 <= self.scatter.relative < 1.0 and self.scatter.degrees_of_freedom > 0.0):
            raise ValueError(f"expected a scatter between 0 and 1 with degrees of freedom, but {self.scatter} came")
        if not self.physical_half_life_s > 0.0:
            raise ValueError(f"expected a positive half-life, but {self.physical_half_life_s} came")
        if self.until_s is not None and not 0.0 < self.until_s < math.inf:
            raise ValueError(f"expected a period that ends, but {self.until_s} came")

    @property
    def physical_rate_per_s(self) -> float:
        """Decay constant of the radionuclide. [1/s]"""
        return math.log(2.0) / self.physical_half_life_s

    @property
    def end_s(self) -> float:
        """End of the period; infinite where none is stated. [s]"""
        return math.inf if self.until_s is None else self.until_s
