"""Eligibility, effects, schedule and limits of trials in a plan, as its document and report tell them."""

import copy
import json
import re
from pathlib import Path

import pytest
import yaml

from hevesy.errors import InputError
from hevesy.report.tare import tare_report
from hevesy.report.tare_sources import source_numbers
from hevesy.workflow.tare import plan_document, read_plan, write_plan

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tare-one-patient" / "plan.yaml"
BASE = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))


def made(folder, *changes):
    content = copy.deepcopy(BASE)
    for change in changes:
        change(content)
    path = folder / "plan.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return plan_document(read_plan(path))


def put(*way, to):
    def change(content):
        for key in way[:-1]:
            content = content[key]
        content[way[-1]] = to

    return change


def only(number, **more):
    def change(content):
        content["products"] = [{**content["products"][number], **more}]
        content["models"] = ["partition"]

    return change


def codes(document):
    return {one["code"] for one in document["findings"]}


@pytest.fixture(scope="module")
def document():
    return plan_document(read_plan(EXAMPLE))


def test_every_criterion_is_in_the_document_with_its_state_and_source(document):
    assert {row["state"] for row in document["eligibility"]} == {"met"}
    assert all(row["source"] and row["source_status"] for row in document["eligibility"])
    assert codes(document) == {"planar-lung-shunt"}


def test_a_plan_that_says_nothing_about_eligibility_tells_so(tmp_path):
    found = made(tmp_path, lambda content: content.pop("eligibility"))
    states = {row["criterion"]: row["state"] for row in found["eligibility"]}
    assert states["bilirubin"] == states["liver-radiotherapy"] == states["extrahepatic-deposition"] == "met"
    assert states["ecog"] == states["pregnancy"] == states["contrast-allergy"] == "not stated"
    assert "criteria-not-stated" in codes(found)


def test_radiotherapy_of_the_liver_needs_an_override_and_makes_the_liver_compromised(tmp_path):
    radiotherapy = put("earlier", "liver_radiotherapy", to="30 Gy")
    with pytest.raises(InputError, match="liver-radiotherapy"):
        made(tmp_path, radiotherapy)
    decided = {"criterion": "liver-radiotherapy", "reason": "one small field", "by": "tumour-board"}
    found = made(tmp_path, radiotherapy, put("eligibility", "overrides", to=[decided]))
    assert found["patient"]["liver_function"] == "compromised"
    assert found["products"][0]["inverse"]["multi"]["binding"] == "seed-resin-normal-compromised"
    row = next(row for row in found["eligibility"] if row["criterion"] == "liver-radiotherapy")
    assert row["overridden"] == {"reason": "one small field", "by": "tumour-board"}
    assert "contraindication-overridden" in codes(found)


@pytest.mark.parametrize(
    ("at", "code"),
    [("2026-02-01T10:00:00+01:00", "scout-interval"), (None, "scout-time-not-stated")],
)
def test_the_scout_has_its_time(tmp_path, at, code):
    assert code in codes(made(tmp_path, put("scout", "at", to=at)))


def test_reminders_belong_to_the_product(document):
    told = {(one["product"], one["about"]): one["text"] for one in document["schedule"]["practice"]}
    assert "SPECT or MRI" in told["QuiremSpheres", "imaging-after"]
    assert "PET" in told["TheraSphere", "imaging-after"]
    assert {about for _, about in told} == {"imaging-after", "ward", "injection"}


def test_sessions_stand_by_time_and_their_order_in_the_file_is_nothing(tmp_path, document):
    second = {"name": "second", "treatment": "2026-03-25T10:00:00+01:00"}
    move = put("territories", 1, "session", to="second")
    forward = made(tmp_path, move, lambda c: c["sessions"].append(second))
    backward = made(tmp_path, move, lambda c: c["sessions"].insert(0, second))
    assert [s["session"] for s in backward["schedule"]["sessions"]] == ["first", "second"]
    assert backward["schedule"]["sessions"][1]["days_since_previous"] == pytest.approx(21.0)
    for one, other in zip(forward["products"], backward["products"], strict=True):
        for method, inverse in one["inverse"].items():
            a, b = inverse["largest"], other["inverse"][method]["largest"]
            assert a["activity_to_draw_gbq"] == pytest.approx(b["activity_to_draw_gbq"], rel=1e-12)
            assert a["absorbed_dose_gy"] == b["absorbed_dose_gy"]


