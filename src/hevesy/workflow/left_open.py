"""What few scans cost."""

from __future__ import annotations

import math

from hevesy.domain import FittedCurve

_LEFT_OPEN = ("prior", "half-life")
"""Kinds of sources that more scans would make smaller."""


def left_open(fitted: FittedCurve) -> str:
    """What of the integral's uncertainty the few scans leave to a population or to a half-life, in words."""
    whole = fitted.time_integrated_activity
    open_ = math.hypot(*(u for name, u in whole.components.items() if name.partition(":")[0] in _LEFT_OPEN))
    share, all_ = open_ / whole.value, whole.relative_standard_uncertainty
    return f"of the integral's standard uncertainty of {all_:.1%}, {share:.1%} is what more scans would have shown"
