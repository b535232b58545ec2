"""``hevesy dose``: images in, images out, and what it refuses."""

import json
import subprocess
import sys
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from hevesy.errors import GeometryError, HevesyError, InputError, OutputError, ReadError
from hevesy.transport.mc import Outside
from hevesy.workflow.voxel_dose import DoseRequest, SourceChoice, voxel_dose
from hevesy.workflow.voxel_inputs import MatterFiles, media_names, read_voxel_inputs, require_memory_for

SHAPE = (9, 8, 7)
"""Along x, y, z."""
AFFINE = np.array([[-4.0, 0, 0, 10], [0, 4.0, 0, -20], [0, 0, 5.0, 3], [0, 0, 0, 1]])


def _save(path, values, affine=AFFINE):
    nibabel.save(nibabel.Nifti1Image(np.asarray(values), affine), path)
    return path


@pytest.fixture
def images(tmp_path):
    activity = np.zeros(SHAPE, np.float32)
    activity[2:6, 3:6, 1:5] = 1e9
    density = np.ones(SHAPE, np.float32)
    density[6:] = 0.3
    media = np.where(density < 1, 2, 1).astype(np.int16)
    return {
        "activity": _save(tmp_path / "tia.nii.gz", activity),
        "density": _save(tmp_path / "density.nii.gz", density),
        "media": _save(tmp_path / "media.nii.gz", media),
    }


def _matter(images, **changes):
    given = {"density": images["density"], "media": images["media"], "media_names": {1: "soft_tissue", 2: "lung"}}
    return MatterFiles(**{**given, **changes})


def _request(images, tmp_path, **changes):
    given = {
        "activity": images["activity"],
        "matter": _matter(images),
        "source": SourceChoice("Lu-177", None, "endfb81", None),
        "engine": "mc",
        "outside": Outside.VACUUM,
        "target_uncertainty": 0.05,
        "histories": None,
        "above": 0.2,
        "seed": 1,
        "threads": 1,
        "state": None,
        "out": tmp_path / "out" / "dose.nii.gz",
    }
    return DoseRequest(**{**given, **changes})


@pytest.mark.parametrize("engine", ["mc", "mc-full", "kernel", "local"])
def test_every_engine_gives_the_energy_of_the_electrons(images, tmp_path, engine):
    document = voxel_dose(_request(images, tmp_path, engine=engine), 0.0)
    json.dumps(document, allow_nan=False)
    dose = nibabel.load(tmp_path / "out" / "dose.nii.gz")
    spread = nibabel.load(tmp_path / "out" / "dose_uncertainty.nii.gz")
    assert np.allclose(dose.affine, AFFINE)
    assert dose.shape == spread.shape == SHAPE
    values = dose.get_fdata()
    inner = values[3:5, 4, 2:4]
    local = 1e9 * 0.1482 * 1.602177e-13 / (0.08e-3)
    assert inner == pytest.approx(np.full(inner.shape, local), rel=0.15)
    assert values[0, 0, 6] < 0.05 * local
    assert set(document["cpu_s"]) == {"start", "io", "transport"}
    balance = document["balance"]
    assert balance["deposited"] + balance["escaped"] == pytest.approx(balance["emitted"], rel=2e-3)


def test_the_same_input_gives_the_same_files(images, tmp_path):
    contents = []
    for threads in (1, 2):
        voxel_dose(_request(images, tmp_path, threads=threads), 0.0)
        contents.append((tmp_path / "out" / "dose.nii.gz").read_bytes())
    assert contents[0] == contents[1]


def test_a_ct_gives_densities_by_a_named_curve(images, tmp_path):
    hu = np.full(SHAPE, 20, np.int16)
    hu[6:] = -750
    inputs = read_voxel_inputs(images["activity"], MatterFiles(ct=_save(tmp_path / "ct.nii.gz", hu)), Outside.VACUUM)
    density = inputs.geometry.density_g_ml
    assert {round(float(d), 1) for d in np.unique(density)} == {0.3, 1.0}
    assert any("schneider-2000" in note for note in inputs.notes)


