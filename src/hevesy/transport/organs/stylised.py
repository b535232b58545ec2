"""Hevesy's stylised phantoms as anatomies on voxels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.physdata import Material
from hevesy.physdata.phantoms import AbstractSolid, Phantom, label_map, red_marrow_share, transformed, volume
from hevesy.physdata.phantoms.dosimetric import dosimetric_adult, dosimetric_ornl_adult
from hevesy.physdata.phantoms.measure import midpoints
from hevesy.physdata.phantoms.media import Filling, ornl_fillings, reference_fillings
from hevesy.physdata.phantoms.phantom import LPS_MM_FROM_PHANTOM_CM
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.organs.anatomy import Anatomy, Region, grouped, require_region
from hevesy.transport.organs.places import SolidPlaces, near_organs

Floats = NDArray[np.float64]
PhantomName = Literal["adult-male", "adult-female", "ornl-adult"]
PHANTOMS: tuple[PhantomName, ...] = ("adult-male", "adult-female", "ornl-adult")

_N_POINTS = 500_000
_MARGIN_CM = 0.5
_MOSAIC_SEED = 89
_PARTS = {"red marrow": "Red_marrow", "yellow marrow": "Yellow_marrow", "cortical bone": "Trabecular_bone"}
_CONVENTION = {
    "reference": "organ masses of ICRP 89 without the blood in them; walls without contents",
    "ornl": "organ volumes of ORNL/TM-8381 at its densities, blood included; walls without contents",
}
_GROUPS = {
    "Kidneys": ("Kidney_L", "Kidney_R"),
    "Lungs": ("Lung_L", "Lung_R"),
    "Adrenals": ("Adrenal_L", "Adrenal_R"),
    "Testes": ("Testis_L", "Testis_R"),
    "Ovaries": ("Ovary_L", "Ovary_R"),
    "Parotid_glands": ("Parotid_L", "Parotid_R"),
    "Submandibular_glands": ("Submandibular_L", "Submandibular_R"),
    "Salivary_glands": (
        "Parotid_L",
        "Parotid_R",
        "Submandibular_L",
        "Submandibular_R",
        "Sublingual_L",
        "Sublingual_R",
    ),
}


@dataclass(frozen=True)
class _Voxels:
    """A phantom on voxels, with what fills them."""

    grid: Grid
    labels: NDArray[np.int16]
    """Number of the organ, -1 outside."""
    media: NDArray[np.uint8]
    density: NDArray[np.float32]
    materials: tuple[Material, ...]

    @property
    def mass_kg(self) -> Floats:
        """Of every voxel, flat. [kg]"""
        return self.density.ravel().astype(np.float64) * (self.grid.voxel_volume_ml * 1e-3)


@lru_cache(maxsize=4)
def stylised_anatomy(name: str, voxel_mm: float) -> Anatomy:
    """One of the stylised adults on cubic voxels.

    Photons see the organ at the centre of each voxel; what goes less far sees the surfaces themselves. The mean
    absorbed dose of an organ weights every voxel of its own medium by the part of the organ that lies in it.

    Parameters
    ----------
    name
        ``adult-male`` or ``adult-female`` (masses of ICRP 89), or ``ornl-adult`` (ORNL/TM-8381, unscaled).
    voxel_mm
        Edge of a voxel. [mm]

    Raises
    ------
    InputError
        If the name is unknown, or the voxels are outside 2 to 6 mm or too coarse for an organ.
    """
    if not 2.0 <= voxel_mm <= 6.0:
        raise InputError("voxels of 2 to 6 mm", f"{voxel_mm:g} mm came", "--voxel-mm")
    phantom, fillings, convention = _chosen(name)
    voxels = _voxelised(phantom, fillings, voxel_mm)
    regions = _regions(phantom, fillings, voxels)
    x, y, z = voxels.grid.origin_mm
    half = voxel_mm / 2.0
    density = np.array([sum(f.density_g_ml * f.volume_share for f in fillings[o.name]) for o in phantom.organs])
    spongiosa = next((o.name for o in phantom.organs if len(fillings[o.name]) > 1), None)
    return Anatomy(
        name,
        VoxelGeometry((voxel_mm / 10.0,) * 3, voxels.media, voxels.density, voxels.materials, Outside.VACUUM),
        SolidPlaces(
            tuple(o.solid for o in phantom.organs),
            ((x - half) / 10.0, (y - half) / 10.0, (z - half) / 10.0),
            voxel_mm / 10.0,
            near_organs(voxels.labels),
        ),
        tuple(o.name for o in phantom.organs),
        np.array([regions[_region_name(o.name)].mass_kg for o in phantom.organs]),
        density,
        regions,
        convention,
        spongiosa,
    )


def require_regions(phantom: str, names: Iterable[tuple[str, str]]) -> None:
    """Refuse a region that an anatomy will not have, before the time that making it takes.

    Parameters
    ----------
    phantom
        As for :func:`stylised_anatomy`.
    names
        Pairs of a region and the option it came with.

    Raises
    ------
    InputError
        If phantom or a region is unknown; the known ones are listed.
    """
    made, fillings, _ = _chosen(phantom)
    known = {_region_name(organ.name) for organ in made.organs}
    known |= {_PARTS[f.material.name] for parts in fillings.values() if len(parts) > 1 for f in parts}
    known |= {group for group, members in _GROUPS.items() if known.issuperset(members)} | {"Total_body"}
    for name, where in names:
        require_region(known, name, where)


def _chosen(name: str) -> tuple[Phantom, dict[str, tuple[Filling, ...]], str]:
    if name == "ornl-adult":
        phantom = dosimetric_ornl_adult()
        return phantom, ornl_fillings(phantom), _CONVENTION["ornl"]
    if name not in PHANTOMS:
        raise InputError(f"one of the phantoms {', '.join(PHANTOMS)}", f"{name!r} came", "--phantom")
    sex: Literal["male", "female"] = "male" if name == "adult-male" else "female"
    phantom = dosimetric_adult(sex)
    return phantom, reference_fillings(phantom, red_marrow_share(sex)), _CONVENTION["reference"]


def _region_name(organ: str) -> str:
    return "Remainder" if organ == "Body" else organ


def _grid(phantom: Phantom, voxel_mm: float) -> Grid:
    low, high = (np.array(corner) for corner in phantom.organ("Body").solid.bounds)
    first = (low - _MARGIN_CM) * 10.0
    numbers = np.ceil((high - low + 2.0 * _MARGIN_CM) * 10.0 / voxel_mm).astype(int)
    x, y, z = (float(v) + voxel_mm / 2.0 for v in first)
    n_x, n_y, n_z = (int(n) for n in numbers)
    return Grid((n_z, n_y, n_x), (voxel_mm,) * 3, (x, y, z))


def _voxelised(phantom: Phantom, fillings: dict[str, tuple[Filling, ...]], voxel_mm: float) -> _Voxels:
    grid = _grid(phantom, voxel_mm)
    placed = [transformed(organ.solid, LPS_MM_FROM_PHANTOM_CM) for organ in phantom.organs]
    labels = label_map(placed, grid) - np.int16(1)
    materials = list({f.material.name: f.material for parts in fillings.values() for f in parts}.values())
    numbers = {material.name: n for n, material in enumerate(materials)}
    media, density = np.zeros(grid.shape, dtype=np.uint8), np.zeros(grid.shape, dtype=np.float32)
    rng = np.random.Generator(np.random.Philox(_MOSAIC_SEED))
    for number, organ in enumerate(phantom.organs):
        inside = labels == number
        parts = fillings[organ.name]
        chosen = np.searchsorted(np.cumsum([f.volume_share for f in parts])[:-1], rng.random(int(inside.sum())))
        media[inside] = np.array([numbers[f.material.name] for f in parts], dtype=np.uint8)[chosen]
        density[inside] = np.array([f.density_g_ml for f in parts], dtype=np.float32)[chosen]
    return _Voxels(grid, labels, media, density, tuple(materials))


def _regions(phantom: Phantom, fillings: dict[str, tuple[Filling, ...]], voxels: _Voxels) -> dict[str, Region]:
    regions: dict[str, Region] = {}
    mass = voxels.mass_kg
    for number, organ in enumerate(phantom.organs):
        for region in _organ_regions(phantom, number, fillings[organ.name], voxels, mass):
            regions[region.name] = region
    own = tuple(regions[_region_name(o.name)] for o in phantom.organs)
    for name, members in _GROUPS.items():
        if all(member in regions for member in members):
            regions[name] = grouped(name, tuple(regions[m] for m in members))
    body = np.flatnonzero(mass)
    total_kg = sum(region.mass_kg for region in own)
    every = tuple(range(len(own)))
    regions["Total_body"] = Region("Total_body", total_kg, every, body, np.full(len(body), 1.0 / mass[body].sum()))
    return regions


def _organ_regions(
    phantom: Phantom, number: int, parts: tuple[Filling, ...], voxels: _Voxels, mass: Floats
) -> Iterator[Region]:
    name = phantom.organs[number].name
    if len(parts) == 1:
        yield _plain_region(phantom, number, parts[0], voxels, mass)
        return
    flat = np.flatnonzero(voxels.labels == number)
    volume_ml = volume(phantom.exclusive(name))
    whole_kg = sum(f.density_g_ml * f.volume_share for f in parts) * volume_ml * 1e-3
    yield Region(name, whole_kg, (number,), flat, np.full(len(flat), 1.0 / mass[flat].sum()))
    for f in parts:
        some = flat[voxels.media.ravel()[flat] == voxels.materials.index(f.material)]
        part_kg = f.density_g_ml * f.volume_share * volume_ml * 1e-3
        yield Region(_PARTS[f.material.name], part_kg, (number,), some, np.full(len(some), 1.0 / mass[some].sum()))


def _plain_region(phantom: Phantom, number: int, filling: Filling, voxels: _Voxels, mass: Floats) -> Region:
    organ = phantom.organs[number]
    if organ.name == "Body":
        flat = np.flatnonzero(voxels.labels == number)
        shares, volume_ml = np.ones(len(flat)), len(flat) * voxels.grid.voxel_volume_ml
    else:
        flat, shares, volume_ml = _filled(phantom.exclusive(organ.name), voxels.grid)
    own = (voxels.media.ravel()[flat] == voxels.materials.index(filling.material)) & (mass[flat] > 0)
    if not own.any():
        raise InputError(f"voxels fine enough for {organ.name}", "no voxel has its medium", "--voxel-mm")
    flat, shares = flat[own], shares[own]
    organ_kg = volume_ml * filling.density_g_ml * 1e-3
    return Region(_region_name(organ.name), organ_kg, (number,), flat, shares / shares.sum() / mass[flat])


def _filled(solid: AbstractSolid, grid: Grid) -> tuple[NDArray[np.int64], Floats, float]:
    """Voxels that a solid [cm] meets, the part of the solid in each, and its volume [ml], from points in its box."""
    axes, cell = midpoints(solid, _N_POINTS)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = points[solid.contains(points)]
    index = np.rint(grid.indices(inside * 10.0)).astype(np.int64)
    flat = np.ravel_multi_index((index[:, 2], index[:, 1], index[:, 0]), grid.shape)
    voxels, counts = np.unique(flat, return_counts=True)
    return voxels.astype(np.int64), counts.astype(np.float64), len(inside) * cell
