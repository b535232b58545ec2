"""Energy deposited around a point source of photons in unbounded water, from EPDL cross sections.

The first collision is treated by expectation (every shell is reached with its exact probability), later ones by Monte
Carlo with implicit photoelectric absorption. Compton scattering follows Klein and Nishina with the incoherent
scattering function, coherent scattering the form factor (independent atoms); pair production is two electrons and two
photons of 511 keV. Electrons deposit their energy at one place, drawn from the electron kernel of their energy along
their first direction; their bremsstrahlung and the fluorescence of oxygen (0.5 keV) stay there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from electron_kernel import AVOGADRO, MC2, WATER, WATER_MOLAR_MASS, turn
from endf_archive import EndfArchive

Floats = NDArray[np.float64]

_HC = 0.01239842  # MeV angstrom
CUTOFF = 1e-3  # MeV
EDGES = np.geomspace(1e-5, 60.0, 541)  # cm; what goes beyond is lost to every sphere of the table
_FAR = 80.0  # cm; photons beyond do not come back
_MEMBERS = {1: "photoat-001_H_000.endf", 8: "photoat-008_O_000.endf"}
_COHERENT, _INCOHERENT, _PAIR, _PHOTOELECTRIC = 0, 1, 2, 3


@dataclass(frozen=True)
class Water:
    """Photon interactions of water, per gram."""

    energy: Floats
    coefficients: Floats
    """Coherent, incoherent, pair, photoelectric. Shape ``(4, energy)``. [cm2/g]"""
    x: Floats
    """Momentum transfer sin(theta/2)/lambda. [1/angstrom]"""
    scattering_function: Floats
    """Over the ten electrons of the molecule."""
    form_factor_integral: Floats
    """Integral of the squared form factor over x squared."""

    def at(self, energy: Floats) -> Floats:
        """Coefficients at some energies. Shape ``(4, n)``."""
        logs = np.log(np.maximum(self.coefficients, 1e-30))
        return np.stack([np.exp(np.interp(np.log(energy), np.log(self.energy), row)) for row in logs])


@dataclass(frozen=True)
class ElectronSpread:
    """How far from its start an electron deposits: quantiles of the electron kernels."""

    energy: Floats
    quantiles: Floats
    """Distance at equally likely steps. Shape ``(energy, quantile)``. [cm]"""

    def draw(self, energy: Floats, rng: np.random.Generator) -> Floats:
        """Distances for electrons of some energies. [cm]"""
        place = np.interp(np.log(np.maximum(energy, self.energy[0])), np.log(self.energy), np.arange(len(self.energy)))
        low = np.minimum(place.astype(int), len(self.energy) - 2)
        share = place - low
        column = rng.integers(0, self.quantiles.shape[1], len(energy))
        nearer, farther = self.quantiles[low, column], self.quantiles[low + 1, column]
        return np.asarray(np.exp((1.0 - share) * np.log(nearer) + share * np.log(farther)))


def read_water(archive: EndfArchive) -> Water:
    """Photon interactions of water from EPDL."""
    energy, x = np.geomspace(CUTOFF / 2, 6.0, 1200), np.concatenate([[0.0], np.geomspace(1e-4, 1e3, 1500)])
    coefficients, bound, form2 = np.zeros((4, len(energy))), np.zeros(len(x)), np.zeros(len(x))
    for z, n in WATER:
        sections = archive.sections(_MEMBERS[z])
        scale = n * AVOGADRO / WATER_MOLAR_MASS * 1e-24
        for row, mt in ((_COHERENT, 502), (_INCOHERENT, 504), (_PAIR, 516), (_PHOTOELECTRIC, 522)):
            coefficients[row] += scale * np.array([float(sections[23, mt]["sigma"](e * 1e6)) for e in energy])
        bound += n * np.array([float(sections[27, 504]["H"](v)) for v in np.clip(x, 1e-6, None)])
        form2 += n * np.array([float(sections[27, 502]["H"](v)) ** 2 for v in np.clip(x, 1e-6, None)])
    steps = 0.5 * (form2[1:] + form2[:-1]) * np.diff(x**2)
    return Water(energy, coefficients, x, np.clip(bound / 10.0, 0.0, 1.0), np.concatenate([[0.0], np.cumsum(steps)]))


def _compton(energy: Floats, water: Water, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Energies and cosines of Compton photons."""
    scattered, cosine = energy.copy(), np.ones_like(energy)
    open_ = np.arange(len(energy))
    while len(open_):
        e = energy[open_]
        k = e / MC2
        low = 1.0 / (1.0 + 2.0 * k)
        a1, a2 = -np.log(low), 0.5 * (1.0 - low**2)
        u = rng.uniform(size=(3, len(open_)))
        ratio = np.where(u[0] < a1 / (a1 + a2), np.exp(-a1 * u[1]), np.sqrt(low**2 + (1.0 - low**2) * u[1]))
        t = (1.0 - ratio) / (k * ratio)
        x = e / _HC * np.sqrt(np.clip(0.5 * t, 0.0, 1.0))
        chance = 1.0 - ratio * t * (2.0 - t) / (1.0 + ratio**2)
        kept = u[2] < chance * np.interp(x, water.x, water.scattering_function)
        scattered[open_[kept]], cosine[open_[kept]] = (ratio * e)[kept], np.clip(1.0 - t[kept], -1.0, 1.0)
        open_ = open_[~kept]
    return scattered, cosine


