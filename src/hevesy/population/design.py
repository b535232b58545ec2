"""What a plan of scans is judged by: a population, the errors of the scans, and the times that are allowed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import PopulationPrior
from hevesy.numerics.kinetic_model import KINETIC_MODELS, KineticModel, integral, log_values

Floats = NDArray[np.float64]
Plan = tuple[float, ...]
"""Times of the scans after the administration, in order. [h]"""

FLAT_STANDARD_DEVIATION = 1.0
"""Patients are drawn this widely in a parameter that the prior says nothing about (the amplitude, by a factor of e)."""
EARLIEST_H = 0.1
"""No scan is earlier than this, whatever the spread of the times. [h]"""


@dataclass(frozen=True)
class ScanErrors:
    """How wrong the scans are, and how far from the plan."""

    relative_sd: Floats
    """Of one activity, independent from scan to scan. Shape ``(region,)``. Fraction."""
    scale_sd: float = 0.0
    """Common to all scans of a patient, as of a calibration. Fraction."""
    hybrid: bool = False
    """Whether the curve is planar and one SPECT at the last time but one sets its scale (with ``scale_sd``)."""
    timing_sd_h: float = 0.0
    """Spread of the times about the plan; the time that came is known. [h]"""


@dataclass(frozen=True)
class DesignProblem:
    """A population of patients to scan, drawn once, so that all plans meet the same patients.

    Raises
    ------
    ValueError
        If a region is not one of the prior's.
    """

    prior: PopulationPrior
    regions: tuple[str, ...]
    """Whose time-integrated activities matter; all regions are scanned."""
    physical_rate_per_h: float
    """[1/h]"""
    errors: ScanErrors
    n_patients: int
    seed: int

    def __post_init__(self) -> None:
        unknown = sorted(set(self.regions) - set(self.prior.slices))
        if unknown or not self.regions:
            raise ValueError(f"expected regions among {', '.join(self.prior.slices)}, but {', '.join(unknown)} came")

    @cached_property
    def models(self) -> tuple[KineticModel, ...]:
        """Of all regions of the prior, in its order."""
        return tuple(KINETIC_MODELS[region.model] for region in self.prior.regions)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where the regions that matter stand in the prior."""
        names = list(self.prior.slices)
        return tuple(names.index(name) for name in self.regions)

    @cached_property
    def flat(self) -> NDArray[np.bool_]:
        """Parameters that the prior says nothing about. Shape ``(parameter,)``."""
        return np.array(self.prior.uninformative, dtype=np.bool_)

    @cached_property
    def covariance(self) -> Floats:
        """Of a new patient in one cycle. Shape ``(parameter, parameter)``."""
        whole = self.prior.mean_covariance + self.prior.between_patients
        return whole if self.prior.between_cycles is None else whole + self.prior.between_cycles

    @cached_property
    def precision(self) -> Floats:
        """Inverse of the covariance, zero where the prior says nothing. Shape ``(parameter, parameter)``."""
        result = np.zeros_like(self.covariance)
        told = np.ix_(~self.flat, ~self.flat)
        result[told] = np.linalg.inv(self.covariance[told])
        return result

    @cached_property
    def patients(self) -> Floats:
        """Parameters of the drawn patients. Shape ``(patient, parameter)``."""
        widened = self.covariance + np.diag(np.where(self.flat, FLAT_STANDARD_DEVIATION**2, 0.0))
        values, vectors = np.linalg.eigh(widened)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = np.random.default_rng((self.seed, 0)).normal(size=(self.n_patients, values.size))
        drawn: Floats = self.prior.mean + normal @ root.T
        return drawn

    def of_region(self, place: int) -> slice:
        """The parameters of one region of the prior."""
        return self.prior.slices[self.prior.regions[place].name]

    def integrals(self) -> tuple[Floats, Floats]:
        """Time-integrated activities of the patients and the slope of their logarithm by the parameters.

        Returns
        -------
        ``(patient, region)`` [activity x h] and ``(patient, region, parameter)``, of the regions that matter.
        """
        value = np.empty((self.n_patients, len(self.places)))
        slope = np.zeros((self.n_patients, len(self.places), self.patients.shape[1]))
        for k, place in enumerate(self.places):
            own = self.of_region(place)
            value[:, k], gradient = integral(self.models[place], self.patients[:, own], self.physical_rate_per_h)
            slope[:, k, own] = gradient / value[:, k, None]
        return value, slope

    def scan_times(self, planned_h: Floats) -> Floats:
        """Times that come of the planned ones, for every patient. Shape ``(patient, time)``. [h]"""
        shifts = np.random.default_rng((self.seed, 1)).normal(size=(self.n_patients, planned_h.size))
        return np.maximum(planned_h + self.errors.timing_sd_h * shifts, np.minimum(EARLIEST_H, planned_h))

    def log_activities(self, times_h: Floats) -> tuple[Floats, Floats]:
        """Logarithm of the activities and their slope by the parameters, at times of each patient.

        Returns
        -------
        ``(patient, region, time)`` and ``(patient, region, time, parameter)``, of all regions of the prior.
        """
        n, t, p = self.n_patients, times_h.shape[1], self.patients.shape[1]
        value, slope = np.empty((n, len(self.models), t)), np.zeros((n, len(self.models), t, p))
        for place, model in enumerate(self.models):
            own = self.of_region(place)
            value[:, place], slope[:, place, :, own], _ = log_values(
                model, self.patients[:, own], times_h, self.physical_rate_per_h
            )
        return value, slope


def plans_of(candidates_h: Floats, visits: int, minimum_gap_h: float) -> Iterator[Plan]:
    """Every choice of that many of the candidate times that keeps the gap between scans. [h]"""
    for plan in itertools.combinations(candidates_h.tolist(), visits):
        if all(later - earlier >= minimum_gap_h for earlier, later in itertools.pairwise(plan)):
            yield plan
