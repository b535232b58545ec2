"""Uncertainty propagated and drawn."""

import pytest

from hevesy.integrate import FitSettings, Scatter, check_uncertainty

STATED = Scatter(0.0, 4.0)


@pytest.mark.parametrize(
    ("model", "times", "amplitudes", "half_lives"),
    [
        ("mono", (4.0, 24.0, 96.0, 168.0), [2e8], [50.0]),
        ("mono", (24.0, 96.0), [2e8], [50.0]),
        ("uptake-mono", (2.0, 6.0, 24.0, 96.0, 168.0), [2e8, -2e8], [60.0, 4.0]),
        ("bi", (2.0, 6.0, 24.0, 48.0, 96.0, 168.0), [1e8, 1e8], [60.0, 6.0]),
    ],
)
def test_both_agree(fitting, model, times, amplitudes, half_lives):
    """300 draws: a standard deviation of 4 % of the ratio; 12 % are three of them."""
    curve = fitting.sampled(times, amplitudes, half_lives, u=0.04)
    check = check_uncertainty(curve, FitSettings(fitting.PHYSICAL, model, scatter=STATED), 300, 5)
    assert check.ratio == pytest.approx(1.0, abs=0.12)
    assert check.agrees
    assert abs(check.drawn_bias_fraction) < 0.01
    low, high = check.drawn_interval95_bq_s
    assert (high - low) / check.drawn_u_bq_s == pytest.approx(2 * 1.96, rel=0.25)


def test_same_seed_same_draws_and_progress_is_told(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0], u=0.04)
    settings, told = FitSettings(fitting.PHYSICAL, "mono", scatter=STATED, until_s=100 * 3600.0), []
    one = check_uncertainty(curve, settings, 20, 5, lambda *done: told.append(done))
    assert one == check_uncertainty(curve, settings, 20, 5)
    assert told[-1] == ("draw the points anew", 20, 20)
    assert one != check_uncertainty(curve, settings, 20, 6)


def test_at_a_bound_the_propagated_value_is_an_upper_estimate(fitting):
    curve = fitting.sampled(fitting.FOUR, [2e8], [159.5], u=0.04)
    check = check_uncertainty(curve, FitSettings(fitting.PHYSICAL, "mono", scatter=STATED), 100, 5)
    assert check.at_bound


@pytest.mark.parametrize(("model", "samples"), [("average", 10), ("trapezoid", 10), ("mono", 1)])
def test_what_is_not_drawn(fitting, model, samples):
    curve = fitting.sampled(fitting.FOUR, [2e8], [50.0])
    with pytest.raises(ValueError, match="a sum of exponentials and two draws"):
        check_uncertainty(curve, FitSettings(fitting.PHYSICAL, model, scatter=STATED), samples, 5)
