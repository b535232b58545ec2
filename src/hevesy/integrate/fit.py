"""From measured activities to the time-integrated activity of one region."""

from __future__ import annotations

import math
from dataclasses import replace

from hevesy.domain import FittedCurve, Tail, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate.average import averaged_curve
from hevesy.integrate.choose import AVERAGE, TRAPEZOID, check_model
from hevesy.integrate.exponential_curve import exponential_curve
from hevesy.integrate.propagate import EXPECTED_SCATTER, independent_u, visible_scatter
from hevesy.integrate.robust import outlier_rows, with_outliers
from hevesy.integrate.settings import FitSettings
from hevesy.integrate.single_time import single_time_curve
from hevesy.integrate.trapezoid import trapezoid_tail_curve
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.quantities import Uncertain

_HALF_LIFE_ROUNDING = 1e-3
"""A stated half-life may differ from the tabulated physical one by rounding."""


def fit_curve(
    curve: TimeActivityCurve,
    *,
    physical_half_life_s: float,
    model: str,
    tail: Tail | None = None,
    fixed_half_life_s: Uncertain | None = None,
    scatter: Scatter = EXPECTED_SCATTER,
) -> FittedCurve:
    r"""Fit a time-activity curve and integrate it from 0 to infinity.

    One point needs a stated half-life (mono-exponential through the point); several go to :func:`integrate_curve`.

    Parameters
    ----------
    curve
        Measured activities at scan time, not corrected for decay.
    physical_half_life_s
        Of the radionuclide. [s]
    model
        One of ``CURVE_MODELS``.
    tail
        How the study says activity goes on after the last scan.
    fixed_half_life_s
        Effective half-life for a single time point; several time points do not use it, which the candidates say. [s]
    scatter
        Relative scatter between scans expected beyond what the points state; it also bounds their weights.

    Raises
    ------
    InputError
        If the model is unknown or a stated half-life is longer than the physical one.
    RegionFinding
        If the points cannot support an integral: no positive activity, one point without a half-life, activity still
        rising without a tail, fewer points than parameters.
    ValueError
        If the scatter does not lie between 0 and 1.
    """
    settings = FitSettings(physical_half_life_s, model, tail, scatter=scatter)
    _check_half_life(curve.region, "half-life", fixed_half_life_s, physical_half_life_s)
    if len(curve.points) == 1 and fixed_half_life_s is not None:
        check_curve(curve, settings)
        if tail is not None:
            raise RegionFinding("one time point with a stated tail: state its half-life alone")
        return single_time_curve(curve, fixed_half_life_s, visible_scatter(curve, scatter))
    return integrate_curve(curve, settings, half_life_unused=fixed_half_life_s is not None)


def integrate_curve(curve: TimeActivityCurve, settings: FitSettings, *, half_life_unused: bool = False) -> FittedCurve:
    r"""Fit the points of one region and integrate the curve, to infinity or over a stated period.

    Two points or more are fitted with a sum of exponentials whose effective half-lives cannot be longer than the
    physical one. Activity that still rises at the last scan has no integral beyond it unless the tail is stated; the
    curve is then made of straight lines through the points, and the tail. A stated tail takes over at the last scan in
    either case.

    Parameters
    ----------
    curve
        Measured activities at scan time, not corrected for decay.
    settings
        Model, tail, period and scatter.
    half_life_unused
        Whether the candidates should say that a stated half-life was not needed.

    Raises
    ------
    InputError
        If the model is unknown or the half-life of the tail is longer than the physical one.
    RegionFinding
        If the points cannot support an integral.

    References
    ----------
    .. [1] D. Hardiansyah et al., EJNMMI Phys. 8 (2021), doi:10.1186/s40658-021-00427-x (rates bounded by decay)
    .. [2] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    check_curve(curve, settings)
    if len(curve.points) == 1:
        raise RegionFinding("one time point and no stated half-life")
    if settings.model == TRAPEZOID or curve.activities_bq[-1] >= curve.activities_bq[-2]:
        return trapezoid_tail_curve(curve, settings)
    if settings.robust:
        curve = with_outliers(curve, settings)
    if settings.model == AVERAGE:
        fitted = averaged_curve(curve, settings)
    else:
        fitted = exponential_curve(curve, settings, half_life_unused=half_life_unused)
    return replace(fitted, candidates=(*fitted.candidates, *outlier_rows(curve)))


def check_curve(curve: TimeActivityCurve, settings: FitSettings) -> None:
    """Refuse what no curve can be fitted to.

    Raises
    ------
    InputError
        If the model is unknown or the half-life of the tail is longer than the physical one.
    RegionFinding
        If there is no point, an activity or time that is not positive, or a point without uncertainty where no scatter
        between scans is expected.
    """
    check_model(settings.model)
    tail = settings.tail
    _check_half_life(curve.region, "tail", tail.half_life_s if tail else None, settings.physical_half_life_s)
    if not curve.points:
        raise RegionFinding("no time point")
    known = independent_u(curve)
    for n, point in enumerate(curve.points, start=1):
        value = point.activity.value
        if not (math.isfinite(value) and value > 0):
            raise RegionFinding(f"activity at time point {n} ({point.time_s / 3600.0:.4g} h) is {value:.4g} Bq")
        if not point.time_s > 0:
            raise RegionFinding(f"time point {n} lies {point.time_s / 3600.0:.4g} h after the administration")
        if settings.scatter.relative == 0.0 and not known[n - 1] > 0.0:
            raise RegionFinding(f"standard uncertainty at time point {n} ({point.time_s / 3600.0:.4g} h) is zero")


def _check_half_life(region: str, what: str, stated: Uncertain | None, physical_s: float) -> None:
    if stated is None:
        return
    if not 0 < stated.value <= physical_s * (1.0 + _HALF_LIFE_ROUNDING):
        raise InputError(
            f"an effective half-life of at most the physical {physical_s / 3600.0:.4g} h",
            f"{stated.value / 3600.0:.4g} h came",
            f"{what} of {region}",
        )
