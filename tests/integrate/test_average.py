"""Averages of models."""

import numpy as np
import pytest

from hevesy.integrate import FitSettings, Scatter, confidence_band, evaluate, integrate_curve
from hevesy.integrate.average import mixture
from hevesy.quantities import Uncertain

STATED = Scatter(0.0, 4.0)


def test_mixture_by_hand():
    """Means 10 and 14 with weights 3/4 and 1/4, standard uncertainties 1 and 2: variance 0.75 + 1 + 3."""
    a, b = Uncertain(10.0, {"a:x": 1.0}), Uncertain(14.0, {"a:x": 2.0})
    mean = mixture([a, b], [0.75, 0.25], "R")
    assert mean.value == pytest.approx(11.0)
    assert mean.standard_uncertainty**2 == pytest.approx(0.75 * 1 + 0.25 * 4 + 0.75 * 1 + 0.25 * 9)
    assert mean.components["a:x"] == pytest.approx(0.75 * 1 + 0.25 * 2)
    assert "model:R" in mean.components


def test_clear_shapes_are_their_own_model(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8, -2e8], [60.0, 6.0])
    averaged = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "average", scatter=STATED))
    alone = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "uptake-mono", scatter=STATED))
    assert dict(averaged.weights)["uptake-mono"] > 0.5
    assert averaged.time_integrated_activity.value == pytest.approx(alone.time_integrated_activity.value, rel=0.01)


def test_undecided_models_share_and_their_difference_is_uncertainty(fitting):
    curve = fitting.sampled(fitting.FOUR, [1.7e8, 0.3e8], [60.0, 12.0], u=0.04)
    settings = FitSettings(fitting.PHYSICAL, "average", scatter=STATED)
    averaged = integrate_curve(curve, settings)
    weights = dict(averaged.weights)
    assert len(weights) > 1
    assert sum(weights.values()) == pytest.approx(1.0)
    singles = {
        name: integrate_curve(curve, FitSettings(fitting.PHYSICAL, name, scatter=STATED)).time_integrated_activity
        for name in weights
    }
    mean = sum(w * singles[name].value for name, w in weights.items())
    within = sum(w * singles[name].standard_uncertainty ** 2 for name, w in weights.items())
    between = sum(w * (singles[name].value - mean) ** 2 for name, w in weights.items())
    assert averaged.time_integrated_activity.value == pytest.approx(mean, rel=1e-9)
    assert averaged.time_integrated_activity.standard_uncertainty**2 == pytest.approx(within + between, rel=1e-6)
    assert averaged.candidates[0][0] == "average"
    assert "Akaike" in averaged.reason


def test_by_aicc_where_it_exists(fitting):
    curve = fitting.sampled((1, 4, 24, 48, 72, 96, 168), [2e8], [50.0], factors=1 + 0.03 * np.sin(np.arange(7) * 2.0))
    averaged = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "average", scatter=STATED))
    assert averaged.reason.endswith("by AICc")


def test_the_band_holds_what_the_models_differ_by(fitting):
    curve = fitting.sampled(fitting.FOUR, [1.7e8, 0.3e8], [60.0, 12.0], u=0.04)
    averaged = integrate_curve(curve, FitSettings(fitting.PHYSICAL, "average", scatter=STATED))
    times = np.array([50.0]) * 3600.0
    curves = {
        name: integrate_curve(curve, FitSettings(fitting.PHYSICAL, name, scatter=STATED))
        for name, _ in averaged.weights
    }
    values = {name: float(evaluate(c, times)[0]) for name, c in curves.items()}
    mean = sum(w * values[name] for name, w in averaged.weights)
    value, _, upper = confidence_band(averaged, times)
    assert value[0] == pytest.approx(mean, rel=1e-9)
    between = sum(w * (values[name] - mean) ** 2 for name, w in averaged.weights)
    assert upper[0] - value[0] > 1.9 * np.sqrt(between)
