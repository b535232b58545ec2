"""A treatment in fractions, from images and readings to the activity that may still be given, against a known liver."""

import json
import shutil
import threading
import time
from copy import deepcopy

import nibabel
import numpy as np
import pydicom
import pytest
import yaml
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.domain import Image, Quantity
from hevesy.errors import HevesyError
from hevesy.report import write_nifti
from hevesy.simulate.holmium_fractions import fractioned_liver, write_holmium_fractions
from hevesy.workflow.tare.live.job import read_live, write_live
from hevesy.workflow.tare.live.watch import Watch, awaited, wait_for_echoes

TRUTH = fractioned_liver((8, 36, 36))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder and settings of two fractions, with the state after the first in ``first`` and after both in ``both``."""
    folder = tmp_path_factory.mktemp("live")
    path = write_holmium_fractions(folder, TRUTH, n_fractions=2, n_echoes=6)
    settings = yaml.safe_load(path.read_text())
    write_live(saved(folder, settings | {"fractions": settings["fractions"][:1]}, "one.yaml"), folder / "first")
    document, _ = write_live(path, folder / "both")
    return folder, settings, document


def saved(folder, settings, name):
    (folder / name).write_text(yaml.safe_dump(settings, sort_keys=False))
    return folder / name


@pytest.fixture
def again(made, tmp_path):
    """Compute the settings with changes, from the state after a number of fractions."""
    folder, settings, _ = made

    def compute(change=lambda content: None, start=None, **options):
        content = deepcopy(settings)
        change(content)
        if start is not None:
            shutil.copytree(folder / start, tmp_path / "out", dirs_exist_ok=True)
        document, _ = write_live(saved(folder, content, f"{tmp_path.name}.yaml"), tmp_path / "out", **options)
        return document

    return compute


def truth(folder):
    return json.loads((folder / "truth.json").read_text())


def test_doses_are_those_of_the_liver(made):
    """Healthy tissue as seen within 2 %, the tumour without its void within 10 %, and never more than the truth."""
    folder, _, document = made
    expected = truth(folder)
    dose = document["absorbed_dose_gy"]
    assert dose["healthy"]["seen"]["value"] == pytest.approx(expected["absorbed_dose_gy"]["healthy"], rel=0.02)
    tumour = dose["tumours"]["T1"]
    seen = tumour["at_least"]["value"] - tumour["in_voids_at_least"]
    void = expected["activity_gbq"]["void"] / expected["activity_gbq"]["T1"]
    assert seen == pytest.approx(expected["absorbed_dose_gy"]["T1"] * (1 - void), rel=0.1)
    assert tumour["at_least"]["value"] < expected["absorbed_dose_gy"]["T1"]
    given = document["activity_gbq"]["given"]["value"]
    assert given == pytest.approx(sum(expected["delivered_gbq"]), rel=1e-6)


def test_the_void_is_in_the_healthy_liver_until_it_is_placed(made, again):
    folder, _, document = made
    per = document["dose_factor"]["healthy_gy_per_gbq"]["value"]
    not_seen = document["activity_gbq"]["not_seen"]["value"]
    dose = document["absorbed_dose_gy"]["healthy"]
    assert not_seen == pytest.approx(truth(folder)["activity_gbq"]["void"], rel=0.25)
    assert dose["at_most"]["value"] == pytest.approx(dose["seen"]["value"] + per * not_seen, rel=1e-9)
    placed = again(
        lambda c: c.update(placed=[{"region": "T1", "share": "90 %", "reason": "the void lies in it"}]), "both"
    )
    lower = placed["absorbed_dose_gy"]["healthy"]["at_most"]["value"]
    assert lower == pytest.approx(dose["seen"]["value"] + 0.1 * per * not_seen, rel=1e-9)
    assert placed["absorbed_dose_gy"]["tumours"]["T1"]["with_placed"] > 0
    assert placed["unaccounted_share"]["value"] == pytest.approx(0.1 * document["unaccounted_share"]["value"])


def test_both_assumptions_and_both_ways(made):
    remaining = made[2]["remaining"]
    so_far, whole = remaining["as-so-far"], remaining["all-to-healthy"]
    assert 0 < whole["activity_gbq"] < so_far["activity_gbq"]
    for one in (so_far, whole):
        assert one["analytic_gbq"] == pytest.approx(one["drawn_gbq"], rel=0.03)
        assert one["activity_gbq"] == min(one["analytic_gbq"], one["drawn_gbq"])


def test_every_source_is_in_the_budget(made):
    budget = made[2]["absorbed_dose_gy"]["healthy"]["at_most"]["budget"]
    assert {"relaxivity", "batch", "baseline", "noise", "meter", "residual", "volume", "dose-factor"} <= set(budget)


def test_files(made):
    folder, _, document = made
    assert json.loads((folder / "both" / "live.json").read_text()) == document
    page = (folder / "both" / "live.html").read_text()
    assert "May still be given" in page
    assert "<script" not in page
    dose = np.asarray(nibabel.load(folder / "both" / "absorbed_dose.nii.gz").dataobj).T
    healthy = TRUTH.treated & ~TRUTH.liver.tumour
    assert np.nanmean(dose[healthy]) == pytest.approx(
        document["absorbed_dose_gy"]["healthy"]["seen"]["value"], rel=1e-3
    )
    assert np.isnan(dose[TRUTH.liver.cluster]).any()
    assert np.isnan(dose[~TRUTH.liver.liver]).all()


def test_earlier_fractions_are_kept_and_not_computed_again(made, again):
    folder, _, document = made
    before = (folder / "first" / "state" / "fraction-01.npz").read_bytes()
    other = again(start="first")
    assert [one["computed"] for one in other["fractions"]] == ["before", "now"]
    assert other["absorbed_dose_gy"] == document["absorbed_dose_gy"]
    assert other["remaining"] == document["remaining"]
    assert (folder / "first" / "state" / "fraction-01.npz").read_bytes() == before


def first(content):
    return content["fractions"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: first(c)["given"].update(activity="50 MBq"), "F1: expected the fraction as it was computed, but its "
         "readings changed"),
        (lambda c: c["batches"][0].update(activity_per_mg="6 MBq/mg"), "batch changed"),
        (lambda c: c["mri"]["baseline"].update(standard_uncertainty_per_s=2.0), "baseline changed"),
        (lambda c: first(c)["echoes"].update(noise=11.0), "image changed"),
        (lambda c: c["fractions"].pop(), "every fraction that was given, but 'F2' is missing"),
        (lambda c: first(c).update(name="G1"), "its name, readings changed"),
    ],
)  # fmt: skip
def test_an_edit_of_an_earlier_fraction_is_noticed(again, tmp_path, change, words):
    with pytest.raises(HevesyError, match=words):
        again(change, "both")
    assert json.loads((tmp_path / "out" / "live.json").read_text())["fractions"][1]["name"] == "F2"


def test_an_edit_may_be_accepted(again):
    document = again(lambda c: first(c)["given"].update(activity="46 MBq"), "both", accept_edits=True)
    assert [one["code"] for one in document["findings"]] == ["fraction-edited"]
    assert [one["computed"] for one in document["fractions"]] == ["now", "before"]


def test_a_damaged_state_is_refused_or_computed_again(made, again, tmp_path):
    shutil.copytree(made[0] / "both", tmp_path / "out")
    (tmp_path / "out" / "state" / "fraction-02.npz").write_bytes(b"damaged")
    with pytest.raises(HevesyError, match="--accept-edits computes it again"):
        again()
    document = again(accept_edits=True)
    assert [one["computed"] for one in document["fractions"]] == ["before", "now"]
    assert document["absorbed_dose_gy"] == made[2]["absorbed_dose_gy"]


def test_a_fraction_that_was_taken_out_is_forgotten(again, tmp_path):
    document = again(lambda c: c["fractions"].pop(), "both", accept_edits=True)
    assert [one["name"] for one in document["fractions"]] == ["F1"]
    assert not (tmp_path / "out" / "state" / "fraction-02.json").exists()


def second(content):
    return content["fractions"][1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: second(c).update(injected="2026-03-02T09:55:00+01:00", given={"activity": "130 MBq",
         "at": "2026-03-02T09:50:00+01:00"}), "an injection after that of F1"),
        (lambda c: second(c)["given"].update(at="2026-03-02T11:00:00+01:00"), "a reading before the injection"),
        (lambda c: second(c)["residual"].update(at="2026-03-02T10:20:00+01:00"), "a residual read after the injection"),
        (lambda c: second(c)["residual"].update(activity="200 MBq"), "less residual than given activity"),
        (lambda c: second(c)["residual"].update(at="2026-03-02T10:35:00"), "zone"),
        (lambda c: second(c)["echoes"].update(dicom="mr_1"), "that of F1 came again"),
        (lambda c: second(c).update(injected="2026-03-02T10:31:00+01:00", given={"activity": "130 MBq",
         "at": "2026-03-02T10:00:00+01:00"}), "it belongs to an earlier fraction"),
        (lambda c: second(c).update(acquired="2026-03-02T10:40:00+01:00"), "the files say"),
        (lambda c: second(c).update(batch="B2"), "one of the batches B1"),
        (lambda c: second(c)["echoes"].update(dicom="none"), "there is none of this name"),
        (lambda c: second(c).update(echoes=None, watched={"noise": 10.0, "n_echoes": 6, "n_slices": 8}),
         "none is there yet"),
        (lambda c: c["limit"].update(healthy_liver_dose="80 Gy"), "or the name of a trial"),
        (lambda c: c.update(product="SIR-Spheres"), "166Ho"),
        (lambda c: c.update(placed=[{"region": "Liver", "share": "50 %", "reason": "x"}]), "outside the liver"),
        (lambda c: c.update(tumours=["T2"], volume_relative_standard_uncertainty={"healthy": "5 %", "tumours":
         {"T2": "5 %"}}), "T2"),
        (lambda c: c.pop("mri"), "'mri' for echoes"),
    ],
)  # fmt: skip
def test_what_is_refused_loses_nothing(again, tmp_path, change, words):
    with pytest.raises(HevesyError, match=words) as caught:
        again(change, "first")
    assert "\n" not in str(caught.value)
    assert json.loads((tmp_path / "out" / "live.json").read_text())["fractions"][0]["name"] == "F1"
    assert not (tmp_path / "out" / "state" / "fraction-02.json").exists()


def test_another_grid_and_field_are_refused(made, again, tmp_path):
    folder, settings, _ = made
    times = [1.2 + 1.3 * k for k in range(10)]
    files = [f"echo_{k}.nii.gz" for k in range(10)]
    for name in files:
        write_nifti(Image(TRUTH.liver.grid, np.ones(TRUTH.liver.grid.shape), Quantity.ARBITRARY), folder / name)
    nifti = {"files": files, "times_ms": times, "field_t": 3.0}
    with pytest.raises(HevesyError, match="relaxivity at the scanner's 3 T"):
        again(lambda c: second(c).update(echoes={"nifti": nifti, "noise": 10.0}), "first")
    small = fractioned_liver((6, 36, 36))
    write_holmium_fractions(tmp_path / "small", small, n_fractions=2, n_echoes=6)
    with pytest.raises(HevesyError, match="the grid of the image after the first fraction"):
        again(lambda c: second(c)["echoes"].update(dicom=str(tmp_path / "small" / "mr_2")), "first")
    assert settings["fractions"]


def test_another_field_than_after_the_first_fraction_is_refused(made, again):
    """Though the table has a relaxivity for it."""
    folder, _, _ = made
    table = (folder / "relaxivity.csv").read_text()
    (folder / "both_fields.csv").write_text(table + "3.0,150,5,the phantom's own\n")
    shutil.copytree(folder / "mr_2", folder / "mr_3t")
    for path in (folder / "mr_3t").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.MagneticFieldStrength = "3"
        dataset.save_as(path)
    stated = {"method": "mean", "r2star_per_s": 30.0, "standard_uncertainty_per_s": 1.0, "source": "another patient"}

    def change(content):
        content["mri"] = {"relaxivity": "both_fields.csv", "baseline": stated}
        second(content)["echoes"].update(dicom="mr_3t")

    with pytest.raises(HevesyError, match=r"fractions, F2: expected images at 1\.5 T as after the first .* 3 T came"):
        again(change)


def test_a_baseline_of_another_patient_is_refused(made, again):
    folder, _, _ = made
    shutil.copytree(folder / "mr_2", folder / "mr_other")
    for path in (folder / "mr_other").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientID = "ANOTHER-ONE"
        dataset.save_as(path)
    with pytest.raises(HevesyError, match="a baseline of the same patient") as caught:
        again(lambda c: second(c)["echoes"].update(dicom="mr_other"), "first")
    assert "ANOTHER" not in str(caught.value)


def with_clock(folder, name, offset, hours=0):
    """The second image by a clock that states its offset from UTC, its hands moved by some hours."""
    shutil.copytree(folder / "mr_2", folder / name)
    for path in (folder / name).glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        clock = str(dataset.AcquisitionTime)
        dataset.AcquisitionTime = f"{int(clock[:2]) + hours:02d}{clock[2:]}"
        dataset.TimezoneOffsetFromUTC = offset
        dataset.save_as(path)
    return folder / name


def test_a_clock_of_another_zone_is_brought_to_that_of_the_injection(made, again):
    """09:40 at UTC is 10:40 at +01:00; the same hands at +02:00 would be before the injection."""
    folder, _, document = made
    with_clock(folder, "mr_utc", "+0000", hours=-1)
    done = again(lambda c: second(c)["echoes"].update(dicom="mr_utc"), "first")
    assert done["fractions"][1]["acquired"] == document["fractions"][1]["acquired"]
    assert done["absorbed_dose_gy"] == document["absorbed_dose_gy"]
    with_clock(folder, "mr_east", "+0200")
    with pytest.raises(HevesyError, match="it belongs to an earlier fraction"):
        again(lambda c: second(c)["echoes"].update(dicom="mr_east"), accept_edits=True)


def test_an_image_of_another_zone_is_waited_for(made, tmp_path):
    path, _ = watching(made, tmp_path)
    content, watch = read_live(path), Watch(tmp_path / "arriving", quiet_s=0.0, poll_s=0.05, at_most_s=0.1)
    shutil.copytree(with_clock(made[0], "mr_too_early", "+0200"), tmp_path / "arriving" / "early")
    with pytest.raises(HevesyError, match="no MR image after the injection"):
        wait_for_echoes(content, 1, tmp_path / "out", watch)
    shutil.copytree(with_clock(made[0], "mr_in_time", "+0200", hours=1), tmp_path / "arriving" / "late")
    wait_for_echoes(content, 1, tmp_path / "out", watch)
    assert awaited(content, tmp_path / "out") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.update(largest_unaccounted="1 %"), "of the activity given is not accounted for"),
        (lambda c: c["limit"].update(treated_share_at_most="1/2"), "at most 50.0% of the liver volume"),
        (lambda c: c["batches"][0].update(activity_per_mg="9 MBq/mg"), "more is seen than was given"),
    ],
)
def test_no_figure(again, change, words):
    document = again(change, "both", accept_edits=True)
    assert document["remaining"] is None
    assert any(words in reason for reason in document["no_figure_because"])
    assert document["absorbed_dose_gy"]["healthy"]["at_most"]["value"] > 0


def test_the_limit_is_reached(again):
    document = again(lambda c: c["limit"].update(healthy_liver_dose="15 Gy"), "both")
    assert [one["code"] for one in document["findings"]] == ["limit-reached"]
    assert document["remaining"]["all-to-healthy"]["activity_gbq"] == 0.0


def test_maps_instead_of_echoes(made, again):
    """A prepared map of the true activity: the healthy dose within 0.1 %, and all of it accounted for."""
    folder, settings, _ = made
    expected = truth(folder)
    maps = []
    for number, fraction in enumerate(settings["fractions"]):
        share = 2.0 ** (-5 / 60 / 26.8) * sum(expected["delivered_gbq"][: number + 1]) / sum(expected["delivered_gbq"])
        whole = TRUTH.liver.concentration_mg_per_ml
        scale = share * sum(expected["delivered_gbq"]) * 1e9 / (whole.sum() * TRUTH.liver.grid.voxel_volume_ml)
        name = f"activity_{number}.nii.gz"
        write_nifti(Image(TRUTH.liver.grid, whole * scale, Quantity.ACTIVITY_CONCENTRATION), folder / name)
        at = fraction["injected"].replace(":00:00+", ":05:00+").replace(":25:00+", ":30:00+")
        stated = {"file": name, "at": at, "relative_standard_uncertainty": "5 %",
                  "voxel_relative_standard_uncertainty": "10 %"}  # fmt: skip
        maps.append({key: fraction[key] for key in ("name", "injected", "given", "residual")} | {"map": stated})

    def change(content):
        content.update(fractions=maps, batches=[])
        content.pop("mri")

    document = again(change)
    assert document["unaccounted_share"]["value"] == pytest.approx(0.0, abs=0.02)
    healthy = document["absorbed_dose_gy"]["healthy"]["seen"]["value"]
    assert healthy == pytest.approx(expected["absorbed_dose_gy"]["healthy"], rel=0.01)
    assert "map" in document["absorbed_dose_gy"]["healthy"]["seen"]["budget"]


def watching(made, tmp_path):
    """The second fraction's image is to come into a folder."""
    folder, settings, _ = made
    content = deepcopy(settings)
    second(content).pop("echoes")
    second(content)["watched"] = {"noise": 10.0, "n_echoes": 6, "n_slices": 8}
    shutil.copytree(folder / "first", tmp_path / "out")
    (tmp_path / "arriving").mkdir()
    return saved(folder, content, f"{tmp_path.name}-watch.yaml"), sorted((folder / "mr_2").glob("*.dcm"))


