"""Random errors by the name of their source: values that share a source are drawn wrong together.

The numbers of a source depend on the seed and on its name alone, not on what else is drawn. So a calibration factor is
one error, whichever region, scan or cycle it acts on, and adding a region changes no number of another one.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtri

from hevesy.quantities.uncertain import Uncertain

Floats = NDArray[np.float64]

FEWEST, MOST = 200, 100_000
"""Numbers of draws that make sense."""


@dataclass(frozen=True)
class Draws:
    """A seeded set of draws of every source."""

    seed: int
    samples: int

    def __post_init__(self) -> None:
        if not (FEWEST <= self.samples <= MOST and self.seed >= 0):
            raise ValueError(
                f"expected {FEWEST} to {MOST} draws and a seed, but {self.samples} and seed {self.seed} came"
            )

    def uniform(self, source: str) -> Floats:
        r"""Numbers in (0, 1), one in each of as many equal strata. Shape ``(sample,)``.

        A Philox generator, which counts, is keyed by the seed and the name; the strata (Latin hypercube) take most of
        the noise out of estimates that are nearly linear in the sources.

        References
        ----------
        .. [1] M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21 (1979) 239, doi:10.2307/1268522
        """
        digest = hashlib.blake2b(f"{self.seed}:{source}".encode(), digest_size=16).digest()
        bits = np.random.Philox(key=int.from_bytes(digest, "little")).random_raw(2 * self.samples)
        numbers = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        strata = np.argsort(numbers[: self.samples], kind="stable")
        result: Floats = (strata + numbers[self.samples :]) / self.samples
        return result

    def normal(self, source: str) -> Floats:
        """Standard normal numbers. Shape ``(sample,)``."""
        result: Floats = ndtri(self.uniform(source))
        return result

    def student(self, source: str, degrees_of_freedom: float) -> Floats:
        """The scale that turns normal numbers into Student's t, one for all errors of a source. Shape ``(sample,)``."""
        half = degrees_of_freedom / 2.0
        result: Floats = np.sqrt(half / gammaincinv(half, self.uniform(f"{source}.scale")))
        return result


def log_spread(estimate: Uncertain) -> float:
    r"""Standard deviation of the logarithm of a positive quantity, :math:`s^2 = \ln(1 + u^2 / x^2)`."""
    return math.sqrt(math.log1p(estimate.relative_standard_uncertainty**2))


def log_components(estimate: Uncertain) -> dict[str, float]:
    """The components of a positive quantity's logarithm, in the proportions of the quantity's own.

    Raises
    ------
    ValueError
        If the value is not positive.
    """
    if not estimate.value > 0:
        raise ValueError(f"expected a positive value to draw, but {estimate.value} came")
    if not estimate.components:
        return {}
    factor = log_spread(estimate) / estimate.standard_uncertainty
    return {name: component * factor for name, component in estimate.components.items()}


def drawn(estimate: Uncertain, draws: Draws) -> Floats:
    r"""Draws of a positive quantity, log-normal about its value. Shape ``(sample,)``.

    .. math:: x \exp\Bigl(\sum_s \frac{s}{u} u_s z_s\Bigr), \qquad s^2 = \ln(1 + u^2 / x^2)

    with one standard normal number :math:`z_s` for each source: the distribution of :func:`interval95`.

    Raises
    ------
    ValueError
        If the value is not positive.
    """
    exponent = np.zeros(draws.samples)
    for name, component in log_components(estimate).items():
        exponent += component * draws.normal(name)
    result: Floats = estimate.value * np.exp(exponent)
    return result
