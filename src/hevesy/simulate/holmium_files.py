"""The virtual liver with holmium as files: multi-echo MR before and after, masks, relaxivity, settings and truth."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Quantity
from hevesy.report import write_nifti
from hevesy.simulate.holmium import HolmiumLiver, holmium_echoes, holmium_liver, write_echoes_dicom

RELAXIVITY = 100.0
"""Of the phantom: a round number, no measured one. [ml/(mg s)]"""
_START = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - the scanner's local time
_MASKS = ("liver", "tumour", "cluster", "air")
_GIVEN = "2026-03-02T09:00:00+01:00"


def write_holmium_liver(folder: Path, *, snr: float = 60.0, seed: int = 1) -> Path:
    """Write everything that ``hevesy tare holmium-mri`` needs, and the truth to compare with.

    Parameters
    ----------
    folder
        Made if it is not there: ``before`` and ``after`` (DICOM), the same as NIfTI (``after_01.nii.gz`` ...), masks,
        ``relaxivity.csv``, ``holmium.yaml`` and ``truth.json``.
    snr
        Signal at echo time zero over the noise of a channel; a ratio.
    seed
        Of the noise.

    Returns
    -------
    The settings file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    liver = holmium_liver()
    for name, with_holmium in (("after", True), ("before", False)):
        echoes = holmium_echoes(liver, RELAXIVITY, with_holmium=with_holmium, snr=snr, seed=seed)
        write_echoes_dicom(echoes, folder / name, _START, seed)
        for number, volume in enumerate(echoes.magnitudes, start=1):
            write_nifti(Image(liver.grid, volume, Quantity.ARBITRARY), folder / f"{name}_{number:02d}.nii.gz")
    for name in _MASKS:
        write_mask(getattr(liver, name), liver.grid, folder / f"{name}.nii.gz")
    header = "field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source"
    (folder / "relaxivity.csv").write_text(f"{header}\n1.5,{RELAXIVITY},5,the phantom's own\n")
    (folder / "truth.json").write_text(json.dumps(_truth(liver), indent=2) + "\n")
    path = folder / "holmium.yaml"
    path.write_text(yaml.safe_dump(_settings(), sort_keys=False))
    return path


def write_mask(mask: NDArray[np.bool_], grid: Grid, path: Path) -> Path:
    """Write a mask as NIfTI. Shape ``(z, y, x)``."""
    return write_nifti(Image(grid, mask.astype(np.float32), Quantity.LABELS), path)


def _truth(liver: HolmiumLiver) -> dict[str, float]:
    """Mass of holmium in each part. [mg]"""
    parts = {name: getattr(liver, name) for name in ("liver", "tumour", "cluster")}
    volume = liver.grid.voxel_volume_ml
    return {f"{name}_mg": volume * float(liver.concentration_mg_per_ml[mask].sum()) for name, mask in parts.items()}


def _settings() -> dict[str, object]:
    return {
        "echoes": {"dicom": "after", "air": "air.nii.gz"},
        "region": "liver.nii.gz",
        "regions": {"tumour": "tumour.nii.gz"},
        "relaxivity": "relaxivity.csv",
        "baseline": {
            "method": "voxelwise",
            "echoes": {"dicom": "before", "air": "air.nii.gz"},
            "registered": True,
            "standard_uncertainty_per_s": 1.0,
        },
        "batch": {
            "name": "B1",
            "activity_per_mg": "10 MBq/mg",
            "relative_standard_uncertainty": "2 %",
            "time": _GIVEN,
        },
        "at": _GIVEN,
    }
