"""Whole-body retention from readings of a probe or dose-rate meter at a fixed distance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.errors import InputError, ScaleError
from hevesy.quantities import Uncertain, combine, exact, multiply_powers, scaled

WHOLE_BODY = "Whole_body"
"""Name of the curve."""
_RISE = 3.0
"""Standard uncertainties by which a reading may show more than was administered before it is told."""


@dataclass(frozen=True)
class ProbeReading:
    """One reading, from in front and, where it was taken, from behind."""

    time_s: float
    """Start of the administration to the reading. [s]"""
    views: tuple[float, ...]
    """Anterior and posterior, background included: counts, or a dose rate."""
    background: float
    """In the unit of the views."""
    voided: bool
    """Whether the patient had emptied the bladder, or lost activity otherwise, since the administration."""
    relative_standard_uncertainty: float
    """From position and from where in the body the activity is, of this reading alone."""
    counted: bool
    """Whether the views are counts, all in one counting time."""
    where: str
    """Place in the file, for messages."""


def net_reading(reading: ProbeReading) -> Uncertain:
    r"""Geometric mean of the views less background.

    .. math:: G = \sqrt{(C_a - B)(C_p - B)}

    The background's own counting error is in both views; it is carried as one.

    Raises
    ------
    ScaleError
        If a view is not above the background.
    """
    scope = f"{WHOLE_BODY}@{reading.time_s / 3600.0:.6g}h"
    nets = []
    for name, value in zip(("anterior", "posterior"), reading.views, strict=False):
        if not value > reading.background:
            raise ScaleError(
                f"a reading above the background of {reading.background:g}", f"{value:g} came", reading.where
            )
        u = {f"counts:{scope}.{name}": math.sqrt(value)} if reading.counted else {}
        shared = {f"counts:{scope}.background": -math.sqrt(reading.background)} if reading.counted else {}
        nets.append(Uncertain(value - reading.background, {**u, **shared}))
    mean = multiply_powers(*((net, 1.0 / len(nets)) for net in nets))
    position = {f"probe-position:{scope}": reading.relative_standard_uncertainty * mean.value}
    return Uncertain(mean.value, {**mean.components, **position})


def retention_curve(readings: Sequence[ProbeReading], administered: Uncertain, half_life_s: float) -> TimeActivityCurve:
    r"""Activity in the whole body, the first reading standing for all that was administered.

    .. math:: A(t_k) = A_0\, 2^{-t_1/T}\, G_k / G_1

    The error of the first reading is in all later ones, which stay correlated through it.

    Parameters
    ----------
    readings
        In time order, the first one before anything was excreted.
    administered
        Net, at the start of the administration. [Bq]
    half_life_s
        Physical. [s]

    Raises
    ------
    InputError
        If the first reading came after voiding, a later one says that the patient had not voided after one that says
        so, or some have one view and others two.
    ScaleError
        If a reading is not above its background.

    References
    ----------
    .. [1] C. Hindorf et al., Eur. J. Nucl. Med. Mol. Imaging 37 (2010) 1238, doi:10.1007/s00259-010-1422-4
    """
    _check(readings)
    first = net_reading(readings[0])
    at_first = scaled(administered, math.exp2(-readings[0].time_s / half_life_s))
    points = [MeasuredActivity(readings[0].time_s, at_first)]
    for reading in readings[1:]:
        activity = multiply_powers((at_first, 1.0), (net_reading(reading), 1.0), (first, -1.0))
        points.append(MeasuredActivity(reading.time_s, activity))
    return TimeActivityCurve(WHOLE_BODY, tuple(points))


def _check(readings: Sequence[ProbeReading]) -> None:
    if len(readings) < 2:
        raise InputError("two probe readings or more", f"{len(readings)} came", readings[0].where if readings else "")
    if readings[0].voided:
        raise InputError(
            "a first reading before the patient voids: it stands for the administered activity",
            "one after voiding came",
            readings[0].where,
        )
    for earlier, later in itertools.pairwise(readings):
        if earlier.voided and not later.voided:
            raise InputError("'yes' for every reading after the first voiding", "'no' came", later.where)
        if len(earlier.views) != len(later.views):
            raise InputError("the same views at every reading", "another number came", later.where)


def excreted_fractions(curve: TimeActivityCurve, administered: Uncertain, half_life_s: float) -> tuple[Uncertain, ...]:
    r"""Share of the administered activity that had left the body at each reading, decay apart.

    .. math:: f_k = 1 - \frac{A(t_k)}{A_0\, 2^{-t_k/T}}
    """
    found = [exact(0.0)]  # the first reading stands for all that was administered
    for point in curve.points[1:]:
        kept = multiply_powers((point.activity, 1.0), (administered, -1.0))
        grown = math.exp2(point.time_s / half_life_s)
        found.append(combine(1.0 - kept.value * grown, [(kept, -grown)]))
    return tuple(found)


def retention_findings(fractions: Sequence[Uncertain], readings: Sequence[ProbeReading]) -> tuple[str, ...]:
    """What is doubtful about the readings."""
    found = []
    if len(readings[0].views) == 1:
        found.append("whole-body probe: one view alone, no geometric mean; the reading depends on depth")
    for fraction, reading in zip(fractions, readings, strict=True):
        if fraction.value < -_RISE * fraction.standard_uncertainty and fraction.value < -1e-9:
            found.append(
                f"whole-body probe: the reading at {reading.time_s / 3600.0:.4g} h shows {1.0 - fraction.value:.1%} of "
                "the administered activity, decay apart"
            )
    return tuple(found)
