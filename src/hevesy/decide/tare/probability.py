"""Probability that a dose lies above a level, from its uncertainty or from drawn values."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.quantities import Uncertain


def probability_above(dose: Uncertain, level_gy: float) -> float:
    r"""Probability that a positive, log-normal dose with the value as median exceeds a level.

    .. math:: P = \Phi\!\left(\frac{\ln D - \ln D_0}{s}\right), \qquad s^2 = \ln(1 + u^2/D^2)

    Parameters
    ----------
    dose
        [Gy]
    level_gy
        [Gy]
    """
    if not dose.value > 0.0 or not level_gy > 0.0:
        return 1.0 if dose.value > level_gy else 0.0
    spread = math.sqrt(math.log1p(dose.relative_standard_uncertainty**2))
    distance = math.log(dose.value / level_gy)
    if spread == 0.0:
        return 1.0 if distance > 0.0 else 0.0
    return 0.5 * math.erfc(-distance / (spread * math.sqrt(2.0)))


def share_above(doses_gy: NDArray[np.float64], level_gy: float) -> float:
    """Fraction of drawn doses above a level, both in Gy."""
    return float(np.mean(doses_gy > level_gy))


def all_within(doses_gy: list[tuple[NDArray[np.float64], float]]) -> float:
    """Fraction of the draws in which every dose stays at or below its own level, both in Gy."""
    kept = [doses <= level for doses, level in doses_gy]
    return float(np.mean(np.logical_and.reduce(kept))) if kept else 1.0
