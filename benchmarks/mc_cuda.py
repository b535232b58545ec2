"""How fast ``mc-full`` is on an NVIDIA device, and whether it says the same as the processor.

Needs the extra ``hevesy[cuda]``. Run with::

    python benchmarks/mc_cuda.py NUCLIDE VOXELS HISTORIES [FOLDER]

for the virtual patient on VOXELS voxels an axis, for example ``Lu-177 128 20000000``: so many histories on the
processor and on the device, then on the device as many as 1 % in the voxels over 20 % of the maximum needs, also for
the heterogeneous case of FOLDER (validation/egsnrc). A nuclide with radioactive progeny is taken alone. With
``NUMBA_ENABLE_CUDASIM=1`` and a few hundred histories the first part runs on Numba's simulator.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Emissions, source_term
from hevesy.transport.mc import VoxelGeometry
from hevesy.transport.mc.cuda import require_cuda
from hevesy.transport.mc.engine import McResult, monte_carlo_dose, warm_up_tier
from hevesy.transport.mc.problem import Device, Settings, Tier

Floats = NDArray[np.float64]

FIELD_MM = 512.0


def timed(
    geometry: VoxelGeometry, emissions: Emissions, decays: Floats, device: Device, histories: int | None
) -> tuple[McResult, float]:
    """A run, to 1 % where no histories are given, and its wall time, without that of compilation. [s]"""
    warm_up_tier(Tier.FULL, device)
    threads = len(os.sched_getaffinity(0))
    # another seed for each device: the comparison is one of statistics
    target = None if histories else 0.01
    settings = Settings(Tier.FULL, list(Device).index(device), target, histories, threads, device=device)
    began = time.monotonic()
    result = monte_carlo_dose(geometry, emissions, decays, settings)
    return result, time.monotonic() - began


def told(name: str, result: McResult, wall_s: float) -> str:
    """One line."""
    balance = result.balance
    closed = (balance.deposited + balance.escaped) / balance.emitted - 1.0
    return (
        f"{name:5s}{result.histories:12d} histories {wall_s:9.3f} s {result.histories / wall_s:12.4g} histories/s  "
        f"{100 * result.mean_relative_standard_uncertainty:.3f} %  balance {100 * closed:+.6f} %"
    )


def compared(first: McResult, second: McResult) -> str:
    """Differences in the voxels over 20 % of the maximum, in standard uncertainties, and of the energy deposited."""
    high = first.dose_gy > 0.2 * first.dose_gy.max()
    spread = np.hypot(first.standard_uncertainty_gy, second.standard_uncertainty_gy)[high]
    z = (second.dose_gy - first.dose_gy)[high] / spread
    energy = second.balance.deposited / first.balance.deposited - 1.0
    return (
        f"differences of {high.sum()} voxels in standard uncertainties: mean {z.mean():+.3f}, "
        f"root mean square {np.sqrt((z**2).mean()):.3f}; energy deposited {100 * energy:+.4f} %"
    )


def main(nuclide: str, voxels: int, histories: int, folder: Path | None) -> None:
    """Both devices on one problem, and the time to 1 %."""
    require_cuda()
    bench = runpy.run_path(str(Path(__file__).with_name("mc_speed.py")))
    geometry, decays = bench["patient"](voxels, FIELD_MM / voxels)
    emissions = source_term(nuclide, "parent")
    results = []
    for device in Device:
        result, wall_s = timed(geometry, emissions, decays, device, histories)
        print(told(device, result, wall_s))
        results.append(result)
    print(compared(*results))
    problems = {"patient": (geometry, decays)}
    if folder is not None:
        shape = bench["layered"]().media.shape
        source = np.zeros(shape)
        source.reshape(-1)[np.load(folder / "d_source_voxels.npy")] = 1.0
        problems["layers"] = bench["layered"](), source / source.sum()
    for name, (matter, activity) in problems.items():
        print(f"{name} to 1 %:  {told(Device.CUDA, *timed(matter, emissions, activity, Device.CUDA, None))}")


if __name__ == "__main__":
    if len(sys.argv) in {4, 5}:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]) if len(sys.argv) == 5 else None)
    else:
        sys.exit(__doc__)
