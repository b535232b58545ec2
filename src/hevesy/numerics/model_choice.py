"""Choosing among nested models with few points."""

from __future__ import annotations

import math
from collections.abc import Mapping

from scipy.stats import chi2

_PERFECT = 1e-6


def aicc(chi_square: float, n_points: int, n_parameters: int) -> float | None:
    r"""Corrected Akaike information criterion of a weighted fit, or None where it does not exist.

    .. math:: \mathrm{AICc} = n \ln\frac{\chi^2}{n} + 2 k + \frac{2 k (k + 1)}{n - k - 1}

    with *k* the parameters and the unknown scale of the errors. It exists for n > k + 1 only: with four points for no
    curve of two parameters or more. A mean square below 1e-6, a thousandth of a standard uncertainty, counts as 1e-6,
    so that rounding errors of perfect data choose nothing.

    References
    ----------
    .. [1] C. M. Hurvich, C.-L. Tsai, Biometrika 76 (1989) 297, doi:10.1093/biomet/76.2.297
    """
    k = n_parameters + 1
    if n_points - k - 1 <= 0:
        return None
    mean_square = max(chi_square / n_points, _PERFECT)
    return n_points * math.log(mean_square) + 2 * k + 2 * k * (k + 1) / (n_points - k - 1)


def significantly_better(chi_square_simple: float, chi_square_rich: float, n_extra: int, significance: float) -> bool:
    """Whether the richer of two nested models fits better than chance allows (likelihood ratio, known errors)."""
    return chi_square_simple - chi_square_rich > float(chi2.ppf(1.0 - significance, n_extra))


def akaike_weights(criteria: Mapping[str, float]) -> dict[str, float]:
    r"""Share of each model, :math:`\propto e^{-\Delta_m / 2}` with the difference to the lowest criterion.

    References
    ----------
    .. [1] K. P. Burnham, D. R. Anderson, Sociol. Methods Res. 33 (2004) 261, doi:10.1177/0049124104268644
    """
    lowest = min(criteria.values())
    raw = {name: math.exp(-(value - lowest) / 2.0) for name, value in criteria.items()}
    whole = math.fsum(raw.values())
    return {name: share / whole for name, share in raw.items()}


def aic_known_errors(chi_square: float, n_parameters: int) -> float:
    r"""Akaike's criterion where the standard uncertainties are known, :math:`\chi^2 + 2 k`; it needs no correction.

    References
    ----------
    .. [1] K. P. Burnham, D. R. Anderson, Sociol. Methods Res. 33 (2004) 261, doi:10.1177/0049124104268644
    """
    return chi_square + 2.0 * n_parameters
