"""Uncertainty of a run: two propagations, budgets by path, correlations, and the chain."""

import math

import numpy as np
import pytest

from hevesy.errors import StudyFileError
from hevesy.quantify import RecoveryCurve, recovery_coefficient
from hevesy.quantities import Draws, Uncertain, correlation, drawn, multiply_powers
from hevesy.report.model import AlignmentModel
from hevesy.workflow import compute_study
from hevesy.workflow.drawn_doses import _recovery_again
from hevesy.workflow.estimates import monte_carlo
from hevesy.workflow.local_shifts import registration_residuals
from hevesy.workflow.uncertainties import budget_terms

BOTH = 'uncertainty: {propagation: both, samples: 1000, seed: 5, largest_difference: "25 %"}\n'


def by_name(results, name):
    return next(region for region in results.regions if region.name == name)


def computed(tiny, section=""):
    tiny.text += section
    return compute_study(tiny.write()).results


@pytest.fixture
def spread(tiny):
    """The tiny study with all that can be uncertain."""
    tiny.replace('repair_half_time: "2.5 h"}', 'repair_half_time: "2.5 h", alpha_beta_standard_uncertainty: "0.5 Gy",'
                 ' repair_half_time_standard_uncertainty: "0.5 h"}')  # fmt: skip
    return tiny


def test_both_ways_agree_side_by_side(spread):
    results = computed(spread, BOTH)
    assert results.uncertainty.propagation == "both"
    found = {(one.region, one.quantity) for one in results.uncertainty.agreement}
    assert found == {
        *(("Liver", q) for q in ("time-integrated activity", "absorbed dose", "BED", "EQD2")),
        *(("Kidney_L", q) for q in ("time-integrated activity", "absorbed dose")),
    }
    assert all(one.agrees for one in results.uncertainty.agreement)
    assert not any("Monte Carlo differs" in text for region in results.regions for text in region.findings)
    liver = by_name(results, "Liver")
    for entry in (liver.absorbed_dose_gy, liver.bed_gy, liver.eqd2_gy):
        low, high = entry.monte_carlo.interval95
        assert low < entry.value < high
        assert entry.monte_carlo.standard_uncertainty == pytest.approx(entry.standard_uncertainty, rel=0.15)


def test_a_seed_gives_the_same_draws_and_a_difference_is_a_finding(spread):
    first = computed(spread, BOTH.replace("25 %", "0.1 %"))
    again = compute_study(spread.folder / "study.yaml").results
    assert first == again
    assert any("Monte Carlo differs from analytic propagation" in text for text in by_name(first, "Liver").findings)
    spread.replace("seed: 5", "seed: 6")
    other = compute_study(spread.write()).results
    one, two = (by_name(r, "Liver").absorbed_dose_gy for r in (first, other))
    assert one.monte_carlo.mean != two.monte_carlo.mean
    assert one.standard_uncertainty == two.standard_uncertainty


def test_monte_carlo_alone_takes_the_place(spread):
    results = computed(spread, "uncertainty: {propagation: monte-carlo, samples: 500, seed: 5}\n")
    dose = by_name(results, "Liver").absorbed_dose_gy
    assert dose.standard_uncertainty == dose.monte_carlo.standard_uncertainty
    assert dose.interval95 == dose.monte_carlo.interval95
    assert math.hypot(*dose.sources.values()) != dose.standard_uncertainty
    assert results.uncertainty.agreement == []


def test_stated_reconstruction_and_s_value_are_in_the_budget(tiny, plain_results):
    before = plain_results
    section = (
        "uncertainty:\n  propagation: analytic\n"
        '  reconstruction: {relative_standard_uncertainty: "5 %", source: five reconstructions}\n'
        '  s_value: {organ: "4 %", lesion: "6 %", source: voxel Monte Carlo against spheres}\n'
    )
    after = computed(tiny, section)
    for region in ("Liver", "Kidney_L"):
        old, new = (by_name(r, region).absorbed_dose_gy for r in (before, after))
        assert new.budget["s-value"] / new.value == pytest.approx(0.04)
        assert "counts" not in old.budget
        assert new.budget["counts"] / new.value > 0.02
        assert new.value == pytest.approx(old.value, rel=0.01)
    steps = {step.step: step for step in after.uncertainty.chain}
    assert steps["reconstruction"].included
    assert "five reconstructions" in steps["reconstruction"].words
    assert not {step.step: step for step in before.uncertainty.chain}["reconstruction"].included
    assert not steps["registration"].included
    assert steps["registration"].words == "nothing measures what the registration leaves"
    assert not steps["dead time"].included


def test_regions_are_correlated_through_the_calibration(tiny):
    tiny.replace(
        'relative_standard_uncertainty: "3 %", source: test', 'relative_standard_uncertainty: "30 %", source: test'
    )
    found = computed(tiny).uncertainty.correlation
    assert found.regions == ["Liver", "Kidney_L"]
    ((one, shared), (back, two)) = found.absorbed_dose
    assert (one, two) == (1.0, 1.0)
    assert shared == back
    assert shared > 0.95
    (a, b), (_, d) = found.absorbed_dose_covariance_gy2
    assert b == pytest.approx(shared * math.sqrt(a * d))


