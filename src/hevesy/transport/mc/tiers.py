"""Fast and right at once: each part of the transport by the cheapest method that holds where it is used.

Electrons of a voxel are spread by a kernel where every voxel within their range has the stopping power of their own
(see :mod:`hevesy.transport.mc.uniform`), judged for each group of energies with the range of its most energetic
electrons; all others are transported. Photons score by track length, and the electrons that they set free stay where
they start. Bremsstrahlung of both kinds of electrons is followed.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import EmissionSpectrum, Material, Particle, material, merged
from hevesy.physdata.matter.electrons import csda_range_g_cm2, electron_tables, stopping_power
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.electron_kernels import group_kernel, spread
from hevesy.transport.mc.electron_voxels import transport_electrons
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles, joined
from hevesy.transport.mc.photon_track_length import track_length_photons
from hevesy.transport.mc.problem import LEAST_DENSITY, Follow, Plan, Problem
from hevesy.transport.mc.source import Component, source
from hevesy.transport.mc.uniform import uniform_within

Floats = NDArray[np.float64]

_GROUPS = (0.125, 0.25, 0.5, 1.0)
"""Upper ends of the groups, in ranges of the most energetic electron."""
_STOPPING_MEV = 0.1
"""Energy at which media are compared. [MeV]"""


def plan_tiers(problem: Problem) -> Plan:
    """Spread what kernels can, and leave the rest to be sampled."""
    geometry, shape = problem.geometry, problem.decays.shape
    fixed, variance, emitted = np.zeros(shape), np.zeros(shape), 0.0
    left, photons = [], [problem.photon_component(problem.photons, problem.decays)]
    stopping, hotness = water_equivalent(geometry), problem.hotness()
    for group in energy_groups(problem.electrons):
        spectrum, reach = group
        uniform = uniform_within(stopping, problem.decays > 0, geometry.spacing_cm, reach)
        left.append(_transported(group, np.where(uniform, 0.0, problem.decays), hotness, stopping, geometry))
        for medium in np.unique(geometry.media[uniform]):
            decays = np.where(uniform & (geometry.media == medium), problem.decays, 0.0)
            kernel = group_kernel(spectrum, geometry.materials[medium])
            spread(kernel, decays, geometry, fixed, variance)
            emitted += decays.sum() * (spectrum.energy_mev - kernel.photons.energy_mev)
            photons.append(problem.photon_component((kernel.photons,), decays))
    return Plan(
        fixed_mev=fixed,
        fixed_variance=variance,
        fixed_emitted_mev=float(emitted),
        fixed_escaped_mev=0.0,
        electrons=source(left, geometry),
        photons=source(photons, geometry),
        follow=_follower(geometry),
    )


def energy_groups(spectra: tuple[EmissionSpectrum, ...]) -> list[tuple[EmissionSpectrum, float]]:
    """Electrons in groups of like range, with the longest range in water of each. [g/cm2]"""
    low, high, yields = merged(spectra)
    if not (yields * high > 0).any():
        return []
    water = material("water")
    ranges = np.asarray(csda_range_g_cm2(water, high), dtype=np.float64)
    farthest = ranges[yields > 0].max()
    ends = [0.0, *(share * farthest for share in _GROUPS)]
    groups = []
    for below, above in pairwise(ends):
        chosen = (yields > 0) & (ranges <= above) & ((ranges > below) | (below == 0.0))
        if chosen.any():
            spectrum = EmissionSpectrum(Particle.ELECTRON, "given", low[chosen], high[chosen], yields[chosen])
            groups.append((spectrum, float(ranges[chosen].max())))
    return groups


def water_equivalent(geometry: VoxelGeometry) -> Floats:
    """Densities times mass stopping powers over water's at 0.1 MeV. Shape ``(z, y, x)``. [g/ml]"""
    energy = np.array([_STOPPING_MEV])
    water = stopping_power(material("water"), energy)[0]
    relative = np.array([_relative_stopping(medium, energy, float(water)) for medium in geometry.materials])
    return np.asarray(geometry.density_g_ml * relative[geometry.media])


def _relative_stopping(medium: Material, energy: Floats, water: float) -> float:
    return float(stopping_power(medium, energy)[0]) / water if medium.mass_fractions else 0.0


def _transported(
    group: tuple[EmissionSpectrum, float], decays: Floats, hotness: Floats, stopping: Floats, geometry: VoxelGeometry
) -> Component:
    """Electrons to follow: the more of them the larger the share of the energy that leaves the voxel."""
    spectrum, longest = group
    size = min(geometry.spacing_cm) * np.maximum(stopping, LEAST_DENSITY)
    leaving = np.minimum(longest / size, 1.0)
    return Component((spectrum,), decays, hotness * np.sqrt(leaving) * spectrum.energy_mev)


def _follower(geometry: VoxelGeometry) -> Follow:
    photon_data, electron_data = photon_tables(geometry.materials), electron_tables(geometry.materials)

    def follow(electrons: Particles, photons: Particles, tally: Floats) -> Balance:
        emitted = electrons.total_energy_mev + photons.total_energy_mev
        by_electrons, more = transport_electrons(geometry, electron_data, electrons, tally)
        by_photons = track_length_photons(geometry, photon_data, joined([photons, more]), tally)
        deposited = by_electrons.deposited + by_photons.deposited
        return Balance(emitted, deposited, by_electrons.escaped + by_photons.escaped, 0.0)

    return follow
