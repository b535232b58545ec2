"""What has to hold for any patient: the binding limit binds exactly, more is more, nothing is lost, order is nothing."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.decide.tare import (
    Anatomy,
    Situation,
    Territory,
    TumourPart,
    activity_kept_with,
    all_within,
    allowed_activities,
    binding,
    constraints,
    dose_coefficients,
    needed_activities,
    rules_for,
    sampled_coefficients,
    share_above,
    smallest_activity,
)
from hevesy.physdata import known_microspheres, lung_activity_caps, microspheres
from hevesy.physdata.microsphere_rules import INTENTS, RULE_SETS, TUMOUR_TYPES
from hevesy.quantities import Uncertain, exact

MASS, RATIO, SHUNT = st.floats(0.05, 1.5), st.floats(0.5, 20.0), st.floats(0.0, 0.6)


def part(name, mass, ratio, spread=0.0):
    ratio = Uncertain(ratio, {f"ratio:{name}": ratio * spread} if spread else {})
    return TumourPart(name, Uncertain(mass, {f"volume:{name}": mass * spread} if spread else {}), ratio)


def anatomy(*territories, shunt=0.05, rest=0.5, delivered=1.0):
    return Anatomy(territories, exact(rest), exact(0.9), exact(shunt), exact(delivered))


@st.composite
def patients(draw):
    share = draw(st.floats(0.1, 0.9))
    sessions = draw(st.sampled_from([("1", "1"), ("1", "2")]))
    first = Territory("a", sessions[0], share, exact(draw(MASS)), (part("T", draw(MASS), draw(RATIO)),))
    second = Territory(
        "b",
        sessions[1],
        1.0 - share,
        exact(draw(MASS)),
        (part("T", draw(MASS), draw(RATIO)), part("U", draw(MASS), draw(RATIO))),
    )
    return anatomy(first, second, shunt=draw(SHUNT), rest=draw(MASS), delivered=draw(st.floats(0.5, 1.0)))


def limits_of(product, patient, situation, method, earlier=None):
    factor = exact(microspheres(product).dose_factor_j_per_bq)
    rules = (*rules_for(product, situation), *lung_activity_caps(product))
    return constraints(rules, dose_coefficients(patient, factor), method, earlier or {})


@settings(max_examples=60, deadline=None)
@given(
    patients(), st.sampled_from(known_microspheres()), st.sampled_from(INTENTS), st.sampled_from(TUMOUR_TYPES),
    st.sampled_from(["favourable", "normal", "compromised"]), st.floats(0.0, 25.0),
)  # fmt: skip
def test_every_limit_binds_exactly_at_its_own_activity_and_the_least_keeps_all(
    patient, product, intent, tumour, state, before
):
    situation = Situation(intent, tumour, state, 1.0, patient.hepatic_reserve, RULE_SETS)
    earlier = {"lung_cumulative": before, "whole_normal": before}
    found = [c for c in limits_of(product, patient, situation, "multi", earlier) if not c.rule.target]
    for one in found:
        if math.isfinite(one.activity_bq):
            assert one.reached(one.activity_bq) == pytest.approx(one.level, rel=1e-9)
            assert one.is_met(one.activity_bq)
            assert not one.is_met(one.activity_bq * 1.0001)
    least = binding(found)
    assert all(one.is_met(least.activity_bq) for one in found)


@settings(max_examples=40, deadline=None)
@given(patients(), st.floats(0.01, 0.2))
def test_more_shunt_is_more_to_the_lungs_and_less_to_everything_else(patient, more):
    factor = exact(49.67e-9)
    up = Anatomy(patient.territories, patient.unperfused_normal_kg, patient.lung_mass_kg,
                 exact(patient.lung_shunt_fraction.value + more), patient.delivered_fraction)  # fmt: skip
    low, high = (dose_coefficients(one, factor) for one in (patient, up))
    for volume, dose in low.items():
        assert (high[volume].value > dose.value) is volume.startswith("lung")


@settings(max_examples=40, deadline=None)
@given(patients())
def test_sessions_and_territories_in_another_order_give_the_same_doses(patient):
    factor = exact(49.67e-9)
    turned = Anatomy(patient.territories[::-1], patient.unperfused_normal_kg, patient.lung_mass_kg,
                     patient.lung_shunt_fraction, patient.delivered_fraction)  # fmt: skip
    found, again = (dose_coefficients(one, factor) for one in (patient, turned))
    assert set(found) == set(again)
    assert all(again[volume].value == pytest.approx(dose.value, rel=1e-12) for volume, dose in found.items())


@settings(max_examples=40, deadline=None)
@given(patients())
def test_energy_of_all_parts_is_that_of_the_activity(patient):
    """Tumours, normal liver and lungs; the lungs of the sessions sum to the lungs."""
    found = {key: value.value for key, value in dose_coefficients(patient, exact(49.67e-9)).items()}
    tumours = sum(p.mass_kg.value for t in patient.territories for p in t.tumours)
    normal = patient.unperfused_normal_kg.value + sum(t.normal_mass_kg.value for t in patient.territories)
    energy = found["all_tumours"] * tumours + found["whole_normal"] * normal + found["lung_cumulative"] * 0.9
    assert energy == pytest.approx(49.67e-9 * patient.delivered_fraction.value, rel=1e-12)
    sessions = [value for key, value in found.items() if key.startswith("lung:")]
    assert sum(sessions) == pytest.approx(found["lung_cumulative"], rel=1e-12, abs=1e-20)


@settings(max_examples=30, deadline=None)
@given(MASS, MASS, RATIO, st.floats(0.1, 0.9))
def test_one_territory_cut_in_two_is_the_same_where_the_uptake_is_the_same(normal, tumour, ratio, cut):
    """Two positions share one tumour: with the activity by weighted mass nothing changes."""
    whole = anatomy(Territory("a", "1", 1.0, exact(normal), (part("T", tumour, ratio),)))
    halves = [
        Territory(name, "1", share, exact(normal * share), (part("T", tumour * share, ratio),))
        for name, share in (("a", cut), ("b", 1.0 - cut))
    ]
    one, two = (dose_coefficients(each, exact(15.85e-9)) for each in (whole, anatomy(*halves)))
    for volume in ("tumour:T", "whole_normal", "normal_perfused:a", "lung:1", "all_tumours"):
        assert two[volume].value == pytest.approx(one[volume].value, rel=1e-9)


def test_a_tumour_of_two_territories_is_drawn_once():
    """Half of one contour each: the drawn masses move together, as the first-order uncertainty has it."""
    whole = Uncertain(0.3, {"volume:T": 0.03})
    halves = [
        Territory(name, "1", 0.5, exact(0.6), (TumourPart("T", Uncertain(0.15, {"volume:T": 0.015}), exact(4.0)),))
        for name in "ab"
    ]
    single = anatomy(Territory("a", "1", 1.0, exact(1.2), (TumourPart("T", whole, exact(4.0)),)))
    found = [
        (dose_coefficients(one, exact(49.67e-9))["tumour:T"],
         sampled_coefficients(one, exact(49.67e-9), samples=4000, seed=2)["tumour:T"])
        for one in (single, anatomy(*halves))
    ]  # fmt: skip
    assert found[0][0].standard_uncertainty == pytest.approx(found[1][0].standard_uncertainty, rel=1e-6)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9)


@pytest.fixture(scope="module")
def uncertain():
    """One log-normal factor of 10 %, so that everything is known in closed form."""
    patient = anatomy(Territory("a", "1", 1.0, exact(1.2), (part("T", 0.3, 4.0),)))
    factor = Uncertain(49.67e-9, {"dose-factor:Y-90": 0.1 * 49.67e-9})
    situation = Situation("unilobar", "HCC", "normal", 0.8, 0.3, ("seed",))
    limits = constraints(rules_for("sir-spheres", situation), dose_coefficients(patient, factor), "multi", {})
    return limits, sampled_coefficients(patient, factor, samples=40_000, seed=4), dose_coefficients(patient, factor)


def test_the_activity_kept_with_95_percent_is_the_quantile(uncertain):
    """A log-normal limit: A_95 = A exp(-1.645 x 0.1), to the sampling error of 40 000 draws (0.3 %, 4 deviations)."""
    limits, drawn, _ = uncertain
    allowed = allowed_activities(limits, drawn)
    expected = binding(limits).activity_bq * math.exp(-1.6449 * 0.1)
    assert activity_kept_with(0.95, allowed) == pytest.approx(expected, rel=4e-3)


def test_margins_are_the_probabilities_of_the_plan(uncertain):
    limits, drawn, per = uncertain
    allowed, needed = allowed_activities(limits, drawn), needed_activities(120.0, drawn, {})
    least, _ = smallest_activity(120.0, per)
    for activity in (0.8 * least, least, 1.3 * least):
        kept = all_within([(drawn[c.volume] * activity, c.level) for c in limits if not c.rule.target])
        assert float(np.mean(allowed >= activity)) == pytest.approx(kept, abs=1e-4)
        reached = 1.0 - share_above(-drawn["tumour:T"] * activity, -120.0)
        assert float(np.mean(needed <= activity)) == pytest.approx(reached, abs=1e-4)


def test_more_activity_keeps_less_and_reaches_more(uncertain):
    limits, drawn, _ = uncertain
    allowed, needed = allowed_activities(limits, drawn), needed_activities(120.0, drawn, {})
    activities = np.linspace(0.0, 5e9, 60)
    kept = [float(np.mean(allowed >= activity)) for activity in activities]
    reached = [float(np.mean(needed <= activity)) for activity in activities]
    assert kept == sorted(kept, reverse=True)
    assert reached == sorted(reached)
    assert (kept[0], reached[0], kept[-1], reached[-1]) == (1.0, 0.0, 0.0, 1.0)


def test_a_scout_counts_in_what_is_needed_and_no_limit_gives_no_margin(uncertain):
    _, drawn, _ = uncertain
    np.testing.assert_allclose(
        needed_activities(120.0, drawn, {"tumour:T": 60.0}), needed_activities(60.0, drawn, {}), rtol=1e-12
    )
    assert np.all(needed_activities(120.0, drawn, {"tumour:T": 130.0}) == 0.0)
    assert allowed_activities([], drawn) is None
