"""Which rules hold, which one binds, and how far the others are."""

from dataclasses import replace

import pytest

from hevesy.decide.tare import Situation, binding, constraints, rules_for, smallest_activity
from hevesy.errors import InputError
from hevesy.physdata import dose_rules, known_microspheres, lung_activity_caps
from hevesy.physdata.microsphere_rules import INTENTS, RULE_SETS, TUMOUR_TYPES
from hevesy.quantities import exact

BOTH = Situation("unilobar", "HCC", "normal", 0.8, 0.4, RULE_SETS)
PER_ACTIVITY = {
    "normal_perfused:right": exact(20e-9), "whole_normal": exact(15e-9), "tumour:A": exact(60e-9),
    "tumour:B": exact(50e-9), "lung:first": exact(2e-9), "lung_cumulative": exact(2e-9),
    "lung_activity:first": exact(0.05),
}  # fmt: skip


def limits(product, situation, **more):
    return {rule.rule: rule.dose_gy for rule in rules_for(product, situation, **more) if not rule.target}


def test_every_rule_is_well_formed():
    names = [rule.rule for rule in dose_rules()]
    assert len(set(names)) == len(names)
    for rule in dose_rules():
        assert rule.product in known_microspheres()
        assert set(rule.intents) <= set(INTENTS)
        assert set(rule.tumours) <= {*TUMOUR_TYPES, "any"}
        assert rule.method in {"one", "multi", "any"}
        assert rule.dose_gy > 0.0
        assert rule.source.text


@pytest.mark.parametrize(
    ("product", "state", "rule", "dose"),
    [
        ("sir-spheres", "normal", "seed-resin-normal", 40.0),
        ("sir-spheres", "compromised", "seed-resin-normal-compromised", 30.0),
        ("therasphere", "normal", "seed-glass-normal", 120.0),
        ("quiremspheres", "normal", "seed-holmium-normal", 60.0),
    ],
)
def test_limits_of_the_article(product, state, rule, dose):
    found = limits(product, replace(BOTH, liver_function=state, rule_sets=("seed",)))
    assert found == {rule: dose, f"lung-single-{product}": 30.0, f"lung-cumulative-{product}": 50.0}


@pytest.mark.parametrize(("bilirubin", "dose"), [(0.8, 90.0), (1.1, 50.0), (1.5, 50.0)])
def test_glass_by_bilirubin_and_the_open_value_is_strict(bilirubin, dose):
    found = limits("therasphere", replace(BOTH, intent="bilobar", bilirubin_mg_dl=bilirubin, rule_sets=("eanm-2022",)))
    assert {value for name, value in found.items() if "whole-normal" in name} == {dose}


@pytest.mark.parametrize(("state", "dose"), [("favourable", 60.0), ("normal", 40.0), ("compromised", 40.0)])
def test_holmium_bilobar_by_liver_function(state, dose):
    situation = replace(BOTH, intent="bilobar", liver_function=state, rule_sets=("eanm-2022",))
    assert [v for n, v in limits("quiremspheres", situation).items() if "bilobar" in n] == [dose]


@pytest.mark.parametrize(("reserve", "there"), [(0.29, True), (0.31, False)])
def test_glass_perfused_limit_needs_a_small_reserve(reserve, there):
    found = limits("therasphere", replace(BOTH, hepatic_reserve=reserve))
    assert ("eanm-glass-perfused-normal" in found) is there


@pytest.mark.parametrize(("tumour", "dose"), [("HCC", 205.0), ("ICC", 260.0), ("mCRC", 189.0)])
def test_glass_tumour_target_by_type(tumour, dose):
    rules = rules_for("therasphere", replace(BOTH, tumour_type=tumour, rule_sets=("eanm-2022",)))
    found = [(rule.rule, rule.dose_gy) for rule in rules if rule.target and rule.volume == "tumour"]
    assert found[0] == (f"eanm-glass-tumour-{tumour.lower()}", dose)
    assert found[1:] == ([("eanm-glass-tumour-hcc-higher", 250.0)] if tumour == "HCC" else [])


def test_limits_are_compared_with_their_own_volume_and_method_only():
    found = constraints(rules_for("therasphere", BOTH), PER_ACTIVITY, "multi", {})
    assert all(one.volume.partition(":")[0] == one.rule.volume for one in found)
    assert all(one.rule.method in {"multi", "any"} for one in found)
    assert [
        one
        for one in constraints(rules_for("therasphere", BOTH), PER_ACTIVITY, "one", {})
        if one.rule.method == "multi"
    ] == []


def test_the_binding_limit_is_reached_exactly_and_the_others_kept():
    found = [*constraints((*rules_for("sir-spheres", BOTH),), PER_ACTIVITY, "multi", {})]
    bound = binding(found)
    assert bound.rule.dose_gy == 40.0
    assert bound.activity_bq == pytest.approx(2e9)
    assert bound.reached(bound.activity_bq) == pytest.approx(40.0)
    assert all(one.is_met(bound.activity_bq) for one in found if not one.rule.target)
    assert not bound.is_met(1.001 * bound.activity_bq)


def test_earlier_lung_dose_leaves_less():
    found = constraints(rules_for("quiremspheres", BOTH), PER_ACTIVITY, "multi", {"lung_cumulative": 45.0})
    cumulative = next(one for one in found if one.volume == "lung_cumulative")
    assert cumulative.activity_bq == pytest.approx(5.0 / 2e-9)
    exhausted = constraints(rules_for("quiremspheres", BOTH), PER_ACTIVITY, "multi", {"lung_cumulative": 60.0})
    assert binding(exhausted).activity_bq == 0.0


def test_cap_of_glass_to_the_lungs():
    cap = constraints(lung_activity_caps("therasphere"), PER_ACTIVITY, "multi", {})[0]
    assert cap.activity_bq == pytest.approx(0.61e9 / 0.05)
    assert lung_activity_caps("sir-spheres") == ()


def test_smallest_activity_is_that_of_the_hardest_tumour():
    activity, tumour = smallest_activity(100.0, PER_ACTIVITY)
    assert (activity, tumour) == (pytest.approx(2e9), "tumour:B")


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("seed-resin-normal", "a limit of sir-spheres"),
        ("nonsense", "known limit"),
        ("eanm-glass-whole-normal-high-bilirubin", "for this intent"),
    ],
)
def test_limits_of_another_product_or_situation_are_refused(chosen, said):
    with pytest.raises(InputError, match=said):
        rules_for("therasphere", BOTH, [chosen])


def test_a_choice_keeps_the_lungs():
    assert set(limits("therasphere", BOTH, chosen=["seed-glass-normal"])) == {
        "seed-glass-normal", "lung-single-therasphere", "lung-cumulative-therasphere",
    }  # fmt: skip


def test_no_limit_at_all_is_refused():
    with pytest.raises(InputError, match="at least one limit"):
        binding([])
