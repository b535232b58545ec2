"""A value with its spread as text."""

from __future__ import annotations

import re

from hevesy.errors import InputError
from hevesy.quantities import parse_quantity

_SIGN = re.compile(r"\+-|\+/-|±")


def parse_with_spread(text: str, kind: str, where: str) -> tuple[float, float]:
    """Read ``51 h +- 8 h`` or ``7.4 GBq +- 2 %``: a positive value and its standard uncertainty in the unit inside.

    Raises
    ------
    InputError
        If a part is missing, has no unit, or is not positive.
    """
    parts = _SIGN.split(text)
    if len(parts) != 2:
        raise InputError(f"a {kind} with its standard uncertainty such as '51 h +- 5 h'", f"{text!r} came", where)
    value = parse_quantity(parts[0], kind, where)
    if parts[1].strip().endswith("%"):
        spread = value * parse_quantity(parts[1], "ratio", where)
    else:
        spread = parse_quantity(parts[1], kind, where)
    if not (value > 0.0 and spread > 0.0):
        raise InputError(f"a positive {kind} and standard uncertainty", f"{text!r} came", where)
    return value, spread
