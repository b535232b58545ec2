"""Points that do not fit count less."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate.choose import AVERAGE, OUTLIER, SIGNIFICANCE, CandidateRow, check_model
from hevesy.integrate.propagate import independent_u, weights_u
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.exponential_fit import ExponentialFit, fit_again, fit_exponentials
from hevesy.numerics.exponentials import MODELS, ExponentialModel
from hevesy.numerics.model_choice import significantly_better
from hevesy.numerics.robust import deviance, downweight, robust_scale
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

SPARE_POINTS = 2
"""A robust fit needs this many points more than parameters: a model that meets every point shows no outlier."""
_MAX_ROUNDS = 50
_SAME = 1e-4
"""Relative change of the weights below which they stay."""
_FAR = 1e3
_NOTABLE = 13.0 / 5.0
"""Ratio of variances that a residual of three standard uncertainties gives."""


def with_outliers(curve: TimeActivityCurve, settings: FitSettings) -> TimeActivityCurve:
    r"""Give the points that do not fit the uncertainty with which they do.

    Each error is taken as normal with a variance of its own (Student's t with four degrees of freedom). A point whose
    residual is *r* standard uncertainties, *r* > 1, gets the weight :math:`(\nu + 1) / (\nu + r^2)`: its standard
    uncertainty is divided by the root of that, under the source ``outlier:<region>@<n>``. The ordinary weighted fit of
    the result is then the robust one, and the uncertainty of its integral holds that of the points as they count.

    Parameters
    ----------
    curve
        Measured activities.
    settings
        The model, or ``auto``: then the richest that a likelihood-ratio test at the 1 % level prefers.

    Raises
    ------
    RegionFinding
        If no model asked for has two points more than parameters.

    References
    ----------
    .. [1] K. L. Lange, R. J. A. Little, J. M. G. Taylor, J. Am. Stat. Assoc. 84 (1989) 881,
       doi:10.1080/01621459.1989.10478852
    """
    check_model(settings.model)
    named = [m for m in MODELS if settings.model in {"auto", AVERAGE, m.name}]
    tried = [m for m in named if curve.times_s.size >= m.n_parameters + SPARE_POINTS]
    if not tried:
        fewest = min(m.n_parameters for m in named) + SPARE_POINTS
        raise RegionFinding(f"a robust fit needs {fewest} scans or more, {curve.times_s.size} came")
    used = weights_u(curve, settings.scatter)
    best: tuple[Floats, float, int] | None = None
    for model in tried:
        weights, cost = _robust(model, curve, used, settings.physical_rate_per_s)
        if best is None or significantly_better(best[1], cost, model.n_parameters - best[2], SIGNIFICANCE):
            best = weights, cost, model.n_parameters
    return curve if best is None else _inflated(curve, used, best[0])


def _robust(
    model: ExponentialModel, curve: TimeActivityCurve, used: Floats, physical_rate: float
) -> tuple[Floats, float]:
    """Weights and cost of the best of the fits that begin with all points, and with each in turn left out."""
    n = curve.times_s.size
    starts = [np.ones(n), *(np.where(np.arange(n) == left_out, _FAR, 1.0) for left_out in range(n))]
    found = [_iterate(model, curve, used, physical_rate, start) for start in starts]
    return min(found, key=lambda weights_cost: weights_cost[1])


def _iterate(
    model: ExponentialModel, curve: TimeActivityCurve, used: Floats, physical_rate: float, inflation: Floats
) -> tuple[Floats, float]:
    """Fit and weigh in turn until the weights stay."""
    times, activities, weights, cost = curve.times_s, curve.activities_bq, 1.0 / inflation**2, math.inf
    fit = fit_exponentials(model, times, activities, used * inflation, physical_rate)
    for _ in range(_MAX_ROUNDS):
        residuals = fit.weighted_residuals / np.sqrt(weights)
        residuals = residuals / robust_scale(residuals, model.n_parameters)
        earlier, weights, cost = weights, downweight(residuals), deviance(residuals)
        if np.allclose(weights, earlier, rtol=_SAME):
            break
        again = fit_exponentials if fit.without_washout else partial(_from, fit)
        fit = again(model, times, activities, used / np.sqrt(weights), physical_rate)
    return weights, cost


def _from(
    fit: ExponentialFit, model: ExponentialModel, times: Floats, activities: Floats, used: Floats, rate: float
) -> ExponentialFit:
    del model
    return fit_again(fit, times, activities, used, rate)


def _inflated(curve: TimeActivityCurve, used: Floats, weights: Floats) -> TimeActivityCurve:
    own, points = independent_u(curve), []
    for n, point in enumerate(curve.points):
        extra = math.sqrt(used[n] ** 2 / weights[n] - own[n] ** 2) if weights[n] < 1.0 else 0.0
        components = {**point.activity.components, f"{OUTLIER}:{curve.region}@{n + 1}": extra}
        points.append(replace(point, activity=Uncertain(point.activity.value, components)))
    return replace(curve, points=tuple(points))


def outlier_rows(curve: TimeActivityCurve) -> tuple[CandidateRow, ...]:
    """A row for every point that counts less than stated, by three standard uncertainties or more."""
    rows = []
    for n, point in enumerate(curve.points, start=1):
        extra = point.activity.components.get(f"{OUTLIER}:{curve.region}@{n}", 0.0)
        whole = point.activity.standard_uncertainty
        if extra > 0.0 and whole**2 >= _NOTABLE * (whole**2 - extra**2):
            share = whole / point.activity.value
            text = f"time point {n} ({point.time_s / 3600.0:.4g} h) does not fit and counts as uncertain by {share:.0%}"
            rows.append((OUTLIER, None, text))
    return tuple(rows)
