"""Point kernels of electrons in an unbounded medium."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.counter_random import stream, uniform
from hevesy.physdata import Material
from hevesy.physdata.emissions import EmissionSpectrum, Particle
from hevesy.physdata.matter.electrons import ENERGY_LIMITS_MEV, ElectronTables, electron_tables
from hevesy.transport.mc.electron_physics import (
    Physics,
    collision_cosine,
    hard_event,
    knock_on_energy,
    next_step,
    packed,
    photon_energy,
    position,
    turned,
)
from hevesy.transport.mc.radial import RadialKernel

Floats = NDArray[np.float64]
_Vector = tuple[float, float, float]

BATCHES = 20
_PHOTON_THRESHOLD_MEV = 1e-3
_CUTOFF_SHARE = 0.01
_STEP, _TURN, _HARD_SHARE = 0.04, 0.2, 0.02
_STACK = 64


@dataclass(frozen=True)
class ElectronPointSource:
    """What electrons from a point leave in the medium, and the photons they send out."""

    kernel: RadialKernel
    """Without the energy of the photons."""
    bremsstrahlung: EmissionSpectrum
    """Photons above 1 keV per electron emitted; they leave from within the electrons' range."""
    beyond_mev: float
    """Energy deposited beyond the last edge, per electron emitted. [MeV]"""


@inlined
def _score(shells: Floats, edges: Floats, point: _Vector, energy: float) -> None:
    """Add energy to the shell of a place; the last entry takes what lies beyond, inside the first edge counts there."""
    radius = math.sqrt(point[0] * point[0] + point[1] * point[1] + point[2] * point[2])
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) // 2
        if edges[middle] <= radius:
            low = middle + 1
        else:
            high = middle
    shells[low] += energy


@inlined
def _ahead(point: _Vector, direction: _Vector, path: float) -> _Vector:
    return point[0] + path * direction[0], point[1] + path * direction[1], point[2] + path * direction[2]


