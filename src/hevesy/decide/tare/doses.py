"""Mean absorbed doses per activity in every volume that a limit or target may name.

All doses are proportional to the activity, so one coefficient a volume says everything about a plan. The activity is
the one in the vial or syringe at the time of treatment; the delivered fraction is in the coefficient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare.anatomy import FRACTIONS, Anatomy, Territory, inputs
from hevesy.quantities import Uncertain, combine

Number = TypeVar("Number", float, NDArray[np.float64])
_STEP = 1e-5


def coefficients(anatomy: Anatomy, x: Mapping[str, Number]) -> dict[str, Number]:
    r"""Absorbed dose per activity, by volume. [Gy/Bq]

    In a territory with activity *A*, shunt *L* and delivered fraction :math:`\delta`,

    .. math::

        D_N = \frac{CF\,\delta A (1 - L)}{M_N + \sum_t r_t M_t}, \qquad D_t = r_t D_N

    Parameters
    ----------
    anatomy
        The territories; their numbers are taken from ``x``.
    x
        Every number by its name, as :func:`inputs` names them; floats or arrays of one shape.

    Returns
    -------
    ``perfused:POSITION``, ``whole_liver``, ``lung:SESSION``, ``lung_cumulative``, ``lung_activity:SESSION`` (activity
    per activity [1]); where every ratio is known also ``normal_perfused:POSITION``, ``whole_normal``,
    ``tumour:NAME`` (a tumour of several territories as a whole) and ``all_tumours`` (their mean by mass).
    """
    found: dict[str, Number] = {}
    one = x["dose factor"] * x["delivered"]
    liver_mass = x["unperfused"]
    for territory in anatomy.territories:
        mass = x[f"normal:{territory.position}"]
        for part in territory.tumours:
            mass = mass + x[f"mass:{part.name}:{territory.position}"]
        found[f"perfused:{territory.position}"] = one * (1.0 - x["shunt"]) * territory.activity_share / mass
        liver_mass = liver_mass + mass
    found["whole_liver"] = one * (1.0 - x["shunt"]) / liver_mass
    for session in anatomy.sessions:
        share = sum(t.activity_share for t in anatomy.territories if t.session == session)
        found[f"lung_activity:{session}"] = x["shunt"] * x["delivered"] * share
        found[f"lung:{session}"] = one * x["shunt"] * share / x["lung mass"]
    found["lung_cumulative"] = one * x["shunt"] / x["lung mass"]
    return {**found, **_multi(anatomy, x)} if anatomy.has_ratios else found


def _multi(anatomy: Anatomy, x: Mapping[str, Number]) -> dict[str, Number]:
    """What needs the ratios."""
    doses = {t.position: _normal_dose(t, x) for t in anatomy.territories}
    found = {f"normal_perfused:{position}": dose for position, dose in doses.items()}
    energy = [doses[t.position] * x[f"normal:{t.position}"] for t in anatomy.territories]
    masses = [x[f"normal:{t.position}"] for t in anatomy.territories]
    found["whole_normal"] = _sum(energy) / (x["unperfused"] + _sum(masses))
    energies: list[Number] = []
    masses_of_tumours: list[Number] = []
    for name in anatomy.tumours:
        parts = [(t.position, part) for t in anatomy.territories for part in t.tumours if part.name == name]
        mass = [x[f"mass:{name}:{position}"] for position, _ in parts]
        left = [
            doses[position] * x[f"ratio:{name}:{position}"] * m for (position, _), m in zip(parts, mass, strict=True)
        ]
        found[f"tumour:{name}"] = _sum(left) / _sum(mass)
        energies.append(_sum(left))
        masses_of_tumours.append(_sum(mass))
    found["all_tumours"] = _sum(energies) / _sum(masses_of_tumours)
    return found


def _normal_dose(territory: Territory, x: Mapping[str, Number]) -> Number:
    weighted = x[f"normal:{territory.position}"]
    for part in territory.tumours:
        key = f"{part.name}:{territory.position}"
        weighted = weighted + x[f"ratio:{key}"] * x[f"mass:{key}"]
    return x["dose factor"] * x["delivered"] * (1.0 - x["shunt"]) * territory.activity_share / weighted


def _sum(numbers: list[Number]) -> Number:
    first, *others = numbers
    for other in others:
        first = first + other
    return first


def dose_coefficients(anatomy: Anatomy, dose_factor: Uncertain) -> dict[str, Uncertain]:
    """The same with first-order uncertainties by source. [Gy/Bq]

    Parameters
    ----------
    anatomy
        The territories.
    dose_factor
        Energy per activity. [J/Bq]
    """
    given = inputs(anatomy, dose_factor)
    x = {name: estimate.value for name, estimate in given.items()}
    slopes = {name: _slopes(lambda y: coefficients(anatomy, y), x, name) for name in given if given[name].components}
    return {
        volume: combine(value, [(given[name], slope[volume]) for name, slope in slopes.items()])
        for volume, value in coefficients(anatomy, x).items()
    }


def _slopes(
    function: Callable[[dict[str, float]], dict[str, float]], x: dict[str, float], name: str
) -> dict[str, float]:
    step = _STEP * (x[name] or 1.0)
    high, low = (function({**x, name: x[name] + sign * step}) for sign in (1.0, -1.0))
    return {volume: (high[volume] - low[volume]) / (2.0 * step) for volume in high}


def sampled_coefficients(
    anatomy: Anatomy, dose_factor: Uncertain, *, samples: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """The same, drawn: positive numbers log-normal, fractions logistic-normal, shared sources drawn once. [Gy/Bq]

    Parameters
    ----------
    anatomy
        The territories.
    dose_factor
        Energy per activity. [J/Bq]
    samples
        How many.
    seed
        Of the random numbers; the same seed gives the same numbers.

    Returns
    -------
    By volume. Shape ``(samples,)``.
    """
    given = inputs(anatomy, dose_factor)
    random = np.random.default_rng(seed)
    sources = sorted({source for estimate in given.values() for source in estimate.components})
    drawn = {source: random.standard_normal(samples) for source in sources}
    zeros = np.zeros(samples)
    x = {name: _drawn(name, estimate, drawn, zeros) for name, estimate in given.items()}
    return coefficients(anatomy, x)


def _drawn(
    name: str, estimate: Uncertain, drawn: Mapping[str, NDArray[np.float64]], zeros: NDArray[np.float64]
) -> NDArray[np.float64]:
    value = estimate.value
    if not estimate.components:
        return zeros + value
    shift = sum((part * drawn[source] for source, part in estimate.components.items()), start=zeros)
    if name in FRACTIONS:
        odds = np.exp(shift / (value * (1.0 - value))) * value / (1.0 - value)
        return np.asarray(odds / (1.0 + odds))
    return np.asarray(value * np.exp(shift / value))


def volumes_of(rule_volume: str, found: Mapping[str, object]) -> Iterator[str]:
    """Keys of the doses that a rule's volume means: one for each position, session or tumour."""
    return (key for key in found if key == rule_volume or key.startswith(f"{rule_volume}:"))
