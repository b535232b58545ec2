"""Verification of a radioembolisation on a box liver whose doses can be told by hand."""

import copy
import json
import math

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli import main
from hevesy.cli.app import app
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, nuclide
from hevesy.workflow.tare import verified

from .tare_verify_case import (
    ELAPSED_S,
    GIVEN_BQ,
    SHAPE,
    box,
    regions,
    save,
    settings,
    truth,
    voxel_ml,
    write_case,
    write_plan_json,
    write_settings,
)

ENERGY = decay_dose_factor("Y-90").value
LEFT = 2.0 ** (-ELAPSED_S / nuclide("Y-90").half_life_s)


def mean_dose(mask, activity=None, density=1.05):
    """All energy of charged particles left on the spot. [Gy]"""
    shown = (truth() if activity is None else activity)[mask].sum()
    return shown * ENERGY / (mask.sum() * voxel_ml() * density * 1e-3)


def masks():
    found = regions()
    tumour = found["T1"] | found["T2"]
    return {
        "tumour:T1": found["T1"], "tumour:T2": found["T2"],
        "normal_perfused:right": found["Right"] & ~tumour, "normal_perfused:left": found["Left"] & ~tumour,
        "perfused:right": found["Right"], "perfused:left": found["Left"],
        "whole_normal": found["Liver"] & ~tumour, "whole_liver": found["Liver"],
    }  # fmt: skip


def codes(document):
    return {one["code"]: one["blocking"] for one in document["findings"]}


