"""Energy deposited around a point source of electrons in unbounded water: a small condensed-history Monte Carlo.

Knock-on electrons above ``HARD`` of the starting energy are sampled from the Moller cross section and followed; softer
losses are continuous. Between them, angles are drawn from a beta distribution that has the first two Legendre moments
of the Goudsmit-Saunderson distribution for screened Rutherford scattering (soft collisions with electrons included),
and a hinge at a random place of each step gives the right spatial moments. Bremsstrahlung leaves. All particles of a
pool move together as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MC2 = 0.51099895  # MeV
RE2 = 7.9407877e-26  # classical electron radius squared, cm2
ALPHA = 1 / 137.035999
AVOGADRO = 6.02214076e23
WATER_MOLAR_MASS = 18.01528  # g/mol
WATER = ((1, 2), (8, 1))  # element, atoms per molecule
I_WATER = 75e-6  # MeV, with the density-effect parameters below
STERNHEIMER = {"c": 3.5017, "x0": 0.2400, "x1": 2.8004, "a": 0.09116, "m": 3.4773}
"""Liquid water: R. M. Sternheimer, M. J. Berger, S. M. Seltzer, At. Data Nucl. Data Tables 30 (1984) 261."""

HARD = 0.02  # knock-on electrons above this share of the starting energy are followed
CUTOFF = 0.01  # particles below this share of the starting energy deposit it on the spot
STEP = 0.06  # largest share of the energy lost in one step
N_BINS = 480
REACH = 1.2  # of the bins, in CSDA ranges


def beta_squared(energy: Floats) -> Floats:
    """Squared velocity over that of light."""
    return 1.0 - (MC2 / (energy + MC2)) ** 2


def collision_stopping_power(energy: Floats) -> Floats:
    """Bethe's formula for electrons in water with the density effect. [MeV cm2/g]"""
    tau, beta2 = energy / MC2, beta_squared(energy)
    x = np.log10(np.sqrt(tau * (tau + 2.0)))
    p = STERNHEIMER
    tail = p["a"] * np.clip(p["x1"] - x, 0.0, None) ** p["m"]
    delta = np.where(x > p["x0"], 2.0 * np.log(10.0) * x - p["c"] + tail, 0.0)
    f = 1.0 - beta2 + (tau**2 / 8.0 - (2.0 * tau + 1.0) * np.log(2.0)) / (tau + 1.0) ** 2
    bracket = np.log(tau**2 * (tau + 2.0) / (2.0 * (I_WATER / MC2) ** 2)) + f - delta
    electrons_per_gram = 10.0 * AVOGADRO / WATER_MOLAR_MASS
    return 2.0 * np.pi * RE2 * MC2 * electrons_per_gram / beta2 * bracket


def scattering_powers(energy: Floats, hard: float) -> tuple[Floats, Floats]:
    """First two transport coefficients of scattering by nuclei and, softly, by electrons. [cm2/g]

    Screened Rutherford cross section with Moliere's screening; collisions with electrons up to the energy ``hard``.
    """
    first, second = np.zeros_like(energy), np.zeros_like(energy)
    beta2, momentum2 = beta_squared(energy), energy * (energy + 2.0 * MC2)
    kept = np.clip(energy - np.minimum(hard, 0.5 * energy), 0.0, None)
    cosine = np.sqrt(kept * (energy + 2.0 * MC2) / (energy * (kept + 2.0 * MC2)))
    limit = 0.5 * (1.0 - cosine)
    for z, n in WATER:
        radius = 0.88534 / (ALPHA * z ** (1 / 3))  # Thomas-Fermi, in reduced Compton wavelengths
        born = 1.13 + 3.76 * (ALPHA * z) ** 2 / beta2
        screen = 0.25 * MC2**2 / (momentum2 * radius**2) * born
        strength = 2.0 * np.pi * RE2 * z * MC2**2 / (momentum2 * beta2) * n * AVOGADRO / WATER_MOLAR_MASS
        log = np.log1p(1.0 / screen)
        electrons = strength * (np.log1p(limit / screen) - limit / (screen + limit))
        first += strength * z * (log - 1.0 / (1.0 + screen)) + electrons
        second += 3.0 * (strength * z * ((1.0 + 2.0 * screen) * log - 2.0) + electrons)
    return first, second


def _moller_scale(energy: Floats) -> Floats:
    """Prefactor of the Moller cross section. [MeV cm2/g]"""
    return 2.0 * np.pi * RE2 * MC2 * 10.0 * AVOGADRO / WATER_MOLAR_MASS / beta_squared(energy)


