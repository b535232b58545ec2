"""The input of a voxel dose calculation: decays, densities and media on one grid of NIfTI images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import available_bytes, load_nifti_image, nifti_shape
from hevesy.domain import Grid, Quantity
from hevesy.errors import GeometryError, InputError
from hevesy.physdata import Material, material
from hevesy.physdata.ct_curves import LARGEST_DENSITY, SCHNEIDER, ct_curve, known_ct_curves, read_ct_curve
from hevesy.physdata.ct_numbers import density_and_media
from hevesy.transport.mc import Outside, VoxelGeometry

Floats = NDArray[np.float64]

_CM_PER_MM = 0.1
_MOST_MEDIA = 255
_GIB = float(1 << 30)
_LOADED_BYTES = 64.0
"""Images as loaded, decays, densities and media. [byte/voxel]"""


@dataclass(frozen=True)
class MatterFiles:
    """Where the matter in every voxel comes from: a CT, or densities and media."""

    ct: Path | None = None
    ct_curve: str | None = None
    """Name of a curve that comes with Hevesy, or a file."""
    ct_accept: tuple[str, ...] = ()
    density: Path | None = None
    media: Path | None = None
    media_names: Mapping[int, str] | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The images that are given."""
        return tuple(path for path in (self.ct, self.density, self.media) if path is not None)


@dataclass(frozen=True)
class VoxelInputs:
    """Decays in voxels of matter."""

    grid: Grid
    decays: Floats
    """Of the parent. Shape ``(z, y, x)``."""
    geometry: VoxelGeometry
    notes: tuple[str, ...]


def media_names(text: str, where: str = "--media-names") -> dict[int, str]:
    """Names of media by label, from text such as ``1=lung,2=soft_tissue``.

    Raises
    ------
    InputError
        If it is not that.
    """
    names: dict[int, str] = {}
    for item in text.split(","):
        label, _, name = item.partition("=")
        if not label.strip().isdecimal() or not name.strip() or int(label) in names:
            raise InputError("labels and media such as 1=lung,2=soft_tissue", f"{item.strip()!r} came", where)
        names[int(label)] = name.strip()
    if len(names) > _MOST_MEDIA:
        raise InputError(f"at most {_MOST_MEDIA} media", f"{len(names)} came", where)
    return names


def require_memory_for(path: Path, bytes_per_voxel: float, available: float | None = None) -> None:
    """Refuse a calculation that the memory cannot hold, before any voxel is read.

    Raises
    ------
    InputError
        With the estimate and what there is.
    """
    limit = available_bytes() if available is None else available
    needed = math.prod(nifti_shape(path)) * (bytes_per_voxel + _LOADED_BYTES)
    if limit is not None and needed > limit:
        raise InputError(
            f"{needed / _GIB:.2f} GiB of memory for this image", f"{limit / _GIB:.2f} GiB are available", path.name
        )


def read_voxel_inputs(activity: Path, matter: MatterFiles, outside: Outside) -> VoxelInputs:
    """Read and check everything that a voxel dose follows from.

    Parameters
    ----------
    activity
        Time-integrated activity. [Bq s per voxel]
    matter
        A CT on the same grid, or densities and media.
    outside
        What surrounds the voxels.

    Raises
    ------
    InputError
        If activity or density is negative or not finite, a density is above 25 g/ml, there is no activity, or a medium
        is unknown or missing.
    GeometryError
        If the images are on different grids.
    ReadError
        If an image cannot be read.
    """
    image = load_nifti_image(activity, Quantity.TIME_INTEGRATED_ACTIVITY, unit_unstated="mm")
    notes: list[str] = []
    decays = np.asarray(image.values, dtype=np.float64)
    if float(decays.min()) < 0:
        raise InputError("time-integrated activity from zero on", f"{decays.min():g} Bq s came", activity.name)
    if not float(decays.max()) > 0:
        raise InputError("time-integrated activity above zero in some voxel", "zero everywhere came", activity.name)
    density, media, materials = _matter(matter, image.grid, activity.name, notes)
    if outside is Outside.WATER and all(item.name != "water" for item in materials):
        materials = (*materials, material("water"))
    if not density.any():
        raise InputError("matter in some voxel", "density zero everywhere came", "density")
    x, y, z = (float(edge) * _CM_PER_MM for edge in image.grid.spacing_mm)
    geometry = VoxelGeometry((x, y, z), media, density, materials, outside)
    return VoxelInputs(image.grid, decays, geometry, tuple(notes))


