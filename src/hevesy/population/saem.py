r"""Estimation by stochastic approximation of expectation and maximisation, a check of the linearised method.

Patients' parameters are drawn by a Markov chain instead of being approximated about their mode: proposals come from a
normal distribution at the mode (independent of where the chain is) and from random steps, alternately. Sums over the
draws are averaged with weights that fall as :math:`1/k` after the first rounds, and maximise the likelihood of the
population with the same penalties as the linearised method.

References
----------
.. [1] E. Kuhn, M. Lavielle, Maximum likelihood estimation in nonlinear mixed effects models, Comput. Stat. Data Anal.
   49 (2005) 1020, doi:10.1016/j.csda.2004.07.002
.. [2] B. Karimi, M. Lavielle, E. Moulines, f-SAEM: a fast stochastic approximation of the EM algorithm for nonlinear
   mixed effects models, Comput. Stat. Data Anal. 141 (2020) 123, doi:10.1016/j.csda.2019.07.001
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Progress, silent
from hevesy.numerics.kinetic_model import LOG_AMPLITUDE
from hevesy.population import regularise
from hevesy.population.conditional import Prior, data_objective, derivatives, find_mode, inverse, prior_of
from hevesy.population.foce import FitRecord, Specification, residual_groups
from hevesy.population.layout import Layout, Stratum, repeated
from hevesy.population.parameters import Population, structure_mask
from hevesy.population.start import resolved

Floats = NDArray[np.float64]

CHAINS = 4
"""Of every patient."""
_EXPLORING, _SETTLING = 150, 250
"""Rounds with full weight, and with falling weight."""
_STEADY = 0.1
"""Largest change of a mean over the second half of the settling rounds, in spreads between patients."""


@dataclass
class _Sums:
    """Averaged sums over the draws of one stratum."""

    theta: Floats
    """Mean over cycles. Shape ``(patient, parameter)``."""
    outer: Floats
    """Of the patients' deviations from their mean. Shape ``(parameter, parameter)``."""
    cycles: Floats
    """Squares of the cycles' deviations. Shape ``(parameter,)``."""
    squares: tuple[Floats, ...]
    """Of the errors of every measurement, for each group of regions."""


def search_by_saem(
    layout: Layout, specification: Specification, start: Population, *, seed: int, progress: Progress = silent
) -> FitRecord:
    """Estimate a population by stochastic approximation.

    Parameters
    ----------
    layout
        The data.
    specification
        What is estimated.
    start
        Where to begin.
    seed
        Of the random numbers.
    progress
        Told the round.
    """
    rng = np.random.default_rng([seed, 11])
    chains = [_Chain(layout, stratum, start) for stratum in layout.strata]
    sums: list[_Sums] | None = None
    population, halfway = start, start
    rounds = _EXPLORING + _SETTLING
    for k in range(rounds):
        weight = 1.0 if k < _EXPLORING else 1.0 / (k - _EXPLORING + 1)
        new = [chain.draw(population, rng) for chain in chains]
        sums = new if sums is None else [_averaged(old, now, weight) for old, now in zip(sums, new, strict=True)]
        population = _maximised(layout, specification, population, sums)
        if k == rounds - _SETTLING // 2:
            halfway = population
        if k % 10 == 9:
            progress("stochastic approximation", k + 1, rounds)
    moved = np.abs(population.mean - halfway.mean) / np.sqrt(np.diag(population.between_patients))
    size = _n_coordinates(layout, specification)
    modes = tuple(chain.modes for chain in chains)
    return FitRecord(population, np.zeros(size), modes, bool(moved.max() < _STEADY))


def _n_coordinates(layout: Layout, specification: Specification) -> int:
    free = int(np.tril(structure_mask(layout, specification.structure)).sum())
    n_residual = int(residual_groups(layout, specification.residual).max(initial=-1)) + 1
    n = layout.n_parameters
    return n + len(layout.effects) + free + (n if layout.has_occasions else 0) + n_residual


