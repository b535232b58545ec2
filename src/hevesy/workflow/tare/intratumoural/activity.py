"""The map of activity after an injection into a tumour, whatever it was measured by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import load_nifti_image
from hevesy.align import move_grid
from hevesy.domain import Finding, Grid, Image, Quantity
from hevesy.errors import InputError, ReadError, ScaleError, StudyFileError
from hevesy.quantify import activity_per_mg_at
from hevesy.workflow.holmium import batch_of, local_time
from hevesy.workflow.tare.images.read import EmissionSettings, ImageSettings, PatientImages, check_frames, load_emission
from hevesy.workflow.tare.intratumoural.settings import ActivityMap, ConcentrationMap, HolmiumFolder, Intratumoural

Floats = NDArray[np.float64]

_DETECTED = 3.29
"""Standard uncertainties of a voxel above which it counts as a deposition (Currie 1968, doi:10.1021/ac60259a007)."""
_DOCUMENTS = ("holmium_ct.json", "holmium_mri.json")
_MG_PER_G = 1e3
_LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class Deposition:
    """Activity in voxels in the frame of reference of the CT. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    concentration: Floats
    """At the moment; voids at their lower bound, below zero where noise says so. [Bq/ml]"""
    noise: Floats
    """Standard uncertainty that voxels do not share. [Bq/ml]"""
    void: NDArray[np.bool_]
    """Voxels with a lower bound only."""
    scale: Mapping[str, float]
    """Relative standard uncertainty that all voxels share, by source."""
    at: datetime
    inputs: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()
    acquired: datetime | None = None
    """Start of the image that it was made from, in the scanner's local time where it has no zone."""

    @property
    def deposited(self) -> NDArray[np.bool_]:
        """Voxels that surely hold activity."""
        found: NDArray[np.bool_] = self.void | (self.concentration > _DETECTED * self.noise)
        return found

    @property
    def activity_bq(self) -> float:
        """Of all voxels. [Bq]"""
        return float(self.concentration.sum()) * self.grid.voxel_volume_ml

    @property
    def in_voids_bq(self) -> float:
        """At least, in voids. [Bq]"""
        return float(self.concentration[self.void].sum()) * self.grid.voxel_volume_ml


def load_deposition(settings: Intratumoural, images: PatientImages, folder: Path, half_life_s: float) -> Deposition:
    """Read the map of activity.

    Raises
    ------
    InputError
        If it cannot be read, is not what it is said to be, lies in another frame of reference, holds no activity, or
        was taken before the injection.
    """
    stated = settings.deposits
    if isinstance(stated, HolmiumFolder):
        found = _holmium(folder / stated.folder, images)
    elif isinstance(stated, ConcentrationMap):
        found = _concentration(stated, images, folder, half_life_s)
    else:
        found = _activity(stated, images, folder)
        if stated.at < settings.injected:
            raise StudyFileError("an image after the injection", "its moment is before it", "deposits.at")
    _require_after(found.acquired, settings.injected)
    if not found.activity_bq > 0:
        raise InputError("activity above zero", f"{found.activity_bq:g} Bq came in all", "deposits")
    coarsest = max(found.grid.spacing_mm)
    if coarsest > settings.voxel * (1.0 + 1e-6):
        words = f"the map's voxels are up to {coarsest:.3g} mm: how the activity lies within them is not known"
        found = replace(found, findings=(*found.findings, Finding("coarse-deposition-map", words)))
    if found.void.any():
        words = f"{np.count_nonzero(found.void)} voxels hold more holmium than can be measured: doses are lower bounds"
        found = replace(found, findings=(*found.findings, Finding("unquantifiable-holmium", words)))
    return found


def _require_after(acquired: datetime | None, injected: datetime) -> None:
    """Refuse an image from before the injection; a clock without a zone shows the time of the injection's."""
    zone = injected.tzinfo
    if acquired is not None and local_time(acquired, zone) < local_time(injected, zone):
        came = f"one of {local_time(acquired, zone).isoformat(sep=' ', timespec='seconds')} came"
        raise StudyFileError(f"an image after the injection at {injected.isoformat(sep=' ')}", came, "deposits")


def time_integrated(deposition: Deposition, injected: datetime, half_life_s: float) -> float:
    """Decays from the injection on for an activity at the moment of the map: what stays decays there. [s]"""
    elapsed = (deposition.at - injected).total_seconds()
    return float(2.0 ** (elapsed / half_life_s)) * half_life_s / _LN2