def test_volume_moves_activity_and_s_value_against_each_other(plain_results):
    liver = by_name(plain_results, "Liver")
    terms = {term.kind: term for term in liver.uncertainty_budget}
    volume, whole = terms["volume"], terms["all"]
    assert volume.correlation == pytest.approx(-1.0, abs=1e-6)
    assert volume.relative_standard_uncertainty == pytest.approx(
        abs(volume.through_activity - volume.through_s_value), rel=1e-6
    )
    dose = liver.absorbed_dose_gy
    assert whole.relative_standard_uncertainty == pytest.approx(dose.standard_uncertainty / dose.value)
    assert sum(term.share_of_variance for term in terms.values()) == pytest.approx(2.0)


def test_the_terms_are_those_of_the_guidance():
    tia = Uncertain(4.0, {"volume:A": 0.4, "calibration:camera": 0.2, "counts:A@1": 0.1})
    s_value = Uncertain(2.0, {"volume:A": -0.3, "energy:Lu-177": 0.02})
    terms = {term.kind: term for term in budget_terms(tia, s_value)}
    whole = terms["all"]
    a, s = tia.relative_standard_uncertainty, s_value.relative_standard_uncertainty
    assert (whole.through_activity, whole.through_s_value) == pytest.approx((a, s))
    assert whole.correlation == pytest.approx(correlation(tia, s_value))
    product = multiply_powers((tia, 1.0), (s_value, 1.0))
    assert whole.relative_standard_uncertainty == pytest.approx(product.relative_standard_uncertainty)
    assert product.relative_standard_uncertainty**2 == pytest.approx(a**2 + s**2 + 2 * whole.correlation * a * s)
    assert terms["calibration"].correlation is None
    assert list(terms)[-1] == "all"


def entry(index, residual):
    return AlignmentModel(
        time_point=index,
        method="rigid-ct",
        matrix=None,
        residual_shift_mm=residual,
        body_overlap=None,
        translation_mm=None,
        rotation_deg=None,
    )


def test_residuals_go_through_the_reference():
    entries = [entry(1, None), entry(2, 3.0), entry(3, 4.0)]
    assert registration_residuals(entries, 1) == {2: 3.0, 3: 4.0}
    assert registration_residuals(entries, 2) == {1: 3.0, 3: 5.0}
    assert registration_residuals(entries, None) == {}


def test_a_residual_of_the_registration_reaches_the_dose(tiny, plain_results, monkeypatch):
    before = by_name(plain_results, "Kidney_L").absorbed_dose_gy
    from hevesy.workflow import run

    monkeypatch.setattr(run, "registration_residuals", lambda entries, home: {2: 3.0, 3: 3.0})
    results = computed(tiny)
    after = by_name(results, "Kidney_L").absorbed_dose_gy
    assert "registration" not in before.budget
    assert after.budget["registration"] > 0.01 * after.value
    assert {name for name in after.sources if name.startswith("registration")} == {
        "registration:Kidney_L@2",
        "registration:Kidney_L@3",
    }
    assert next(s for s in results.uncertainty.chain if s.step == "registration").included


def test_recovery_by_volume_is_computed_again_for_each_draw():
    curve = RecoveryCurve("site", 2.0, 1.2, np.array([[0.09, 0.01], [0.01, 0.01]]), 0.5, 100.0, 1.0, 4)
    draws = Draws(9, 4000)
    volume = Uncertain(3.0, {"volume:L": 0.9})
    coefficient = recovery_coefficient(curve, volume, shape_relative_standard_uncertainty=0.0, region="L")
    activity = multiply_powers((Uncertain(5.0), 1.0), (coefficient, -1.0))
    found = drawn(activity, draws) * _recovery_again(coefficient, volume, curve, draws)
    rng = np.random.default_rng(2)
    b1, b2 = rng.multivariate_normal([2.0, 1.2], curve.covariance, 20000).T
    volumes = 3.0 * np.exp(math.sqrt(math.log1p(0.09)) * rng.standard_normal(20000))
    alone = 5.0 * (1.0 + (b1 / volumes) ** b2)
    sound = alone[(b1 > 0.2) & (b2 > 0.2)]
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert np.quantile(found, levels) == pytest.approx(np.quantile(sound, levels), rel=0.04)


def test_summary_of_draws():
    values = 10.0 * np.exp(0.2 * Draws(1, 5000).normal("a:b"))
    found = monte_carlo(values)
    assert found.median == pytest.approx(10.0, rel=0.01)
    assert found.standard_uncertainty == pytest.approx(10.0 * math.sqrt(math.expm1(0.04)), rel=0.02)
    around_zero = monte_carlo(Draws(1, 5000).normal("a:b"))
    assert around_zero.standard_uncertainty == around_zero.standard_deviation


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("uncertainty: {propagation: both}", "largest_difference"),
        ('uncertainty: {propagation: analytic, largest_difference: "10 %"}', "largest_difference"),
        ("uncertainty: {propagation: monte-carlo, samples: 3}", "greater than or equal to 200"),
        ("uncertainty: {propagation: bootstrap}", "monte-carlo"),
        ("uncertainty: {propagation: monte-carlo, seed: -1}", "greater than or equal to 0"),
        ('uncertainty: {propagation: analytic, s_value: {organ: "5 %", lesion: "5 %"}}', "missing"),
    ],
)
def test_refused(tiny, section, words):
    with pytest.raises(StudyFileError, match=words) as told:
        computed(tiny, section + "\n")
    assert "\n" not in str(told.value)
