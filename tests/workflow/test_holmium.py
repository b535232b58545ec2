"""Holmium by MRI and by CT, from files to activity, against the truth of a virtual liver."""

import importlib.util
import json
from datetime import datetime
from pathlib import Path

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner
from scipy.spatial.transform import Rotation

from hevesy.cli.app import app
from hevesy.domain import Image, Quantity, RigidTransform
from hevesy.errors import HevesyError, InputError, OutputError
from hevesy.report import write_nifti
from hevesy.simulate.dicom_base import Series, Subject, write
from hevesy.simulate.holmium import holmium_ct_numbers, holmium_echoes, holmium_liver, write_echoes_dicom
from hevesy.simulate.holmium_files import RELAXIVITY, write_mask
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.slices import Slice, ct_slice
from hevesy.workflow.holmium_ct import holmium_ct
from hevesy.workflow.holmium_mri import holmium_mri

spec = importlib.util.spec_from_file_location("holmium_case", Path(__file__).with_name("holmium_case.py"))
case = importlib.util.module_from_spec(spec)
spec.loader.exec_module(case)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder, truth, settings, document."""
    folder = tmp_path_factory.mktemp("holmium")
    liver, settings = case.write_case(folder)
    document = holmium_mri(case.write_settings(folder, settings), folder / "out")
    return folder, liver, settings, document


def mass_mg(liver, mask):
    return liver.grid.voxel_volume_ml * liver.concentration_mg_per_ml[mask].sum()


def again(made, tmp_path, **changes):
    folder, _, settings, _ = made
    path = case.write_settings(folder, settings | changes, f"{tmp_path.name}.yaml")
    return holmium_mri(path, tmp_path / "out")


def test_masses_are_those_of_the_phantom(made):
    """Within 1 %, and within two standard uncertainties of noise and baseline; the relaxivity is the phantom's own."""
    _, liver, _, document = made
    whole, tumour = document["whole"]["holmium_mg"], document["regions"]["tumour"]["holmium_mg"]
    assert whole["value"] == pytest.approx(mass_mg(liver, liver.liver & ~liver.cluster), rel=0.01)
    assert tumour["value"] == pytest.approx(mass_mg(liver, liver.tumour), rel=0.01)
    assert set(whole["budget"]) == {"relaxivity", "baseline", "noise"}
    assert document["whole"]["activity_bq"]["value"] == pytest.approx(whole["value"] * case.SPECIFIC_BQ_PER_MG)


def test_the_cluster_is_unquantifiable_with_a_bound_and_not_zero(made):
    folder, liver, _, document = made
    whole = document["whole"]
    assert whole["unquantifiable_ml"] == pytest.approx(liver.cluster.sum() * liver.grid.voxel_volume_ml)
    assert 0 < whole["holmium_in_voids_at_least_mg"] < mass_mg(liver, liver.cluster)
    status = np.asarray(nibabel.load(folder / "out" / "status.nii.gz").dataobj).T
    concentration = np.asarray(nibabel.load(folder / "out" / "holmium_concentration.nii.gz").dataobj).T
    decays = np.asarray(nibabel.load(folder / "out" / "time_integrated_activity.nii.gz").dataobj).T
    assert (status[liver.cluster] == 10).all()
    assert np.isnan(concentration[liver.cluster]).all()
    assert (decays[liver.cluster] > 0).all()


def test_decays_are_activity_by_the_mean_life(made):
    _, _, _, document = made
    whole = document["whole"]
    activity = whole["activity_bq"]["value"] + whole["activity_in_voids_at_least_bq"]
    life_s = document["time_integrated_activity_bq_s"] / (activity + document["set_to_zero_bq"])
    assert life_s * np.log(2) / 3600 == pytest.approx(26.8, rel=0.01)


def test_a_mean_baseline_is_wrong_where_the_liver_is_uneven(made, tmp_path):
    """The phantom's baseline rises from one side to the other: the total is right, the voxels are not."""
    _, liver, _, document = made
    mean = {"method": "mean", "r2star_per_s": 40.0, "standard_uncertainty_per_s": 2.0, "source": "phantom"}
    other = again(made, tmp_path, baseline=mean)
    assert other["whole"]["holmium_mg"]["value"] == pytest.approx(document["whole"]["holmium_mg"]["value"], rel=0.02)
    tumour = other["regions"]["tumour"]["holmium_mg"]["value"]
    assert tumour - mass_mg(liver, liver.tumour) == pytest.approx(
        liver.grid.voxel_volume_ml * (liver.baseline_per_s[liver.tumour] - 40.0).sum() / RELAXIVITY, rel=0.25
    )


