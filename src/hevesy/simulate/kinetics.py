r"""Activity over time as sums of exponentials.

.. math:: A(t) = A_0 \sum_i f_i \left( 2^{-t/T_i} - 2^{-t/U_i} \right)

with effective half-lives T of clearance and U of uptake; a phase without uptake lacks the second exponential.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.simulate.scenario import Term


@dataclass(frozen=True)
class Exponential:
    """Amplitude [share of the administered activity] and effective half-life [s]."""

    amplitude: float
    half_life_s: float


def exponentials(terms: Sequence[Term], physical_half_life_s: float) -> tuple[Exponential, ...]:
    """The exponentials of a region; those of uptake have negative amplitudes."""
    parts = []
    for term in terms:
        slow = physical_half_life_s if term.effective_half_life == "physical" else term.effective_half_life
        parts.append(Exponential(term.share, slow))
        if term.uptake_half_life is not None:
            parts.append(Exponential(-term.share, term.uptake_half_life))
    return tuple(parts)


def share_at(parts: Sequence[Exponential], time_s: float) -> float:
    """Share of the administered activity at a time after the start of the administration."""
    return math.fsum(p.amplitude * 2.0 ** (-time_s / p.half_life_s) for p in parts)


def mean_share(parts: Sequence[Exponential], start_s: float, duration_s: float) -> float:
    """Mean share over an acquisition."""
    return (_integral_from(parts, start_s) - _integral_from(parts, start_s + duration_s)) / duration_s


def time_integrated_share(parts: Sequence[Exponential]) -> float:
    """Integral of the share from 0 to infinity. [s]"""
    return _integral_from(parts, 0.0)


def biological_half_life_s(effective_s: float, physical_s: float) -> float | None:
    """Half-life without physical decay; None where nothing leaves. [s]"""
    rate = 1.0 / effective_s - 1.0 / physical_s
    return 1.0 / rate if rate > 1e-9 / physical_s else None


def _integral_from(parts: Sequence[Exponential], time_s: float) -> float:
    return math.fsum(p.amplitude * 2.0 ** (-time_s / p.half_life_s) * p.half_life_s / math.log(2) for p in parts)
