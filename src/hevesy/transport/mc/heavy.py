"""Alpha particles along straight tracks, recoiling nuclei on the spot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata import Emissions, Particle, merged
from hevesy.physdata.matter.alphas import LARGEST_ALPHA_MEV, alpha_ranges
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.heavy_tracks import AlphaSource, Tallies, World, run_voxels
from hevesy.transport.mc.particles import Balance

Floats = NDArray[np.float64]

_SPREAD = 0.35
"""Standard deviation of the share of a track's energy that leaves its voxel, for tracks that start near a border."""
_FEWEST, _MOST = 4, 1024
"""Tracks per voxel."""


@dataclass(frozen=True)
class HeavyDeposit:
    """Energy that alpha particles and recoiling nuclei leave in every voxel."""

    energy_mev: Floats
    """Shape ``(z, y, x)``. [MeV]"""
    variance_mev2: Floats
    """Statistical, of the tracks that were followed; neighbours are anticorrelated. Shape ``(z, y, x)``. [MeV2]"""
    tracks: int
    balance: Balance


def deposit_heavy(
    geometry: VoxelGeometry, emissions: Emissions, decays: Floats, *, relative_uncertainty: float, seed: int
) -> HeavyDeposit:
    """Energy of alpha particles and recoils, from sources that are uniform within each voxel.

    Alpha particles run straight and slow down continuously, by mass and medium of every voxel that they cross; what
    starts deeper in a voxel than its range stays there without statistics. Recoils (0.1 micrometres in tissue) stay in
    their voxel; in vacuum they count as escaped. Unbiased at borders of any kind; straggling of the range, about 1.5 %,
    and scattering are neglected.

    Parameters
    ----------
    geometry
        What leaves the voxels escapes, whatever surrounds them.
    emissions
        Other particles than alphas and recoils do not matter.
    decays
        Of the parent, in every voxel, not negative. Shape ``(z, y, x)``.
    relative_uncertainty
        Statistical standard uncertainty of the energy in a voxel to aim at, by the number of tracks; voxels that are
        thinner than the range, such as those of air, stay above where it takes more than 1024 tracks.
    seed
        Of the random numbers, which depend on it and on the voxel alone.

    Raises
    ------
    InputError
        If an alpha particle has more than 10 MeV.
    """
    low, high, yields = merged(emissions.of(Particle.ALPHA))
    if high.size and high.max() > LARGEST_ALPHA_MEV:
        raise InputError(f"alpha particles up to {LARGEST_ALPHA_MEV:g} MeV", f"{high.max():g} MeV came", emissions.name)
    tally, escaped = _recoils(geometry, emissions.energy_mev(Particle.RECOIL), decays)
    emitted = float(decays.sum()) * emissions.energy_mev(Particle.ALPHA, Particle.RECOIL)
    tallies = Tallies(tally, np.zeros_like(tally))
    energies = yields * 0.5 * (low + high)
    if not energies.sum() > 0.0:
        return HeavyDeposit(*tallies, 0, Balance(emitted, emitted - escaped, escaped, 0.0))
    cumulative = np.cumsum(energies) / energies.sum()
    source = AlphaSource(cumulative, low, high, float(high[energies > 0].max()), np.uint64(seed))
    limits = (_SPREAD / relative_uncertainty, _FEWEST, _MOST)
    tracks, gone = run_voxels(_world(geometry), source, decays * float(energies.sum()), limits, tallies)
    deposited = float(tallies.energy_mev.sum())
    return HeavyDeposit(*tallies, tracks, Balance(emitted, deposited, escaped + gone, 0.0))


def _world(geometry: VoxelGeometry) -> World:
    ranges = alpha_ranges(geometry.materials).ranges_g_cm2
    media, density = np.ascontiguousarray(geometry.media), np.ascontiguousarray(geometry.density_g_ml)
    return World(geometry.spacing_cm, media, density, ranges)


def _recoils(geometry: VoxelGeometry, energy_mev: float, decays: Floats) -> tuple[Floats, float]:
    """Energy of recoils by voxel, and of those in vacuum. [MeV]"""
    energy = decays.astype(np.float64) * energy_mev
    matter = geometry.density_g_ml > 0
    return np.where(matter, energy, 0.0), float(energy[~matter].sum())
