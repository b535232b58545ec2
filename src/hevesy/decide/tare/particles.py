"""How many microspheres an activity is, and how much of the vessels they fill."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.physdata import Microspheres


@dataclass(frozen=True)
class EmbolicLoad:
    """Of one activity, as the range of activity per sphere gives it."""

    spheres: tuple[float, float]
    """Fewest and most."""
    mass_mg: tuple[float, float]
    """Of all spheres of the typical diameter. [mg]"""
    spheres_per_ml: tuple[float, float]
    """In the perfused volume. [1/ml]"""


def embolic_load(product: Microspheres, activity_bq: float, since_stated: float, perfused_ml: float) -> EmbolicLoad:
    r"""Number, mass and density of microspheres.

    .. math:: n = \frac{A}{a\,f}, \qquad m = n\,\rho\,\frac{\pi}{6}\,d^3

    Parameters
    ----------
    product
        With its range of activity per sphere *a*, its density and its typical diameter *d*.
    activity_bq
        At the treatment. [Bq]
    since_stated
        Decay factor *f* from the time for which *a* is stated to the treatment.
    perfused_ml
        [ml]
    """
    low, high = product.activity_per_sphere_bq
    counts = (activity_bq / (high * since_stated), activity_bq / (low * since_stated))
    each_mg = product.density_g_ml * math.pi / 6.0 * (product.diameter_um[1] * 1e-4) ** 3 * 1e3
    return EmbolicLoad(
        counts,
        (counts[0] * each_mg, counts[1] * each_mg),
        (counts[0] / perfused_ml, counts[1] / perfused_ml),
    )
