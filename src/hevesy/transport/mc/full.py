"""Every particle, collision by collision: the check of the tiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.electrons import electron_tables
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.electron_voxels import transport_electrons
from hevesy.transport.mc.particles import Balance, Particles, joined, no_particles
from hevesy.transport.mc.photon_analog import transport_photons
from hevesy.transport.mc.problem import Follow, Plan, Problem
from hevesy.transport.mc.source import Component, source

Floats = NDArray[np.float64]


def plan_full(problem: Problem) -> Plan:
    """Sample everything except heavy particles."""
    spectra = problem.electrons
    importance = problem.hotness() * sum(s.energy_mev for s in spectra)
    nothing = np.zeros(problem.decays.shape)
    return Plan(
        fixed_mev=nothing,
        fixed_variance=nothing,
        fixed_emitted_mev=0.0,
        fixed_escaped_mev=0.0,
        electrons=source([Component(spectra, problem.decays, importance)], problem.geometry),
        photons=source([problem.photon_component(problem.photons, problem.decays)], problem.geometry),
        follow=_follower(problem),
    )


def _follower(problem: Problem) -> Follow:
    geometry = problem.geometry
    photon_data, electron_data = photon_tables(geometry.materials), electron_tables(geometry.materials)

    def follow(electrons: Particles, photons: Particles, tally: Floats) -> Balance:
        emitted = electrons.total_energy_mev + photons.total_energy_mev
        deposited = escaped = 0.0
        while len(electrons) or len(photons):
            by_photons, freed = transport_photons(geometry, photon_data, photons, tally)
            by_electrons, photons = transport_electrons(geometry, electron_data, joined([electrons, freed]), tally)
            electrons = no_particles()
            deposited += by_photons.deposited + by_electrons.deposited
            escaped += by_photons.escaped + by_electrons.escaped
        return Balance(emitted, deposited, escaped, 0.0)

    return follow
