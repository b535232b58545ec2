"""R2* without the holmium to be measured: stated, a measured mean, or voxel by voxel, registered or to be so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.align import MagnitudeRegistration, register_magnitudes, resample_map, resample_mask
from hevesy.domain import Echoes, Grid, Image, Quantity
from hevesy.errors import GeometryError, InputError
from hevesy.quantify import Baseline, R2StarMap, map_r2star
from hevesy.workflow.config.holmium import EchoImages, MeasuredBaseline, StatedBaseline
from hevesy.workflow.holmium import Mask, load_mask
from hevesy.workflow.holmium_echoes import load_echo_images, noise_in

_SAME_FIELD = 0.02


def baseline_of(
    stated: StatedBaseline | MeasuredBaseline,
    echoes: Echoes,
    within: Mask,
    folder: Path,
    load: Callable[[EchoImages, Path], Echoes] = load_echo_images,
) -> tuple[Baseline, MagnitudeRegistration | None]:
    """The baseline of an acquisition after the administration.

    Parameters
    ----------
    stated
        Settings.
    echoes
        After the administration.
    within
        Voxels to measure. Shape ``(z, y, x)``.
    folder
        Where the settings lie.
    load
        Reads the echoes, where one who calls keeps what was read.

    Returns
    -------
    The baseline, and how the earlier images were moved; None where they were not.

    Raises
    ------
    InputError
        If the earlier images are of another patient, field strength or grid, or no R2* could be fitted.
    AlignmentError
        If they cannot be registered.
    """
    if isinstance(stated, StatedBaseline):
        return Baseline(stated.r2star_per_s, 0.0, stated.standard_uncertainty_per_s, "mean"), None
    before = load(stated.echoes, folder)
    if abs(before.field_t / echoes.field_t - 1.0) > _SAME_FIELD:
        raise InputError(f"a baseline at {echoes.field_t:g} T", f"one at {before.field_t:g} T came", "baseline")
    if before.patient and echoes.patient and before.patient != echoes.patient:
        raise InputError(
            "a baseline of the same patient", "the Patient ID (0010,0020) of its images is another", "baseline"
        )
    noise = noise_in(stated.echoes, before, folder)
    if stated.method == "voxelwise" and stated.registered == "rigid":
        return _moved(stated, before, noise, echoes, within)
    if stated.method == "voxelwise":
        return _voxelwise(stated, before, noise, echoes.grid, within), None
    region = within if stated.region is None else load_mask(folder / stated.region, before.grid)
    fit = map_r2star(before, noise, region)
    return Baseline(float(np.nanmean(_known(fit))), 0.0, stated.standard_uncertainty_per_s, "mean"), None


def told_baseline(baseline: Baseline, registration: MagnitudeRegistration | None) -> dict[str, Any]:
    """What was used, for a document."""
    found = {
        "method": baseline.name,
        "mean_per_s": float(np.nanmean(np.asarray(baseline.r2star_per_s))),
        "shared_standard_uncertainty_per_s": baseline.shared_per_s,
    }
    if registration is not None:
        found["registration"] = {
            "translation_mm": registration.translation_mm,
            "rotation_deg": registration.rotation_deg,
            "correlation_before": registration.likeness_before,
            "correlation_after": registration.likeness_after,
        }
    return found


def _voxelwise(stated: MeasuredBaseline, before: Echoes, noise: float, grid: Grid, within: Mask) -> Baseline:
    if not before.grid.same_geometry(grid, tolerance_mm=1e-2):
        raise GeometryError("a baseline registered onto the grid of the images", "another grid came", "baseline")
    fit = map_r2star(before, noise, within)
    _known(fit)
    shared = stated.standard_uncertainty_per_s
    return Baseline(fit.r2star_per_s, fit.standard_uncertainty_per_s, shared, "voxelwise")


def _moved(
    stated: MeasuredBaseline, before: Echoes, noise: float, echoes: Echoes, within: Mask
) -> tuple[Baseline, MagnitudeRegistration]:
    """Registered by the first echoes, which holmium darkens least; R2* is fitted where it was measured, then moved.

    Interpolation averages the noise of neighbours; the uncertainty is kept as that of single voxels, which is no less.
    """
    registration = register_magnitudes(_first(echoes), _first(before))
    back = registration.transform.inverse()
    fit = map_r2star(before, noise, resample_mask(within, echoes.grid, before.grid, back))
    _known(fit)
    maps = (
        resample_map(values, before.grid, echoes.grid, registration.transform)
        for values in (fit.r2star_per_s, fit.standard_uncertainty_per_s)
    )
    value, u = (np.where(within, values, np.nan) for values in maps)
    return Baseline(value, u, stated.standard_uncertainty_per_s, "voxelwise"), registration


def _first(echoes: Echoes) -> Image:
    return Image(echoes.grid, np.asarray(echoes.magnitudes[0], dtype=np.float64), Quantity.ARBITRARY)


def _known(fit: R2StarMap) -> NDArray[np.float64]:
    if not np.isfinite(fit.r2star_per_s).any():
        raise InputError("a baseline R2* in some voxel", "none could be fitted", "baseline")
    return fit.r2star_per_s
