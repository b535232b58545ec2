"""The images of a voxelwise fit: activities at several times on one grid, and how uncertain they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import available_bytes, load_nifti_image, nifti_shape
from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import GeometryError, InputError, ScaleError
from hevesy.integrate import VoxelNoise, VoxelScan, noise_uncertainty
from hevesy.quantities import parse_bare, parse_quantity

_SECONDS_PER_HOUR = 3600.0
_NOISE = "a noise such as counting=10%@50 kBq/ml, relative=5% or floor=100 Bq/ml, joined by commas"
_GIB = float(1 << 30)
_PER_SCAN_BYTES, _LOADING_BYTES, _MAPS_BYTES = 24.0, 40.0, 72.0
"""What stays of a scan; one more while it is loaded; maps of the result and how they are written. [byte/voxel]"""


@dataclass(frozen=True)
class VoxelFitImages:
    """Where activities come from, and what the files do not say."""

    activities: tuple[Path, ...]
    times_h: tuple[float, ...]
    """From the start of the administration. [h]"""
    unit: str
    """Of every voxel: an activity concentration such as ``kBq/ml``, or an activity such as ``Bq``."""
    noise: tuple[str, ...] = ()
    """Once, or once for each image."""
    uncertainties: tuple[Path, ...] = ()
    """Images of the standard uncertainty, instead of a noise model."""
    mask: Path | None = None
    above: str | None = None
    """Voxels that stay below at every scan are left out."""
    decay_corrected: bool = False
    """To the start of the administration."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return (*self.activities, *self.uncertainties, *((self.mask,) if self.mask is not None else ()))


