"""Holmium by MRI: from multi-echo magnitudes to activity, with DICOM or NIfTI in and NIfTI out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.domain import Grid
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.quantify import (
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
    HolmiumMriSettings,
    MeasuredBaseline,
)
from hevesy.workflow.holmium import (
    Found,
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
from hevesy.workflow.holmium_baseline import baseline_of, told_baseline
from hevesy.workflow.holmium_echoes import load_echo_images, noise_in

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
    echoes = load_echo_images(settings.echoes, folder)
    relaxivity = relaxivity_at(read_relaxivities(folder / settings.relaxivity), echoes.field_t)
    within = load_mask(folder / settings.region, echoes.grid)
    fit = map_r2star(echoes, noise_in(settings.echoes, echoes, folder), within)
    baseline, registration = baseline_of(settings.baseline, echoes, within, folder)
    earlier = [_earlier(one, settings, folder, echoes.grid) for one in settings.earlier]
    portions = portions_at(batch_of(settings.batch), earlier, settings.at, half_life_s())
    holmium = _known_before(holmium_concentration(fit, relaxivity, baseline), earlier)
    found = Found(settings, holmium, portions, within, parts_of(settings, folder, echoes.grid))
    document = document_of(found, hashes([path, *_files(settings, folder)])) | {
        "method": "mri",
        "acquired": echoes.start.isoformat() if echoes.start else None,
        "field_t": echoes.field_t,
        "echo_times_ms": [time / _SECONDS_PER_MS for time in echoes.echo_times_s],
        "relaxivity_ml_per_mg_s": told(relaxivity.value) | {"source": relaxivity.source},
        "baseline": told_baseline(baseline, registration),
    }
    document |= write_maps(found, out, _maps(fit))
    write_picture(fit.r2star_per_s, "R2* [1/s]", found, out / "holmium_mri.jpg")
    write_document(document, out / "holmium_mri.json")
    return document


def _maps(fit: R2StarMap) -> dict[str, Any]:
    return {"r2star": fit.r2star_per_s, "r2star_uncertainty": fit.standard_uncertainty_per_s}


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
