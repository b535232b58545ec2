"""A box liver as files: everything in it can be told by hand."""

import json
import math

import nibabel
import numpy as np
import yaml
from scipy import ndimage

STEP = 5.0
SHAPE = (30, 24, 24)
GIVEN_BQ, ELAPSED_S = 2e9, 79200.0
HALF_LIFE_S = {"Y-90": 230400.0, "Ho-166": 96458.4}
LIVER, T1, T2 = ((4, 14), (4, 20), (4, 20)), ((6, 11), (6, 11), (6, 11)), ((6, 10), (13, 17), (13, 17))
STOMACH = ((1, 5), (20, 23), (20, 23))
LUNG = ((17, 27), (4, 20), (4, 20))
CONCENTRATIONS = {"normal": 1.0, "T1": 5.0, "T2": 3.0, "lung": 0.1}
"""Relative, of activity by volume."""


def box(limits):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(low, high) for low, high in limits)] = True
    return mask


def regions():
    """Masks; two territories divide the liver in the middle of y."""
    liver, right = box(LIVER), box((LIVER[0], (4, 12), LIVER[2]))
    return {
        "Liver": liver, "T1": box(T1), "T2": box(T2), "Right": right, "Left": liver & ~right, "Lungs": box(LUNG), "Stomach": box(STOMACH),
    }  # fmt: skip


def truth():
    """Activity at the treatment in every voxel. [Bq]"""
    found = regions()
    relative = np.where(found["Liver"], CONCENTRATIONS["normal"], 0.0)
    relative[found["T1"]], relative[found["T2"]] = CONCENTRATIONS["T1"], CONCENTRATIONS["T2"]
    relative[found["Lungs"]] = CONCENTRATIONS["lung"]
    return GIVEN_BQ * relative / relative.sum()


def voxel_ml():
    return (STEP / 10.0) ** 3


def save(values, path):
    image = nibabel.Nifti1Image(np.asarray(values, dtype=np.float32).T.copy(), np.diag([-STEP, -STEP, STEP, 1.0]))
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


def blurred(values, fwhm_mm):
    if not fwhm_mm:
        return values
    sigma = math.sqrt((fwhm_mm / math.sqrt(8.0 * math.log(2.0)) / STEP) ** 2 - 1.0 / 12.0)
    return ndimage.gaussian_filter(values, sigma, mode="constant", truncate=6.0)


def write_case(folder, build, *, fwhm_mm=0.0, scale=1.0, more=None):
    """Write CT, regions along the edges of voxels, and PET; give the settings.

    ``scale`` is what the scanner's calibration gets wrong, ``more`` activity of other things. [Bq]
    """
    found = regions()
    save(np.full(SHAPE, 40.0), folder / "ct.nii.gz")
    activity = truth() if more is None else truth() + more
    left = 2.0 ** (-ELAPSED_S / HALF_LIFE_S["Y-90"])
    save(scale * left * blurred(activity, fwhm_mm) / voxel_ml(), folder / "pet.nii.gz")
    build.write(build.rtstruct({name: contours(mask) for name, mask in found.items()}), folder / "regions.dcm")
    return settings(fwhm_mm)


def contours(mask):
    """Along the edges of the voxels of a box."""
    rows, columns = np.flatnonzero(mask.any(axis=(0, 2))), np.flatnonzero(mask.any(axis=(0, 1)))
    y0, y1, x0, x1 = ((i + side) * STEP for i, side in zip((*ends(rows), *ends(columns)), (-0.5, 0.5) * 2, strict=True))
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    planes = np.flatnonzero(mask.any(axis=(1, 2)))
    return [np.column_stack([corners, np.full(4, k * STEP)]) for k in planes]


def ends(found):
    return found[0], found[-1]


def settings(fwhm_mm=0.0):
    recovery = {"method": "none", "reason": "nothing is blurred"}
    if fwhm_mm:
        recovery = {
            "method": "shape", "fwhm": f"{fwhm_mm} mm", "standard_uncertainty": "0.3 mm", "source": "test",
            "model_relative_standard_uncertainty": {"organ": "1 %", "lesion": "2 %"},
        }  # fmt: skip
    return {
        "schema": 1, "label": "box", "product": "TheraSphere",
        "treatment": {
            "at": "2026-03-04T10:00:00+01:00",
            "assayed": {"activity": "2.1 GBq", "at": "2026-03-04T10:00:00+01:00"},
            "residual": {"activity": "0.1 GBq", "at": "2026-03-04T10:00:00+01:00"},
            "relative_standard_uncertainty": "3 %",
        },
        "images": {
            "ct": "ct.nii.gz", "regions": "regions.dcm", "liver": "Liver", "lungs": ["Lungs"],
            "registration": "same-frame", "boundary_standard_uncertainty": "0.5 mm",
        },
        "tumours": ["T1", "T2"],
        "territories": [{"position": "right", "region": "Right"}, {"position": "left", "region": "Left"}],
        "density": {
            "liver": {"value": "1.05 g/ml", "relative_standard_uncertainty": "1 %"},
            "lungs": {"value": "0.3 g/ml", "relative_standard_uncertainty": "10 %"},
        },
        "therapy": {
            "modality": "y90-pet", "series": "pet.nii.gz", "start": "2026-03-05T08:00:00+01:00",
            "positron_fraction": 3.186e-5,
            "absolute": {"method": "file", "relative_standard_uncertainty": "4 %", "source": "test"},
            "summed": "field-of-view", "outside": {"value": 0.0, "standard_uncertainty": 0.01},
            "recovery": recovery,
        },
        "scout": "none",
        "deposition_search": {
            "physiological": [], "smallest_share": 0.002, "false_positives": 0.01, "fwhm": f"{fwhm_mm or 5.0} mm",
        },
        "engine": "local", "dose_levels": ["50 Gy"],
    }  # fmt: skip


def write_settings(folder, content, name="verify.yaml"):
    path = folder / name
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def write_plan_json(folder, doses_gy, activity_gbq=2.0, energy=49.67):
    """A plan with one row, as ``hevesy tare plan`` writes it."""
    rows = {key: {"value": value, "standard_uncertainty": 0.1 * value} for key, value in doses_gy.items()}
    product = {
        "product": "TheraSphere", "refused": None, "inverse": {}, "dose_factor": {"j_per_gbq": energy},
        "models": {"partition": {"activity_delivered_gbq": activity_gbq, "absorbed_dose_gy": rows}},
        "voxel": {"dose_map": {"file": "dose_therasphere.nii.gz", "activity_delivered_gbq": activity_gbq}},
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps({"products": [product]}), encoding="utf-8")
