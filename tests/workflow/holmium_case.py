"""A virtual liver with holmium as files, and settings for it."""

from datetime import UTC, datetime

import numpy as np
import yaml

from hevesy.domain import Image, Quantity
from hevesy.report import write_nifti
from hevesy.simulate.holmium import holmium_echoes, holmium_liver, write_echoes_dicom

RELAXIVITY = 100.0
SPECIFIC_BQ_PER_MG = 10e6


def write_mask(grid, mask, path):
    write_nifti(Image(grid, mask.astype(np.float32), Quantity.LABELS), path)


def write_case(folder, **options):
    """Files of the case; returns the truth and the settings."""
    liver = holmium_liver()
    for name, with_holmium in (("after", True), ("before", False)):
        echoes = holmium_echoes(liver, RELAXIVITY, with_holmium=with_holmium, **options)
        write_echoes_dicom(echoes, folder / name, datetime(2026, 3, 2, 10, tzinfo=UTC).replace(tzinfo=None))
        for number, volume in enumerate(echoes.magnitudes, start=1):
            write_nifti(Image(liver.grid, volume, Quantity.ARBITRARY), folder / f"{name}_{number}.nii.gz")
    for name in ("liver", "tumour", "cluster", "air"):
        write_mask(liver.grid, getattr(liver, name), folder / f"{name}.nii.gz")
    header = "field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source"
    (folder / "relaxivity.csv").write_text(f"{header}\n1.5,{RELAXIVITY},5,virtual gel\n")
    return liver, settings()


def settings():
    return {
        "echoes": {"dicom": "after", "air": "air.nii.gz"},
        "region": "liver.nii.gz",
        "regions": {"tumour": "tumour.nii.gz"},
        "relaxivity": "relaxivity.csv",
        "baseline": {"method": "voxelwise", "echoes": {"dicom": "before", "air": "air.nii.gz"},
                     "standard_uncertainty_per_s": 1.0, "registered": True},
        "batch": {"name": "B1", "activity_per_mg": "10 MBq/mg", "relative_standard_uncertainty": "2 %",
                  "time": "2026-03-02T09:00:00+01:00"},
        "at": "2026-03-02T09:00:00+01:00",
    }  # fmt: skip


def write_settings(folder, content, name="holmium.yaml"):
    (folder / name).write_text(yaml.safe_dump(content))
    return folder / name