@pytest.fixture(scope="module")
def sharp(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sharp")
    return folder, write_case(folder, build)


@pytest.fixture(scope="module")
def found(sharp):
    folder, content = sharp
    return verified(write_settings(folder, content))


def test_doses_of_every_volume_by_hand(found):
    volumes = found.document["volumes"]
    for key, mask in masks().items():
        for name in ("self_calibrated", "absolute"):
            dose = volumes[key][name]["absorbed_dose_gy"]
            assert dose["value"] == pytest.approx(mean_dose(mask), rel=2e-3), (key, name)
    lung = volumes["lung"]["self_calibrated"]["absorbed_dose_gy"]
    assert lung["value"] == pytest.approx(mean_dose(regions()["Lungs"], density=0.3), rel=2e-3)


def test_activity_is_conserved(found):
    kept = found.document["conservation"]
    assert kept["liver"] + kept["lungs"] == pytest.approx(1.0, abs=1e-3)
    assert kept["elsewhere"] == pytest.approx(0.0, abs=1e-3)
    whole = float((found.maps.dose_gy[regions()["Liver"]] * voxel_ml() * 1.05e-3).sum())
    assert whole == pytest.approx(truth()[regions()["Liver"]].sum() * ENERGY, rel=2e-3)


def test_what_is_shared_stays_shared(found):
    """Calibration and delivered activity act on all volumes alike; a ratio of doses does not know them."""
    volumes = found.document["volumes"]
    for key in ("tumour:T1", "whole_normal"):
        own, absolute = (volumes[key][name]["absorbed_dose_gy"] for name in ("self_calibrated", "absolute"))
        assert own["budget"]["delivered"] / own["value"] == pytest.approx(0.03)
        assert own["budget"]["outside"] / own["value"] == pytest.approx(0.01)
        assert absolute["budget"]["calibration"] / absolute["value"] == pytest.approx(0.04)
        assert "delivered" not in absolute["budget"]
        assert "calibration" not in own["budget"]


def test_histograms_of_uniform_volumes_are_steps(found):
    one = found.document["volumes"]["tumour:T1"]["histogram"]
    assert one["levels_gy"]["D98"]["value"] == pytest.approx(one["levels_gy"]["D2"]["value"], rel=1e-3)
    assert one["map_mean_gy"] == pytest.approx(mean_dose(regions()["T1"]), rel=2e-3)
    assert one["volume_fraction_above"]["50 Gy"] == pytest.approx(1.0)


def test_nothing_blocks(found):
    assert codes(found.document) == {"calibration-difference": False, "pair-branch": False,
                                     "recovery-not-corrected": False}  # fmt: skip


@pytest.mark.parametrize(("scale", "code"), [(1.03, "calibration-difference"), (1.13, "calibration-doubtful"),
                                             (1.3, "calibration-mismatch"), (0.8, "calibration-mismatch")])  # fmt: skip
def test_calibrations_that_differ_are_told_and_not_averaged(build, tmp_path, scale, code):
    document = verified(write_settings(tmp_path, write_case(tmp_path, build, scale=scale))).document
    assert codes(document)[code] is (code == "calibration-mismatch")
    assert document["scales"]["absolute_over_self"]["value"] == pytest.approx(scale, rel=1e-3)
    one = document["volumes"]["tumour:T1"]
    own, absolute = (one[name]["absorbed_dose_gy"]["value"] for name in ("self_calibrated", "absolute"))
    assert own == pytest.approx(mean_dose(regions()["T1"]), rel=2e-3)
    assert absolute == pytest.approx(scale * own, rel=1e-3)


def test_blur_is_recovered(build, tmp_path):
    document = verified(write_settings(tmp_path, write_case(tmp_path, build, fwhm_mm=8.0))).document
    for key, within in (("tumour:T1", 0.03), ("tumour:T2", 0.04), ("whole_normal", 0.02)):
        dose = document["volumes"][key]["self_calibrated"]["absorbed_dose_gy"]
        assert dose["value"] == pytest.approx(mean_dose(masks()[key]), rel=within)
        assert {"resolution", "recovery", "volume", "density"} <= set(dose["budget"])
    assert document["volumes"]["tumour:T2"]["own_recovery"] < 0.75
    assert document["volumes"]["tumour:T2"]["histogram"]["map_mean_gy"] == pytest.approx(
        mean_dose(masks()["tumour:T2"]), rel=0.05
    )


def test_crossfire_carries_energy_out_of_a_tumour(sharp):
    folder, content = sharp
    by = {
        engine: verified(write_settings(folder, content | {"engine": engine})).document
        for engine in ("local", "kernel")
    }
    ratio = {
        key: by["kernel"]["volumes"][key]["self_calibrated"]["absorbed_dose_gy"]["value"] / one["self_calibrated"][
            "absorbed_dose_gy"]["value"] for key, one in by["local"]["volumes"].items()
    }  # fmt: skip
    assert 0.80 < ratio["tumour:T1"] < 0.95
    assert ratio["normal_perfused:left"] / ratio["tumour:T2"] > 1.0
    assert ratio["whole_liver"] == pytest.approx(0.95, abs=0.05)


def test_deposition_outside_the_liver_blocks(build, tmp_path):
    more = np.zeros(SHAPE)
    more[2:4, 20:23, 21:23] = 0.02 * GIVEN_BQ / 12.0
    document = verified(write_settings(tmp_path, write_case(tmp_path, build, more=more))).document
    assert codes(document)["extrahepatic-deposition"] is True
    (one,) = document["deposition"]
    assert one["activity_share"] == pytest.approx(0.02 / 1.02, rel=0.15)
    assert one["in_region"] == "Stomach"
    content = settings() | {"deposition_search": settings()["deposition_search"] | {"physiological": ["Stomach"]}}
    allowed = verified(write_settings(tmp_path, content)).document
    assert allowed["deposition"] == []


def test_a_scout_that_remains_is_taken_away(build, tmp_path):
    """Twice the activity in one tumour from the scout alone: its own image finds it, a share cannot."""
    place = regions()["T2"]
    half_life = nuclide("Y-90").half_life_s
    scout_bq, days = 1.5e8, 2.0
    remains = scout_bq * 2.0 ** (-days * 86400.0 / half_life)
    more = remains * place / place.sum()
    content = write_case(tmp_path, build, more=more)
    save(place.astype(float), tmp_path / "scout.nii.gz")
    stated = {
        "delivered_activity": "0.15 GBq",
        "relative_standard_uncertainty": "5 %",
        "at": "2026-03-02T10:00:00+01:00",
    }
    found = {}
    for name, distribution in (("image", {"series": "scout.nii.gz"}), ("share", "as-therapy"), ("none", None)):
        scout = "none" if distribution is None else {**stated, "distribution": distribution}
        found[name] = verified(write_settings(tmp_path, content | {"scout": scout})).document
    dose = {name: one["volumes"]["tumour:T2"]["absolute"]["absorbed_dose_gy"]["value"] for name, one in found.items()}
    assert found["image"]["image"]["scout_share"] == pytest.approx(remains / (remains + GIVEN_BQ), rel=1e-6)
    assert dose["image"] == pytest.approx(mean_dose(place), rel=3e-3)
    assert dose["none"] == pytest.approx(mean_dose(place, truth() + more), rel=3e-3)
    assert dose["image"] < dose["share"] < dose["none"]
    # what the scout left counts with the therapy: all of it in the tumour, or as the therapy lies
    one = found["image"]["volumes"]["tumour:T2"]
    left = scout_bq * ENERGY / (place.sum() * voxel_ml() * 1.05e-3)
    assert one["scout_absorbed_dose_gy"]["value"] == pytest.approx(left, rel=3e-3)
    therapy = one["self_calibrated"]["absorbed_dose_gy"]["value"]
    assert one["with_scout_absorbed_dose_gy"]["value"] == pytest.approx(therapy + left, rel=3e-3)
    spread = found["share"]["volumes"]["tumour:T1"]
    assert spread["scout_absorbed_dose_gy"]["value"] == pytest.approx(
        spread["self_calibrated"]["absorbed_dose_gy"]["value"] * scout_bq / GIVEN_BQ
    )
    budget = found["image"]["volumes"]["tumour:T1"]["self_calibrated"]["absorbed_dose_gy"]["budget"]
    assert "scout" in budget


def test_summing_liver_and_lungs_leaves_the_rest_out(build, tmp_path):
    more = np.zeros(SHAPE)
    more[1:3, 1:3, 1:3] = 0.1 * GIVEN_BQ / 8.0
    content = write_case(tmp_path, build, more=more)
    content["deposition_search"] = "not-searched"
    field = verified(write_settings(tmp_path, content)).document
    content["therapy"] |= {"summed": "liver-and-lungs", "margin": "6 mm"}
    near = verified(write_settings(tmp_path, content)).document
    dose = [one["volumes"]["tumour:T1"]["self_calibrated"]["absorbed_dose_gy"]["value"] for one in (field, near)]
    assert dose[0] == pytest.approx(mean_dose(regions()["T1"]) / 1.1, rel=3e-3)
    assert dose[1] == pytest.approx(mean_dose(regions()["T1"]), rel=3e-3)
    assert codes(near)["deposition-not-searched"] is False


def test_planned_as_delivered_agrees_everywhere(sharp, tmp_path):
    folder, content = sharp
    planned = {key: mean_dose(mask) for key, mask in masks().items()}
    write_plan_json(folder, planned)
    liver = regions()["Liver"]
    save(np.where(liver, truth() * ENERGY / (voxel_ml() * 1.05e-3), 0.0), folder / "dose_therasphere.nii.gz")
    content = copy.deepcopy(content) | {"plan": plan_section()}
    compared = verified(write_settings(folder, content, "planned.yaml")).document["planned"]
    for name in ("as_planned", "scaled_to_delivered"):
        one = compared[name]
        assert max(abs(row["relative_difference"]) for row in one["volumes"].values()) < 2e-3
        assert one["gamma"]["pass_rate"] == 1.0
        assert one["histograms"]["tumour:T1"]["mean_distance_gy"] == pytest.approx(0.0, abs=0.5)
        assert one["bland_altman"]["difference_gy"]["pairs"] == 4
        assert one["bland_altman"]["logarithm_of_ratio"]["mean"] == pytest.approx(0.0, abs=1e-3)


def test_a_plan_of_less_activity_differs_only_as_planned(sharp):
    folder, content = sharp
    planned = {key: mean_dose(mask) / 1.25 for key, mask in masks().items()}
    write_plan_json(folder, planned, activity_gbq=1.6)
    liver = regions()["Liver"]
    save(np.where(liver, truth() * ENERGY / (voxel_ml() * 1.05e-3), 0.0) / 1.25, folder / "dose_therasphere.nii.gz")
    content = copy.deepcopy(content) | {"plan": plan_section()}
    compared = verified(write_settings(folder, content, "planned.yaml")).document["planned"]
    asked, scaled = compared["as_planned"], compared["scaled_to_delivered"]
    assert asked["volumes"]["tumour:T1"]["relative_difference"] == pytest.approx(0.25, abs=3e-3)
    assert asked["bland_altman"]["logarithm_of_ratio"]["mean"] == pytest.approx(math.log(1.25), abs=2e-3)
    # within 2 mm of the edge the interpolated dose falls through the planned one; the inner 3 x 3 x 3 voxels fail
    assert asked["gamma"]["pass_rate_by_volume"]["tumour:T1"] == pytest.approx(1.0 - 27.0 / 125.0)
    assert asked["histograms"]["tumour:T1"]["largest_share_apart"] == pytest.approx(1.0)
    assert scaled["gamma"]["pass_rate"] == 1.0
    assert scaled["volumes"]["tumour:T1"]["relative_difference"] == pytest.approx(0.0, abs=2e-3)


def test_another_dose_factor_of_the_plan_is_told(sharp):
    folder, content = sharp
    for energy, told in ((49.67, False), (51.0, True)):
        write_plan_json(folder, {"tumour:T1": 100.0}, energy=energy)
        section = {"file": "plan.json", "activity": "partition"}
        document = verified(write_settings(folder, copy.deepcopy(content) | {"plan": section}, "planned.yaml")).document
        assert ("dose-factor-differs" in codes(document)) is told
        assert document["planned"]["as_planned"]["bland_altman"] is None


def plan_section():
    return {
        "file": "plan.json", "activity": "partition", "dose_map": "dose_therasphere.nii.gz",
        "gamma": {"distance": "2 mm", "dose_difference": "3 %", "of": "maximum", "threshold": "10 %"},
    }  # fmt: skip


def put(*way, to):
    def change(content):
        for key in way[:-1]:
            content = content[key]
        content[way[-1]] = to

    return change


WRONG = {
    "another nuclide": (put("product", to="QuiremSpheres"), "an image of Ho-166, as QuiremSpheres has"),
    "before the treatment": (put("therapy", "start", to="2026-03-04T09:00:00+01:00"), "an image after the treatment"),
    "a naive time": (put("therapy", "start", to="2026-03-05T08:00:00"), "a time with its zone"),
    "no positron fraction": (put("therapy", "positron_fraction", to=None), "the positron fraction that the scanner"),
    "bremsstrahlung with a scale": (put("therapy", "modality", to="y90-bremsstrahlung-spect"), "relative only"),
    "a margin for the whole field": (put("therapy", "margin", to="5 mm"), "'margin' with 'summed: liver-and-lungs'"),
    "dead time for PET": (put("therapy", "dead_time", to="not-corrected"), "'dead_time' for SPECT"),
    "a tumour outside": (put("territories", to=[{"position": "left", "region": "Left"}]), "'T1' lies outside every"),
    "territories that overlap": (
        put("territories", to=[{"position": "all", "region": "Liver"}, {"position": "left", "region": "Left"}]),
        "territories that do not overlap",
    ),
    "a territory beyond the liver": (
        put("territories", to=[{"position": "all", "region": "Liver"}, {"position": "up", "region": "Lungs"}]),
        "'up' leaves it by",
    ),
    "a position twice": (
        put("territories", to=[{"position": "a", "region": "Right"}, {"position": "a", "region": "Left"}]),
        "each position once",
    ),
    "an unknown region": (put("tumours", to=["T1", "T9"]), "'T9' came"),
    "no boundary uncertainty": (
        put("images", "boundary_standard_uncertainty", to=None), "'images.boundary_standard_uncertainty'",
    ),
    "no density of the lungs": (put("density", "lungs", to=None), "'density.lungs' with 'images.lungs'"),
    "an unknown engine": (put("engine", to="mc"), "local"),
    "more left than there was": (put("treatment", "residual", "activity", to="3 GBq"), "treatment|residual|left"),
    "no plan there": (put("plan", to={"file": "nothing.json", "activity": "partition"}), "it cannot be read"),
    "a map without criteria": (
        put("plan", to={"file": "plan.json", "activity": "partition", "dose_map": "d.nii.gz"}),
        "'dose_map' and 'gamma' together",
    ),
    "a scout after the therapy": (
        put("scout", to={"delivered_activity": "0.1 GBq", "relative_standard_uncertainty": "5 %",
                         "at": "2026-03-04T11:00:00+01:00", "distribution": "as-therapy"}),
        "a scout before the treatment",
    ),
    "an unknown key": (put("rescue", to=1), "a known key"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_refused_in_one_line_with_status_2(sharp, tmp_path, case):
    folder, content = sharp
    change, said = WRONG[case]
    content = copy.deepcopy(content)
    change(content)
    path = write_settings(folder, content, "wrong.yaml")
    with pytest.raises(InputError, match=said) as refused:
        verified(path)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_plan_must_be_of_this_product_row_and_map(sharp):
    folder, content = sharp
    write_plan_json(folder, {"tumour:T1": 100.0})
    for change, said in (
        ({"activity": "empirical"}, "one of the rows partition, but 'empirical' came"),
        ({"dose_map": "dose_scout.nii.gz"}, "the map of this product in the plan"),
    ):
        path = write_settings(folder, copy.deepcopy(content) | {"plan": plan_section() | change}, "wrong.yaml")
        with pytest.raises(InputError, match=said):
            verified(path)
    resin = copy.deepcopy(content) | {"plan": plan_section(), "product": "SIR-Spheres"}
    with pytest.raises(InputError, match="a plan with SIR-Spheres"):
        verified(write_settings(folder, resin, "wrong.yaml"))


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"products": [{}]}', '{"products": [1]}', '{"products": [{"product": "TheraSphere"}]}',
                '{"products": [{"product": "TheraSphere", "refused": null, "models": {"partition": 1}, "inverse": {}}]}'],
)  # fmt: skip
def test_another_document_is_no_plan(sharp, content):
    folder, stated = sharp
    (folder / "other.json").write_text(content, encoding="utf-8")
    section = {"file": "other.json", "activity": "partition"}
    with pytest.raises(InputError, match=r"other.json: expected plan.json of 'hevesy tare plan'"):
        verified(write_settings(folder, copy.deepcopy(stated) | {"plan": section}, "wrong.yaml"))