class _Chain:
    """Markov chains of the patients of one stratum."""

    def __init__(self, layout: Layout, stratum: Stratum, start: Population) -> None:
        self._layout, self._stratum = layout, stratum
        self._copies = repeated(stratum, CHAINS)
        mode, _ = find_mode(layout, stratum, start.residual, prior_of(layout, stratum, start))
        self.modes = mode.theta
        self._theta = np.repeat(mode.theta, CHAINS, axis=0)
        self._round = 0

    def draw(self, population: Population, rng: np.random.Generator) -> _Sums:
        """Two moves of every chain, and the sums of where they are then."""
        layout = self._layout
        prior = prior_of(layout, self._stratum, population)
        mode, _ = find_mode(layout, self._stratum, population.residual, prior, self.modes)
        self.modes = mode.theta
        spread = np.repeat(np.linalg.cholesky(inverse(mode.curvature)), CHAINS, axis=0)
        centre = np.repeat(mode.theta, CHAINS, axis=0)
        copies = Prior(np.repeat(prior.mean, CHAINS, axis=0), prior.precision, prior.covariance)
        self._independent(population, copies, (centre, spread), rng)
        self._walk(population, copies, spread, rng)
        return self._sums(population, copies)

    def _density(self, population: Population, prior: Prior, theta: Floats) -> Floats:
        away = (theta - prior.mean).reshape(theta.shape[0], -1)
        data = data_objective(derivatives(self._layout, self._copies, population.residual, theta))
        result: Floats = -data - 0.5 * np.sum((away @ prior.precision) * away, axis=1)
        return result

    def _independent(
        self, population: Population, prior: Prior, at: tuple[Floats, Floats], rng: np.random.Generator
    ) -> None:
        centre, spread = at
        normal = rng.standard_normal(spread.shape[:2])
        tried = centre + (spread @ normal[..., None])[..., 0].reshape(centre.shape)
        back = np.linalg.solve(spread, (self._theta - centre).reshape(*spread.shape[:2], 1))[..., 0]
        gain = 0.5 * np.sum(normal**2, axis=1) - 0.5 * np.sum(back**2, axis=1)
        self._accept(population, prior, tried, gain, rng)

    def _walk(self, population: Population, prior: Prior, spread: Floats, rng: np.random.Generator) -> None:
        normal = rng.standard_normal(spread.shape[:2]) * 2.0 / np.sqrt(spread.shape[1])
        tried = self._theta + (spread @ normal[..., None])[..., 0].reshape(self._theta.shape)
        self._accept(population, prior, tried, np.zeros(len(tried)), rng)

    def _accept(
        self, population: Population, prior: Prior, tried: Floats, gain: Floats, rng: np.random.Generator
    ) -> None:
        gain = gain + self._density(population, prior, tried) - self._density(population, prior, self._theta)
        taken = np.log(rng.random(len(tried))) < gain
        self._theta = np.where(taken[:, None, None], tried, self._theta)

    def _sums(self, population: Population, prior: Prior) -> _Sums:
        n, (_, c, p) = self._stratum.patients.size, self._theta.shape
        away = self._theta - prior.mean
        if self._layout.has_occasions:
            shared = inverse(inverse(population.between_patients) + c * np.diag(1.0 / population.between_cycles))
            eta = (away.sum(axis=1) / population.between_cycles) @ shared
            rest = np.sum((away - eta[:, None]) ** 2, axis=(0, 1)) / CHAINS + n * c * np.diag(shared)
        else:
            eta, shared, rest = away[:, 0], np.zeros((p, p)), np.zeros(p)
        parts = derivatives(self._layout, self._copies, population.residual, self._theta)
        squares = tuple(np.mean((d.errors**2).reshape(n, CHAINS, *d.errors.shape[1:]), axis=1) for d in parts)
        patients = (prior.mean[:, 0] + eta).reshape(n, CHAINS, p)
        typical = patients.mean(axis=1)
        scatter = np.einsum("nkp,nkq->pq", patients, patients) / CHAINS + n * shared
        return _Sums(typical, scatter - typical.T @ typical, rest, squares)