def test_a_displaced_baseline_is_registered(made, tmp_path):
    """Moved by 5 mm and 2 degrees: the tumour within 2 %, where the same baseline unregistered loses more of the liver."""
    folder, liver, _, document = made
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("z", 2.0, degrees=True).as_matrix()
    matrix[:3, 3] = (3.0, -4.0, 1.0)
    moved = holmium_liver(liver.grid.shape, RigidTransform.from_array(matrix))
    echoes = holmium_echoes(moved, RELAXIVITY, with_holmium=False, seed=7, n_echoes=5)
    write_echoes_dicom(echoes, folder / "moved", datetime(2026, 3, 2, 9))  # noqa: DTZ001 - the scanner's local time
    baseline = {"method": "voxelwise", "echoes": {"dicom": "moved", "noise": 10.0}, "standard_uncertainty_per_s": 1.0}
    found, plain = (
        again(made, tmp_path / name, baseline=baseline | {"registered": said}) for name, said in
        (("rigid", "rigid"), ("true", True))
    )  # fmt: skip
    registration = found["baseline"]["registration"]
    assert registration["correlation_after"] > registration["correlation_before"]
    assert registration["translation_mm"] == pytest.approx(np.sqrt(26.0), abs=1.0)
    tumour = found["regions"]["tumour"]["holmium_mg"]["value"]
    assert tumour == pytest.approx(mass_mg(liver, liver.tumour), rel=0.02)
    lost = [one["whole"]["unquantifiable_ml"] for one in (found, plain)]
    assert lost[0] < lost[1]
    assert document["baseline"].get("registration") is None


def test_measured_mean_and_nifti(made, tmp_path):
    times = [1.2 + 1.3 * k for k in range(10)]
    nifti = {"files": [f"after_{k:02d}.nii.gz" for k in range(1, 11)], "times_ms": times, "field_t": 1.5}
    baseline = {
        "method": "measured-mean",
        "echoes": {"dicom": "before", "noise": 10.0},
        "standard_uncertainty_per_s": 2.0,
    }
    other = again(made, tmp_path, echoes={"nifti": nifti, "noise": 10.0}, baseline=baseline)
    assert other["baseline"]["mean_per_s"] == pytest.approx(40.0, abs=0.5)
    assert other["whole"]["holmium_mg"]["value"] == pytest.approx(made[3]["whole"]["holmium_mg"]["value"], rel=0.02)


def scout(**more):
    batch = made_batch("S", "5 MBq/mg")
    return {"name": "scout", "use": "subtract", "batch": batch, **more}


def made_batch(name, figure, **more):
    return {"name": name, "activity_per_mg": figure, "relative_standard_uncertainty": "3 %",
            "time": "2026-03-01T09:00:00+01:00", **more}  # fmt: skip


def test_earlier_holmium_by_its_mass_and_by_its_map(made, tmp_path):
    folder, _, settings, document = made
    before = document["whole"]["activity_bq"]["value"]
    by_mass = scout()
    by_mass["batch"]["mass"] = "60 mg"
    batch = settings["batch"] | {"mass": "540 mg"}
    other = again(made, tmp_path, earlier=[by_mass], batch=batch)
    assert other["whole"]["activity_bq"]["value"] == pytest.approx(0.9 * before)
    by_map = scout(concentration="out/holmium_concentration.nii.gz", relative_standard_uncertainty="10 %")
    none = again(made, tmp_path, earlier=[by_map])
    assert none["whole"]["activity_bq"]["value"] == pytest.approx(0.0, abs=1e-3 * before)
    assert folder.is_dir()


def test_found_against_administered(made, tmp_path):
    given = {"activity": "1.24 GBq", "relative_standard_uncertainty": "3 %"}
    agreed = again(made, tmp_path, administered=given)["administered"]
    assert agreed["found_over_administered"]["value"] == pytest.approx(0.83, abs=0.02)
    assert 0 < agreed["not_seen_beyond_voids_bq"] < agreed["not_seen_bq"]
    assert agreed["finding"] is None
    twice = again(made, tmp_path, administered=given | {"activity": "2.5 GBq"})["administered"]
    assert twice["finding"] == "found-differs-from-administered"


