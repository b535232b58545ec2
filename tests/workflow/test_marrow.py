"""``hevesy marrow`` and the sections ``body``, ``whole_body_probe`` and ``marrow`` of a study."""

import json
import re

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.errors import InputError, RegionFinding
from hevesy.quantities import Uncertain, correlation
from hevesy.workflow.marrow import _rest
from hevesy.workflow.marrow_files import concentration_unit, read_blood, read_fit, read_probe
from hevesy.workflow.marrow_inputs import Ratio
from hevesy.workflow.run import compute_study

QUICK = ["--voxel-mm", "6", "--histories", "1000"]
BLOOD = """time_h,concentration,standard_uncertainty
0.5,240,5
1,170,4
4,52,1.2
24,7.1,0.2
72,4.0,0.1
168,1.4,0.05
"""
PROBE = """time_h,voided,anterior_counts,posterior_counts,background_counts
0.5,no,1200000,1000000,400
4,yes,650000,540000,400
24,yes,240000,205000,400
96,yes,105000,90000,400
168,yes,48000,41000,400
"""
FIT = {
    "nuclide": "Lu-177",
    "regions": [
        {"name": "Kidneys", "time_integrated_activity_bq_s": {"value": 4.6e13, "standard_uncertainty": 3e12}},
        {"name": "Tumour", "time_integrated_activity_bq_s": {"value": 5e13, "standard_uncertainty": 3e12}},
        {"name": "L2-L4", "time_integrated_activity_bq_s": {"value": 4e11, "standard_uncertainty": 4e10}},
    ],
}
ALWAYS = {
    "--nuclide": "Lu-177",
    "--administered": "7.4 GBq +- 2 %",
    "--unit": "kBq/ml",
    "--rmblr": "1.0 +- 0.2",
    "--haematocrit": "0.42",
    "--body-mass": "75 kg",
    "--phantom": "adult-male",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("marrow")
    (path / "blood.csv").write_text(BLOOD)
    (path / "probe.csv").write_text(PROBE)
    (path / "fit.json").write_text(json.dumps(FIT))
    return path


def run(folder, changes=None, *more, without=()):
    given = {**ALWAYS, "--blood": str(folder / "blood.csv"), **(changes or {})}
    options = [part for name, value in given.items() if name not in without for part in (name, value)]
    return CliRunner().invoke(app, ["marrow", *options, *QUICK, *more], standalone_mode=False)


@pytest.fixture(scope="module")
def both(folder):
    """From blood, probe, organs and an image region."""
    organs = {"--organs": str(folder / "fit.json"), "--map": "Tumour=remainder", "--image-region": "L2-L4"}
    probe = {"--whole-body": str(folder / "probe.csv"), "--probe-uncertainty": "5 %"}
    more = {
        "--marrow-fraction": "0.067 +- 0.007",
        "--marrow-mass-uncertainty": "15 %",
        "--calibration-uncertainty": "3 %",
    }
    result = run(folder, {**organs, **probe, **more}, "--json")
    assert result.return_value == 0, result.output
    return json.loads(result.stdout)


def ways(document):
    return {way["way"]: way for way in document["red_marrow"]["ways"]}


def test_the_dose_is_the_sum_of_its_parts(both):
    assert set(ways(both)) == {"blood", "image"}
    for way in ways(both).values():
        parts = [way["self_dose_gy"]["value"], *(part["value"] for part in way["cross_dose_gy"].values())]
        assert way["absorbed_dose_gy"]["value"] == pytest.approx(sum(parts))
        assert set(way["cross_dose_gy"]) == {"Kidneys", "remainder"}
        per = way["absorbed_dose_per_administered_activity_gy_per_gbq"]["value"]
        assert per == pytest.approx(way["absorbed_dose_gy"]["value"] / 7.4)


def test_self_dose_from_blood_is_concentration_times_energy(both):
    """Integral of the blood over 1.03 g/ml, 0.147 MeV of electrons a decay, of which marrow keeps 0.86."""
    integral = both["blood"]["time_integrated"]["value"]
    expected = integral / 1.03e-3 * 0.1472 * 1.602177e-13 * 0.864
    assert ways(both)["blood"]["self_dose_gy"]["value"] == pytest.approx(expected, rel=0.02)


def test_the_remainder_is_what_marrow_and_organs_leave_of_the_body(both):
    blood = ways(both)["blood"]
    left = both["whole_body"]["time_integrated"]["value"] - blood["time_integrated_activity_bq_s"]["value"] - 4.6e13
    assert blood["remainder_time_integrated_activity_bq_s"]["value"] == pytest.approx(left)


def test_the_budget_names_every_source(both):
    blood, image = (ways(both)[way]["absorbed_dose_gy"] for way in ("blood", "image"))
    assert next(iter(blood["budget"])) == "rmblr"
    assert {"calibration", "blood-sample", "probe-position", "administered-activity"} <= set(blood["budget"])
    assert blood["budget"]["marrow-mass"] < 0.002 * blood["value"]
    assert image["budget"]["marrow-mass"] == pytest.approx(
        0.15 * ways(both)["image"]["self_dose_gy"]["value"], rel=0.02
    )
    assert "marrow-fraction" in image["budget"]
    assert "rmblr" not in image["budget"]


def test_both_ways_are_compared_and_the_difference_is_a_finding(both):
    doses = {way: entry["absorbed_dose_gy"]["value"] for way, entry in ways(both).items()}
    assert both["red_marrow"]["image_over_blood"]["value"] == pytest.approx(doses["image"] / doses["blood"])
    assert any("image-based and blood-based marrow doses" in finding for finding in both["findings"])


def test_the_whole_body_has_a_dose_and_what_left_it(both):
    body = both["whole_body"]
    energy = body["time_integrated"]["value"] * 0.147 * 1.602177e-13 / 75.0
    assert energy < body["absorbed_dose_gy"]["value"] < 1.25 * energy
    assert body["samples"][0]["excreted_fraction"]["value"] == 0.0
    assert body["samples"][-1]["excreted_fraction"]["value"] == pytest.approx(0.917, abs=0.002)


@pytest.fixture(scope="module")
def rising(tmp_path_factory):
    path = tmp_path_factory.mktemp("rising") / "rising.csv"
    path.write_text("time_h,concentration\n1,50\n4,70\n24,90\n")
    return str(path)


def test_blood_that_still_rises_gives_no_dose_and_the_reason(folder, rising):
    result = run(folder, {"--blood": rising}, "--json")
    document = json.loads(result.stdout)
    assert result.return_value == 3
    assert document["blood"]["time_integrated"]["value"] is None
    assert ways(document)["blood"]["absorbed_dose_gy"]["value"] is None
    assert "rising" in ways(document)["blood"]["absorbed_dose_gy"]["reason"]


def test_a_table_for_people_says_what_is_missing_and_takes_a_stated_tail(folder, rising):
    result = run(folder, {"--blood": rising, "--blood-tail": "60 h +- 10 h"}, without=("--haematocrit",))
    assert result.return_value == 0
    assert "Blood: trapezoid-tail" in result.output
    assert "From blood: 0." in result.output
    assert "tail 0." in result.output
    assert re.search(r"Red marrow: 1[12]\d\d g \(adult-male, 75 kg\)", result.output)
    for words in ("no whole-body curve", "calibration is not stated", "marrow's mass is not stated"):
        assert words in result.output


def test_a_phantom_without_marrow_is_no_choice(folder):
    assert "adult-male" in str(run(folder, {"--phantom": "ornl-adult"}).exception)


@pytest.mark.parametrize(
    ("changes", "without", "words"),
    [
        ({}, ("--rmblr",), "the marrow-to-blood ratio"),
        ({"--rmblr": "1.0"}, (), "ratio with its standard uncertainty"),
        ({"--rmecff": "0.19 +- 0.03"}, (), "both came"),
        ({"--rmecff": "0.19 +- 0.03"}, ("--rmblr",), "the haematocrit with its standard uncertainty"),
        ({"--rmecff": "0.19 +- 0.03"}, ("--rmblr", "--haematocrit"), "a haematocrit such as"),
        ({"--haematocrit": "0.7"}, (), "a haematocrit from 0.15 to 0.65"),
        ({"--haematocrit": "42"}, (), "a haematocrit from 0.15 to 0.65"),
        ({}, ("--unit",), "--unit: expected the unit"),
        ({"--unit": "counts"}, (), "a unit of activity concentration"),
        ({"--unit": "%IA/l"}, ("--administered",), "the administered activity"),
        ({"--nuclide": "Ac-225"}, (), "chain"),
        ({"--body-mass": "75"}, (), "has no unit"),
        (
            {"--marrow-mass": "1 kg +- 0.1 kg", "--marrow-mass-uncertainty": "5 %"},
            (),
            "the uncertainty with --marrow-mass",
        ),
        ({"--blood-model": "spline"}, (), "model"),
        ({"--whole-body": "probe.csv"}, (), "probe.csv"),
        ({"--image-region": "L2-L4"}, (), "--image-region and --marrow-fraction together"),
        ({"--map": "A=Liver"}, (), "--organs with --image-region and --map"),
    ],
)
def test_what_is_missing_or_cannot_be_is_refused(folder, changes, without, words):
    result = run(folder, changes, without=without)
    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--map": "Tumour=Gizzard"}, "one of the regions"),
        ({"--map": "Liver=remainder,Tumour=remainder"}, "one of the regions Kidneys, Tumour, L2-L4"),
        ({"--map": "Tumour=remainder,Tumour=Liver"}, "every region once"),
        ({"--map": "Tumour"}, "a list such as"),
        ({"--image-region": "L5", "--marrow-fraction": "0.1 +- 0.01"}, "one of the regions Kidneys, Tumour, L2-L4"),
        (
            {"--map": "Tumour=remainder", "--image-region": "L2-L4", "--marrow-fraction": "0.1 +- 0.01"},
            "the uncertainty of the marrow's mass",
        ),
        ({"--image-region": "L2-L4", "--marrow-fraction": "1.1 +- 0.1", "--map": "Tumour=remainder"}, "at most 1"),
    ],
)
def test_regions_that_the_phantom_or_the_fit_lacks_are_refused(folder, changes, words):
    result = run(folder, {"--organs": str(folder / "fit.json"), **changes})
    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_h,concentration\n0,5\n4,7\n", "a time after the administration"),
        ("time_h,concentration\n4,5\n4,7\n", "a time after 4 h"),
        ("time_h,concentration\n1,5\n4,0\n", "blood.csv, line 3, concentration: expected a positive number"),
        ("time_h,concentration\n1,5\n4,nan\n", "a number"),
        ("time_h,concentration,standard_uncertainty\n1,5,0\n4,4,1\n", "a positive number"),
        ("t,concentration\n1,5\n4,4\n", "no time_h came"),
        ("time_h,concentration,haematocrit\n1,5,3\n", "no other column"),
    ],
)
def test_bad_blood_tables_are_refused(tmp_path, text, words):
    (tmp_path / "blood.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_blood(tmp_path / "blood.csv", concentration_unit("kBq/ml", None, ""))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("0.5,no", "0.5,yes", "before the patient voids"),
        ("48000,41000", "300,41000", "a reading above the background"),
        ("4,yes", "4,maybe", "'yes' or 'no'"),
        ("anterior_counts", "anterior_usv_h", "both came"),
        ("anterior_counts", "front", "no other column|anterior_counts"),
        (",400\n168", ",-1\n168", "a background of zero or more"),
    ],
)
def test_bad_probe_tables_are_refused(folder, tmp_path, old, new, words):
    (tmp_path / "probe.csv").write_text(PROBE.replace(old, new))
    changes = {"--whole-body": str(tmp_path / "probe.csv"), "--probe-uncertainty": "5 %"}
    with pytest.raises(InputError, match=words):
        raise run(folder, changes).exception