@inlined
def _follow(  # noqa: PLR0915 - the history of one electron: a hot loop
    state: np.uint64, physics: Physics, start: tuple[float, float], edges: Floats, shells: Floats, scratch: Floats
) -> None:
    """Follow one electron; ``start`` is its energy and weight, ``scratch`` the stack, its last rows the photons."""
    energy, weight = start
    cutoff = max(_CUTOFF_SHARE * energy, 1.001 * 1e-4)
    point, direction, depth = (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0
    while True:
        if energy <= cutoff:
            _score(shells, edges, point, weight * energy)
            if depth == 0:
                return
            depth -= 1
            row = scratch[depth]
            energy, point, direction = row[0], (row[1], row[2], row[3]), (row[4], row[5], row[6])
            continue
        state, step = next_step(state, physics, 0, energy, position(physics, energy), math.inf)
        state, u = uniform(state)
        spot, hinge = u * step.path, step.hinge * step.path
        before, after = point, direction
        state, after = turned(state, direction, step.cosine)
        bend = _ahead(before, direction, hinge)
        place = _ahead(before, direction, spot) if spot < hinge else _ahead(bend, after, spot - hinge)
        _score(shells, edges, place, weight * step.loss * step.path)
        point, direction = _ahead(bend, after, step.path - hinge), after
        energy -= step.loss * step.path
        if step.bound <= 0.0:
            continue
        state, kind = hard_event(state, physics, 0, energy, step.bound)
        if kind == 1:
            state, knocked = knock_on_energy(state, energy, physics.hard_share)
            kept = energy - knocked
            row = scratch[depth]
            state, aside = turned(state, direction, collision_cosine(energy, kept))
            row[0], row[1], row[2], row[3] = kept, point[0], point[1], point[2]
            row[4], row[5], row[6] = aside
            depth += 1
            state, direction = turned(state, direction, collision_cosine(energy, knocked))
            energy = knocked
        elif kind == 2:
            state, photon = photon_energy(state, physics, 0, energy)
            exact = math.log(photon / physics.photon_threshold) * _BINS_PER_LOG
            column = min(int(exact), scratch.shape[1] - 1)
            scratch[_STACK, column] += weight
            scratch[_STACK + 1, column] += weight * photon
            energy -= photon


_BINS_PER_LOG = 8.0


@compiled
def _batches(
    physics: Physics, sources: tuple[Floats, Floats], edges: Floats, shells: Floats, scratch: Floats, seed: int
) -> None:
    """Follow all histories; ``shells`` has one row a batch."""
    energies, weights = sources
    batches, per_batch = shells.shape[0], len(energies) // shells.shape[0]
    for batch in range(batches):
        for i in range(batch, batches * per_batch, batches):
            state = stream(np.uint64(seed), np.uint64(i))
            _follow(state, physics, (energies[i], weights[i]), edges, shells[batch], scratch)


def _sources(energies: Floats, yields: Floats, histories: int, seed: int) -> tuple[Floats, Floats]:
    """Energies and weights of histories: as many as the energy emitted asks for, evenly spaced with a random start."""
    emitted = energies * yields
    cumulative = np.cumsum(emitted) / emitted.sum()
    offsets = np.random.default_rng(seed).uniform(size=histories)
    chosen = np.searchsorted(cumulative, (np.arange(histories) + offsets) / histories)
    energy = energies[np.minimum(chosen, len(energies) - 1)]
    return energy, emitted.sum() / yields.sum() / energy


def _tables(material: Material) -> ElectronTables:
    return electron_tables((material,), hard_share=_HARD_SHARE, photon_threshold_mev=_PHOTON_THRESHOLD_MEV)


def _checked(energies: Floats, yields: Floats, edges: Floats) -> None:
    if energies.shape != yields.shape or energies.ndim != 1 or not len(energies):
        raise ValueError("expected energies and yields of one length, at least one")
    if not ((energies > 0) & (energies <= ENERGY_LIMITS_MEV[1]) & (yields > 0)).all():
        raise ValueError(f"expected energies up to {ENERGY_LIMITS_MEV[1]:g} MeV and yields above zero")
    if len(edges) < 2 or edges[0] < 0 or (np.diff(edges) <= 0).any():
        raise ValueError("expected at least two radii that increase from zero or more")


def electron_point_source(
    energies_mev: Floats, yields: Floats, edges_cm: Floats, histories: int, seed: int, material: Material
) -> ElectronPointSource:
    """Energy around a point source of electrons in an unbounded medium, and the bremsstrahlung that leaves it.

    Energies are chosen in proportion to the energy they emit and weighted, so that no history is spent on electrons
    that carry nothing. Electrons below 1 % of their first energy, and all below 0.1 keV, deposit on the spot.

    Parameters
    ----------
    energies_mev, yields
        Lines: kinetic energies [MeV] and how many of each. Shapes ``(line,)``.
    edges_cm
        Radii of the shells. Shape ``(shell + 1,)``. [cm]
    histories
        Rounded up to whole batches.
    seed
        Of the random numbers; one seed, one result.
    material
        Composition and density of the medium.

    Raises
    ------
    ValueError
        If lines or radii are not as described.
    """
    energies, lines, edges = (np.asarray(a, dtype=np.float64) for a in (energies_mev, yields, edges_cm))
    _checked(energies, lines, edges)
    histories = -(-max(histories, 1) // BATCHES) * BATCHES
    physics = packed(_tables(material), _STEP, _TURN)
    columns = int(np.log(max(float(energies.max()), 2e-3) / _PHOTON_THRESHOLD_MEV) * _BINS_PER_LOG) + 1
    scratch = np.zeros((_STACK + 2, max(columns, 8)))
    shells = np.zeros((BATCHES, len(edges) + 1))
    sources = _sources(energies, lines, histories, seed)
    _batches(physics, sources, edges * material.density_g_ml, shells, scratch, seed)
    per_batch = shells / (histories // BATCHES)
    mean, error = per_batch.mean(axis=0), per_batch.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    kernel = RadialKernel(edges, mean[1:-1], error[1:-1])
    return ElectronPointSource(kernel, _photons(scratch[_STACK:] / histories), float(mean[-1]))


def _photons(scored: Floats) -> EmissionSpectrum:
    """Spectrum of photons from numbers and energies in bins: lines at the mean energy of each bin."""
    numbers, energies = scored[:, scored[0] > 0]
    means = energies / numbers
    return EmissionSpectrum(Particle.PHOTON, "given", means, means, numbers)


def electron_radial_kernel(
    energies_mev: Floats, yields: Floats, edges_cm: Floats, histories: int, seed: int, material: Material
) -> RadialKernel:
    """The kernel alone of :func:`electron_point_source`; the energy of bremsstrahlung photons is not in it."""
    return electron_point_source(energies_mev, yields, edges_cm, histories, seed, material).kernel
