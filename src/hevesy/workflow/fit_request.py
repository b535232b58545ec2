"""What ``hevesy fit`` is asked for, read from text."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hevesy.domain import Tail
from hevesy.errors import InputError
from hevesy.integrate import EXPECTED_SCATTER, SHARED, FitSettings, Scatter, Share
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain, exact, parse_quantity

LAST_SCAN = "last-scan"
_SIGN = re.compile(r"\+-|\+/-|±")
_RATES = "rates"


@dataclass(frozen=True)
class FitRequest:
    """Every choice of the command; what is text is read by the functions of this module."""

    table: Path
    nuclide: str
    method: str = "fit"
    model: str = "auto"
    columns: str | None = None
    """Headers of the file: ``region=organ,time_h=t_h``."""
    ignored: tuple[str, ...] = ()
    """Headers left out."""
    decay_corrected: bool = False
    """Whether the activities are corrected for decay to the start of the administration."""
    until: str | None = None
    """A time such as ``72 h``, or ``last-scan``; to infinity without it."""
    tail: str | None = None
    """``physical``, ``fitted`` or a half-life such as ``51 h +- 5 h``."""
    shares: str | None = None
    """``uptake:REGION,REGION;washout:REGION,REGION``."""
    robust: bool = False
    relative_standard_uncertainty: str | None = None
    """Of every activity, where the table has no column for it."""
    scatter_between_scans: str | None = None
    """Relative scatter beyond what the points state."""
    check_samples: int = 0
    """Draws to check the uncertainty with; none for zero."""
    seed: int = 0


def uncertain_quantity(text: str, kind: str, option: str, source: str) -> Uncertain:
    """Read ``51 h +- 5 h`` (or with ±): a positive value and its standard uncertainty, each with its unit.

    Parameters
    ----------
    text, kind, option
        As for :func:`hevesy.quantities.parse_quantity`.
    source
        Name of the uncertainty.

    Raises
    ------
    InputError
        If a part is missing, has no unit, or is not positive.
    """
    parts = _SIGN.split(text)
    if len(parts) != 2:
        raise InputError(f"a {kind} with its standard uncertainty such as '51 h +- 5 h'", f"{text!r} came", option)
    value, spread = (parse_quantity(part, kind, option) for part in parts)
    if not (value > 0.0 and spread > 0.0):
        raise InputError(f"a positive {kind} and standard uncertainty", f"{text!r} came", option)
    return Uncertain(value, {source: spread})


def fit_settings(request: FitRequest, nuclide: Nuclide, *, stated: bool) -> FitSettings:
    """What is common to all regions; the tail and an end at the last scan are those of a region.

    Parameters
    ----------
    request
        What was asked.
    nuclide
        Its half-life.
    stated
        Whether every activity has a standard uncertainty: then that is all there is unless a scatter is given as well.

    Raises
    ------
    InputError
        If a text is not what it has to be, or choices contradict each other.
    """
    until = None
    if request.until is not None and request.until != LAST_SCAN:
        until = parse_quantity(request.until, "time", "--until")
        if until <= 0.0:
            raise InputError("a time after the administration or last-scan", f"{request.until!r} came", "--until")
    if request.model == "trapezoid" and request.tail is None and request.until != LAST_SCAN:
        raise InputError("physical, fitted or a half-life with the model trapezoid", "no tail came", "--tail")
    if request.tail == "fitted" and request.robust:
        raise InputError("a robust fit without straight lines", "both came", "--robust")
    return FitSettings(
        physical_half_life_s=nuclide.half_life_s,
        model=request.model,
        fitted_tail=request.tail == "fitted",
        scatter=_scatter(request.scatter_between_scans, stated=stated),
        until_s=until,
        robust=request.robust,
    )


def _scatter(text: str | None, *, stated: bool) -> Scatter:
    if text is None:
        return Scatter(0.0, EXPECTED_SCATTER.degrees_of_freedom) if stated else EXPECTED_SCATTER
    return Scatter(ratio(text, "--scatter-between-scans"), EXPECTED_SCATTER.degrees_of_freedom)


def ratio(text: str, option: str) -> float:
    """A ratio between zero and one, neither included.

    Raises
    ------
    InputError
        If it is none.
    """
    value = parse_quantity(text, "ratio", option)
    if not 0.0 < value < 1.0:
        raise InputError("a ratio above 0 and below 1, such as 5 %", f"{text!r} came", option)
    return value


def tail_of(text: str | None, region: str, nuclide: Nuclide) -> Tail | None:
    """The tail of one region.

    Raises
    ------
    InputError
        If the text is no tail, or its half-life is longer than that of the nuclide.
    """
    if text is None or text == "fitted":
        return None
    if text == "physical":
        return Tail(exact(nuclide.half_life_s), "physical decay")
    if _SIGN.search(text) is None:
        raise InputError("physical, fitted or a half-life such as '51 h +- 5 h'", f"{text!r} came", "--tail")
    half_life = uncertain_quantity(text, "time", "--tail", f"tail:{region}")
    if half_life.value > nuclide.half_life_s:
        physical = f"at most the physical half-life of {nuclide.half_life_s / 3600.0:.4g} h"
        raise InputError(physical, f"{text!r} came", "--tail")
    return Tail(half_life, "as given with --tail")


def parse_shares(text: str | None, regions: Collection[str]) -> tuple[Share, ...]:
    """Read ``uptake:REGION,REGION;washout:REGION,REGION``; ``rates`` stands for both.

    Raises
    ------
    InputError
        If it is no such list, names an unknown region, or one region twice for the same rate.
    """
    if text is None:
        return ()
    shares: list[Share] = []
    for part in text.split(";"):
        what, colon, names = (piece.strip() for piece in part.partition(":"))
        members = tuple(name.strip() for name in names.split(","))
        if not colon or what not in {*SHARED, _RATES} or len(members) < 2:
            raise InputError(
                "a list such as 'uptake:kidney_left,kidney_right;washout:kidney_left,kidney_right'",
                f"{part.strip()!r} came",
                "--share",
            )
        shares += [Share(kind, members) for kind in (SHARED if what == _RATES else (what,))]
    _check_shares(shares, regions)
    return tuple(shares)


def _check_shares(shares: list[Share], regions: Collection[str]) -> None:
    seen: set[tuple[str, str]] = set()
    for share in shares:
        for region in share.regions:
            if region not in regions:
                raise InputError("regions of the table", "a name that it lacks came", "--share")
            if (share.what, region) in seen:
                raise InputError("a region once for each shared rate", "one came twice", "--share")
            seen.add((share.what, region))


def groups_of(shares: tuple[Share, ...]) -> tuple[tuple[str, ...], ...]:
    """Regions that have to be fitted together, in the order in which they are named."""
    groups: list[dict[str, None]] = []
    for share in shares:
        together = dict.fromkeys(share.regions)
        for other in [g for g in groups if g.keys() & together.keys()]:
            together = {**other, **together}
            groups.remove(other)
        groups.append(together)
    return tuple(tuple(group) for group in groups)


def is_finite_positive(value: float) -> bool:
    """Whether a number is positive and finite."""
    return math.isfinite(value) and value > 0.0
