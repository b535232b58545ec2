r"""Compartments of which some fill up: a transfer becomes slower as its target nears its capacity.

.. math:: \text{flow } j \to i = k_{ij}\, x_j \left(1 - \frac{x_i}{C_i}\right)

The amounts *x* are those of the ligand, which does not decay: activity over :math:`e^{-\lambda t}`. With labelled and
unlabelled ligand alike, and receptors that come back when the ligand is taken in, binding to receptors has this form,
the capacity being the number of receptors. Stiff (blood empties within minutes, tumours within days), so the
equations go to an implicit method with their exact Jacobian. Rates in one unit, 1/time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from hevesy.numerics.compartments import Dosing, LinearCompartments

Floats = NDArray[np.float64]

_RTOL = 1e-9
_HALF_LIVES = 40.0
"""Physical half-lives after which nothing is left: 1e-12."""


@dataclass(frozen=True)
class SaturableCompartments:
    """Linear exchange, and the capacities of the compartments that fill up."""

    exchange: LinearCompartments
    capacity: Floats
    """Infinite for a compartment that does not fill up. Shape ``(compartment,)``. [amount]"""
    saturable: NDArray[np.bool_]
    """Which transfers the capacity of their target slows. Shape ``(to, from)``."""
    capacity_decays: bool = False
    """Whether capacities are compared with the activity present instead of the amount of ligand."""

    def __post_init__(self) -> None:
        if not (self.capacity > 0).all():
            raise ValueError("expected positive capacities")


@dataclass(frozen=True)
class SaturableCourse:
    """Activities over time and their integrals."""

    activities: Floats
    """Shape ``(time, compartment)``. [activity]"""
    integrals: Floats
    """From zero to infinity. Shape ``(compartment,)``. [activity x time]"""
    excreted: Floats
    """Time integral of the activity that has left and decays outside. Scalar array. [activity x time]"""


def saturable_course(
    system: SaturableCompartments, dosing: Dosing, times: Floats, physical_rate: float
) -> SaturableCourse:
    """Solve the equations by LSODA.

    Parameters
    ----------
    system, dosing
        Exchange with capacities, and what is given, in one unit of activity (or of ligand: then the results are those
        of a ligand that decays).
    times
        Increasing, not negative. Shape ``(time,)``. [time]
    physical_rate
        Decay constant, positive. [1/time]
    """
    n = system.capacity.size
    end = max(float(times[-1]), _HALF_LIVES * np.log(2.0) / physical_rate)
    points = np.unique(np.concatenate([[0.0, end], times]))
    # The integrals need the value at the end of the infusion as a break: the rate jumps there.
    breaks = [t for t in (dosing.infusion_time, end) if 0.0 < t <= end]
    state = np.concatenate([dosing.bolus, np.zeros(n + 2)])
    equations = _Equations(system, dosing, physical_rate, max(float(dosing.given(end).sum()), 1e-300))
    start, found_t, found_x = 0.0, [np.zeros(1)], [state[:, None]]
    for stop in sorted(set(breaks)):
        inner = points[(points > start) & (points <= stop)]
        grid = inner if inner.size and inner[-1] == stop else np.append(inner, stop)
        done = solve_ivp(  # type: ignore[call-overload]  # the stubs know no Jacobian with further arguments
            equations.slope,
            (start, stop),
            state,
            method="LSODA",
            t_eval=grid,
            jac=equations.jacobian,
            rtol=_RTOL,
            atol=equations.unit * 1e-12,
            args=(start < dosing.infusion_time,),
        )
        if not done.success:
            raise ArithmeticError(f"the equations of the compartments were not solved: {done.message}")
        start, state = stop, done.y[:, -1]
        found_t.append(done.t)
        found_x.append(done.y)
    t, x = np.concatenate(found_t), np.concatenate(found_x, axis=1)
    at = np.searchsorted(t, times)
    decay = np.exp(-physical_rate * times)
    return SaturableCourse(x[:n, at].T * decay[:, None], state[n : 2 * n], state[2 * n + 1])


@dataclass(frozen=True)
class _Equations:
    """Amounts of ligand, their decayed integrals, the amount outside and its decayed integral."""

    system: SaturableCompartments
    dosing: Dosing
    physical_rate: float
    unit: float

    def _filled(self, t: float) -> Floats:
        """Share of its capacity that one unit of ligand takes up in each compartment."""
        decay = np.exp(-self.physical_rate * t) if self.system.capacity_decays else 1.0
        result: Floats = decay / self.system.capacity
        return result

    def _rates(self, t: float, x: Floats) -> Floats:
        free = 1.0 - x * self._filled(t)
        result: Floats = np.where(self.system.saturable, free[:, None], 1.0) * self.system.exchange.transfer
        return result

    def slope(self, t: float, state: Floats, infusing: bool) -> Floats:  # noqa: FBT001 - passed by solve_ivp
        n = self.system.capacity.size
        x = state[:n]
        flows = self._rates(t, x) * x
        out = self.system.exchange.excretion * x
        change = flows.sum(axis=1) - flows.sum(axis=0) - out
        decay = np.exp(-self.physical_rate * t)
        if infusing:
            # The rate is that of the activity as it is given: later, more ligand comes with it.
            change = change + self.dosing.infusion / decay
        return np.concatenate([change, x * decay, [out.sum(), state[2 * n] * decay]])

    def jacobian(self, t: float, state: Floats, infusing: bool) -> Floats:  # noqa: ARG002, FBT001 - passed by solve_ivp
        n = self.system.capacity.size
        x, transfer = state[:n], self.system.exchange.transfer
        rates = self._rates(t, x)
        by_filling = np.where(self.system.saturable, transfer * x, 0.0) * -self._filled(t)[:, None]
        result = np.zeros((2 * n + 2,) * 2)
        result[:n, :n] = rates - np.diag(rates.sum(axis=0) + self.system.exchange.excretion)
        result[:n, :n] += np.diag(by_filling.sum(axis=1)) - by_filling.T
        decay = np.exp(-self.physical_rate * t)
        result[n : 2 * n, :n] = np.eye(n) * decay
        result[2 * n, :n] = self.system.exchange.excretion
        result[2 * n + 1, 2 * n] = decay
        return result
