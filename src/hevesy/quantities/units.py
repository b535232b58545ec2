"""Text with units to SI numbers: the one border where units are parsed."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hevesy.errors import InputError

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_UNIT = re.compile(r"^[A-Za-zµμ%*/ ]*(\*\*-?[1-3])?$")

_TARGETS = {
    "activity": ("Bq", "a unit of activity such as MBq or GBq"),
    "absorbed dose": ("Gy", "a unit of absorbed dose such as Gy or mGy"),
    "time": ("s", "a unit of time such as s, min, h or d"),
    "mass": ("kg", "a unit of mass such as g or kg"),
    "volume": ("ml", "a unit of volume such as ml or l"),
    "length": ("mm", "a unit of length such as mm or cm"),
    "density": ("g/ml", "a unit of density such as g/ml or kg/m**3"),
    "activity concentration": ("Bq/ml", "a unit of activity concentration such as kBq/ml"),
    "specific activity": ("Bq/mg", "a unit of activity by mass such as MBq/mg"),
    "count rate": ("1/s", "a unit of count rate such as cps or kcps"),
    "sensitivity": ("1/s/Bq", "a unit of sensitivity such as cps/MBq"),
    "particle energy": ("MeV", "a unit of energy such as keV or MeV"),
    "energy per activity": ("J/Bq", "a unit of energy per activity such as J/GBq"),
    "memory": ("byte", "a unit of memory such as GiB or MB"),
    "ratio": ("", "a number or a percentage such as 5 %"),
}


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    registry: pint.UnitRegistry[Any] = pint.UnitRegistry(None)
    # Only what the field writes; Bq is no Hz and Gy is no Sv here, so that kinds cannot turn into each other.
    for definition in (
        "second = [time] = s = _ = sec",
        "minute = 60 * second = min",
        "hour = 60 * minute = h = hr",
        "day = 24 * hour = d",
        "meter = [length] = m = _ = metre",
        "liter = 1e-3 * meter ** 3 = l = L = litre",
        "gram = [mass] = g",
        "becquerel = [activity] = Bq",
        "curie = 3.7e10 * becquerel = Ci",
        "gray = [absorbed_dose] = Gy",
        "sievert = [equivalent_dose] = Sv",
        "count = [count] = counts",
        "cps = 1 / second",
        "joule = 1000 * gram * gray = J",
        "electronvolt = [particle_energy] = eV",
        "byte = [information] = B",
        "percent = 0.01 = %",
        "milli- = 1e-3 = m-",
        "micro- = 1e-6 = µ- = u- = μ-",
        "nano- = 1e-9 = n-",
        "centi- = 1e-2 = c-",
        "kilo- = 1e3 = k-",
        "mega- = 1e6 = M-",
        "giga- = 1e9 = G-",
        "tera- = 1e12 = T-",
        "mebi- = 1048576 = Mi-",
        "gibi- = 1073741824 = Gi-",
    ):
        registry.define(definition)
    return registry


def parse_quantity(text: object, kind: str, where: str = "") -> float:
    """Read a quantity such as ``"7.4 GBq"`` as a float in the unit Hevesy uses inside.

    Parameters
    ----------
    text
        Number and unit. A bare number is refused, except for the kind ``ratio``.
    kind
        One of the kinds in this module: ``activity`` [Bq], ``absorbed dose`` [Gy], ``time`` [s], ``mass`` [kg],
        ``volume`` [ml], ``length`` [mm], ``density`` [g/ml], ``activity concentration`` [Bq/ml],
        ``count rate`` [counts per s], ``sensitivity`` [counts per s and Bq],
        ``specific activity`` [Bq/mg], ``energy per activity`` [J/Bq], ``memory`` [byte], ``ratio`` [1].
    where
        Option or key, named in the error.

    Raises
    ------
    InputError
        If the unit is missing, unknown or of another kind, or the number is not finite.
    """
    target, wanted = _TARGETS[kind]
    shown = str(text).strip()
    if kind == "ratio" and isinstance(text, int | float) and not isinstance(text, bool):
        return parse_bare(text, where)
    match = _NUMBER.match(shown)
    if isinstance(text, bool) or not isinstance(text, str | int | float) or match is None:
        raise InputError(f"a number with {wanted}", f"{shown!r} came", where)
    unit = shown[match.end() :].strip().replace("·", "*")
    number = float(match.group())
    if not unit and kind != "ratio":
        raise InputError(f"a number with {wanted}", f"{shown!r} has no unit", where)
    if unit.startswith(","):
        raise InputError("a decimal point, not a comma", f"{shown!r} came", where)
    if _UNIT.match(unit) is None:
        raise InputError(wanted, f"{shown!r} came", where)
    import pint

    registry = _registry()
    try:
        factor = registry.Quantity(1.0, unit.replace("%", "percent") or "").to(target).magnitude
    except (
        pint.errors.PintError,
        AttributeError,
        ValueError,
        TypeError,
        SyntaxError,
        AssertionError,
    ) as error:
        raise InputError(wanted, f"{shown!r} came", where) from error
    return parse_bare(number * float(factor), where)


def parse_bare(number: object, where: str = "") -> float:
    """Read a finite bare number.

    Raises
    ------
    InputError
        If it is no finite number.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        raise InputError("a number", f"{number!r} came", where)
    try:
        value = float(number)
    except ValueError as error:
        raise InputError("a number", f"{number!r} came", where) from error
    if not math.isfinite(value):
        raise InputError("a finite number", f"{number!r} came", where)
    return value
