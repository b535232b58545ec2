r"""One patient given the population: the mode of the parameters and the curvature there.

For the stacked parameters :math:`\theta` of a patient's cycles, with prior mean :math:`m` and covariance :math:`S`,

.. math:: \varphi(\theta) = \sum_t \tfrac12 \left( \frac{e_t^2}{s_t^2} + \ln s_t^2 \right)
          + \tfrac12 (\theta - m)^T S^{-1} (\theta - m), \qquad e_t = \ln y_t - \ln f_t(\theta)

where :math:`s_t^2` is the variance of a logarithm: the residual's and the stated one. All patients of a stratum are
worked on together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import log_values
from hevesy.population.layout import Layout, Stratum
from hevesy.population.parameters import Population

Floats = NDArray[np.float64]

_ITERATIONS = 200
_DECREMENT = 1e-18
"""Of the objective, relative to it, at which a mode is found."""
_ROUNDING = 1e-13
"""Relative to an objective: a rise by less is none."""


@dataclass(frozen=True, eq=False)
class Prior:
    """What the population says about the stacked parameters of a stratum's patients."""

    mean: Floats
    """Shape ``(patient, cycle, parameter)``."""
    precision: Floats
    """Of the stacked parameters. Shape ``(cycle parameter, cycle parameter)``."""
    covariance: Floats


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Of the logarithm of the curve, for the regions of one model; axes ``(patient, cycle, region, time, ...)``."""

    errors: Floats
    weights: Floats
    """Inverse variances; zero where there is no measurement."""
    first: Floats
    second: Floats


@dataclass(frozen=True, eq=False)
class Mode:
    """The most probable parameters of the patients of a stratum, and the curvature of the objective there."""

    theta: Floats
    """Shape ``(patient, cycle, parameter)``."""
    curvature: Floats
    """Expected (Gauss-Newton): data plus prior. Shape ``(patient, cycle parameter, cycle parameter)``."""
    exact_curvature: Floats
    """With the second derivatives of the curves."""
    parts: tuple[Derivatives, ...]
    """Of each group of regions."""


def prior_of(layout: Layout, stratum: Stratum, population: Population) -> Prior:
    """Mean and covariance of the stacked parameters: patients share what cycles do not."""
    n = stratum.patients.size
    mean = np.tile(population.mean, (n, 1))
    for effect, slope in zip(layout.effects, population.effects, strict=True):
        mean[:, effect.column] += slope * effect.values[stratum.patients]
    c = stratum.n_cycles
    covariance: Floats = np.kron(np.ones((c, c)), population.between_patients).astype(np.float64)
    if layout.has_occasions:
        covariance += np.kron(np.eye(c), np.diag(population.between_cycles))
    precision = inverse(covariance)
    stacked = np.repeat(mean[:, None], c, axis=1)
    return Prior(stacked, 0.5 * (precision + precision.T), covariance)


def derivatives(layout: Layout, stratum: Stratum, residual: Floats, theta: Floats) -> tuple[Derivatives, ...]:
    """Errors, weights and derivatives of every group of regions."""
    found = []
    for group in layout.groups:
        times = stratum.times_h[:, :, group.regions]
        logarithm, first, second = log_values(group.model, theta[..., group.columns], times, layout.physical_rate_per_h)
        variance = residual[group.regions, None] ** 2 + stratum.stated_variance[:, :, group.regions]
        measured = stratum.measured[:, :, group.regions]
        weights = np.where(measured, 1.0 / np.where(measured, variance, 1.0), 0.0)
        errors = np.where(measured, stratum.log_activity[:, :, group.regions] - logarithm, 0.0)
        found.append(Derivatives(errors, weights, first, second))
    return tuple(found)


def data_objective(parts: tuple[Derivatives, ...]) -> Floats:
    """Part of the objective that comes from the data. Shape ``(patient,)``."""
    total = 0.0
    for p in parts:
        logs = np.log(np.where(p.weights > 0, p.weights, 1.0))
        total = total + 0.5 * np.sum(p.errors**2 * p.weights - logs, axis=(1, 2, 3))
    return np.asarray(total)


def find_mode(
    layout: Layout, stratum: Stratum, residual: Floats, prior: Prior, start: Floats | None = None
) -> tuple[Mode, Floats]:
    """Minimise the objective of every patient by Newton's method with step halving.

    Returns
    -------
    Mode, and the objective of each patient there ``(patient,)``.
    """
    theta = (prior.mean if start is None else start).copy()
    parts = derivatives(layout, stratum, residual, theta)
    value = _objective(parts, theta, prior)
    for _ in range(_ITERATIONS):
        gradient, expected, exact = _system(layout, parts, theta, prior)
        step = _descent(gradient, expected, exact)
        decrement = -np.sum(gradient * step, axis=1)
        if np.all(decrement <= _DECREMENT * (1.0 + np.abs(value))):
            break
        theta, parts, moved = _halved(layout, stratum, residual, prior, (theta, step, value))
        stalled = bool(np.all(np.abs(moved - value) <= _ROUNDING * (1.0 + np.abs(value))))
        value = moved
        if stalled and np.all(decrement <= _ROUNDING * (1.0 + np.abs(value))):
            break
    _, expected, exact = _system(layout, parts, theta, prior)
    return Mode(theta, expected, exact, parts), value


def _objective(parts: tuple[Derivatives, ...], theta: Floats, prior: Prior) -> Floats:
    away = (theta - prior.mean).reshape(theta.shape[0], -1)
    result: Floats = data_objective(parts) + 0.5 * np.einsum("ij,jk,ik->i", away, prior.precision, away)
    return result


def _system(
    layout: Layout, parts: tuple[Derivatives, ...], theta: Floats, prior: Prior
) -> tuple[Floats, Floats, Floats]:
    """Gradient, expected and exact curvature of the stacked parameters."""
    n, c, p = theta.shape
    gradient = np.zeros((n, c, p))
    expected, curved = np.zeros((n, c, p, p)), np.zeros((n, c, p, p))
    for group, d in zip(layout.groups, parts, strict=True):
        weighted = d.weights * d.errors
        gradient[:, :, group.columns] = -np.einsum("ncrt,ncrtp->ncrp", weighted, d.first)
        rows, columns = group.columns[:, :, None], group.columns[:, None, :]
        scaled = d.first * d.weights[..., None]
        expected[:, :, rows, columns] = np.swapaxes(scaled, -1, -2) @ d.first
        curved[:, :, rows, columns] = np.einsum("ncrt,ncrtpq->ncrpq", weighted, d.second)
    away = (theta - prior.mean).reshape(n, -1)
    whole = gradient.reshape(n, -1) + away @ prior.precision
    stacked = block_diagonal(expected) + prior.precision
    return whole, stacked, stacked - block_diagonal(curved)


def block_diagonal(blocks: Floats) -> Floats:
    """``(patient, cycle, p, p)`` as ``(patient, cycle p, cycle p)``."""
    n, c, p, _ = blocks.shape
    if c == 1:
        return blocks[:, 0]
    whole = np.zeros((n, c, p, c, p))
    for k in range(c):
        whole[:, k, :, k, :] = blocks[:, k]
    return whole.reshape(n, c * p, c * p)


def inverse(matrices: NDArray[Any]) -> Floats:
    """Of symmetric matrices. Shape as given."""
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def _descent(gradient: Floats, expected: Floats, exact: Floats) -> Floats:
    """Newton's step where it leads down and is no longer than the Gauss-Newton step by much, else that one."""
    safe: Floats = -np.asarray(np.linalg.solve(expected, gradient[..., None]), dtype=np.float64)[..., 0]
    try:
        newton: Floats = -np.asarray(np.linalg.solve(exact, gradient[..., None]), dtype=np.float64)[..., 0]
    except np.linalg.LinAlgError:
        return safe
    down = np.sum(gradient * newton, axis=1) < 0
    short = np.sum(newton**2, axis=1) <= 4.0 * np.sum(safe**2, axis=1)
    return np.where((down & short)[:, None], newton, safe)


def _halved(
    layout: Layout, stratum: Stratum, residual: Floats, prior: Prior, at: tuple[Floats, Floats, Floats]
) -> tuple[Floats, tuple[Derivatives, ...], Floats]:
    """Go along the step, half as far for every patient whose objective rose, and not at all after many halvings."""
    theta, step, value = at
    length = np.ones(theta.shape[0])
    for _ in range(30):
        tried = theta + (length[:, None] * step).reshape(theta.shape)
        parts = derivatives(layout, stratum, residual, tried)
        moved = _objective(parts, tried, prior)
        worse = ~(moved <= value + _ROUNDING * (1.0 + np.abs(value))) & (length > 0)
        if not worse.any():
            return tried, parts, moved
        length = np.where(worse, 0.25 * length, length)
    length = np.where(worse, 0.0, length)
    tried = theta + (length[:, None] * step).reshape(theta.shape)
    parts = derivatives(layout, stratum, residual, tried)
    return tried, parts, _objective(parts, tried, prior)
