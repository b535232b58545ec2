"""Multi-echo magnitudes that settings name, and their noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hevesy.acquire import load_echoes, load_nifti_image
from hevesy.domain import Echoes, Quantity
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.r2star import require_echo_times
from hevesy.numerics.rician import noise_of_background
from hevesy.workflow.config.holmium import EchoImages
from hevesy.workflow.holmium import load_mask

_SECONDS_PER_MS = 1e-3


def load_echo_images(images: EchoImages, folder: Path) -> Echoes:
    """Magnitudes of one acquisition, DICOM or NIfTI.

    Raises
    ------
    InputError
        If they cannot be read, echo times do not increase, or the echoes lie on different grids.
    """
    if images.dicom is not None:
        return load_echoes(folder / images.dicom)
    stated = images.nifti
    if stated is None or len(stated.files) != len(stated.times_ms):
        raise InputError("an echo time for each file", "another number came", "echoes.nifti")
    times = tuple(time * _SECONDS_PER_MS for time in stated.times_ms)
    try:
        require_echo_times(times)
    except ValueError as error:
        expected, _, came = str(error).removeprefix("expected ").partition(", but ")
        raise InputError(expected, came, "echoes.nifti.times_ms") from error
    volumes = [load_nifti_image(folder / name, Quantity.ARBITRARY, unit_unstated="mm") for name in stated.files]
    for volume, name in zip(volumes, stated.files, strict=True):
        if not volume.grid.same_geometry(volumes[0].grid):
            raise GeometryError("all echoes on one grid", "another size or place came", name.name)
    values = np.stack([np.asarray(volume.values, dtype=np.float32) for volume in volumes])
    return Echoes(volumes[0].grid, values, times, stated.field_t)


def noise_in(images: EchoImages, echoes: Echoes, folder: Path) -> float:
    """Standard deviation of each channel, as stated or as the air shows it, in the unit of the magnitudes."""
    if images.air is None:
        return float(images.noise or 0.0)
    air = load_mask(folder / images.air, echoes.grid)
    try:
        return noise_of_background(np.asarray(echoes.magnitudes[:, air], dtype=np.float64))
    except ValueError as error:
        raise InputError("magnitudes of noise in the air", "none above zero came", images.air.name) from error
