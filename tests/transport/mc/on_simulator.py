"""Run particles on Numba's simulator of a device and on the processor; started by ``test_cuda.py`` with NUMBA_ENABLE_CUDASIM=1.

One argument: the npz file to write.
"""

import sys
import warnings

import numpy as np

from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.transport.mc import cuda_workspace
from hevesy.transport.mc.full import plan_full
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.problem import Device, Problem, Settings, Tier
from hevesy.transport.mc.source import Draw

SHAPE, SPACING = (5, 6, 7), 0.4


def draws(plan):
    """Electrons and photons all over the voxels."""
    return Draw(plan.electrons, 15, 100, 1, np.uint64(1)), Draw(plan.photons, 30, 100, 1, np.uint64(2))


def followed(outside, device):
    """Energy in the voxels, and its balance."""
    media = np.zeros(SHAPE, dtype=np.uint8)
    media[:, :, 3:] = 1
    density = np.where(media == 1, 0.3, 1.0).astype(np.float32)
    density[0] = 0.0
    geometry = VoxelGeometry((SPACING,) * 3, media, density, (material("water"), material("lung")), outside)
    lines = {Particle.ELECTRON: ([9.0, 12.0], [11.0, 12.0]), Particle.PHOTON: ([4.0], [4.0])}
    spectra = tuple(
        EmissionSpectrum(k, "given", np.array(low), np.array(high), np.ones(len(low)))
        for k, (low, high) in lines.items()
    )
    emissions = Emissions("given", spectra, (), (), ())
    problem = Problem(geometry, emissions, np.ones(SHAPE), Settings(Tier.FULL, 0, None, device=device))
    tally = np.zeros(SHAPE)
    warnings.filterwarnings("ignore", "overflow encountered")  # whole numbers wrap around in the simulator
    plan = plan_full(problem)
    balance = plan.run(*draws(plan), tally)
    return tally, np.array([balance.emitted, balance.deposited, balance.escaped])


def main(out):
    """Both surroundings on both machines; on the simulator also with too little room, and in small pieces."""
    found = {}
    for outside in Outside:
        for device in Device:
            found[f"{outside}_{device}"], found[f"{outside}_{device}_balance"] = followed(outside, device)
    cuda_workspace.LEAST_ROOM, cuda_workspace.ELECTRONS_PER_PHOTON, cuda_workspace.PHOTONS_PER_ELECTRON = 1, 0.0, 0.0
    found["narrow"], found["narrow_balance"] = followed(Outside.VACUUM, Device.CUDA)
    cuda_workspace.AT_A_TIME = 7
    found["pieces"], found["pieces_balance"] = followed(Outside.VACUUM, Device.CUDA)
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1])
