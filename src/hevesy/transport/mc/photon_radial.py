"""Point kernels of photons in an unbounded medium."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.counter_random import stream
from hevesy.physdata import Material
from hevesy.physdata.matter.photons import ENERGY_EDGES, LOWEST_MEV, photon_tables
from hevesy.transport.mc.photon_histories import STACK
from hevesy.transport.mc.photon_shells import Shells, scatter
from hevesy.transport.mc.radial import RadialKernel

Floats = NDArray[np.float64]

_BATCHES = 16
_MARGIN_G_CM2 = 30.0
"""Depth of medium beyond the last shell from which photons may come back."""


def _shells(edges_cm: Floats, medium: Material) -> Shells:
    far = float(edges_cm[-1]) + _MARGIN_G_CM2 / medium.density_g_ml
    return Shells(
        photon_tables((medium,)).arrays,
        0,
        medium.density_g_ml,
        edges_cm**2,
        far**2,
        np.zeros(len(edges_cm) - 1),
        np.empty((STACK, 7)),
        np.zeros(1, dtype=np.int64),
    )


def _first_flights(energies: Floats, yields: Floats, edges_cm: Floats, medium: Material) -> Floats:
    """Energy in every shell from photons that have not collided, exactly. [MeV]"""
    tables = photon_tables((medium,))
    attenuation = tables.mass_attenuation(medium.name, energies)
    share = tables.mass_energy_absorption(medium.name, energies) / attenuation
    reaching = np.exp(-np.outer(attenuation * medium.density_g_ml, edges_cm))
    return np.asarray((yields * energies * share) @ -np.diff(reaching, axis=1))


def _on_the_spot(energy_mev: float, edges_cm: Floats) -> Floats:
    return np.where((edges_cm[:-1] <= 0.0) & (edges_cm[1:] > 0.0), energy_mev, 0.0)


def photon_radial_kernel(
    energies_mev: Floats, yields: Floats, edges_cm: Floats, histories: int, seed: int, material: Material
) -> RadialKernel:
    """Energy in shells around a point source of photons; electrons deposit where they are set free.

    Photons that have not collided are counted exactly, the others by their track length in each shell. Electrons move
    the energy by up to their range (0.5 mm in water for the 364 keV of I-131), which is not in.

    Parameters
    ----------
    energies_mev
        Lines. Shape ``(n,)``. [MeV]
    yields
        Photons of each line. Shape ``(n,)``.
    edges_cm
        Radii of the shells, increasing. Shape ``(shell + 1,)``. [cm]
    histories
        Photons to follow in all, shared among the lines by the energy that they emit.
    seed
        Of the random numbers.
    material
        Medium with its density.

    Returns
    -------
    Energy in every shell per photon, with its statistical uncertainty from 16 batches.

    Raises
    ------
    ValueError
        If no photon is emitted, or an energy lies above the tables.
    """
    energies, weights = np.asarray(energies_mev, dtype=np.float64), np.asarray(yields, dtype=np.float64)
    edges = np.asarray(edges_cm, dtype=np.float64)
    if not (weights.size and weights.sum() > 0 and (weights >= 0).all() and energies.max() < ENERGY_EDGES[-1]):
        raise ValueError(f"expected photons of less than {ENERGY_EDGES[-1]:g} MeV with yields from zero on")
    weights = weights / weights.sum()
    soft = energies < LOWEST_MEV
    exact = _on_the_spot(float(weights[soft] @ energies[soft]), edges)
    energies, weights = energies[~soft], weights[~soft]
    exact = exact + _first_flights(energies, weights, edges, material)
    share = weights * energies / max(float(weights @ energies), 1e-300)
    counts = np.maximum(np.ceil(histories * share / _BATCHES), 1).astype(np.int64)
    batches = np.empty((_BATCHES, len(edges) - 1))
    for batch in range(_BATCHES):
        shells = _shells(edges, material)
        for line, (energy, weight, count) in enumerate(zip(energies, weights, counts, strict=True)):
            key = np.uint64(stream(np.uint64(seed), np.uint64(line * _BATCHES + batch)))
            scatter(shells, float(energy), float(weight), int(count), key)
        batches[batch] = shells.scored
    return RadialKernel(edges, exact + batches.mean(axis=0), batches.std(axis=0, ddof=1) / np.sqrt(_BATCHES))
