"""Plans of radioembolisation: the example, and everything that must be refused."""

import copy
import functools
import json
import math
import re
from pathlib import Path

import pytest
import yaml

from hevesy.errors import InputError
from hevesy.workflow.tare import plan_document, read_plan, write_plan

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tare-one-patient" / "plan.yaml"


def changed(folder, change, base=None):
    content = copy.deepcopy(base or yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")))
    change(content)
    path = folder / "plan.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def put(*way, to):
    def change(content):
        for key in way[:-1]:
            content = content[key]
        content[way[-1]] = to

    return change


@pytest.fixture(scope="module")
def document():
    return plan_document(read_plan(EXAMPLE))


def product(document, name):
    return next(one for one in document["products"] if one["product"] == name)


def test_partition_reaches_the_target_in_the_hardest_tumour(document):
    for one in document["products"]:
        model = one["models"]["partition"]
        doses = [d["value"] for volume, d in model["absorbed_dose_gy"].items() if volume.startswith("tumour")]
        assert min(doses) == pytest.approx(one["tumour_target_gy"], rel=1e-9)
        assert sum(model["activity_by_compartment_gbq"].values()) == pytest.approx(model["activity_delivered_gbq"])
        assert model["activity_delivered_gbq"] == pytest.approx(0.97 * model["activity_to_draw_gbq"])


def test_largest_activity_reaches_one_limit_and_keeps_the_others(document):
    for one in document["products"]:
        for inverse in one["inverse"].values():
            rows = inverse["limits_by_activity"]
            assert rows[0]["rule"] == inverse["binding"]
            assert rows[0]["relative_distance"] == pytest.approx(0.0, abs=1e-9)
            assert all(row["met"] for row in rows)
            assert all(row["source"] for row in inverse["largest"]["rules"])


def test_resin_is_bound_by_the_normal_tissue(document):
    inverse = product(document, "SIR-Spheres")["inverse"]["multi"]
    assert inverse["binding"] == "seed-resin-normal"
    assert not inverse["smallest_for_target"]["within_every_limit"]
    assert product(document, "TheraSphere")["inverse"]["multi"]["smallest_for_target"]["within_every_limit"]


def test_models_that_do_not_belong_to_a_product_say_so(document):
    assert "resin" in product(document, "TheraSphere")["models"]["body-surface-area"]["reason"]
    assert "glass or holmium" in product(document, "SIR-Spheres")["models"]["one-compartment"]["reason"]


def test_bed_of_a_permanent_implant(document):
    """BED = D (1 + D T_rep / ((T_rep + T_1/2) alpha/beta)), here with 2.5 h, 64 h and 2.5 Gy."""
    row = product(document, "SIR-Spheres")["inverse"]["multi"]["largest"]
    dose = row["absorbed_dose_gy"]["normal_perfused:right posterior"]["value"]
    expected = dose * (1.0 + dose * 2.5 / (2.5 + 64.0) / 2.5)
    assert row["bed_gy"]["normal_perfused:right posterior"]["value"] == pytest.approx(expected, rel=1e-9)
    assert row["bed_gy"]["lung:first"] is None


def test_glass_is_offered_between_two_vials_and_resin_by_volume(document):
    supply = product(document, "TheraSphere")["inverse"]["multi"]["largest"]["supply"]["sessions"][0]
    for position, choices in supply["vials"]["by_position"].items():
        *below, above = (choice["activity_at_treatment_gbq"] for choice in choices)
        assert all(low < supply["positions_gbq"][position] for low in below)
        assert supply["positions_gbq"][position] <= above
    resin = product(document, "SIR-Spheres")["inverse"]["multi"]["largest"]["supply"]["sessions"][0]["vials"]
    assert 0.0 < resin["volume_to_draw_ml"] < 5.0
    holmium = product(document, "QuiremSpheres")["inverse"]["multi"]["largest"]["supply"]["sessions"][0]
    assert holmium["vials"]["activity_to_order_gbq"] == pytest.approx(holmium["activity_to_draw_gbq"])


def test_probabilities_lie_between_0_and_1_and_follow_the_activity(document):
    for one in document["products"]:
        row = one["inverse"]["multi"]
        largest, smallest = row["largest"], row["smallest_for_target"]
        kept = [r["probability"]["every_limit_kept"] for r in (largest, smallest)]
        more = largest["activity_to_draw_gbq"] > smallest["activity_to_draw_gbq"]
        assert all(0.0 <= p <= 1.0 for p in kept)
        assert (kept[0] <= kept[1]) is more


def test_partition_and_one_compartment_agree_where_uptake_is_even(tmp_path):
    """Ratio 1 in one territory: the whole perfused volume has the dose of both compartments."""

    def even(content):
        content["territories"] = [content["territories"][0]]
        content["tumours"] = [content["tumours"][0]]
        content["territories"][0]["activity_share"] = 1
        content["territories"][0]["tumours"][0]["ratio"]["value"] = 1.0
        content["products"] = [content["products"][1]]
        content["products"][0]["tumour_target"] = "120 Gy"

    models = plan_document(read_plan(changed(tmp_path, even)))["products"][0]["models"]
    found = [models[name]["activity_delivered_gbq"] for name in ("partition", "one-compartment")]
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_a_ratio_of_activities_is_the_same_plan_when_it_is_the_same_patient(tmp_path, document):
    def activities(content):
        for territory, tumour in zip(content["territories"], content["tumours"], strict=True):
            inside = float(tumour["volume"].split()[0])
            normal = float(territory["perfused"]["volume"].split()[0]) - inside
            ratio = territory["tumours"][0]["ratio"]
            ratio.update(kind="activities", value=ratio["value"] * inside / normal)

    found = plan_document(read_plan(changed(tmp_path, activities)))
    for one, other in zip(found["products"], document["products"], strict=True):
        activities_found = [p["models"]["partition"]["activity_delivered_gbq"] for p in (one, other)]
        assert activities_found[0] == pytest.approx(activities_found[1], rel=1e-9)


def test_shunt_from_counts(tmp_path):
    def counted(content):
        lung, method = content["lung"], "planar"
        del lung["shunt"], lung["shunt_standard_uncertainty"]
        views = {"anterior": 1e4, "posterior": 1e4, "anterior_background": 5e2, "posterior_background": 5e2}
        liver = {"anterior": 1e5, "posterior": 1e5, "anterior_background": 5e3, "posterior_background": 5e3}
        lung.update(method=method, counts={"lung": views, "liver": liver})

    found = plan_document(read_plan(changed(tmp_path, counted)))["patient"]
    assert found["lung_shunt_fraction"] == pytest.approx(9.5 / 104.5)

    def tomographic(content):
        counted(content)
        parts = {
            name: {"activity": a, "relative_standard_uncertainty": 0.1}
            for name, a in (("lung", "4 MBq"), ("liver", "96 MBq"))
        }
        content["lung"].update(method="spect-ct", counts=parts)

    found = plan_document(read_plan(changed(tmp_path, tomographic)))["patient"]
    assert found["lung_shunt_fraction"] == pytest.approx(0.04)
    assert found["lung_shunt_standard_uncertainty"] == pytest.approx(0.04 * 0.96 * math.hypot(0.1, 0.1))


def test_no_largest_activity_without_a_limit_of_the_liver(tmp_path):
    change = lambda content: content.update(tumour_type="other", rule_sets=["eanm-2022"])  # noqa: E731 - one line
    for one in plan_document(read_plan(changed(tmp_path, change)))["products"]:
        assert one["inverse"] == {}
        assert "no published limit of the liver" in one["no_inverse"]["multi"]


def test_two_sessions_have_their_own_vials_and_lung_doses(tmp_path, document):
    """The lung doses of the sessions sum to the cumulative one; the second vial is calibrated for the second session."""

    def two(content):
        content["sessions"].append({"name": "second", "treatment": "2026-03-25T10:00:00+01:00"})
        content["territories"][1]["session"] = "second"
        content["products"] = [content["products"][1]]
        second = {"session": "second", "at": "2026-03-22T12:00:00-04:00", "vial": "standard"}
        content["products"][0]["calibrations"].append(second)

    largest = plan_document(read_plan(changed(tmp_path, two)))["products"][0]["inverse"]["multi"]["largest"]
    doses = {key: dose["value"] for key, dose in largest["absorbed_dose_gy"].items()}
    assert doses["lung:first"] + doses["lung:second"] == pytest.approx(doses["lung_cumulative"])
    sessions = largest["supply"]["sessions"]
    assert [list(session["vials"]["by_position"]) for session in sessions] == [["right anterior"], ["right posterior"]]
    assert [len(next(iter(session["vials"]["by_position"].values()))) for session in sessions] == [2, 1]
    assert sum(session["activity_to_draw_gbq"] for session in sessions) == pytest.approx(
        largest["activity_to_draw_gbq"]
    )


def test_nothing_is_left_to_give_where_earlier_doses_reach_a_limit(tmp_path):
    for one in plan_document(read_plan(changed(tmp_path, put("earlier", "lung_radiotherapy", to="60 Gy"))))["products"]:
        largest = one["inverse"]["multi"]["largest"]
        assert one["inverse"]["multi"]["binding"].startswith("lung-cumulative")
        assert (largest["activity_to_draw_gbq"], largest["supply"]) == (0.0, None)


def test_a_radioactive_scout_counts(tmp_path):
    """0.56 GBq of resin, distributed as the plan: so much less for the target and for every liver limit, by decay data."""
    scout = put("scout", to={"tracer": "90Y-resin", "delivered_activity": "0.56 GBq"})
    plain, found = (plan_document(read_plan(path))["products"][0] for path in (EXAMPLE, changed(tmp_path, scout)))
    less = 0.56 * found["dose_factor"]["decay_data_electrons_j_per_gbq"] / found["dose_factor"]["j_per_gbq"]
    for way in (("models", "partition"), ("inverse", "multi", "largest")):
        before, after = (
            functools.reduce(dict.__getitem__, way, one)["activity_delivered_gbq"] for one in (plain, found)
        )
        assert before - after == pytest.approx(less, rel=1e-9)
    assert "lung:first" not in found["scout_dose_gy"]
    assert plain["scout_dose_gy"] == {}


def test_one_product_may_be_refused_beside_others(tmp_path):
    found = plan_document(read_plan(changed(tmp_path, put("lung", "shunt", to=0.22))))
    assert "at most 20 %" in product(found, "SIR-Spheres")["refused"]
    assert product(found, "TheraSphere")["refused"] is None


def test_delivered_from_readings(tmp_path):
    def measured(content):
        at = "2026-03-04T10:00:00+01:00"
        content["products"][0]["measured"] = {
            "session": "first",
            "assayed": {"activity": "1.2 GBq", "at": at},
            "residual": {"activity": "20 MBq", "at": at},
        }

    found = plan_document(read_plan(changed(tmp_path, measured)))["products"][0]["delivered"]
    assert found == {"session": "first", "activity_delivered_gbq": pytest.approx(1.18)}


def test_files_are_written(tmp_path):
    write_plan(EXAMPLE, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"plan.json", "report.html", "report.pdf"}
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "bound by seed-resin-normal" in text
    assert "eanm-holmium-perfused" in text
    assert json.loads((tmp_path / "out" / "plan.json").read_text())["intent"] == "unilobar"


def resin_only(content):
    content["lung"]["shunt"] = 0.25
    content["models"] = ["partition"]
    content["products"] = content["products"][:1]


def split_tumour(content):
    content["territories"][0]["tumours"][0]["share"] = 0.7


REFUSED = {
    "overlap by segment": (put("territories", 1, "segments", to=[5]), "segment 5 came twice"),
    "territories leave the liver": (put("liver", "volume", to="1000 ml"), "overlap or leave it"),
    "tumour outside": (put("territories", 1, "tumours", to=[]), "'T2' lies outside every territory"),
    "tumour partly outside": (split_tumour, "only 70 % inside"),
    "unknown tumour": (put("territories", 1, "tumours", 0, "tumour", to="T9"), "'T9' came"),
    "perfused too small": (put("territories", 1, "perfused", "volume", to="40 ml"), "larger than its tumours"),
    "shunt over the limit": (resin_only, "25 % came"),
    "no kind of ratio": (lambda c: c["territories"][0]["tumours"][0]["ratio"].pop("kind"), "ratio.kind"),
    "resin limits for glass": (
        lambda c: c.update(products=[{**c["products"][1], "limits": ["seed-resin-normal"]}]), "a limit of sir-spheres"),
    "calibration after treatment": (
        lambda c: c.update(products=[{**c["products"][1], "calibrations": [{"session": "first", "at": "2026-03-08T12:00:00-05:00", "vial": "standard"}]}]),
        "calibration before the treatment"),
    "naive time": (put("sessions", 0, "treatment", to="2026-03-04T10:00:00"), "with its zone"),
    "no lung mass": (lambda c: c["lung"].pop("mass"), "no lung dose, no plan"),
    "earlier treatments not stated": (lambda c: c["earlier"].pop("lung_radiotherapy"), "earlier.lung_radiotherapy"),
    "earlier liver radiotherapy": (put("earlier", "liver_radiotherapy", to="30 Gy"), "no earlier external radiotherapy of the liver, but liver_radiotherapy_gy 30.0 came: no plan"),
    "extrahepatic": (put("extrahepatic_deposition", to="found"), "no plan"),
    "voxel": (put("models", to=["voxel"]), "'images' with a scout"),
    "one compartment without reason": (lambda c: [p.pop("one_compartment", None) for p in c["products"]], "reason for one compartment"),
    "shares": (put("territories", 0, "activity_share", to=0.5), "sum to 1"),
    "unknown product": (lambda c: c.update(models=["partition"], products=[{**c["products"][0], "name": "gold"}]), "one of the products"),
    "unknown vial": (
        lambda c: c.update(models=['partition'], products=[{**c["products"][0], "calibrations": [{"session": "first", "at": "2026-03-04T09:00:00+01:00", "vial": "x"}]}]),
        "one of the vials"),
    "no body": (lambda c: c.pop("body"), "height and weight"),
    "repeated session": (lambda c: c["sessions"].append(dict(c["sessions"][0])), "came twice"),
    "unknown session": (put("territories", 0, "session", to="second"), "'second' came"),
    "scout without activity": (put("scout", to={"tracer": "166Ho"}), "delivered_activity"),
    "two shunts": (put("lung", "counts", to={n: {"activity": "4 MBq", "relative_standard_uncertainty": 0} for n in ("lung", "liver")}), "both came"),
    "no shunt": (lambda c: [c["lung"].pop(k) for k in ("shunt", "shunt_standard_uncertainty")], "none came"),
    "uncertain nothing": (put("lung", "shunt", to=0), "uncertainty of 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line(tmp_path, case):
    change, said = REFUSED[case]
    with pytest.raises(InputError, match=re.escape(said)) as refused:
        plan_document(read_plan(changed(tmp_path, change)))
    assert "\n" not in str(refused.value)
