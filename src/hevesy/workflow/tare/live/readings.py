"""Moments and readings of the fractions: their order, and what each one delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from hevesy.decide.tare import decay_to
from hevesy.errors import AdministrationError, InputError
from hevesy.quantify import Batch, activity_per_mg_at
from hevesy.quantities import Uncertain, exact
from hevesy.workflow.config.holmium import BatchSettings
from hevesy.workflow.holmium import NUCLIDE, batch_of, half_life_s, local_time
from hevesy.workflow.tare.live.settings import FractionSettings, LiveFile, Meter

_CLOCKS = timedelta(minutes=1)
"""Between a stated start of an acquisition and that of its files."""


def check_order(content: LiveFile) -> None:
    """Refuse readings and injections that are not in order.

    Raises
    ------
    AdministrationError
        If an injection comes before the one before it, or a reading at the wrong side of its injection.
    StudyFileError
        If a batch is not known.
    """
    known = {batch.name for batch in content.batches}
    for one in content.fractions:
        where = f"fractions, {one.name}"
        if one.batch is not None and one.batch not in known:
            raise InputError(f"one of the batches {', '.join(sorted(known))}", f"{one.batch!r} came", where)
        if one.given.at > one.injected:
            raise AdministrationError("a reading before the injection", f"{_clock(one.given.at)} came", where)
        if one.residual.at < one.injected:
            came = f"a residual read at {_clock(one.residual.at)} came, injected at {_clock(one.injected)}"
            raise AdministrationError("a residual read after the injection", came, where)
    for earlier, later in pairwise(content.fractions):
        if later.injected <= earlier.injected:
            came = f"{_clock(later.injected)} came"
            expected = f"an injection after that of {earlier.name} at {_clock(earlier.injected)}"
            raise AdministrationError(expected, came, f"fractions, {later.name}")


def delivered(fraction: FractionSettings, meter: Meter) -> Uncertain:
    """Given less residual at the injection, with the meter's own source for both. [Bq]

    Raises
    ------
    AdministrationError
        If nothing is left of what was given.
    """
    given = decay_to(fraction.given.activity, NUCLIDE, fraction.given.at, fraction.injected)
    left = decay_to(fraction.residual.activity, NUCLIDE, fraction.residual.at, fraction.injected)
    if left >= given:
        came = f"{left / 1e6:.4g} of {given / 1e6:.4g} MBq were left"
        raise AdministrationError("less residual than given activity", came, f"fractions, {fraction.name}, residual")
    components = {
        f"meter:{meter.name}": (given - left) * meter.relative_standard_uncertainty,
        f"residual:{fraction.name}": left * fraction.residual.relative_standard_uncertainty,
    }
    return Uncertain(given - left, components)


def activity_per_amount(fraction: FractionSettings, batches: Sequence[BatchSettings], reference: datetime) -> Uncertain:
    """Activity at the injection of each unit of the amounts: of the batch [Bq/mg], or from the reference moment [1]."""
    if fraction.batch is None:
        return exact(decay_factor(reference, fraction.injected))
    (stated,) = (one for one in batches if one.name == fraction.batch)
    batch: Batch = batch_of(stated)
    return activity_per_mg_at(batch, fraction.injected, half_life_s())


def decay_factor(start: datetime, end: datetime) -> float:
    """Activity at the end over that at the start. [1]"""
    return float(2.0 ** (-(end - start).total_seconds() / half_life_s()))


def acquisition_of(fraction: FractionSettings, by_files: datetime | None) -> datetime:
    """When the image after a fraction was taken, in the local time of the injection's zone.

    Files that state no offset from UTC have that local time.

    Raises
    ------
    InputError
        If neither the files nor the settings tell, or they contradict each other.
    """
    where = f"fractions, {fraction.name}"
    stated = fraction.acquired or (fraction.map.at if fraction.map is not None else None)
    zone = fraction.injected.tzinfo
    local = None if stated is None else local_time(stated, zone)
    if by_files is None:
        if local is None:
            raise InputError("the start of the acquisition in the files, or 'acquired'", "none came", where)
        return local
    filed = local_time(by_files, zone)
    if local is not None and abs(filed - local) > _CLOCKS:
        raise InputError(f"an acquisition at {_clock(local)} as stated", f"the files say {_clock(filed)}", where)
    return filed


def check_acquisition(content: LiveFile, number: int, acquired: datetime) -> None:
    """Refuse an image that was not taken between its fraction and the next.

    Parameters
    ----------
    content
        The file.
    number
        Of the fraction, from 0.
    acquired
        Start of the acquisition, local time.

    Raises
    ------
    AdministrationError
        If it was not.
    """
    fraction = content.fractions[number]
    zone = fraction.injected.tzinfo
    where = f"fractions, {fraction.name}"
    if acquired < fraction.injected.replace(tzinfo=None):
        expected = f"an image after the injection at {_clock(fraction.injected)}"
        raise AdministrationError(expected, f"one of {_clock(acquired)} came: it belongs to an earlier fraction", where)
    for later in content.fractions[number + 1 : number + 2]:
        if acquired >= local_time(later.injected, zone):
            expected = f"an image before the injection of {later.name} at {_clock(later.injected)}"
            raise AdministrationError(expected, f"one of {_clock(acquired)} came", where)


def _clock(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