def test_a_region_without_any_signal_has_no_value_and_no_ratio(made, tmp_path):
    """Nothing is left to compare the cluster with: no bound either, and all of the activity is not seen."""
    given = {"activity": "0.2 GBq", "relative_standard_uncertainty": "3 %"}
    document = again(made, tmp_path, region="cluster.nii.gz", administered=given)
    whole, compared = document["whole"], document["administered"]
    assert whole["unquantifiable_ml"] == pytest.approx(whole["volume_ml"])
    assert whole["holmium_mg"]["value"] == 0.0
    assert compared["found_over_administered"] is None
    assert compared["not_seen_bq"] == pytest.approx(0.2e9)
    assert compared["finding"] == "found-differs-from-administered"


NIFTI = [f"after_{k:02d}.nii.gz" for k in range(1, 5)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"echoes": {"nifti": {"files": NIFTI, "times_ms": [1.2, 3.8, 2.5, 5.1], "field_t": 1.5}, "noise": 10.0}},
         "increasing order"),
        ({"echoes": {"nifti": {"files": NIFTI[::-1], "times_ms": [1.2, 2.5, 3.8, 5.1], "field_t": 1.5}, "noise": 10.0}},
         "falls from echo to echo"),
        ({"echoes": {"nifti": {"files": NIFTI[:1], "times_ms": [1.2], "field_t": 1.5}, "noise": 10.0}}, "3 echoes"),
        ({"echoes": {"nifti": {"files": NIFTI, "times_ms": [1.2, 2.5, 3.8, 5.1], "field_t": 3}, "noise": 10.0}},
         "relaxivity at the scanner's 3 T"),
        ({"echoes": {"dicom": "after"}}, "either 'noise' or 'air'"),
        ({"at": "2026-03-02T09:00:00"}, "zone"),
        ({"earlier": [scout()]}, "mass"),
        ({"baseline": {"method": "voxelwise", "echoes": {"dicom": "before", "noise": 10.0},
                       "standard_uncertainty_per_s": 1.0}}, "registered"),
        ({"relaxivity": "none.csv"}, "CSV"),
    ],
)  # fmt: skip
def test_what_is_refused(made, tmp_path, changes, words):
    with pytest.raises(HevesyError, match=words) as caught:
        again(made, tmp_path, **changes)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_command_and_dose_by_the_map(made, tmp_path):
    """The map goes into a dose engine; all energy stays where it is laid down: 166Ho electrons leave 15.5 J/GBq."""
    folder, liver, _, _ = made
    run = CliRunner().invoke(
        app, ["tare", "holmium-mri", str(folder / "holmium.yaml"), "--out", str(tmp_path / "m"), "--json"]
    )
    assert run.exit_code == 0, run.output
    document = json.loads(run.output)
    density = np.where(liver.liver, 1.05, 0.0)
    write_nifti(Image(liver.grid, density, Quantity.ARBITRARY), tmp_path / "density.nii.gz")
    write_mask(liver.liver, liver.grid, tmp_path / "media.nii.gz")
    out = tmp_path / "dose.nii.gz"
    arguments = [
        "dose",
        "--time-integrated-activity",
        str(tmp_path / "m" / "time_integrated_activity.nii.gz"),
        "--nuclide",
        "Ho-166",
        "--engine",
        "local",
    ]
    arguments += ["--density", str(tmp_path / "density.nii.gz"), "--media", str(tmp_path / "media.nii.gz")]
    arguments += ["--media-names", "1=soft_tissue", "--out", str(out), "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    dose = np.asarray(nibabel.load(out).dataobj).T.astype(float)
    joule = (dose * density * liver.grid.voxel_volume_ml * 1e-3).sum()
    activity = document["time_integrated_activity_bq_s"] * np.log(2) / (26.8 * 3600)
    assert 15.3 < joule / (activity * 1e-9) < 16.3


@pytest.fixture
def ct_case(made, tmp_path):
    _, liver, settings, _ = made
    numbers = holmium_ct_numbers(liver, 20.0)
    write_nifti(Image(liver.grid, numbers, Quantity.CT_NUMBER), tmp_path / "ct.nii.gz")
    bare = liver.liver & (liver.concentration_mg_per_ml < 1)
    for name, mask in (("target", liver.tumour | liver.cluster), ("tissue", bare), ("tumour", liver.tumour)):
        write_mask(mask, liver.grid, tmp_path / f"{name}.nii.gz")
    points = "\n".join(f"120,{c},{20 * c},2" for c in (0, 5, 10, 20))
    header = "tube_voltage_kv,concentration_mg_per_ml,ct_number_hu,standard_uncertainty_hu"
    (tmp_path / "ct.csv").write_text(f"{header}\n{points}\n")
    content = {
        "ct": "ct.nii.gz", "tube_voltage_kv": 120, "calibration": "ct.csv", "region": "target.nii.gz",
        "regions": {"tumour": "tumour.nii.gz"}, "tissue": "tissue.nii.gz", "count": "all",
        "batch": settings["batch"], "at": settings["at"],
    }  # fmt: skip
    return tmp_path, liver, content


def test_ct_sees_what_mri_cannot(ct_case):
    """Above the tissue, which holds 0.5 mg/ml itself: within 1 %."""
    folder, liver, content = ct_case
    document = holmium_ct(case.write_settings(folder, content), folder / "out")
    target = liver.tumour | liver.cluster
    expected = liver.grid.voxel_volume_ml * (liver.concentration_mg_per_ml[target] - 0.5).sum()
    assert document["whole"]["holmium_mg"]["value"] == pytest.approx(expected, rel=0.01)
    assert document["detection_limit_mg_per_ml"] == pytest.approx(3.29 * 10 / 20, rel=0.05)
    assert document["decision_threshold_mg_per_ml"] == pytest.approx(document["detection_limit_mg_per_ml"] / 2)
    assert document["beyond_calibration"] is True
    assert set(document["whole"]["holmium_mg"]["budget"]) == {"ct-calibration", "tissue", "noise"}


def test_saturated_ct_numbers_are_bounds(ct_case):
    folder, liver, content = ct_case
    document = holmium_ct(case.write_settings(folder, content | {"largest_hu": 700.0}), folder / "out")
    assert document["whole"]["unquantifiable_ml"] == pytest.approx(liver.cluster.sum() * liver.grid.voxel_volume_ml)
    assert document["whole"]["holmium_in_voids_at_least_mg"] > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tube_voltage_kv": 80}, "concentrations at 80 kV"),
        ({"tube_voltage_kv": None}, "tube_voltage_kv"),
        ({"tissue": "tumour.nii.gz"}, "overlap"),
        ({"count": "some"}, "count"),
    ],
)
def test_ct_settings_that_are_refused(ct_case, changes, words):
    folder, _, content = ct_case
    with pytest.raises(InputError, match=words):
        holmium_ct(case.write_settings(folder, content | changes), folder / "out")


