"""What is written: images that hold the delivered activity, files of the commands, truth, determinism."""

import hashlib
import math
from datetime import datetime

import numpy as np
import pydicom
import pytest
import yaml

from hevesy.acquire import inspect_file, inspect_folder, load_echoes, load_image, load_roi_set, load_transforms
from hevesy.domain import DecayReference, Quantity
from hevesy.errors import InputError
from hevesy.numerics.decay import mean_over_start
from hevesy.physdata import nuclide
from hevesy.simulate import Size
from hevesy.simulate.tare import TareOptions, Variant, default_tare_scenario
from hevesy.simulate.tare.emission import write_scout, write_treatment
from hevesy.simulate.tare.plan_file import plan_document as plan_file_document
from hevesy.simulate.tare.run import prepared
from hevesy.simulate.tare.verify_file import verify_document
from hevesy.workflow.tare.plan.job import plan_document, read_plan
from hevesy.workflow.tare.verify.job import read_verification

from .conftest import regions, told


def only(folder, kind):
    [record] = inspect_folder([folder / "dicom" / kind]).series
    return record, load_image(record)


def fingerprint(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_pet_holds_the_delivered_activity(yttrium):
    record, image = only(yttrium, "pet")
    truth = told(yttrium)
    assert (image.quantity, record.decay_corrected_to) == (Quantity.ACTIVITY_CONCENTRATION, DecayReference.ACQUISITION)
    total = float(image.values.sum(dtype=np.float64)) * image.grid.voxel_volume_ml
    # counts over the noise factor are some 20 000: 0.7 %, three of them, and edges that blur loses
    assert total == pytest.approx(truth["treatment"]["image"]["activity_of_treatment_bq"], rel=0.025)
    delivered = 2.80e9 * 2 ** (-1.5 * 3600 / nuclide("Y-90").half_life_s) - 0.05e9 * 2 ** (
        3600 / nuclide("Y-90").half_life_s
    )
    assert truth["treatment"]["delivered_activity_bq"] == pytest.approx(delivered, rel=1e-12)


def test_spect_of_holmium_holds_treatment_and_scout(holmium):
    record, image = only(holmium, "spect")
    part = told(holmium)["treatment"]["image"]
    mean = mean_over_start(nuclide("Ho-166").half_life_s, part["duration_s"])
    total = float(image.values.sum(dtype=np.float64)) * image.grid.voxel_volume_ml
    expected = (part["activity_of_treatment_bq"] + part["activity_of_scout_bq"]) * mean
    assert record.decay_corrected_to == DecayReference.NONE
    camera = part["camera"]
    draws = expected * part["duration_s"] * camera["counts_per_decay"] / camera["noise_factor"]
    assert draws > 1e5  # three standard deviations of the counts that were drawn are below 1 %
    assert total == pytest.approx(expected, rel=3.0 / math.sqrt(draws))


def test_the_files_name_the_moment_of_the_images(holmium):
    """In fractions the treatment is at the mean of the injections, and the image so long after that."""
    record, _ = only(holmium, "spect")
    stated = yaml.safe_load((holmium / "verify.yaml").read_text(encoding="utf-8"))
    start = datetime.fromisoformat(stated["therapy"]["start"])
    assert start.replace(tzinfo=None) == record.acquisition_start.replace(tzinfo=None)
    assert told(holmium)["treatment"]["image"]["start"] == stated["therapy"]["start"]
    by_mri = read_verification(holmium / "verify_mri.yaml")
    assert by_mri.therapy.start == by_mri.treatment.at


def test_a_scout_of_another_nuclide_is_refused(yttrium):
    """The PET of the treatment is no scout of technetium."""
    text = (yttrium / "plan.yaml").read_text(encoding="utf-8").replace("dicom/scout", "dicom/pet")
    wrong = yttrium / "plan_of_pet.yaml"
    wrong.write_text(text, encoding="utf-8")
    try:
        with pytest.raises(InputError, match=r"images.scouts.0: expected a scout of Tc-99m, .* the header says Y-90"):
            read_plan(wrong)
    finally:
        wrong.unlink()


def test_sharp_images_are_told_to_be_sharp(tmp_path):
    """Without blur only the voxels are left: 4.8 mm of the image and 4 mm of the truth are 3.7 mm FWHM."""
    options = TareOptions(7, Size.SMALL, frozenset({Variant.SHARP}))
    case = prepared(default_tare_scenario("tare-y90"), options, tmp_path)
    width = math.sqrt(8.0 * math.log(2.0) * (4.7952**2 + 4.0**2) / 12.0)
    assert float(plan_file_document(case)["images"]["resolution"]["fwhm"].removesuffix(" mm")) == pytest.approx(
        width, rel=2e-3
    )
    assert verify_document(case)["therapy"]["recovery"]["method"] == "none"


def test_files_of_the_commands_state_the_start_of_the_image(yttrium, holmium):
    for folder, kind in ((yttrium, "pet"), (holmium, "spect")):
        stated = yaml.safe_load((folder / "verify.yaml").read_text())["therapy"]["start"]
        assert only(folder, kind)[0].acquisition_start.isoformat()[:19] == stated[:19]


def test_scout_is_in_counts_and_shows_the_shunt(yttrium):
    record, image = only(yttrium, "scout")
    assert image.quantity is Quantity.COUNTS
    above = image.grid.points(np.array([[0, 0, k] for k in range(image.grid.shape[0])], dtype=float))[:, 2] > 445.0
    lungs = float(image.values[above].sum()) / float(image.values.sum())
    shunt = told(yttrium)["scout"]["lung_shunt_fraction"]
    assert lungs == pytest.approx(shunt * 0.96, rel=0.08)  # 4 % of the lungs lie lower
    assert record.missing == ()


def test_regions_are_drawn_with_the_volumes_of_the_truth(yttrium):
    record = inspect_file(yttrium / "dicom" / "rtstruct" / "rtstruct.dcm")
    drawn = {roi.name: roi for roi in load_roi_set(record).rois}
    truth = regions(told(yttrium))
    spacing = only(yttrium, "ct")[1].grid.spacing_mm[2]
    assert {"Liver", "Lung_L", "Lung_R", "Spleen", "Stomach", "T1", "T2", "T3"} <= set(drawn)
    for name in ("Liver", "T1", "T2", "T3", "Territory_right_anterior", "Territory_right_posterior"):
        area = 0.0
        for contour in drawn[name].contours:
            x, y = contour.points_mm[:, 0], contour.points_mm[:, 1]
            area += (np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
        # slices of 6 mm
        assert abs(area) * spacing / 1000 == pytest.approx(truth[name]["volume_ml"], rel=0.04), name


def test_true_doses_follow_from_activity_and_mass(yttrium):
    truth = told(yttrium)
    found = regions(truth)
    for region in found.values():
        activity, mass = region["activity_bq"], region["mass_g"] / 1000
        assert region["absorbed_dose_gy"] == pytest.approx(49.69e-9 * activity / mass, rel=1e-3)
    ratio = found["T2"]["absorbed_dose_gy"] / found["normal:right posterior"]["absorbed_dose_gy"]
    assert ratio == pytest.approx(3.5, rel=1e-9)
    tumour = found["T1"]
    assert 0.9 < tumour["absorbed_dose_kernel_gy"] / tumour["absorbed_dose_gy"] < 1.0  # electrons leave it
    held = [found[name]["activity_bq"] for name in ("T1", "T2", "T3", "whole_normal", "lungs")]
    assert sum(held) == pytest.approx(truth["treatment"]["delivered_activity_bq"], rel=1e-9)


def test_plans_are_read_and_agree_with_the_truth(yttrium):
    stated = plan_document(read_plan(yttrium / "plan_stated.yaml"))
    truth = told(yttrium)
    given = stated["products"][0]["delivered"]["activity_delivered_gbq"]
    assert given == pytest.approx(truth["treatment"]["delivered_activity_bq"] / 1e9, rel=1e-9)
    model = stated["products"][0]["models"]["partition"]
    assert model["activity_delivered_gbq"] > 0
    content = yaml.safe_load((yttrium / "plan.yaml").read_text())
    assert content["images"]["registration"] == "none"
    assert content["lung"]["shunt"] == "from-images"


def test_deposit_is_in_the_stomach_and_in_the_truth(holmium):
    truth = told(holmium)
    share = regions(truth)["extrahepatic"]["activity_share"]
    assert share == pytest.approx(0.95 * 0.03)
    assert truth["scout"]["extrahepatic_fraction"] > 0.02


def test_misregistered_images_have_their_own_frame_and_a_registration(holmium, yttrium):
    ct, spect = only(holmium, "ct")[1].grid, only(holmium, "spect")[1].grid
    assert ct.frame_of_reference != spect.frame_of_reference
    transforms = load_transforms(inspect_file(holmium / "dicom" / "reg" / "reg.dcm"))
    way = next(t for t in transforms if t.source_frame == spect.frame_of_reference)
    assert way.target_frame == ct.frame_of_reference
    assert np.allclose(way.apply(np.zeros(3)), [-7.0, 5.0, -9.0])
    assert yaml.safe_load((holmium / "verify.yaml").read_text())["images"]["registration"] == {
        "file": "dicom/reg/reg.dcm"
    }
    assert only(yttrium, "ct")[1].grid.frame_of_reference == only(yttrium, "pet")[1].grid.frame_of_reference


def test_mr_loses_signal_as_the_holmium_says(holmium):
    """R2* by two echoes in the middle of the largest tumour: baseline, half and all of the treatment."""
    settings = yaml.safe_load((holmium / "holmium_mri.yaml").read_text())
    truth, scenario = told(holmium), default_tare_scenario("tare-ho166").holmium
    rates = []
    for kind in ("mr_before", "mr_1", "mr_2"):
        echoes = load_echoes(holmium / "dicom" / kind)
        assert (echoes.field_t, len(echoes.echo_times_s)) == (3.0, 8)
        i, j, k = np.rint(echoes.grid.indices(np.array([-108.0, -16.0, 355.0]))).astype(int)
        block = echoes.magnitudes[:, k - 1 : k + 2, j - 3 : j + 2, i - 4 : i + 2].reshape(8, -1)
        signal = block.mean(axis=1)
        rates.append(np.log(signal[0] / signal[5]) / (echoes.echo_times_s[5] - echoes.echo_times_s[0]))
    tumour = regions(truth)["T1"]
    rise = tumour["activity_bq"] / tumour["volume_ml"] / scenario.activity_per_mg * scenario.relaxivity_ml_per_mg_s
    # uneven by 30 % in patches of 2.9 ml, and 6 % of it in the clump elsewhere
    assert rates[2] - rates[0] == pytest.approx(rise, rel=0.35)
    assert (rates[1] - rates[0]) / (rates[2] - rates[0]) == pytest.approx(0.5, abs=0.05)
    assert settings["echoes"]["noise"] == pytest.approx(1000 / 60, rel=1e-5)


def test_fractions_add_up_to_what_was_drawn(holmium):
    live = yaml.safe_load((holmium / "live.yaml").read_text())
    given = [float(one["given"]["activity"].split()[0]) for one in live["fractions"]]
    assert sum(given) == pytest.approx(5400.0)
    assert [one["name"] for one in live["fractions"]] == ["fraction 1", "fraction 2"]


def test_ct_after_shows_the_holmium(holmium):
    """The tumour's mean rises by the slope; noise of both images leaves 1.1 HU."""
    before, after = (only(holmium, kind)[1] for kind in ("ct", "ct_after"))
    points = np.stack(np.meshgrid(*(np.arange(n) for n in before.grid.shape[::-1]), indexing="ij"), axis=-1)
    near = np.linalg.norm(before.grid.points(points) - [-108.0, -16.0, 355.0], axis=-1).transpose(2, 1, 0) < 28.0
    rise = float((np.asarray(after.values, dtype=float) - before.values)[near].mean())
    tumour, scenario = regions(told(holmium))["T1"], default_tare_scenario("tare-ho166").holmium
    expected = tumour["activity_bq"] / scenario.activity_per_mg / tumour["volume_ml"] * scenario.ct_slope_hu_ml_per_mg
    assert rise == pytest.approx(expected, abs=3.5)
    assert expected > 5.0


@pytest.mark.peer
def test_objects_are_valid(yttrium, holmium, dciodvfy):
    kinds = {yttrium: ("ct", "pet", "scout", "rtstruct"), holmium: ("spect", "scout", "mr_1", "reg", "ct_after")}
    for folder, names in kinds.items():
        for kind in names:
            path = sorted((folder / "dicom" / kind).rglob("*.dcm"))[0]
            assert [line for line in dciodvfy(path) if "Laterality" not in line] == [], kind


def test_headers_state_the_tracer(yttrium, holmium):
    pet = pydicom.dcmread(sorted((yttrium / "dicom" / "pet").glob("*.dcm"))[0])
    item = pet.RadiopharmaceuticalInformationSequence[0]
    assert float(item.RadionuclidePositronFraction) == pytest.approx(3.186e-5)
    assert item.RadiopharmaceuticalRoute == "Intra-arterial"
    assert pet.TimezoneOffsetFromUTC == "+0100"
    assert set(pet.CorrectedImage) >= {"DECY", "ATTN", "SCAT", "RAN"}
    for folder, kind, name in ((yttrium, "pet", "Y-90"), (yttrium, "scout", "Tc-99m"), (holmium, "spect", "Ho-166")):
        assert only(folder, kind)[0].radionuclide == name


def emission_only(folder, variants=frozenset()):
    case = prepared(default_tare_scenario("tare-y90"), TareOptions(7, Size.SMALL, variants), folder)
    write_scout(case)
    write_treatment(case)
    return case


def test_noiseless_and_sharp_images_are_the_truth(tmp_path):
    case = emission_only(tmp_path, frozenset({Variant.UNIFORM, Variant.NOISELESS, Variant.SHARP}))
    image = only(tmp_path, "pet")[1]
    i, j, k = np.rint(image.grid.indices(np.array([-108.0, -20.0, 350.0]))).astype(int)
    number = next(
        n for n, p in enumerate(case.treatment.pieces) if (p.compartment.name, p.compartment.position) ==
        ("T1", "right anterior")
    )  # fmt: skip
    left = case.delivered_bq * 2 ** (-22 * 3600 / nuclide("Y-90").half_life_s)
    expected = case.treatment.shares[number] / case.treatment.pieces[number].volume_ml * left
    assert image.values[k, j, i] == pytest.approx(expected, rel=0.01)


def test_same_seed_same_bytes(tmp_path, yttrium):
    emission_only(tmp_path)
    for kind in ("pet", "scout"):
        assert fingerprint(tmp_path / "dicom" / kind) == fingerprint(yttrium / "dicom" / kind)
