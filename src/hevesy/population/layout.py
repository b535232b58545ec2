"""A cohort as padded arrays, and where each parameter of each region stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import KineticModel
from hevesy.population.cohort import Cohort, Observation

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ModelGroup:
    """The regions that share a kinetic model, evaluated together."""

    model: KineticModel
    regions: Integers
    """Indices of the regions. Shape ``(region,)``."""
    columns: Integers
    """Where their parameters stand among all. Shape ``(region, parameter)``."""


@dataclass(frozen=True, eq=False)
class Effect:
    """A covariate that moves the mean of one parameter."""

    covariate: str
    column: int
    """Of the parameter."""
    values: Floats
    """Transformed and centred. Shape ``(patient,)``."""
    transform: Literal["log", "linear"] = "linear"
    centre: float = 0.0
    """Of the transformed values."""


@dataclass(frozen=True, eq=False)
class Stratum:
    """The patients with the same number of cycles.

    Arrays have the axes ``(patient, cycle, region, time)`` and are padded where there is no measurement.
    """

    patients: Integers
    """Indices among all patients."""
    cycles: tuple[tuple[str, ...], ...]
    """Names of the cycles of each patient."""
    times_h: Floats
    log_activity: Floats
    stated_variance: Floats
    """Of the logarithm, from the stated uncertainty."""
    measured: NDArray[np.bool_]

    @property
    def n_cycles(self) -> int:
        """Cycles per patient."""
        return len(self.cycles[0])


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything about a cohort that does not change during a fit."""

    physical_rate_per_h: float
    patients: tuple[str, ...]
    regions: tuple[str, ...]
    models: tuple[KineticModel, ...]
    """Of each region."""
    groups: tuple[ModelGroup, ...]
    strata: tuple[Stratum, ...]
    effects: tuple[Effect, ...]
    has_occasions: bool
    """Whether parameters vary from cycle to cycle."""

    @property
    def n_parameters(self) -> int:
        """Of all regions together."""
        return len(self.names)

    @property
    def n_observations(self) -> int:
        """Measured activities."""
        return sum(int(s.measured.sum()) for s in self.strata)

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Region and parameter of each column."""
        return tuple((r, p) for r, m in zip(self.regions, self.models, strict=True) for p in m.parameters)

    @property
    def region_of(self) -> Integers:
        """Index of the region of each column."""
        return np.repeat(np.arange(len(self.regions)), [m.n_parameters for m in self.models])


def repeated(stratum: Stratum, times: int) -> Stratum:
    """Every patient several times, next to each other.

    Parameters
    ----------
    stratum
        Of the patients.
    times
        How often.
    """
    return replace(
        stratum,
        patients=np.repeat(stratum.patients, times),
        times_h=np.repeat(stratum.times_h, times, axis=0),
        log_activity=np.repeat(stratum.log_activity, times, axis=0),
        stated_variance=np.repeat(stratum.stated_variance, times, axis=0),
        measured=np.repeat(stratum.measured, times, axis=0),
    )


def arrange(
    cohort: Cohort, models: Mapping[str, KineticModel], effects: Sequence[Effect] = (), *, between_cycles: bool = False
) -> Layout:
    """Arrange a cohort for models of its regions; regions without a model are left out.

    Parameters
    ----------
    cohort
        The measured activities.
    models
        Kinetic model by region.
    effects
        Covariates and the parameters they move.
    between_cycles
        Whether the parameters of a patient vary from cycle to cycle; otherwise all cycles show one curve.
    """
    regions = tuple(r for r in cohort.regions if r in models)
    chosen = tuple(models[r] for r in regions)
    kept = [o for o in cohort.observations if o.region in models]
    return Layout(
        physical_rate_per_h=float(np.log(2.0)) / cohort.physical_half_life_h,
        patients=cohort.patients,
        regions=regions,
        models=chosen,
        groups=_groups(chosen),
        strata=_strata(kept, cohort.patients, regions, between_cycles=between_cycles),
        effects=tuple(effects),
        has_occasions=between_cycles,
    )


def _groups(models: Sequence[KineticModel]) -> tuple[ModelGroup, ...]:
    starts = np.cumsum([0, *(m.n_parameters for m in models)])
    groups = []
    for model in dict.fromkeys(models):
        regions = np.array([i for i, m in enumerate(models) if m == model])
        groups.append(ModelGroup(model, regions, starts[regions][:, None] + np.arange(model.n_parameters)))
    return tuple(groups)


def _strata(
    observations: Sequence[Observation], patients: Sequence[str], regions: Sequence[str], *, between_cycles: bool
) -> tuple[Stratum, ...]:
    cells: dict[str, dict[str, dict[str, list[Observation]]]] = {p: {} for p in patients}
    for o in observations:
        cycle = o.cycle if between_cycles else ""
        cells[o.patient].setdefault(cycle, {}).setdefault(o.region, []).append(o)
    counts = {p: len(cells[p]) for p in patients if cells[p]}
    return tuple(
        _stratum([p for p in counts if counts[p] == n], cells, patients, regions) for n in sorted(set(counts.values()))
    )


def _stratum(
    members: Sequence[str],
    cells: Mapping[str, Mapping[str, Mapping[str, list[Observation]]]],
    patients: Sequence[str],
    regions: Sequence[str],
) -> Stratum:
    n_cycles = len(cells[members[0]])
    longest = max(len(found) for p in members for by_region in cells[p].values() for found in by_region.values())
    shape = (len(members), n_cycles, len(regions), longest)
    times, logs, stated, measured = np.ones(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    for i, patient in enumerate(members):
        for c, by_region in enumerate(cells[patient].values()):
            for region, found in by_region.items():
                for t, o in enumerate(sorted(found, key=lambda o: o.time_h)):
                    at = (i, c, regions.index(region), t)
                    times[at], logs[at], measured[at] = o.time_h, np.log(o.activity), True
                    stated[at] = np.log1p((o.standard_uncertainty / o.activity) ** 2) if o.standard_uncertainty else 0.0
    index = np.array([patients.index(p) for p in members])
    return Stratum(index, tuple(tuple(cells[p]) for p in members), times, logs, stated, measured)
