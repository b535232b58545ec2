"""Agreement of two ways to tell the same: differences of pairs, and of distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Z95 = 1.959963984540054
FEWEST_PAIRS = 3


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Mean difference of pairs and where 95 % of differences lie, each with its standard uncertainty."""

    pairs: int
    mean: float
    standard_deviation: float
    lower: float
    upper: float
    mean_uncertainty: float
    limit_uncertainty: float


def limits_of_agreement(first: Floats, second: Floats) -> LimitsOfAgreement:
    r"""Bland and Altman's analysis of the differences second less first.

    .. math:: \bar d \pm 1.96\, s, \qquad u(\bar d) = s / \sqrt n, \qquad u(\bar d \pm 1.96\, s) \approx s \sqrt{3/n}

    It takes the differences as normal and the same over the range of values; with few pairs the limits say little.

    Parameters
    ----------
    first, second
        Values of the same things. Shape ``(pair,)``.

    Raises
    ------
    ValueError
        If there are fewer than three pairs, or their numbers differ.

    References
    ----------
    .. [1] J. M. Bland, D. G. Altman, Lancet 327 (1986) 307, doi:10.1016/S0140-6736(86)90837-8
    """
    if first.shape != second.shape or first.size < FEWEST_PAIRS:
        raise ValueError(f"expected at least {FEWEST_PAIRS} pairs, but {first.size} and {second.size} values came")
    difference = second - first
    mean, spread, n = float(difference.mean()), float(difference.std(ddof=1)), int(first.size)
    return LimitsOfAgreement(
        pairs=n,
        mean=mean,
        standard_deviation=spread,
        lower=mean - _Z95 * spread,
        upper=mean + _Z95 * spread,
        mean_uncertainty=spread / math.sqrt(n),
        limit_uncertainty=spread * math.sqrt(3.0 / n),
    )


@dataclass(frozen=True)
class Distribution:
    """Values with weights, such as doses and the share of each voxel in a region."""

    values: Floats
    """Shape ``(n,)``."""
    weights: Floats
    """Shape ``(n,)``."""

    def __post_init__(self) -> None:
        if self.values.shape != self.weights.shape or not (self.weights >= 0).all() or not self.weights.sum() > 0:
            raise ValueError("expected values with weights from zero on, some above, but others came")

    def above(self, levels: Floats) -> Floats:
        """Share of the weight at values of at least each level. Shape ``(level,)``."""
        order = np.argsort(self.values, kind="stable")
        below = np.concatenate([[0.0], np.cumsum(self.weights[order])])
        place = np.searchsorted(self.values[order], levels, side="left")
        return np.asarray(1.0 - below[place] / below[-1])

    def exceeded_by(self, share: float) -> float:
        """The value that this share of the weight reaches or exceeds, interpolated between the values' middles."""
        order = np.argsort(self.values, kind="stable")
        weights = self.weights[order]
        middle = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
        return float(np.interp(1.0 - share, middle, self.values[order]))

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(np.average(self.values, weights=self.weights))


@dataclass(frozen=True)
class HistogramAgreement:
    """How far two cumulative histograms lie apart."""

    largest_share: float
    """Largest difference of the shares at one value (Kolmogorov's distance). [1]"""
    mean_distance: float
    """Area between the two (the first Wasserstein distance), in the unit of the values."""


def histogram_agreement(first: Distribution, second: Distribution) -> HistogramAgreement:
    """Compare two cumulative histograms over all their values.

    The area between them is the mean distance by which values have to be moved to turn one into the other; it is at
    least the difference of the means.
    """
    levels = np.unique(np.concatenate([first.values, second.values]))
    gap = np.abs(first.above(levels) - second.above(levels))
    return HistogramAgreement(largest_share=float(gap.max()), mean_distance=float(np.sum(gap[1:] * np.diff(levels))))