def test_ct_from_dicom_states_its_own_voltage(ct_case):
    folder, liver, content = ct_case
    plain = holmium_ct(case.write_settings(folder, content), folder / "out")
    numbers = np.rint(holmium_ct_numbers(liver, 20.0)).astype(np.int16)
    start = datetime(2026, 3, 2, 10)  # noqa: DTZ001 - the scanner's local time
    subject = Subject("Simulated^Liver", "SIM-LIVER", "19500101", "O", None)
    series = Series(subject, Scanner(), "1.2.3", "1.2.3.4", "1.2.3.5", start, start, 1, "CT", "CT")
    for k, plane in enumerate(numbers):
        write(ct_slice(plane, liver.grid, series, Slice(k, k + 1, f"1.2.3.6.{k}")), folder / "ct" / f"{k}.dcm")
    del content["tube_voltage_kv"]
    read = holmium_ct(case.write_settings(folder, content | {"ct": "ct"}), folder / "out")
    assert read["tube_voltage_kv"] == 120.0
    whole = read["whole"]["holmium_mg"]["value"]
    assert whole == pytest.approx(plain["whole"]["holmium_mg"]["value"], rel=0.002)
    with pytest.raises(InputError, match="tube voltage"):
        holmium_ct(case.write_settings(folder, content | {"ct": "ct", "tube_voltage_kv": 80}), folder / "out")


def test_no_result_takes_the_place_of_what_was_read(made, tmp_path):
    folder, _, settings, _ = made
    by_map = scout(concentration="out/holmium_concentration.nii.gz", relative_standard_uncertainty="10 %")
    path = case.write_settings(folder, settings | {"earlier": [by_map]}, "again.yaml")
    with pytest.raises(OutputError, match="holmium_concentration"):
        holmium_mri(path, folder / "out")


def test_ct_command(ct_case):
    folder, _, content = ct_case
    path = case.write_settings(folder, content | {"count": "above-threshold"})
    run = CliRunner().invoke(app, ["tare", "holmium-ct", str(path), "--out", str(folder / "out")])
    assert run.exit_code == 0, run.output
    assert "whole region" in run.output
