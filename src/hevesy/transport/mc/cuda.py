"""Particles followed on an NVIDIA device: the collision-by-collision tier, a thread for each particle.

A batch is drawn on the device and stays there with all generations: photons set electrons free, electrons hand on
bremsstrahlung, until nothing is left. Every particle has its own random numbers, so that it meets the same fate as on
the processor, up to the rounding of the device; only the order of the sums differs from run to run.
"""

from __future__ import annotations

import importlib.util
from queue import LifoQueue
from threading import Lock
from typing import Any

import numpy as np
from numba import config
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata.matter.electrons import ENERGY_LIMITS_MEV, electron_tables
from hevesy.physdata.matter.photons import ENERGY_EDGES, photon_tables
from hevesy.transport.mc.cuda_workspace import Workspace, sent_to_device
from hevesy.transport.mc.electron_physics import packed
from hevesy.transport.mc.electron_voxels import STEP, TURN, electron_space
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance
from hevesy.transport.mc.photon_grid import photon_grid
from hevesy.transport.mc.plan import Run
from hevesy.transport.mc.source import Draw

Floats = NDArray[np.float64]


AT_ONCE = 2
"""Batches on the device at a time: the last generations of one, a few particles, leave room for the next."""


def simulated() -> bool:
    """Whether Numba's simulator stands for a device."""
    return bool(vars(config)["ENABLE_CUDASIM"])


def require_cuda() -> None:
    """Make sure that there is a device.

    Raises
    ------
    InputError
        If the library or the device is missing: nothing else is used in their place.
    """
    if not simulated() and importlib.util.find_spec("numba_cuda") is None:
        raise InputError("numba-cuda for --device cuda (pip install hevesy[cuda])", "it is not installed")
    from numba import cuda

    if not cuda.is_available():
        raise InputError("an NVIDIA device with its driver for --device cuda", "none was found")


def cuda_run(geometry: VoxelGeometry, largest_mev: float) -> Run:
    """Draw electrons and photons and follow them on the device, with all that they set free.

    Parameters
    ----------
    geometry
        Media and densities; copied to the device once.
    largest_mev
        No particle of any batch has more. [MeV]

    Returns
    -------
    A function of what is to be drawn and of the tally to add to. Threads may call it: ``AT_ONCE`` batches are on the
    device at a time, each with a stream and arrays of its own.

    Raises
    ------
    InputError
        If there is no device, or the energy is above the tables.
    """
    require_cuda()
    if not largest_mev < min(ENERGY_EDGES[-1], ENERGY_LIMITS_MEV[1]):
        raise InputError(
            f"particles below {min(ENERGY_EDGES[-1], ENERGY_LIMITS_MEV[1]):g} MeV", f"{largest_mev:g} came"
        )
    tables = electron_tables(geometry.materials)
    for_photons = sent_to_device((photon_grid(geometry), photon_tables(geometry.materials).arrays))
    for_electrons = sent_to_device((packed(tables, STEP, TURN), electron_space(geometry, tables, largest_mev)))
    zero = sent_to_device(np.zeros(geometry.media.size))
    idle: LifoQueue[Workspace] = LifoQueue()
    for _ in range(1 if simulated() else AT_ONCE):
        idle.put(Workspace(for_photons, for_electrons, zero, geometry.media.shape))
    origins = _Origins()

    def run(electrons: Draw, photons: Draw, tally: Floats) -> Balance:
        tables = origins.of(electrons), origins.of(photons)
        space = idle.get()
        try:
            return space.run((electrons, photons), tables, tally)
        finally:
            idle.put(space)

    return run


class _Origins:
    """Tables of sources on the device, each sent once."""

    def __init__(self) -> None:
        self._sent: dict[int, tuple[Any, Any]] = {}
        self._lock = Lock()

    def of(self, draw: Draw) -> Any:  # noqa: ANN401 - arrays of the device
        """Of a draw; none where nothing is drawn."""
        if not draw.count:
            return None
        with self._lock:
            if id(draw.origin) not in self._sent:
                self._sent[id(draw.origin)] = draw.origin, sent_to_device(draw.tables)
            return self._sent[id(draw.origin)][1]
