"""Dead time: what the camera lost of a scan, from its mean count rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hevesy.errors import InputError, ScaleError
from hevesy.numerics.dead_time import (
    DeadTimeModel,
    amplification,
    factor_by_dead_time,
    largest_observed_rate,
    true_rate,
)
from hevesy.numerics.dead_time_fit import DeadTimeFit, fit_dead_time
from hevesy.quantify.count_rates import CountRateCurve
from hevesy.quantities import Uncertain, combine

LARGEST_AMPLIFICATION = 2.0
"""Relative change of the corrected rate per relative change of the observed one, above which nothing is corrected:
nτ = 1/2 of a paralysable detector (82 % of the largest rate it can record), nτ = 1 of a non-paralysable one."""
_MARGIN = 3.0
"""Standard uncertainties of the dead time that the limits keep."""
_OTHER_MODEL = 10.83
"""Rise of chi-square above which the other model describes the curve better (99.9 % for one degree of freedom)."""
_MODELS: tuple[DeadTimeModel, DeadTimeModel] = ("paralysable", "non-paralysable")


@dataclass(frozen=True)
class DeadTime:
    """Dead time of one camera with one nuclide: one source of uncertainty."""

    model: DeadTimeModel
    dead_time: Uncertain
    """With the source ``dead-time:<name>``. [s]"""
    name: str
    source: str
    largest_measured: float = math.inf
    """Largest observed rate of the curve it was fitted to; nothing is extrapolated above it. [1/s]"""
    chi_square: float | None = None
    degrees_of_freedom: int | None = None


@dataclass(frozen=True)
class CountRate:
    """Detected (not reconstructed) count rate of one acquisition, of one detector. [1/s]"""

    mean: float
    lowest: float
    """Of any view. [1/s]"""
    highest: float
    """Of any view. [1/s]"""
    relative_standard_uncertainty: float
    """Of the mean."""


def measured_dead_time(curve: CountRateCurve, model: DeadTimeModel, *, name: str, source: str) -> DeadTime:
    """Fit the dead time to a measured curve.

    Parameters
    ----------
    curve
        Observed count rates.
    model
        ``paralysable`` or ``non-paralysable``.
    name, source
        Of the uncertainty source ``dead-time:<name>``; of the curve, for the report.

    Raises
    ------
    InputError
        If the curve does not determine the dead time, or the other model describes it better: its chi-square is lower
        by more than 10.83, times its own per degree of freedom where that is above 1.
    """
    fit = _fit(curve, model, source)
    other_model = next(m for m in _MODELS if m != model)
    try:
        other = _fit(curve, other_model, source)
    except InputError:
        other = None
    if other is not None:
        scatter = max(1.0, other.chi_square / other.degrees_of_freedom)
        if fit.chi_square - other.chi_square > _OTHER_MODEL * scatter:
            raise InputError(
                f"a curve of a {model} detector",
                f"it fits a {other_model} one better (chi-square {other.chi_square:.1f} against {fit.chi_square:.1f})",
                source,
            )
    return DeadTime(
        model=model,
        dead_time=Uncertain(fit.dead_time_s, {f"dead-time:{name}": fit.standard_uncertainty_s}),
        name=name,
        source=source,
        largest_measured=float(np.max(curve.points.observed)),
        chi_square=fit.chi_square,
        degrees_of_freedom=fit.degrees_of_freedom,
    )


def _fit(curve: CountRateCurve, model: DeadTimeModel, source: str) -> DeadTimeFit:
    try:
        return fit_dead_time(curve.points, model, free_sensitivity=curve.relative)
    except ValueError as error:
        raise InputError(f"a curve that determines the dead time of a {model} detector", str(error), source) from error


def loss_factor(dead_time: DeadTime, rate: CountRate, *, scan: str) -> Uncertain:
    r"""True over observed counts of an acquisition, from its mean count rate, *n/m* of the model.

    Losses differ from view to view. With rates between *a* and *b* and the mean *m*, the counts lost in all views
    together are those at the mean rate, *n(m)*, and more: since *n* is convex in the rate, the mean of *n* lies
    between *n(m)* and the chord from *n(a)* to *n(b)*. The factor of a single voxel is a mean of the factors of the
    views that saw it, between *n(a)/a* and *n(b)/b*. Both widths, as rectangular distributions, make the source
    ``dead-time:<name>.views``, common to all scans because the patient attenuates the same views each time.

    Further sources: ``dead-time:<name>`` of the dead time itself, and ``count-rate:<scan>`` of the mean rate.

    Parameters
    ----------
    dead_time
        Of the camera.
    rate
        Of the acquisition. [1/s]
    scan
        Name of the acquisition, for the source and the message.

    Returns
    -------
    Factor of at least 1.

    Raises
    ------
    ScaleError
        If the rates are not in order, above the largest that the curve measured, or so near the largest that the
        detector can record that a small error of the rate is more than doubled (or the solution ambiguous).

    References
    ----------
    .. [1] EJNMMI Phys. 9 (2022), Impact of the dead-time correction method on quantitative 177Lu-SPECT (QSPECT) and
       dosimetry during radiopharmaceutical therapy, doi:10.1186/s40658-022-00484-w: correction by the mean rate of the
       acquisition against correction of each projection, within 2 % with few exceptions (a kidney, 3.5 %).
    """
    _check(dead_time, rate, scan)
    tau, model = dead_time.dead_time.value, dead_time.model
    rates = np.array([rate.mean, rate.lowest, rate.highest])
    true = true_rate(rates, tau, model)
    mean, low, high = (float(f) for f in true / rates)
    by_rate = (float(amplification(true[:1], tau, model)[0]) - 1.0) * mean / rate.mean
    by_dead_time = mean * float(factor_by_dead_time(true[:1], tau, model)[0])
    own = Uncertain(rate.mean, {f"count-rate:{scan}": rate.relative_standard_uncertainty * rate.mean})
    width = math.hypot(high - low, _convexity(true, rate)) / math.sqrt(12.0)
    views = Uncertain(0.0, {f"dead-time:{dead_time.name}.views": width})
    return combine(mean, [(dead_time.dead_time, by_dead_time), (own, by_rate), (views, 1.0)])


def _convexity(true: np.ndarray, rate: CountRate) -> float:
    """How far the chord over the rates of the views lies above the curve at their mean, over the mean rate [1]."""
    if rate.highest == rate.lowest:
        return 0.0
    share = (rate.mean - rate.lowest) / (rate.highest - rate.lowest)
    return float(true[1] + share * (true[2] - true[1]) - true[0]) / rate.mean


def _check(dead_time: DeadTime, rate: CountRate, scan: str) -> None:
    if not 0 < rate.lowest <= rate.mean <= rate.highest:
        raise ScaleError(
            "a mean count rate between the lowest and the highest of the views",
            f"{rate.lowest:g}, {rate.mean:g}, {rate.highest:g} per second came",
            scan,
        )
    if rate.highest > dead_time.largest_measured:
        raise ScaleError(
            f"count rates up to {dead_time.largest_measured:.4g} per second, the largest of the curve",
            f"{rate.highest:.4g} came",
            scan,
        )
    latest = dead_time.dead_time.value + _MARGIN * dead_time.dead_time.standard_uncertainty
    limit = _largest_correctable(latest, dead_time.model)
    if rate.highest > limit:
        raise ScaleError(
            f"a count rate up to {limit:.4g} per second, far enough below the {dead_time.model} detector's largest "
            f"({largest_observed_rate(latest, dead_time.model):.4g})",
            f"{rate.highest:.4g} came",
            scan,
        )


def _largest_correctable(dead_time_s: float, model: DeadTimeModel) -> float:
    """Observed rate at which the amplification reaches its limit. [1/s]"""
    if model == "paralysable":
        x = 1.0 - 1.0 / LARGEST_AMPLIFICATION
        return x * math.exp(-x) / dead_time_s
    x = LARGEST_AMPLIFICATION - 1.0
    return x / (1.0 + x) / dead_time_s
