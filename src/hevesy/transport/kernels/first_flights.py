"""Photons that have not collided before: what they leave around a point, carried on by the electrons they set free."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.photons import ENERGY_SHIFT, FIRST_ENERGY_BIN, PhotonTables
from hevesy.transport.kernels.point_table import ElectronKernels

Floats = NDArray[np.float64]

_ANGLES = np.polynomial.legendre.leggauss(32)
_DISTANCES = (np.arange(24) + 0.5) / 24.0


class _Electrons(NamedTuple):
    """Electrons of first collisions: shares of the energy given, energies, cosines to the photon. Shapes ``(n,)``."""

    share: Floats
    energy_mev: Floats
    cosine: Floats


def _compton(energy: float) -> _Electrons:
    """By the formula of Klein and Nishina; shares add up to the mean share of the photon's energy."""
    mu, weight = _ANGLES
    ratio = 1.0 / (1.0 + energy / ELECTRON_MASS_MEV * (1.0 - mu))
    chance = weight * ratio**2 * (ratio + 1.0 / ratio - (1.0 - mu**2))
    given = energy * (1.0 - ratio)
    momentum = np.sqrt(given * (given + 2.0 * ELECTRON_MASS_MEV))
    return _Electrons(chance / chance.sum() * (1.0 - ratio), given, energy * (1.0 - ratio * mu) / momentum)


def _isotropic(share: float, energy: float) -> _Electrons:
    mu, weight = _ANGLES
    return _Electrons(0.5 * weight * share, np.full_like(mu, energy), mu)


def _first_electrons(energy: float, chances: Floats) -> _Electrons:
    """All electrons of a photon's first collision; photoelectrons isotropic, pairs straight ahead."""
    compton = _compton(energy)
    parts = [compton._replace(share=compton.share * (chances[1] - chances[0]))]
    parts.append(_isotropic(float(1.0 - chances[2]), energy))
    excess = energy - 2.0 * ELECTRON_MASS_MEV
    if excess > 0:
        share = float(chances[2] - chances[1]) * excess / energy
        parts.append(_Electrons(np.array([share]), np.array([0.5 * excess]), np.ones(1)))
    joined = _Electrons(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return joined._replace(share=joined.share / joined.share.sum())


def _distances(kernels: ElectronKernels, energies: Floats) -> Floats:
    """How far from their start electrons deposit, at equally likely steps. Shape ``(energy, step)``. [cm]"""
    rows = []
    for energy in energies.tolist():
        if energy < kernels.energies_mev[0]:
            rows.append(np.zeros_like(_DISTANCES))
            continue
        place = np.interp(np.log(energy), np.log(kernels.energies_mev), np.arange(len(kernels.energies_mev)))
        cumulative = np.concatenate([[0.0], np.cumsum(kernels.fractions[round(float(place))])])
        longest = np.exp(np.interp(np.log(energy), np.log(kernels.energies_mev), np.log(kernels.range_cm)))
        rows.append(longest * np.interp(_DISTANCES * cumulative[-1], cumulative, kernels.edges))
    return np.array(rows)


def first_flights(
    energy_mev: float, tables: PhotonTables, density_g_ml: float, electrons: ElectronKernels, edges_cm: Floats
) -> tuple[Floats, Floats]:
    r"""Energy around a point from photons that have not collided before.

    A photon that collides at the radius *r* and whose electron deposits at the distance *d* under the cosine
    :math:`\mu` leaves its energy within *R* if :math:`r^2 + 2 r d \mu + d^2 < R^2`; that chance is exact in *r*.
    Electrons deposit along their first direction, as far away as in their own point kernel.

    Parameters
    ----------
    energy_mev
        Of the photons. [MeV]
    tables
        The medium first.
    density_g_ml
        Of the medium. [g/ml]
    electrons
        Point kernels in the medium.
    edges_cm
        Of the shells. Shape ``(shell + 1,)``. [cm]

    Returns
    -------
    Energy per photon where electrons deposit at once, and where they travel. Shapes ``(shell,)``. [MeV]
    """
    name = tables.materials[0].name
    attenuation = float(tables.mass_attenuation(name, energy_mev)[0])
    given = float(tables.mass_energy_absorption(name, energy_mev)[0]) / attenuation * energy_mev
    row = (int(np.float64(energy_mev).view(np.int64)) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN
    lines = tables.arrays.channels[0, row].reshape(3, 2)
    found = _first_electrons(energy_mev, lines[:, 0] + lines[:, 1] * energy_mev)
    distances = _distances(electrons, found.energy_mev)
    per_cm = attenuation * density_g_ml
    within = np.zeros(len(edges_cm))
    for share, cosine, row_cm in zip(found.share, found.cosine, distances, strict=True):
        d = row_cm[:, None]
        square = edges_cm[None, :] ** 2 - d**2 * (1.0 - cosine**2)
        root = np.sqrt(np.maximum(square, 0.0))
        near, far = (np.maximum(sign * root - d * cosine, 0.0) for sign in (-1.0, 1.0))
        chance = np.where(square > 0, np.exp(-per_cm * near) - np.exp(-per_cm * far), 0.0)
        within += share * chance.mean(axis=0)
    return given * -np.diff(np.exp(-per_cm * edges_cm)), given * np.diff(within)
