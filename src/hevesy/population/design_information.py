r"""Expected uncertainty of a plan by the Bayesian Fisher information.

For a patient with parameters :math:`\theta` scanned at times :math:`t_i`, the posterior covariance of :math:`\theta` is
about :math:`(\sum_i J_i^T J_i / s^2 + \Omega^{-1})^{-1}`, *J* being the slope of the logarithm of the activities and
:math:`\Omega` the covariance of the population; the slope of the logarithm of the time-integrated activity carries it
over. Averaged over patients drawn from the population, it is the expected variance of what one will report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.population.design import DesignProblem, Plan

Floats = NDArray[np.float64]

_BLOCK = 40_000
"""Systems solved at once."""


def expected_uncertainty(problem: DesignProblem, plans: Sequence[Plan], candidates_h: Floats) -> Floats:
    """Expected relative standard uncertainty of the time-integrated activities for every plan.

    Parameters
    ----------
    problem
        Population and errors; a hybrid scale is not linear in the information and refused.
    plans
        Of times among the candidates. [h]
    candidates_h
        Shape ``(candidate,)``. [h]

    Returns
    -------
    Root mean square over the patients. Shape ``(plan, region)``. Fraction.

    Raises
    ------
    ValueError
        If the scale comes from one scan of a planar curve.

    References
    ----------
    .. [1] K. Chaloner, I. Verdinelli, Bayesian experimental design: a review, Stat. Sci. 10 (1995) 273,
       doi:10.1214/ss/1177009939
    """
    if problem.errors.hybrid:
        raise ValueError("expected scans that stand for themselves; a hybrid scale is judged by simulation")
    per_time = _information(problem, candidates_h)
    _, slope = problem.integrals()
    where = {time: k for k, time in enumerate(candidates_h.tolist())}
    chosen = np.array([[where[time] for time in plan] for plan in plans])
    at_once = max(1, _BLOCK // problem.n_patients)
    blocks = [
        _variances(per_time, slope, chosen[k : k + at_once], problem.precision) for k in range(0, len(plans), at_once)
    ]
    return np.sqrt(np.concatenate(blocks) + problem.errors.scale_sd**2)


def _information(problem: DesignProblem, candidates_h: Floats) -> Floats:
    """Of one scan of all regions at each candidate time. Shape ``(patient, candidate, parameter, parameter)``."""
    _, slope = problem.log_activities(problem.scan_times(candidates_h))
    weighted = slope / problem.errors.relative_sd[:, None, None]
    result: Floats = np.einsum("nrtp,nrtq->ntpq", weighted, weighted, optimize=True)
    return result


def _variances(per_time: Floats, slope: Floats, chosen: NDArray[np.intp], precision: Floats) -> Floats:
    whole = per_time[:, chosen].sum(axis=2) + precision
    # With fewer scans than flat parameters nothing is known: a tiny ridge says so by a huge variance.
    whole = whole + 1e-9 * np.eye(precision.shape[0])
    carried = np.linalg.solve(
        whole, np.broadcast_to(slope[:, None].swapaxes(-1, -2), (*whole.shape[:2], *slope.shape[:0:-1]))
    )
    variance = np.einsum("nrp,nbpr->nbr", slope, carried, optimize=True)
    result: Floats = variance.mean(axis=0)
    return result