def _activity(stated: ActivityMap, images: PatientImages, folder: Path) -> Deposition:
    asked = EmissionSettings(series=stated.image, values="concentration")
    emission = load_emission(asked, images, folder, "deposits.image")
    values = np.asarray(emission.image.values, dtype=np.float64)
    return Deposition(
        grid=move_grid(emission.image.grid, emission.to_ct),
        concentration=values,
        noise=np.full(values.shape, stated.noise),
        void=np.zeros(values.shape, dtype=bool),
        scale={"calibration:activity-map": stated.relative_standard_uncertainty},
        at=stated.at,
        inputs=emission.inputs,
        findings=emission.findings,
    )


def _concentration(stated: ConcentrationMap, images: PatientImages, folder: Path, half_life_s: float) -> Deposition:
    path = folder / stated.image
    image = load_nifti_image(path, Quantity.ARBITRARY)
    per_mg = activity_per_mg_at(batch_of(stated.batch), stated.at, half_life_s)
    values = np.asarray(image.values, dtype=np.float64)
    return Deposition(
        grid=_in_ct(image, images),
        concentration=values * per_mg.value,
        noise=np.full(values.shape, stated.noise * _MG_PER_G * per_mg.value),
        void=np.zeros(values.shape, dtype=bool),
        scale={
            "calibration:holmium-map": stated.relative_standard_uncertainty,
            f"batch:{stated.batch.name}": per_mg.relative_standard_uncertainty,
        },
        at=stated.at,
        inputs=(path,),
    )


def _holmium(folder: Path, images: PatientImages) -> Deposition:
    document, source = _document(folder)
    names = ("activity_concentration", "holmium_noise", "holmium_lower_bound")
    paths = [folder / f"{name}.nii.gz" for name in names]
    loaded = [load_nifti_image(path, Quantity.ARBITRARY, may_lack_values=True) for path in paths]
    for path, image in zip(paths, loaded, strict=True):
        if not image.grid.same_geometry(loaded[0].grid):
            raise ReadError("maps on one grid", "another grid came", path.name)
    concentration, noise, bound = (np.asarray(image.values, dtype=np.float64) for image in loaded)
    try:
        per_mg = float(document["activity_per_mg_bq"]["value"])
        activity = document["whole"]["activity_bq"]
        whole, budget = float(activity["value"]), {str(k): float(v) for k, v in activity["budget"].items()}
        at = datetime.fromisoformat(document["at"])
        acquired = datetime.fromisoformat(document["acquired"]) if document.get("acquired") else None
        correlation = float(document.get("tissue", {}).get("noise_correlation", 1.0))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadError("a document of holmium-ct or holmium-mri", "a key is missing or wrong", source.name) from error
    if not whole > 0 or at.tzinfo is None:
        raise ScaleError("activity above zero at a moment with its zone", "that is not so", source.name)
    void = np.isfinite(bound)
    values = np.where(void, bound * per_mg, np.nan_to_num(concentration))
    return Deposition(
        grid=_in_ct(loaded[0], images),
        concentration=values,
        noise=np.nan_to_num(noise) * (per_mg * np.sqrt(correlation)) * ~void,
        void=void,
        scale={f"{kind}:holmium": abs(u) / whole for kind, u in budget.items() if kind != "noise"},
        at=at,
        inputs=(source, *paths),
        findings=_streaks(document),
        acquired=acquired,
    )


def _streaks(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What holmium by CT found dark."""
    dark = document.get("darker_than_tissue") or {}
    if not dark.get("finding"):
        return ()
    words = (
        f"{float(dark['share']):.1%} of the voxels are darker than tissue (streaks, gas or fat): doses are off there"
    )
    return (Finding(str(dark["finding"]), words),)


def _document(folder: Path) -> tuple[Mapping[str, Any], Path]:
    there = [folder / name for name in _DOCUMENTS if (folder / name).is_file()]
    if len(there) != 1:
        raise ReadError(f"one of {' and '.join(_DOCUMENTS)} in the folder", f"{len(there)} came", folder.name)
    try:
        document = json.loads(there[0].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError("a JSON document", "it cannot be read", there[0].name) from error
    if not isinstance(document, dict):
        raise ReadError("a JSON document", f"{type(document).__name__} came", there[0].name)
    return document, there[0]


def _in_ct(image: Image, images: PatientImages) -> Grid:
    settings: ImageSettings = images.settings
    frame = images.ct.grid.frame_of_reference
    to_ct = check_frames(settings, images.transforms, image.grid.frame_of_reference, frame, "deposits")
    return move_grid(image.grid, to_ct)
