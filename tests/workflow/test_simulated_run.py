"""The job on a simulated patient: truth, units, the ways of scanners, and what it writes."""

from __future__ import annotations

import json
import shutil

import nibabel
import numpy as np
import pydicom
import pytest

from hevesy.acquire import inspect_folder, load_roi_set, load_transforms, read_headers
from hevesy.domain import silent
from hevesy.simulate import Options, Quirk, Size, Units, default_scenario, simulate
from hevesy.workflow import PseudonymisationRequest, compute_study, pseudonymise, run_study
from hevesy.workflow.job import prepare_job

ORGANS = ("Liver", "Spleen", "Kidney_L", "Kidney_R")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Simulate two scans, small, stored in one way; run the job; give the patient's folder and the results'."""
    scenario = default_scenario("lu177-dotatate")
    two = scenario.model_copy(update={"scans": scenario.scans.model_copy(update={"times": [24 * 3600.0, 96 * 3600.0]})})
    made = {}

    def run(units=Units.COUNTS, quirks=frozenset()):
        key = (units, quirks)
        if key not in made:
            base = tmp_path_factory.mktemp("simulated")
            folder = simulate(two, base / "patient", Options(3, units, quirks, Size.SMALL))
            run_study(folder / "study.yaml", base / "results")
            made[key] = folder, base / "results"
        return made[key]

    return run


def doses(results):
    document = json.loads((results / "results.json").read_text())
    return {r["name"]: r["absorbed_dose_gy"]["value"] for r in document["regions"]}


def test_time_integrated_activities_are_near_the_truth(simulated):
    patient, results = simulated()
    truth = {r["name"]: r for r in json.loads((patient / "truth.json").read_text())["regions"]}
    for region in json.loads((results / "results.json").read_text())["regions"]:
        if region["name"] in ORGANS:
            ratio = (
                region["time_integrated_activity_bq_s"]["value"]
                / truth[region["name"]]["time_integrated_activity_bq_s"]
            )
            assert ratio == pytest.approx(1.0, abs=0.15), region["name"]  # coarse voxels of 9.6 mm, two scans


@pytest.mark.parametrize("summed", ["field-of-view", 'body, body_margin: "20 mm"'])
def test_the_whole_body_gives_the_calibration_factor(simulated, summed):
    """Within 1 %: noise 0.07 %, clearance during the scan 0.2 %, and how coarse voxels hold the shapes."""
    patient, _ = simulated()
    truth = json.loads((patient / "truth.json").read_text())
    there = sum(region["activity_bq"][0] for region in truth["regions"])
    text = (patient / "study.yaml").read_text()
    before, after = text.index("calibration:\n"), text.index("recovery:\n")
    stated = f'{{activity: "{there:.0f} Bq", relative_standard_uncertainty: 1 %, source: truth}}'
    section = f"{{method: whole-body, time_point: 1, images_in: counts, summed: {summed}, activity_in_field: {stated}}}"
    study = patient / "whole_body.yaml"
    study.write_text(f"{text[:before]}calibration: {section}\n{text[after:]}")
    found = prepare_job(study, silent).calibration.factor.factor
    expected = truth["scanner"]["calibration_factor_cps_per_bq"]
    assert found.value == pytest.approx(expected, rel=0.01)
    assert found.relative_standard_uncertainty == pytest.approx(0.01, rel=0.01)


ALL_QUIRKS = frozenset({Quirk.NEGATIVE_SPACING, Quirk.DETECTOR_POSITION, Quirk.UNSORTED, Quirk.SPLIT_SERIES})


def test_doses_are_identical_however_the_slices_are_stored(simulated):
    _, plain = simulated()
    _, odd = simulated(quirks=ALL_QUIRKS)
    assert doses(odd) == doses(plain)


@pytest.mark.parametrize("units", [Units.RWVM, Units.RESCALE])
def test_doses_agree_between_counts_and_activity_concentration(simulated, units):
    _, counts = simulated()
    _, scaled = simulated(units)
    expected = doses(counts)
    for name, value in doses(scaled).items():
        if expected[name] is None:
            assert value is None
        else:
            assert value == pytest.approx(expected[name], rel=1e-3), name


@pytest.mark.parametrize("quirks", [frozenset(), ALL_QUIRKS], ids=["plain", "quirks"])
def test_the_dose_is_the_same_at_the_same_patient_points_in_every_file(simulated, quirks):
    import SimpleITK

    _, results = simulated(quirks=quirks)
    nifti = nibabel.load(results / "dose.nii.gz")
    values = np.asarray(nifti.dataobj)
    dataset = pydicom.dcmread(results / "dicom" / "rtdose.dcm")
    stored = dataset.pixel_array * float(dataset.DoseGridScaling)
    itk = SimpleITK.ReadImage(str(results / "dicom" / "rtdose.dcm"))
    rng = np.random.default_rng(0)
    hot = np.argwhere(values > 0.2 * values.max())
    indices = [*rng.choice(hot, 40), *rng.integers(0, values.shape, (40, 3))]
    step = float(values.max()) / 65535
    row, column = (np.array(dataset.ImageOrientationPatient[k : k + 3], dtype=float) for k in (0, 3))
    dy, dx = (float(v) for v in dataset.PixelSpacing)
    offsets = np.array(dataset.GridFrameOffsetVector, dtype=float)
    for index in indices:
        ras = nifti.affine @ [*index, 1.0]
        lps = np.array([-ras[0], -ras[1], ras[2]])
        expected = float(values[tuple(index)])
        relative = lps - np.array(dataset.ImagePositionPatient, dtype=float)
        frame = int(np.argmin(np.abs(offsets - relative @ np.cross(row, column))))
        y, x = round(float(relative @ column / dy)), round(float(relative @ row / dx))
        assert stored[frame, y, x] == pytest.approx(expected, abs=step)
        at = itk.TransformPhysicalPointToIndex(lps.tolist())
        assert itk.GetPixel(at) * float(dataset.DoseGridScaling) == pytest.approx(expected, abs=2 * step)


def test_regions_of_the_segmentation_are_those_measured(simulated):
    _, results = simulated()
    series = inspect_folder([results / "dicom"]).series
    seg = load_roi_set(next(s for s in series if s.modality == "SEG"))
    document = json.loads((results / "results.json").read_text())
    measured = {r["name"]: r["time_points"][0]["volume_ml"]["value"] for r in document["regions"] if r["time_points"]}
    for roi in seg.rois:
        volume = int(roi.mask.sum()) * roi.mask_grid.voxel_volume_ml
        assert volume == pytest.approx(measured[roi.name], rel=1e-6), roi.name


def test_every_hash_in_the_provenance_is_of_an_input(simulated):
    patient, results = simulated()
    inputs = json.loads((results / "results.json").read_text())["provenance"]["inputs"]
    names = " ".join(i["name"] for i in inputs)
    for record in inspect_folder([patient / "dicom"]).series:
        if record.modality in {"NM", "CT", "RTSTRUCT"}:
            assert record.series_uid in names
    (resolution,) = inspect_folder([patient / "calibration" / "resolution"]).series
    assert resolution.series_uid in names


@pytest.mark.peer
def test_dciodvfy_finds_no_error_in_what_is_written(simulated, dciodvfy):
    patient, results = simulated()
    one_of_each = {path.parent: path for path in sorted((patient / "dicom").glob("*/*.dcm"))}
    for path in [*one_of_each.values(), *(results / "dicom").glob("*.dcm")]:
        assert not [line for line in dciodvfy(path) if "Laterality" not in line], path.name


@pytest.mark.peer
def test_orthanc_stores_and_returns_what_is_written(simulated, assert_returned):
    _, results = simulated()
    for path in (results / "dicom").glob("*.dcm"):
        assert_returned(path)


def test_headers_of_the_written_objects_name_the_patient_of_the_images(simulated):
    patient, results = simulated()
    source = next(s for s in inspect_folder([patient / "dicom"]).series if s.modality == "NM")
    expected = read_headers(source)[0]
    for path in (results / "dicom").glob("*.dcm"):
        written = pydicom.dcmread(path, stop_before_pixels=True)
        assert (written.PatientID, written.StudyInstanceUID) == (expected.PatientID, expected.StudyInstanceUID)
        assert written.Manufacturer == "Hevesy"


def test_registrations_come_back_and_give_the_same_doses(simulated, tmp_path):
    patient, results = simulated()
    document = json.loads((results / "results.json").read_text())
    matrices = {entry["time_point"]: np.array(entry["matrix"]) for entry in document["alignment"]}
    written = [s for s in inspect_folder([results / "dicom"]).series if s.modality == "REG"]
    ((transform,),) = [load_transforms(series) for series in written]
    np.testing.assert_allclose(transform.inverse().array, matrices[2], rtol=0, atol=1e-6)
    copy = tmp_path / "patient"
    copy.mkdir()
    for name in ("dicom", "calibration"):
        (copy / name).symlink_to(patient / name)
    text = (patient / "study.yaml").read_text()
    stated = 'alignment: {method: rigid-ct, reference: 1, maximum_residual: "6 mm"}'
    assert stated in text
    shutil.copytree(results / "dicom", copy / "reg")
    (copy / "study.yaml").write_text(text.replace(stated, "alignment: {method: reg, reference: 1, transforms: reg}"))
    again = compute_study(copy / "study.yaml").results
    for name, value in doses(results).items():
        found = next(r for r in again.regions if r.name == name).absorbed_dose_gy.value
        assert found == (None if value is None else pytest.approx(value, rel=1e-9)), name


def test_contours_of_the_structure_set_are_those_drawn(simulated):
    patient, results = simulated()
    drawn = load_roi_set(next(s for s in inspect_folder([patient / "dicom"]).series if s.modality == "RTSTRUCT"))
    written = load_roi_set(next(s for s in inspect_folder([results / "dicom"]).series if s.modality == "RTSTRUCT"))
    by_name = {roi.name: roi for roi in drawn.rois}
    assert written.frame_of_reference == drawn.frame_of_reference
    assert written.referenced_series_uids == drawn.referenced_series_uids
    for roi in written.rois:
        assert len(roi.contours) == len(by_name[roi.name].contours)
        for contour, original in zip(roi.contours, by_name[roi.name].contours, strict=True):
            np.testing.assert_allclose(contour.points_mm, original.points_mm, rtol=0, atol=1e-9)
            assert contour.image_uid == original.image_uid


def test_doses_of_the_pseudonymised_patient_are_the_same_to_the_last_bit(simulated, tmp_path):
    patient, results = simulated()
    (tmp_path / "key").write_bytes(b"a secret of the site, kept apart")
    request = PseudonymisationRequest(
        patient, tmp_path / "out", "P-001", tmp_path / "key", study=patient / "study.yaml"
    )
    pseudonymise(request)
    shutil.copy(patient / "calibration" / "spheres.csv", tmp_path / "out" / "calibration" / "spheres.csv")
    output = compute_study(tmp_path / "out" / "study.yaml")
    original = json.loads((results / "results.json").read_text())
    for region, entry in zip(output.results.regions, original["regions"], strict=True):
        assert region.name == entry["name"]
        for key in ("absorbed_dose_gy", "absorbed_dose_map_mean_gy", "time_integrated_activity_bq_s", "bed_gy"):
            found = getattr(region, key)
            assert (found.value, found.standard_uncertainty) == (
                entry[key]["value"],
                entry[key]["standard_uncertainty"],
            )
    assert [p.time_h for p in output.results.time_points] == [p["time_h"] for p in original["time_points"]]
    assert output.results.administration.start != original["administration"]["start"]
    stored = np.asarray(nibabel.load(results / "dose.nii.gz").dataobj)
    assert np.array_equal(stored, output.dose.values.T.astype(np.float32))
