"""What happens to a photon in one collision: compiled sampling of the tables of media.

Every function takes the state of the random numbers and gives back the next one first.
"""

from __future__ import annotations

import math

import numpy as np

from hevesy.numerics.compiled import inlined
from hevesy.numerics.counter_random import uniform
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.photons import (
    ENERGY_SHIFT,
    FIRST_ENERGY_BIN,
    NODE_BINS,
    NODE_SHIFT,
    QUANTILES,
    PhotonArrays,
)

COHERENT, INCOHERENT, PAIR, PHOTOELECTRIC = 0, 1, 2, 3

_FIRST_NODE = FIRST_ENERGY_BIN // NODE_BINS

Vector = tuple[float, float, float]
State = np.uint64


@inlined
def energy_bin(energy: float) -> int:
    """Bin of a photon energy [MeV], read off its bits."""
    return int(np.float64(energy).view(np.int64) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN


@inlined
def attenuation(tables: PhotonArrays, medium: int, energy: float) -> float:
    """Attenuation of a medium. [cm2/g]"""
    place = energy_bin(energy)
    return float(tables.flight[medium, place, 0] + tables.flight[medium, place, 1] * energy)


@inlined
def left_per_length(tables: PhotonArrays, medium: int, energy: float) -> float:
    """Energy that a photon is expected to leave per path in a medium. [MeV cm2/g]"""
    place = energy_bin(energy)
    return float(tables.flight[medium, place, 2] + tables.flight[medium, place, 3] * energy)


@inlined
def channel(tables: PhotonArrays, medium: int, energy: float, u: float) -> int:
    """Kind of a collision, for a number drawn from (0, 1)."""
    channels, place = tables.channels, energy_bin(energy)
    if u < channels[medium, place, 0] + channels[medium, place, 1] * energy:
        return COHERENT
    if u < channels[medium, place, 2] + channels[medium, place, 3] * energy:
        return INCOHERENT
    if u < channels[medium, place, 4] + channels[medium, place, 5] * energy:
        return PAIR
    return PHOTOELECTRIC


@inlined
def scattering(tables: PhotonArrays, kind: int, medium: int, energy: float, state: State) -> tuple[State, float]:
    """1 - cos θ of a scattered photon, from the tables of angles at the two nearest energies."""
    node = (energy_bin(energy)) // NODE_BINS
    low = np.int64((node + _FIRST_NODE) << NODE_SHIFT).view(np.float64)
    high = np.int64((node + _FIRST_NODE + 1) << NODE_SHIFT).view(np.float64)
    state, u = uniform(state)
    if u * (high - low) < energy - low:
        node += 1
    state, u = uniform(state)
    place = u * QUANTILES
    step = int(place)
    lower = tables.angles[kind, medium, node, step]
    return state, lower + (place - step) * (tables.angles[kind, medium, node, step + 1] - lower)


@inlined
def scattered_energy(energy: float, t: float) -> float:
    """Energy after incoherent scattering by ``t = 1 - cos θ`` from an electron at rest. [MeV]"""
    return energy / (1.0 + energy / ELECTRON_MASS_MEV * t)


@inlined
def azimuth(state: State) -> tuple[State, float, float]:
    """Cosine and sine of an angle that is as likely as any."""
    while True:
        state, u1 = uniform(state)
        state, u2 = uniform(state)
        x, y = 2.0 * u1 - 1.0, 2.0 * u2 - 1.0
        square = x * x + y * y
        if 1e-12 < square < 1.0:
            scale = 1.0 / math.sqrt(square)
            return state, x * scale, y * scale


@inlined
def fluorescence(tables: PhotonArrays, medium: int, energy: float, state: State) -> tuple[State, float, float, float]:
    """Energies of the one or two photons that follow a photoelectric event, and of the bond that it broke.

    Zero where there is none; bonds without photons above 1 keV count as none, their Auger electrons as one with the
    photoelectron. [MeV]
    """
    cumulative = tables.emitters[medium, energy_bin(energy)]
    state, u = uniform(state)
    if len(cumulative) == 0 or u >= cumulative[-1]:
        return state, 0.0, 0.0, 0.0
    emitter = 0
    while u >= cumulative[emitter]:
        emitter += 1
    binding = min(tables.bindings[emitter], energy)
    start, middle, end = tables.line_ranges[emitter]
    state, u = uniform(state)
    own = _line(tables, start, middle, u)
    if own >= tables.follow_below[emitter] and own > 0.0:
        return state, own, 0.0, binding
    state, u = uniform(state)
    return state, own, _line(tables, middle, end, u), binding


@inlined
def _line(tables: PhotonArrays, start: int, end: int, u: float) -> float:
    """Energy of the line of a group that a number from (0, 1) falls on, or zero."""
    for i in range(start, end):
        if u < tables.line_cumulative[i]:
            return float(tables.line_energies[i])
    return 0.0


@inlined
def isotropic(state: State) -> tuple[State, Vector]:
    """Any direction."""
    state, u = uniform(state)
    state, cos_phi, sin_phi = azimuth(state)
    z = 2.0 * u - 1.0
    r = math.sqrt(max(1.0 - z * z, 0.0))
    return state, (r * cos_phi, r * sin_phi, z)


@inlined
def turned(direction: Vector, t: float, cos_phi: float, sin_phi: float) -> Vector:
    """A direction at ``t = 1 - cos θ`` and an azimuthal angle from another."""
    x, y, z = direction
    cosine = 1.0 - t
    sine = math.sqrt(max(t * (2.0 - t), 0.0))
    a, b = sine * cos_phi, sine * sin_phi
    across2 = x * x + y * y
    if across2 < 1e-12:
        return a, b if z > 0 else -b, cosine if z > 0 else -cosine
    across = math.sqrt(across2)
    nx = x * cosine + (a * x * z - b * y) / across
    ny = y * cosine + (a * y * z + b * x) / across
    nz = z * cosine - a * across
    scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
    return nx * scale, ny * scale, nz * scale


@inlined
def along(position: Vector, direction: Vector, path: float) -> Vector:
    """The place a path ahead."""
    return (
        position[0] + path * direction[0],
        position[1] + path * direction[1],
        position[2] + path * direction[2],
    )
