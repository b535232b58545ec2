r"""Full Bayesian sampling by the No-U-Turn sampler of NumPyro, an optional extra (``hevesy[bayes]``).

The same model with proper priors: means of rates and shares normal about what the scans resolve (standard deviation 3),
spreads and residuals half-normal (1 and 0.5), correlations within each block of the structure uniform (LKJ, 1).
Patients' parameters are written as the mean plus a spread times standard normal numbers. There is no approximation of a
patient's distribution, and no estimate of the population stands in for it.

References
----------
.. [1] M. D. Hoffman, A. Gelman, The No-U-Turn sampler, J. Mach. Learn. Res. 15 (2014) 1593
.. [2] D. Phan, N. Pradhan, M. Jankowiak, Composable effects for flexible and accelerated probabilistic programming in
   NumPyro (2019), arXiv:1912.11554
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import LOG_AMPLITUDE, KineticModel
from hevesy.population.foce import FitRecord, PopulationFit, residual_groups
from hevesy.population.individuals import Individual, log_integrals, summarised
from hevesy.population.layout import Layout, Stratum
from hevesy.population.parameters import Population, structure_mask
from hevesy.population.start import resolved

Floats = NDArray[np.float64]

_AMPLITUDE_SPREAD, _MEAN_SPREAD = 10.0, 3.0
_RESIDUAL_SPREAD = 0.5
_STATIONARY = 1.05
"""Largest ratio of the variances between and within chains (R-hat) of a converged run."""


@dataclass(frozen=True)
class NutsSettings:
    """How long is sampled."""

    seed: int
    warm_up: int = 700
    draws: int = 700
    chains: int = 2


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of a population and its patients."""

    record: FitRecord
    """The posterior mean of the population, and patients' mean parameters."""
    theta: tuple[Floats, ...]
    """Of each stratum. Shape ``(draw, patient, cycle, parameter)``."""
    largest_r_hat: float
    divergences: int


def sample_by_nuts(fit: PopulationFit, settings: NutsSettings) -> Posterior:
    """Sample the posterior of a population with the models and the structure of a fit.

    Parameters
    ----------
    fit
        Where to begin, and what is sampled (unconstrained parameters).
    settings
        Seed and lengths.

    Raises
    ------
    InputError
        If NumPyro is not installed.
    """
    try:
        numpyro, infer = import_module("numpyro"), import_module("numpyro.infer")
        diagnostics, random = import_module("numpyro.diagnostics"), import_module("jax.random")
    except ImportError as error:
        raise InputError(
            "the package numpyro (pip install 'hevesy[bayes]')", "it is not installed", "--method nuts"
        ) from error
    numpyro.enable_x64()
    model = _Model(fit)
    kernel = infer.NUTS(model, init_strategy=infer.init_to_median, target_accept_prob=0.9)
    chain = infer.MCMC(
        kernel,
        num_warmup=settings.warm_up,
        num_samples=settings.draws,
        num_chains=settings.chains,
        chain_method="sequential",
        progress_bar=False,
    )
    chain.run(random.PRNGKey(settings.seed))
    drawn = {name: np.asarray(values) for name, values in chain.get_samples(group_by_chain=True).items()}
    r_hat = max(float(np.max(diagnostics.gelman_rubin(drawn[name]))) for name in ("mean", "spread"))
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in drawn.items()}
    theta = tuple(flat[f"theta{k}"] for k in range(len(fit.layout.strata)))
    record = FitRecord(
        _posterior_mean(fit, flat),
        np.zeros(fit.x.size),
        tuple(values.mean(axis=0) for values in theta),
        r_hat < _STATIONARY,
    )
    return Posterior(record, theta, r_hat, int(np.sum(np.asarray(chain.get_extra_fields()["diverging"]))))


def nuts_individuals(layout: Layout, posterior: Posterior, *, until_h: float = math.inf) -> tuple[Individual, ...]:
    """Time-integrated activities of all patients and regions with data from the draws.

    Parameters
    ----------
    layout
        The data.
    posterior
        Draws.
    until_h
        End of the integral. [h]
    """
    rows: dict[tuple[int, int, int], Individual] = {}
    for stratum, theta in zip(layout.strata, posterior.theta, strict=True):
        logs = log_integrals(layout, theta, until_h)
        share = np.full((1, theta.shape[0]), 1.0 / theta.shape[0])
        for i, c, r in zip(*np.nonzero(stratum.measured.any(axis=3)), strict=True):
            patient = int(stratum.patients[i])
            rows[patient, int(c), int(r)] = Individual(
                layout.patients[patient],
                layout.regions[r],
                stratum.cycles[i][c],
                *summarised(logs[None, :, i, c, r], share),
                int(stratum.measured[i, c, r].sum()),
                tuple(theta[:, i, c, layout.region_of == r].mean(axis=0).tolist()),
            )
    return tuple(rows[key] for key in sorted(rows))


