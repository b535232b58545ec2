"""Verification from a holmium map by MRI: voids count with the least they hold, and are told."""

import json
import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, nuclide
from hevesy.workflow.tare import verified

from .tare_verify_case import ELAPSED_S, regions, save, truth, voxel_ml, write_case, write_settings

HALF_LIFE_S = nuclide("Ho-166").half_life_s
START = "2026-03-05T08:00:00+01:00"


@pytest.fixture
def case(build, tmp_path):
    """The box liver as ``hevesy tare holmium-mri`` would leave it; half of a tumour is a void of which a third is known."""
    content = write_case(tmp_path, build)
    activity = np.where(regions()["Liver"], truth(), 0.0) * 2.0 ** (-ELAPSED_S / HALF_LIFE_S)
    void = regions()["T1"] & (np.arange(truth().shape[0])[:, None, None] < 8)
    known = np.where(void, activity / 3.0, activity)
    (tmp_path / "mri").mkdir()
    save(np.where(void, np.nan, activity / voxel_ml()), tmp_path / "mri" / "activity_concentration.nii.gz")
    save(known * HALF_LIFE_S / math.log(2.0), tmp_path / "mri" / "time_integrated_activity.nii.gz")
    (tmp_path / "mri" / "holmium_mri.json").write_text(json.dumps({"at": START}), encoding="utf-8")
    content |= {"product": "QuiremSpheres", "deposition_search": "not-searched"}
    content["images"]["lungs"] = []
    del content["density"]["lungs"]
    del content["therapy"]["positron_fraction"]
    content["therapy"] |= {
        "modality": "ho166-mri", "series": "mri",
        "outside": {"value": 0.05, "standard_uncertainty": 0.01},
        "absolute": {"method": "file", "relative_standard_uncertainty": "8 %", "source": "batch"},
    }  # fmt: skip
    return tmp_path, content, void


def test_voids_are_at_their_least_and_told(case):
    folder, content, void = case
    document = verified(write_settings(folder, content)).document
    tumour = regions()["T1"]
    seen = np.where(void, truth() / 3.0, truth())
    expected = seen[tumour].sum() * decay_dose_factor("Ho-166").value / (tumour.sum() * voxel_ml() * 1.05e-3)
    dose = document["volumes"]["tumour:T1"]["absolute"]["absorbed_dose_gy"]
    assert dose["value"] == pytest.approx(expected, rel=5e-3)
    words = next(one["message"] for one in document["findings"] if one["code"] == "signal-voids")
    assert f"{void.sum() * voxel_ml():.3g} ml hold more" in words
    lost = float((truth() - seen)[regions()["Liver"]].sum() / truth().sum())
    expected = (truth()[regions()["Liver"]].sum() / truth().sum() - lost) / 0.95
    assert document["scales"]["absolute_over_self"]["value"] == pytest.approx(expected, rel=5e-3)


def test_the_moment_of_the_map_counts(case):
    folder, content, _ = case
    content["therapy"]["start"] = "2026-03-05T09:00:00+01:00"
    with pytest.raises(InputError, match="the moment of the map"):
        verified(write_settings(folder, content))


def test_another_folder_is_refused(case):
    folder, content, _ = case
    (folder / "mri" / "holmium_mri.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="holmium-mri"):
        verified(write_settings(folder, content))
    (folder / "mri" / "holmium_mri.json").unlink()
    with pytest.raises(InputError, match="it cannot be read"):
        verified(write_settings(folder, content))
