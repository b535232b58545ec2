"""Kernels for NVIDIA devices: a thread for each particle, which runs the compiled loops of the processor.

The physics is not written again: :func:`hevesy.numerics.compiled.declared_anew` takes its source as it is, with atomic
operations in place of the two writes that threads share. Import this module where a device is asked for only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numba import config, cuda, float64, int64
from numpy.typing import NDArray

from hevesy.numerics.compiled import declared_anew, kept_on_device
from hevesy.numerics.shared_sums import add, next_row
from hevesy.physdata.matter.photons import PhotonArrays
from hevesy.transport.mc import electron_voxels, photon_histories, source
from hevesy.transport.mc.electron_physics import Physics
from hevesy.transport.mc.electron_space import Results, Space
from hevesy.transport.mc.particles import ParticleArrays
from hevesy.transport.mc.photon_grid import PhotonGrid
from hevesy.transport.mc.photon_histories import Ledger
from hevesy.transport.mc.source import Lattice, Tables

_PHOTON_STACK = (photon_histories.STACK, 8)
_ELECTRON_STACK = (electron_voxels.STACK, 10)
_CUTOFF_MEV = electron_voxels.CUTOFF_MEV
EMITTED = 3
"""Place among the totals."""


class Shared(NamedTuple):
    """What all threads write."""

    tally: NDArray[Any]
    """Energy in every voxel, one row for photons, ``(z, y, x)`` for electrons. [MeV]"""
    totals: NDArray[Any]
    """Deposited, escaped, handed on, and emitted by the source. Shape ``(4,)``. [MeV]"""
    room: ParticleArrays
    """For the particles that are handed on."""
    counts: NDArray[Any]
    """The next free row of the room. Shape ``(1,)``."""


def _for_device(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - Numba's own
    return function if vars(config)["ENABLE_CUDASIM"] else cuda.jit(device=True)(function)


@_for_device
def _add(sums: Any, index: Any, value: Any) -> None:  # noqa: ANN401 - compiled
    cuda.atomic.add(sums, index, value)


@_for_device
def _next_row(counts: Any) -> Any:  # noqa: ANN401 - compiled
    return cuda.atomic.add(counts, 0, 1)


_INSTEAD = {add: _add, next_row: _next_row}
_photon = declared_anew(photon_histories.follow_from, _for_device, _INSTEAD)
_electron = declared_anew(electron_voxels.follow_from, _for_device, _INSTEAD)
_draw, _place_of, _first_reaching = (
    declared_anew(function, _for_device, _INSTEAD)
    for function in (source.draw_particle, source.place_of, source.first_reaching)
)


def _source_thread(tables: Tables, lattice: Lattice, first: int, shared: Shared) -> None:
    """Draw particles of a batch, from one on, into the room."""
    k = cuda.grid(1)
    if k >= shared.counts[0]:
        return
    entry = _first_reaching(tables.cumulative, 0, tables.cumulative.size, _place_of(lattice, first + k))
    _draw(tables, lattice, (first + k, entry), shared.room, k, shared.tally)
    emitted = shared.room.weight[k] * shared.room.energy[k]
    cuda.atomic.add(shared.totals, EMITTED, emitted * (1.0 - tables.kept[entry]))


def _photon_thread(
    matter: tuple[PhotonGrid, PhotonArrays], photons: ParticleArrays, count: int, shared: Shared
) -> None:
    """Follow photons collision by collision, handing on the electrons that they set free."""
    i = cuda.grid(1)
    if i >= count:
        return
    totals, waiting = cuda.local.array(3, float64), cuda.local.array(1, int64)
    stack = cuda.local.array(_PHOTON_STACK, float64)
    totals[0] = totals[1] = totals[2] = 0.0
    waiting[0] = 0
    ledger = Ledger(shared.tally, totals, stack, shared.room, shared.counts, waiting)
    _photon(matter[0], matter[1], photons, ledger, True, i)  # noqa: FBT003 - compiled
    for k in range(3):
        cuda.atomic.add(shared.totals, k, totals[k])


def _electron_thread(matter: tuple[Physics, Space], electrons: ParticleArrays, count: int, shared: Shared) -> None:
    """Follow electrons until they rest, handing on their bremsstrahlung."""
    i = cuda.grid(1)
    if i >= count:
        return
    totals = cuda.local.array(3, float64)
    stack = cuda.local.array(_ELECTRON_STACK, float64)
    totals[0] = totals[1] = totals[2] = 0.0
    results = Results(shared.tally, totals, shared.room, shared.counts, stack)
    _electron(matter[0], matter[1], results, electrons, i, _CUTOFF_MEV)
    for k in range(3):
        cuda.atomic.add(shared.totals, k, totals[k])


with kept_on_device():
    draw_source, follow_photons, follow_electrons = (
        cuda.jit(cache=True)(thread) for thread in (_source_thread, _photon_thread, _electron_thread)
    )
"""With a thread for each particle at least; the last two take matter, particles, their number and :class:`Shared`."""
