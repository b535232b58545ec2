"""Round numbers for isodose lines, colour scales and scale bars."""

from __future__ import annotations

import math

_STEPS = (1.0, 2.0, 5.0)


def round_numbers_below(limit: float, count: int) -> list[float]:
    """The ``count`` largest of ... 1, 2, 5, 10, 20, 50 ... not above a positive limit, ascending."""
    exponent = math.floor(math.log10(limit)) + 1
    series = [step * 10.0**power for power in range(exponent - count, exponent + 1) for step in _STEPS]
    return [round(value, 12) for value in series if value <= limit * (1 + 1e-9)][-count:]


def isodose_levels(maximum_gy: float, count: int = 4) -> list[float]:
    """Isodose lines for a picture whose largest value is ``maximum_gy``; none for an empty map. [Gy]"""
    if not maximum_gy > 0:
        return []
    return [level for level in round_numbers_below(0.95 * maximum_gy, count) if level >= 0.08 * maximum_gy]


def scale_bar_mm(width_mm: float) -> float:
    """A round length of about a quarter of the picture. [mm]"""
    return round_numbers_below(0.3 * width_mm, 1)[0]
