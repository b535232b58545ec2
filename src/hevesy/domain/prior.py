"""What a population of patients tells about the kinetics of the next one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.provenance import Citation

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RegionPrior:
    """The model of one region."""

    name: str
    model: str
    """``mono``, ``uptake-mono``, ``bi`` or ``uptake-bi`` of :mod:`hevesy.numerics.kinetic_model`."""
    parameters: tuple[str, ...]
    """Names of the unconstrained parameters, in the model's order."""
    residual_relative_standard_deviation: float
    """Scatter of a measured activity about the patient's own curve, as a standard deviation of its logarithm."""


@dataclass(frozen=True, eq=False)
class CovariateEffect:
    """How the mean moves with something known about the patient: effect times (transformed value - centre)."""

    name: str
    transform: Literal["log", "linear"]
    """``log`` makes a power law (allometric) of effects on logarithms."""
    centre: float
    """Of the transformed value; there the mean is that of the prior."""
    effect: Floats
    """On each parameter; zero where there is none. Shape ``(parameter,)``."""

    def shift(self, value: float) -> Floats:
        """What a value adds to the mean. Shape ``(parameter,)``."""
        transformed = math.log(value) if self.transform == "log" else value
        return self.effect * (transformed - self.centre)


@dataclass(frozen=True, eq=False)
class PopulationPrior:
    r"""A normal distribution of the unconstrained parameters of all regions of a patient.

    .. math:: \theta = \mu + \sum_c \beta_c (x_c - \bar x_c) + \eta + \kappa, \quad
              \eta \sim N(0, \Omega), \quad \kappa \sim N(0, \Gamma), \quad \mu \sim N(\hat\mu, C)

    with :math:`\eta` of the patient and :math:`\kappa` of the cycle. For a new patient in one cycle the covariance is
    :math:`C + \Omega + \Gamma`. Arrays are read-only; parameters are concatenated region by region.

    Raises
    ------
    ValueError
        If shapes do not agree, or a covariance is not symmetric and positive semidefinite.
    """

    ligand: str
    nuclide: str
    """As ``Lu-177``."""
    activity_unit: str
    """Of exp(log amplitude), in words: ``% of the administered activity``, ``MBq``."""
    fraction_of_administered_per_unit: float | None
    """One unit as a fraction of the administered activity: 0.01 for per cent; None where the unit is another one."""
    regions: tuple[RegionPrior, ...]
    mean: Floats
    """Shape ``(parameter,)``."""
    mean_covariance: Floats
    """How well the mean is known. Shape ``(parameter, parameter)``."""
    between_patients: Floats
    """Covariance, over all regions jointly. Shape ``(parameter, parameter)``."""
    between_cycles: Floats | None
    """Covariance between the cycles of one patient; None where no cohort showed it."""
    uninformative: tuple[bool, ...]
    """Parameters of which the prior says nothing (flat): their covariances are zero and not to be used."""
    covariates: tuple[CovariateEffect, ...]
    patients: int
    """How many patients the prior comes from."""
    source: str
    """Where the numbers come from, for the reader."""
    citation: Citation | None = None

    def __post_init__(self) -> None:
        n = sum(len(region.parameters) for region in self.regions)
        for name, shape in self._shapes(n).items():
            array = getattr(self, name)
            if array is None and name == "between_cycles":
                continue
            array = np.array(array, dtype=np.float64)
            if array.shape != shape or not np.all(np.isfinite(array)):
                raise ValueError(f"expected {name} of finite numbers of shape {shape}, but {array.shape} came")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        self._check_covariances()
        if len(self.uninformative) != n or any(effect.effect.shape != (n,) for effect in self.covariates):
            raise ValueError(f"expected {n} entries in uninformative and in every covariate's effect")

    @staticmethod
    def _shapes(n: int) -> dict[str, tuple[int, ...]]:
        return {"mean": (n,), "mean_covariance": (n, n), "between_patients": (n, n), "between_cycles": (n, n)}

    def _check_covariances(self) -> None:
        flat = np.flatnonzero(self.uninformative)
        for name in ("mean_covariance", "between_patients", "between_cycles"):
            matrix = getattr(self, name)
            if matrix is None:
                continue
            lowest = np.linalg.eigvalsh(matrix)[0]
            if not np.allclose(matrix, matrix.T, rtol=1e-9, atol=1e-12) or lowest < -1e-9 * np.abs(matrix).max():
                raise ValueError(f"expected {name} symmetric and positive semidefinite")
            if np.any(matrix[flat]):
                raise ValueError(f"expected {name} zero where the prior is uninformative")

    @property
    def slices(self) -> dict[str, slice]:
        """Where each region's parameters lie in the mean."""
        found, start = {}, 0
        for region in self.regions:
            found[region.name] = slice(start, start + len(region.parameters))
            start += len(region.parameters)
        return found