def test_water_outside_is_among_the_media(images):
    inputs = read_voxel_inputs(images["activity"], _matter(images), Outside.WATER)
    assert [m.name for m in inputs.geometry.materials][-1] == "water"


def test_label_zero_without_a_name_is_vacuum_only_where_there_is_no_density(images, tmp_path):
    media = np.ones(SHAPE, np.int16)
    media[6:] = 0
    density = np.ones(SHAPE, np.float32)
    changed = {"media": _save(tmp_path / "m.nii.gz", media), "media_names": {1: "water"}}
    with pytest.raises(InputError, match="vacuum"):
        read_voxel_inputs(images["activity"], _matter(images, **changed), Outside.VACUUM)
    density[6:] = 0
    changed["density"] = _save(tmp_path / "d.nii.gz", density)
    assert read_voxel_inputs(images["activity"], _matter(images, **changed), Outside.VACUUM)


def _activity(change):
    values = np.ones(SHAPE, np.float32)
    change(values)
    return values


@pytest.mark.parametrize(
    ("name", "values", "error", "words"),
    [
        ("activity", _activity(lambda v: v.fill(0)), InputError, "zero everywhere"),
        ("activity", _activity(lambda v: v.__setitem__((0, 0, 0), -1)), InputError, "from zero on"),
        ("activity", _activity(lambda v: v.__setitem__((0, 0, 0), np.nan)), ReadError, "finite"),
        ("density", _activity(lambda v: v.__setitem__((0, 0, 0), -1)), InputError, "from zero on"),
        ("density", _activity(lambda v: v.__setitem__((0, 0, 0), 26)), InputError, "25 g/ml"),
        ("density", _activity(lambda v: v.__setitem__((0, 0, 0), np.inf)), ReadError, "finite"),
        ("media", np.full(SHAPE, 7, np.int16), InputError, "none came"),
        ("media", np.full(SHAPE, 1.5, np.float32), InputError, "whole numbers"),
        ("density", np.ones((9, 8, 6), np.float32), GeometryError, "the grid of"),
    ],
)
def test_bad_images_are_refused(images, tmp_path, name, values, error, words):
    _save(images[name], values)
    with pytest.raises(error, match=words) as caught:
        read_voxel_inputs(images["activity"], _matter(images), Outside.VACUUM)
    assert "\n" not in str(caught.value)


def test_images_in_another_place_are_refused(images, tmp_path):
    moved = AFFINE.copy()
    moved[0, 3] += 4.0
    _save(images["density"], np.ones(SHAPE, np.float32), moved)
    with pytest.raises(GeometryError, match="another place"):
        read_voxel_inputs(images["activity"], _matter(images), Outside.VACUUM)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": "geant"}, "one of the dose engines mc, mc-full, kernel, local"),
        ({"source": SourceChoice("Xx-999", None, "endfb81", None)}, "Xx-999"),
        ({"source": SourceChoice("Ac-225", None, "endfb81", None)}, "chain"),
        ({"source": SourceChoice(None, None, "endfb81", None)}, "--spectrum"),
        ({"source": SourceChoice(None, "parent", None, "spectrum")}, "--chain with --nuclide only"),
        ({"source": SourceChoice(None, None, "icrp107", "spectrum")}, "--backend with --nuclide only"),
        ({"matter": MatterFiles()}, "--ct"),
    ],
)
def test_bad_requests_are_refused(images, tmp_path, changes, words):
    source = changes.get("source")
    if source is not None and source.spectrum is not None:
        path = tmp_path / source.spectrum
        path.write_text("particle,energy_mev,yield\nelectron,0.1,1\n", encoding="utf-8")
        changes = {"source": replace(source, spectrum=path)}
    with pytest.raises(HevesyError, match=words):
        voxel_dose(_request(images, tmp_path, **changes), 0.0)


@pytest.mark.parametrize("name", ["activity", "density"])
def test_no_result_takes_the_place_of_its_input(images, tmp_path, name):
    before = images[name].read_bytes()
    with pytest.raises(OutputError, match="none of the images read"):
        voxel_dose(_request(images, tmp_path, out=images[name]), 0.0)
    assert images[name].read_bytes() == before


