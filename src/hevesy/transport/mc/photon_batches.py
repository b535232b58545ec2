"""Arrays that a batch of photons needs, checked before the compiled loop sees them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.photons import ENERGY_EDGES, PhotonTables
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Particles, room_for
from hevesy.transport.mc.photon_histories import STACK, Ledger


def checked_tally(
    geometry: VoxelGeometry, tables: PhotonTables, photons: Particles, tally: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The tally as one row.

    Raises
    ------
    ValueError
        If the tally does not fit the voxels, the tables do not fit the media, or an energy is above the tables.
    """
    if tally.shape != geometry.media.shape or tally.dtype != np.float64 or not tally.flags.c_contiguous:
        raise ValueError(f"expected a float64 tally of shape {geometry.media.shape}, but {tally.shape} came")
    if tables.materials[:-1] != geometry.materials:
        raise ValueError("expected the photon tables of the media of the voxels, in their order")
    if len(photons) and not (np.isfinite(photons.energy_mev).all() and photons.energy_mev.max() < ENERGY_EDGES[-1]):
        raise ValueError(f"expected photon energies below {ENERGY_EDGES[-1]:g} MeV")
    return tally.ravel()


def ledger_of(flat: NDArray[np.float64], electrons: int) -> Ledger:
    """An empty ledger with room for some electrons."""
    counts, waiting = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return Ledger(flat, np.zeros(3), np.empty((STACK, 8)), room_for(electrons), counts, waiting)
