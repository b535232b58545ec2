r"""The marginal likelihood of a population, first-order conditional with interaction, and its exact gradient.

.. math:: -\ln L = \sum_i \left[ \varphi_i(\hat\theta_i) + \tfrac12 \ln |S_i| + \tfrac12 \ln |H_i| \right] + c

with the mode :math:`\hat\theta_i` of each patient and the expected curvature :math:`H = J^T W J + S^{-1}` there.
The gradient contains how the modes move with the parameters of the population, through the exact curvature
:math:`\varphi''` and the second derivatives of the curves. With :math:`A = S^{-1}`, :math:`d = \hat\theta - m`,
:math:`c_k = \tfrac12 \mathrm{tr}(H^{-1} \partial H / \partial \theta_k)` and :math:`v = \varphi''^{-1} c`:

.. math:: \partial_m = A (v - d), \qquad
          \partial_A = \tfrac12 (d d^T - S + H^{-1} - v d^T - d v^T), \qquad
          \partial_w = \tfrac12 (e^2 - 1/w + J^T H^{-1} J) + e\, J^T v

References
----------
.. [1] J. Almquist, J. Leander, M. Jirstrand, Using sensitivity equations for computing gradients of the FOCE and FOCEI
   approximations to the population likelihood, J. Pharmacokinet. Pharmacodyn. 42 (2015) 191,
   doi:10.1007/s10928-015-9409-1
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.population.conditional import Mode, Prior, find_mode, prior_of
from hevesy.population.conditional import inverse as inverted
from hevesy.population.layout import Layout, Stratum
from hevesy.population.parameters import Gradient, Population

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Marginal:
    """Minus the logarithm of the marginal likelihood, its gradient, and the patients' modes."""

    value: float
    gradient: Gradient
    modes: tuple[Mode, ...]
    """Of each stratum."""
    by_patient: Floats
    """Contributions to the value, of the logarithms of the activities. Shape ``(patient,)``."""


def marginal(layout: Layout, population: Population, starts: tuple[Floats, ...] | None = None) -> Marginal:
    """Evaluate the marginal likelihood.

    Parameters
    ----------
    layout
        The data.
    population
        Where to evaluate.
    starts
        Parameters of the patients to begin from, one array for each stratum.
    """
    n = layout.n_parameters
    by_patient = np.zeros(len(layout.patients))
    sums = _Sums(
        np.zeros(n), np.zeros(len(layout.effects)), np.zeros((n, n)), np.zeros(n), np.zeros(len(layout.regions))
    )
    modes = []
    for k, stratum in enumerate(layout.strata):
        prior = prior_of(layout, stratum, population)
        mode, value = find_mode(layout, stratum, population.residual, prior, None if starts is None else starts[k])
        modes.append(mode)
        by_patient[stratum.patients] = value + _logarithms(stratum, prior, mode)
        _add(layout, stratum, population, prior, mode, sums)
    gradient = Gradient(
        sums.mean,
        sums.effects,
        sums.between_patients,
        sums.between_cycles if layout.has_occasions else np.zeros(0),
        sums.residual,
    )
    return Marginal(float(by_patient.sum()), gradient, tuple(modes), by_patient)


@dataclass
class _Sums:
    mean: Floats
    effects: Floats
    between_patients: Floats
    between_cycles: Floats
    residual: Floats


def _logarithms(stratum: Stratum, prior: Prior, mode: Mode) -> Floats:
    constant = 0.5 * math.log(2.0 * math.pi) * stratum.measured.sum(axis=(1, 2, 3))
    result: Floats = 0.5 * np.linalg.slogdet(mode.curvature)[1] - 0.5 * np.linalg.slogdet(prior.precision)[1] + constant
    return result


def _add(layout: Layout, stratum: Stratum, population: Population, prior: Prior, mode: Mode, sums: _Sums) -> None:
    n, c, p = mode.theta.shape
    inverse = inverted(mode.curvature)
    away = (mode.theta - prior.mean).reshape(n, -1)
    bend = _bend(layout, mode, inverse)
    v: Floats = np.asarray(np.linalg.solve(mode.exact_curvature, bend[..., None]), dtype=np.float64)[..., 0]
    by_mean = ((v - away) @ prior.precision).reshape(n, c, p).sum(axis=1)
    sums.mean += by_mean.sum(axis=0)
    for k, effect in enumerate(layout.effects):
        sums.effects[k] += by_mean[:, effect.column] @ effect.values[stratum.patients]
    crossed = v.T @ away
    by_precision = 0.5 * (away.T @ away - n * prior.covariance + inverse.sum(axis=0) - crossed - crossed.T)
    blocks = (-prior.precision @ by_precision @ prior.precision).reshape(c, p, c, p)
    sums.between_patients += blocks.sum(axis=(0, 2))
    sums.between_cycles += np.einsum("kpkp->p", blocks)
    _add_residual(layout, population, mode, (inverse, v), sums)


def _diagonal_blocks(inverse: Floats, n: int, c: int, p: int) -> Floats:
    return np.asarray(np.einsum("nkpkq->nkpq", inverse.reshape(n, c, p, c, p)))


def _bend(layout: Layout, mode: Mode, inverse: Floats) -> Floats:
    """Half the trace of the inverse curvature times its derivative by each stacked parameter."""
    n, c, p = mode.theta.shape
    blocks = _diagonal_blocks(inverse, n, c, p)
    bend = np.zeros((n, c, p))
    for group, d in zip(layout.groups, mode.parts, strict=True):
        block = blocks[:, :, group.columns[:, :, None], group.columns[:, None, :]]
        pulled = d.first @ block
        bend[:, :, group.columns] = np.einsum("ncrtpq,ncrtq,ncrt->ncrp", d.second, pulled, d.weights)
    return bend.reshape(n, -1)


def _add_residual(
    layout: Layout, population: Population, mode: Mode, solved: tuple[Floats, Floats], sums: _Sums
) -> None:
    n, c, p = mode.theta.shape
    blocks, v = _diagonal_blocks(solved[0], n, c, p), solved[1].reshape(n, c, p)
    for group, d in zip(layout.groups, mode.parts, strict=True):
        block = blocks[:, :, group.columns[:, :, None], group.columns[:, None, :]]
        seen = d.weights > 0
        leverage = np.sum((d.first @ block) * d.first, axis=-1)
        along = np.einsum("ncrtp,ncrp->ncrt", d.first, v[:, :, group.columns])
        inverse_weight = 1.0 / np.where(seen, d.weights, 1.0)
        by_weight = np.where(seen, 0.5 * (d.errors**2 - inverse_weight + leverage) + d.errors * along, 0.0)
        variance = population.residual[group.regions] ** 2
        sums.residual[group.regions] += -2.0 * variance * np.sum(d.weights**2 * by_weight, axis=(0, 1, 3))