def test_effects_are_those_of_the_product_at_the_dose_of_the_plan(document):
    for product in document["products"]:
        largest = product["inverse"]["multi"]["largest"]
        for row in largest["effects"]:
            assert row["dose_gy"] == pytest.approx(largest["absorbed_dose_gy"][row["volume"]]["value"])
            assert row["source_status"] == "DOC"
    assert [row["effect"] for row in document["products"][2]["inverse"]["multi"]["largest"]["effects"]] == []


def test_unconfirmed_effects_by_name_carry_their_mark(tmp_path):
    found = made(tmp_path, put("effects", to=["resin-liver-probit", "resin-liver-bed", "glass-liver-bed"]))
    rows = {row["effect"]: row for row in found["products"][0]["inverse"]["multi"]["largest"]["effects"]}
    assert rows["resin-liver-probit"]["source_status"] == "MEM"
    assert 0.0 < rows["resin-liver-probit"]["probability"]["value"] < 0.05
    assert rows["resin-liver-probit"]["probability"]["budget"]
    assert "budget" not in str(rows["resin-liver-bed"].get("probability"))
    assert rows["resin-liver-bed"]["level_gy"] == 93.0


def test_a_bed_of_another_alpha_beta_is_not_used(tmp_path):
    named = put("effects", to=["resin-liver-bed"])
    other = made(tmp_path, named, put("radiobiology", "alpha_beta_normal", to="3 Gy"))
    rows = other["products"][0]["inverse"]["multi"]["largest"]["effects"]
    assert "needs an alpha/beta of 2.5 Gy, the plan has 3 Gy" in rows[-1]["reason"]
    without = made(tmp_path, named, lambda content: content.pop("radiobiology"))
    assert "no alpha/beta" in without["products"][0]["inverse"]["multi"]["largest"]["effects"][-1]["reason"]


def test_a_trial_takes_the_place_of_the_own_limit_and_is_told(tmp_path, document):
    found = made(tmp_path, only(2, trial="EMERITUS-2", healthy_liver_limit="80 Gy"))
    inverse = found["products"][0]["inverse"]["multi"]
    plain = document["products"][2]["inverse"]["multi"]
    assert inverse["binding"] == "trial-EMERITUS-2"
    assert inverse["largest"]["activity_to_draw_gbq"] == pytest.approx(
        plain["largest"]["activity_to_draw_gbq"] * 80.0 / 60.0
    )
    assert "limit-of-a-trial" in codes(found)


def test_a_stricter_limit_of_the_plan_binds(tmp_path):
    inverse = made(tmp_path, only(2, healthy_liver_limit="45 Gy"))["products"][0]["inverse"]["multi"]
    assert (inverse["binding"], inverse["limits_by_activity"][0]["source"]) == ("stated", "stated in the plan")


def test_models_from_memory_and_zones_say_so(document):
    models = document["products"][0]["models"]
    assert {models[name]["source_status"] for name in ("body-surface-area", "empirical")} == {"MEM"}
    assert models["partition"]["source_status"] == "seed"
    for product in document["products"]:
        assert product["inverse"]["multi"]["largest"]["supply"]["time_zone_source_status"] == "MEM"


def test_the_reduction_by_the_shunt_is_told_beside_its_model(tmp_path):
    models = made(tmp_path, put("lung", "shunt", to=0.12))["products"][0]["models"]
    assert models["body-surface-area"]["shunt_reduction"]["left"] == pytest.approx(0.8)
    assert models["partition"]["shunt_reduction"] is None


def test_a_target_above_a_limit_of_the_same_volume_is_told(tmp_path):
    """Lobectomy with resin: more than 70 Gy wanted where the article allows 40 Gy."""
    found = made(tmp_path, put("intent", to="lobectomy"))
    told = [one["message"] for one in found["findings"] if one["code"] == "target-above-limit"]
    assert any("eanm-resin-lobectomy-normal (70 Gy)" in one and "seed-resin-normal (40 Gy)" in one for one in told)


