"""Relations of dose and effect: for their own product, tumours and dose; a curve with its uncertainty."""

import math
from dataclasses import replace

import pytest

from hevesy.decide.tare import (
    Situation,
    check_effects,
    effect_probability,
    effect_statement,
    effects_for,
    level_exceeded,
)
from hevesy.errors import InputError
from hevesy.physdata import known_effects, known_microspheres
from hevesy.physdata.microsphere_rules import INTENTS, TUMOUR_TYPES
from hevesy.quantities import Uncertain, exact

HERE = Situation("unilobar", "HCC", "normal", 0.8, 0.4, ("seed",))
BY_NAME = {effect.name: effect for effect in known_effects()}


def names(product, situation=HERE, named=()):
    return {effect.name for effect in effects_for(product, situation, named)}


def test_confirmed_relations_come_by_themselves_and_others_by_name_only():
    assert names("therasphere") == {"glass-response"}
    assert names("therasphere", named=["glass-liver-bed"]) == {"glass-response", "glass-liver-bed"}
    assert all(not BY_NAME[name].confirmed for name in names("sir-spheres", named=BY_NAME) - names("sir-spheres"))


@pytest.mark.parametrize("product", known_microspheres())
def test_a_relation_is_never_used_for_another_product(product):
    for intent in INTENTS:
        for tumour in TUMOUR_TYPES:
            found = effects_for(product, replace(HERE, intent=intent, tumour_type=tumour), BY_NAME)
            assert {effect.product for effect in found} <= {product}


def test_tumour_types_and_intents_stay_apart():
    assert "resin-survival-hcc" not in names("sir-spheres", replace(HERE, tumour_type="mCRC"))
    assert names("quiremspheres") == set()
    assert "holmium-response-colorectal" in names("quiremspheres", replace(HERE, tumour_type="mCRC"))
    assert "resin-liver-bed" not in names("sir-spheres", replace(HERE, intent="bilobar"), BY_NAME)


@pytest.mark.parametrize(("bilirubin", "name"), [(0.8, "low"), (1.2, "high"), (1.1, None)])
def test_bilirubin_decides(bilirubin, name):
    found = {n for n in names("therasphere", replace(HERE, bilirubin_mg_dl=bilirubin), BY_NAME) if "bilirubin" in n}
    assert found == ({f"glass-liver-{name}-bilirubin"} if name else set())


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (["nonsense"], "one of the effects"),
        (["glass-liver-bed"], "one of therasphere"),
        (["resin-liver-probit"], "which holds for HCC"),
    ],
)
def test_names_that_do_not_belong_are_refused(named, said):
    with pytest.raises(InputError, match=said):
        check_effects(named, {"sir-spheres": replace(HERE, tumour_type="mCRC")})


def test_a_whole_curve_has_its_half_at_its_dose_and_rises():
    """Phi(0) = 1/2 at 52 Gy, and one width (0.28 x 52 Gy) above it Phi(1)."""
    curve = BY_NAME["resin-liver-probit"]
    doses = [52.0 * (1.0 + k * 0.28) for k in (-2, -1, 0, 1, 2)]
    found = [effect_probability(curve, exact(dose)).value for dose in doses]
    assert found[2] == pytest.approx(0.5, abs=1e-12)
    assert found[3] == pytest.approx(0.841344746, abs=1e-9)
    assert found == sorted(found)


def test_its_uncertainty_is_that_of_the_dose_by_source():
    curve = BY_NAME["resin-liver-probit"]
    dose = Uncertain(52.0, {"volume:liver": 1.0, "shunt:lung": -0.5})
    found, step = effect_probability(curve, dose), 1e-4
    slope = (
        effect_probability(curve, exact(52.0 + step)).value - effect_probability(curve, exact(52.0 - step)).value
    ) / (2 * step)
    assert found.components["volume:liver"] == pytest.approx(slope, rel=1e-6)
    assert found.components["shunt:lung"] == pytest.approx(-0.5 * slope, rel=1e-6)


def test_a_level_alone_gives_no_curve_but_the_chance_to_lie_above_it():
    level = BY_NAME["glass-response"]
    assert effect_probability(level, exact(300.0)) is None
    assert level_exceeded(level, exact(291.0)) == 0.0
    dose = Uncertain(292.0, {"volume:T": 29.2})
    assert level_exceeded(level, dose) == pytest.approx(0.5)
    assert "below 292 Gy, the dose of 50 %" in effect_statement(level, 291.0)


def test_groups_tell_every_outcome_and_a_threshold_its_side():
    groups = BY_NAME["holmium-response-metastases"]
    assert level_exceeded(groups, exact(100.0)) is None
    assert "complete response 232 Gy (178 to 303)" in effect_statement(groups, 100.0)
    threshold = BY_NAME["resin-survival-hcc"]
    assert "14.1 months" in effect_statement(threshold, 100.1)
    assert "6.1 months" in effect_statement(threshold, 100.0)


def test_every_relation_says_what_it_is_of():
    for effect in known_effects():
        assert effect.product in known_microspheres()
        assert effect.form in {"level", "threshold", "groups", "probit"}
        assert all((effect.outcome, effect.dose_definition, effect.range, effect.source.text))
        assert (effect.quantity == "bed") is (effect.alpha_beta_gy is not None)
        assert effect.form == "groups" or math.isfinite(effect.dose_gy)
        assert effect.volume in {"tumour", "all_tumours", "normal_perfused", "whole_normal"}
