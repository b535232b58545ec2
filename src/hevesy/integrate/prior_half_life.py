"""The effective half-life that a population prior lets expect."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from hevesy.integrate.bayes_problem import PriorUse, prior_moments
from hevesy.quantities import Uncertain


def prior_half_life(use: PriorUse, region: str, *, physical_half_life_s: float) -> Uncertain:
    r"""Effective half-life of the terminal phase in a population, with the spread between patients. [s]

    The median of the population, and a standard uncertainty of the source ``half-life:<region>`` whose log-normal 95 %
    interval is as wide as that of the patients:

    .. math:: T = \ln 2 / (\lambda + w), \qquad \ln w \sim N(\mu, \sigma^2)

    Parameters
    ----------
    use
        The prior and what belongs to this patient.
    region
        A measured region.
    physical_half_life_s
        Of the radionuclide. [s]

    Raises
    ------
    InputError
        If a covariate of the prior is not given.
    RegionFinding
        If the prior has no such region.
    """
    low, median, high = half_life_quantiles(use, region, physical_half_life_s=physical_half_life_s)
    spread = math.log(high / low) / (2.0 * float(ndtri(0.975)))
    return Uncertain(median, {f"half-life:{region}": median * math.sqrt(math.expm1(spread**2))})


def half_life_quantiles(use: PriorUse, region: str, *, physical_half_life_s: float) -> tuple[float, float, float]:
    """2.5 %, 50 % and 97.5 % of the patients' effective half-lives. [s]

    Raises
    ------
    InputError, RegionFinding
        As :func:`prior_half_life`.
    """
    where = use.prior.slices[use.region(region).name].start + 1
    mean, covariance = prior_moments(use)
    spread = math.sqrt(float(covariance[where, where]))
    washout = np.exp(float(mean[where]) + spread * ndtri([0.975, 0.5, 0.025])) / 3600.0
    low, median, high = (math.log(2.0) / (math.log(2.0) / physical_half_life_s + washout)).tolist()
    return low, median, high