def test_bremsstrahlung_needs_no_scale(build, tmp_path):
    """Any linear scale gives the same doses; there is no second scale to compare with."""
    found = {}
    for scale in (1.0, 7.3e-4):
        content = write_case(tmp_path, build, scale=scale)
        del content["therapy"]["positron_fraction"]
        content["therapy"] |= {"modality": "y90-bremsstrahlung-spect", "absolute": "none"}
        found[scale] = verified(write_settings(tmp_path, content)).document
    doses = [one["volumes"]["tumour:T1"]["self_calibrated"]["absorbed_dose_gy"]["value"] for one in found.values()]
    assert doses == pytest.approx([mean_dose(regions()["T1"])] * 2, rel=2e-3)
    assert "no-absolute-calibration" in codes(found[1.0])
    assert found[1.0]["volumes"]["tumour:T1"]["absolute"] is None


def test_an_image_that_cuts_the_liver_is_refused(sharp, tmp_path, build):
    content = write_case(tmp_path, build)
    image = nibabel.load(tmp_path / "pet.nii.gz")
    part = nibabel.Nifti1Image(np.asarray(image.dataobj)[:, :, 8:], image.affine)
    part.header.set_xyzt_units("mm")
    part.affine[2, 3] = 8 * 5.0
    nibabel.save(nibabel.Nifti1Image(part.dataobj, part.affine, part.header), tmp_path / "pet.nii.gz")
    with pytest.raises(InputError, match="an image of the whole liver"):
        verified(write_settings(tmp_path, content))