def test_the_uncertainty_of_readings_is_stated_once(tmp_path):
    with_column = "\n".join(
        line + (",relative_standard_uncertainty" if n == 0 else ",0.04") for n, line in enumerate(PROBE.split())
    )
    (tmp_path / "probe.csv").write_text(with_column)
    assert read_probe(tmp_path / "probe.csv", None).readings[2].relative_standard_uncertainty == 0.04
    with pytest.raises(InputError, match="both came"):
        read_probe(tmp_path / "probe.csv", 0.05)
    (tmp_path / "probe.csv").write_text(PROBE)
    with pytest.raises(InputError, match="neither came"):
        read_probe(tmp_path / "probe.csv", None)


def test_shares_of_the_administered_activity_and_decay_corrected_ones(tmp_path):
    (tmp_path / "blood.csv").write_text("time_h,concentration\n159.528,2\n319.056,1\n")
    unit = concentration_unit("%IA/l", Uncertain(7.4e9, {"administered-activity:x": 1e8}), "")
    assert unit.bq_ml == pytest.approx(7.4e9 / 100 / 1000)
    table = read_blood(tmp_path / "blood.csv", unit, decay_corrected_half_life_s=159.528 * 3600)
    assert [s.concentration_bq_ml for s in table.samples] == pytest.approx([7.4e4, 7.4e4 / 4])


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        '{"regions": []}',
        '{"regions": [{"name": "A"}]}',
        '{"regions": [{"name": "A", "time_integrated_activity_bq_s": {"value": -1, "standard_uncertainty": 1}}]}',
        '{"regions": [{"name": "A", "time_integrated_activity_bq_s": {"value": NaN, "standard_uncertainty": 1}}]}',
        '{"regions": [{"name": "A", "time_integrated_activity_bq_s": {"value": 1}}]}',
        '{"nuclide": "Y-90", "regions": [{"name": "A", "time_integrated_activity_bq_s": {"value": null}}]}',
        '{"settings": {"until": "72 h"}, "regions": [{"name": "A", "time_integrated_activity_bq_s": {"value": null}}]}',
        "no json",
    ],
)
def test_documents_that_are_no_fit_are_refused(tmp_path, content):
    (tmp_path / "fit.json").write_text(content)
    with pytest.raises(InputError):
        read_fit(tmp_path / "fit.json", "Lu-177")


