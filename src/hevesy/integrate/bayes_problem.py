"""A patient's scans and a population prior as one problem for the posterior."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from hevesy.domain import PopulationPrior, RegionPrior, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.kinetic_model import KINETIC_MODELS, LOG_AMPLITUDE, KineticModel, values
from hevesy.numerics.log_normal_posterior import LogData, NormalPrior, with_flat
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

_TINY = 1e-300
"""An activity that underflowed: its logarithm stays a number."""


@dataclass(frozen=True)
class PriorUse:
    """A population prior and what of it belongs to this patient."""

    prior: PopulationPrior
    name: str
    """Of the table or file, for the reader."""
    regions: Mapping[str, str] = field(default_factory=dict)
    """Region of the prior for a measured region of another name."""
    administered_activity_bq: Uncertain | None = None
    """Lets the prior speak about the uptake too, and limits the activity of a region. [Bq]"""
    with_uptake: bool = True
    """Whether the prior speaks about the uptake where it can."""
    covariates: Mapping[str, float] = field(default_factory=dict)

    def region(self, measured: str) -> RegionPrior:
        """The prior of a measured region.

        Raises
        ------
        RegionFinding
            If the prior has none.
        """
        wanted = self.regions.get(measured, measured)
        for region in self.prior.regions:
            if region.name == wanted:
                return region
        known = ", ".join(region.name for region in self.prior.regions)
        raise RegionFinding(f"the prior {self.name} has no region {wanted!r} (it has {known})")


@dataclass(frozen=True)
class RegionPart:
    """Where one measured region lies among parameters and data."""

    curve: TimeActivityCurve
    prior: RegionPrior
    model: KineticModel
    parameters: slice
    data: slice


@dataclass(frozen=True)
class Problem:
    """Everything the posterior of some regions needs."""

    parts: tuple[RegionPart, ...]
    prior: NormalPrior
    data: LogData
    flat: NDArray[np.bool_]
    """Parameters of which the prior says nothing. Shape ``(parameter,)``."""
    covariance: Floats
    """Of the prior; zero in the flat rows. Shape ``(parameter, parameter)``."""
    shared: Mapping[str, Floats]
    """Relative component of every named source that more than one datum has. Shape ``(datum,)`` each."""
    own: tuple[Mapping[str, float], ...]
    """Relative components of the sources of one datum only."""
    unstated: Floats
    """Relative scatter of each datum beyond its own sources. Shape ``(datum,)``."""
    administered: Mapping[str, float]
    """Relative components of the administered activity; empty where it is not used."""
    amplitudes: Floats
    """1 for every log amplitude that the administered activity scales. Shape ``(parameter,)``."""
    physical_rate_per_h: float

    def log_model(self, theta: Floats) -> tuple[Floats, Floats]:
        """Logarithm of every activity, and its derivative by the parameters."""
        n = self.data.values.size
        logs = np.empty((*theta.shape[:-1], n))
        slopes = np.zeros((*theta.shape[:-1], n, theta.shape[-1]))
        for part in self.parts:
            times = part.curve.times_s / 3600.0
            value, gradient = values(part.model, theta[..., part.parameters], times, self.physical_rate_per_h)
            value = np.maximum(value, _TINY)
            logs[..., part.data] = np.log(value)
            slopes[..., part.data, part.parameters] = gradient / value[..., None]
        return logs, slopes


def check_prior(prior: PopulationPrior, *, nuclide: str, ligand: str, where: str) -> None:
    """Refuse a prior of another ligand or radionuclide.

    Raises
    ------
    InputError
        If either differs.
    """
    if prior.nuclide != nuclide:
        raise InputError(f"a prior of {nuclide}", f"one of {prior.nuclide} came", where)
    if _plain(prior.ligand) != _plain(ligand):
        raise InputError(f"a prior of {ligand}", f"one of {prior.ligand} came", where)


def _plain(ligand: str) -> str:
    """A ligand's name without the ways of writing it: ``PSMA-617`` is ``PSMA 617``."""
    return "".join(c for c in ligand.casefold() if c.isalnum() or c == "&")


