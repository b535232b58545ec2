"""What happens to one electron: compiled pieces of class II condensed history, shared by voxels and point kernels.

Random numbers come in as a state and go out as the next one. Nothing here knows of places.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import inlined
from hevesy.numerics.counter_random import uniform
from hevesy.physdata.constants import ELECTRON_MASS_MEV as MC2
from hevesy.physdata.matter.electrons import (
    BREMSSTRAHLUNG,
    FIRST,
    HARD_BOUND,
    HARD_MINIMUM_MEV,
    KNOCK_ON,
    PHOTON_YIELD,
    SECOND,
    SOFT_LOSS,
    STRAGGLING,
    ElectronTables,
)

SHORT = 0.2
"""Shortest step near another medium, as a share of the usual one."""


class Physics(NamedTuple):
    """Tables of :class:`hevesy.physdata.matter.electrons.ElectronTables` for compiled functions."""

    rates: NDArray[np.float64]
    log_first: float
    per_log: float
    spectra: NDArray[np.float64]
    photon_log_first: float
    photon_per_log: float
    hard_share: float
    photon_threshold: float
    step: float
    """Largest share of its energy that an electron loses softly in one step."""
    turn: float
    """Largest first moment of the scattering in one step: one minus the mean cosine is below it."""


class Step(NamedTuple):
    """One step within a medium."""

    path: float
    """Mass per area. [g/cm2]"""
    loss: float
    """Energy deposited per path. [MeV cm2/g]"""
    cosine: float
    """Of the deflection at the hinge."""
    hinge: float
    """Share of the path before the deflection."""
    bound: float
    """Bound of the hard cross sections if a hard event may end the step, else zero. [cm2/g]"""


def packed(tables: ElectronTables, step: float, turn: float) -> Physics:
    """Tables in the form that compiled functions take, with the limits of a step."""
    return Physics(
        tables.rates,
        *tables.grid,
        tables.photon_spectra,
        *tables.photon_grid,
        tables.hard_share,
        tables.photon_threshold_mev,
        step,
        turn,
    )


@inlined
def position(physics: Physics, energy: float) -> float:
    """Where an energy lies among the entries of the tables; the lowest serve below them."""
    return (max(math.log(energy), physics.log_first) - physics.log_first) * physics.per_log


@inlined
def between(physics: Physics, exact: float) -> tuple[int, float]:
    """Entry of the tables below a position, and the share of the way to the next one."""
    low = min(max(int(exact), 0), physics.rates.shape[1] - 2)
    return low, exact - low


@inlined
def rate(physics: Physics, medium: int, column: int, low: int, share: float) -> float:
    """A column of the tables at a place."""
    rates = physics.rates
    below = float(rates[medium, low, column])
    return below + share * (float(rates[medium, low + 1, column]) - below)


@inlined
def soft_cosine(state: np.uint64, first: float, second: float) -> tuple[np.uint64, float]:
    """A cosine whose mean is exp(-first) and whose second Legendre moment has the mean exp(-second).

    Two uniform distributions that meet are enough for two moments, as in PENELOPE: M. Asai et al., Front. Phys. 9
    (2021) 738735, doi:10.3389/fphy.2021.738735.
    """
    mean = 0.5 * (1.0 - math.exp(-first))
    square = mean - (1.0 - math.exp(-second)) / 6.0
    edge = (2.0 * mean - 3.0 * square) / (1.0 - 2.0 * mean)
    low = 1.0 - 2.0 * mean + edge
    state, u = uniform(state)
    half = edge * (u / low) if u < low else edge + (1.0 - edge) * ((u - low) / (1.0 - low))
    return state, 1.0 - 2.0 * half


@inlined
def turned(
    state: np.uint64, direction: tuple[float, float, float], cosine: float
) -> tuple[np.uint64, tuple[float, float, float]]:
    """A direction turned by a polar angle about a random azimuth."""
    square = 2.0
    a = b = 0.0
    while square > 1.0 or square == 0.0:
        state, a = uniform(state)
        state, b = uniform(state)
        a, b = 2.0 * a - 1.0, 2.0 * b - 1.0
        square = a * a + b * b
    x, y, z = direction
    sine = math.sqrt(max(1.0 - cosine * cosine, 0.0) / square)
    u, v = sine * a, sine * b
    sign = math.copysign(1.0, z)
    c = -1.0 / (sign + z)
    d = x * y * c
    nx = cosine * x + u * (1.0 + sign * x * x * c) + v * d
    ny = cosine * y + u * sign * d + v * (sign + y * y * c)
    nz = cosine * z - u * sign * x - v * y
    norm = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
    return state, (nx * norm, ny * norm, nz * norm)


@inlined
def lower(physics: Physics, exact: float, share: float) -> float:
    """Position of an energy that is a small share below another's: ``log(1 - share)`` to the fourth order."""
    return exact - share * (1.0 + share * (0.5 + share * (1.0 / 3.0 + 0.25 * share))) * physics.per_log


