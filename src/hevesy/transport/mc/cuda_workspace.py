"""Arrays of an NVIDIA device that one batch at a time works in, kept from batch to batch."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.mc.particles import Balance, ParticleArrays
from hevesy.transport.mc.photon_histories import DEPOSITED, ESCAPED_ENERGY
from hevesy.transport.mc.source import Draw

Floats = NDArray[np.float64]

THREADS_PER_BLOCK = 128
AT_A_TIME = 1 << 20
"""Particles of either kind that are drawn at a time: with what they set free they take about half a gigabyte."""
ELECTRONS_PER_PHOTON, PHOTONS_PER_ELECTRON = 4.0, 0.0625
"""Room at the first try; a launch that counts more is made again with the room that it needs, which is kept."""
LEAST_ROOM = 1024


class _Sums(NamedTuple):
    """What a batch adds up."""

    tally: Any
    totals: Any


class Workspace:
    """A stream of the device with its sums and its room for particles.

    Parameters
    ----------
    for_photons, for_electrons
        What the kernels read, on the device.
    zero
        As long as the tally, on the device.
    shape
        Of the tally.
    """

    def __init__(self, for_photons: Any, for_electrons: Any, zero: Any, shape: tuple[int, ...]) -> None:  # noqa: ANN401
        from numba import cuda

        self._matter = {"electrons": for_electrons, "photons": for_photons}
        self._zero, self._shape = zero, shape
        self._stream = cuda.stream()
        self._sums, self._before = self._new_sums(), self._new_sums()
        self._counts = cuda.device_array(1, dtype=np.int64)
        self._rooms = {kind: _room(LEAST_ROOM) for kind in self._matter}

    def _new_sums(self) -> _Sums:
        from numba import cuda

        return _Sums(cuda.device_array(self._zero.shape), cuda.device_array(4))

    def run(self, draws: tuple[Draw, Draw], tables: tuple[Any, Any], tally: Floats) -> Balance:
        """Draw a batch and follow it.

        Parameters
        ----------
        draws
            Electrons and photons.
        tables
            Their sources on the device; none where nothing is drawn.
        tally
            Added to. Shape ``(z, y, x)``. [MeV]
        """
        self._sums.tally.copy_to_device(self._zero, stream=self._stream)
        self._sums.totals.copy_to_device(np.zeros(4), stream=self._stream)
        for first in range(0, max(draw.count for draw in draws), AT_A_TIME):
            counts = [min(max(draw.count - first, 0), AT_A_TIME) for draw in draws]
            self._make_room("electrons", counts[0] + int(ELECTRONS_PER_PHOTON * counts[1]))
            self._make_room("photons", max(counts[1], int(PHOTONS_PER_ELECTRON * counts[0])))
            for draw, table, count, room in zip(draws, tables, counts, self._rooms.values(), strict=True):
                self._drawn(draw, table, (first, count), room)
            self._generations(*counts)
        tally += self._sums.tally.copy_to_host(stream=self._stream).reshape(self._shape)
        totals = self._sums.totals.copy_to_host(stream=self._stream)
        self._stream.synchronize()
        return Balance(float(totals[3]), float(totals[DEPOSITED]), float(totals[ESCAPED_ENERGY]), 0.0)

    def _drawn(self, draw: Draw, tables: Any, span: tuple[int, int], room: ParticleArrays) -> None:  # noqa: ANN401
        from hevesy.transport.mc.cuda_kernels import Shared, draw_source

        first, count = span
        if not count:
            return
        self._set_counts(count)
        shared = Shared(self._sums.tally, self._sums.totals, room, self._counts)
        draw_source[_blocks(count), THREADS_PER_BLOCK, self._stream](
            tables, sent_to_device(draw.lattice), first, shared
        )

    def _generations(self, n_electrons: int, n_photons: int) -> None:
        """Follow all particles of both rooms, and all that they set free."""
        from hevesy.transport.mc.cuda_kernels import follow_electrons, follow_photons

        flat, voxels = self._sums.tally, self._sums.tally.reshape(self._shape)
        while n_electrons or n_photons:
            n_electrons = self._followed(_Kind(follow_photons, flat, "photons", "electrons"), n_photons, n_electrons)
            n_photons = self._followed(_Kind(follow_electrons, voxels, "electrons", "photons"), n_electrons, 0)
            n_electrons = 0

    def _followed(self, kind: _Kind, count: int, used: int) -> int:
        """Follow particles; how many are in the room of those handed on, with those that were there before."""
        from hevesy.transport.mc.cuda_kernels import Shared

        if not count:
            return used
        self._copied(self._before, self._sums)
        while True:
            self._set_counts(used)
            room = self._rooms[kind.handed_on]
            shared = Shared(kind.tally, self._sums.totals, room, self._counts)
            kind.kernel[_blocks(count), THREADS_PER_BLOCK, self._stream](
                self._matter[kind.followed], self._rooms[kind.followed], count, shared
            )
            filled = int(self._counts.copy_to_host(stream=self._stream)[0])
            if filled <= room.energy.shape[0]:
                return filled
            self._make_room(kind.handed_on, filled, used)
            self._copied(self._sums, self._before)

    def _copied(self, there: _Sums, here: _Sums) -> None:
        for one, other in zip(there, here, strict=True):
            one.copy_to_device(other, stream=self._stream)

    def _set_counts(self, value: int) -> None:
        self._counts.copy_to_device(np.array([value], dtype=np.int64), stream=self._stream)

    def _make_room(self, kind: str, wanted: int, used: int = 0) -> None:
        """Room for as many particles of a kind at least; the first of them stay."""
        before = self._rooms[kind]
        if before.energy.shape[0] >= wanted:
            return
        made = _room(wanted)
        if used:
            arrays: Any = zip(made, before, strict=True)
            for one, other in arrays:
                one[:used].copy_to_device(other[:used], stream=self._stream)
        self._rooms[kind] = made


class _Kind(NamedTuple):
    """Which particles a kernel follows, and which it hands on."""

    kernel: Any
    tally: Any
    followed: str
    handed_on: str


def sent_to_device(values: Any) -> Any:  # noqa: ANN401 - tuples of what kernels take
    """The same with all arrays on the device."""
    from numba import cuda

    if isinstance(values, np.ndarray):
        return cuda.to_device(np.ascontiguousarray(values))
    if isinstance(values, tuple):
        items = [sent_to_device(value) for value in values]
        return type(values)(*items) if hasattr(values, "_fields") else tuple(items)
    return values


def _room(capacity: int) -> ParticleArrays:
    from numba import cuda

    return ParticleArrays(
        cuda.device_array(capacity),
        cuda.device_array((capacity, 3)),
        cuda.device_array((capacity, 3)),
        cuda.device_array(capacity),
        cuda.device_array(capacity, dtype=np.uint64),
    )


def _blocks(count: int) -> int:
    return -(-count // THREADS_PER_BLOCK)
