r"""The protraction (Lea-Catcheside) factor G: how much of the quadratic damage is left when repair goes on meanwhile.

.. math:: G = \frac{2}{D^2} \int_0^\infty r(t)\, U(t)\, dt, \qquad \frac{dU}{dt} = r - \mu U, \quad U(0) = 0

with the dose rate *r*, its integral *D* and the repair rate :math:`\mu = \ln 2 / T_{rep}`. Rates in one unit, 1/time.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_MAX_STEP = 0.5
"""Longest step in units of the repair time 1/mu."""


def _check_repair_rate(repair_rate: float) -> None:
    if not (np.isfinite(repair_rate) and repair_rate > 0):
        raise ValueError(f"expected a positive repair rate, but {repair_rate} came")


def protraction_factor(amplitudes: ArrayLike, rates: ArrayLike, repair_rate: float) -> float:
    r"""G of a sum of exponentials, in closed form.

    .. math:: G = \frac{2}{D^2} \sum_{ij} \frac{A_i A_j}{(\lambda_i + \lambda_j)(\lambda_i + \mu)},
              \qquad D = \sum_i A_i / \lambda_i

    No combination of rates is singular; two equal rates are two terms of one exponential.

    Parameters
    ----------
    amplitudes
        Amplitudes of the exponentials, those of uptake negative; any unit. Shape ``(term,)``.
    rates
        Effective decay constants. Shape ``(term,)``. [1/time]
    repair_rate
        :math:`\mu`. [1/time]

    Raises
    ------
    ValueError
        If a rate is not positive or the integral is not.
    """
    a = np.asarray(amplitudes, dtype=np.float64)
    rate = np.asarray(rates, dtype=np.float64)
    _check_repair_rate(repair_rate)
    if not (np.isfinite(rate).all() and (rate > 0).all()):
        raise ValueError(f"expected positive rates, but {rate.tolist()} came")
    integral = float(np.sum(a / rate))
    if not integral > 0:
        raise ValueError(f"expected a positive integral of the dose rate, but {integral} came")
    pairs = np.outer(a, a) / ((rate[:, None] + rate[None, :]) * (rate[:, None] + repair_rate))
    return float(2.0 * pairs.sum() / integral**2)


def protraction_factors(amplitudes: Floats, rates: Floats, repair_rates: Floats) -> Floats:
    """G of many sums of exponentials, by the same closed form. Shape ``(set,)``.

    Parameters
    ----------
    amplitudes, rates
        Of each set; the integral of each is positive. Shape ``(set, term)``.
    repair_rates
        Shape ``(set,)``. [1/time]
    """
    pairs = amplitudes[:, :, None] * amplitudes[:, None, :]
    weights = (rates[:, :, None] + rates[:, None, :]) * (rates[:, :, None] + repair_rates[:, None, None])
    integral = np.sum(amplitudes / rates, axis=1)
    result: Floats = 2.0 * np.sum(pairs / weights, axis=(1, 2)) / integral**2
    return result


def uptake_protraction_factor(clearance_rate: float, uptake_rate: float, repair_rate: float) -> float:
    r"""G of :math:`e^{-a t} - e^{-b t}`, exact also in the limit of equal rates, where the curve is :math:`t e^{-a t}`.

    .. math:: G = \frac{a b (a + b + \mu)}{(a + b)(a + \mu)(b + \mu)}

    which is the sum of :func:`protraction_factor` with the factor :math:`(b - a)^2` cancelled.

    Parameters
    ----------
    clearance_rate, uptake_rate
        Effective rates a and b. [1/time]
    repair_rate
        :math:`\mu`. [1/time]
    """
    a, b = clearance_rate, uptake_rate
    _check_repair_rate(repair_rate)
    if not (a > 0 and b > 0):
        raise ValueError(f"expected positive rates, but {a} and {b} came")
    return a * b * (a + b + repair_rate) / ((a + b) * (a + repair_rate) * (b + repair_rate))


def _first(x: Floats) -> Floats:
    """(1 - exp(-x)) / x, exact near zero."""
    safe = np.where(x == 0.0, 1.0, x)
    return np.where(x == 0.0, 1.0, -np.expm1(-safe) / safe)


def _second(x: Floats) -> Floats:
    """(1 - first(x)) / x, exact near zero."""
    safe = np.where(x < 1e-3, 1.0, x)
    return np.where(x < 1e-3, 0.5 - x / 6.0 + x * x / 24.0, (1.0 - _first(safe)) / safe)


def _damage(elapsed: Floats, start: float, slope: float, damage: float, repair_rate: float) -> Floats:
    """U after ``elapsed`` on a straight piece of the dose rate, from U = ``damage`` at its beginning."""
    x = repair_rate * elapsed
    grown = elapsed * (start * _first(x) + slope * elapsed * _second(x))
    return damage * np.exp(-x) + grown


def _refined(times: Floats, repair_rate: float) -> Floats:
    """The knots with steps no longer than the repair time allows."""
    pieces = [
        np.linspace(t0, t1, max(1, int(np.ceil((t1 - t0) * repair_rate / _MAX_STEP))), endpoint=False)
        for t0, t1 in pairwise(times.tolist())
    ]
    return np.concatenate([*pieces, times[-1:]])


def protraction_factor_of_curve(
    times: ArrayLike, dose_rate: ArrayLike, repair_rate: float, *, tail_rate: float | None = None
) -> float:
    r"""G of a dose rate that is straight between its knots, with an exponential tail after the last one.

    The equation for U is solved exactly on every piece; the integral of r U by Gauss-Legendre quadrature.

    Parameters
    ----------
    times
        Knots, increasing; irradiation starts at the first. Shape ``(knot,)``. [time]
    dose_rate
        Dose rate at the knots; any unit. Shape ``(knot,)``.
    repair_rate
        :math:`\mu`. [1/time]
    tail_rate
        Effective decay constant after the last knot; irradiation ends there without it. [1/time]

    Raises
    ------
    ValueError
        If the knots do not increase, a dose rate is negative, or the integral is not positive.
    """
    knots, values = np.asarray(times, dtype=np.float64), np.asarray(dose_rate, dtype=np.float64)
    _check_repair_rate(repair_rate)
    if knots.size < 2 or knots.shape != values.shape or not (np.diff(knots) > 0).all():
        raise ValueError("expected at least two increasing knots, each with a dose rate")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("expected finite dose rates that are not negative")
    if tail_rate is not None and not tail_rate > 0:
        raise ValueError(f"expected a positive tail rate, but {tail_rate} came")
    fine = _refined(knots, repair_rate)
    rate = np.interp(fine, knots, values)
    overlap, damage = _overlap(fine, rate, repair_rate)
    integral = float(np.trapezoid(values, knots))
    if tail_rate is not None:
        last = float(values[-1])
        overlap += last * damage / (tail_rate + repair_rate) + last**2 / (2 * tail_rate * (tail_rate + repair_rate))
        integral += last / tail_rate
    if not integral > 0:
        raise ValueError(f"expected a positive integral of the dose rate, but {integral} came")
    return 2.0 * overlap / integral**2


def _overlap(times: Floats, rate: Floats, repair_rate: float) -> tuple[float, float]:
    """Integral of r U over all pieces, and U at the end."""
    overlap, damage = 0.0, 0.0
    steps, slopes = np.diff(times), np.diff(rate) / np.diff(times)
    for step, start, slope in zip(steps.tolist(), rate[:-1].tolist(), slopes.tolist(), strict=True):
        nodes = 0.5 * step * (_NODES + 1.0)
        damages = _damage(nodes, start, slope, damage, repair_rate)
        overlap += 0.5 * step * float(np.sum(_WEIGHTS * (start + slope * nodes) * damages))
        damage = float(_damage(np.array(step), start, slope, damage, repair_rate))
    return overlap, damage
