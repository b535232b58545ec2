r"""Weak penalties that keep estimates finite where a cohort says little, and change little where it says enough.

- A covariance is pulled as by one further patient whose parameters spread by 30 % (of rates, amplitudes and odds; 10 %
  between cycles) without correlation: it cannot become singular, however few the patients.
- The residual is pulled as by one further measurement with a scatter of 3 %: a model that can pass through all points
  does not drive it to zero.
- The mean of a rate or of a fraction is held within a factor of about 20 (standard deviation 3 of the logarithm) of
  what the times of the scans resolve.

The penalties are not part of the likelihood that information criteria use.

References
----------
.. [1] Y. Chung, A. Gelman, S. Rabe-Hesketh, J. Liu, V. Dorie, Weakly informative prior for point estimation of
   covariance matrices in hierarchical models, J. Educ. Behav. Stat. 40 (2015) 136, doi:10.3102/1076998615570945
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import LOG_AMPLITUDE
from hevesy.population.layout import Layout
from hevesy.population.parameters import Gradient, Population

Floats = NDArray[np.float64]

PATIENTS = 1.0
"""Further patients that pull the covariance."""
PATIENT_SPREAD = 0.3
CYCLE_SPREAD = 0.1
MEASUREMENTS = 1.0
"""Further measurements that pull the residual."""
RESIDUAL = 0.03
MEAN_SPREAD = 3.0


def penalty(layout: Layout, population: Population, centre: Floats, *, fixed_residual: bool) -> tuple[float, Gradient]:
    """Value and gradient of the penalties.

    Parameters
    ----------
    layout
        The data.
    population
        Where.
    centre
        What the scans resolve. Shape ``(parameter,)``.
    fixed_residual
        Whether the residual is stated and not estimated.
    """
    held = np.array([name != LOG_AMPLITUDE for _, name in layout.names])
    away = np.where(held, population.mean - centre, 0.0) / MEAN_SPREAD
    precision: Floats = np.asarray(np.linalg.inv(population.between_patients), dtype=np.float64)
    value = 0.5 * float(away @ away)
    value += 0.5 * PATIENTS * (PATIENT_SPREAD**2 * np.trace(precision) - np.linalg.slogdet(precision)[1])
    by_patients = 0.5 * PATIENTS * (precision - PATIENT_SPREAD**2 * precision @ precision)
    cycles = population.between_cycles
    value += 0.5 * PATIENTS * float(np.sum(CYCLE_SPREAD**2 / cycles + np.log(cycles)))
    by_cycles = 0.5 * PATIENTS * (1.0 / cycles - CYCLE_SPREAD**2 / cycles**2)
    by_residual = np.zeros_like(population.residual)
    if not fixed_residual:
        share = MEASUREMENTS / population.residual.size
        ratio = (RESIDUAL / population.residual) ** 2
        value += 0.5 * share * float(np.sum(ratio + 2.0 * np.log(population.residual)))
        by_residual = share * (1.0 - ratio)
    none = np.zeros_like(population.effects)
    return value, Gradient(away / MEAN_SPREAD, none, by_patients, by_cycles, by_residual)
