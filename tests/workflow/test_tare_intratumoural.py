"""Injection into a tumour, from files to coverage and proposed deposits."""

import json
import shutil
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import yaml

from hevesy.cli import main
from hevesy.domain import Grid, Image, Quantity, Region, RegionKind, Side
from hevesy.errors import HevesyError
from hevesy.physdata import material, nuclide, source_term
from hevesy.report import write_nifti
from hevesy.simulate.pancreas import injected_pancreas
from hevesy.simulate.pancreas_files import SPECIFIC_BQ_PER_MG, intratumoural_settings, write_injected_pancreas
from hevesy.transport import EngineSettings, engine
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.workflow.holmium_ct import holmium_ct
from hevesy.workflow.tare.intratumoural.dose import signed_dose
from hevesy.workflow.tare.intratumoural.job import find, read_inputs
from hevesy.workflow.tare.intratumoural.output import write_intratumoural
from hevesy.workflow.tare.intratumoural.settings import Intratumoural
from hevesy.workflow.tare.intratumoural.voxels import _apart, repeated, subdivided

MOMENT = "2026-03-02T10:00:00+01:00"
LIFE_S = nuclide("Ho-166").half_life_s / np.log(2)
SIZE = 33
TUMOUR_MM, ORGAN_X = 6.5, 14