def knock_on(energy: Floats, hard: float) -> tuple[Floats, Floats]:
    """Macroscopic cross section of knock-ons above ``hard`` [cm2/g] and the energy they take per path [MeV cm2/g]."""
    tau = energy / MC2
    b, c = (tau / (tau + 1.0)) ** 2, (2.0 * tau + 1.0) / (tau + 1.0) ** 2
    low = np.minimum(hard / energy, 0.5)
    number = 1.0 / low - 1.0 / (1.0 - low) + b * (0.5 - low) - c * np.log((1.0 - low) / low)
    taken = np.log(0.5 / low) + 2.0 + np.log(0.5) - 1.0 / (1.0 - low) - np.log(1.0 - low)
    taken += b * (0.25 - low**2) / 2.0 + c * (np.log(0.5) - np.log(1.0 - low))
    scale = _moller_scale(energy)
    return scale * number / energy, scale * taken


def _knock_energy(energy: Floats, hard: float, rng: np.random.Generator) -> Floats:
    """Energies of knock-on electrons, by rejection from 1/W**2."""
    tau = energy / MC2
    b, c = (tau / (tau + 1.0)) ** 2, (2.0 * tau + 1.0) / (tau + 1.0) ** 2
    low = hard / energy
    share = np.zeros_like(energy)
    open_ = np.arange(len(energy))
    while len(open_):
        l_ = low[open_]
        u = l_ / (1.0 - rng.uniform(size=len(open_)) * (1.0 - 2.0 * l_))
        weight = 1.0 + (u / (1.0 - u)) ** 2 + b[open_] * u**2 - c[open_] * u / (1.0 - u)
        kept = rng.uniform(size=len(open_)) * 2.0 < weight
        share[open_[kept]] = u[kept]
        open_ = open_[~kept]
    return share * energy


@dataclass(frozen=True)
class Slowing:
    """Stopping of electrons in water on a grid of energies."""

    energy: Floats
    """[MeV]"""
    total: Floats
    """Collision and radiative stopping power. [MeV cm2/g]"""
    collision: Floats

    @property
    def csda_range(self) -> Floats:
        """Range in the continuous-slowing-down approximation. [g/cm2]"""
        steps = np.diff(self.energy) * 0.5 * (1.0 / self.total[1:] + 1.0 / self.total[:-1])
        return np.concatenate([[0.0], np.cumsum(steps)]) + 0.5 * self.energy[0] / self.total[0]


def _turn(direction: Floats, cosine: Floats, rng: np.random.Generator) -> Floats:
    """Directions turned by the given polar angle about a random azimuth. Shape ``(n, 3)``."""
    x, y, z = direction.T
    sine, azimuth = np.sqrt(np.clip(1.0 - cosine**2, 0.0, None)), rng.uniform(0.0, 2.0 * np.pi, len(cosine))
    u, v = sine * np.cos(azimuth), sine * np.sin(azimuth)
    sign = np.where(z >= 0, 1.0, -1.0)
    a = -1.0 / (sign + z)
    b = x * y * a
    e1 = np.stack([1.0 + sign * x * x * a, sign * b, -sign * x], axis=1)
    e2 = np.stack([b, sign + y * y * a, -y], axis=1)
    return u[:, None] * e1 + v[:, None] * e2 + cosine[:, None] * direction


def turn(direction: Floats, cosine: Floats, rng: np.random.Generator) -> Floats:
    """Public face of the rotation, kept normalised."""
    turned = _turn(direction, cosine, rng)
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def _cosines(first: Floats, second: Floats, rng: np.random.Generator) -> Floats:
    """Cosines with mean exp(-first) and second Legendre moment exp(-second), from a beta distribution."""
    mu, mu2 = np.exp(-first), (2.0 * np.exp(-second) + 1.0) / 3.0
    mean = np.maximum(0.5 * (1.0 - mu), 1e-12)
    variance = np.maximum(0.25 * (mu2 - mu**2), 1e-18)
    shape = np.clip(mean * (1.0 - mean) / variance - 1.0, 1e-3, None)
    return np.asarray(1.0 - 2.0 * rng.beta(mean * shape, (1.0 - mean) * shape))


def _deflection(energy: Floats, taken: Floats) -> tuple[Floats, Floats]:
    """Cosines of the knock-on electron and of the particle that it was taken from."""
    left = energy - taken
    knocked = np.sqrt(taken * (energy + 2.0 * MC2) / (energy * (taken + 2.0 * MC2)))
    kept = np.sqrt(left * (energy + 2.0 * MC2) / (energy * (left + 2.0 * MC2)))
    return np.minimum(knocked, 1.0), np.minimum(kept, 1.0)


