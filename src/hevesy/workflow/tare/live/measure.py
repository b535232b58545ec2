"""What the image after one fraction shows in the liver: holmium by MRI, or a prepared map of activity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import load_nifti_image
from hevesy.domain import Echoes, Grid, Quantity
from hevesy.errors import InputError
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.quantify import (
    HolmiumMap,
    Relaxivity,
    holmium_concentration,
    map_r2star,
    read_relaxivities,
    relaxivity_at,
)
from hevesy.workflow.config.holmium import EchoImages, MeasuredBaseline
from hevesy.workflow.holmium import told
from hevesy.workflow.holmium_baseline import baseline_of, told_baseline
from hevesy.workflow.holmium_echoes import load_echo_images, noise_in
from hevesy.workflow.tare.live.settings import ActivityMap, MriSettings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Shown:
    """What one image shows in the voxels of the liver. Arrays of shape ``(voxel,)``, in the unit of the amounts per ml.

    Amounts are milligrams of holmium, or becquerels at the reference moment of the maps.
    """

    grid: Grid
    within: Mask
    """The voxels of the liver. Shape ``(z, y, x)``."""
    amount_per_ml: Floats
    """NaN where there is none."""
    noise_per_ml: Floats
    """Standard uncertainty that voxels do not share."""
    least_per_ml: Floats
    """Lower bound in voids, NaN elsewhere."""
    status: NDArray[np.uint8]
    factor: tuple[str, float]
    """Source that all amounts share as a factor, and its relative standard uncertainty."""
    offset: tuple[str, float]
    """Source that all voxels share as a summand, and its standard uncertainty."""
    acquired: datetime | None
    """As the files say it, in the scanner's local time, with its offset from UTC where they state one."""
    told: Mapping[str, Any]
    """What was used, for the document."""

    @property
    def found(self) -> Mask:
        """Voxels with a value. Shape ``(voxel,)``."""
        return np.isfinite(self.amount_per_ml)


class EchoReader:
    """Reads every acquisition once."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, Path], Echoes] = {}

    def __call__(self, images: EchoImages, folder: Path) -> Echoes:
        """Magnitudes of one acquisition."""
        key = repr(images), folder
        if key not in self._read:
            self._read[key] = load_echo_images(images, folder)
        return self._read[key]


def shown_by_mri(mri: MriSettings, images: EchoImages, read: EchoReader, within: Mask, folder: Path) -> Shown:
    """Holmium from the echoes after a fraction.

    Parameters
    ----------
    mri
        Relaxivity and baseline.
    images
        Settings of the echoes: their noise.
    read
        Reads the echoes.
    within
        The liver. Shape ``(z, y, x)``.
    folder
        Where the file lies.

    Raises
    ------
    InputError
        If there is no relaxivity for the field strength, or the baseline does not belong to the echoes.
    """
    echoes = read(images, folder)
    relaxivity = relaxivity_at(read_relaxivities(folder / mri.relaxivity), echoes.field_t)
    fit = map_r2star(echoes, noise_in(images, echoes, folder), within)
    baseline, registration = baseline_of(mri.baseline, echoes, within, folder, load=read)
    holmium = holmium_concentration(fit, relaxivity, baseline)
    (name, relative) = _factor(relaxivity)
    used = {
        "method": "mri",
        "field_t": echoes.field_t,
        "echo_times_ms": [1e3 * time for time in echoes.echo_times_s],
        "relaxivity_ml_per_mg_s": told(relaxivity.value) | {"source": relaxivity.source},
        "baseline": told_baseline(baseline, registration),
    }
    offset = f"baseline:{baseline.name}", baseline.shared_per_s / relaxivity.value.value
    return _shown(holmium, within, (name, relative), offset, echoes.start, used)


def _factor(relaxivity: Relaxivity) -> tuple[str, float]:
    (name,) = relaxivity.value.components
    return name, relaxivity.value.relative_standard_uncertainty


def _shown(
    holmium: HolmiumMap,
    within: Mask,
    factor: tuple[str, float],
    offset: tuple[str, float],
    acquired: datetime | None,
    used: Mapping[str, Any],
) -> Shown:
    return Shown(
        holmium.grid,
        within,
        holmium.concentration_mg_per_ml[within],
        holmium.noise_mg_per_ml[within],
        holmium.lower_bound_mg_per_ml[within],
        holmium.status[within],
        factor,
        offset,
        acquired,
        used,
    )


def shown_by_map(stated: ActivityMap, factor_to_reference: float, grid: Grid, within: Mask, folder: Path) -> Shown:
    """All activity in the liver from a prepared image.

    Parameters
    ----------
    stated
        The image and its uncertainty.
    factor_to_reference
        Activity at the reference moment of the maps over that at the moment of this one. [1]
    grid
        Of the image.
    within
        The liver. Shape ``(z, y, x)``.
    folder
        Where the file lies.

    Raises
    ------
    InputError
        If it has no value in the liver, or one below zero.
    """
    image = load_nifti_image(folder / stated.file, Quantity.ACTIVITY_CONCENTRATION, may_lack_values=True)
    values = np.asarray(image.values, dtype=np.float64)[within] * factor_to_reference
    if not np.isfinite(values).any():
        raise InputError("activity concentrations in the liver", "none came", stated.file.name)
    noise = np.abs(values) * stated.voxel_relative_standard_uncertainty
    status = np.where(np.isfinite(values), R2StarStatus.FITTED, R2StarStatus.VOID).astype(np.uint8)
    factor = "map:scale", stated.relative_standard_uncertainty
    none = np.full(values.shape, np.nan)
    return Shown(grid, within, values, noise, none, status, factor, ("baseline:none", 0.0), None, {"method": "map"})


def map_grid(stated: ActivityMap, folder: Path) -> Grid:
    """The grid of a prepared image."""
    return load_nifti_image(folder / stated.file, Quantity.ACTIVITY_CONCENTRATION, may_lack_values=True).grid


def image_files(images: EchoImages | ActivityMap, folder: Path) -> list[Path]:
    """Files and folders of one image, without those that all fractions share."""
    if isinstance(images, ActivityMap):
        return [folder / images.file]
    named = [path for path in (images.dicom, images.air) if path is not None]
    named += images.nifti.files if images.nifti is not None else []
    return [folder / path for path in named]


def shared_files(mri: MriSettings | None, folder: Path) -> dict[str, list[Path]]:
    """Files and folders that all fractions share, by what they are."""
    if mri is None:
        return {}
    found = {"relaxivity": [folder / mri.relaxivity]}
    if isinstance(mri.baseline, MeasuredBaseline):
        echoes = mri.baseline.echoes
        named = [path for path in (echoes.dicom, echoes.air, mri.baseline.region) if path is not None]
        named += echoes.nifti.files if echoes.nifti is not None else []
        found["baseline"] = [folder / path for path in named]
    return found
