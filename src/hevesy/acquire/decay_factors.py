r"""Whether the decay factors and times of the files of one series fit the moment that Decay Correction names.

PS3.3 C.8.9.1.1.5: if decay correction is applied, all images of a PET series are corrected to the same time, START
being the acquisition start. With several beds that is the start of the first one. Decay Factor is what the scanner
multiplied a file's values with, so that of a file acquired from :math:`t` to :math:`t + T` after that moment lies
between

.. math:: e^{\lambda t} \quad\text{and}\quad e^{\lambda (t + T)}.

Frame Reference Time counts from one moment of the series, so between two beds it must grow as Acquisition Time does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.timing import started
from hevesy.acquire.values import number
from hevesy.domain import DecayReference, Finding

TOLERANCE = 0.005
"""Relative difference of an activity that times and factors may make without a word."""
_FOLLOWED = {
    DecayReference.ACQUISITION: "values already decay-corrected to the start of the acquisition",
    DecayReference.ADMINISTRATION: "values already decay-corrected to the administration",
    DecayReference.NONE: "values not decay-corrected",
}
_MOST_HALF_LIVES = 144.0
"""Beyond this the times themselves are wrong, which is told elsewhere."""


@dataclass(frozen=True)
class _Bed:
    """One file in time: seconds after the first start of the series."""

    offset_s: float
    duration_s: float
    factor: float | None
    reference_s: float | None


@dataclass(frozen=True)
class _Limits:
    """Where a decay factor must lie."""

    low: float
    high: float

    def holds(self, factor: float) -> bool:
        return self.low * (1 - TOLERANCE) <= factor <= self.high * (1 + TOLERANCE)


def factor_findings(
    datasets: Sequence[Dataset],
    reference: DecayReference,
    half_life_s: float | None,
    administered: datetime | None,
    duration_s: float | None,
) -> list[Finding]:
    """Compare decay factors and times of the files of one series.

    Parameters
    ----------
    datasets
        Headers of its files.
    reference
        The moment that Decay Correction names.
    half_life_s
        Physical half-life; None where it is not known. [s]
    administered
        Start of the administration, where it is known.
    duration_s
        Of the whole acquisition: the length of a bed that states none. [s]
    """
    if reference is DecayReference.NONE:
        wrong = [f for d in datasets if (f := number(d, "DecayFactor")) is not None and abs(f - 1) > TOLERANCE]
        found = [_contradiction(_Limits(1.0, 1.0), wrong[0])] if wrong else []
        return [*found, *_uncorrected_beds(datasets, half_life_s)]
    starts = [moment.value for dataset in datasets if (moment := started(dataset)) is not None]
    if half_life_s is None or not starts or len(starts) < len(datasets):
        return []
    first = min(starts)
    zero = administered if reference is DecayReference.ADMINISTRATION else first
    lag = (first - zero).total_seconds() if zero is not None else None
    beds = [_bed(d, (s - first).total_seconds(), duration_s) for d, s in zip(datasets, starts, strict=True)]
    if lag is None or max(abs(lag) + bed.offset_s + bed.duration_s for bed in beds) > _MOST_HALF_LIVES * half_life_s:
        return []
    return _corrected_beds(beds, lag, math.log(2) / half_life_s, reference)


def _bed(dataset: Dataset, offset_s: float, duration_s: float | None) -> _Bed:
    own, reference = number(dataset, "ActualFrameDuration"), number(dataset, "FrameReferenceTime")
    return _Bed(
        offset_s,
        own / 1000.0 if own is not None and own > 0 else duration_s or 0.0,
        number(dataset, "DecayFactor"),
        reference / 1000.0 if reference is not None else None,
    )


def _limits(bed: _Bed, lag_s: float, rate: float) -> _Limits:
    return _Limits(math.exp(rate * lag_s), math.exp(rate * (lag_s + bed.duration_s)))


def _corrected_beds(beds: Sequence[_Bed], lag: float, rate: float, reference: DecayReference) -> list[Finding]:
    with_factor = [(bed, bed.factor, _limits(bed, lag + bed.offset_s, rate)) for bed in beds if bed.factor is not None]
    wrong = [(factor, limits) for _, factor, limits in with_factor if not limits.holds(factor)]
    times = _reference_times(beds, rate)
    if not wrong:
        telling = any(factor != 1.0 for _, factor, _ in with_factor)
        return [notice(*times) if telling else blocking(*times)] if times else []
    factors = {factor for _, factor, _ in with_factor}
    widest = _Limits(min(limits.low for _, limits in wrong), max(limits.high for _, limits in wrong))
    beds_matter = rate * max(bed.offset_s for bed in beds) > math.log1p(TOLERANCE)
    if factors == {1.0} and not (reference is DecayReference.ACQUISITION and beds_matter):
        came = f"Decay Factor says 1; Decay Correction is followed: {_FOLLOWED[reference]}"
        return [notice("decay-factor-contradiction", _words(widest), came)]
    if reference is DecayReference.ACQUISITION and beds_matter and _fit_own_start(with_factor, rate):
        expected = f"every bed corrected to one moment, the first start, with a Decay Factor up to {widest.high:.4g}"
        came = f"Decay Factors of {min(factors):.6g} to {max(factors):.6g} fit each bed's own start"
        if factors == {1.0}:
            came = "Decay Factor says 1 in every bed, which leaves open whose start is meant"
        return [blocking("decay-reference-of-beds", expected, came)]
    return [_contradiction(widest, wrong[0][0])]


def _fit_own_start(with_factor: Sequence[tuple[_Bed, float, _Limits]], rate: float) -> bool:
    return all(_limits(bed, 0.0, rate).holds(factor) for bed, factor, _ in with_factor)


def _words(limits: _Limits) -> str:
    return f"a Decay Factor of {limits.low:.4g} to {limits.high:.4g}"


def _contradiction(limits: _Limits, factor: float) -> Finding:
    return blocking("decay-factor-contradiction", _words(limits), f"Decay Factor says {factor:.6g}")


def _reference_times(beds: Sequence[_Bed], rate: float) -> tuple[str, str, str] | None:
    """The finding where Frame Reference Time does not grow from bed to bed as Acquisition Time does."""
    inside = [bed.reference_s - bed.offset_s for bed in beds if bed.reference_s is not None]
    if len(inside) < len(beds) or rate * (max(inside) - min(inside)) <= math.log1p(TOLERANCE):
        return None
    came = f"against it, it drifts by {max(inside) - min(inside):.6g} s"
    return "frame-reference-time-contradiction", "Frame Reference Time to grow as Acquisition Time", came


def _uncorrected_beds(datasets: Sequence[Dataset], half_life_s: float | None) -> list[Finding]:
    starts = [moment.value for dataset in datasets if (moment := started(dataset)) is not None]
    if half_life_s is None or len(starts) < 2:
        return []
    span = (max(starts) - min(starts)).total_seconds()
    if math.log(2) * span <= math.log1p(TOLERANCE) * half_life_s:
        return []
    came = f"beds that start {span:.6g} s apart are not corrected, so their values are of different moments"
    return [blocking("decay-between-beds", "values of one moment, or negligible decay between beds", came)]