def _coherent(energy: Floats, water: Water, rng: np.random.Generator) -> Floats:
    """Cosines of coherently scattered photons."""
    cosine = np.ones_like(energy)
    open_ = np.arange(len(energy))
    while len(open_):
        top2 = (energy[open_] / _HC) ** 2
        whole = np.interp(top2, water.x**2, water.form_factor_integral)
        x2 = np.interp(rng.uniform(size=len(open_)) * whole, water.form_factor_integral, water.x**2)
        mu = np.clip(1.0 - 2.0 * x2 / top2, -1.0, 1.0)
        kept = rng.uniform(size=len(open_)) < 0.5 * (1.0 + mu**2)
        cosine[open_[kept]] = mu[kept]
        open_ = open_[~kept]
    return cosine


@dataclass(frozen=True)
class _Collision:
    """Outcome of one collision of each photon."""

    deposits: tuple[tuple[Floats, Floats], ...]
    """Energy given to electrons, and where it ends up relative to the collision."""
    energy: Floats
    direction: Floats
    weight: Floats


def _isotropic(n: int, rng: np.random.Generator) -> Floats:
    direction = rng.normal(size=(n, 3))
    return np.asarray(direction / np.linalg.norm(direction, axis=1, keepdims=True))


def _collide(
    energy: Floats, direction: Floats, water: Water, spread: ElectronSpread, rng: np.random.Generator
) -> _Collision:
    """Expected absorption and one sampled scatter per photon."""
    n = len(energy)
    coefficients = water.at(energy)
    total = coefficients.sum(axis=0)
    photo = coefficients[_PHOTOELECTRIC] / total
    kinds = rng.uniform(size=n) * (total - coefficients[_PHOTOELECTRIC])
    coherent = kinds < coefficients[_COHERENT]
    pair = ~coherent & (kinds >= coefficients[_COHERENT] + coefficients[_INCOHERENT])
    compton = ~coherent & ~pair
    new_energy, cosine, weight = energy.copy(), np.ones(n), 1.0 - photo
    cosine[coherent] = _coherent(energy[coherent], water, rng)
    new_energy[compton], cosine[compton] = _compton(energy[compton], water, rng)
    turned = turn(direction, cosine, rng)
    given = np.where(compton, energy - new_energy, 0.0)
    toward = energy[:, None] * direction - new_energy[:, None] * turned
    given[pair] = np.clip(energy[pair] - 2.0 * MC2, 0.0, None)
    toward[pair] = direction[pair]
    new_energy[pair], turned[pair] = MC2, _isotropic(int(pair.sum()), rng)
    toward /= np.maximum(np.linalg.norm(toward, axis=1, keepdims=True), 1e-300)
    single = np.where(pair, 0.5 * given, given)
    deposits = (
        (photo * energy, spread.draw(energy, rng)[:, None] * _isotropic(n, rng)),
        (weight * given, spread.draw(single, rng)[:, None] * toward),
    )
    return _Collision(deposits, new_energy, turned, weight * np.where(pair, 2.0, 1.0))


def _score(place: Floats, energy: Floats, into: Floats) -> None:
    radius = np.linalg.norm(place, axis=-1).ravel()
    bins = np.searchsorted(EDGES, radius) - 1
    inside = bins < len(EDGES) - 1
    into += np.bincount(np.clip(bins[inside], 0, None), weights=energy.ravel()[inside], minlength=len(EDGES) - 1)


def radial_kernel(energy: float, water: Water, spread: ElectronSpread, n: int, rng: np.random.Generator) -> Floats:
    """Fraction of the energy deposited in the shells between ``EDGES``. Shape ``(shell,)``."""
    scored = np.zeros(len(EDGES) - 1)
    direction = np.tile([0.0, 0.0, 1.0], (n, 1))
    first = _collide(np.full(n, energy), direction, water, spread, rng)
    total = float(water.at(np.array([energy])).sum())
    strata = np.concatenate([[0.0], np.geomspace(1e-5, _FAR, 121)])
    chance = np.diff(-np.exp(-total * strata))
    distance = strata[:-1, None] + np.diff(strata)[:, None] * rng.uniform(size=(len(strata) - 1, n))
    for given, shift in first.deposits:
        _score(distance[..., None] * direction + shift, chance[:, None] * given / n, scored)
    position = direction * (-np.log1p(-rng.uniform(size=n) * (1.0 - np.exp(-total * _FAR))) / total)[:, None]
    weight = first.weight * (1.0 - np.exp(-total * _FAR))
    _follow(first.energy, position, first.direction, weight, (water, spread, rng, scored, n))
    return np.asarray(scored / energy)


def _follow(
    energy: Floats,
    position: Floats,
    direction: Floats,
    weight: Floats,
    world: tuple[Water, ElectronSpread, np.random.Generator, Floats, int],
) -> None:
    """Later collisions of all photons, scored as shares of ``n`` histories."""
    water, spread, rng, scored, n = world
    while len(energy):
        total = water.at(energy).sum(axis=0)
        position = position + (rng.exponential(size=len(energy)) / total)[:, None] * direction
        near = np.linalg.norm(position, axis=1) < _FAR
        energy, position, direction, weight = energy[near], position[near], direction[near], weight[near]
        outcome = _collide(energy, direction, water, spread, rng)
        for given, shift in outcome.deposits:
            _score(position + shift, weight * given / n, scored)
        energy, direction, weight = outcome.energy, outcome.direction, weight * outcome.weight
        below = energy < CUTOFF
        _score(position[below], weight[below] * energy[below] / n, scored)
        survival = np.where(weight < 0.1, 0.2, 1.0)
        alive = ~below & (rng.uniform(size=len(energy)) < survival)
        energy, position, direction = energy[alive], position[alive], direction[alive]
        weight = (weight / survival)[alive]
