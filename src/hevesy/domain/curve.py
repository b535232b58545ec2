"""Time-activity curves, measured and fitted."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.quantities import Uncertain


@dataclass(frozen=True)
class MeasuredActivity:
    """Activity of one region at one time."""

    time_s: float
    """Start of the administration to the reference time of the scan. [s]"""
    activity: Uncertain
    """Activity in the region at that time. [Bq]"""


@dataclass(frozen=True)
class TimeActivityCurve:
    """The measured activities of one region, in time order."""

    region: str
    points: tuple[MeasuredActivity, ...]

    def __post_init__(self) -> None:
        times = [p.time_s for p in self.points]
        if any(later <= earlier for earlier, later in itertools.pairwise(times)):
            raise ValueError(f"expected increasing times for {self.region}, but {times} came")

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Times. Shape ``(point,)``. [s]"""
        return np.array([p.time_s for p in self.points])

    @property
    def activities_bq(self) -> NDArray[np.float64]:
        """Activities. Shape ``(point,)``. [Bq]"""
        return np.array([p.activity.value for p in self.points])


@dataclass(frozen=True)
class Tail:
    """How the study says the activity goes on after the last scan."""

    half_life_s: Uncertain
    """Effective half-life of the tail. [s]"""
    source: str
    """Where the half-life comes from: ``physical decay`` or a citation."""


@dataclass(frozen=True)
class FittedCurve:
    r"""A multi-exponential :math:`A(t) = \sum_i a_i e^{-\lambda_i t}` and its integral.

    With a ``tail``, the sum of exponentials holds up to ``tail_from_s`` and the tail takes over there.
    """

    region: str
    model: str
    """``mono``, ``bi``, ``tri``, each with ``uptake-`` or without; ``average`` of them; ``trapezoid-tail``."""
    amplitudes_bq: tuple[float, ...]
    """Of each exponential; those of uptake are negative. [Bq]"""
    rates_per_s: tuple[float, ...]
    """Effective decay constants, never below the physical one. [1/s]"""
    parameter_covariance: NDArray[np.float64]
    """Of (amplitudes, rates). Shape ``(2 n, 2 n)``."""
    time_integrated_activity: Uncertain
    """From 0 to ``until_s``, or to infinity. [Bq s]"""
    effective_half_life: Uncertain
    """Of the terminal phase. [s]"""
    aicc: float | None = None
    """Corrected Akaike criterion; None where it does not exist."""
    candidates: tuple[tuple[str, float | None, str], ...] = ()
    """Every model tried: name, AICc, why it was not chosen (empty for the chosen one)."""
    chi_square: float = 0.0
    degrees_of_freedom: int = 0
    tail: Tail | None = None
    tail_from_s: float | None = None
    integral_to_last_scan: Uncertain | None = None
    """From 0 to the last scan, or to ``until_s`` where that is earlier. [Bq s]"""
    extrapolated_fraction: float = 0.0
    """Share of the integral after the last scan."""
    until_s: float | None = None
    """End of the period that is integrated over; None for infinity. [s]"""
    reason: str = ""
    """Why this model."""
    free_half_life_s: float | None = None
    """Effective half-life that the data have without the bound of physical decay, where the fit is at that bound;
    infinite where they do not fall at all. [s]"""
    scatter_between_scans: float | None = None
    """Relative scatter beyond what the points state, as the uncertainty holds it."""
    weights: tuple[tuple[str, float], ...] = ()
    """Akaike weights of the models of an ``average``."""
    times_s: tuple[float, ...] = ()
    """Knots of a ``trapezoid-tail`` curve, together with ``activities_bq``."""
    activities_bq: tuple[float, ...] = ()
