"""Fast and right at once: each part of the transport by the cheapest method that holds where it is used.

Electrons of a voxel are spread by a kernel where every voxel within their range has the stopping power of their own
(see :mod:`hevesy.transport.mc.uniform`), judged for each group of energies with the range of its most energetic
electrons; all others are transported. Photons score by track length, and the electrons that they set free stay where
they start. Bremsstrahlung of both kinds of electrons is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import EmissionSpectrum, Material, Particle, material, merged
from hevesy.physdata.matter.alphas import alpha_ranges
from hevesy.physdata.matter.electrons import csda_range_g_cm2, electron_tables, stopping_power
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.electron_kernels import alpha_kernel, electron_medium, group_kernel, spread
from hevesy.transport.mc.electron_voxels import transport_electrons
from hevesy.transport.mc.fixed import Fixed, deposit_rest
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles, joined
from hevesy.transport.mc.photon_track_length import track_length_photons
from hevesy.transport.mc.plan import Follow, Plan, drawn
from hevesy.transport.mc.problem import Places, Problem
from hevesy.transport.mc.source import kept_mev, source
from hevesy.transport.mc.uniform import uniform_within

Floats = NDArray[np.float64]

_GROUPS = (0.125, 0.25, 0.5, 1.0)
"""Upper ends of the groups, in ranges of the most energetic electron."""
_STOPPING_MEV = 0.1
"""Energy at which media are compared. [MeV]"""


def plan_tiers(problem: Problem) -> Plan:
    """Spread what kernels can, and leave the rest to be sampled."""
    geometry, places = problem.geometry, problem.places()
    fixed, stopping = Fixed.none(problem.decays.shape), water_equivalent(geometry)
    left, photons = [], [problem.photon_component(problem.photons, places)]
    media = {number: electron_medium(medium) for number, medium in enumerate(geometry.materials) if problem.electrons}
    for spectrum, reach in energy_groups(problem.electrons):
        uniform = uniform_within(stopping, places.voxels, geometry.spacing_cm, reach)
        there = places.those(~uniform)
        left.append(problem.electron_component((spectrum, reach), there, stopping.reshape(-1)[there.voxels]))
        for medium, there in _by_medium(geometry, places.those(uniform)):
            kernel = group_kernel(spectrum, media[medium])
            spread(kernel, there, geometry, fixed)
            if kernel.photons is not None:
                photons.append(problem.photon_component((kernel.photons,), there))
    _heavy(problem, places, stopping, fixed)
    electrons = source(left, geometry)
    kept = kept_mev(electrons)
    fixed.energy_mev += kept
    fixed.emitted_mev += float(kept.sum())
    return Plan(fixed, electrons, source(photons, geometry), drawn(_follower(geometry)))


def _by_medium(geometry: VoxelGeometry, places: Places) -> Iterator[tuple[int, Places]]:
    media = geometry.media.reshape(-1)[places.voxels]
    for medium in np.unique(media):
        yield int(medium), places.those(media == medium)


def _heavy(problem: Problem, places: Places, stopping: Floats, fixed: Fixed) -> None:
    """Alpha particles and recoils: by kernel where the medium is uniform over their range, else by tracks."""
    spectra = problem.emissions.of(Particle.ALPHA, Particle.RECOIL)
    if not sum(s.energy_mev for s in spectra) > 0:
        return
    _, high, _ = merged(problem.emissions.of(Particle.ALPHA))
    longest = float(alpha_ranges((material("water"),)).of(0, high).max()) if high.size else 0.0
    uniform = uniform_within(stopping, places.voxels, problem.geometry.spacing_cm, longest)
    for medium, there in _by_medium(problem.geometry, places.those(uniform)):
        spread(alpha_kernel(problem.emissions, problem.geometry.materials[medium]), there, problem.geometry, fixed)
    deposit_rest(problem, places.those(~uniform), fixed)


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


def _follower(geometry: VoxelGeometry) -> Follow:
    photon_data, electron_data = photon_tables(geometry.materials), electron_tables(geometry.materials)

    def follow(electrons: Particles, photons: Particles, tally: Floats) -> Balance:
        emitted = electrons.total_energy_mev + photons.total_energy_mev
        by_electrons, more = transport_electrons(geometry, electron_data, electrons, tally)
        by_photons = track_length_photons(geometry, photon_data, joined([photons, more]), tally)
        deposited = by_electrons.deposited + by_photons.deposited
        return Balance(emitted, deposited, by_electrons.escaped + by_photons.escaped, 0.0)

    return follow
