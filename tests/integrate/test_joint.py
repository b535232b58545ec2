"""Regions that share rates."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError, RegionFinding
from hevesy.integrate import FitSettings, Scatter, Share, check_together, fit_together, integrate_curve
from hevesy.quantities import correlation

STATED = Scatter(0.0, 4.0)
FIVE = (2.0, 6.0, 24.0, 72.0, 168.0)
KIDNEYS = (Share("uptake", ("left", "right")), Share("washout", ("left", "right")))


def kidneys(fitting, noise=0.0, seed=1):
    rng = np.random.default_rng(seed)
    return [
        fitting.sampled(FIVE, [a, -a], [52.0, 3.0], name, u=0.03, factors=1 + noise * rng.standard_normal(5))
        for name, a in (("left", 2e8), ("right", 1.5e8))
    ]


def together(fitting, curves, shares=KIDNEYS, model="auto", **options):
    settings = [FitSettings(fitting.PHYSICAL, model, scatter=STATED, **options) for _ in curves]
    return fit_together(curves, settings, shares)


def test_noiseless_kidneys_are_found_exactly(fitting):
    fitted = together(fitting, kidneys(fitting))
    for found, amplitude in zip(fitted, (2e8, 1.5e8), strict=True):
        true = fitting.true_integral([amplitude, -amplitude], [52.0, 3.0])
        assert found.model == "uptake-mono"
        assert found.time_integrated_activity.value == pytest.approx(true, rel=1e-7)
        assert found.effective_half_life.value == pytest.approx(52 * 3600.0, rel=1e-7)
    assert fitted[0].rates_per_s == pytest.approx(fitted[1].rates_per_s)


def test_sharing_makes_more_certain_and_correlates(fitting):
    curves = kidneys(fitting, 0.03)
    left, right = (f.time_integrated_activity for f in together(fitting, curves))
    settings = FitSettings(fitting.PHYSICAL, "uptake-mono", scatter=STATED)
    alone = [integrate_curve(c, settings).time_integrated_activity for c in curves]
    assert left.standard_uncertainty < alone[0].standard_uncertainty
    assert 0.02 < correlation(left, right) < 0.9
    assert "activity:right@1" in left.components


def test_one_uptake_rate_with_different_washouts(fitting):
    liver = fitting.sampled(FIVE, [5e8, -5e8], [80.0, 3.0], "liver", u=0.03)
    curves = [*kidneys(fitting), liver]
    fitted = together(fitting, curves, [Share("uptake", ("left", "right", "liver"))])
    biological = [f.rates_per_s[-1] - math.log(2.0) / fitting.PHYSICAL for f in fitted]
    assert biological == pytest.approx([biological[0]] * 3, rel=1e-9)
    assert fitted[2].effective_half_life.value == pytest.approx(80 * 3600.0, rel=1e-6)


def test_uncertainty_and_covariance_agree_with_draws(fitting):
    curves = kidneys(fitting, 0.03)
    settings = [FitSettings(fitting.PHYSICAL, "uptake-mono", scatter=STATED) for _ in curves]
    fitted = fit_together(curves, settings, KIDNEYS)
    checks, drawn = check_together(curves, settings, KIDNEYS, (300, 3))
    assert all(check.agrees for check in checks)
    assert [check.ratio for check in checks] == pytest.approx([1.0, 1.0], abs=0.12)
    correlated = drawn[0, 1] / math.sqrt(drawn[0, 0] * drawn[1, 1])
    propagated = correlation(*(f.time_integrated_activity for f in fitted))
    assert correlated == pytest.approx(propagated, abs=0.15)


def test_the_model_is_chosen_for_all_together(fitting):
    curves = [
        fitting.sampled((4.0, 24.0, 96.0, 168.0), [a], [50.0], name, u=0.03)
        for name, a in (("left", 2e8), ("right", 1e8))
    ]
    fitted = together(fitting, curves, [Share("washout", ("left", "right"))])
    assert {f.model for f in fitted} == {"mono"}
    assert all("taken together" in f.reason for f in fitted)


def test_a_half_life_beyond_physical_decay_is_bounded_and_said(fitting):
    curves = [fitting.sampled(fitting.FOUR, [a], [300.0], name) for name, a in (("left", 2e8), ("right", 1e8))]
    fitted = together(fitting, curves, [Share("washout", ("left", "right"))], "mono")
    assert fitted[0].effective_half_life.value == pytest.approx(fitting.PHYSICAL)
    assert fitted[0].free_half_life_s == pytest.approx(300 * 3600.0, rel=1e-3)


def test_what_cannot_be_shared(fitting):
    curves = kidneys(fitting)
    with pytest.raises(InputError, match="average came"):
        together(fitting, curves, model="average")
    with pytest.raises(InputError, match="a robust fit came"):
        together(fitting, curves, model="mono", robust=True)
    with pytest.raises(InputError, match="a model with uptake"):
        together(fitting, curves, model="bi")
    few = [fitting.sampled((4.0,), [2e8], [50.0], name) for name in ("left", "right")]
    with pytest.raises(RegionFinding, match="2 points cannot support it"):
        together(fitting, few)
