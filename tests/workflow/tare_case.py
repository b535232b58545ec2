"""A liver of boxes: two territories with a tumour each, lungs, a stomach, and a scout that is even in every compartment."""

import copy
from pathlib import Path

import nibabel
import numpy as np
import yaml
from scipy import ndimage

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tare-one-patient" / "plan.yaml"
SHAPE, STEP = (44, 40, 48), 5.0
BOXES = {
    "Liver": (slice(8, 26), slice(10, 30), slice(8, 34)),
    "Territory_right": (slice(8, 26), slice(10, 30), slice(8, 20)),
    "Territory_middle": (slice(8, 26), slice(10, 30), slice(20, 30)),
    "T1": (slice(12, 20), slice(14, 24), slice(10, 17)),
    "T2": (slice(14, 19), slice(16, 21), slice(22, 27)),
    "Lungs": (slice(30, 42), slice(8, 32), slice(6, 42)),
    "Stomach": (slice(10, 16), slice(24, 30), slice(38, 44)),
}
RATIOS, SHUNT = {"T1": 4.0, "T2": 3.0}, 0.06


def mask(name):
    found = np.zeros(SHAPE, dtype=bool)
    found[BOXES[name]] = True
    return found


def ml(name):
    return mask(name).sum() * STEP**3 / 1000.0


def scout(deposit=0.0, ratios=RATIOS, shunt=SHUNT):
    """Even in every compartment; the second territory gets half the concentration of the first."""
    image = mask("Territory_right") * 1000.0 + mask("Territory_middle") * 500.0
    for name, ratio in ratios.items():
        image[mask(name)] *= ratio
    liver = image.sum()
    image += mask("Lungs") * (shunt / (1.0 - shunt) * liver / mask("Lungs").sum())
    image[BOXES["Stomach"]] += deposit * liver / mask("Stomach").sum()
    return image


def save(values, path):
    image = nibabel.Nifti1Image(np.asarray(values, dtype=np.float32).T.copy(), np.diag([-STEP, -STEP, STEP, 1.0]))
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


def blurred(image, fwhm_mm):
    """As a scanner of this resolution shows it, the width of the voxels in it."""
    return ndimage.gaussian_filter(image, np.sqrt((fwhm_mm / 2.3548 / STEP) ** 2 - 1.0 / 12.0))


def labels(boxes):
    """A label for every combination of regions."""
    names = {}
    codes = np.zeros(SHAPE, dtype=np.int64)
    for bit, (name, box) in enumerate(boxes.items()):
        codes[box] += 1 << bit
        names[bit] = name
    values = {int(code): [name for bit, name in names.items() if code >> bit & 1] for code in np.unique(codes) if code}
    number = {code: place for place, code in enumerate(values, start=1)}
    image = np.zeros(SHAPE)
    for code, place in number.items():
        image[codes == code] = place
    return image, {place: values[code] for code, place in number.items()}


def write_case(folder, image=None, boxes=BOXES, change=None):
    """Images and a plan that takes everything from them."""
    ct = np.full(SHAPE, 30.0)
    ct[mask("Lungs")] = -700.0
    label_image, names = labels(boxes)
    save(ct, folder / "ct.nii.gz")
    save(label_image, folder / "labels.nii.gz")
    save(scout() if image is None else image, folder / "scout.nii.gz")
    content = plan_content(names)
    if change is not None:
        change(content)
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def plan_content(names):
    content = copy.deepcopy(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    measured = {"volume": "from-images", "relative_standard_uncertainty": "from-images"}
    content["models"] = ["partition", "voxel"]
    content["images"] = {
        "ct": "ct.nii.gz", "regions": "labels.nii.gz", "labels": names, "liver": "Liver", "lungs": ["Lungs"],
        "registration": "same-frame", "boundary_standard_uncertainty": "1 mm",
        "registration_standard_uncertainty": "0 mm", "ct_curve": "schneider-2000",
        "scouts": [{"series": "scout.nii.gz", "values": "relative", "positions": ["right", "middle"]}],
        "resolution": {"fwhm": "5 mm", "standard_uncertainty": "0.5 mm", "partial_volume": "as-imaged"},
        "deposition_search": {"physiological": [], "smallest_share": 0.002, "false_positives": 0.05},
        "dose_engine": "local",
    }  # fmt: skip
    content["liver"].update(measured)
    content["tumours"] = [{"name": name, **measured} for name in ("T1", "T2")]
    content["territories"] = [
        {
            "position": position, "region": f"Territory_{position}", "session": "first", "activity_share": share,
            "perfused": dict(measured), "tumours": "from-images",
        }
        for position, share in (("right", 0.7), ("middle", 0.3))
    ]  # fmt: skip
    content["lung"] = {
        "method": "spect-ct", "shunt": "from-images", "shunt_standard_uncertainty": "from-images",
        "mass": "from-images", "mass_relative_standard_uncertainty": 0.1,
    }  # fmt: skip
    content["sampling"]["samples"] = 2000
    return content
