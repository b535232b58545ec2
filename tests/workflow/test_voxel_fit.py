"""hevesy fit-voxels: maps from NIfTI images, and every refusal in one line."""

import json
import math
from pathlib import Path

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.acquire import load_nifti_image
from hevesy.cli.app import app
from hevesy.domain import Quantity
from hevesy.errors import InputError
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.physdata import nuclide
from hevesy.workflow import voxel_fit_inputs

HOURS = (4.0, 24.0, 96.0, 168.0)
SHAPE = (8, 7, 6)
"""Of the file: x, y, z. Voxels of 2 x 2 x 5 mm."""
VOLUME_ML = 0.02
HALF_LIFE_H = 60.0
AFFINE = np.array([[-2.0, 0, 0, 10], [0, -2.0, 0, 20], [0, 0, 5.0, -30], [0, 0, 0, 1]])

SHIFT = np.outer([1.0, 0, 0, 0], [0, 0, 0, 1.0])


def write(path, values, affine=AFFINE):
    made = nibabel.Nifti1Image(np.broadcast_to(np.asarray(values, dtype=np.float32), SHAPE).copy(), affine)
    made.header.set_xyzt_units("mm")
    nibabel.save(made, path)
    return str(path)


def amounts():
    """Concentration at t = 0, different in every voxel. [Bq/ml]"""
    return 1e4 + 100.0 * np.arange(math.prod(SHAPE)).reshape(SHAPE)


def at(hours):
    return amounts() * math.exp2(-hours / HALF_LIFE_H)


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path / f"scan{n}.nii.gz", at(h)) for n, h in enumerate(HOURS)]


OPTIONS = {
    "--times-h": "4,24,96,168",
    "--nuclide": "Lu-177",
    "--model": "mono",
    "--unit": "Bq/ml",
    "--noise": "counting=10%@50 kBq/ml",
}