def test_lungs_that_are_cut_get_no_dose(tmp_path, build):
    content = write_case(tmp_path, build)
    image = nibabel.load(tmp_path / "pet.nii.gz")
    lower = nibabel.Nifti1Image(np.asarray(image.dataobj)[:, :, :22], image.affine)
    lower.header.set_xyzt_units("mm")
    nibabel.save(lower, tmp_path / "pet.nii.gz")
    share = float(truth()[22:].sum() / GIVEN_BQ)
    content["therapy"]["outside"] = {"value": share, "standard_uncertainty": 0.005}
    document = verified(write_settings(tmp_path, content)).document
    assert document["volumes"]["lung"]["self_calibrated"] is None
    assert codes(document)["lungs-outside-field"] is False
    dose = document["volumes"]["tumour:T1"]["self_calibrated"]["absorbed_dose_gy"]["value"]
    assert dose == pytest.approx(mean_dose(regions()["T1"]), rel=2e-3)


def test_the_command_writes_everything(sharp, tmp_path):
    folder, content = sharp
    planned = {key: mean_dose(mask) for key, mask in masks().items()}
    write_plan_json(folder, planned)
    save(box(((4, 14), (4, 20), (4, 20))) * 60.0, folder / "dose_therasphere.nii.gz")
    path = write_settings(folder, copy.deepcopy(content) | {"plan": plan_section()}, "command.yaml")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["tare", "verify", str(path), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert json.loads((out / "verify.json").read_text()) == document
    dose = nibabel.load(out / "dose_self_calibrated.nii.gz")
    assert dose.shape == SHAPE[::-1]
    assert np.asarray(dose.dataobj).max() == pytest.approx(mean_dose(regions()["T1"]), rel=5e-3)
    html = (out / "report.html").read_text(encoding="utf-8")
    for words in ("Planned against delivered", "Gamma index", "Bland-Altman", "Self-calibration", "isodose"):
        assert words in html
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_command_ends_with_3_on_a_finding_that_blocks(build, tmp_path, monkeypatch, capsys):
    path = write_settings(tmp_path, write_case(tmp_path, build, scale=1.5))
    monkeypatch.setattr("sys.argv", ["hevesy", "tare", "verify", str(path), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert ended.value.code == 3
    assert "finding calibration-mismatch" in shown
    assert "tumour T1: " in shown


def test_the_same_file_gives_the_same_key(found, sharp):
    folder, content = sharp
    again = verified(write_settings(folder, content)).document["provenance"]
    assert again["key"] == found.document["provenance"]["key"]
    assert {one["name"] for one in again["inputs"]} >= {"verify.yaml", "pet.nii.gz", "regions.dcm", "ct.nii.gz"}
