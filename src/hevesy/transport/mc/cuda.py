"""Particles followed on an NVIDIA device: the collision-by-collision tier, a thread for each particle.

All generations of a batch stay on the device: photons set electrons free, electrons hand on bremsstrahlung, until
nothing is left. Every particle has its own random numbers, so that it meets the same fate as on the processor, up to
the rounding of the device; only the order of the sums differs from run to run.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numba import config
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata.matter.electrons import ENERGY_LIMITS_MEV, electron_tables
from hevesy.physdata.matter.photons import ENERGY_EDGES, photon_tables
from hevesy.transport.mc.electron_physics import packed
from hevesy.transport.mc.electron_voxels import STEP, TURN, electron_space
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, ParticleArrays, Particles, particle_arrays
from hevesy.transport.mc.photon_grid import photon_grid
from hevesy.transport.mc.photon_histories import DEPOSITED, ESCAPED_ENERGY

Floats = NDArray[np.float64]
Follow = Callable[[Particles, Particles, Floats], Balance]

THREADS_PER_BLOCK = 128
AT_A_TIME = 1 << 20
"""Particles of either kind that a generation starts with: what they set free takes up to a gigabyte of the device."""
_ELECTRONS_PER_PHOTON, _PHOTONS_PER_ELECTRON = 8.0, 0.125
"""Room at the first try; a launch that counts more is made again with the room that it needs."""
_LEAST_ROOM = 1024


def require_cuda() -> None:
    """Make sure that there is a device.

    Raises
    ------
    InputError
        If the library or the device is missing: nothing else is used in their place.
    """
    if not vars(config)["ENABLE_CUDASIM"] and importlib.util.find_spec("numba_cuda") is None:
        raise InputError("numba-cuda for --device cuda (pip install hevesy[cuda])", "it is not installed")
    from numba import cuda

    if not cuda.is_available():
        raise InputError("an NVIDIA device with its driver for --device cuda", "none was found")


@dataclass(frozen=True)
class _Kind:
    """One kind of particle: its kernel, what it reads, and how many of the other kind one hands on."""

    kernel: Any
    matter: Any
    shape: tuple[int, ...]
    """Of the tally as the kernel sees it."""
    handed_on: float


class _Sums(NamedTuple):
    """What a batch adds up on the device."""

    tally: Any
    totals: Any


def cuda_follower(geometry: VoxelGeometry, largest_mev: float) -> Follow:
    """Follow electrons and photons on the device, with all that they set free.

    Parameters
    ----------
    geometry
        Media and densities; copied to the device once.
    largest_mev
        No particle of any batch has more. [MeV]

    Returns
    -------
    A function of electrons, photons and the tally to add to. Threads may call it: one batch at a time is on the device.

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
    from hevesy.transport.mc.cuda_kernels import follow_electrons, follow_photons

    shape, lock = geometry.media.shape, Lock()
    tables = electron_tables(geometry.materials)
    for_photons = _on_device((photon_grid(geometry), photon_tables(geometry.materials).arrays))
    for_electrons = _on_device((packed(tables, STEP, TURN), electron_space(geometry, tables, largest_mev)))
    photon_kind = _Kind(follow_photons, for_photons, (geometry.media.size,), _ELECTRONS_PER_PHOTON)
    electron_kind = _Kind(follow_electrons, for_electrons, shape, _PHOTONS_PER_ELECTRON)

    def follow(electrons: Particles, photons: Particles, tally: Floats) -> Balance:
        with lock, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Grid size")  # the last generations are small
            warnings.filterwarnings("ignore", "overflow encountered")  # whole numbers wrap around in the simulator
            sums = _on_device(_Sums(np.zeros(tally.size), np.zeros(3)))
            for first in range(0, max(len(electrons), len(photons)), AT_A_TIME):
                waiting, light = _sent(electrons, first), _sent(photons, first)
                while waiting or light:
                    waiting += _all_followed(photon_kind, light, sums)
                    light, waiting = _all_followed(electron_kind, waiting, sums), []
            tally += sums.tally.copy_to_host().reshape(shape)
            totals = sums.totals.copy_to_host()
        emitted = electrons.total_energy_mev + photons.total_energy_mev
        return Balance(emitted, float(totals[DEPOSITED]), float(totals[ESCAPED_ENERGY]), 0.0)

    return follow


def _on_device(values: Any) -> Any:  # noqa: ANN401 - tuples of what kernels take
    """The same with all arrays on the device."""
    from numba import cuda

    if isinstance(values, np.ndarray):
        return cuda.to_device(np.ascontiguousarray(values))
    if isinstance(values, tuple):
        items = [_on_device(value) for value in values]
        return type(values)(*items) if hasattr(values, "_fields") else tuple(items)
    return values


def _sent(particles: Particles, first: int) -> list[ParticleArrays]:
    """Copy particles from one on to the device."""
    if first >= len(particles):
        return []
    return [_on_device(ParticleArrays._make(v[first : first + AT_A_TIME] for v in particle_arrays(particles)))]


def _all_followed(kind: _Kind, groups: Sequence[ParticleArrays], sums: _Sums) -> list[ParticleArrays]:
    """Follow groups of particles; what each hands on, where it does."""
    return [freed for freed in (_followed(kind, group, sums) for group in groups) if freed is not None]


def _followed(kind: _Kind, particles: ParticleArrays, sums: _Sums) -> ParticleArrays | None:
    """Follow particles; what they hand on, or none."""
    from hevesy.transport.mc.cuda_kernels import Shared

    count = int(particles.energy.shape[0])
    capacity = int(kind.handed_on * count) + _LEAST_ROOM
    before = _copied(sums)
    while True:
        room, counts = _room(capacity), _on_device(np.zeros(1, dtype=np.int64))
        shared = Shared(sums.tally.reshape(kind.shape), sums.totals, room, counts)
        kind.kernel[-(-count // THREADS_PER_BLOCK), THREADS_PER_BLOCK](kind.matter, particles, shared)
        freed = int(counts.copy_to_host()[0])
        if freed <= capacity:
            return _first(room, freed) if freed else None
        capacity = freed
        for total, kept in zip(sums, before, strict=True):
            total.copy_to_device(kept)


def _copied(sums: _Sums) -> _Sums:
    from numba import cuda

    copies = [cuda.device_array(total.shape) for total in sums]
    for copy, total in zip(copies, sums, strict=True):
        copy.copy_to_device(total)
    return _Sums(*copies)


def _room(capacity: int) -> ParticleArrays:
    from numba import cuda

    return ParticleArrays(
        cuda.device_array(capacity),
        cuda.device_array((capacity, 3)),
        cuda.device_array((capacity, 3)),
        cuda.device_array(capacity),
        cuda.device_array(capacity, dtype=np.uint64),
    )


def _first(room: ParticleArrays, count: int) -> ParticleArrays:
    return ParticleArrays._make(values[:count] for values in room)
