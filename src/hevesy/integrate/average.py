"""The mean of the models that the points support, each by its Akaike weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.integrate.choose import AVERAGE, Choice, Points, fit_all, notes, sound_fits
from hevesy.integrate.exponential_curve import curve_of_choice, points_of
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.exponential_fit import ExponentialFit
from hevesy.numerics.model_choice import aic_known_errors, aicc, akaike_weights
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]

_NEGLIGIBLE = 1e-3
"""Models of less weight are left out."""


def averaged_curve(curve: TimeActivityCurve, settings: FitSettings) -> FittedCurve:
    r"""Average the integrals of all sound models, :math:`\bar{\tilde A} = \sum_m w_m \tilde A_m`.

    The weights come from AICc where it exists for two models or more, else from Akaike's criterion with the errors as
    stated. The variance is :math:`\sum_m w_m [u_m^2 + (\tilde A_m - \bar{\tilde A})^2]`: what each model is uncertain
    by and what the models differ by; the part beyond the sources that the models share is ``model:<region>``.

    References
    ----------
    .. [1] K. P. Burnham, D. R. Anderson, Sociol. Methods Res. 33 (2004) 261, doi:10.1177/0049124104268644
    .. [2] J. A. Hoeting et al., Stat. Sci. 14 (1999) 382, doi:10.1214/ss/1009212519 (variance over models)
    """
    points = points_of(curve, settings)
    fits = fit_all(points)
    sound = sound_fits(fits)
    scores = {name: aicc(fit.chi_square, points.times_s.size, fit.model.n_parameters) for name, fit in fits.items()}
    corrected = {name: score for name in sound if (score := scores[name]) is not None}
    by_aicc = len(corrected) > 1
    criteria = corrected if by_aicc else {name: _aic(fit) for name, fit in sound.items()}
    weights = {name: w for name, w in akaike_weights(criteria).items() if w >= _NEGLIGIBLE}
    weights = {name: w / math.fsum(weights.values()) for name, w in weights.items()}
    chosen = {name: Choice(sound[name], scores[name], (), "") for name in weights}
    curves = [curve_of_choice(curve, settings, points, choice) for choice in chosen.values()]
    criterion = "AICc" if by_aicc else "Akaike's criterion with the errors as stated"
    rows = _rows(fits, sound, weights, scores)
    return _mean(curves, weights, rows, f"average of {', '.join(weights)} by {criterion}", points, sound)


def _aic(fit: ExponentialFit) -> float:
    return aic_known_errors(fit.chi_square, fit.model.n_parameters)


def _rows(
    fits: Mapping[str, ExponentialFit],
    sound: Mapping[str, ExponentialFit],
    weights: Mapping[str, float],
    scores: Mapping[str, float | None],
) -> tuple[tuple[str, float | None, str], ...]:
    found: list[tuple[str, float | None, str]] = [(AVERAGE, None, "")]
    for name in fits:
        if name in weights:
            why = f"weight {weights[name]:.3f}"
        else:
            why = (
                "of negligible weight" if name in sound else "one of its phases vanished or does what another one does"
            )
        found.append((name, scores[name], why))
    return tuple(found)


def _mean(
    curves: Sequence[FittedCurve],
    weights: Mapping[str, float],
    rows: tuple[tuple[str, float | None, str], ...],
    reason: str,
    points: Points,
    sound: Mapping[str, ExponentialFit],
) -> FittedCurve:
    shares, region = list(weights.values()), curves[0].region
    whole = mixture([c.time_integrated_activity for c in curves], shares, region)
    parts = [c.integral_to_last_scan for c in curves if c.integral_to_last_scan is not None]
    to_last = mixture(parts, shares, region)
    first = curves[int(np.argmax(shares))]
    doubts = {row for name in weights for row in notes(sound[name], points)}
    return FittedCurve(
        region=region,
        model=AVERAGE,
        amplitudes_bq=tuple(w * a for w, c in zip(shares, curves, strict=True) for a in c.amplitudes_bq),
        rates_per_s=tuple(r for c in curves for r in c.rates_per_s),
        parameter_covariance=_covariance(curves, shares),
        time_integrated_activity=whole,
        effective_half_life=mixture([c.effective_half_life for c in curves], shares, region),
        candidates=(*rows, *sorted(doubts)),
        tail=first.tail,
        tail_from_s=first.tail_from_s,
        integral_to_last_scan=to_last,
        extrapolated_fraction=max(0.0, 1.0 - to_last.value / whole.value),
        until_s=first.until_s,
        reason=reason,
        free_half_life_s=first.free_half_life_s,
        scatter_between_scans=first.scatter_between_scans,
        weights=tuple(weights.items()),
    )


def mixture(estimates: Sequence[Uncertain], shares: Sequence[float], region: str) -> Uncertain:
    """The weighted mean with the variance within and between; in the unit of the estimates."""
    pairs = list(zip(estimates, shares, strict=True))
    mean = combine(math.fsum(w * e.value for e, w in pairs), pairs)
    wanted = math.fsum(w * (e.standard_uncertainty**2 + (e.value - mean.value) ** 2) for e, w in pairs)
    beyond = math.sqrt(max(0.0, wanted - mean.standard_uncertainty**2))
    return Uncertain(mean.value, {**mean.components, f"model:{region}": beyond})


def _covariance(curves: Sequence[FittedCurve], shares: Sequence[float]) -> Floats:
    """Of all amplitudes, then all rates: the mean of that within the models, and that of their weights as shares.

    With it the variance of the curve at any time is that within the models and between them. Shape
    ``(2 rate, 2 rate)``.
    """
    sizes = [len(c.rates_per_s) for c in curves]
    total, start = sum(sizes), 0
    result = np.zeros((2 * total, 2 * total))
    for curve, share, n in zip(curves, shares, sizes, strict=True):
        places = np.concatenate([np.arange(start, start + n), total + np.arange(start, start + n)])
        scale = np.concatenate([np.full(n, share), np.ones(n)])
        result[np.ix_(places, places)] = curve.parameter_covariance * np.outer(scale, scale) / share
        start += n
    amplitudes = np.concatenate([c.amplitudes_bq for c in curves])
    weights, owner = np.array(shares), np.repeat(np.arange(len(curves)), sizes)
    between = np.diag(weights) - np.outer(weights, weights)
    result[:total, :total] += between[np.ix_(owner, owner)] * np.outer(amplitudes, amplitudes)
    return result