def _averaged(old: _Sums, new: _Sums, weight: float) -> _Sums:
    """Means move by the weight; the scatter about them keeps what the move adds."""
    theta = old.theta + weight * (new.theta - old.theta)
    raw_old, raw_new = old.outer + old.theta.T @ old.theta, new.outer + new.theta.T @ new.theta
    outer = raw_old + weight * (raw_new - raw_old) - theta.T @ theta
    squares = tuple(a + weight * (b - a) for a, b in zip(old.squares, new.squares, strict=True))
    return _Sums(theta, outer, old.cycles + weight * (new.cycles - old.cycles), squares)


def _maximised(layout: Layout, specification: Specification, population: Population, sums: list[_Sums]) -> Population:
    mean, effects = _mean(layout, population, sums)
    p, n = layout.n_parameters, len(layout.patients)
    covariance = regularise.PATIENT_SPREAD**2 * np.eye(p)
    for stratum, s in zip(layout.strata, sums, strict=True):
        away = s.theta - prior_of(layout, stratum, _with_mean(population, mean, effects)).mean[:, 0]
        covariance += s.outer + away.T @ away
    mask = structure_mask(layout, specification.structure)
    total = n + regularise.PATIENTS
    cycles = population.between_cycles
    if layout.has_occasions:
        occasions = sum(s.patients.size * s.n_cycles for s in layout.strata) + regularise.PATIENTS
        cycles = (np.sum([s.cycles for s in sums], axis=0) + regularise.CYCLE_SPREAD**2) / occasions
    residual = _residual(layout, specification, population, sums)
    return Population(mean, effects, covariance * mask / total, np.asarray(cycles), residual)


def _with_mean(population: Population, mean: Floats, effects: Floats) -> Population:
    return Population(mean, effects, population.between_patients, population.between_cycles, population.residual)


def _mean(layout: Layout, population: Population, sums: list[_Sums]) -> tuple[Floats, Floats]:
    """Generalised least squares for the mean and the slopes of the covariates."""
    p, q = layout.n_parameters, len(layout.effects)
    precision = inverse(population.between_patients)
    held = np.array([float(name != LOG_AMPLITUDE) for _, name in layout.names]) / regularise.MEAN_SPREAD**2
    normal, right = np.zeros((p + q, p + q)), np.zeros(p + q)
    normal[range(p), range(p)] = held
    right[:p] = held * resolved(layout)
    for stratum, s in zip(layout.strata, sums, strict=True):
        design = np.zeros((stratum.patients.size, p, p + q))
        design[:, range(p), range(p)] = 1.0
        for k, effect in enumerate(layout.effects):
            design[:, effect.column, p + k] = effect.values[stratum.patients]
        weighted = np.swapaxes(design, 1, 2) @ precision
        normal += (weighted @ design).sum(axis=0)
        right += np.einsum("nap,np->a", weighted, s.theta)
    solved = np.asarray(np.linalg.solve(normal, right), dtype=np.float64)
    return solved[:p], solved[p:]


def _residual(layout: Layout, specification: Specification, population: Population, sums: list[_Sums]) -> Floats:
    """The variance at which expected squared errors are what it and the stated uncertainties say, by fixed point."""
    groups = residual_groups(layout, specification.residual)
    if groups[0] < 0:
        return population.residual
    n = int(groups.max()) + 1
    share = regularise.MEASUREMENTS / n
    top, bottom = np.full(n, share * regularise.RESIDUAL**2), np.full(n, share)
    for stratum, s in zip(layout.strata, sums, strict=True):
        for group, squares in zip(layout.groups, s.squares, strict=True):
            own = population.residual[group.regions, None] ** 2
            stated = stratum.stated_variance[:, :, group.regions]
            part = own / (own + stated)
            seen = stratum.measured[:, :, group.regions]
            expected = np.where(seen, part**2 * squares + part * stated, 0.0)
            top += np.bincount(groups[group.regions], expected.sum(axis=(0, 1, 3)), n)
            bottom += np.bincount(groups[group.regions], seen.sum(axis=(0, 1, 3)), n)
    result: Floats = np.sqrt(top / bottom)[groups]
    return result