def test_activity_without_any_matter_is_refused(images):
    _save(images["density"], np.zeros(SHAPE, np.float32))
    with pytest.raises(InputError, match="density zero everywhere"):
        read_voxel_inputs(images["activity"], _matter(images), Outside.VACUUM)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"ct_curve": "schneider-2000"}, "no --ct-curve"),
        ({"ct_accept": ("below-air",)}, "no --ct-accept"),
        ({"density": None, "media": None, "ct": "ct"}, "no --media-names"),
    ],
)
def test_options_that_would_do_nothing_are_refused(images, files, words):
    given = {**files, **({"ct": images["density"]} if "ct" in files else {})}
    with pytest.raises(InputError, match=words):
        read_voxel_inputs(images["activity"], _matter(images, **given), Outside.VACUUM)


def test_the_document_says_how_the_chain_counts(images, tmp_path):
    source = SourceChoice("Ac-225", "from:2h", None, None)
    document = voxel_dose(_request(images, tmp_path, engine="local", source=source), 0.0)
    chain = document["chain"]
    assert chain["members"][0] == {"name": "Ac-225", "decays_per_parent_decay": 1.0}
    assert chain["members"][-1]["decays_per_parent_decay"] > 0.9
    assert "where the parent decayed" in chain["assumption"]
    assert "ENDF/B-VIII.1" in document["source"][0]


def test_other_names_of_the_result_are_refused(images, tmp_path):
    with pytest.raises(OutputError, match=r"\.nii\.gz"):
        voxel_dose(_request(images, tmp_path, out=tmp_path / "dose.nii"), 0.0)


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(images, tmp_path):
    images["activity"].unlink()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="a folder that can be written"):
        voxel_dose(_request(images, tmp_path, out=tmp_path / "file" / "dose.nii.gz"), 0.0)
    (tmp_path / "taken.nii.gz").mkdir()
    with pytest.raises(OutputError, match="a folder has it"):
        voxel_dose(_request(images, tmp_path, out=tmp_path / "taken.nii.gz"), 0.0)


def test_a_missing_image_is_called_missing(images, tmp_path):
    images["activity"].unlink()
    with pytest.raises(ReadError, match="no file of this name"):
        voxel_dose(_request(images, tmp_path), 0.0)


@pytest.mark.parametrize("text", ["lung", "1=", "=lung", "1=lung,1=bone", "a=lung", "1=lung,,2=bone"])
def test_bad_names_of_media(text):
    with pytest.raises(InputError, match="1=lung,2=soft_tissue"):
        media_names(text)


def test_an_unknown_medium_lists_the_known_ones(images):
    with pytest.raises(InputError, match="cortical bone"):
        read_voxel_inputs(images["activity"], _matter(images, media_names={1: "jelly", 2: "lung"}), Outside.VACUUM)


def test_too_little_memory_is_refused_with_the_estimate(images):
    with pytest.raises(InputError, match="GiB of memory"):
        require_memory_for(images["activity"], 1e3, available=1000)


def test_the_command(images, tmp_path):
    command = [sys.executable, "-m", "hevesy", "dose", "--time-integrated-activity", str(images["activity"])]
    command += ["--density", str(images["density"]), "--media", str(images["media"]), "--nuclide", "Lu-177"]
    command += ["--media-names", "1=soft_tissue,2=lung", "--out", str(tmp_path / "d.nii.gz"), "--json"]
    done = subprocess.run([*command, "--engine", "local"], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["engine"] == "local"
    for wrong in (("--engine", "none"), ("--engine", "mc", "--target-uncertainty", "nan")):
        bad = subprocess.run([*command, *wrong], capture_output=True, text=True, timeout=120, check=False)
        assert (bad.returncode, bad.stderr.count("\n"), bad.stdout) == (2, 1, "")


def test_a_device_is_for_the_full_tier_and_must_be_there(images, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"mc-full with --device cuda.*'mc' came"):
        voxel_dose(_request(images, tmp_path, device="cuda"), 0.0)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"numba-cuda for --device cuda .* not installed"):
        voxel_dose(_request(images, tmp_path, engine="mc-full", device="cuda"), 0.0)
