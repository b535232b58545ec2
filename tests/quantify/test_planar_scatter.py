"""Scatter windows: exact for the spectra they assume, and refused where they say nothing."""

import numpy as np
import pytest

from hevesy.domain import EnergyWindow
from hevesy.errors import ScaleError
from hevesy.quantify import dual_window_weight, triple_window_weights

PEAK = EnergyWindow(187.6, 229.2)
LOWER, UPPER = EnergyWindow(166.8, 187.6), EnergyWindow(229.2, 250.0)


@pytest.mark.parametrize("slope", [-0.03, 0.0, 0.01])
def test_a_straight_spectrum_is_found_exactly(slope):
    """Windows of one width on both sides: counts of a line 5 + slope (E - middle) per keV."""
    middle = (PEAK.lower_kev + PEAK.upper_kev) / 2

    def counts(window):
        width = window.upper_kev - window.lower_kev
        return width * (5 + slope * ((window.lower_kev + window.upper_kev) / 2 - middle))

    weights = triple_window_weights(PEAK, LOWER, UPPER)
    found = sum(w.weight * counts(w.window) for w in weights)
    assert found == pytest.approx(counts(PEAK), rel=1e-12)


def test_dual_window_is_the_stated_factor():
    (one,) = dual_window_weight(PEAK, LOWER, 0.7)
    assert (one.window, one.weight) == (LOWER, 0.7)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (EnergyWindow(170, 195), UPPER, "overlaps"),
        (LOWER, EnergyWindow(220, 250), "overlaps"),
        (UPPER, LOWER, "one window below and one above"),
        (EnergyWindow(80, 100), UPPER, "near the photopeak"),
        (EnergyWindow(187.6, 187.6), UPPER, "a width"),
    ],
)
def test_windows_that_say_nothing_are_refused(lower, upper, words):
    with pytest.raises(ScaleError, match=words):
        triple_window_weights(PEAK, lower, upper)


def test_a_single_window_above_the_photopeak_is_refused():
    with pytest.raises(ScaleError, match="below the photopeak"):
        dual_window_weight(PEAK, UPPER, 1.0)


def test_rounding_of_headers_is_no_overlap():
    assert len(triple_window_weights(PEAK, EnergyWindow(167, 188), EnergyWindow(229, 250))) == 2
    assert np.isclose(triple_window_weights(PEAK, EnergyWindow(167, 188), UPPER)[0].weight, 41.6 / 42)
