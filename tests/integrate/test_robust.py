"""Fits in which points that do not fit count less."""

import numpy as np
import pytest

from hevesy.errors import RegionFinding
from hevesy.integrate import FitSettings, Scatter, integrate_curve

STATED = Scatter(0.0, 4.0)
SIX = (2.0, 6.0, 24.0, 48.0, 96.0, 168.0)


def settings(fitting, **options):
    return FitSettings(fitting.PHYSICAL, options.pop("model", "mono"), scatter=STATED, **options)


def test_a_wrong_scan_hardly_matters_and_is_said(fitting):
    factors = np.array([1.0, 1.01, 0.99, 1.6, 1.01, 0.99])
    curve = fitting.sampled(SIX, [2e8], [50.0], u=0.03, factors=factors)
    true = fitting.true_integral([2e8], [50.0])
    plain = integrate_curve(curve, settings(fitting)).time_integrated_activity
    fitted = integrate_curve(curve, settings(fitting, robust=True))
    robust = fitted.time_integrated_activity
    assert abs(plain.value / true - 1) > 0.03
    assert abs(robust.value / true - 1) < 0.01
    assert abs(robust.value - true) < 2 * robust.standard_uncertainty
    said = [why for name, _, why in fitted.candidates if name == "outlier"]
    assert len(said) == 1
    assert said[0].startswith("time point 4 (48 h) does not fit")


def test_points_that_fit_give_the_ordinary_fit(fitting):
    curve = fitting.sampled(SIX, [2e8], [50.0], u=0.05, factors=1 + 0.02 * np.array([1, -1, 1, 1, -1, 1]))
    plain = integrate_curve(curve, settings(fitting)).time_integrated_activity
    robust = integrate_curve(curve, settings(fitting, robust=True)).time_integrated_activity
    assert robust.value == pytest.approx(plain.value, rel=1e-9)
    assert robust.standard_uncertainty == pytest.approx(plain.standard_uncertainty, rel=1e-9)


def test_auto_takes_no_richer_model_for_one_wrong_scan(fitting):
    factors = np.array([1.0, 1.01, 0.99, 1.6, 1.01, 0.99])
    curve = fitting.sampled(SIX, [2e8], [50.0], u=0.03, factors=factors)
    assert integrate_curve(curve, settings(fitting, model="auto", robust=True)).model == "mono"


def test_too_few_scans_are_a_finding(fitting):
    curve = fitting.sampled(SIX[:3], [2e8], [50.0])
    with pytest.raises(RegionFinding, match="a robust fit needs 4 scans or more, 3 came"):
        integrate_curve(curve, settings(fitting, robust=True))
    with pytest.raises(RegionFinding, match="6 scans or more"):
        integrate_curve(curve, settings(fitting, model="bi", robust=True))


def test_errors_stay_covered_with_outliers(fitting):
    """Mostly one scan in six off by a factor drawn up to two; 24 curves: most intervals hold the truth, none is far off."""
    rng = np.random.default_rng(17)
    covered, errors = [], []
    true = fitting.true_integral([2e8], [50.0])
    for _ in range(24):
        factors = 1 + 0.03 * rng.standard_normal(6)
        if rng.uniform() < 0.75:
            factors[rng.integers(6)] *= rng.uniform(1.2, 2.0)
        curve = fitting.sampled(SIX, [2e8], [50.0], u=0.03, factors=factors)
        value = integrate_curve(curve, settings(fitting, robust=True)).time_integrated_activity
        errors.append(value.value / true - 1)
        covered.append(abs(value.value - true) < 1.96 * value.standard_uncertainty)
    assert np.mean(covered) > 0.8
    assert np.percentile(np.abs(errors), 90) < 0.08
