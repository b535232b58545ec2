"""The measured activities of a cohort of patients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Observation:
    """One measured activity."""

    patient: str
    region: str
    time_h: float
    """Since the administration of its cycle. [h]"""
    activity: float
    """Present at that time, not corrected for decay, in the cohort's unit."""
    standard_uncertainty: float | None = None
    """Stated with the activity, in the same unit."""
    cycle: str = ""


@dataclass(frozen=True)
class Cohort:
    """Observations of patients in regions, with what is known about the patients.

    Raises
    ------
    ValueError
        If a time or an activity is not positive and finite, a stated uncertainty is not, or one region of one patient
        has two activities at the same time in one cycle.
    """

    nuclide: str
    physical_half_life_h: float
    """[h]"""
    activity_unit: str
    observations: tuple[Observation, ...]
    covariates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By name of the covariate, then by patient."""

    def __post_init__(self) -> None:
        seen: set[tuple[str, str, str, float]] = set()
        for o in self.observations:
            stated = (o.standard_uncertainty,) if o.standard_uncertainty is not None else ()
            if not all(math.isfinite(v) and v > 0 for v in (o.time_h, o.activity, *stated)):
                raise ValueError(f"expected positive times, activities and uncertainties, but {o} came")
            key = (o.patient, o.region, o.cycle, o.time_h)
            if key in seen:
                raise ValueError(f"expected one activity at a time, but two came at {o.time_h} h in {o.region}")
            seen.add(key)

    @property
    def patients(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(o.patient for o in self.observations))

    @property
    def regions(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(o.region for o in self.observations))
