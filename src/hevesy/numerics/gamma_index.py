r"""The gamma index of two dose distributions on one lattice.

.. math::

    \gamma(r) = \min_{r'} \sqrt{\frac{|r' - r|^2}{\Delta d^2} + \frac{(D_e(r') - D_r(r))^2}{\Delta D^2}}

for every point of the reference distribution :math:`D_r`, over all points of the evaluated one :math:`D_e`. A point
passes with :math:`\gamma \le 1`.

References
----------
.. [1] D. A. Low, W. B. Harms, S. Mutic, J. A. Purdy, Med. Phys. 25 (1998) 656, doi:10.1118/1.598248
.. [2] M. Wendling et al., Med. Phys. 34 (2007) 1647, doi:10.1118/1.2721657 (search by distance, interpolated)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled

Floats = NDArray[np.float64]
LARGEST = 2.0
"""Where no point lies nearer, this is given: it fails all the same, and nothing farther has to be searched."""
_PER_DISTANCE = 10
"""Points per distance to agreement that the evaluated distribution is interpolated at, as reference 2 advises."""


@dataclass(frozen=True)
class GammaCriteria:
    """What passes."""

    distance_mm: float
    """Distance to agreement. [mm]"""
    dose_difference: float
    """Share of the largest reference dose, or of the dose at the point. [1]"""
    local: bool
    """Whether the difference is a share of the dose at the point."""
    threshold: float
    """Points of less than this share of the largest reference dose are left out. [1]"""

    def __post_init__(self) -> None:
        if not (self.distance_mm > 0 and self.dose_difference > 0 and 0 <= self.threshold < 1):
            raise ValueError(f"expected a positive distance and difference and a threshold below 1, but {self} came")
        if self.local and self.threshold == 0:
            raise ValueError("expected a threshold above 0 for local differences, but 0 came")


@dataclass(frozen=True)
class GammaIndex:
    """The index where it was asked for."""

    values: Floats
    """Up to ``LARGEST``; NaN where the reference is below the threshold. Shape ``(z, y, x)``."""

    @property
    def points(self) -> int:
        """Number of points compared."""
        return int(np.count_nonzero(np.isfinite(self.values)))

    @property
    def pass_rate(self) -> float:
        """Share of the points with an index up to 1; NaN without a point."""
        found = self.values[np.isfinite(self.values)]
        return float(np.mean(found <= 1.0)) if found.size else math.nan


def gamma_index(
    reference: Floats, evaluated: Floats, spacing_mm: tuple[float, float, float], criteria: GammaCriteria
) -> GammaIndex:
    """Compare two distributions point by point.

    The evaluated distribution is interpolated linearly at a tenth of the distance to agreement, out to ``LARGEST``
    distances; beyond its lattice there is none.

    Parameters
    ----------
    reference, evaluated
        Absorbed doses. Shape ``(z, y, x)``. [Gy]
    spacing_mm
        Along ``(z, y, x)``. [mm]
    criteria
        What passes.

    Raises
    ------
    ValueError
        If the shapes differ, values are not finite, or the reference is nowhere positive.
    """
    if reference.shape != evaluated.shape or not (np.isfinite(reference).all() and np.isfinite(evaluated).all()):
        raise ValueError("expected finite doses on one lattice, but others came")
    largest = float(reference.max())
    if not largest > 0:
        raise ValueError(f"expected a positive reference dose, but at most {largest:g} came")
    compared = reference >= max(criteria.threshold * largest, np.finfo(np.float64).tiny if criteria.local else -np.inf)
    points = np.argwhere(compared)
    doses = reference[compared].astype(np.float64)
    allowed = criteria.dose_difference * (doses if criteria.local else np.full_like(doses, largest))
    steps, squares = _steps(criteria.distance_mm, spacing_mm)
    found = np.empty(len(points))
    _search(np.ascontiguousarray(evaluated, dtype=np.float64), (points, doses, allowed), (steps, squares), found)
    values = np.full(reference.shape, np.nan)
    values[compared] = found
    return GammaIndex(values)


def _steps(distance_mm: float, spacing_mm: tuple[float, float, float]) -> tuple[Floats, Floats]:
    """Steps in voxels by distance, and its squares over that of the distance to agreement; nearest first."""
    n = math.ceil(LARGEST * _PER_DISTANCE)
    axis = np.arange(-n, n + 1) / _PER_DISTANCE
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    squares = np.sum(grid**2, axis=1)
    kept = squares <= LARGEST**2
    order = np.argsort(squares[kept], kind="stable")
    return grid[kept][order] * distance_mm / np.array(spacing_mm), squares[kept][order]


@compiled
def _search(
    evaluated: Floats,
    points: tuple[NDArray[np.int64], Floats, Floats],
    steps: tuple[Floats, Floats],
    found: Floats,
) -> None:
    places, doses, allowed = points
    offsets, squares = steps
    for n in range(places.shape[0]):
        best = LARGEST * LARGEST
        for k in range(offsets.shape[0]):
            if squares[k] >= best:
                break
            dose = _at(
                evaluated, places[n, 0] + offsets[k, 0], places[n, 1] + offsets[k, 1], places[n, 2] + offsets[k, 2]
            )
            best = min(best, squares[k] + ((dose - doses[n]) / allowed[n]) ** 2)
        found[n] = math.sqrt(best)


@compiled
def _at(values: Floats, z: float, y: float, x: float) -> float:
    """Linear interpolation; infinite beyond the centres of the outermost voxels."""
    n_z, n_y, n_x = values.shape
    if z < 0.0 or y < 0.0 or x < 0.0 or z > n_z - 1 or y > n_y - 1 or x > n_x - 1:
        return np.inf
    k, j, i = min(int(z), max(n_z - 2, 0)), min(int(y), max(n_y - 2, 0)), min(int(x), max(n_x - 2, 0))
    w, v, u = z - k, y - j, x - i
    kk, jj, ii = min(k + 1, n_z - 1), min(j + 1, n_y - 1), min(i + 1, n_x - 1)
    near = (1.0 - v) * ((1.0 - u) * values[k, j, i] + u * values[k, j, ii])
    near += v * ((1.0 - u) * values[k, jj, i] + u * values[k, jj, ii])
    far = (1.0 - v) * ((1.0 - u) * values[kk, j, i] + u * values[kk, j, ii])
    far += v * ((1.0 - u) * values[kk, jj, i] + u * values[kk, jj, ii])
    dose: float = (1.0 - w) * near + w * far
    return dose