@inlined
def next_step(
    state: np.uint64, physics: Physics, medium: int, energy: float, exact: float, near: float
) -> tuple[np.uint64, Step]:
    """How far an electron goes, what it loses on the way and how it turns.

    ``exact`` is the position of its energy. Steps shrink to the mass per area ``near``, but not below a share of their
    usual length. The soft loss is drawn from a uniform distribution that has its mean and variance.
    """
    low, share = between(physics, exact)
    soft = rate(physics, medium, SOFT_LOSS, low, share)
    bound = rate(physics, medium, HARD_BOUND, low, share)
    longest = min(physics.step * energy / soft, physics.turn / rate(physics, medium, FIRST, low, share))
    longest = min(longest, max(near, SHORT * longest))
    state, u = uniform(state)
    path = -math.log(u) / bound
    if path > longest:
        path, bound = longest, 0.0
    low, share = between(physics, lower(physics, exact, 0.5 * path * soft / energy))
    first = path * rate(physics, medium, FIRST, low, share)
    second = path * rate(physics, medium, SECOND, low, share)
    state, cosine = soft_cosine(state, first, second)
    state, hinge = uniform(state)
    loss = path * rate(physics, medium, SOFT_LOSS, low, share)
    spread = math.sqrt(3.0 * path * rate(physics, medium, STRAGGLING, low, share))
    state, u = uniform(state)
    loss += (2.0 * u - 1.0) * min(spread, 0.999 * loss)
    return state, Step(path, loss / path, cosine, hinge, bound)


@inlined
def hard_event(state: np.uint64, physics: Physics, medium: int, energy: float, bound: float) -> tuple[np.uint64, int]:
    """Which hard event ends a step: 0 none (the cross section is below its bound), 1 a knock-on, 2 a photon."""
    low, share = between(physics, position(physics, energy))
    state, u = uniform(state)
    u *= bound
    knock_on = rate(physics, medium, KNOCK_ON, low, share)
    if u < knock_on:
        return state, 1
    if energy > physics.photon_threshold and u < knock_on + rate(physics, medium, BREMSSTRAHLUNG, low, share):
        return state, 2
    return state, 0


@inlined
def knock_on_energy(state: np.uint64, energy: float, hard_share: float) -> tuple[np.uint64, float]:
    """Energy of a knock-on electron above the threshold by Moller's cross section. [MeV]"""
    tau = energy / MC2
    b, c = (tau / (tau + 1.0)) ** 2, (2.0 * tau + 1.0) / (tau + 1.0) ** 2
    low = max(hard_share, HARD_MINIMUM_MEV / energy)
    if low >= 0.5:
        return state, 0.5 * energy
    while True:
        state, u = uniform(state)
        state, v = uniform(state)
        share = low / (1.0 - u * (1.0 - 2.0 * low))
        ratio = share / (1.0 - share)
        if 2.0 * v < 1.0 + ratio * ratio + b * share * share - c * ratio:
            return state, share * energy


@inlined
def collision_cosine(before: float, after: float) -> float:
    """Cosine between an electron of an energy and one of its two successors in a collision with an electron at rest."""
    return min(math.sqrt(after * (before + 2.0 * MC2) / (before * (after + 2.0 * MC2))), 1.0)


@inlined
def photon_energy(state: np.uint64, physics: Physics, medium: int, energy: float) -> tuple[np.uint64, float]:
    """Energy of a bremsstrahlung photon above the threshold. [MeV]"""
    spectra = physics.spectra[medium]
    exact = (math.log(energy) - physics.photon_log_first) * physics.photon_per_log
    row = min(max(int(exact), 0), spectra.shape[0] - 2)
    up = min(max(exact - row, 0.0), 1.0)
    last = spectra.shape[1] - 1
    while True:
        state, u = uniform(state)
        state, v = uniform(state)
        photon = physics.photon_threshold * math.exp(u * math.log(energy / physics.photon_threshold))
        share = min(photon / energy, 1.0) * last
        column = min(int(share), last - 1)
        right = share - column
        lower = spectra[row, column] + right * (spectra[row, column + 1] - spectra[row, column])
        upper = spectra[row + 1, column] + right * (spectra[row + 1, column + 1] - spectra[row + 1, column])
        if v < lower + up * (upper - lower):
            return state, photon


@inlined
def photon_cosine(state: np.uint64, energy: float) -> tuple[np.uint64, float]:
    """Cosine between a bremsstrahlung photon and the electron: a dipole's in the electron's own frame."""
    beta = math.sqrt(energy * (energy + 2.0 * MC2)) / (energy + MC2)
    while True:
        state, u = uniform(state)
        state, v = uniform(state)
        cosine = 2.0 * u - 1.0
        if 2.0 * v < 1.0 + cosine * cosine:
            return state, (cosine + beta) / (1.0 + beta * cosine)


@inlined
def photon_until_rest(state: np.uint64, physics: Physics, medium: int, energy: float) -> tuple[np.uint64, float]:
    """Energy of the photon that an electron sends out while it comes to rest, zero where it sends none. [MeV]

    The mean number and the spectrum are those of continuous slowing down; more than one photon is left out of account.
    """
    if energy <= physics.photon_threshold:
        return state, 0.0
    low, share = between(physics, position(physics, energy))
    expected = rate(physics, medium, PHOTON_YIELD, low, share)
    state, u = uniform(state)
    if u >= expected:
        return state, 0.0
    first, last = 0, low + 1
    while last - first > 1:
        middle = (first + last) // 2
        if physics.rates[medium, middle, PHOTON_YIELD] < u:
            first = middle
        else:
            last = middle
    below, above = physics.rates[medium, first, PHOTON_YIELD], physics.rates[medium, last, PHOTON_YIELD]
    part = first + (u - below) / max(above - below, 1e-300)
    emitting = math.exp(physics.log_first + part / physics.per_log)
    return photon_energy(state, physics, medium, min(max(emitting, physics.photon_threshold * 1.000001), energy))
