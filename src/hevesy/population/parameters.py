r"""The parameters of a population, and coordinates in which their estimation is well conditioned.

The coordinates :math:`x` are measured from a start in units of the standard errors expected there, so that the
Hessian of the marginal likelihood is of the order of one in every direction:
:math:`\mu = \mu_0 + s_0 x`, :math:`\Omega = L_0 K K^T L_0^T` with :math:`K(0) = 1`,
:math:`\gamma = \gamma_0 e^{2 x / \sqrt{2 N}}`, :math:`\sigma = \sigma_0 e^{x / \sqrt{2 n}}`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.population.layout import Layout

Floats = NDArray[np.float64]

STRUCTURES = ("diagonal", "region", "parameter", "full")
"""Which random effects may be correlated: none, those of one region, those of one kind across regions, all."""


@dataclass(frozen=True, eq=False)
class Population:
    """Parameters of the distribution that the patients come from."""

    mean: Floats
    """Of the unconstrained parameters, covariates at their centre. Shape ``(parameter,)``."""
    effects: Floats
    """Slopes of the covariates. Shape ``(effect,)``."""
    between_patients: Floats
    """Covariance. Shape ``(parameter, parameter)``."""
    between_cycles: Floats
    """Variances; empty without occasions. Shape ``(parameter,)`` or ``(0,)``."""
    residual: Floats
    """Standard deviation of the logarithm of an activity. Shape ``(region,)``."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivative of an objective by the parameters of a population."""

    mean: Floats
    effects: Floats
    between_patients: Floats
    """By the symmetric covariance."""
    between_cycles: Floats
    residual: Floats
    """By the logarithm of the standard deviation. Shape ``(region,)``."""


def structure_mask(layout: Layout, structure: str) -> NDArray[np.bool_]:
    """Which covariances are free. Shape ``(parameter, parameter)``.

    Raises
    ------
    ValueError
        If the structure is unknown.
    """
    n = layout.n_parameters
    kinds = np.array([name for _, name in layout.names])
    masks: dict[str, NDArray[np.bool_]] = {
        "diagonal": np.eye(n, dtype=bool),
        "region": layout.region_of[:, None] == layout.region_of,
        "parameter": kinds[:, None] == kinds,
        "full": np.ones((n, n), dtype=bool),
    }
    if structure not in masks:
        raise ValueError(f"expected a structure among {STRUCTURES}, but {structure!r} came")
    return masks[structure]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """The map between coordinates and a population."""

    start: Population
    cholesky: Floats
    """Of the covariance at the start, on its structure."""
    free: tuple[NDArray[np.int64], NDArray[np.int64]]
    """Rows and columns of the free entries of K."""
    n_patients: int
    n_observations: int
    effect_scale: Floats
    residual_groups: NDArray[np.int64]
    """Which coordinate of the residual each region has; -1 where it is fixed. Shape ``(region,)``."""

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """Number of coordinates of mean, effects, covariance, cycles, residual."""
        n_residual = int(self.residual_groups.max(initial=-1)) + 1
        start = self.start
        return (start.mean.size, start.effects.size, self.free[0].size, start.between_cycles.size, n_residual)

    @property
    def mean_scale(self) -> Floats:
        """Expected standard error of the mean."""
        result: Floats = np.sqrt(np.diag(self.start.between_patients) / self.n_patients)
        return result

    @property
    def log_spread_slope(self) -> Floats:
        """Derivative of the sum of the logarithms of all spreads of patients and cycles by the coordinates."""
        mean, effects, covariance, cycles, residual = (np.zeros(n) for n in self.sizes)
        rows, columns = self.free
        covariance[rows == columns] = 1.0 / np.sqrt(2.0 * self.n_patients)
        cycles[:] = 1.0 / np.sqrt(2.0 * self.n_patients)
        return np.concatenate([mean, effects, covariance, cycles, residual])

    def split(self, x: Floats) -> list[Floats]:
        """Coordinates of each kind."""
        return np.split(x, np.cumsum(self.sizes)[:-1])

    def population(self, x: Floats) -> Population:
        """The population at these coordinates."""
        mean, effects, covariance, cycles, residual = self.split(x)
        spread = self.cholesky @ self._factor(covariance)
        moved = np.append(residual, 0.0)[self.residual_groups] / np.sqrt(2.0 * self.n_observations)
        return Population(
            self.start.mean + self.mean_scale * mean,
            self.start.effects + self.effect_scale * effects,
            spread @ spread.T,
            self.start.between_cycles * np.exp(2.0 * cycles / np.sqrt(2.0 * self.n_patients)),
            self.start.residual * np.exp(moved),
        )

    def gradient(self, x: Floats, by: Gradient) -> Floats:
        """Derivative by the coordinates."""
        _, _, covariance, cycles, _ = self.split(x)
        factor = self._factor(covariance)
        slope = self.cholesky.T @ (2.0 * by.between_patients @ self.cholesky @ factor)
        rows, columns = self.free
        inner = np.where(rows == columns, np.diag(factor)[rows] / np.sqrt(2.0), 1.0) / np.sqrt(self.n_patients)
        gamma = self.start.between_cycles * np.exp(2.0 * cycles / np.sqrt(2.0 * self.n_patients))
        n_residual = self.sizes[-1]
        kept = self.residual_groups >= 0
        residual = np.bincount(self.residual_groups[kept], by.residual[kept], n_residual)
        return np.concatenate(
            [
                by.mean * self.mean_scale,
                by.effects * self.effect_scale,
                slope[rows, columns] * inner,
                by.between_cycles * gamma * 2.0 / np.sqrt(2.0 * self.n_patients),
                residual[:n_residual] / np.sqrt(2.0 * self.n_observations),
            ]
        )

    def _factor(self, covariance: Floats) -> Floats:
        rows, columns = self.free
        factor = np.zeros_like(self.cholesky)
        scaled = covariance / np.sqrt(self.n_patients)
        factor[rows, columns] = np.where(rows == columns, np.exp(scaled / np.sqrt(2.0)), scaled)
        return factor


def coordinates(layout: Layout, start: Population, structure: str, residual_groups: NDArray[np.int64]) -> Coordinates:
    """Coordinates about a population, whose covariance must have the structure."""
    lower = np.tril(structure_mask(layout, structure))
    rows, columns = np.nonzero(lower)
    spread = np.sqrt(np.diag(start.between_patients) / len(layout.patients))
    scale = np.array([spread[e.column] / max(float(np.std(e.values)), 1e-300) for e in layout.effects])
    return Coordinates(
        start,
        np.asarray(np.linalg.cholesky(start.between_patients), dtype=np.float64),
        (rows, columns),
        len(layout.patients),
        layout.n_observations,
        scale,
        residual_groups,
    )
