"""Holmium by CT: from CT numbers to activity, with DICOM or NIfTI in and NIfTI out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import (
    inspect_file,
    inspect_folder,
    load_image,
    load_nifti_image,
    load_roi_set,
    read_headers,
    zoned_start,
)
from hevesy.delineate import rasterise
from hevesy.domain import Grid, Image, Quantity, RoiSet
from hevesy.errors import GeometryError, InputError, ReadError, RegionFinding
from hevesy.quantify import (
    CtCalibration,
    CtTissue,
    dark_share,
    detection_limit_mg,
    holmium_from_ct,
    portions_at,
    read_ct_calibration,
    tissue_of,
)
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.workflow.config.holmium import HolmiumCtSettings
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.holmium import (
    Found,
    batch_of,
    document_of,
    half_life_s,
    hashes,
    load_mask,
    require_apart,
    told,
    write_document,
    write_maps,
    write_picture,
)

_DARK, _FEWEST_DARK = 0.001, 10
"""Share and number of dark voxels above which it is told: twice what noise alone makes dark."""


def holmium_ct(path: Path, out: Path) -> dict[str, Any]:
    """Measure holmium as a settings file says and write maps, a picture and a document into a folder.

    Parameters
    ----------
    path
        Settings, see :class:`hevesy.workflow.config.holmium.HolmiumCtSettings`; files are beside it.
    out
        Folder.

    Returns
    -------
    The document, also written as ``holmium_ct.json``.

    Raises
    ------
    InputError
        If the settings or the images are not sound.
    OutputError
        If the folder cannot be written.
    """
    settings = validate_settings(HolmiumCtSettings, read_yaml(path, "settings file"), path.name)
    folder = path.parent
    require_apart(out, _files(settings, folder))
    image, voltage, start = _ct(settings, folder)
    calibration = read_ct_calibration(folder / settings.calibration, voltage)
    masks = _Masks.of(settings, folder, image)
    within, parts = masks.of_name(settings.region), {n: masks.of_name(one) for n, one in settings.regions.items()}
    if not within.any():
        raise InputError("voxels in the region", "none came", settings.region.name)
    values = np.asarray(image.values, dtype=np.float64)
    tissue_mask = masks.of_name(settings.tissue)
    if (tissue_mask & within).any():
        raise InputError("tissue apart from the region", "they overlap", settings.tissue.name)
    tissue = tissue_of(values, tissue_mask)
    holmium = holmium_from_ct(
        image, within, calibration, tissue,
        largest_hu=settings.largest_hu, above_threshold=settings.count == "above-threshold",
    )  # fmt: skip
    portions = portions_at(batch_of(settings.batch), (), settings.at, half_life_s())
    found = Found(settings, holmium, portions, within, parts)
    document = document_of(found, hashes([path, *_files(settings, folder)]))
    document |= {
        "method": "ct",
        "acquired": start.isoformat() if start else None,
        "count": settings.count,
        **_limits(calibration, tissue),
    }
    highest = float(np.nanmax(holmium.concentration_mg_per_ml, initial=0.0))
    document["beyond_calibration"] = highest > calibration.largest_mg_per_ml
    for name, entry in (("", document["whole"]), *document["regions"].items()):
        n_voxels = int(np.count_nonzero(found.parts[name] & within if name else within))
        limit = detection_limit_mg(tissue, calibration.slope.value, n_voxels, image.grid.voxel_volume_ml)
        entry["detection_limit_mg"] = limit
    dark = dark_share(values, within, tissue_mask)
    told_dark = dark > _DARK and dark * np.count_nonzero(within) >= _FEWEST_DARK
    document["darker_than_tissue"] = {"share": dark, "finding": "darker-than-tissue" if told_dark else None}
    document |= write_maps(found, out, {})
    write_picture(np.where(within, values, np.nan), "CT number [HU]", found, out / "holmium_ct.jpg")
    write_document(document, out / "holmium_ct.json")
    return document


def _ct(settings: HolmiumCtSettings, folder: Path) -> tuple[Image, float, datetime | None]:
    """The image, its tube voltage [kV], and its start where the files state one."""
    path = folder / settings.ct
    if not path.is_dir():
        if settings.tube_voltage_kv is None:
            raise InputError("tube_voltage_kv beside a NIfTI image", "it is missing", path.name)
        return load_nifti_image(path, Quantity.CT_NUMBER, unit_unstated="mm"), settings.tube_voltage_kv, None
    series = [one for one in inspect_folder([path]).series if one.modality == "CT" and one.grid is not None]
    if len(series) != 1:
        raise InputError("one CT series", f"{len(series)} came", path.name)
    headers = read_headers(series[0])
    stated = {float(header.get("KVP") or 0.0) for header in headers}
    voltage = stated.pop() if len(stated) == 1 else 0.0
    if not voltage > 0 or settings.tube_voltage_kv not in {None, voltage}:
        raise InputError("one tube voltage (KVP), that of the settings", "none or another came", path.name)
    starts = [start for header in headers if (start := zoned_start(header)) is not None]
    return load_image(series[0]), voltage, min(starts, default=None)


@dataclass(frozen=True)
class _Masks:
    """Where regions come from: NIfTI files beside the settings, or one object with contours or masks."""

    folder: Path
    grid: Grid
    drawn: RoiSet | None

    @classmethod
    def of(cls, settings: HolmiumCtSettings, folder: Path, ct: Image) -> _Masks:
        """Read the object, where there is one."""
        if settings.structures is None:
            return cls(folder, ct.grid, None)
        path = folder / settings.structures
        if not path.is_file():
            raise ReadError("regions (RTSTRUCT or SEG)", "there is no such file", path.name)
        drawn = load_roi_set(inspect_file(path))
        if not drawn.frame_of_reference or drawn.frame_of_reference != ct.grid.frame_of_reference:
            raise GeometryError("regions in the frame of reference of the CT", "another or none came", path.name)
        return cls(folder, ct.grid, drawn)

    def of_name(self, name: Path) -> NDArray[np.bool_]:
        """Voxels of a region. Shape ``(z, y, x)``."""
        if self.drawn is None:
            return load_mask(self.folder / name, self.grid)
        roi = roi_named(self.drawn, str(name))
        if roi is None:
            known = ", ".join(sorted(one.name for one in self.drawn.rois))
            raise InputError(f"one of the regions {known}", f"{str(name)!r} came", "regions")
        try:
            return rasterise(roi, self.grid, slice_spacing_mm=self.grid.spacing_mm[2])
        except RegionFinding as error:
            raise InputError("a region that can be drawn", error.reason, str(name)) from error


def _limits(calibration: CtCalibration, tissue: CtTissue) -> dict[str, Any]:
    slope = calibration.slope.value
    return {
        "tube_voltage_kv": calibration.tube_voltage_kv,
        "slope_hu_ml_per_mg": told(calibration.slope),
        "tissue": {
            "mean_hu": tissue.mean_hu,
            "noise_hu": tissue.noise_hu,
            "voxels": tissue.n_voxels,
            "noise_correlation": tissue.noise_correlation,
        },
        "decision_threshold_mg_per_ml": tissue.decision_threshold_hu / slope,
        "detection_limit_mg_per_ml": tissue.detection_limit_hu / slope,
    }


def _files(settings: HolmiumCtSettings, folder: Path) -> list[Path]:
    masks = [settings.region, *settings.regions.values(), settings.tissue]
    named = [settings.ct, settings.calibration, *(masks if settings.structures is None else [settings.structures])]
    return [folder / path for path in named]
