"""Delivered doses against limits and targets, and as BED, on a box liver whose doses can be told by hand."""

import copy
import json

import pytest

from hevesy.cli.app import app
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, nuclide
from hevesy.workflow.tare import verified, write_verification

from .tare_verify_case import GIVEN_BQ, regions, truth, voxel_ml, write_case, write_plan_json, write_settings

RULES = {
    "intent": "unilobar", "tumour_type": "HCC", "rule_sets": ["seed", "eanm-2022"], "method": "multi",
    "liver_state": "normal", "bilirubin_mg_dl": 0.8,
    "earlier": {"radioembolisation": "none", "liver_radiotherapy": "none", "lung_radiotherapy": "none"},
}  # fmt: skip
BIOLOGY = {
    "alpha_beta_tumour": "10 Gy", "alpha_beta_normal": "2.5 Gy", "alpha_beta_relative_standard_uncertainty": "20 %",
    "repair_half_time": "2.5 h",
}  # fmt: skip


@pytest.fixture(scope="module")
def case(build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    return folder, write_case(folder, build)


def document(case, **more):
    folder, content = case
    return verified(write_settings(folder, copy.deepcopy(content) | more, "rules.yaml")).document


@pytest.fixture(scope="module")
def found(case):
    return document(case, rules=RULES, radiobiology=BIOLOGY)


def stated(**changes):
    return copy.deepcopy(RULES) | changes


def dose_of(found, volume, scale="self_calibrated"):
    return found["volumes"][volume][scale]["absorbed_dose_gy"]["value"]


def named(found, rule):
    return {row["volume"]: row for row in found["rules"] if row["rule"] == rule}


def test_every_limit_meets_its_own_volume(found):
    assert {row["method"] for row in found["rules"]} == {"multi", "any"}
    assert set(named(found, "seed-glass-normal")) == {"normal_perfused:right", "normal_perfused:left"}
    for row in found["rules"]:
        volume = "lung" if row["volume"] == "lung_cumulative" else row["volume"]
        if volume == "lung_activity":
            continue
        for scale in ("self_calibrated", "absolute"):
            told, dose = row[scale], dose_of(found, volume, scale)
            assert told["reached"] == pytest.approx(dose)
            assert told["relative_distance"] == pytest.approx(dose / row["level"] - 1.0)
            assert told["met"] == (dose >= row["level"] if row["is"] == "target" else dose <= row["level"])
            assert (told["probability_above"] > 0.5) == (dose > row["level"])
        assert row["source"]


def test_the_cap_of_activity_in_the_lungs_is_an_activity(found):
    [row] = named(found, "glass-lung-activity").values()
    lungs = float(truth()[regions()["Lungs"]].sum())
    assert (row["unit"], row["level"]) == ("GBq", pytest.approx(0.61))
    assert row["self_calibrated"]["reached"] == pytest.approx(lungs / 1e9, rel=2e-3)
    assert lungs < GIVEN_BQ


def test_one_compartment_meets_rules_of_one_compartment(case):
    rows = document(case, rules=stated(method="one"))["rules"]
    assert {row["method"] for row in rows} == {"one", "any"}
    kinds = {row["volume"].partition(":")[0] for row in rows}
    assert kinds <= {"perfused", "whole_liver", "lung", "lung_cumulative", "lung_activity"}


def test_earlier_doses_count_and_an_exceeded_limit_needs_a_judgement(case):
    before = {"lung_dose": "49 Gy", "whole_normal_liver_dose": "20 Gy"}
    found = document(case, rules=stated(earlier=RULES["earlier"] | {"radioembolisation": before}))
    row = named(found, "lung-cumulative-therasphere")["lung_cumulative"]
    assert row["earlier"] == 49.0
    assert row["self_calibrated"]["reached"] == pytest.approx(49.0 + dose_of(found, "lung"))
    assert named(found, "lung-single-therasphere")["lung"]["earlier"] == 0.0
    told = {one["message"].partition(":")[0] for one in found["findings"] if one["code"] == "limit-exceeded"}
    assert "lung_cumulative" in told
    assert all(one["blocking"] for one in found["findings"] if one["code"] == "limit-exceeded")
    assert not any(one["blocking"] for one in found["findings"] if one["code"] == "target-not-reached")


def test_a_treated_liver_has_the_limits_of_a_compromised_one(case):
    """Those of resin tell livers apart: 40 Gy, or 30 Gy after radiotherapy."""

    def holding(rules):
        return {row["rule"] for row in document(case, product="SIR-Spheres", rules=rules)["rules"]}

    treated = RULES["earlier"] | {"liver_radiotherapy": "10 Gy"}
    after = holding(stated(earlier=treated))
    assert after == holding(stated(liver_state="compromised"))
    assert after != holding(RULES)


def test_without_rules_or_plan_nothing_is_compared(case):
    found = document(case)
    assert found["rules"] is None
    assert "neither 'rules' nor a plan" in found["rules_reason"]
    assert found["volumes"]["tumour:T1"]["bed_gy"] is None
    assert "radiobiology" in found["bed_reason"]


def test_limits_are_of_local_deposition(case):
    found = {one["code"] for one in document(case, rules=RULES, engine="kernel")["findings"]}
    assert "limits-by-kernel" in found
    assert "limits-by-kernel" not in {one["code"] for one in document(case, engine="kernel")["findings"]}


def test_bed_of_a_permanent_implant(found):
    r"""Repair of 2.5 h against the decay of the nuclide: :math:`D (1 + D T_r / (T_r + T) / (\alpha/\beta))`."""
    half_life = nuclide("Y-90").half_life_s
    for volume, ratio in (("tumour:T1", 10.0), ("whole_normal", 2.5), ("perfused:right", 2.5)):
        for scale in ("self_calibrated", "absolute"):
            dose = dose_of(found, volume, scale)
            expected = dose * (1.0 + dose * 9000.0 / (9000.0 + half_life) / ratio)
            bed = found["volumes"][volume]["bed_gy"][scale]
            assert bed["value"] == pytest.approx(expected, rel=1e-6)
            assert bed["budget"]["alpha-beta"] == pytest.approx(0.2 * (expected - dose), rel=1e-4)
    assert found["volumes"]["lung"]["bed_gy"] is None


def rule_of_plan(volume, level, **more):
    return {
        "rule": "own", "is": "limit", "method": "multi", "volume": volume, "unit": "Gy", "level": level, "earlier": 3.0,
        "of_scout": 2.0, "source": "here", "source_status": "DOC", "note": None,
    } | more  # fmt: skip


def plan_with(folder, *rules):
    write_plan_json(folder, {"tumour:T1": 100.0})
    path = folder / "plan.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["products"][0]["models"]["partition"]["rules"] = list(rules)
    path.write_text(json.dumps(content), encoding="utf-8")
    return {"file": "plan.json", "activity": "partition"}


def test_limits_of_the_plan_that_was_followed(case):
    plan = plan_with(case[0], rule_of_plan("whole_normal", 70.0), rule_of_plan("lung:first", 30.0, earlier=0.0),
                     rule_of_plan("tumour:unknown", 1.0))  # fmt: skip
    rows = {row["volume"]: row for row in document(case, plan=plan)["rules"]}
    assert set(rows) == {"whole_normal", "lung"}
    assert rows["whole_normal"]["earlier"] == 3.0
    assert document(case, plan=plan, rules=RULES)["rules"] != list(rows.values())


def test_the_scout_that_was_seen_takes_the_place_of_the_planned_one(case):
    """A scout of 100 MBq of resin, as the therapy lies: its dose counts once."""
    scout = {
        "delivered_activity": "100 MBq", "relative_standard_uncertainty": "3 %", "at": "2026-02-25T10:00:00+01:00",
        "distribution": "as-therapy",
    }  # fmt: skip
    plan = plan_with(case[0], rule_of_plan("whole_normal", 70.0))
    found = document(case, plan=plan, scout=scout)
    [row] = found["rules"]
    liver = found["volumes"]["whole_normal"]
    assert row["earlier"] == 1.0
    assert row["self_calibrated"]["reached"] == pytest.approx(
        1.0 + liver["with_scout_absorbed_dose_gy"]["value"], rel=1e-6
    )
    normal = regions()["Liver"] & ~regions()["T1"] & ~regions()["T2"]
    share = truth()[normal].sum() / truth().sum()
    expected = 1e8 * share * decay_dose_factor("Y-90").value / (normal.sum() * voxel_ml() * 1.05e-3)
    assert liver["scout_absorbed_dose_gy"]["value"] == pytest.approx(expected, rel=5e-3)


def test_a_plan_of_several_sessions_is_not_one_treatment(case):
    plan = plan_with(case[0], rule_of_plan("lung:first", 30.0), rule_of_plan("lung:second", 30.0))
    with pytest.raises(InputError, match="a plan of one session, or 'rules' for this treatment"):
        document(case, plan=plan)


def test_the_report_and_the_command_tell_them(case, tmp_path):
    from click.testing import CliRunner

    folder, content = case
    path = write_settings(folder, copy.deepcopy(content) | {"rules": RULES, "radiobiology": BIOLOGY}, "told.yaml")
    write_verification(path, tmp_path / "out")
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("Limits and targets", "seed-glass-normal", "BED of the mean absorbed dose", "Sources of limits"):
        assert words in html
    before = {"lung_dose": "49 Gy", "whole_normal_liver_dose": "0 Gy"}
    rules = stated(earlier=RULES["earlier"] | {"radioembolisation": before})
    path = write_settings(folder, copy.deepcopy(content) | {"rules": rules}, "above.yaml")
    ran = CliRunner().invoke(
        app, ["tare", "verify", str(path), "--out", str(tmp_path / "o"), "--json"], standalone_mode=False
    )
    assert ran.return_value == 3
    assert json.loads(ran.stdout)["rules"]
