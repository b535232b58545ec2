"""What happens to a photon in one collision: compiled sampling of the tables of media.

Every function takes the state of the random numbers and gives back the next one first.
"""

from __future__ import annotations

import math

import numpy as np

from hevesy.numerics.compiled import inlined
from hevesy.numerics.counter_random import uniform
from hevesy.physdata.matter.photons import (
    ELECTRON_MASS,
    ENERGY_SHIFT,
    FIRST_ENERGY_BIN,
    FIRST_TRANSFER_BIN,
    HC,
    TRANSFER_BINS,
    TRANSFER_SHIFT,
    PhotonArrays,
)

COHERENT, INCOHERENT, PAIR, PHOTOELECTRIC = 0, 1, 2, 3

Vector = tuple[float, float, float]
State = np.uint64


@inlined
def energy_bin(energy: float) -> int:
    """Bin of a photon energy [MeV], read off its bits."""
    return int(np.float64(energy).view(np.int64) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN


@inlined
def transfer_bin(transfer: float) -> int:
    """Bin of a squared momentum transfer [1/Å2], the first or last one for those beyond."""
    place = int(np.float64(transfer).view(np.int64) >> TRANSFER_SHIFT) - FIRST_TRANSFER_BIN
    return min(max(place, 0), TRANSFER_BINS - 1)


@inlined
def attenuation(tables: PhotonArrays, medium: int, energy: float) -> float:
    """Attenuation of a medium. [cm2/g]"""
    place = energy_bin(energy)
    return tables.flight[medium, place, 0] + tables.flight[medium, place, 1] * energy


@inlined
def left_per_length(tables: PhotonArrays, medium: int, energy: float) -> float:
    """Energy that a photon is expected to leave per path in a medium. [MeV cm2/g]"""
    place = energy_bin(energy)
    return tables.flight[medium, place, 2] + tables.flight[medium, place, 3] * energy


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
def incoherent(tables: PhotonArrays, medium: int, energy: float, state: State) -> tuple[State, float, float]:
    """Energy of the scattered photon [MeV] and cosine of its angle: Klein and Nishina times the scattering function."""
    k = energy / ELECTRON_MASS
    low = 1.0 / (1.0 + 2.0 * k)
    low2 = low * low
    first = -math.log(low)
    first_share = first / (first + 0.5 * (1.0 - low2))
    scale = 0.5 * (energy / HC) ** 2
    scattering = tables.scattering
    while True:
        state, u1 = uniform(state)
        state, u2 = uniform(state)
        state, u3 = uniform(state)
        ratio = math.exp(-first * u2) if u1 < first_share else math.sqrt(low2 + (1.0 - low2) * u2)
        t = (1.0 - ratio) / (k * ratio)
        x2 = scale * t
        place = transfer_bin(x2)
        bound = scattering[medium, place, 0] + scattering[medium, place, 1] * x2
        if u3 < (1.0 - ratio * t * (2.0 - t) / (1.0 + ratio * ratio)) * bound:
            return state, ratio * energy, max(1.0 - t, -1.0)


@inlined
def coherent(tables: PhotonArrays, medium: int, energy: float, state: State) -> tuple[State, float]:
    """Cosine of the angle of a coherently scattered photon: Thomson times the squared form factor."""
    form = tables.form
    top = (energy / HC) ** 2
    last = transfer_bin(top)
    low_edge = _transfer_edge(last)
    whole = form[medium, last] + (form[medium, last + 1] - form[medium, last]) * min(
        (top - low_edge) / (_transfer_edge(last + 1) - low_edge), 1.0
    )
    while True:
        state, u1 = uniform(state)
        state, u2 = uniform(state)
        wanted = u1 * whole
        left, right = 0, last + 1
        while right - left > 1:
            middle = (left + right) // 2
            if form[medium, middle] <= wanted:
                left = middle
            else:
                right = middle
        edge = _transfer_edge(left)
        width = _transfer_edge(left + 1) - edge
        x2 = edge + width * (wanted - form[medium, left]) / (form[medium, left + 1] - form[medium, left])
        cosine = min(max(1.0 - 2.0 * x2 / top, -1.0), 1.0)
        if u2 < 0.5 * (1.0 + cosine * cosine):
            return state, cosine


@inlined
def _transfer_edge(place: int) -> float:
    return np.int64((place + FIRST_TRANSFER_BIN) << TRANSFER_SHIFT).view(np.float64) if place > 0 else 0.0


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
    state, u1 = uniform(state)
    state, u2 = uniform(state)
    z = 2.0 * u1 - 1.0
    r = math.sqrt(max(1.0 - z * z, 0.0))
    phi = 2.0 * math.pi * u2
    return state, (r * math.cos(phi), r * math.sin(phi), z)


@inlined
def turned(direction: Vector, cosine: float, phi: float) -> Vector:
    """A direction at a polar and an azimuthal angle from another."""
    x, y, z = direction
    sine = math.sqrt(max(1.0 - cosine * cosine, 0.0))
    a, b = sine * math.cos(phi), sine * math.sin(phi)
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
