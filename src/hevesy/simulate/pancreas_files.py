"""The virtual tumour of the pancreas as files: CT and regions as DICOM, calibration, settings and truth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydicom import Dataset

from hevesy.domain import Contour, Grid, Roi, RoiSet
from hevesy.errors import InputError
from hevesy.simulate.dicom_base import Series, Subject, write
from hevesy.simulate.folder import new_folder
from hevesy.simulate.pancreas import LARGEST_HU, SLOPE, SOLIDS, TUMOUR, Ellipsoid, InjectedPancreas, injected_pancreas
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid
from hevesy.simulate.slices import Slice, ct_slice

INJECTION_THERAPY = "intratumoural-ho166"
SPECIFIC_BQ_PER_MG = 10e6
"""Activity of the batch by mass of holmium, at the injection. [Bq/mg]"""
_INJECTED = "2026-03-02T10:00:00+01:00"
_SCANNED = datetime(2026, 3, 2, 10, 20)  # noqa: DTZ001 - the scanner's local time
_EXAMPLE = "example, no published figure"
_VERTICES = 72


def simulate_injection(out: Path, seed: int) -> None:
    """The virtual tumour of the pancreas in a new or empty folder; the same seed gives the same bytes.

    Parameters
    ----------
    out
        The folder; it appears only when it is complete.
    seed
        Of noise and unevenness.

    Raises
    ------
    InputError
        If the seed is negative or the folder holds something already.
    OutputError
        If the folder cannot be written.
    """
    if seed < 0:
        raise InputError("a seed of 0 or more", f"{seed} came", "--seed")
    with new_folder(out) as temporary:
        write_injected_pancreas(temporary, seed=seed)


def write_injected_pancreas(folder: Path, *, seed: int = 1, noise_hu: float = 12.0, streak_hu: float = 0.0) -> Path:
    """Write everything that ``hevesy tare holmium-ct`` and then ``tare intratumoural`` need, and the truth.

    Parameters
    ----------
    folder
        Made if it is not there: ``dicom/ct``, ``dicom/rtstruct``, ``calibration.csv``, ``holmium_ct.yaml``,
        ``intratumoural.yaml`` and ``truth.json``.
    seed
        Of noise and unevenness.
    noise_hu, streak_hu
        Of the CT. [HU]

    Returns
    -------
    The settings of ``holmium-ct``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frame = uid(seed, "pancreas", "frame")
    made = injected_pancreas(noise_hu=noise_hu, streak_hu=streak_hu, seed=seed, frame=frame)
    _write_dicom(made, folder / "dicom", seed)
    rows = "\n".join(f"120,{c},{SLOPE * c:g},3" for c in (0, 10, 20, 40, 80))
    header = "tube_voltage_kv,concentration_mg_per_ml,ct_number_hu,standard_uncertainty_hu"
    (folder / "calibration.csv").write_text(f"{header}\n{rows}\n")
    (folder / "truth.json").write_text(json.dumps(_truth(made), indent=2) + "\n")
    (folder / "intratumoural.yaml").write_text(yaml.safe_dump(intratumoural_settings(), sort_keys=False))
    path = folder / "holmium_ct.yaml"
    path.write_text(yaml.safe_dump(_holmium_settings(), sort_keys=False))
    return path


def intratumoural_settings() -> dict[str, Any]:
    """Settings of ``hevesy tare intratumoural`` for the files of :func:`write_injected_pancreas`."""
    return {
        "schema": 1,
        "label": "Virtual pancreatic tumour",
        "nuclide": "Ho-166",
        "images": {"ct": "dicom/ct", "regions": "dicom/rtstruct/rtstruct.dcm", "registration": "same-frame"},
        "tumour": "Tumour",
        "organs": [
            {
                "name": "Duodenum",
                "limits": [
                    {
                        "measure": "hottest",
                        "volume": "0.1 ml",
                        "dose": "40 Gy",
                        "source": _EXAMPLE,
                    },
                    {"measure": "mean", "dose": "10 Gy", "source": _EXAMPLE},
                ],
            }
        ],
        "deposits": {"method": "holmium", "folder": "holmium"},
        "injected": _INJECTED,
        "voxel": "1 mm",
        "matter": {"method": "stated", "density": "1.04 g/ml"},
        "engine": {"name": "kernel"},
        "prescribed": {"dose": "100 Gy", "coverage": "90 %", "source": _EXAMPLE},
        "uncertainty": {"position": "0.5 mm", "boundary": "0.5 mm", "samples": 200, "seed": 1},
        "add": {
            "deposits": 3,
            "volume": "0.3 ml",
            "largest_activity": "600 MBq",
            "margin_to_surface": "1 mm",
            "margin_to_organs": "4 mm",
            "leakage": "5 %",
            "placement": "1 mm",
            "activity_relative_standard_uncertainty": "5 %",
        },
    }


