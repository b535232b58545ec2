"""Directions and energies of the electrons that photons set free: compiled sampling."""

from __future__ import annotations

import math

from hevesy.numerics.compiled import inlined
from hevesy.numerics.counter_random import uniform
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.transport.mc.photon_physics import State, Vector, azimuth, turned


@inlined
def compton_electron(energy: float, scattered: float, before: Vector, after: Vector) -> Vector:
    """Direction of a recoil electron: the momentum that the photon lost."""
    x = energy * before[0] - scattered * after[0]
    y = energy * before[1] - scattered * after[1]
    z = energy * before[2] - scattered * after[2]
    length = math.sqrt(x * x + y * y + z * z)
    if length == 0.0:
        return before
    return x / length, y / length, z / length


@inlined
def photoelectron(energy: float, direction: Vector, state: State) -> tuple[State, Vector]:
    """Direction of a photoelectron by the K-shell formula of Sauter.

    References
    ----------
    .. [1] F. Sauter, Ann. Phys. 403 (1931) 454, doi:10.1002/andp.19314030406
    .. [2] F. Salvat, PENELOPE 2018, OECD NEA (2019), section 2.2.1: the way of sampling
    """
    gamma = 1.0 + energy / ELECTRON_MASS_MEV
    beta = math.sqrt(energy * (energy + 2.0 * ELECTRON_MASS_MEV)) / (energy + ELECTRON_MASS_MEV)
    a = 1.0 / beta - 1.0
    b = 0.5 * beta * gamma * (gamma - 1.0) * (gamma - 2.0)
    while True:
        state, u1 = uniform(state)
        state, u2 = uniform(state)
        nu = 2.0 * a / ((a + 2.0) ** 2 - 4.0 * u1) * (2.0 * u1 + (a + 2.0) * math.sqrt(u1))
        if u2 * (2.0 * (1.0 / a + b)) < (2.0 - nu) * (1.0 / (a + nu) + b):
            state, cos_phi, sin_phi = azimuth(state)
            return state, turned(direction, min(nu, 2.0), cos_phi, sin_phi)


@inlined
def pair_electron(energy: float, direction: Vector, state: State) -> tuple[State, Vector]:
    """Direction of one electron of a pair, by the leading term of the Sauter-Gluckstern-Hull formula."""
    beta = math.sqrt(energy * (energy + 2.0 * ELECTRON_MASS_MEV)) / (energy + ELECTRON_MASS_MEV)
    state, u = uniform(state)
    state, cos_phi, sin_phi = azimuth(state)
    v = 2.0 * u - 1.0
    return state, turned(direction, (1.0 - v) * (1.0 - beta) / (v * beta + 1.0), cos_phi, sin_phi)
