"""Numbers as text, rounded to what their uncertainty supports."""

from __future__ import annotations

from datetime import datetime

from hevesy.report.estimate_model import EstimateModel

MISSING = "–"
_DIGITS_OF_UNCERTAINTY = 2


def _decimals(number: float, digits: int) -> int:
    """Decimal places that show this many significant digits, after rounding; negative left of the point."""
    exponent = int(f"{abs(number):.{digits - 1}e}".partition("e")[2])
    return digits - 1 - exponent


def fixed(number: float, decimals: int) -> str:
    """With this many decimal places (negative: rounded left of the point), a true minus and no exponent."""
    rounded = round(number, decimals)
    text = f"{rounded:.{max(decimals, 0)}f}"
    return text.replace("-", "−") if rounded else text.replace("-", "")


def significant(number: float | None, digits: int = 3) -> str:
    """With this many significant digits; very large and very small numbers with a power of ten."""
    if number is None:
        return MISSING
    if number == 0:
        return "0"
    if not 1e-4 <= abs(number) < 1e7:
        mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
        return f"{mantissa}·10^{int(exponent)}".replace("-", "−")
    return fixed(number, _decimals(number, digits))


def estimate(given: EstimateModel, factor: float = 1.0) -> str:
    """Value and standard uncertainty, ``12.3 ± 1.5``; a dash where there is no value.

    Rounded to two digits of the uncertainty, with unbreakable spaces.

    Parameters
    ----------
    given
        The estimate.
    factor
        What to multiply with for the unit shown.
    """
    if given.value is None:
        return MISSING
    value, spread = given.value * factor, (given.standard_uncertainty or 0.0) * factor
    if spread == 0.0:
        return significant(value, 4)
    decimals = _decimals(spread, _DIGITS_OF_UNCERTAINTY)
    return f"{fixed(value, decimals)}\u00a0±\u00a0{fixed(spread, decimals)}"


def interval(given: EstimateModel, factor: float = 1.0) -> str:
    """95 % interval, ``9.7 to 15.6``; never rounded down to nothing; a dash where there is none."""
    if given.interval95 is None:
        return MISSING
    low, high = (end * factor for end in given.interval95)
    width = (high - low) / 4.0
    if width <= 0:
        return f"{significant(low, 4)} to {significant(high, 4)}"
    decimals = _decimals(width, _DIGITS_OF_UNCERTAINTY)
    shown = fixed(low, decimals)
    if low > 0 and round(low, decimals) == 0:
        shown = significant(low, _DIGITS_OF_UNCERTAINTY)
    return f"{shown} to {fixed(high, decimals)}"


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction in percent."""
    return MISSING if fraction is None else f"{significant(100.0 * fraction, digits)} %"


def relative_uncertainty(given: EstimateModel) -> float | None:
    """Standard uncertainty over the value, where both exist and the value is not zero."""
    if not given.value or given.standard_uncertainty is None:
        return None
    return given.standard_uncertainty / abs(given.value)


def moment(text: str | None, absent: str = MISSING) -> str:
    """An ISO time to the second, with a space instead of the T; anything else unchanged."""
    if text is None:
        return absent
    try:
        return datetime.fromisoformat(text).isoformat(sep=" ", timespec="seconds")
    except ValueError:
        return text
