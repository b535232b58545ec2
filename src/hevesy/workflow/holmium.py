"""What holmium by MRI and by CT share: masks, batches, regions in the document, maps and the picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import load_nifti_image
from hevesy.domain import Grid, Image, InputFile, Quantity
from hevesy.errors import GeometryError, OutputError
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.physdata import nuclide
from hevesy.quantify import (
    Batch,
    HolmiumMap,
    Portions,
    activity_concentration,
    holmium_activity,
    holmium_mass,
    least_mass_in_voids,
)
from hevesy.quantities import Uncertain, multiply_powers, scaled, total
from hevesy.quantities.uncertain import budget
from hevesy.report import write_atomically, write_nifti
from hevesy.workflow.config.holmium import BatchSettings, HolmiumSettings
from hevesy.workflow.provenance import file_sha256

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NUCLIDE = "Ho-166"
_MAPS = (
    "holmium_concentration", "holmium_noise", "holmium_lower_bound", "activity_concentration", "activity_uncertainty",
    "status", "r2star", "r2star_uncertainty", "time_integrated_activity",
)  # fmt: skip
"""Names of all maps."""
_LN2 = float(np.log(2.0))
_DISAGREES = 3.0
"""Standard uncertainties between found and administered activity, beyond what voids explain, that are a finding."""


@dataclass(frozen=True)
class Found:
    """A holmium map and whose activity it has."""

    settings: HolmiumSettings
    holmium: HolmiumMap
    portions: Portions
    within: Mask
    parts: Mapping[str, Mask]


def half_life_s() -> float:
    """Of Ho-166. [s]"""
    return nuclide(NUCLIDE).half_life_s


def local_time(moment: datetime, zone: tzinfo | None) -> datetime:
    """What the clocks of a zone show, without the zone; a moment without one is that already."""
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def load_mask(path: Path, grid: Grid) -> Mask:
    """Voxels other than zero of an image on a grid. Shape ``(z, y, x)``.

    Raises
    ------
    GeometryError
        If it lies on another grid.
    """
    return np.asarray(load_on_grid(path, grid) != 0)


def load_on_grid(path: Path, grid: Grid, *, may_lack_values: bool = False) -> Floats:
    """Values of an image on a grid, NaN where it has none and may. Shape ``(z, y, x)``."""
    image = load_nifti_image(path, Quantity.ARBITRARY, unit_unstated="mm", may_lack_values=may_lack_values)
    if not image.grid.same_geometry(grid, tolerance_mm=1e-2):
        raise GeometryError("the grid of the images", "another size or place came", path.name)
    return np.asarray(image.values, dtype=np.float64)


def batch_of(settings: BatchSettings) -> Batch:
    """The batch, its figure a source that everything of it shares."""
    relative = settings.relative_standard_uncertainty
    value = Uncertain(settings.activity_per_mg, {f"batch:{settings.name}": settings.activity_per_mg * relative})
    return Batch(settings.name, value, settings.time)


def parts_of(settings: HolmiumSettings, folder: Path, grid: Grid) -> dict[str, Mask]:
    """The named regions."""
    return {name: load_mask(folder / path, grid) for name, path in settings.regions.items()}


def document_of(found: Found, inputs: Sequence[InputFile]) -> dict[str, Any]:
    """Totals, regions, the comparison with what was given, and what was read."""
    whole = _entry(found, found.within, "whole")
    return {
        "nuclide": NUCLIDE,
        "at": found.settings.at.isoformat(),
        "activity_per_mg_bq": told(found.portions.fresh_bq_per_mg),
        "whole": whole,
        "regions": {name: _entry(found, mask & found.within, name) for name, mask in found.parts.items()},
        "status": _statuses(found.holmium),
        "administered": _compared(found),
        "inputs": {item.name: item.sha256 for item in inputs},
    }


def write_maps(found: Found, out: Path, more: Mapping[str, Floats]) -> dict[str, Any]:
    """Write the maps and say what the dose map is made from.

    Engines ask for numbers from zero on: in the map of time-integrated activity voids are at their lower bound, and
    voxels below zero by noise are zero; how much either is stands in the document.

    Raises
    ------
    OutputError
        If the folder cannot be made.
    """
    grid = found.holmium.grid
    concentration, u = activity_concentration(found.holmium, found.portions)
    maps = {
        "holmium_concentration": found.holmium.concentration_mg_per_ml,
        "holmium_noise": found.holmium.noise_mg_per_ml,
        "holmium_lower_bound": found.holmium.lower_bound_mg_per_ml,
        "activity_concentration": concentration,
        "activity_uncertainty": u,
        "status": found.holmium.status.astype(np.float64),
        **more,
    }
    least = np.nan_to_num(found.holmium.lower_bound_mg_per_ml) * found.portions.fresh_bq_per_mg.value
    per_voxel = np.where(np.isfinite(concentration), concentration, least) * found.within * grid.voxel_volume_ml
    decays = np.maximum(per_voxel, 0.0) * half_life_s() / _LN2
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: expected a folder that can be made, but {error.strerror} came") from error
    for name, values in maps.items():
        write_nifti(Image(grid, values, Quantity.ARBITRARY), out / f"{name}.nii.gz")
    image = Image(grid, decays, Quantity.TIME_INTEGRATED_ACTIVITY)
    write_nifti(image, out / "time_integrated_activity.nii.gz")
    return {
        "time_integrated_activity_bq_s": float(decays.sum()),
        "of_it_in_voids_bq_s": float(decays[~np.isfinite(concentration)].sum()),
        "set_to_zero_bq": float(np.abs(per_voxel[per_voxel < 0]).sum()),
        "files": {name: f"{name}.nii.gz" for name in (*maps, "time_integrated_activity")},
    }


def require_apart(out: Path, paths: Sequence[Path]) -> None:
    """Refuse a folder of results that holds a file to be read under the name of a result.

    Raises
    ------
    OutputError
        If it does.
    """
    results = {(out / f"{name}.nii.gz").resolve() for name in _MAPS}
    for path in paths:
        if path.resolve() in results:
            raise OutputError(f"{out}: expected a folder apart from what is read, but {path.name} lies in it")


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write one strict JSON document."""
    text = json.dumps(document, allow_nan=False, ensure_ascii=False, indent=2) + "\n"
    write_atomically(path, text.encode())


