"""The probability of keeping every limit, and of reaching the target, as a function of the activity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare.doses import volumes_of
from hevesy.decide.tare.limits import Constraint


def allowed_activities(
    limits: Iterable[Constraint], drawn: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64] | None:
    """Largest activity under every limit, in each draw. [Bq]

    Parameters
    ----------
    limits
        Targets among them are left out.
    drawn
        Absorbed dose per activity by volume. Shape ``(samples,)``. [Gy/Bq]

    Returns
    -------
    Shape ``(samples,)``; None where there is no limit. Every limit is kept at an activity with the probability that
    this exceeds it.
    """
    found = [
        np.where(drawn[one.volume] > 0.0, max(one.level - one.earlier, 0.0), np.inf)
        / np.where(drawn[one.volume] > 0.0, drawn[one.volume], 1.0)
        for one in limits
        if not one.rule.target
    ]
    return np.minimum.reduce(found) if found else None


def needed_activities(
    target_gy: float, drawn: Mapping[str, NDArray[np.float64]], earlier_gy: Mapping[str, float]
) -> NDArray[np.float64]:
    """Least activity that gives every tumour its absorbed dose, in each draw. [Bq]

    Parameters
    ----------
    target_gy
        [Gy]
    drawn
        Absorbed dose per activity by volume. Shape ``(samples,)``. [Gy/Bq]
    earlier_gy
        What each tumour has from a scout, by the same keys. [Gy]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [
            np.divide(max(target_gy - earlier_gy.get(key, 0.0), 0.0), drawn[key]) for key in volumes_of("tumour", drawn)
        ]
    return np.asarray(np.nan_to_num(np.maximum.reduce(found), nan=0.0, posinf=np.inf))


def activity_kept_with(probability: float, allowed_bq: NDArray[np.float64]) -> float:
    """Largest activity at which every limit is kept with a probability. [Bq]"""
    return float(np.quantile(allowed_bq, 1.0 - probability))