def pose(curves: Sequence[TimeActivityCurve], use: PriorUse, physical_rate_per_h: float) -> Problem:
    """Pose the posterior of some regions, each of another region of the prior.

    Raises
    ------
    InputError
        If a covariate of the prior is not given.
    RegionFinding
        If the prior has no such region.
    """
    parts = _parts(curves, use)
    everywhere = [np.arange(use.prior.mean.size)[use.prior.slices[part.prior.name]] for part in parts]
    chosen = np.concatenate(everywhere)
    amplitude = np.array([name == LOG_AMPLITUDE for part in parts for name in part.model.parameters])
    shift, administered = _administered(use)
    flat = np.array(use.prior.uninformative)[chosen] | (amplitude & (shift is None))
    scaled = (amplitude & ~flat).astype(np.float64)
    mean, covariance = prior_moments(use)
    mean = mean[chosen] + scaled * (shift or 0.0)
    spread = math.fsum(u * u for u in administered.values())
    covariance = (covariance[np.ix_(chosen, chosen)] + spread * np.outer(scaled, scaled)) * np.outer(~flat, ~flat)
    for part in parts:
        if flat[part.parameters.start]:
            mean[part.parameters.start] = math.log(float(part.curve.activities_bq.max()))
    shared, own, unstated, data = _data(parts)
    return Problem(
        parts=parts,
        prior=with_flat(mean, covariance, flat, _limits(parts, use)),
        data=data,
        flat=flat,
        covariance=covariance,
        shared=shared,
        own=own,
        unstated=unstated,
        administered=administered,
        amplitudes=scaled,
        physical_rate_per_h=physical_rate_per_h,
    )


def _limits(parts: Sequence[RegionPart], use: PriorUse) -> Floats:
    """No region without uptake phase begins with more than was administered. Shape ``(parameter,)``."""
    limits = np.full(parts[-1].parameters.stop, np.inf)
    given = use.administered_activity_bq
    if given is not None:
        most = math.log(given.value * (1.0 + 3.0 * given.relative_standard_uncertainty))
        for part in parts:
            reached = math.log(float(part.curve.activities_bq.max()))
            if not part.model.has_uptake:
                limits[part.parameters.start] = max(most, reached)
    return limits


def _administered(use: PriorUse) -> tuple[float | None, dict[str, float]]:
    """Logarithm of the activity of one unit of the prior, None where it has none, and its relative components."""
    given, fraction = use.administered_activity_bq, use.prior.fraction_of_administered_per_unit
    if given is None or fraction is None or not use.with_uptake:
        return None, {}
    return math.log(given.value * fraction), {name: u / given.value for name, u in given.components.items()}


def _parts(curves: Sequence[TimeActivityCurve], use: PriorUse) -> tuple[RegionPart, ...]:
    parts: list[RegionPart] = []
    parameter = datum = 0
    for curve in curves:
        region = use.region(curve.region)
        model = KINETIC_MODELS[region.model]
        following = parameter + model.n_parameters, datum + len(curve.points)
        parts.append(RegionPart(curve, region, model, slice(parameter, following[0]), slice(datum, following[1])))
        parameter, datum = following
    return tuple(parts)


def prior_moments(use: PriorUse) -> tuple[Floats, Floats]:
    """Mean and covariance of the parameters of a new patient in one cycle, all regions together.

    The spread between few patients is itself known roughly: their covariance is widened so that 1.96 standard
    deviations are the 97.5 % point of Student's distribution with one degree of freedom less than there are patients.

    Raises
    ------
    InputError
        If a covariate of the prior is not given.
    """
    prior = use.prior
    mean = prior.mean.copy()
    for effect in prior.covariates:
        if effect.name not in use.covariates:
            raise InputError(f"the covariate {effect.name} of the prior {use.name}", "none came", "covariates")
        mean += effect.shift(use.covariates[effect.name])
    between = prior.between_patients if prior.between_cycles is None else prior.between_patients + prior.between_cycles
    wider = float(stdtrit(max(prior.patients - 1, 1), 0.975) / ndtri(0.975))
    return mean, prior.mean_covariance + wider**2 * between


def _data(
    parts: Sequence[RegionPart],
) -> tuple[dict[str, Floats], tuple[dict[str, float], ...], Floats, LogData]:
    points = [point for part in parts for point in part.curve.points]
    relative = [{name: u / p.activity.value for name, u in p.activity.components.items()} for p in points]
    uses = Counter(name for components in relative for name in components)
    shared = {name: np.array([c.get(name, 0.0) for c in relative]) for name, n in uses.items() if n > 1}
    own = tuple({name: u for name, u in c.items() if name not in shared} for c in relative)
    stated = np.array([math.hypot(*c.values()) for c in own])
    expected = np.concatenate(
        [np.full(len(p.curve.points), p.prior.residual_relative_standard_deviation) for p in parts]
    )
    unstated = np.sqrt(np.maximum(0.0, expected**2 - stated**2))
    covariance = np.diag(stated**2 + unstated**2)
    for source in shared.values():
        covariance += np.outer(source, source)
    return shared, own, unstated, LogData(np.log([p.activity.value for p in points]), covariance)