def _posterior_mean(fit: PopulationFit, flat: dict[str, Floats]) -> Population:
    scaled = flat["spread"][:, :, None] * flat["correlation_factor"]
    covariance = np.mean(scaled @ np.swapaxes(scaled, 1, 2), axis=0)
    cycles = np.mean(flat["cycle_spread"] ** 2, axis=0) if fit.layout.has_occasions else np.zeros(0)
    residual = flat["residual"].mean(axis=0) if "residual" in flat else fit.population.residual
    effects = flat["effects"].mean(axis=0) if fit.layout.effects else np.zeros(0)
    return Population(flat["mean"].mean(axis=0), effects, covariance, cycles, residual)


class _Model:
    """The model as NumPyro calls it."""

    def __init__(self, fit: PopulationFit) -> None:
        self._numpyro = import_module("numpyro")
        self._dist = import_module("numpyro.distributions")
        self._jnp = import_module("jax.numpy")
        self._layout, self._groups = fit.layout, residual_groups(fit.layout, fit.specification.residual)
        self._blocks = _blocks(structure_mask(fit.layout, fit.specification.structure))
        self._centre = resolved(fit.layout)
        amplitude = np.array([name == LOG_AMPLITUDE for _, name in fit.layout.names])
        self._width = np.where(amplitude, _AMPLITUDE_SPREAD, _MEAN_SPREAD)

    def __call__(self) -> None:
        """Draw all, and compare with the data."""
        layout, dist = self._layout, self._dist
        sample, p = self._numpyro.sample, self._layout.n_parameters
        mean = sample("mean", dist.Normal(self._centre, self._width))
        spread = sample("spread", dist.HalfNormal(np.ones(p)))
        factor = self._numpyro.deterministic("correlation_factor", self._correlation_factor())
        effects: Any = sample("effects", dist.Normal(np.zeros(len(layout.effects)), 3.0)) if layout.effects else ()
        cycles = sample("cycle_spread", dist.HalfNormal(0.3 * np.ones(p))) if layout.has_occasions else None
        residual = self._residual()
        for k, stratum in enumerate(layout.strata):
            n, c = stratum.patients.size, stratum.n_cycles
            eta = sample(f"eta{k}", dist.Normal(np.zeros((n, p)), 1.0)) @ (spread[:, None] * factor).T
            typical = mean + eta
            for m, effect in enumerate(layout.effects):
                typical = typical.at[:, effect.column].add(effects[m] * effect.values[stratum.patients])
            theta = typical[:, None] + self._jnp.zeros((n, c, p))
            if cycles is not None:
                theta = theta + sample(f"kappa{k}", dist.Normal(np.zeros((n, c, p)), 1.0)) * cycles
            self._numpyro.deterministic(f"theta{k}", theta)
            self._observe(k, stratum, theta, residual)

    def _correlation_factor(self) -> Any:  # noqa: ANN401 - an array of JAX
        factor = self._jnp.eye(self._layout.n_parameters)
        for k, block in enumerate(self._blocks):
            if block.size > 1:
                part = self._numpyro.sample(f"block{k}", self._dist.LKJCholesky(block.size, 1.0))
                factor = factor.at[block[:, None], block].set(part)
        return factor

    def _residual(self) -> Any:  # noqa: ANN401 - an array of JAX
        if self._groups[0] < 0:
            return self._jnp.zeros(len(self._layout.regions))
        n = int(self._groups.max()) + 1
        drawn = self._numpyro.sample("residual_of_group", self._dist.HalfNormal(_RESIDUAL_SPREAD * np.ones(n)))
        return self._numpyro.deterministic("residual", drawn[self._groups])

    def _observe(self, k: int, stratum: Stratum, theta: Any, residual: Any) -> None:  # noqa: ANN401 - arrays of JAX
        for m, group in enumerate(self._layout.groups):
            times = stratum.times_h[:, :, group.regions]
            curve = self._log_curve(group.model, theta[..., group.columns], times)
            variance = residual[group.regions, None] ** 2 + stratum.stated_variance[:, :, group.regions]
            scatter = self._dist.Normal(curve, self._jnp.sqrt(variance))
            seen = scatter.mask(stratum.measured[:, :, group.regions])
            self._numpyro.sample(f"y{k}_{m}", seen, obs=stratum.log_activity[:, :, group.regions])

    def _log_curve(self, model: KineticModel, theta: Any, times: Floats) -> Any:  # noqa: ANN401 - arrays of JAX
        """As :func:`hevesy.numerics.kinetic_model.log_values`."""
        jnp = self._jnp
        p = [theta[..., k, None] for k in range(model.n_parameters)]
        start = p[0] - (self._layout.physical_rate_per_h + jnp.exp(p[1])) * times
        if not (model.has_fast or model.has_uptake):
            return start
        left, slow = 1.0, 0.0
        fast = 1.0
        if model.has_fast:
            left, fast = jnp.exp(-jnp.exp(p[2]) * times), jnp.exp(-jnp.logaddexp(0.0, -p[3]))
            slow = jnp.exp(-jnp.logaddexp(0.0, p[3]))
        if not model.has_uptake:
            return start + jnp.log(slow + fast * left)
        return start + jnp.log(slow * (1.0 - left) - left * jnp.expm1(-jnp.exp(p[-1]) * times))


def _blocks(mask: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Columns that may be correlated with each other."""
    return [np.flatnonzero(row) for row in np.unique(mask, axis=0)]
