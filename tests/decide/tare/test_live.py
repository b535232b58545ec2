"""A treatment in fractions: the account of the activity, the limit, and what may still be given."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.decide.tare import (
    ASSUMPTIONS,
    HEALTHY,
    OUTSIDE,
    LiveFraction,
    Standing,
    VolumeCondition,
    account,
    drawn_account,
    healthy_dose,
    live_limit,
    remaining_activity,
    risk_of_exceeding,
)
from hevesy.decide.tare.live.account import drawn_amount
from hevesy.decide.tare.live.remaining import drawn_healthy_dose
from hevesy.errors import InputError
from hevesy.quantities import Draws, Uncertain, exact

DRAWS = Draws(1, 4000)
PER = Uncertain(15.85e-9 / 0.5, {"volume:healthy": 0.05 * 15.85e-9 / 0.5})
READING = Uncertain(1.0, {"meter:M": 0.03})


def amount(value, scope, noise=1.0, relaxivity=0.05, baseline=2.0):
    components = {f"noise:{scope}": noise, "baseline:mean": -baseline, "relaxivity:1.5 T": -relaxivity * value}
    return Uncertain(value, components)


def fraction(number, given_mbq, healthy_mg, tumour_mg, per_mg=5e6):
    delivered = Uncertain(given_mbq * 1e6, {"meter:M": 0.03e6 * given_mbq, f"residual:F{number}": 1e6})
    amounts = {
        HEALTHY: amount(healthy_mg, f"F{number} healthy"),
        OUTSIDE: amount(0.0, f"F{number} outside"),
        "T1": amount(tumour_mg, f"F{number} T1", baseline=0.2),
    }
    return LiveFraction(f"F{number}", delivered, Uncertain(per_mg, {"batch:B": 0.03 * per_mg}), amounts)


def standing(fractions, placed=None, per=PER, earlier=None):
    placed = placed or {}
    return Standing(
        account(fractions, placed), drawn_account(fractions, placed, DRAWS), per, earlier or exact(0.0), READING, DRAWS
    )


TWO = (fraction(1, 200.0, 20.0, 15.0), fraction(2, 200.0, 42.0, 30.0, per_mg=4.9e6))


def test_each_fraction_counts_at_its_own_injection():
    now = account(TWO, {})
    assert now.seen[HEALTHY].value == pytest.approx(20.0 * 5e6 + 22.0 * 4.9e6)
    assert now.given.value == pytest.approx(400e6)
    assert now.not_seen.value == pytest.approx(400e6 - now.seen[HEALTHY].value - now.seen["T1"].value)


def test_what_is_not_seen_is_in_the_healthy_liver_unless_it_is_placed():
    now, half = account(TWO, {}), account(TWO, {"T1": 0.5})
    assert now.healthy.value == pytest.approx(now.given.value - now.seen["T1"].value)
    assert half.healthy.value == pytest.approx(now.healthy.value - 0.5 * now.not_seen.value)
    assert account(TWO, {"T1": 1.0}).healthy.value == pytest.approx(now.seen[HEALTHY].value)


def test_shared_sources_stay_correlated():
    """Where all that is not seen is healthy, an error of the relaxivity acts through the tumour alone, with its sign."""
    now = account(TWO, {})
    assert now.healthy.components["relaxivity:1.5 T"] == pytest.approx(0.05 * now.seen["T1"].value, rel=0.01)
    assert now.given.components["meter:M"] == pytest.approx(0.03 * 400e6)


def test_more_seen_than_given_takes_nothing_away():
    many = (fraction(1, 100.0, 20.0, 15.0),)
    now = account(many, {})
    assert now.not_seen.value < 0
    assert now.healthy.value == pytest.approx(now.seen[HEALTHY].value)
    assert now.whole.value == pytest.approx(sum(one.value for one in now.seen.values()))


def test_first_order_and_drawn_agree():
    """Medians of 4000 draws, within a tenth of a standard uncertainty; so much is not seen that it is never below zero."""
    more = (TWO[0], replace(TWO[1], delivered_bq=Uncertain(4e8, {"meter:M": 0.03 * 4e8, "residual:F2": 1e6})))
    now = standing(more)
    for analytic, drawn in ((now.account.healthy, now.drawn.healthy), (now.account.not_seen, now.drawn.not_seen)):
        assert np.median(drawn) == pytest.approx(analytic.value, abs=0.1 * analytic.standard_uncertainty)
        assert drawn.std() == pytest.approx(analytic.standard_uncertainty, rel=0.05)


def test_an_amount_may_be_below_zero():
    drawn = drawn_amount(amount(-1.0, "x"), DRAWS)
    assert drawn.mean() == pytest.approx(-1.0, abs=0.05)
    assert drawn.std() == pytest.approx(np.hypot(1.0, 2.0), rel=0.03)


def test_at_the_figure_the_risk_is_the_stated_one():
    """The smaller of two ways: the drawn risk there is at most the stated, and near it."""
    now = standing(TWO)
    for assumption in ASSUMPTIONS:
        found = remaining_activity(now, 60.0, 0.05, assumption)
        risk = risk_of_exceeding(now, 60.0, found.figure_bq, assumption)
        assert 0.03 < risk <= 0.05
        assert found.analytic_bq == pytest.approx(found.drawn_bq, rel=0.03)


def test_without_uncertainty_the_figure_is_the_quotient():
    """60 Gy in 0.5 kg at 15.85 J/GBq hold 1.8927 GBq; 0.1 GBq is there, nothing is in doubt."""
    one = LiveFraction("F1", exact(1e8), exact(1e6), {HEALTHY: exact(60.0), OUTSIDE: exact(0.0), "T1": exact(40.0)})
    now = replace(standing((one,), per=exact(15.85e-9 / 0.5)), reading=exact(1.0))
    whole = remaining_activity(now, 60.0, 0.05, "all-to-healthy")
    so_far = remaining_activity(now, 60.0, 0.05, "as-so-far")
    assert whole.figure_bq == pytest.approx(0.5 * 60.0 / 15.85e-9 - 6e7, rel=1e-6)
    assert so_far.figure_bq == pytest.approx((0.5 * 60.0 / 15.85e-9 - 6e7) / 0.6, rel=1e-6)


def test_dose_from_before_counts():
    before = Uncertain(20.0, {"earlier:healthy liver": 2.0})
    with_it, without = (standing(TWO, earlier=dose) for dose in (before, exact(0.0)))
    assert healthy_dose(with_it).value == pytest.approx(healthy_dose(without).value + 20.0)
    assert np.median(drawn_healthy_dose(with_it)) == pytest.approx(healthy_dose(with_it).value, rel=0.01)


def test_nothing_is_left_above_the_limit():
    for assumption in ASSUMPTIONS:
        assert remaining_activity(standing(TWO), 5.0, 0.05, assumption).figure_bq == 0.0


def test_nothing_in_the_healthy_liver_makes_no_end():
    one = LiveFraction("F1", exact(1e8), exact(1e6), {HEALTHY: exact(0.0), OUTSIDE: exact(0.0), "T1": exact(100.0)})
    now = standing((one,), per=exact(3e-8))
    assert remaining_activity(now, 60.0, 0.05, "as-so-far").figure_bq == np.inf
    assert np.isfinite(remaining_activity(now, 60.0, 0.05, "all-to-healthy").figure_bq)


mbq = st.floats(50.0, 400.0)
mg = st.floats(1.0, 60.0)


@settings(max_examples=25, deadline=None)
@given(mbq, st.floats(1.0, 200.0), mg, mg)
def test_more_given_leaves_less(given_mbq, more, healthy, tumour):
    """With the same image: what is not seen grows."""
    less, much = (standing((fraction(1, activity, healthy, tumour),)) for activity in (given_mbq, given_mbq + more))
    before, after = (remaining_activity(now, 60.0, 0.05, "all-to-healthy").figure_bq for now in (less, much))
    assert after <= before * (1 + 1e-9) + 1.0
    assert healthy_dose(much).value >= healthy_dose(less).value - 1e-9
    risks = [risk_of_exceeding(now, 60.0, 1e8, "all-to-healthy") for now in (less, much)]
    assert risks == sorted(risks)


@settings(max_examples=25, deadline=None)
@given(mbq, mg, mg, st.floats(0.0, 1.0))
def test_voids_never_lower_the_healthy_dose(given_mbq, healthy, tumour, lost):
    """Voxels that can no longer be quantified, healthy or tumour, move to what is not seen."""
    seen = standing((fraction(1, given_mbq, healthy, tumour),))
    for kept in ((1.0 - lost) * healthy, tumour), (healthy, (1.0 - lost) * tumour):
        void = standing((fraction(1, given_mbq, *kept),))
        if seen.account.not_seen.value >= 0:
            assert void.account.healthy.value >= seen.account.healthy.value * (1 - 1e-12)


@settings(max_examples=25, deadline=None)
@given(mbq, mg, mg, st.floats(10.0, 80.0), st.floats(0.01, 0.5))
def test_all_to_healthy_leaves_at_most_as_much_as_so_far(given_mbq, healthy, tumour, limit, risk):
    now = standing((fraction(1, given_mbq, healthy, tumour),))
    so_far, whole = (remaining_activity(now, limit, risk, one).figure_bq for one in ASSUMPTIONS)
    assert whole <= so_far * (1 + 1e-9)


@settings(max_examples=25, deadline=None)
@given(mbq, mg, mg, st.floats(0.01, 0.4), st.sampled_from(ASSUMPTIONS))
def test_risk_grows_with_the_activity_and_the_figure_with_the_risk(given_mbq, healthy, tumour, risk, assumption):
    now = standing((fraction(1, given_mbq, healthy, tumour),))
    risks = [risk_of_exceeding(now, 40.0, activity, assumption) for activity in np.linspace(0.0, 3e9, 8)]
    assert risks == sorted(risks)
    figures = [remaining_activity(now, 40.0, one, assumption).figure_bq for one in (risk, risk + 0.1)]
    assert figures == sorted(figures)


@pytest.mark.parametrize(
    ("product", "dose", "share", "trial", "words"),
    [
        ("quiremspheres", 80.0, 0.6, None, "60 Gy, or the name of a trial"),
        ("quiremspheres", 61.0, 0.6, "EMERITUS-2", "one of the levels of EMERITUS-2, 40, 60, 80 Gy"),
        ("quiremspheres", 80.0, 0.7, "EMERITUS-2", "at most 66.7% of the liver volume"),
        ("sir-spheres", 40.0, 0.6, "EMERITUS-2", "quiremspheres"),
    ],
)
def test_limits_that_are_refused(product, dose, share, trial, words):
    with pytest.raises(InputError, match=words):
        live_limit(product, dose, share, risk=0.05, trial=trial)


@pytest.mark.parametrize(("dose", "trial"), [(60.0, None), (30.0, None), (80.0, "EMERITUS-2"), (90.0, "another one")])
def test_limits_that_may_be_used(dose, trial):
    limit = live_limit("quiremspheres", dose, 2.0 / 3.0, risk=0.05, trial=trial)
    assert limit.dose_gy == dose
    assert len(limit.sources) == (2 if trial == "EMERITUS-2" else 1)


def test_the_volume_condition():
    met = VolumeCondition(600.0, 1000.0, 0.02, 2.0 / 3.0, 0.2)
    assert met.reason_against is None
    assert "66.7% of the liver volume" in replace(met, treated_ml=700.0).reason_against
    assert "is not known" in replace(met, outside_share=0.3).reason_against
    assert replace(met, treated_ml=2000.0 / 3.0).reason_against is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: account((), {}), "a fraction that was given"),
        (lambda: account(TWO, {"T1": 0.7, "lung": 0.4}), "shares of 1 at most"),
        (lambda: remaining_activity(standing(TWO), 60.0, 0.6, "as-so-far"), "at most 0.5"),
        (lambda: remaining_activity(standing(TWO), 0.0, 0.05, "as-so-far"), "above 0 Gy"),
    ],
)
def test_refusals(wrong, words):
    with pytest.raises(InputError, match=words):
        wrong()


def test_the_risk_is_kept_when_the_sources_err_as_stated():
    """True treatments whose sources err at random: where all that is not seen is healthy, 5 % exceed the limit.

    300 treatments, all of the next fraction to the healthy liver: between 2 and 9 % is the 99 % range of a binomial at 5 %.
    """
    rng = np.random.default_rng(3)
    limit, risk, exceeded = 60.0, 0.05, 0
    per = PER.value
    for _ in range(300):
        relaxivity, batch, meter, volume = np.exp(rng.standard_normal(4) * np.array([0.05, 0.03, 0.03, 0.05]))
        healthy_bq, tumour_bq, void_bq = 300e6, 200e6, 60e6
        read_bq = (healthy_bq + tumour_bq + void_bq) / meter
        amounts = {
            HEALTHY: amount(healthy_bq / (5e6 * batch) * relaxivity + 2.2 * rng.standard_normal(), "F1 healthy"),
            OUTSIDE: amount(0.0, "F1 outside", baseline=0.0, noise=0.1),
            "T1": amount(tumour_bq / (5e6 * batch) * relaxivity + rng.standard_normal(), "F1 T1", baseline=0.0),
        }
        delivered = Uncertain(read_bq, {"meter:M": 0.03 * read_bq})
        one = LiveFraction("F1", delivered, Uncertain(5e6, {"batch:B": 0.03 * 5e6}), amounts)
        figure = remaining_activity(standing((one,)), limit, risk, "all-to-healthy").figure_bq
        exceeded += per / volume * (healthy_bq + void_bq + figure * meter) > limit
    assert 0.02 * 300 <= exceeded <= 0.09 * 300
