"""Run particles on Numba's simulator of a device and on the processor; started by ``test_cuda.py`` with NUMBA_ENABLE_CUDASIM=1.

One argument: the npz file to write.
"""

import sys

import numpy as np

from hevesy.numerics.counter_random import stream
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.transport.mc import cuda
from hevesy.transport.mc.full import plan_full
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import Particles
from hevesy.transport.mc.problem import Device, Problem, Settings, Tier

SHAPE, SPACING = (5, 6, 7), 0.4


def particles(count, energy_mev, seed):
    """Within the voxels and up to a voxel around them."""
    rng = np.random.default_rng(seed)
    way = rng.normal(size=(count, 3))
    way /= np.linalg.norm(way, axis=1)[:, None]
    place = rng.uniform(-1.0, 1.0, (count, 3)) * SPACING + rng.uniform(0.0, 1.0, (count, 3)) * SPACING * np.array(
        SHAPE[::-1]
    )
    streams = np.array([stream(np.uint64(seed), np.uint64(i)) for i in range(count)], dtype=np.uint64)
    return Particles(np.full(count, energy_mev), place, way, rng.uniform(0.5, 2.0, count), streams)


def followed(outside, device):
    """Energy in the voxels, and its balance."""
    media = np.zeros(SHAPE, dtype=np.uint8)
    media[:, :, 3:] = 1
    density = np.where(media == 1, 0.3, 1.0).astype(np.float32)
    density[0] = 0.0
    geometry = VoxelGeometry((SPACING,) * 3, media, density, (material("water"), material("lung")), outside)
    line = np.array([12.0]), np.array([12.0]), np.array([1.0])
    emissions = Emissions(
        "given", tuple(EmissionSpectrum(k, "given", *line) for k in (Particle.ELECTRON, Particle.PHOTON)), (), (), ()
    )
    problem = Problem(geometry, emissions, np.ones(SHAPE), Settings(Tier.FULL, 0, None, device=device))
    tally = np.zeros(SHAPE)
    balance = plan_full(problem).follow(particles(15, 12.0, 1), particles(30, 4.0, 2), tally)
    return tally, np.array([balance.emitted, balance.deposited, balance.escaped])


def main(out):
    """Both surroundings on both machines; on the simulator also with too little room, and in small pieces."""
    found = {}
    for outside in Outside:
        for device in Device:
            found[f"{outside}_{device}"], found[f"{outside}_{device}_balance"] = followed(outside, device)
    cuda._LEAST_ROOM, cuda._ELECTRONS_PER_PHOTON, cuda._PHOTONS_PER_ELECTRON = 1, 0.0, 0.0
    found["narrow"], found["narrow_balance"] = followed(Outside.VACUUM, Device.CUDA)
    cuda.AT_A_TIME = 7
    found["pieces"], found["pieces_balance"] = followed(Outside.VACUUM, Device.CUDA)
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1])
