"""Every particle, collision by collision: the check of the tiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.electrons import electron_tables
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc.electron_voxels import transport_electrons
from hevesy.transport.mc.fixed import Fixed, deposit_rest
from hevesy.transport.mc.particles import Balance, Particles, joined, no_particles
from hevesy.transport.mc.photon_analog import transport_photons
from hevesy.transport.mc.plan import Follow, Plan, Run, drawn
from hevesy.transport.mc.problem import Device, Problem
from hevesy.transport.mc.source import Component, source

Floats = NDArray[np.float64]


def plan_full(problem: Problem) -> Plan:
    """Sample everything; heavy particles along their tracks from every voxel."""
    places, fixed = problem.places(), Fixed.none(problem.decays.shape)
    deposit_rest(problem, places, fixed)
    electrons = Component(problem.electrons, places.voxels, places.decays, places.hotness)
    return Plan(
        fixed=fixed,
        electrons=source([electrons], problem.geometry),
        photons=source([problem.photon_component(problem.photons, places)], problem.geometry),
        run=_on_device(problem) if problem.settings.device is Device.CUDA else drawn(_follower(problem)),
    )


def _on_device(problem: Problem) -> Run:
    from hevesy.transport.mc.cuda import cuda_run

    electrons = [float(spectrum.high_mev.max()) for spectrum in problem.emissions.spectra if spectrum.high_mev.size]
    return cuda_run(problem.geometry, max(electrons))


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