_Matter = tuple[NDArray[np.float32], NDArray[np.uint8], tuple[Material, ...]]


def _matter(files: MatterFiles, grid: Grid, reference: str, notes: list[str]) -> _Matter:
    if (files.ct is None) == (files.density is None) or (files.density is None) != (files.media is None):
        raise InputError("either --ct, or --density with --media and --media-names", "another choice came", "options")
    for name, value, beside in (
        ("--media-names", files.media_names, files.density),
        ("--ct-curve", files.ct_curve, files.ct),
        ("--ct-accept", files.ct_accept or None, files.ct),
    ):
        if value is not None and beside is None:
            raise InputError(f"no {name} with this choice of images", "it came", "options")
    if files.ct is not None:
        return _from_ct(files, grid, reference, notes)
    if files.media_names is None or files.density is None or files.media is None:
        raise InputError("--media-names such as 1=lung,2=soft_tissue", "none came", "options")
    density = _on_grid(files.density, grid, reference).astype(np.float32)
    _check_density(density, files.density.name)
    labels = _on_grid(files.media, grid, reference)
    return density, *_named(labels, density, files.media_names, files.media.name)


def _from_ct(files: MatterFiles, grid: Grid, reference: str, notes: list[str]) -> _Matter:
    path = files.ct
    if path is None:
        raise InputError("--ct", "none came", "options")
    name = files.ct_curve
    if name is None:
        notes.append(f"densities by the curve {SCHNEIDER}, as --ct-curve does not give that of the scanner")
        name = SCHNEIDER
    curve = ct_curve(name) if name in known_ct_curves() else read_ct_curve(Path(name))
    found = density_and_media(_on_grid(path, grid, reference), curve, accepted=files.ct_accept, where=path.name)
    notes.extend(found.notes)
    return found.density_g_ml, found.media, found.materials


def _on_grid(path: Path, grid: Grid, reference: str) -> NDArray[Any]:
    image = load_nifti_image(path, Quantity.ARBITRARY, unit_unstated="mm")
    if not image.grid.same_geometry(grid):
        raise GeometryError(
            f"the grid of {reference}, {grid.shape[::-1]} voxels of {_words(grid)}",
            f"{image.grid.shape[::-1]} voxels of {_words(image.grid)} or another place came",
            path.name,
        )
    return np.asarray(image.values)


def _words(grid: Grid) -> str:
    return " x ".join(f"{edge:.4g}" for edge in grid.spacing_mm) + " mm"


def _check_density(density: NDArray[np.float32], where: str) -> None:
    if float(density.min()) < 0:
        raise InputError("densities from zero on", f"{density.min():g} g/ml came", where)
    if float(density.max()) > LARGEST_DENSITY:
        raise InputError(f"densities up to {LARGEST_DENSITY:g} g/ml", f"{density.max():g} g/ml came", where)


def _named(
    labels: NDArray[Any], density: NDArray[np.float32], names: Mapping[int, str], where: str
) -> tuple[NDArray[np.uint8], tuple[Material, ...]]:
    """Media of the labels; label 0 without a name is vacuum where the density is zero."""
    present = np.unique(labels)
    if not np.array_equal(present, np.rint(present)):
        raise InputError("whole numbers as labels", "others came", where)
    known = {label: material(name, "--media-names") for label, name in names.items()}
    matter = [int(label) for label in present if label in known and known[int(label)].density_g_ml > 0]
    if not matter:
        raise InputError(f"voxels of the media {_listed(names)}", "none came", where)
    numbers = {label: number for number, label in enumerate(matter)}
    for label in present:
        if int(label) in numbers:
            continue
        if int(label) not in known and label != 0:
            raise InputError(f"a medium for every label in --media-names ({_listed(names)})", f"{label:g} came", where)
        if density[labels == label].any():
            raise InputError("density zero where there is vacuum (or label 0 without a name)", "another came", where)
        numbers[int(label)] = 0  # no matter: any medium will do
    lookup = np.array([numbers[int(label)] for label in present], dtype=np.uint8)
    return lookup[np.searchsorted(present, labels)], tuple(known[label] for label in matter)


def _listed(names: Mapping[int, str]) -> str:
    return ",".join(f"{label}={name}" for label, name in names.items())
