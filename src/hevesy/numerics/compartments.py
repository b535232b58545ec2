r"""Linear compartments: exchange at constant rates and physical decay, in closed form by the matrix exponential.

.. math:: \frac{d\mathbf{A}}{dt} = M \mathbf{A} + \mathbf{r}(t), \qquad M = K - \lambda I

with :math:`K_{ij}` the rate from compartment *j* to *i* and :math:`-K_{jj}` all that leaves *j*, excretion included.
Integrating the equation itself gives the time-integrated activities without a quadrature,
:math:`M \tilde{\mathbf{A}} = \mathbf{A}(t) - \mathbf{A}(0) - \int \mathbf{r}\,dt`. Rates in one unit, 1/time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearCompartments:
    """Rates between compartments and out of them."""

    transfer: Floats
    """Rate from the second to the first index; the diagonal is zero. Shape ``(to, from)``. [1/time]"""
    excretion: Floats
    """Rate at which each compartment loses to the outside. Shape ``(compartment,)``. [1/time]"""

    def __post_init__(self) -> None:
        n = self.excretion.size
        if self.transfer.shape != (n, n) or np.diag(self.transfer).any():
            raise ValueError(f"expected a {n} x {n} matrix of rates with a zero diagonal")
        rates = np.concatenate([self.transfer.ravel(), self.excretion])
        if not (np.isfinite(rates).all() and (rates >= 0).all()):
            raise ValueError("expected finite rates that are not negative")

    def generator(self, physical_rate: float) -> Floats:
        """The matrix M. Shape ``(compartment, compartment)``. [1/time]"""
        leaving = self.transfer.sum(axis=0) + self.excretion + physical_rate
        result: Floats = self.transfer - np.diag(leaving)
        return result


@dataclass(frozen=True)
class Dosing:
    """What is given: at once at time zero, and at a constant rate after it."""

    bolus: Floats
    """Shape ``(compartment,)``. [activity]"""
    infusion: Floats
    """Shape ``(compartment,)``. [activity/time]"""
    infusion_time: float = 0.0
    """Length of the infusion. [time]"""

    def given(self, until: float) -> Floats:
        """What was given up to a time, without decay. Shape ``(compartment,)``. [activity]"""
        return self.bolus + self.infusion * min(until, self.infusion_time)


def bolus(compartments: int, into: int, activity: float) -> Dosing:
    """Everything at once into one compartment."""
    start = np.zeros(compartments)
    start[into] = activity
    return Dosing(start, np.zeros(compartments))


def infusion(compartments: int, into: int, activity: float, duration: float) -> Dosing:
    """The same activity at a constant rate over a time that is not zero."""
    rate = np.zeros(compartments)
    rate[into] = activity / duration
    return Dosing(np.zeros(compartments), rate, duration)


def activities(system: LinearCompartments, dosing: Dosing, times: Floats, physical_rate: float) -> Floats:
    """Activity in every compartment.

    Parameters
    ----------
    system, dosing
        Exchange, and what is given.
    times
        Not negative. Shape ``(time,)``. [time]
    physical_rate
        Decay constant. [1/time]

    Returns
    -------
    Shape ``(time, compartment)``. [activity]
    """
    m = system.generator(physical_rate)
    return np.array([_activity(m, dosing, float(t)) for t in times])


def integrals(system: LinearCompartments, dosing: Dosing, physical_rate: float, until: float = np.inf) -> Floats:
    """Time-integrated activity of every compartment from zero to a time, infinity included.

    Returns
    -------
    Shape ``(compartment,)``. [activity x time]

    Raises
    ------
    ValueError
        If activity could stay for ever (no physical decay and no way out).
    """
    m = system.generator(physical_rate)
    return _solve(m, _end(m, dosing, until) - dosing.given(until))


def integral_gradient(
    system: LinearCompartments, dosing: Dosing, physical_rate: float, until: float = np.inf
) -> tuple[Floats, Floats]:
    """Exact derivatives of the time-integrated activities by every rate.

    Returns
    -------
    By the transfer rates, shape ``(compartment, to, from)``, and by the excretion, shape ``(compartment, from)``.
    [activity x time x time]
    """
    m = system.generator(physical_rate)
    whole = integrals(system, dosing, physical_rate, until)
    n = whole.size
    by_transfer = np.zeros((n, n, n))
    by_excretion = np.zeros((n, n))
    for source in range(n):
        by_excretion[:, source] = _moved(m, dosing, until, whole, _change(n, None, source))
        for target in range(n):
            if target != source:
                by_transfer[:, target, source] = _moved(m, dosing, until, whole, _change(n, target, source))
    return by_transfer, by_excretion


def activity_gradient(
    system: LinearCompartments, dosing: Dosing, time: float, physical_rate: float, rate: tuple[int | None, int]
) -> Floats:
    """Exact derivative of all activities at one time by one rate.

    Parameters
    ----------
    system, dosing, time, physical_rate
        As in :func:`activities`.
    rate
        Where it leads to (None: out) and from.

    Returns
    -------
    Shape ``(compartment,)``. [activity x time]
    """
    n = system.excretion.size
    return _activity_change(system.generator(physical_rate), dosing, time, _change(n, *rate))


def _activity(m: Floats, dosing: Dosing, time: float) -> Floats:
    """The activity by one or two exponentials: with an infusion, a further constant state feeds it."""
    during = min(time, dosing.infusion_time)
    state = np.append(dosing.bolus, 1.0)
    if during > 0.0:
        fed = np.zeros((m.shape[0] + 1,) * 2)
        fed[:-1, :-1], fed[:-1, -1] = m, dosing.infusion
        state = expm(fed * during) @ state
    result: Floats = expm(m * (time - during)) @ state[:-1]
    return result


def _end(m: Floats, dosing: Dosing, until: float) -> Floats:
    return _activity(m, dosing, until) if np.isfinite(until) else np.zeros(m.shape[0])


def _solve(m: Floats, right: Floats) -> Floats:
    if np.linalg.cond(m) > 1.0 / np.finfo(np.float64).eps:
        raise ValueError("expected physical decay or a way out of every compartment, but activity would stay for ever")
    return np.asarray(np.linalg.solve(m, right), dtype=np.float64)


def _change(n: int, target: int | None, source: int) -> Floats:
    """Derivative of M by one rate."""
    result = np.zeros((n, n))
    result[source, source] = -1.0
    if target is not None:
        result[target, source] = 1.0
    return result


def _moved(m: Floats, dosing: Dosing, until: float, whole: Floats, change: Floats) -> Floats:
    end = _activity_change(m, dosing, until, change) if np.isfinite(until) else np.zeros(m.shape[0])
    return np.asarray(np.linalg.solve(m, end - change @ whole), dtype=np.float64)


def _activity_change(m: Floats, dosing: Dosing, time: float, change: Floats) -> Floats:
    """The derivative by one exponential of twice the size, where the state carries its own derivative along."""
    n = m.shape[0]
    both = np.block([[m, change], [np.zeros((n, n)), m]])
    double = Dosing(
        np.concatenate([np.zeros(n), dosing.bolus]),
        np.concatenate([np.zeros(n), dosing.infusion]),
        dosing.infusion_time,
    )
    return _activity(both, double, time)[:n]
