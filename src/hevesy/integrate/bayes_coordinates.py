"""Where the posterior of a curve is close to a normal distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.integrate.bayes_problem import Problem, RegionPart
from hevesy.numerics.kinetic_model import values

Floats = NDArray[np.float64]

_FADED = 1e-40
"""Share of the amplitude left at a scan below which a draw is not followed: no data are explained by it."""


@dataclass(frozen=True)
class AtScan:
    """Coordinates in which the logarithm of the activity at the mean scan time stands for that of the amplitude.

    A scan fixes the activity at its time; the amplitude then bends with the rates, and no normal distribution follows.
    """

    problem: Problem

    def _without_amplitude(self, theta: Floats) -> Floats:
        """Log activity at the mean scan time for an amplitude of 1, of every region. Shape ``(..., region)``."""
        found = np.empty((*theta.shape[:-1], len(self.problem.parts)))
        for k, part in enumerate(self.problem.parts):
            own = theta[..., part.parameters].copy()
            own[..., 0] = 0.0
            value, _ = values(part.model, own, _mean_time_h(part), self.problem.physical_rate_per_h)
            found[..., k] = np.log(np.maximum(value[..., 0], _FADED))
        return found

    def forward(self, theta: Floats) -> tuple[Floats, Floats]:
        """Coordinates ``(parameter,)`` and their derivative ``(parameter, parameter)``."""
        coordinates, slope = theta.copy(), np.eye(theta.size)
        for part, log_value in zip(self.problem.parts, self._without_amplitude(theta), strict=True):
            rate = self.problem.physical_rate_per_h
            value, gradient = values(part.model, theta[part.parameters], _mean_time_h(part), rate)
            coordinates[part.parameters.start] += log_value
            slope[part.parameters.start, part.parameters] = gradient[0] / float(value[0])
        return coordinates, slope

    def back(self, coordinates: Floats) -> Floats:
        """Parameters of coordinates. Shape ``(..., parameter)`` both."""
        theta = coordinates.copy()
        starts = [part.parameters.start for part in self.problem.parts]
        theta[..., starts] -= self._without_amplitude(coordinates)
        return theta


def _mean_time_h(part: RegionPart) -> Floats:
    return np.array([float(part.curve.times_s.mean()) / 3600.0])
