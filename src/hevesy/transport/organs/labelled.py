"""Labelled voxels as an anatomy: organs are where their labels are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.mc import VoxelGeometry
from hevesy.transport.organs.anatomy import Anatomy, Region, grouped
from hevesy.transport.organs.places import VoxelPlaces


def labelled_anatomy(
    name: str,
    geometry: VoxelGeometry,
    labels: NDArray[np.int16],
    organs: Sequence[str],
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Anatomy:
    """Every label is an organ and a region of its own; charged particles see the faces of the voxels.

    Parameters
    ----------
    name
        Of the body.
    geometry
        Media and densities; an organ has one density.
    labels
        Number of the organ, -1 outside. Shape ``(z, y, x)``.
    organs
        Names, by number.
    groups
        Further regions by name, each of several organs.

    Raises
    ------
    ValueError
        If an organ has no voxel, no mass, or more than one density.
    """
    places = VoxelPlaces(labels, geometry.spacing_cm)
    mass, density = geometry.mass_g.ravel() * 1e-3, geometry.density_g_ml.ravel()
    regions: dict[str, Region] = {}
    densities = np.zeros(len(organs))
    for number, organ in enumerate(organs):
        flat = places.voxels.get(number)
        if flat is None or not float(mass[flat].sum()) > 0 or np.ptp(density[flat]) > 0:
            raise ValueError(f"expected voxels of one density above zero for {organ}, but none or others came")
        regions[organ] = Region(
            organ, float(mass[flat].sum()), (number,), flat, np.full(len(flat), 1 / mass[flat].sum())
        )
        densities[number] = density[flat[0]]
    own = np.array([regions[organ].mass_kg for organ in organs])
    for group, parts in (groups or {}).items():
        regions[group] = grouped(group, tuple(regions[part] for part in parts))
    return Anatomy(name, geometry, places, tuple(organs), own, densities, regions, "masses as the voxels add up")
