"""The lung shunt fraction from a scout: planar views, or SPECT/CT."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.quantities import Uncertain, combine


@dataclass(frozen=True)
class PlanarCounts:
    """Counts of one region in opposite views, and how many of them are background."""

    anterior: float
    posterior: float
    anterior_background: float
    posterior_background: float


def planar_lung_shunt(lung: PlanarCounts, liver: PlanarCounts) -> Uncertain:
    r"""Lung shunt fraction from the geometric means of two views, with the uncertainty of counting.

    .. math:: C = \sqrt{(a - a_b)(p - p_b)}, \qquad L = \frac{C_\text{lung}}{C_\text{lung} + C_\text{liver}}

    Attenuation is taken as the same for lungs and liver, which it is not: the fraction is usually too high.

    Raises
    ------
    InputError
        If a region has no more counts than its background.
    """
    return tomographic_lung_shunt(_geometric_mean(lung, "lung"), _geometric_mean(liver, "liver"))


def _geometric_mean(region: PlanarCounts, name: str) -> Uncertain:
    anterior = region.anterior - region.anterior_background
    posterior = region.posterior - region.posterior_background
    if not min(anterior, posterior) > 0.0:
        raise InputError(f"more counts of the {name} than of its background", "fewer came", "lung.counts")
    mean = math.sqrt(anterior * posterior)
    variances = (region.anterior + region.anterior_background, region.posterior + region.posterior_background)
    spread = 0.5 * mean * math.hypot(math.sqrt(variances[0]) / anterior, math.sqrt(variances[1]) / posterior)
    return Uncertain(mean, {f"counts:{name}": spread})


def tomographic_lung_shunt(lung: Uncertain, liver: Uncertain) -> Uncertain:
    """Lung shunt fraction from the activities (or counts) of lungs and liver.

    Parameters
    ----------
    lung, liver
        In the same unit [Bq]; sources that they share stay shared.

    Raises
    ------
    InputError
        If the liver holds nothing.
    """
    if not liver.value > 0.0:
        raise InputError("activity in the liver", f"{liver.value:g} came", "lung.counts")
    whole = lung.value + liver.value
    return combine(lung.value / whole, [(lung, liver.value / whole**2), (liver, -lung.value / whole**2)])
