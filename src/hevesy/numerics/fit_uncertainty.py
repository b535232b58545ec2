r"""How errors of the points move the result of a weighted least-squares fit.

For any function *y* of the parameters, :math:`dy/dA_i = \nabla y^T (J^T W J)^{-1} J^T W e_i`: the estimate is linear
in the points to first order, whatever weights were used, so every error source of the points can be carried through,
shared or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sensitivity:
    """Derivative of the parameters by the points."""

    within_bounds: Floats
    """Parameters at a bound stay there. Shape ``(parameter, point)``."""
    unbounded: Floats
    """As if a biological rate at its bound of zero could move. Shape ``(parameter, point)``."""
    leverage: Floats
    """Diagonal of the hat matrix. Shape ``(point,)``."""


def sensitivity(
    jacobian: Floats, weights_u: Floats, free: NDArray[np.bool_], releasable: NDArray[np.bool_]
) -> Sensitivity:
    """Linearise a fit.

    Parameters
    ----------
    jacobian
        Of the fitted values by the parameters. Shape ``(point, parameter)``.
    weights_u
        Standard uncertainties used as weights. Shape ``(point,)``.
    free
        Parameters not at a bound. Shape ``(parameter,)``.
    releasable
        Parameters whose bound is one-sided knowledge and still leaves room for error. Shape ``(parameter,)``.
    """
    slope = jacobian / weights_u[:, None]
    within = _inverse(slope, free)
    leverage: Floats = np.clip(np.einsum("ip,pi->i", slope, within), 0.0, 1.0)
    return Sensitivity(within / weights_u, _inverse(slope, free | releasable) / weights_u, leverage)


def _inverse(slope: Floats, chosen: NDArray[np.bool_]) -> Floats:
    result = np.zeros(slope.T.shape)
    lengths = np.linalg.norm(slope[:, chosen], axis=0)
    lengths = np.where(lengths > 0, lengths, 1.0)
    result[chosen] = np.linalg.pinv(slope[:, chosen] / lengths, rcond=1e-12) / lengths[:, None]
    return result


@dataclass(frozen=True)
class Scatter:
    """Relative standard uncertainty between scans that no single point states."""

    relative: float
    degrees_of_freedom: float
    """How well it is known."""


def between_scan_scatter(
    weighted_residuals: Floats,
    leverage: Floats,
    weights_u: Floats,
    known_relative_u: Floats,
    activities: Floats,
    *,
    expected: Scatter,
) -> Scatter:
    r"""Estimate the scatter from the misfit and from what is expected without it.

    The moment estimate solves :math:`E[\chi^2] = \sum_i (1 - h_i)(u_i^2 + \tau^2 A_i^2) / s_i^2`; it is averaged with
    the expected excess over the known uncertainties, each with its degrees of freedom.

    References
    ----------
    .. [1] R. DerSimonian, N. Laird, Control. Clin. Trials 7 (1986) 177, doi:10.1016/0197-2456(86)90046-2
    """
    excess = max(0.0, expected.relative**2 - float(np.mean(known_relative_u**2)))
    slack = (1.0 - leverage) / weights_u**2
    room, known = float(slack @ activities**2), float(slack @ (known_relative_u * activities) ** 2)
    dof = float(np.sum(1.0 - leverage))
    if dof < 1e-6:
        return Scatter(math.sqrt(excess), expected.degrees_of_freedom)
    measured = max(0.0, float(weighted_residuals @ weighted_residuals) - known) / room
    total = expected.degrees_of_freedom + dof
    return Scatter(math.sqrt((expected.degrees_of_freedom * excess + dof * measured) / total), total)


def coverage_factor(known_variance: float, scatter_variance: float, degrees_of_freedom: float) -> float:
    r"""Factor on the standard uncertainty that makes 1.96 times it a 95 % interval.

    Effective degrees of freedom after Welch and Satterthwaite, the known part being known exactly.

    References
    ----------
    .. [1] JCGM 100:2008, Guide to the expression of uncertainty in measurement, G.4.
    """
    if scatter_variance <= 0.0:
        return 1.0
    effective = degrees_of_freedom * ((known_variance + scatter_variance) / scatter_variance) ** 2
    return float(t.ppf(0.975, effective) / norm.ppf(0.975))