def radius(centre=(0, 0, 0)):
    return np.sqrt(sum((axis - SIZE // 2 - c) ** 2 for axis, c in zip(np.indices((SIZE,) * 3), centre, strict=True)))


def ball_case(folder, activity=None, spacing=1.0, **changes):
    """A ball of tumour and a slab of organ as NIfTI on one grid, with a map of activity, and the settings."""
    grid = Grid((SIZE,) * 3, (1.0, 1.0, 1.0), (-16.0, -16.0, -16.0))
    labels = np.where(radius() <= TUMOUR_MM, 1.0, 0.0)
    labels[8:25, 8:25, SIZE // 2 + ORGAN_X - 3 : -1] = 2.0
    write_nifti(Image(grid, np.zeros(grid.shape), Quantity.CT_NUMBER), folder / "ct.nii.gz")
    write_nifti(Image(grid, labels, Quantity.LABELS), folder / "labels.nii.gz")
    if activity is None:
        activity = np.zeros(grid.shape)
        activity[SIZE // 2, SIZE // 2, SIZE // 2] = 2e6
    coarse = grid if spacing == 1.0 else grid.coarsened((3, 3, 3))
    write_nifti(Image(coarse, activity, Quantity.ACTIVITY_CONCENTRATION), folder / "activity.nii.gz")
    settings = intratumoural_settings() | {
        "images": {"ct": "ct.nii.gz", "regions": "labels.nii.gz", "labels": {1: "Tumour", 2: "Organ"},
                   "registration": "same-frame"},
        "organs": [{"name": "Organ", "limits": [
            {"measure": "maximum", "dose": "30 Gy", "source": "example"},
            {"measure": "mean", "dose": "10 Gy", "source": "example"}]}],
        "deposits": {"method": "activity", "image": "activity.nii.gz", "at": MOMENT,
                     "relative_standard_uncertainty": "5 %", "noise": "0 Bq/ml"},
        "uncertainty": {"position": "0 mm", "boundary": "0 mm", "samples": 50, "seed": 1},
        "add": None,
    }  # fmt: skip
    path = folder / "intratumoural.yaml"
    path.write_text(yaml.safe_dump(settings | changes))
    return path


def added(**changes):
    return intratumoural_settings()["add"] | {
        "volume": "0.1 ml", "margin_to_surface": "0 mm", "placement": "0 mm",
        "activity_relative_standard_uncertainty": "0 %", "leakage": "10 %",
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def covered(tmp_path_factory):
    """A ball with little activity in its middle, and one deposit to add."""
    folder = tmp_path_factory.mktemp("ball")
    return folder, write_intratumoural(ball_case(folder, add=added(deposits=1)), folder / "out")


def test_one_deposit_of_a_ball_goes_to_its_middle_and_covers_it(covered):
    _, document = covered
    (deposit,) = document["proposal"]["deposits"]
    assert document["proposal"]["outcome"] == "reached"
    assert deposit["centre_mm"] == pytest.approx([0.0, 0.0, 0.0], abs=1e-3)
    assert document["before"]["tumour"]["v100"]["value"] < 0.9
    assert document["after"]["tumour"]["v100"]["value"] == pytest.approx(0.9, abs=0.02)


def test_a_probability_takes_more_activity_and_is_reached(covered, tmp_path):
    _, plain = covered
    unsure = {"position": "0 mm", "boundary": "0.5 mm", "samples": 50, "seed": 1}
    path = ball_case(tmp_path, add=added(deposits=1, probability="90 %"), uncertainty=unsure)
    document = write_intratumoural(path, tmp_path / "out")
    assert document["proposal"]["outcome"] == "reached"
    assert 0.9 <= document["after"]["tumour"]["probability_of_coverage"] < 1.0
    assert document["proposal"]["inject_bq"] > 1.05 * plain["proposal"]["inject_bq"]


def test_leakage_is_injected_on_top_and_told(covered):
    _, document = covered
    proposal = document["proposal"]
    assert proposal["staying_bq"] == pytest.approx(0.9 * proposal["inject_bq"])
    assert proposal["leaked_bq"] == pytest.approx(0.1 * proposal["inject_bq"])


def test_maps_hold_what_the_document_says(covered):
    folder, document = covered
    load = {name: np.asarray(nibabel.load(folder / "out" / f"{name}.nii.gz").dataobj).T.astype(float)
            for name in ("dose", "dose_added", "dose_after")}  # fmt: skip
    assert load["dose"] + load["dose_added"] == pytest.approx(load["dose_after"], rel=1e-4)
    for state, name in (("before", "dose"), ("after", "dose_after")):
        assert document[state]["tumour"]["maximum_gy"] == pytest.approx(load[name].max(), rel=1e-5)
    assert document["before"]["tumour"]["v100"]["value"] <= document["after"]["tumour"]["v100"]["value"]
    assert (folder / "out" / "report.pdf").is_file()
    assert json.loads((folder / "out" / "intratumoural.json").read_text()) == document


def test_histogram_falls_from_all_to_none(covered):
    _, document = covered
    for name in ("volume_before", "volume_after"):
        shares = np.array(document["histogram"][name])
        assert shares[0] == 1.0
        assert (np.diff(shares) <= 0).all()


def test_energy_of_the_kernel_is_that_of_the_decays(tmp_path):
    """All electrons of a voxel in the middle stay in the box: 15.5 to 16.2 J/GBq with part of the photons."""
    found = find(read_inputs(ball_case(tmp_path)))
    decays = 2e6 * 1e-3 * LIFE_S
    joule = found.dose.signed_gy.sum() * found.voxels.grid.voxel_volume_ml * 1.04e-3
    assert 15.4 < joule / (decays / LIFE_S * 1e-9) < 16.2


def test_a_coarse_map_is_cut_with_its_activity_and_told(tmp_path):
    coarse = np.zeros((11, 11, 11))
    coarse[5, 5, 5] = 1e6
    document = write_intratumoural(ball_case(tmp_path, coarse, spacing=3.0), tmp_path / "out")
    assert document["voxels"]["spacing_mm"] == pytest.approx([1.0, 1.0, 1.0])
    assert document["deposition"]["activity_bq"] == pytest.approx(1e6 * 27e-3)
    assert document["deposition"]["in_tumour"] == pytest.approx(1.0)
    assert [item["code"] for item in document["findings"]] == ["coarse-deposition-map"]


@pytest.mark.parametrize("factors", [(1, 1, 1), (3, 2, 4)])
def test_voxels_are_cut_without_moving_or_losing_anything(factors):
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0), (1.0, 2.0, 3.0))
    values = np.random.default_rng(1).random(grid.shape)
    fine, parts = subdivided(grid, factors), repeated(values, factors)
    assert parts.shape == fine.shape
    assert parts.sum() * fine.voxel_volume_ml == pytest.approx(values.sum() * grid.voxel_volume_ml)
    assert fine.coarsened(factors).same_geometry(grid)


def uniform(n=21, density=1.0):
    grid = Grid((n,) * 3, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    media = np.zeros(grid.shape, np.uint8)
    geometry = VoxelGeometry(
        (0.1,) * 3, media, np.full(grid.shape, density, np.float32), (material("water"),), Outside.WATER
    )
    return grid, geometry


def test_dose_is_linear_also_below_zero():
    """Noise below zero is subtracted, not cut off: the sum of two maps is the map of the sum."""
    grid, geometry = uniform()
    emissions, kernel = source_term("Ho-166", None, "endfb81"), engine("kernel")
    rng = np.random.default_rng(1)
    first, second = 1e9 * rng.standard_normal((2, *grid.shape))
    one, two, both = (signed_dose(kernel, emissions, part, grid, geometry).signed_gy
                      for part in (first, second, first + 2.0 * second))  # fmt: skip
    assert one + 2.0 * two == pytest.approx(both, abs=1e-5 * np.abs(both).max())


def test_kernel_and_monte_carlo_agree_on_a_small_deposit_and_local_deposition_does_not():
    """0.1 ml of 166Ho on 1 mm: the middle within 2 %, 4 mm away within 10 % (statistics), where local has nothing."""
    from hevesy.decide.tare import sphere_shares

    grid, geometry = uniform(31)
    emissions, shares = source_term("Ho-166", None, "endfb81"), sphere_shares((1.0, 1.0, 1.0), 0.1)
    decays, half = np.zeros(grid.shape), shares.shape[0] // 2
    box = (slice(15 - half, 16 + half),) * 3
    decays[box] = 1e6 * LIFE_S * shares / grid.voxel_volume_ml
    settings = EngineSettings(target_uncertainty=0.02)
    maps = {name: signed_dose(engine(name, settings=settings), emissions, decays, grid, geometry).signed_gy
            for name in ("kernel", "mc", "local")}  # fmt: skip
    sides = {name: np.mean([dose[15, 15, 19], dose[15, 15, 11], dose[15, 19, 15], dose[15, 11, 15], dose[19, 15, 15],
                            dose[11, 15, 15]]) for name, dose in maps.items()}  # fmt: skip
    assert maps["mc"][15, 15, 15] == pytest.approx(maps["kernel"][15, 15, 15], rel=0.02)
    assert sides["mc"] == pytest.approx(sides["kernel"], rel=0.1)
    assert sides["kernel"] > 10.0
    assert sides["local"] == 0.0
    assert maps["local"][15, 15, 15] > 1.25 * maps["kernel"][15, 15, 15]


@pytest.mark.slow
@pytest.mark.parametrize("volume_ml", [0.1, 0.3])
def test_kernel_and_full_transport_agree_on_the_mean_of_a_deposit(volume_ml):
    from hevesy.decide.tare import sphere_shares

    grid, geometry = uniform(31)
    emissions, shares = source_term("Ho-166", None, "endfb81"), sphere_shares((1.0, 1.0, 1.0), volume_ml)
    decays, half = np.zeros(grid.shape), shares.shape[0] // 2
    box = (slice(15 - half, 16 + half),) * 3
    decays[box] = 1e6 * LIFE_S * shares / grid.voxel_volume_ml
    settings = EngineSettings(target_uncertainty=0.01)
    kernel, full = (signed_dose(engine(name, settings=settings), emissions, decays, grid, geometry).signed_gy
                    for name in ("kernel", "mc-full"))  # fmt: skip
    assert (full[box] * shares).sum() == pytest.approx((kernel[box] * shares).sum(), rel=0.01)


def test_dose_counts_from_the_injection_on(tmp_path):
    """A map of half a half-life later stands for 2^0.5 times the activity."""
    later = {"method": "activity", "image": "activity.nii.gz", "at": "2026-03-02T23:24:00+01:00",
             "relative_standard_uncertainty": "5 %", "noise": "0 Bq/ml"}  # fmt: skip
    maxima = []
    for name, changes in (("now", {}), ("later", {"deposits": later})):
        folder = tmp_path / name
        folder.mkdir()
        maxima.append(find(read_inputs(ball_case(folder, **changes))).dose.signed_gy.max())
    assert maxima[1] / maxima[0] == pytest.approx(2**0.5, rel=1e-3)


def test_nothing_is_proposed_where_it_is_not_needed_or_a_limit_is_broken_already(tmp_path):
    plenty = np.where(radius() <= TUMOUR_MM, 3e8, 0.0)
    document = write_intratumoural(ball_case(tmp_path, plenty, add=added()), tmp_path / "out")
    assert document["proposal"]["outcome"] == "not-needed"
    near = np.zeros((SIZE,) * 3)
    near[SIZE // 2, SIZE // 2, SIZE // 2 + ORGAN_X - 2] = 5e8
    broken = write_intratumoural(ball_case(tmp_path, near, add=added()), tmp_path / "out2")
    assert (broken["proposal"]["outcome"], broken["proposal"]["deposits"]) == ("limit-exceeded-before", [])
    assert "Organ: maximum" in broken["proposal"]["binding"]
    assert not broken["before"]["organs"]["Organ"]["limits"][0]["kept"]


def test_a_limit_that_binds_is_named_and_kept(tmp_path):
    organs = [{"name": "Organ", "limits": [{"measure": "mean", "dose": "0.02 Gy", "source": "example"}]}]
    document = write_intratumoural(ball_case(tmp_path, organs=organs, add=added(deposits=1)), tmp_path / "out")
    assert document["proposal"]["outcome"] == "not-reached"
    assert "Organ: mean" in document["proposal"]["binding"]
    assert document["after"]["organs"]["Organ"]["limits"][0]["kept"]
    assert document["after"]["organs"]["Organ"]["mean_gy"] == pytest.approx(0.02, rel=0.02)


def without(key):
    content = intratumoural_settings()
    del content[key]
    return content


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"engine": {"name": "local"}}, "carries electrons"),
        ({"engine": {"name": "mird-self-dose"}}, "serves maps"),
        ({"engine": {"name": "mc"}}, "target uncertainty"),
        ({"engine": {"name": "best"}}, "one of the dose engines"),
        ({"voxel": "2 mm"}, "1 mm or finer"),
        ({"tumour": "Gut"}, "one of the regions"),
        ({"images": {"ct": "ct.nii.gz", "regions": "labels.nii.gz", "labels": {1: "Tumour", 2: "Organ", 3: "Empty"},
                     "registration": "same-frame"}, "tumour": "Empty"}, "regions that can be drawn"),
        ({"images": {"ct": "ct.nii.gz", "regions": "labels.nii.gz", "labels": {1: "Tumour", 2: "Organ"},
                     "registration": "none"}}, "frame of reference"),
        ({"nuclide": "Lu-177"}, "nuclide"),
        ({"injected": "2026-03-02T10:00:00"}, "zone"),
        ({"injected": "2026-03-03T10:00:00+01:00"}, "after the injection"),
        ({"prescribed": {"coverage": 0.9, "source": "none"}}, "prescribed.dose"),
        ({"organs": [{"name": "Organ", "limits": [{"measure": "hottest", "dose": "1 Gy", "source": "x"}]}]}, "volume"),
        ({"add": added(volume="3 g")}, "unit of volume"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, changes, words):
    path = ball_case(tmp_path, **changes)
    with pytest.raises(HevesyError, match=words) as caught:
        write_intratumoural(path, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_no_prescription_no_activity_and_no_room_are_refused(tmp_path):
    path = ball_case(tmp_path)
    content = yaml.safe_load(path.read_text())
    del content["prescribed"]
    (tmp_path / "none.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(HevesyError, match="prescribed"):
        write_intratumoural(tmp_path / "none.yaml", tmp_path / "out")
    with pytest.raises(HevesyError, match="activity above zero"):
        write_intratumoural(ball_case(tmp_path, np.zeros((SIZE,) * 3)), tmp_path / "out")
    small = Grid((9, 9, 9), (1.0, 1.0, 1.0), (-4.0, -4.0, -4.0))
    path = ball_case(tmp_path)
    write_nifti(Image(small, np.ones(small.shape), Quantity.ACTIVITY_CONCENTRATION), tmp_path / "activity.nii.gz")
    with pytest.raises(HevesyError, match="within the map of activity"):
        write_intratumoural(path, tmp_path / "out")


def test_what_an_organ_shares_with_the_tumour_is_the_tumours():
    z, y, x = (axis - SIZE // 2 for axis in np.indices((SIZE,) * 3))
    organ, tumour = (np.abs(z) < 9) & (np.abs(y) < 9) & (x > 2) & (x < 15), radius() <= TUMOUR_MM
    regions = {"Tumour": tumour, "Organ": organ}
    kept, findings = _apart({name: region_of(name, mask) for name, mask in regions.items()}, "Tumour")
    assert (kept["Organ"].mask == (organ & ~tumour)).all()
    assert [one.code for one in findings] == ["organ-overlaps-tumour"]
    with pytest.raises(HevesyError, match="beside the tumour"):
        _apart({"Tumour": region_of("Tumour", tumour), "Core": region_of("Core", radius() < 3)}, "Tumour")


def region_of(name, mask):
    grid = Grid(mask.shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    return Region(name, RegionKind.ORGAN, Side.NONE, mask, grid, float(mask.sum()) * 1e-3)


def test_a_tumour_too_small_for_the_margins_has_no_place(tmp_path):
    document = write_intratumoural(ball_case(tmp_path, add=added(volume="2 ml")), tmp_path / "out")
    assert document["proposal"]["outcome"] == "no-place"
    assert document["after"]["tumour"]["v100"]["value"] == document["before"]["tumour"]["v100"]["value"]


@pytest.fixture(scope="module")
def pancreas(tmp_path_factory):
    """The virtual pancreas by CT, with few draws and nothing to add."""
    folder = tmp_path_factory.mktemp("pancreas")
    holmium_ct(write_injected_pancreas(folder), folder / "holmium")
    content = intratumoural_settings() | {
        "uncertainty": {"position": "0.5 mm", "boundary": "0.5 mm", "samples": 50, "seed": 1},
        "add": None,
    }
    (folder / "few.yaml").write_text(yaml.safe_dump(content))
    return folder, write_intratumoural(folder / "few.yaml", folder / "out")


def test_the_example_is_what_the_virtual_patient_comes_with(pancreas):
    folder, _ = pancreas
    example = yaml.safe_load((Path(__file__).parents[2] / "examples/tare-intratumoural/intratumoural.yaml").read_text())
    written = yaml.safe_load((folder / "intratumoural.yaml").read_text())
    assert Intratumoural.model_validate(example) == Intratumoural.model_validate(written)


def test_the_virtual_patient_holds_its_holmium_and_ct_finds_it(pancreas):
    folder, document = pancreas
    truth = json.loads((folder / "truth.json").read_text())
    assert truth["holmium_mg"] == pytest.approx(70.0)
    assert document["deposition"]["activity_bq"] == pytest.approx(truth["activity_bq"], rel=0.01)
    assert document["before"]["tumour"]["volume_ml"] == pytest.approx(truth["tumour_ml"], rel=0.01)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": "Liver"}, "one of the regions"),
        ({"structures": "none.dcm"}, "no such file"),
        ({"structures": "dicom/ct/ct_000.dcm"}, "RTSTRUCT|SEG|structure"),
        ({"tissue": "Near"}, "overlap"),
    ],
)
def test_regions_of_holmium_by_ct_that_are_refused(pancreas, tmp_path, changes, words):
    folder, _ = pancreas
    content = yaml.safe_load((folder / "holmium_ct.yaml").read_text()) | changes
    (folder / "other.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(HevesyError, match=words):
        holmium_ct(folder / "other.yaml", tmp_path / "out")


@pytest.mark.parametrize(
    ("clock", "moment"),
    [
        ("2026-03-02T10:20:00", "2026-03-02T10:20:01+01:00"),
        ("2026-03-02T10:20:00+01:00", "2026-03-02T10:20:01+01:00"),
        ("2026-03-02T10:20:00+01:00", "2026-03-02T09:21:00+00:00"),
    ],
)
def test_a_ct_from_before_the_injection_is_refused(pancreas, tmp_path, clock, moment):
    """Taken at 10:20 by a clock of the injection's zone, or by one that says which zone it has."""
    folder, _ = pancreas
    told = json.loads((folder / "holmium" / "holmium_ct.json").read_text())
    assert told["acquired"] == "2026-03-02T10:20:00"
    shutil.copytree(folder / "holmium", folder / "early", dirs_exist_ok=True)
    (folder / "early" / "holmium_ct.json").write_text(json.dumps(told | {"acquired": clock}))
    content = yaml.safe_load((folder / "few.yaml").read_text())
    content |= {"injected": moment, "deposits": {"method": "holmium", "folder": "early"}}
    (folder / "early.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(HevesyError, match="an image after the injection at 2026-03-02"):
        write_intratumoural(folder / "early.yaml", tmp_path / "out")


def test_a_streak_through_the_deposit_is_told(pancreas, tmp_path):
    settings = write_injected_pancreas(tmp_path, streak_hu=60.0)
    assert holmium_ct(settings, tmp_path / "out")["darker_than_tissue"]["finding"] == "darker-than-tissue"
    clean = json.loads((pancreas[0] / "holmium" / "holmium_ct.json").read_text())
    assert clean["darker_than_tissue"] == {"share": pytest.approx(0.0005, abs=0.0005), "finding": None}


def test_coverage_by_ct_is_that_of_the_true_activity(pancreas):
    """Within two standard uncertainties, and the dose map as RT Dose is the one as NIfTI."""
    folder, document = pancreas
    truth = injected_pancreas()
    grid, density = truth.grid, np.full(truth.grid.shape, 1.04, np.float32)
    geometry = VoxelGeometry((0.1,) * 3, np.zeros(grid.shape, np.uint8), density, (material("water"),), Outside.WATER)
    decays = truth.concentration_mg_per_ml * SPECIFIC_BQ_PER_MG * LIFE_S
    dose = signed_dose(engine("kernel"), source_term("Ho-166", None, "endfb81"), decays, grid, geometry).signed_gy
    from hevesy.simulate.pancreas import TUMOUR

    true = (dose[truth.mask(TUMOUR)] >= 100.0).mean()
    found = document["before"]["tumour"]["v100"]
    assert abs(found["value"] - true) < 2.0 * found["standard_uncertainty"]
    assert set(found["by_source"]) == {
        "batch:holmium", "ct-calibration:holmium", "tissue:holmium", "transport:dose", "noise:activity",
        "position:map-to-region", "boundary:region",
    }  # fmt: skip
    assert "SIM-PANCREAS" not in (folder / "out" / "report.html").read_text()
    rt = pydicom.dcmread(folder / "out" / "dose.dcm")
    assert (rt.Modality, rt.DoseUnits, rt.DoseType) == ("RTDOSE", "GY", "PHYSICAL")
    assert rt.FrameOfReferenceUID == pydicom.dcmread(next((folder / "dicom" / "ct").iterdir())).FrameOfReferenceUID


def run(monkeypatch, *arguments):
    """Exit status of the command."""
    monkeypatch.setattr(sys, "argv", ["hevesy", "tare", "intratumoural", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code or 0


def test_command_shows_coverage_and_says_by_its_status_whether_it_is_reached(tmp_path, capsys, monkeypatch):
    path = ball_case(tmp_path)
    assert run(monkeypatch, path, "--out", tmp_path / "out") == 3
    assert "Tumour as measured: 0.0 % gets 100 Gy" in capsys.readouterr().out
    assert run(monkeypatch, path, "--out", tmp_path / "out", "--json") == 3
    assert json.loads(capsys.readouterr().out)["nuclide"] == "Ho-166"
    path.write_text(path.read_text().replace("name: kernel", "name: local"))
    assert run(monkeypatch, path, "--out", tmp_path / "none") == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "carries electrons" in error