def test_what_whole_body_and_organs_share_cancels_in_the_remainder():
    shared = {"administered-activity:meter": 2.0}
    rest = _rest(Uncertain(100.0, shared), [Uncertain(40.0, {**shared, "fit:Liver": 1.0})])
    assert rest.value == 60.0
    assert dict(rest.components) == {"fit:Liver": -1.0}
    assert correlation(rest, Uncertain(100.0, shared)) == 0.0


def test_organs_that_hold_more_than_the_body_are_a_contradiction():
    with pytest.raises(RegionFinding, match="hold more"):
        _rest(Uncertain(3.6e12, {"a:b": 1e11}), [Uncertain(7.2e12, {"c:d": 1e11})])
    assert _rest(Uncertain(3.6e12, {"a:b": 1e11}), [Uncertain(3.7e12, {"c:d": 1e11})]).value == pytest.approx(-1e11)


def test_no_ratio_is_a_default():
    with pytest.raises(InputError, match="neither came"):
        Ratio().used("marrow")


SECTIONS = """
body: {phantom: adult-male, mass: "75 kg", histories: 1000, voxel: "6 mm"}
whole_body_probe: {file: probe.csv, relative_standard_uncertainty: "5 %", model: auto, scatter_between_readings: "2 %"}
marrow:
  blood: {file: blood.csv, unit: Bq/ml, sample: whole-blood, decay_corrected_to: sample, model: auto,
          calibration_relative_standard_uncertainty: "3 %", scatter_between_samples: "2 %"}
  ratio: {value: 1.0, standard_uncertainty: 0.2, source: stated}
  mass: {mass: by-body-mass, relative_standard_uncertainty: "15 %", source: stated}
  sources: {Kidney_L: remainder}
"""


