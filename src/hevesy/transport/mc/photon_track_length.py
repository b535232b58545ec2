"""Absorbed energy of photons by track length: every voxel that is crossed receives what is expected there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.photons import PhotonTables
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles, particle_arrays
from hevesy.transport.mc.photon_batches import checked_tally, ledger_of
from hevesy.transport.mc.photon_grid import PhotonGrid, photon_grid
from hevesy.transport.mc.photon_histories import DEPOSITED, ESCAPED_ENERGY, follow


def track_length_photons(
    geometry: VoxelGeometry,
    tables: PhotonTables,
    photons: Particles,
    tally: NDArray[np.float64],
    *,
    grid: PhotonGrid | None = None,
) -> Balance:
    r"""Follow photons and add the energy that they are expected to leave; electrons keep to where they are set free.

    .. math:: E_v \mathrel{+}= w\,E\,\mu_{dep}(E)\,\ell_v

    with the length in each voxel and the energy left per length that belongs to the sampled physics
    (:mod:`hevesy.physdata.matter.photons`). Scattered photons that have become worth less than they were play Russian
    roulette. Expected energies hold where electrons lose no more across the faces of a voxel than
    comes in: not within their range of an interface of density, nor of the outer faces.

    Parameters
    ----------
    geometry
        Voxels, and what surrounds them.
    tables
        Interactions of ``geometry.materials``, in that order.
    photons
        Where they are set free. Those outside the voxels may enter.
    tally
        Energy is added to it. Shape ``(z, y, x)``. [MeV]
    grid
        The packed ``geometry``, where many batches share it.

    Returns
    -------
    Where the energy went. It closes in the mean only, since deposits are expectations and escapes are not.

    Raises
    ------
    ValueError
        If media and tables do not belong together, or an energy is above the tables.

    References
    ----------
    .. [1] J. F. Williamson, Med. Phys. 14 (1987) 567, doi:10.1118/1.596069
    """
    flat = checked_tally(geometry, tables, photons, tally)
    ledger = ledger_of(flat, 0)
    packed = photon_grid(geometry) if grid is None else grid
    follow(packed, tables.arrays, particle_arrays(photons), ledger, False, 0)  # noqa: FBT003 - compiled
    totals = ledger.totals
    return Balance(photons.total_energy_mev, float(totals[DEPOSITED]), float(totals[ESCAPED_ENERGY]), 0.0)