def call(files, out, *more, **changed):
    options = {**OPTIONS, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    return CliRunner().invoke(
        app, ["fit-voxels", *files, *words, "--out", str(out), *more], prog_name="hevesy", standalone_mode=False
    )


def fitted(files, out, *more, **changed):
    result = call(files, out, "--json", *more, **changed)
    assert result.exception is None, result.exception
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def volume(path):
    return np.asarray(nibabel.load(path).dataobj)


def test_maps_of_a_known_curve(files, tmp_path):
    out = tmp_path / "out"
    document = fitted(files, out)
    expected = amounts() * VOLUME_ML * HALF_LIFE_H * 3600.0 / math.log(2.0)
    names = document["files"]
    made = nibabel.load(out / names["time_integrated_activity"])
    np.testing.assert_allclose(made.affine, AFFINE)
    np.testing.assert_allclose(volume(out / names["time_integrated_activity"]), expected, rtol=1e-5)
    np.testing.assert_allclose(volume(out / names["effective_half_life"]), HALF_LIFE_H, rtol=1e-5)
    assert (volume(out / names["status"]) == VoxelStatus.FITTED).all()
    assert (volume(out / names["chi_square"]) < 1e-6).all()
    u = volume(out / names["standard_uncertainty"])
    # Inside the ramp, where the mean of the neighbours is the voxel's own value, it falls as the root of the counts.
    low, high = (1, 1, 1), (6, 5, 4)
    falls = (u[low] / expected[low]) / (u[high] / expected[high])
    assert falls == pytest.approx(math.sqrt(expected[high] / expected[low]), rel=1e-3)
    total = document["time_integrated_activity_bq_s"]
    assert total["value"] == pytest.approx(expected.sum(), rel=1e-5)
    assert total["standard_uncertainty"] == pytest.approx(float(u.sum()), rel=1e-5)
    assert total["interval95"][0] < total["value"] < total["interval95"][1]
    assert document["status"] == [
        {"status": "fitted", "code": 1, "has_value": True, "voxels": 336, "share_of_activity": 1.0}
    ]
    assert document["medians"]["effective_half_life_h"] == pytest.approx(HALF_LIFE_H, rel=1e-5)
    assert (out / "voxel_fit.jpg").read_bytes()[:2] == b"\xff\xd8"
    assert json.loads((out / "voxel_fit.json").read_text()) == document


def test_axes_the_other_way_round_keep_every_voxel_in_its_place(tmp_path):
    affine = AFFINE * np.array([-1.0, 1.0, 1.0, 1.0])
    files = [write(tmp_path / f"s{n}.nii.gz", at(h), affine) for n, h in enumerate(HOURS)]
    document = fitted(files, tmp_path / "out")
    made = nibabel.load(tmp_path / "out" / document["files"]["time_integrated_activity"])
    np.testing.assert_allclose(made.affine, affine)
    expected = amounts() * VOLUME_ML * HALF_LIFE_H * 3600.0 / math.log(2.0)
    np.testing.assert_allclose(np.asarray(made.dataobj), expected, rtol=1e-5)


def test_units_and_decay_corrected_images(files, tmp_path):
    expected = fitted(files, tmp_path / "a")["time_integrated_activity_bq_s"]
    kilo = [write(tmp_path / f"k{n}.nii.gz", at(h) / 1000.0) for n, h in enumerate(HOURS)]
    each = [write(tmp_path / f"v{n}.nii.gz", at(h) * VOLUME_ML) for n, h in enumerate(HOURS)]
    grown = [
        write(tmp_path / f"d{n}.nii.gz", at(h) * math.exp(nuclide("Lu-177").decay_constant_per_s * 3600.0 * h))
        for n, h in enumerate(HOURS)
    ]
    in_kilo = fitted(kilo, tmp_path / "b", unit="kBq/ml")["time_integrated_activity_bq_s"]
    in_voxels = fitted(each, tmp_path / "c", unit="Bq", noise="counting=10%@1 kBq")["time_integrated_activity_bq_s"]
    corrected = fitted(grown, tmp_path / "d", decay_corrected_to="administration")["time_integrated_activity_bq_s"]
    assert in_kilo["value"] == pytest.approx(expected["value"], rel=1e-6)
    assert in_kilo["standard_uncertainty"] == pytest.approx(expected["standard_uncertainty"], rel=1e-5)
    assert in_voxels["value"] == pytest.approx(expected["value"], rel=1e-6)
    assert in_voxels["standard_uncertainty"] == pytest.approx(expected["standard_uncertainty"], rel=1e-5)
    assert corrected["value"] == pytest.approx(expected["value"], rel=1e-5)


def test_uncertainties_as_images_and_noise_of_each_image(files, tmp_path):
    flat = [write(tmp_path / f"u{n}.nii.gz", 0.05 * at(h)) for n, h in enumerate(HOURS)]
    given = [word for path in flat for word in ("--uncertainty", path)]
    by_images = fitted(files, tmp_path / "a", *given, noise=None)
    stated = [word for _ in HOURS for word in ("--noise", "relative=5%")]
    by_models = fitted(files, tmp_path / "b", *stated, noise=None)
    one, other = (d["medians"]["relative_standard_uncertainty"] for d in (by_images, by_models))
    assert one == pytest.approx(other, rel=2e-3)  # the model looks at the neighbours
    assert by_images["provenance"]["settings"]["noise"] == "images"
    assert len(by_images["provenance"]["inputs"]) == 8


def test_what_has_no_value_is_told(tmp_path):
    values = [at(h) for h in HOURS]
    values[1][:4] = 0.0
    files = [write(tmp_path / f"s{n}.nii.gz", v) for n, v in enumerate(values)]
    document = fitted(files, tmp_path / "out")
    rows = {row["status"]: row for row in document["status"]}
    assert rows["not-positive"]["voxels"] == 168
    assert rows["not-positive"]["has_value"] is False
    assert document["activity_without_value"][0] == pytest.approx(values[0][:4].sum() / values[0].sum())
    assert document["activity_without_value"][1] == 0.0
    assert np.isnan(volume(tmp_path / "out" / "time_integrated_activity.nii.gz")[:4]).all()
    fitted(files, tmp_path / "zeros", without_value="zero")
    zeros = load_nifti_image(tmp_path / "zeros" / "time_integrated_activity.nii.gz", Quantity.ARBITRARY)
    assert int((zeros.values == 0.0).sum()) == 168


def test_mask_and_threshold(files, tmp_path):
    mask = np.zeros(SHAPE)
    mask[:2] = 3.0
    masked = fitted(files, tmp_path / "a", mask=write(tmp_path / "mask.nii.gz", mask))
    assert masked["voxels"] == {"image": 336, "fitted": 84, "with_value": 84}
    assert masked["status"][0] == {
        **masked["status"][0], "status": "outside", "code": 0, "has_value": False, "voxels": 252,
    }  # fmt: skip
    limit = float(np.sort(at(4.0).ravel())[-50])
    above = fitted(files, tmp_path / "b", above=f"{limit / 1000.0 - 1e-4} kBq/ml")
    assert above["voxels"]["fitted"] == 50


def test_no_voxel_with_a_value_is_status_3(tmp_path):
    rising = [write(tmp_path / f"s{n}.nii.gz", 100.0 * (n + 1)) for n in range(4)]
    result = call(rising, tmp_path / "out", "--json", noise="relative=1%")
    assert result.return_value == 3
    document = json.loads(result.stdout)
    assert document["time_integrated_activity_bq_s"] == {
        "value": None, "standard_uncertainty": None, "interval95": None, "reason": "no voxel could be fitted",
    }  # fmt: skip
    assert document["status"][0]["status"] == "rising"
    assert "no voxel could be fitted" in call(rising, tmp_path / "out", noise="relative=1%").stdout


def test_a_few_lines_for_people(files, tmp_path):
    result = call(files, tmp_path / "out")
    assert result.return_value == 0
    assert "mono, Lu-177: 336 of 336 voxels" in result.stdout
    assert "effective half-life 60 h" in result.stdout


def test_negative_values_are_told_and_marked(tmp_path):
    values = [at(h) for h in HOURS]
    values[3][0, 0, 0] = -1.0
    document = fitted([write(tmp_path / f"s{n}.nii.gz", v) for n, v in enumerate(values)], tmp_path / "out")
    assert document["notes"] == ["1 values below zero: their voxels are not-positive"]
    assert {row["status"]: row["voxels"] for row in document["status"]} == {"fitted": 335, "not-positive": 1}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"times_h": "4,24,96"}, "--times-h: expected a time for each of 4 images, but 3 came"),
        ({"times_h": "4,24,168,96"}, "increasing order"),
        ({"times_h": "4,24,24,96"}, "increasing order, each once"),
        ({"times_h": "0,24,96,168"}, "after the start of the administration"),
        ({"times_h": "4;24;96;168"}, "--times-h: expected a number"),
        ({"times_h": "4,24,96,inf"}, "--times-h: expected a finite number"),
        ({"nuclide": "Xx-1"}, "Xx-1"),
        ({"unit": "counts"}, "--unit: expected a unit of activity concentration such as Bq/ml, or of activity, but 'counts'"),
        ({"unit": ""}, "--unit"),
        ({"noise": None}, "expected either --noise or --uncertainty, but both or neither came"),
        ({"noise": "10%"}, "--noise: expected a noise such as counting=10%@50 kBq/ml"),
        ({"noise": "counting=10%"}, "--noise: expected a noise such as"),
        ({"noise": "counting=10%@50 kBq"}, "--noise"),
        ({"noise": "relative=5%@50 kBq/ml"}, "--noise: expected a noise such as"),
        ({"noise": "relative=0"}, "--noise: expected a share above zero"),
        ({"noise": "relative=5%,relative=3%"}, "--noise: expected a noise such as"),
        ({"noise": "floor=100"}, "has no unit"),
        ({"noise": "floor=-1 Bq/ml"}, "--noise: expected noise above zero"),
        ({"above": "1 GBq/ml"}, "--mask, --above: expected voxels to fit, but mask and threshold leave none"),
        ({"above": "0.5"}, "--above"),
    ],
)  # fmt: skip
def test_options_that_are_refused(files, tmp_path, changed, message):
    result = call(files, tmp_path / "out", **changed)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_too_few_scans_for_the_model(files, tmp_path):
    result = call(files[:3], tmp_path / "out", times_h="4,24,96", model="bi")
    assert "expected 4 to 24 scans for the 4 parameters of bi, but 3 came" in str(result.exception)
    result = call(files[:1], tmp_path / "out", times_h="4")
    assert "expected 2 to 24 scans for the 2 parameters of mono, but 1 came" in str(result.exception)


