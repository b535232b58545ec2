r"""Errors that are mostly normal, with a few far off: Student's t.

A residual *r* of up to one standard uncertainty counts as it does in least squares; beyond, it has the weight
:math:`w = (\nu + 1) / (\nu + r^2)` of Student's t with :math:`\nu = 4` degrees of freedom.

References
----------
.. [1] K. L. Lange, R. J. A. Little, J. M. G. Taylor, J. Am. Stat. Assoc. 84 (1989) 881,
   doi:10.1080/01621459.1989.10478852
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DEGREES_OF_FREEDOM = 4.0
_NORMAL_MEDIAN = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""


def downweight(residuals: Floats) -> Floats:
    """Weight of each residual, 1 up to one standard uncertainty. Shape ``(point,)``."""
    weights: Floats = np.minimum(1.0, (_DEGREES_OF_FREEDOM + 1.0) / (_DEGREES_OF_FREEDOM + residuals**2))
    return weights


def deviance(residuals: Floats) -> float:
    """What the weights minimise: the sum of squares, of logarithms beyond one standard uncertainty."""
    nu = _DEGREES_OF_FREEDOM
    beyond = 1.0 + (nu + 1.0) * np.log((nu + residuals**2) / (nu + 1.0))
    return float(np.where(residuals**2 <= 1.0, residuals**2, beyond).sum())


def robust_scale(residuals: Floats, n_parameters: int) -> float:
    """Scale of most residuals, at least 1: their median size, for the freedom that the parameters leave."""
    spare = residuals.size - n_parameters
    if spare <= 0:
        return 1.0
    median = float(np.median(np.abs(residuals))) / _NORMAL_MEDIAN
    return max(1.0, median * math.sqrt(residuals.size / spare))