def _write_dicom(made: InjectedPancreas, folder: Path, seed: int) -> None:
    from hevesy.report.dicom import write_structure_set

    study, series_uid = uid(seed, "pancreas", "study"), uid(seed, "pancreas", "ct")
    subject = Subject("Simulated^Pancreas", "SIM-PANCREAS", "19500101", "O", None)
    series = Series(
        subject, Scanner(model="Virtual CT", collimator=""), study, series_uid, str(made.grid.frame_of_reference),
        _SCANNED, _SCANNED, 1, "CT", "Holmium pancreas",
    )  # fmt: skip
    headers: list[Dataset] = []
    for k, plane in enumerate(made.ct_numbers_hu):
        place = Slice(k, k + 1, uid(seed, "pancreas", "ct", k))
        ds = ct_slice(np.rint(plane).astype(np.int16), made.grid, series, place)
        write(ds, folder / "ct" / f"ct_{k:03d}.dcm")
        headers.append(ds)
    uids = [str(header.SOPInstanceUID) for header in headers]
    rois = tuple(_roi(n, name, solid, made.grid, uids) for n, (name, solid) in enumerate(SOLIDS.items(), start=1))
    drawn = RoiSet(rois, made.grid.frame_of_reference, "simulated regions", (series_uid,))
    write_structure_set(drawn, headers, folder / "rtstruct" / "rtstruct.dcm", label="Simulated regions")


def _roi(number: int, name: str, solid: Ellipsoid, grid: Grid, uids: list[str]) -> Roi:
    """An ellipse on every slice that the solid reaches, of the ellipse's own area."""
    angle = 2.0 * np.pi * np.arange(_VERTICES) / _VERTICES
    swelling = np.sqrt(2.0 * np.pi / (_VERTICES * np.sin(2.0 * np.pi / _VERTICES)))
    contours = []
    for k, slice_uid in enumerate(uids):
        z = grid.origin_mm[2] + k * grid.spacing_mm[2]
        left = 1.0 - ((z - solid.centre_mm[2]) / solid.half_axes_mm[2]) ** 2
        if left <= 1e-3:
            continue
        size = np.sqrt(left) * swelling
        x = solid.centre_mm[0] + size * solid.half_axes_mm[0] * np.cos(angle)
        y = solid.centre_mm[1] + size * solid.half_axes_mm[1] * np.sin(angle)
        contours.append(Contour(np.column_stack([x, y, np.full(_VERTICES, z)]), slice_uid))
    return Roi(number, name, tuple(contours), attributes={"interpreted_type": "ORGAN"})


def _holmium_settings() -> dict[str, Any]:
    return {
        "ct": "dicom/ct",
        "structures": "dicom/rtstruct/rtstruct.dcm",
        "region": "Near",
        "regions": {"tumour": "Tumour"},
        "tissue": "Tissue",
        "calibration": "calibration.csv",
        "count": "all",
        "largest_hu": LARGEST_HU,
        "batch": {
            "name": "B1",
            "activity_per_mg": f"{SPECIFIC_BQ_PER_MG / 1e6:g} MBq/mg",
            "relative_standard_uncertainty": "3 %",
            "time": _INJECTED,
        },
        "at": _INJECTED,
    }


def _truth(made: InjectedPancreas) -> Mapping[str, float]:
    mass = float(made.concentration_mg_per_ml.sum()) * made.grid.voxel_volume_ml
    return {
        "holmium_mg": mass,
        "activity_bq": mass * SPECIFIC_BQ_PER_MG,
        "largest_concentration_mg_per_ml": float(made.concentration_mg_per_ml.max()),
        "tumour_ml": float(4.0 / 3.0 * np.pi * np.prod(TUMOUR.half_axes_mm)) / 1000.0,
    }
