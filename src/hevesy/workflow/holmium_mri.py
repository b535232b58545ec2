"""Holmium by MRI: from multi-echo magnitudes to activity, with DICOM or NIfTI in and NIfTI out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.acquire import load_echoes, load_nifti_image
from hevesy.domain import Echoes, Grid, Quantity
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.r2star import require_echo_times
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.numerics.rician import noise_of_background
from hevesy.quantify import (
    Baseline,
    EarlierHolmium,
    HolmiumMap,
    R2StarMap,
    holmium_concentration,
    map_r2star,
    portions_at,
    read_relaxivities,
    relaxivity_at,
)
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.workflow.config.holmium import (
    EarlierSettings,
    EchoImages,
    HolmiumMriSettings,
    MeasuredBaseline,
    StatedBaseline,
)
from hevesy.workflow.holmium import (
    Found,
    Mask,
    batch_of,
    document_of,
    half_life_s,
    hashes,
    load_mask,
    load_on_grid,
    parts_of,
    require_apart,
    told,
    write_document,
    write_maps,
    write_picture,
)

_SECONDS_PER_MS = 1e-3
_SAME_FIELD = 0.02


def holmium_mri(path: Path, out: Path) -> dict[str, Any]:
    """Measure holmium as a settings file says and write maps, a picture and a document into a folder.

    Parameters
    ----------
    path
        Settings, see :class:`hevesy.workflow.config.holmium.HolmiumMriSettings`; files are beside it.
    out
        Folder.

    Returns
    -------
    The document, also written as ``holmium_mri.json``.

    Raises
    ------
    InputError
        If the settings or the images are not sound.
    OutputError
        If the folder cannot be written.
    """
    settings = validate_settings(HolmiumMriSettings, read_yaml(path, "settings file"), path.name)
    folder = path.parent
    require_apart(out, _files(settings, folder))
    echoes = _echoes(settings.echoes, folder)
    relaxivity = relaxivity_at(read_relaxivities(folder / settings.relaxivity), echoes.field_t)
    within = load_mask(folder / settings.region, echoes.grid)
    fit = map_r2star(echoes, _noise(settings.echoes, echoes, folder), within)
    baseline = _baseline(settings, echoes, within, folder)
    earlier = [_earlier(one, settings, folder, echoes.grid) for one in settings.earlier]
    portions = portions_at(batch_of(settings.batch), earlier, settings.at, half_life_s())
    holmium = _known_before(holmium_concentration(fit, relaxivity, baseline), earlier)
    found = Found(settings, holmium, portions, within, parts_of(settings, folder, echoes.grid))
    document = document_of(found, hashes([path, *_files(settings, folder)])) | {
        "method": "mri",
        "field_t": echoes.field_t,
        "echo_times_ms": [time / _SECONDS_PER_MS for time in echoes.echo_times_s],
        "relaxivity_ml_per_mg_s": told(relaxivity.value) | {"source": relaxivity.source},
        "baseline": _told_baseline(baseline),
    }
    document |= write_maps(found, out, _maps(fit))
    write_picture(fit.r2star_per_s, "R2* [1/s]", holmium, out / "holmium_mri.jpg")
    write_document(document, out / "holmium_mri.json")
    return document


def _maps(fit: R2StarMap) -> dict[str, Any]:
    return {"r2star": fit.r2star_per_s, "r2star_uncertainty": fit.standard_uncertainty_per_s}


def _echoes(images: EchoImages, folder: Path) -> Echoes:
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


def _noise(images: EchoImages, echoes: Echoes, folder: Path) -> float:
    if images.air is None:
        return float(images.noise or 0.0)
    air = load_mask(folder / images.air, echoes.grid)
    try:
        return noise_of_background(np.asarray(echoes.magnitudes[:, air], dtype=np.float64))
    except ValueError as error:
        raise InputError("magnitudes of noise in the air", "none above zero came", images.air.name) from error


def _baseline(settings: HolmiumMriSettings, echoes: Echoes, within: Mask, folder: Path) -> Baseline:
    stated = settings.baseline
    if isinstance(stated, StatedBaseline):
        return Baseline(stated.r2star_per_s, 0.0, stated.standard_uncertainty_per_s, "mean")
    before = _echoes(stated.echoes, folder)
    if abs(before.field_t / echoes.field_t - 1.0) > _SAME_FIELD:
        raise InputError(f"a baseline at {echoes.field_t:g} T", f"one at {before.field_t:g} T came", "baseline")
    noise = _noise(stated.echoes, before, folder)
    if stated.method == "voxelwise":
        return _voxelwise(stated, before, noise, echoes.grid, within)
    region = within if stated.region is None else load_mask(folder / stated.region, before.grid)
    fit = map_r2star(before, noise, region)
    values = fit.r2star_per_s[np.isfinite(fit.r2star_per_s)]
    if not values.size:
        raise InputError("a baseline R2* in some voxel", "none could be fitted", "baseline")
    return Baseline(float(values.mean()), 0.0, stated.standard_uncertainty_per_s, "mean")


def _voxelwise(stated: MeasuredBaseline, before: Echoes, noise: float, grid: Grid, within: Mask) -> Baseline:
    if not before.grid.same_geometry(grid, tolerance_mm=1e-2):
        raise GeometryError("a baseline registered onto the grid of the images", "another grid came", "baseline")
    fit = map_r2star(before, noise, within)
    if not np.isfinite(fit.r2star_per_s).any():
        raise InputError("a baseline R2* in some voxel", "none could be fitted", "baseline")
    shared = stated.standard_uncertainty_per_s
    return Baseline(fit.r2star_per_s, fit.standard_uncertainty_per_s, shared, "voxelwise")


def _told_baseline(baseline: Baseline) -> dict[str, Any]:
    values = np.asarray(baseline.r2star_per_s)
    return {
        "method": baseline.name,
        "mean_per_s": float(np.nanmean(values)),
        "shared_standard_uncertainty_per_s": baseline.shared_per_s,
    }


def _earlier(one: EarlierSettings, settings: HolmiumMriSettings, folder: Path, grid: Grid) -> EarlierHolmium:
    batch, counted = batch_of(one.batch), one.use == "carry"
    if one.concentration is not None:
        before = load_on_grid(folder / one.concentration, grid, may_lack_values=True)
        return EarlierHolmium(one.name, batch, counted, before, float(one.relative_standard_uncertainty or 0.0))
    by_mass = [other.batch.mass or 0.0 for other in settings.earlier if other.concentration is None]
    whole = sum(by_mass) + float(settings.batch.mass or 0.0)
    return EarlierHolmium(one.name, batch, counted, share=float(one.batch.mass or 0.0) / whole)


def _known_before(holmium: HolmiumMap, earlier: Sequence[EarlierHolmium]) -> HolmiumMap:
    """Without a value where earlier holmium was to be measured and could not: whose it is cannot be told."""
    unknown = np.zeros(holmium.status.shape, dtype=np.bool_)
    for one in earlier:
        if one.concentration_mg_per_ml is not None:
            unknown |= np.isnan(one.concentration_mg_per_ml)
    unknown &= holmium.status != R2StarStatus.OUTSIDE
    concentration = np.where(unknown, np.nan, holmium.concentration_mg_per_ml)
    status = np.where(unknown, np.uint8(R2StarStatus.VOID), holmium.status)
    return replace(holmium, concentration_mg_per_ml=concentration, status=status)


def _files(settings: HolmiumMriSettings, folder: Path) -> list[Path]:
    groups = [settings.echoes]
    named = [settings.region, *settings.regions.values(), settings.relaxivity]
    if isinstance(settings.baseline, MeasuredBaseline):
        groups.append(settings.baseline.echoes)
        named += [path for path in [settings.baseline.region] if path is not None]
    for images in groups:
        named += [path for path in (images.dicom, images.air) if path is not None]
        named += images.nifti.files if images.nifti is not None else []
    named += [one.concentration for one in settings.earlier if one.concentration is not None]
    return [folder / path for path in named]
