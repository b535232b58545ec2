"""From uncertain values to the entries of ``results.json``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.quantities import Uncertain, budget, interval95
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.uncertainty_model import MonteCarloModel

Floats = NDArray[np.float64]

_Z95 = 1.959963984540054


def estimate(value: Uncertain, unit: str, *, with_budget: bool = False) -> EstimateModel:
    """An entry with value, standard uncertainty and 95 % interval (none for a value of zero or below)."""
    positive = value.value > 0
    return EstimateModel(
        value=value.value,
        standard_uncertainty=value.standard_uncertainty,
        interval95=interval95(value) if positive else None,
        unit=unit,
        reason=None if positive else "no interval: the value is not positive",
        budget=budget(value) if with_budget else None,
        sources=dict(value.components) if with_budget else None,
    )


def missing(unit: str, reason: str) -> EstimateModel:
    """An entry without a value, with the reason."""
    return EstimateModel(value=None, unit=unit, reason=reason)


def unstated(value: float, unit: str, reason: str) -> EstimateModel:
    """An entry whose value is known and whose uncertainty nobody stated."""
    return EstimateModel(value=value, unit=unit, reason=reason)


def monte_carlo(values: Floats) -> MonteCarloModel:
    r"""Summary of the draws of one quantity. Shape ``(sample,)``.

    The standard uncertainty is that whose log-normal interval is as wide as that of the draws, so that it can be held
    against the analytic one and does not follow single draws far out:

    .. math:: u = \tilde x \sqrt{e^{s^2} - 1}, \qquad s = \frac{\ln(q_{97.5} / q_{2.5})}{2 \times 1.96}

    with the median :math:`\tilde x` and the quantiles *q*. The standard deviation stands beside it, and takes its place
    where a quantile is not positive.
    """
    lower, median, upper = (float(q) for q in np.quantile(values, [0.025, 0.5, 0.975]))
    deviation = float(np.std(values, ddof=1))
    spread = math.log(upper / lower) / (2.0 * _Z95) if lower > 0 else None
    return MonteCarloModel(
        mean=float(values.mean()),
        median=median,
        standard_uncertainty=deviation if spread is None else median * math.sqrt(math.expm1(spread**2)),
        standard_deviation=deviation,
        interval95=(lower, upper),
    )


def with_draws(entry: EstimateModel, values: Floats | None, *, instead: bool) -> EstimateModel:
    """The entry with its Monte Carlo estimate; ``instead`` puts that uncertainty in the place of the analytic one."""
    if values is None or entry.value is None:
        return entry
    drawn = monte_carlo(values)
    update: dict[str, object] = {"monte_carlo": drawn}
    if instead:
        update |= {"standard_uncertainty": drawn.standard_uncertainty, "interval95": drawn.interval95}
    return entry.model_copy(update=update)
