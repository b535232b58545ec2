"""A virtual liver treated in fractions: multi-echo MR before and after each, regions, readings and the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from hevesy.domain import Image, Quantity
from hevesy.physdata import nuclide
from hevesy.report import write_nifti
from hevesy.simulate.holmium import HolmiumLiver, holmium_echoes, holmium_liver, write_echoes_dicom
from hevesy.simulate.holmium_files import RELAXIVITY

SHARES = (0.1, 0.3, 0.3, 0.3)
"""Of the activity, in four fractions as in EMERITUS-1 (doi:10.1007/s00259-022-05902-w)."""
_INJECTED = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
_APART = timedelta(minutes=25)
_IMAGE_AFTER, _READ_AFTER = timedelta(minutes=5), timedelta(minutes=10)
_SPECIFIC_BQ_PER_MG, _RESIDUAL = 5e6, 0.04
_TREATED_FROM, _NOISE = -0.2, 10.0
_LABELS = {1: "Liver", 2: "T1", 3: "Territory_right"}


@dataclass(frozen=True)
class FractionedLiver:
    """The truth."""

    liver: HolmiumLiver
    """With the holmium of all fractions; none outside the treated part."""
    treated: NDArray[np.bool_]
    """Shape ``(z, y, x)``."""


def fractioned_liver(shape: tuple[int, int, int] = (12, 48, 48), *, void: bool = True) -> FractionedLiver:
    """A liver of which 63 % is treated: 0.5 mg/ml, a tumour with 3 mg/ml, and 40 mg/ml in its middle if asked for."""
    liver = holmium_liver(shape)
    x = np.broadcast_to(2.0 * np.arange(shape[2]) / (shape[2] - 1.0) - 1.0, shape)
    treated = liver.liver & (x > _TREATED_FROM)
    holmium = np.where(treated, np.where(liver.tumour, 3.0, 0.5), 0.0)
    middle = _middle(liver)
    if void:
        holmium[middle] = 40.0
    return FractionedLiver(replace(liver, concentration_mg_per_ml=holmium, cluster=middle & void), treated)


def _middle(liver: HolmiumLiver) -> NDArray[np.bool_]:
    """The four voxels or so in the middle of the tumour."""
    centre = np.argwhere(liver.tumour).mean(axis=0)
    spacing = np.array(liver.grid.spacing_mm[::-1])
    places = np.stack(np.meshgrid(*(np.arange(n) for n in liver.grid.shape), indexing="ij"), axis=-1)
    near: NDArray[np.bool_] = np.linalg.norm((places - centre) * spacing, axis=-1) < 4.0
    return near & liver.tumour


def write_holmium_fractions(
    folder: Path, truth: FractionedLiver, *, n_fractions: int = 4, n_echoes: int = 10, seed: int = 1, snr: float = 60.0
) -> Path:
    """Write images, regions, readings and truth of the first fractions.

    Parameters
    ----------
    folder
        Made if it is not there: ``before``, ``mr_1`` ... (DICOM), ``regions.nii.gz``, ``relaxivity.csv``, ``live.yaml``
        and ``truth.json`` (masses in mg, activities in GBq at their injections, doses in Gy by 15.85 J/GBq).
    truth
        The liver.
    n_fractions
        Of four with 10, 30, 30 and 30 % of the holmium.
    n_echoes
        From 1.2 ms on, 1.3 ms apart.
    seed
        Of the noise.
    snr
        Signal at echo time zero over the noise of a channel; a ratio.

    Returns
    -------
    The file of the treatment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    liver = truth.liver
    noise: dict[str, Any] = {"snr": snr, "seed": seed}
    before = holmium_echoes(liver, RELAXIVITY, with_holmium=False, n_echoes=n_echoes, **noise)
    write_echoes_dicom(before, folder / "before", _local(_INJECTED - _APART), seed)
    for number in range(1, n_fractions + 1):
        part = replace(liver, concentration_mg_per_ml=sum(SHARES[:number]) * liver.concentration_mg_per_ml)
        echoes = holmium_echoes(
            part, RELAXIVITY, with_holmium=True, n_echoes=n_echoes, **noise | {"seed": seed + number}
        )
        start = _local(_INJECTED + (number - 1) * _APART + _IMAGE_AFTER)
        write_echoes_dicom(echoes, folder / f"mr_{number}", start, seed + number)
    labels = np.select([liver.tumour, truth.treated, liver.liver], [2, 3, 1], 0).astype(np.int16)
    write_nifti(Image(liver.grid, labels, Quantity.LABELS), folder / "labels.nii.gz")
    header = "field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source"
    (folder / "relaxivity.csv").write_text(f"{header}\n1.5,{RELAXIVITY},5,the phantom's own\n")
    (folder / "truth.json").write_text(json.dumps(_truth(truth, n_fractions), indent=2) + "\n")
    path = folder / "live.yaml"
    path.write_text(yaml.safe_dump(live_settings(truth, n_fractions), sort_keys=False))
    return path


