"""A body ready for transport: voxels, organs, and regions whose absorbed doses are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from hevesy.errors import InputError
from hevesy.transport.mc import VoxelGeometry
from hevesy.transport.organs.places import AbstractPlaces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """Where a mean absorbed dose is wanted, or a source lies: a weighted sum over voxels, and organs."""

    name: str
    mass_kg: float
    organs: tuple[int, ...]
    """Numbers of its organs."""
    voxels: NDArray[np.int64]
    """Flat indices. Shape ``(n,)``."""
    dose_per_energy: Floats
    """Mean absorbed dose per energy deposited in each voxel. Shape ``(n,)``. [1/kg]"""


@dataclass(frozen=True)
class Anatomy:
    """A body: the same place in voxels, for photons, and in organs, for what goes less far than a voxel."""

    name: str
    geometry: VoxelGeometry
    places: AbstractPlaces
    organs: tuple[str, ...]
    """By number."""
    organ_mass_kg: Floats
    """Shape ``(organ,)``. [kg]"""
    organ_density_g_ml: Floats
    """Shape ``(organ,)``. [g/ml]"""
    regions: Mapping[str, Region]
    mass_convention: str
    """What the masses include."""
    marrow: str | None = None
    """The organ that red marrow lies in, mixed with bone; None where no region is red marrow."""

    def region(self, name: str, where: str = "") -> Region:
        """The region of this name; spaces, hyphens, underscores and case do not matter.

        Raises
        ------
        InputError
            If there is none; the known ones are listed.
        """
        return self.regions[require_region(self.regions, name, where)]

    def dose_matrix(self) -> sparse.csr_array:
        """From energy in voxels to mean absorbed doses of all regions. Shape ``(region, voxel)``. [1/kg]"""
        regions = tuple(self.regions.values())
        ends = np.cumsum([0, *(len(r.voxels) for r in regions)])
        return sparse.csr_array(
            (
                np.concatenate([r.dose_per_energy for r in regions]),
                np.concatenate([r.voxels for r in regions]),
                ends,
            ),
            shape=(len(regions), self.geometry.media.size),
        )


def require_region(known: Iterable[str], name: str, where: str) -> str:
    """The known region of this name; spaces, hyphens, underscores and case do not matter.

    Raises
    ------
    InputError
        If there is none; the known ones are listed.
    """
    by_name = {_plain(key): key for key in known}
    if _plain(name) not in by_name:
        raise InputError(f"one of the regions {', '.join(sorted(by_name.values()))}", f"{name!r} came", where)
    return by_name[_plain(name)]


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def grouped(name: str, parts: tuple[Region, ...]) -> Region:
    """Several regions as one; its mean absorbed dose is theirs, weighted by mass."""
    mass = float(sum(part.mass_kg for part in parts))
    return Region(
        name,
        mass,
        tuple(organ for part in parts for organ in part.organs),
        np.concatenate([part.voxels for part in parts]),
        np.concatenate([part.dose_per_energy * (part.mass_kg / mass) for part in parts]),
    )