def test_the_next_image_is_waited_for_until_it_is_whole(made, tmp_path):
    path, files = watching(made, tmp_path)
    arriving, seen = tmp_path / "arriving", []
    shutil.copytree(made[0] / "mr_1", arriving / "earlier")
    for file in files[:40]:
        shutil.copyfile(file, arriving / file.name)
    content = read_live(path)
    assert awaited(content, tmp_path / "out") == 1

    def rest():
        time.sleep(1.0)
        for file in files[40:]:
            shutil.copyfile(file, arriving / file.name)

    late = threading.Thread(target=rest)
    late.start()
    watch = Watch(arriving, quiet_s=0.4, poll_s=0.1, at_most_s=30.0)
    wait_for_echoes(content, 1, tmp_path / "out", watch, seen.append)
    late.join()
    assert seen[0].startswith("40 images at 5 echo times")
    assert awaited(content, tmp_path / "out") is None
    document, _ = write_live(path, tmp_path / "out")
    assert document["absorbed_dose_gy"] == made[2]["absorbed_dose_gy"]


def test_watching_that_cannot_succeed(made, tmp_path):
    path, files = watching(made, tmp_path)
    content, out, arriving = read_live(path), tmp_path / "out", tmp_path / "arriving"
    with pytest.raises(HevesyError, match="no MR image after the injection"):
        wait_for_echoes(content, 1, out, Watch(arriving, poll_s=0.05, at_most_s=0.1))
    with pytest.raises(HevesyError, match="a folder to watch"):
        wait_for_echoes(content, 1, out, Watch(tmp_path / "none"))
    (arriving / "text.txt").write_text("no image")
    (arriving / files[0].name).write_bytes(files[0].read_bytes())
    with pytest.raises(HevesyError, match="1 images at 1 echo times are there"):
        wait_for_echoes(content, 1, out, Watch(arriving, quiet_s=0.0, poll_s=0.05, at_most_s=0.2))
    assert not (out / "images").exists()


def test_the_command(made, tmp_path):
    folder, _, document = made
    call = ["tare", "live", str(folder / "live.yaml"), "--out", str(folder / "both")]
    shown = CliRunner().invoke(app, call)
    assert shown.exit_code == 0, shown.output
    for words in ("if it goes as so far", "healthy, at most", "T1, at least", "Not accounted for"):
        assert words in " ".join(shown.output.split())
    told = CliRunner().invoke(app, [*call, "--json"])
    assert json.loads(told.output)["remaining"] == document["remaining"]
    path, files = watching(made, tmp_path)
    for file in files:
        shutil.copy2(file, tmp_path / "arriving")
    call = ["tare", "live", str(path), "--out", str(tmp_path / "out"), "--watch", str(tmp_path / "arriving"), "--json"]
    watched = CliRunner().invoke(app, [*call, "--wait-min", "0.5"])
    assert watched.exit_code == 0, watched.output
    twice = CliRunner().invoke(app, call)
    assert isinstance(twice.exception, HevesyError)
    assert "still to come" in str(twice.exception)
