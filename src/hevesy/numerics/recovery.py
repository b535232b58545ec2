r"""Recovery by volume, :math:`R(v) = 1 - 1 / (1 + (v / b_1)^{b_2})`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import expit

Floats = NDArray[np.float64]


def recovery(volume: Floats, b1: float, b2: float) -> Floats:
    """The curve at the given volumes, in the unit of ``b1``. Shape ``(volume,)``."""
    result: Floats = expit(b2 * np.log(np.asarray(volume, dtype=np.float64) / b1))
    return result


def parameter_gradient(volume: Floats, b1: float, b2: float) -> Floats:
    """Derivative of the curve by (b1, b2). Shape ``(volume, 2)``."""
    logs = np.log(np.asarray(volume, dtype=np.float64) / b1)
    r = expit(b2 * logs)
    return np.stack([-b2 / b1 * r * (1.0 - r), logs * r * (1.0 - r)], axis=-1)


def volume_derivative(volume: float, b1: float, b2: float) -> float:
    """Derivative of the curve by the volume."""
    r = float(recovery(np.array([volume]), b1, b2)[0])
    return b2 / volume * r * (1.0 - r)


@dataclass(frozen=True)
class RecoveryFit:
    """Parameters of the curve with their covariance."""

    b1: float
    b2: float
    covariance: Floats
    """Scaled up by chi-square per degree of freedom where that exceeds 1. Shape ``(2, 2)``."""
    chi_square: float
    degrees_of_freedom: int


def fit_recovery_curve(volumes: Floats, coefficients: Floats, standard_u: Floats) -> RecoveryFit:
    """Weighted least squares in the logarithms of both parameters, so that both stay positive.

    Parameters
    ----------
    volumes, coefficients, standard_u
        Spheres; at least three, all positive. Shape ``(sphere,)``.

    Raises
    ------
    ValueError
        If the spheres do not determine both parameters.

    References
    ----------
    .. [1] R. T. Birge, Phys. Rev. 40 (1932) 207, doi:10.1103/PhysRev.40.207 (scaling of the covariance)
    """

    def residuals(logs: Floats) -> Floats:
        b1, b2 = np.exp(logs)
        return (recovery(volumes, b1, b2) - coefficients) / standard_u

    def slope(logs: Floats) -> Floats:
        b1, b2 = np.exp(logs)
        scaled: Floats = parameter_gradient(volumes, b1, b2) * np.array([b1, b2]) / standard_u[:, None]
        return scaled

    centre = float(np.median(np.log(volumes)))
    starts = [np.array([centre + shift, np.log(power)]) for shift in (-2.0, 0.0, 2.0) for power in (0.5, 1.5)]
    fits = [least_squares(residuals, start, jac=slope, method="lm", xtol=1e-14, ftol=1e-14) for start in starts]
    best = min(fits, key=lambda fit: float(fit.cost))
    jacobian = slope(best.x)
    information = jacobian.T @ jacobian
    if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
        raise ValueError("the spheres do not determine both parameters")
    b = np.exp(best.x)
    chi_square, dof = 2.0 * float(best.cost), volumes.size - 2
    covariance = np.linalg.inv(information) * np.outer(b, b) * max(1.0, chi_square / dof)
    return RecoveryFit(float(b[0]), float(b[1]), covariance, chi_square, dof)