@dataclass
class _Pool:
    """Particles that move together."""

    energy: Floats
    position: Floats
    direction: Floats

    def select(self, mask: NDArray[np.bool_]) -> _Pool:
        """Some of them."""
        return _Pool(self.energy[mask], self.position[mask], self.direction[mask])

    def joined(self, other: _Pool) -> _Pool:
        """All of both."""
        pairs = ((self.energy, other.energy), (self.position, other.position), (self.direction, other.direction))
        return _Pool(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class _Rates:
    """What a step needs, on the energies of the stopping powers."""

    soft: Floats
    collision_share: Floats
    hard: Floats
    first: Floats
    second: Floats


def _rates(slowing: Slowing, threshold: float) -> _Rates:
    number, taken = knock_on(slowing.energy, threshold)
    open_ = slowing.energy > 2.0 * threshold
    taken = np.where(open_, taken, 0.0)
    first, second = scattering_powers(slowing.energy, threshold)
    soft = slowing.total - taken
    return _Rates(soft, (slowing.collision - taken) / soft, np.where(open_, number, 0.0), first, second)


def _step(pool: _Pool, slowing: Slowing, rates: _Rates, threshold: float, rng: np.random.Generator) -> _Scored:
    """Move every particle by one step."""

    def at(values: Floats, energy: Floats) -> Floats:
        return np.interp(energy, slowing.energy, values)

    n, energy = len(pool.energy), pool.energy
    soft = at(rates.soft, energy)
    longest = STEP * energy / soft
    to_knock = rng.exponential(size=n) / np.maximum(at(rates.hard, energy), 1e-30)
    length = np.minimum(longest, to_knock)
    middle = energy - 0.5 * length * soft
    lost = length * at(rates.soft, middle)
    angles = at(rates.first, middle) * length, at(rates.second, middle) * length
    turned = turn(pool.direction, _cosines(*angles, rng), rng)
    hinge, place = length * rng.uniform(size=n), length * rng.uniform(size=n)
    before, beyond = np.minimum(place, hinge), np.clip(place - hinge, 0.0, None)
    spots = pool.position + before[:, None] * pool.direction + beyond[:, None] * turned
    position = pool.position + hinge[:, None] * pool.direction + (length - hinge)[:, None] * turned
    moved = _Pool(energy - lost, position, turned)
    hit = (to_knock < longest) & (moved.energy > 2.0 * threshold)
    return _Scored(spots, lost * at(rates.collision_share, middle), _knock(moved, hit, threshold, rng))


@dataclass(frozen=True)
class _Scored:
    """What a step leaves: energy at places, and the particles after it."""

    spots: Floats
    deposited: Floats
    pool: _Pool


def _knock(pool: _Pool, hit: NDArray[np.bool_], threshold: float, rng: np.random.Generator) -> _Pool:
    """Let the particles that were hit lose a knock-on electron, which joins the pool."""
    if not hit.any():
        return pool
    energy = pool.energy[hit]
    taken = _knock_energy(energy, threshold, rng)
    knocked, kept = _deflection(energy, taken)
    born = _Pool(taken, pool.position[hit], turn(pool.direction[hit], knocked, rng))
    pool.direction[hit] = turn(pool.direction[hit], kept, rng)
    pool.energy[hit] = energy - taken
    return pool.joined(born)


def radial_kernel(energy: float, slowing: Slowing, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Fraction of the energy deposited in shells around the source.

    Returns
    -------
    Edges of the shells. Shape ``(shell + 1,)``. [cm]
    Fractions; their sum lacks what bremsstrahlung takes. Shape ``(shell,)``.
    """
    threshold, reach = HARD * energy, REACH * float(np.interp(energy, slowing.energy, slowing.csda_range))
    rates = _rates(slowing, threshold)
    pool = _Pool(np.full(n, energy), np.zeros((n, 3)), np.tile([0.0, 0.0, 1.0], (n, 1)))
    scored = np.zeros(N_BINS)

    def score(spots: Floats, deposited: Floats) -> None:
        bins = np.minimum((np.linalg.norm(spots, axis=1) / reach * N_BINS).astype(int), N_BINS - 1)
        scored[:] += np.bincount(bins, weights=deposited, minlength=N_BINS)

    while len(pool.energy):
        moved = _step(pool, slowing, rates, threshold, rng)
        score(moved.spots, moved.deposited)
        alive = moved.pool.energy > CUTOFF * energy
        stopped = moved.pool.select(~alive)
        score(stopped.position, stopped.energy)
        pool = moved.pool.select(alive)
    return np.linspace(0.0, reach, N_BINS + 1), scored / (n * energy)