def prepared(tiny):
    tiny.text += SECTIONS
    tiny.folder.mkdir(parents=True, exist_ok=True)
    (tiny.folder / "blood.csv").write_text(BLOOD)
    (tiny.folder / "probe.csv").write_text(PROBE)
    return tiny


def test_a_study_has_whole_body_and_marrow_among_its_regions(tiny):
    results = compute_study(prepared(tiny).write()).results
    found = {region.name: region for region in results.regions}
    assert list(found) == ["Liver", "Kidney_L", "Whole_body", "Red_marrow"]
    assert found["Red_marrow"].absorbed_dose_gy == results.marrow.ways[0].absorbed_dose_gy
    assert found["Red_marrow"].absorbed_dose_gy.budget["rmblr"] > 0
    assert found["Whole_body"].status == found["Red_marrow"].status == "complete"
    assert set(results.marrow.ways[0].cross_dose_gy) == {"Liver", "remainder"}
    assert results.whole_body.samples[-1].excreted_fraction.value > 0.9
    assert {"blood.csv", "probe.csv"} <= {item["name"] for item in results.provenance.inputs}
    assert "eanm-marrow" in {citation.key for citation in results.provenance.citations}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{Kidney_L: remainder}", "{Kidney_L: Gizzard}", "what Kidney_L is on the phantom"),
        ("{Kidney_L: remainder}", "{Spleen: remainder}", "regions of the study in 'marrow'"),
        ("  ratio: {value: 1.0, standard_uncertainty: 0.2, source: stated}\n", "", "'ratio'"),
        ("file: blood.csv", "file: none.csv", "none.csv"),
        ("unit: Bq/ml", "unit: cps", "activity concentration"),
        ('mass: "75 kg"', 'mass: "75"', "no unit"),
        ("body: {", "nobody: {", "body"),
    ],
)
def test_a_study_that_lacks_something_is_refused_before_any_voxel_is_touched(tiny, old, new, words):
    prepared(tiny).replace(old, new)
    with pytest.raises(InputError, match=words):
        compute_study(tiny.write())
