"""Recovery coefficients by volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.recovery import fit_recovery_curve, parameter_gradient, recovery, volume_derivative
from hevesy.quantify.spheres import Sphere
from hevesy.quantities import Uncertain, combine


@dataclass(frozen=True)
class RecoveryCurve:
    """Recovery by volume, :math:`R(v) = 1 - 1 / (1 + (v / b_1)^{b_2})`, fitted to spheres."""

    name: str
    b1_ml: float
    b2: float
    covariance: NDArray[np.float64]
    """Of (b1, b2), scaled up where the spheres scatter more than they state. Shape ``(2, 2)``."""
    smallest_ml: float
    """Volume of the smallest measured sphere; nothing is extrapolated below it. [ml]"""
    largest_ml: float
    """Volume of the largest measured sphere; above it the curve goes on towards 1. [ml]"""
    chi_square: float
    degrees_of_freedom: int


def fit_recovery(spheres: Sequence[Sphere], name: str) -> RecoveryCurve:
    """Fit the recovery curve to a sphere table.

    Raises
    ------
    InputError
        If there are fewer than three spheres or they do not determine the curve.

    References
    ----------
    .. [1] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    volumes = np.array([s.volume_ml for s in spheres])
    if volumes.size < 3:
        raise InputError("at least three spheres", f"{volumes.size} came", name)
    try:
        fit = fit_recovery_curve(
            volumes,
            np.array([s.recovery_coefficient for s in spheres]),
            np.array([s.standard_uncertainty for s in spheres]),
        )
    except ValueError as error:
        raise InputError("spheres that determine a recovery curve", str(error), name) from error
    fit.covariance.flags.writeable = False
    return RecoveryCurve(
        name=name,
        b1_ml=fit.b1,
        b2=fit.b2,
        covariance=fit.covariance,
        smallest_ml=float(volumes.min()),
        largest_ml=float(volumes.max()),
        chi_square=fit.chi_square,
        degrees_of_freedom=fit.degrees_of_freedom,
    )


def recovery_coefficient(
    curve: RecoveryCurve, volume: Uncertain, *, shape_relative_standard_uncertainty: float, region: str
) -> Uncertain:
    """Recovery coefficient of a region from its volume.

    Sources: ``recovery:<name>.1`` and ``.2``, the two independent combinations of the curve's parameters, shared by
    every region; ``recovery:shape:<region>``; and those of the volume through the slope of the curve, so that recovery,
    mass and counts stay correlated.

    Parameters
    ----------
    curve
        Fitted to spheres.
    volume
        Of the region. [ml]
    shape_relative_standard_uncertainty
        How far a region of another shape than a sphere may lie off the curve.
    region
        Name, for the source.

    Raises
    ------
    RegionFinding
        If the volume lies below the smallest measured sphere.
    """
    if volume.value < curve.smallest_ml:
        raise RegionFinding(
            f"below the recovery range: {volume.value:.3g} ml, smallest measured sphere {curve.smallest_ml:.3g} ml"
        )
    at = np.array([volume.value])
    value = float(recovery(at, curve.b1_ml, curve.b2)[0])
    of_parameters = np.linalg.cholesky(curve.covariance).T @ parameter_gradient(at, curve.b1_ml, curve.b2)[0]
    own = {f"recovery:{curve.name}.{n}": float(u) for n, u in enumerate(of_parameters, start=1)}
    own[f"recovery:shape:{region}"] = shape_relative_standard_uncertainty * value
    slope = volume_derivative(volume.value, curve.b1_ml, curve.b2)
    return combine(value, [(Uncertain(value, own), 1.0), (volume, slope)])
