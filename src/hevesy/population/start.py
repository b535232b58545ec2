"""Where to begin: a population from times and sizes of the measurements, improved by expectation and maximisation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics import kinetic_model as km
from hevesy.population import regularise
from hevesy.population.conditional import Mode, find_mode, prior_of
from hevesy.population.layout import Layout, Stratum
from hevesy.population.parameters import Population, structure_mask

Floats = NDArray[np.float64]

_SPREAD = 0.5
"""Between patients at the start."""
_CYCLE_SPREAD = 0.2


def resolved(layout: Layout) -> Floats:
    """Parameters that the times of the scans resolve, with the amplitudes of the data. Shape ``(parameter,)``."""
    parts = [_region_start(layout, r, model) for r, model in enumerate(layout.models)]
    return np.concatenate(parts)


def _region_start(layout: Layout, region: int, model: km.KineticModel) -> Floats:
    times, logs = _measured(layout.strata, region)
    first, last = np.quantile(times, 0.1), float(times.max())
    washout = 1.0 / last
    rates = {
        km.LOG_WASHOUT_RATE: np.log(washout),
        km.LOG_FAST_EXCESS_RATE: np.log(1.0 / np.sqrt(max(first, 1e-6) * last)),
        km.LOGIT_FAST_FRACTION: -0.5,
        km.LOG_UPTAKE_EXCESS_RATE: np.log(1.0 / max(first, 1e-6)),
    }
    amplitude = float(np.median(logs + (layout.physical_rate_per_h + washout) * times))
    return np.array([amplitude if name == km.LOG_AMPLITUDE else rates[name] for name in model.parameters])


def _measured(strata: tuple[Stratum, ...], region: int) -> tuple[Floats, Floats]:
    seen = [s.measured[:, :, region] for s in strata]
    times = np.concatenate([s.times_h[:, :, region][m] for s, m in zip(strata, seen, strict=True)])
    logs = np.concatenate([s.log_activity[:, :, region][m] for s, m in zip(strata, seen, strict=True)])
    return times, logs


def first_population(layout: Layout, mean: Floats, residual: Floats) -> Population:
    """A population about a mean with the spreads to begin with."""
    n = layout.n_parameters
    cycles = np.full(n, _CYCLE_SPREAD**2) if layout.has_occasions else np.zeros(0)
    return Population(mean, np.zeros(len(layout.effects)), _SPREAD**2 * np.eye(n), cycles, residual)


def expectation_maximisation(
    layout: Layout,
    population: Population,
    structure: str,
    update_residual: Callable[[Floats, Floats], Floats],
    *,
    iterations: int,
) -> tuple[Population, tuple[Floats, ...]]:
    """Improve a population by a few rounds with Gaussian conditional distributions about the modes.

    Parameters
    ----------
    layout
        The data.
    population
        Where to begin.
    structure
        Of the covariance.
    update_residual
        Makes the residual of the regions from sums of expected squared errors and counts ``(region,)``.
    iterations
        Rounds.

    Returns
    -------
    Population, and the modes of every stratum.
    """
    mask = structure_mask(layout, structure)
    starts: tuple[Floats, ...] | None = None
    for _ in range(iterations):
        modes = []
        for k, stratum in enumerate(layout.strata):
            prior = prior_of(layout, stratum, population)
            mode, _ = find_mode(layout, stratum, population.residual, prior, None if starts is None else starts[k])
            modes.append(mode)
        starts = tuple(mode.theta for mode in modes)
        population = _maximised(layout, population, modes, mask, update_residual)
    return population, starts or ()


def _maximised(
    layout: Layout,
    population: Population,
    modes: list[Mode],
    mask: NDArray[np.bool_],
    update_residual: Callable[[Floats, Floats], Floats],
) -> Population:
    p = layout.n_parameters
    means, scatters, cycles = [], np.zeros((p, p)), np.zeros(p)
    n_cycles = 0
    for mode in modes:
        n, c, _ = mode.theta.shape
        blocks = np.linalg.inv(mode.curvature).reshape(n, c, p, c, p)
        means.append(mode.theta.mean(axis=1))
        scatters += blocks.sum(axis=(0, 1, 3)) / c**2
        within = mode.theta - mode.theta.mean(axis=1, keepdims=True)
        spread = np.einsum("nkpkp->p", blocks) - np.einsum("nkpmp->p", blocks) / c
        if c > 1:
            cycles += np.sum(within**2, axis=(0, 1)) + spread
            n_cycles += n * (c - 1)
    every = np.concatenate(means)
    mean = every.mean(axis=0)
    pulled = regularise.PATIENT_SPREAD**2 * np.eye(p)
    away = every - mean
    covariance = (away.T @ away + scatters + pulled) / (len(every) + regularise.PATIENTS)
    between_cycles = population.between_cycles
    if layout.has_occasions and n_cycles:
        between_cycles = (cycles + regularise.CYCLE_SPREAD**2) / (n_cycles + regularise.PATIENTS)
    return Population(
        mean, population.effects, covariance * mask, between_cycles, _residual(layout, modes, update_residual)
    )


def _residual(layout: Layout, modes: list[Mode], update: Callable[[Floats, Floats], Floats]) -> Floats:
    squares, counts = np.zeros(len(layout.regions)), np.zeros(len(layout.regions))
    p = layout.n_parameters
    for stratum, mode in zip(layout.strata, modes, strict=True):
        n, c, _ = mode.theta.shape
        blocks = np.einsum("nkpkq->nkpq", np.linalg.inv(mode.curvature).reshape(n, c, p, c, p))
        for group, d in zip(layout.groups, mode.parts, strict=True):
            block = blocks[:, :, group.columns[:, :, None], group.columns[:, None, :]]
            spread = np.sum((d.first @ block) * d.first, axis=-1)
            seen = d.weights > 0
            stated = stratum.stated_variance[:, :, group.regions]
            squares[group.regions] += np.sum(np.where(seen, d.errors**2 + spread - stated, 0.0), axis=(0, 1, 3))
            counts[group.regions] += seen.sum(axis=(0, 1, 3))
    return update(squares, counts)
