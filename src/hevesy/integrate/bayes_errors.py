"""The uncertainty of a posterior, source by source."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.integrate.bayes_problem import Problem
from hevesy.numerics.log_normal_posterior import Laplace, Sample, weighted_quantiles
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

CENTRAL = np.array([0.025, 0.5, 0.975])
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class PosteriorErrors:
    r"""What the errors of data and prior do to a posterior.

    To first order the mode moves with the log data by the gain :math:`K`, and with the mean of the prior by
    :math:`V P`, with the posterior covariance :math:`V` and the precision :math:`P` of the prior. So
    :math:`V = K \Sigma K^T + V P V`: the first part splits into the named sources of the points, the second is what the
    prior leaves open, correlated between regions.
    """

    problem: Problem
    mode: Laplace
    sample: Sample

    def carry(self, index: int, drawn: Floats, log_slopes: Floats) -> Uncertain:
        """A positive quantity of one region: posterior median, and components that give the posterior's 95 % interval.

        Parameters
        ----------
        index
            Of the region among the parts.
        drawn
            The quantity of every draw. Shape ``(draw,)``.
        log_slopes
            Derivative of its logarithm by the parameters, of every region. Shape ``(region, parameter)``.
        """
        low, median, high = weighted_quantiles(drawn, self.sample.weights, CENTRAL).tolist()
        spread = math.log(high / low) / (2.0 * _Z95)
        kept, own = self._of_data(log_slopes[index])
        kept |= self._administered(log_slopes[index])
        own |= self._of_prior(index, log_slopes)
        fixed, rest = (math.fsum(u * u for u in some.values()) for some in (kept, own))
        factor = math.sqrt(max(0.0, math.expm1(spread**2) - fixed) / rest) if rest > 0 else 1.0
        relative = {**kept, **{name: factor * u for name, u in own.items()}}
        return Uncertain(median, {name: median * u for name, u in relative.items()})

    def _of_data(self, log_slope: Floats) -> tuple[dict[str, float], dict[str, float]]:
        """Relative components of the shared sources, and of those of one datum only."""
        by_datum = log_slope @ self.mode.gain
        shared = {name: float(by_datum @ relative) for name, relative in self.problem.shared.items()}
        own: dict[str, float] = {}
        for n, (change, sources) in enumerate(zip(by_datum.tolist(), self.problem.own, strict=True)):
            own |= {name: change * u for name, u in sources.items()}
            own[f"fit:{self._datum(n)}"] = change * float(self.problem.unstated[n])
        return shared, own

    def _datum(self, n: int) -> str:
        for part in self.problem.parts:
            if n < part.data.stop:
                return f"{part.curve.region}@{n - part.data.start + 1}"
        raise IndexError(n)

    def _by_prior(self) -> Floats:
        """Derivative of the mode by the mean of the prior. Shape ``(parameter, parameter)``."""
        moved: Floats = self.mode.covariance @ self.problem.prior.precision
        return moved

    def _administered(self, log_slope: Floats) -> dict[str, float]:
        change = float(log_slope @ self._by_prior() @ self.problem.amplitudes)
        return {name: change * u for name, u in self.problem.administered.items()}

    def _of_prior(self, index: int, log_slopes: Floats) -> dict[str, float]:
        """What the prior leaves open: ``prior:<region>``, in the order of the regions, correlated as it is."""
        moved = log_slopes @ self._by_prior()
        open_ = moved @ self.problem.covariance @ moved.T
        spread = math.fsum(u * u for u in self.problem.administered.values())
        scaled = moved @ self.problem.amplitudes
        open_ -= spread * np.outer(scaled, scaled)
        tiny = 1e-12 * max(float(np.trace(open_)), 1e-12)
        factor = np.linalg.cholesky(open_ + tiny * np.eye(len(open_)))
        return {
            f"prior:{part.curve.region}": float(factor[index, k])
            for k, part in enumerate(self.problem.parts[: index + 1])
        }
