"""A value with its spread as text."""

from __future__ import annotations

from hevesy.errors import InputError
from hevesy.quantities import parse_uncertain


def parse_with_spread(text: str, kind: str, where: str) -> tuple[float, float]:
    """Read ``51 h +- 8 h`` or ``7.4 GBq +- 2 %``: a positive value and its standard uncertainty in the unit inside.

    Raises
    ------
    InputError
        If a part is missing, has no unit, or is not positive.
    """
    found = parse_uncertain(text, kind, "stated:spread", where)
    if not found.components:
        raise InputError(f"a {kind} with its standard uncertainty such as '51 h +- 5 h'", f"{text!r} came", where)
    if not found.value > 0.0:
        raise InputError(f"a positive {kind} and standard uncertainty", f"{text!r} came", where)
    return found.value, found.standard_uncertainty