def live_settings(truth: FractionedLiver, n_fractions: int) -> dict[str, Any]:
    """The file of the treatment: a limit of 60 Gy outside a trial, a risk of 5 %."""
    return {
        "schema": 1,
        "label": "Virtual liver with holmium in fractions",
        "product": "QuiremSpheres",
        "dose_factor": "published",
        "images": {
            "regions": "labels.nii.gz",
            "labels": dict(_LABELS),
            "liver": "Liver",
            "registration": "same-frame",
        },
        "tumours": ["T1"],
        "treated": ["Territory_right"],
        "density": "1.06 g/ml",
        "volume_relative_standard_uncertainty": {"healthy": "5 %", "tumours": {"T1": "8 %"}},
        "limit": {"healthy_liver_dose": "60 Gy", "treated_share_at_most": "2/3", "risk": "5 %", "trial": "none"},
        "largest_unaccounted": "30 %",
        "earlier": "none",
        "meter": {"name": "M1", "relative_standard_uncertainty": "3 %"},
        "batches": [
            {
                "name": "B1",
                "activity_per_mg": f"{_SPECIFIC_BQ_PER_MG / 1e6:g} MBq/mg",
                "relative_standard_uncertainty": "3 %",
                "time": _INJECTED.isoformat(),
            }
        ],
        "mri": {
            "relaxivity": "relaxivity.csv",
            "baseline": {
                "method": "voxelwise",
                "echoes": {"dicom": "before", "noise": _NOISE},
                "registered": True,
                "standard_uncertainty_per_s": 1.0,
            },
        },
        "fractions": [_fraction(truth, number) for number in range(1, n_fractions + 1)],
        "sampling": {"samples": 10000, "seed": 1},
    }


def _fraction(truth: FractionedLiver, number: int) -> dict[str, Any]:
    injected = _INJECTED + (number - 1) * _APART
    net = _delivered_bq(truth, number)
    left = _RESIDUAL / (1.0 - _RESIDUAL) * net
    read = injected + _READ_AFTER
    return {
        "name": f"F{number}",
        "batch": "B1",
        "injected": injected.isoformat(),
        "given": {"activity": f"{(net + left) / 1e6:.6f} MBq", "at": injected.isoformat()},
        "residual": {
            "activity": f"{left * _decayed(read - injected) / 1e6:.6f} MBq",
            "at": read.isoformat(),
            "relative_standard_uncertainty": "10 %",
        },
        "echoes": {"dicom": f"mr_{number}", "noise": _NOISE},
    }


def _delivered_bq(truth: FractionedLiver, number: int) -> float:
    """At its injection. [Bq]"""
    liver = truth.liver
    mass = liver.grid.voxel_volume_ml * float(liver.concentration_mg_per_ml.sum())
    return SHARES[number - 1] * mass * _SPECIFIC_BQ_PER_MG * _decayed((number - 1) * _APART)


def _truth(truth: FractionedLiver, n_fractions: int) -> dict[str, Any]:
    liver, volume = truth.liver, truth.liver.grid.voxel_volume_ml
    healthy = truth.treated & ~liver.tumour
    parts = {"healthy": healthy, "T1": liver.tumour, "void": liver.cluster}
    holmium = {name: volume * float(liver.concentration_mg_per_ml[mask].sum()) for name, mask in parts.items()}
    per_mg = _SPECIFIC_BQ_PER_MG * sum(SHARES[n] * _decayed(n * _APART) for n in range(n_fractions))
    activity = {name: mass * per_mg * 1e-9 for name, mass in holmium.items()}
    mass_kg = {name: volume * 1.06e-3 * int(np.count_nonzero(mask)) for name, mask in parts.items()}
    return {
        "holmium_mg": {name: sum(SHARES[:n_fractions]) * mass for name, mass in holmium.items()},
        "activity_gbq": activity,
        "absorbed_dose_gy": {name: 15.85 * activity[name] / mass_kg[name] for name in parts if mass_kg[name] > 0},
        "delivered_gbq": [1e-9 * _delivered_bq(truth, n) for n in range(1, n_fractions + 1)],
    }


def _decayed(elapsed: timedelta) -> float:
    return float(2.0 ** (-elapsed.total_seconds() / nuclide("Ho-166").half_life_s))


def _local(moment: datetime) -> datetime:
    """As the scanner's clock shows it."""
    return moment.replace(tzinfo=None)