def write_picture(shown: Floats, words: str, found: Found, path: Path) -> None:
    """Draw what the concentration was made from, the concentration, and what became of each voxel."""
    from hevesy.report.figures.holmium import HolmiumPicture, draw_holmium
    from hevesy.report.figures.style import raster

    holmium = found.holmium
    picture = HolmiumPicture(holmium.grid, shown, words, holmium.concentration_mg_per_ml, holmium.status, found.parts)
    drawn = raster(lambda: draw_holmium(picture))
    write_atomically(path, drawn.data)


def hashes(paths: Sequence[Path]) -> tuple[InputFile, ...]:
    """Every file that was read, those of a folder one by one."""
    files = [one for path in paths for one in (sorted(path.rglob("*")) if path.is_dir() else [path]) if one.is_file()]
    return tuple(InputFile(path.name, file_sha256(path)) for path in files)


def told(estimate: Uncertain) -> dict[str, Any]:
    """A value with its standard uncertainty and what it owes to each kind of source."""
    return {
        "value": estimate.value,
        "standard_uncertainty": estimate.standard_uncertainty,
        "budget": budget(estimate),
    }


def _entry(found: Found, within: Mask, name: str) -> dict[str, Any]:
    grid, status = found.holmium.grid, found.holmium.status[within]
    lost = int(np.count_nonzero(status >= R2StarStatus.VOID))
    least = least_mass_in_voids(found.holmium, within)
    return {
        "volume_ml": grid.voxel_volume_ml * int(np.count_nonzero(within)),
        "unquantifiable_ml": grid.voxel_volume_ml * lost,
        "holmium_mg": told(holmium_mass(found.holmium, within, name)),
        "holmium_in_voids_at_least_mg": least,
        "activity_bq": told(holmium_activity(found.holmium, found.portions, within, name)),
        "activity_in_voids_at_least_bq": least * found.portions.fresh_bq_per_mg.value,
    }


def _statuses(holmium: HolmiumMap) -> list[dict[str, Any]]:
    return [
        {"status": one.text, "code": int(one), "has_value": one.has_value, "voxels": n}
        for one in R2StarStatus
        if (n := int(np.count_nonzero(holmium.status == one)))
    ]


def _compared(found: Found) -> dict[str, Any] | None:
    """Found against administered activity: a check, never a scale."""
    given = found.settings.administered
    if given is None:
        return None
    net = Uncertain(given.activity, {"administered:activity": given.activity * given.relative_standard_uncertainty})
    seen = holmium_activity(found.holmium, found.portions, found.within, "whole")
    ratio = told(multiply_powers((seen, 1.0), (net, -1.0))) if seen.value > 0 else None
    least = least_mass_in_voids(found.holmium, found.within) * found.portions.fresh_bq_per_mg.value
    not_seen = given.activity - seen.value
    beyond = max(not_seen - least, 0.0) if not_seen > 0 else not_seen
    differs = abs(beyond) > _DISAGREES * total([seen, scaled(net, -1.0)]).standard_uncertainty
    return {
        "activity_bq": given.activity,
        "found_over_administered": ratio,
        "not_seen_bq": not_seen,
        "not_seen_beyond_voids_bq": beyond,
        "finding": "found-differs-from-administered" if differs else None,
    }
