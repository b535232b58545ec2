"""Text with a unit and a standard uncertainty to an uncertain value."""

from __future__ import annotations

import re

from hevesy.errors import InputError
from hevesy.quantities.uncertain import Uncertain, exact
from hevesy.quantities.units import parse_quantity

_SPREAD = re.compile(r"\s*(?:\+-|\+/-|±)\s*")


def parse_uncertain(text: str, kind: str, source: str, where: str = "") -> Uncertain:
    """Read ``"7.4 GBq +- 2 %"``, ``"1.0 +- 0.2"`` or ``"75 kg"``.

    The uncertainty is a standard uncertainty, in the unit of the value or, except for a bare ratio, in percent of it;
    without one the value is exact.

    Parameters
    ----------
    text
        Value, and behind ``+-``, ``+/-`` or ``±`` its standard uncertainty.
    kind
        As in :func:`hevesy.quantities.parse_quantity`.
    source
        Name of the uncertainty, ``kind:scope``.
    where
        Option or key, named in the error.

    Raises
    ------
    InputError
        If either part is no quantity of the kind, the uncertainty is not positive, or a percentage is given for the
        uncertainty of a bare ratio, where it could mean two things.
    """
    parts = _SPREAD.split(text.strip())
    if len(parts) > 2 or not all(parts):
        raise InputError("a value, or a value +- its standard uncertainty", f"{text.strip()!r} came", where)
    value = parse_quantity(parts[0], kind, where)
    if len(parts) == 1:
        return exact(value)
    spread = _spread(parts[1], value, kind, percent=parts[0].rstrip().endswith("%"), where=where)
    if not spread > 0:
        raise InputError("a positive standard uncertainty", f"{parts[1]!r} came", where)
    return Uncertain(value, {source: spread})


def _spread(text: str, value: float, kind: str, *, percent: bool, where: str) -> float:
    if not text.rstrip().endswith("%"):
        return parse_quantity(text, kind, where)
    share = parse_quantity(text, "ratio", where)
    if kind != "ratio":
        return share * abs(value)
    if percent:
        return share
    raise InputError("the uncertainty of a ratio as a number like the ratio itself", f"{text!r} came", where)