def test_resin_has_one_compartment_in_segmentectomy_only(tmp_path):
    one = {"reason": "distribution-not-quantifiable", "perfused_dose": "160 Gy"}
    models = put("models", to=["one-compartment"])
    there = made(tmp_path, only(0, one_compartment=one), models, put("intent", to="segmentectomy"))
    assert there["products"][0]["models"]["one-compartment"]["activity_delivered_gbq"] > 0.0
    rules = there["products"][0]["models"]["one-compartment"]["rules"]
    assert {r["rule"] for r in rules if r["is"] == "target"} == {"eanm-resin-segmentectomy"}
    not_there = made(tmp_path, only(0, one_compartment=one), models)
    assert "resin for segmentectomy" in not_there["products"][0]["models"]["one-compartment"]["reason"]


def test_probability_curve_passes_through_the_probabilities_of_the_plan(document):
    for product in document["products"]:
        inverse = product["inverse"]["multi"]
        curve, largest = inverse["probability_curve"], inverse["largest"]
        middle = len(curve["activity_to_draw_gbq"]) // 2
        assert curve["activity_to_draw_gbq"][middle] == pytest.approx(largest["activity_to_draw_gbq"])
        assert curve["every_limit_kept"][middle] == pytest.approx(largest["probability"]["every_limit_kept"], abs=1e-3)
        safe = curve["activity_to_draw_with_every_limit_kept_95_gbq"]
        assert 0.5 * largest["activity_to_draw_gbq"] < safe < largest["activity_to_draw_gbq"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("liver", "density", to="10.3 g/ml"), "expected 0.9 to 1.2 g/ml, but 10.3 g/ml came"),
        (put("liver", "volume", to="18 l"), "expected 200 to 10000 ml"),
        (put("lung", "mass", to="0.9 g"), "expected 0.1 to 3 kg, but 0.0009 kg came"),
        (put("territories", 0, "tumours", 0, "ratio", "value", to=4000), "expected 0.01 to 100, but 4000 came"),
        (put("products", 0, "tumour_target", to="12000 Gy"), "expected 1 to 5000 Gy"),
        (put("body", "height", to="178 mm"), "a height of 0.4 to 2.6 m"),
        (put("models", to=["partition", "partition"]), "'partition' came twice"),
        (lambda c: c["products"].append({**c["products"][0], "name": "resin"}), "'SIR-Spheres' came twice"),
        (lambda c: c["products"][1]["calibrations"].append(c["products"][1]["calibrations"][0]), "'first' came twice"),
        (only(2, limits=[]), "at least 1 entry"),
        (only(2, healthy_liver_limit="80 Gy"), "at most 60 Gy"),
        (put("effects", to=["nonsense"]), "one of the effects"),
        (put("eligibility", "overrides", to=[{"criterion": "albumin", "reason": "x", "by": "Jane Roe"}]), "'tumour-board'"),
        (put("scout", "at", to="2026-03-05T09:00:00+01:00"), "a scout before the treatment"),
        (put("extrahepatic_deposition", to="found"), "no plan"),
        (lambda c: (c.update(models=["partition"]), [t["tumours"][0].update(ratio="not-measured") for t in c["territories"]],
                    [p.pop("one_compartment", None) for p in c["products"]]), "nothing to plan"),
    ],
)  # fmt: skip
def test_refused_in_one_line(tmp_path, change, said):
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        made(tmp_path, change)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("assayed", "residual", "said"),
    [("2026-03-05T10:00:00+01:00", "2026-03-06T10:00:00+01:00", "an assay before"),
     ("2026-03-04T09:00:00+01:00", "2026-03-04T09:30:00+01:00", "a residual measured after")],
)  # fmt: skip
def test_readings_out_of_order_are_refused(tmp_path, assayed, residual, said):
    measured = {
        "session": "first",
        "assayed": {"activity": "1.2 GBq", "at": assayed},
        "residual": {"activity": "20 MBq", "at": residual},
    }
    with pytest.raises(InputError, match=said):
        made(tmp_path, only(0, measured=measured))


def test_the_report_points_from_every_row_to_its_source(tmp_path, document):
    numbers = source_numbers(document)
    assert any("(unconfirmed)" in text for text in numbers)
    assert tare_report(document).blocks[0].text == "Summary"
    write_plan(EXAMPLE, tmp_path / "out")
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for told in (
        "Which limit binds",
        "To know before use",
        "Eligibility and schedule",
        "To order",
        "unconfirmed",
        "[1]",
    ):
        assert told in text


def test_a_refused_product_does_not_break_the_report(tmp_path):
    found = made(tmp_path, put("lung", "shunt", to=0.22))
    assert any("refused" in block.text for block in tare_report(found).blocks if hasattr(block, "text"))
