"""Whether the scans of a region are strange to the population prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from hevesy.integrate.bayes_problem import Problem, RegionPart

Floats = NDArray[np.float64]

_DRAWS = 4096
_SEED = 2


def conflict_probability(problem: Problem, part: RegionPart) -> float | None:
    """Prior predictive p-value of the scans of one region.

    The measure of strangeness is the squared Mahalanobis distance of the log activities from their prior predictive
    mean; where the prior says nothing about the uptake, that of their differences from the first scan. The p-value is
    the share of scans drawn from the prior that are at least as strange.

    Returns
    -------
    None where there is nothing that the prior could be wrong about: a single scan and no prior of the uptake.

    References
    ----------
    .. [1] G. E. P. Box, Sampling and Bayes' inference in scientific modelling and robustness, J. R. Stat. Soc. A 143
       (1980) 383, doi:10.2307/2982063
    """
    free = bool(problem.flat[part.parameters.start])
    n = part.data.stop - part.data.start
    if free and n == 1:
        return None
    drawn, seen = _drawn(problem, part), problem.data.values[part.data]
    if free:
        drawn, seen = drawn[:, 1:] - drawn[:, :1], seen[1:] - seen[0]
    centre = drawn.mean(axis=0)
    whiten = np.linalg.inv(np.atleast_2d(np.cov(drawn, rowvar=False)))
    apart, own = drawn - centre, seen - centre
    strangeness = np.sum(apart @ whiten * apart, axis=1)
    return float((np.sum(strangeness >= own @ whiten @ own) + 1) / (_DRAWS + 1))


def _drawn(problem: Problem, part: RegionPart) -> Floats:
    """Log activities as the prior alone predicts them, noise included. Shape ``(draw, scan)``."""
    n, size = part.data.stop - part.data.start, problem.prior.mean.size
    uniform = np.clip(qmc.Sobol(size + n, scramble=True, seed=_SEED).random(_DRAWS), 1e-12, 1.0 - 1e-12)
    normal = ndtri(uniform)
    values, vectors = np.linalg.eigh(problem.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    logs, _ = problem.log_model(problem.prior.mean + normal[:, :size] @ root.T)
    noise = np.linalg.cholesky(problem.data.covariance[part.data, part.data])
    drawn: Floats = logs[:, part.data] + normal[:, size:] @ noise.T
    return drawn
