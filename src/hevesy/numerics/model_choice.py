"""Choosing among nested models with few points."""

from __future__ import annotations

import math

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