@dataclass(frozen=True)
class VoxelFitInputs:
    """What a voxelwise fit is made from."""

    grid: Grid
    scans: tuple[VoxelScan, ...]
    within: NDArray[np.bool_]
    """Voxels to fit. Shape ``(z, y, x)``."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Unit:
    """Unit of the images."""

    kind: str
    """Activity, or activity concentration."""
    size: float
    """One of it in Bq or Bq/ml."""
    per_ml: float
    """From Bq or Bq/ml to Bq/ml."""

    def concentration(self, text: str, where: str) -> float:
        """A value with a unit of this kind. [Bq/ml]"""
        return parse_quantity(text, self.kind, where) * self.per_ml


def times_of(text: str, where: str = "--times-h") -> tuple[float, ...]:
    """Times from text such as ``4,24,96,168``. [h]

    Raises
    ------
    InputError
        If one is no finite number.
    """
    return tuple(parse_bare(item.strip(), where) for item in text.split(","))


def require_voxel_fit(images: VoxelFitImages) -> None:
    """Check what can be checked before any voxel is read: numbers of files, and the memory that they take.

    Raises
    ------
    InputError
        If they do not fit together, or the memory cannot hold them.
    """
    n = len(images.activities)
    if len(images.times_h) != n:
        raise InputError(f"a time for each of {n} images", f"{len(images.times_h)} came", "--times-h")
    for path in images.activities:
        if images.activities.count(path) > 1:
            raise InputError("each image once", f"{path.name} came twice", "images")
    if bool(images.noise) == bool(images.uncertainties):
        raise InputError("either --noise or --uncertainty", "both or neither came", "noise of the voxels")
    if images.noise and len(images.noise) not in {1, n}:
        raise InputError(f"--noise once, or once for each of {n} images", f"{len(images.noise)} came", "--noise")
    if images.uncertainties and len(images.uncertainties) != n:
        raise InputError(f"an uncertainty for each of {n} images", f"{len(images.uncertainties)} came", "--uncertainty")
    available = available_bytes()
    needed = math.prod(nifti_shape(images.activities[0])) * (_PER_SCAN_BYTES * n + _LOADING_BYTES + _MAPS_BYTES)
    if available is not None and needed > available:
        raise InputError(
            f"{needed / _GIB:.2f} GiB of memory for these images",
            f"{available / _GIB:.2f} GiB are available",
            images.activities[0].name,
        )


def read_voxel_fit(images: VoxelFitImages, decay_constant_per_s: float) -> VoxelFitInputs:
    """Read the images, undo a decay correction, and state the uncertainty of every voxel.

    Parameters
    ----------
    images
        Files and what they do not say.
    decay_constant_per_s
        Of the radionuclide. [1/s]

    Raises
    ------
    InputError
        If a noise model cannot be read, there is no activity, or an uncertainty is missing where there is activity.
    GeometryError
        If the images are on different grids.
    ReadError
        If an image cannot be read or holds values that are not finite.
    ScaleError
        If the unit is neither one of activity nor one of activity concentration.
    """
    first = load_nifti_image(images.activities[0], Quantity.ARBITRARY, unit_unstated="mm")
    grid, name = first.grid, images.activities[0].name
    unit = _unit(images.unit, grid)
    uncertainty = _spread(images, unit, grid)
    threshold = -math.inf if images.above is None else unit.concentration(images.above, "--above")
    within = np.zeros(grid.shape, dtype=np.bool_)
    scans, negative = [], 0
    for number, (path, time_h) in enumerate(zip(images.activities, images.times_h, strict=True)):
        raw = first if number == 0 else _on_grid(path, grid, name)
        time_s = time_h * _SECONDS_PER_HOUR
        decay = math.exp(-decay_constant_per_s * time_s) if images.decay_corrected else 1.0
        stored = np.asarray(raw.values, dtype=np.float32) * np.float32(unit.size * unit.per_ml)
        if not stored.any():
            raise InputError("activity in some voxel", "zero everywhere came", path.name)
        negative += int(np.count_nonzero(stored < 0))
        spread = uncertainty(number, Image(grid, stored, Quantity.ACTIVITY_CONCENTRATION))
        activity = Image(grid, stored * np.float32(decay), Quantity.ACTIVITY_CONCENTRATION)
        within |= stored >= threshold
        scans.append(VoxelScan(time_s, activity, spread * np.float32(decay)))
    if images.mask is not None:
        within &= np.asarray(_on_grid(images.mask, grid, name).values) != 0
    if not within.any():
        raise InputError("voxels to fit", "mask and threshold leave none", "--mask, --above")
    return VoxelFitInputs(grid, tuple(scans), within, _notes(images, negative))


def _notes(images: VoxelFitImages, negative: int) -> tuple[str, ...]:
    notes = [f"{negative} values below zero: their voxels are not-positive"] if negative else []
    if images.decay_corrected:
        notes.append("the images were corrected for decay to the administration, which was undone")
    return tuple(notes)


def _unit(text: str, grid: Grid) -> _Unit:
    for kind, per_ml in (("activity concentration", 1.0), ("activity", 1.0 / grid.voxel_volume_ml)):
        with suppress(InputError):
            return _Unit(kind, parse_quantity(f"1 {text}", kind, "--unit"), per_ml)
    raise ScaleError("a unit of activity concentration such as Bq/ml, or of activity", f"{text!r} came", "--unit")


_Spread = Callable[[int, Image], NDArray[np.float32]]
"""From the number of a scan and its image as stored to the standard uncertainty of every voxel. [Bq/ml]"""


def _spread(images: VoxelFitImages, unit: _Unit, grid: Grid) -> _Spread:
    noise = [_noise(text, unit) for text in images.noise]

    def by_model(number: int, stored: Image) -> NDArray[np.float32]:
        return noise_uncertainty(stored, noise[number if len(noise) > 1 else 0])

    def by_image(number: int, stored: Image) -> NDArray[np.float32]:
        path = images.uncertainties[number]
        values = np.asarray(_on_grid(path, grid, images.activities[0].name).values, dtype=np.float32)
        unknown = int(np.count_nonzero((values <= 0) & (stored.values > 0)))
        if unknown or values.min() < 0:
            came = f"{unknown} voxels have none" if unknown else f"{values.min():g} came"
            raise InputError("uncertainties above zero where there is activity", came, path.name)
        return values * np.float32(unit.size * unit.per_ml)

    return by_model if noise else by_image


def _noise(text: str, unit: _Unit) -> VoxelNoise:
    """A noise model from text such as ``counting=10%@50 kBq/ml,relative=3%``."""
    found: dict[str, float] = {}
    for item in text.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name not in {"counting", "relative", "floor"} or name in found:
            raise InputError(_NOISE, f"{item.strip()!r} came", "--noise")
        found[name] = _noise_part(name, value, unit)
    try:
        return VoxelNoise(**found)
    except ValueError as error:
        raise InputError("noise above zero", f"{text!r} came", "--noise") from error


def _noise_part(name: str, value: str, unit: _Unit) -> float:
    if name == "floor":
        return unit.concentration(value, "--noise")
    share, at, activity = value.partition("@")
    if bool(at) != (name == "counting"):
        raise InputError(_NOISE, f"{name}={value} came", "--noise")
    relative = parse_quantity(share, "ratio", "--noise")
    if not relative > 0:
        raise InputError("a share above zero", f"{name}={value} came", "--noise")
    return relative**2 * unit.concentration(activity, "--noise") if at else relative


def _on_grid(path: Path, grid: Grid, reference: str) -> Image:
    image = load_nifti_image(path, Quantity.ARBITRARY, unit_unstated="mm")
    if not image.grid.same_geometry(grid):
        raise GeometryError(f"the grid of {reference}", "another size or place came", path.name)
    return image
