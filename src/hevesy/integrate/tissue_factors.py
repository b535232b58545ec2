"""Tissue dose factors: what a population's integrals are over the activity at one time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.integrate.bayes_problem import PriorUse, prior_moments
from hevesy.integrate.prior_half_life import prior_half_life
from hevesy.integrate.single_time import log_normal_u, scaled_activity, unseen_scatter
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.numerics.kinetic_model import KINETIC_MODELS, integral, values

Floats = NDArray[np.float64]

TISSUE_DOSE_FACTOR = "tissue-dose-factor"
_DRAWS = 8192
_SEED = 3


@dataclass(frozen=True)
class TissueDoseFactors:
    """Time-integrated activity over the activity at a time, in a population."""

    region: str
    times_h: tuple[float, ...]
    median_h: tuple[float, ...]
    """Of the patients. [h]"""
    relative_standard_deviation: tuple[float, ...]
    """Between patients: that of the log-normal whose 95 % interval about the median holds 95 % of them."""
    interval95_h: tuple[tuple[float, float], ...]
    """2.5 % and 97.5 % of the patients. [h]"""


def tissue_dose_factors(
    use: PriorUse, region: str, times_h: tuple[float, ...], *, physical_half_life_s: float
) -> TissueDoseFactors:
    r"""Factor :math:`f(t) = \operatorname{median}[\tilde A / A(t)]` over the patients of a population prior.

    The mean does not exist: where the rates of a population are log-normal, that of :math:`e^{k t}` is infinite, and
    the mean of a cohort is that of its fastest patients.

    Parameters
    ----------
    use
        The prior; the administered activity is not needed, as the uptake cancels.
    region
        A measured region.
    times_h
        After the administration, positive. [h]
    physical_half_life_s
        Of the radionuclide. [s]

    Raises
    ------
    InputError
        If a covariate of the prior is not given.
    RegionFinding
        If the prior has no such region.

    References
    ----------
    .. [1] P. Jackson et al., J. Nucl. Med. 61 (2020) 1030 (*unconfirmed*: the paper was not at hand)
    """
    times = np.array(times_h)
    drawn = _ratios(use, region, times, math.log(2.0) / physical_half_life_s * 3600.0)
    low, median, high = np.quantile(drawn, [0.025, 0.5, 0.975], axis=0)
    spreads = [log_normal_u(ratios) for ratios in (drawn / median).T]
    return TissueDoseFactors(
        region=region,
        times_h=tuple(times.tolist()),
        median_h=tuple(median.tolist()),
        relative_standard_deviation=tuple(spreads),
        interval95_h=tuple(zip(low.tolist(), high.tolist(), strict=True)),
    )


def _ratios(use: PriorUse, region: str, times_h: Floats, physical_rate_per_h: float) -> Floats:
    """Integral over activity of patients drawn from the prior. Shape ``(draw, time)``. [h]"""
    prior = use.region(region)
    where = use.prior.slices[prior.name]
    mean, covariance = prior_moments(use)
    mean, covariance = mean[where].copy(), covariance[where, where].copy()
    mean[0] = covariance[0, :] = covariance[:, 0] = 0.0  # the uptake cancels
    eigenvalues, vectors = np.linalg.eigh(covariance)
    normal = ndtri(np.clip(qmc.Sobol(mean.size, scramble=True, seed=_SEED).random(_DRAWS), 1e-12, 1.0 - 1e-12))
    theta = mean + normal @ (vectors * np.sqrt(np.maximum(eigenvalues, 0.0))).T
    model = KINETIC_MODELS[prior.model]
    activity, _ = values(model, theta, times_h, physical_rate_per_h)
    whole, _ = integral(model, theta, physical_rate_per_h)
    ratios: Floats = whole[:, None] / activity
    return ratios


def tissue_factor_estimate(curve: TimeActivityCurve, use: PriorUse, *, physical_half_life_s: float) -> FittedCurve:
    """Time-integrated activity as one activity times the population's factor at its time.

    The spread between patients is ``prior:<region>``; the scatter of a scan that the population shows and the point
    does not state is part of ``fit:<region>``.

    Raises
    ------
    InputError, RegionFinding
        As :func:`tissue_dose_factors`.
    """
    (point,) = curve.points
    hours = point.time_s / 3600.0
    table = tissue_dose_factors(use, curve.region, (hours,), physical_half_life_s=physical_half_life_s)
    residual = use.region(curve.region).residual_relative_standard_deviation
    sources = {
        f"prior:{curve.region}": table.relative_standard_deviation[0],
        f"fit:{curve.region}": unseen_scatter(point.activity, Scatter(residual, math.inf)),
    }
    half_life = prior_half_life(use, curve.region, physical_half_life_s=physical_half_life_s)
    return scaled_activity(curve, TISSUE_DOSE_FACTOR, 3600.0 * table.median_h[0], sources, half_life)