def test_images_that_are_refused(files, tmp_path):
    out = tmp_path / "out"
    moved = write(tmp_path / "moved.nii.gz", at(24.0), AFFINE + SHIFT)
    hollow = at(24.0)
    hollow[0, 0, 0] = np.nan
    holes = write(tmp_path / "holes.nii.gz", hollow)
    empty = write(tmp_path / "empty.nii.gz", 0.0)
    for file, message in (
        (moved, "moved.nii.gz: expected the grid of scan0.nii.gz"),
        (holes, "holes.nii.gz: expected finite values, but others came"),
        (empty, "empty.nii.gz: expected activity in some voxel, but zero everywhere came"),
        (str(tmp_path / "none.nii.gz"), "none.nii.gz"),
    ):
        result = call([files[0], file, *files[2:]], out)
        assert isinstance(result.exception, InputError | OSError)
        assert message in str(result.exception)
    result = call([*files[:3], files[0]], out)
    assert "images: expected each image once, but scan0.nii.gz came twice" in str(result.exception)
    other = write(tmp_path / "mask.nii.gz", 1.0, AFFINE + SHIFT)
    assert "mask.nii.gz: expected the grid of scan0.nii.gz" in str(call(files, out, mask=other).exception)
    nothing = [word for _ in files for word in ("--uncertainty", empty)]
    result = call(files, out, *nothing, noise=None)
    assert "uncertainties above zero where there is activity, but 336 voxels have none" in str(result.exception)
    result = call(files, out, "--uncertainty", files[0], noise=None)
    assert "an uncertainty for each of 4 images, but 1 came" in str(result.exception)
    result = call(files, out, "--noise", "relative=5%")
    assert "--noise once, or once for each of 4 images, but 2 came" in str(result.exception)


def test_memory_is_estimated_before_anything_is_read(files, tmp_path, monkeypatch):
    monkeypatch.setattr(voxel_fit_inputs, "available_bytes", lambda: 1000)
    monkeypatch.setattr(voxel_fit_inputs, "load_nifti_image", lambda *_, **__: pytest.fail("a voxel was read"))
    result = call(files, tmp_path / "out")
    assert "of memory for these images" in str(result.exception)


def refused(*_, **__):
    raise OSError(28, "no space")


def test_where_results_cannot_be_written(files, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    result = call(files, tmp_path / "file")
    assert "expected a folder to write" in str(result.exception)
    monkeypatch.setattr(Path, "mkdir", refused)
    assert "a: expected to make the folder, but no space came" in str(call(files, tmp_path / "a").exception)
    taken = tmp_path / "time_integrated_activity.nii.gz"
    (tmp_path / "scan0.nii.gz").rename(taken)
    result = call([str(taken), *files[1:]], tmp_path)
    assert "expected a folder without the images read" in str(result.exception)
