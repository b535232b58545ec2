"""A limit of the plan's own, and those of trials."""

from dataclasses import replace

import pytest

from hevesy.decide.tare import Situation, rules_for, stated_limit, trial_limit, with_trial
from hevesy.errors import InputError
from hevesy.physdata import trial_limits

HERE = Situation("unilobar", "mCRC", "normal", 0.8, 0.4, ("seed", "eanm-2022"))


@pytest.mark.parametrize(
    ("product", "state", "own"),
    [("sir-spheres", "normal", 40.0), ("sir-spheres", "compromised", 30.0), ("quiremspheres", "normal", 60.0), ("therasphere", "normal", 120.0)],
)  # fmt: skip
def test_a_stricter_limit_is_allowed_and_a_looser_one_needs_a_trial(product, state, own):
    situation = replace(HERE, liver_function=state)
    rule = stated_limit(product, situation, own)
    assert (rule.volume, rule.method, rule.dose_gy, rule.target) == ("normal_perfused", "multi", own, False)
    with pytest.raises(InputError, match=f"at most {own:g} Gy .* names its trial"):
        stated_limit(product, situation, own + 0.1)


def test_the_products_own_counts_whatever_rule_set_was_chosen():
    with pytest.raises(InputError, match="at most 60 Gy"):
        stated_limit("quiremspheres", replace(HERE, rule_sets=("eanm-2022",)), 80.0)


@pytest.mark.parametrize("dose", [40.0, 60.0, 80.0])
def test_levels_of_the_trial_take_the_place_of_the_products_own(dose):
    rule = trial_limit("quiremspheres", "EMERITUS-2", dose, 0.6)
    found = [r for r in with_trial(rules_for("quiremspheres", HERE), rule) if not r.target]
    liver = [r for r in found if r.volume in {"normal_perfused", "whole_normal"}]
    assert [(r.rule, r.dose_gy) for r in liver] == [("trial-EMERITUS-2", dose)]
    assert {r.rule for r in found} >= {"lung-single-quiremspheres", "lung-cumulative-quiremspheres"}


@pytest.mark.parametrize(
    ("product", "trial", "dose", "share", "said"),
    [
        ("quiremspheres", "EMERITUS-2", 70.0, 0.5, "one of the limits 40, 60, 80 Gy"),
        ("quiremspheres", "EMERITUS-2", None, 0.5, "none came"),
        ("quiremspheres", "EMERITUS-2", 80.0, 0.67, "at most 66.7 % of the liver"),
        ("quiremspheres", "other", 80.0, 0.5, "a trial of quiremspheres"),
        ("sir-spheres", "EMERITUS-2", 40.0, 0.5, "none is known"),
    ],
)
def test_what_the_trial_does_not_hold_is_refused(product, trial, dose, share, said):
    with pytest.raises(InputError, match=said):
        trial_limit(product, trial, dose, share)


def test_two_thirds_of_the_liver_are_allowed():
    assert trial_limit("quiremspheres", "EMERITUS-2", 80.0, 2.0 / 3.0).dose_gy == 80.0
    assert [one.trial for one in trial_limits()] == ["EMERITUS-2"]
