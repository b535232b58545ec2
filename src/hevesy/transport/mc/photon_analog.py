"""Photons collision by collision, handing on every electron that they set free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.matter.photons import PhotonTables
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.particles import Balance, Particles, joined, particle_arrays
from hevesy.transport.mc.photon_batches import checked_tally, ledger_of
from hevesy.transport.mc.photon_grid import PhotonGrid, photon_grid
from hevesy.transport.mc.photon_histories import DEPOSITED, ESCAPED_ENERGY, HANDED_ON, RESERVE, Ledger, follow

_ELECTRONS_PER_PHOTON = 8


def _copied(ledger: Ledger) -> Particles:
    """The electrons written so far; the room is free again."""
    n = int(ledger.counts[0])
    ledger.counts[0] = 0
    return ledger.electrons.copied(n)


def transport_photons(
    geometry: VoxelGeometry,
    tables: PhotonTables,
    photons: Particles,
    tally: NDArray[np.float64],
    *,
    grid: PhotonGrid | None = None,
) -> tuple[Balance, Particles]:
    """Follow photons; Compton, photo- and pair electrons are handed on with their directions.

    Auger electrons and bonds deposit on the spot, photons below 1 keV as well. Positrons are handed on as electrons
    and annihilate where they arise: their two photons are followed here. Of the electrons that are set free in
    the water around the voxels, those are handed on whose range may reach them.

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
    Where the energy went, exactly; and the electrons of 1 keV and more.

    Raises
    ------
    ValueError
        If media and tables do not belong together, or an energy is above the tables.
    """
    flat = checked_tally(geometry, tables, photons, tally)
    ledger = ledger_of(flat, _ELECTRONS_PER_PHOTON * len(photons) + 2 * RESERVE)
    packed, batch = photon_grid(geometry) if grid is None else grid, particle_arrays(photons)
    handed_on, start = [], 0
    while start < len(photons):
        start = follow(packed, tables.arrays, batch, ledger, True, start)  # noqa: FBT003 - compiled
        handed_on.append(_copied(ledger))
    totals = ledger.totals
    balance = Balance(
        photons.total_energy_mev, float(totals[DEPOSITED]), float(totals[ESCAPED_ENERGY]), float(totals[HANDED_ON])
    )
    return balance, joined(handed_on)
