"""Limits of agreement and histograms, against other libraries and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hevesy.numerics.agreement import Distribution, histogram_agreement, limits_of_agreement

PEFR_LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
PEFR_MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_the_example_of_bland_and_altman():
    """Peak expiratory flow by two meters: mean difference -2.1, SD 38.8 l/min (Lancet 327 (1986) 307)."""
    found = limits_of_agreement(np.array(PEFR_MINI, float), np.array(PEFR_LARGE, float))
    assert found.mean == pytest.approx(-2.1, abs=0.05)
    assert found.standard_deviation == pytest.approx(38.8, abs=0.05)
    assert found.lower == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.2)
    assert found.mean_uncertainty == pytest.approx(9.4, abs=0.05)
    assert found.limit_uncertainty == pytest.approx(16.3, abs=0.05)


def test_two_pairs_tell_no_limits():
    with pytest.raises(ValueError, match="at least 3 pairs"):
        limits_of_agreement(np.ones(2), np.ones(2))


values = st.lists(st.floats(0, 500), min_size=2, max_size=30)


@given(values, values)
def test_the_area_is_the_distance_of_wasserstein(first, second):
    a, b = (Distribution(np.array(v), np.ones(len(v))) for v in (first, second))
    found = histogram_agreement(a, b)
    assert found.mean_distance == pytest.approx(stats.wasserstein_distance(first, second), abs=1e-9)
    assert found.mean_distance >= abs(a.mean - b.mean) - 1e-9
    assert found.largest_share == pytest.approx(stats.ks_2samp(first, second, method="asymp").statistic, abs=1e-12)


def test_weights_count():
    whole = Distribution(np.array([10.0, 20.0, 20.0]), np.ones(3))
    weighted = Distribution(np.array([10.0, 20.0]), np.array([1.0, 2.0]))
    assert histogram_agreement(whole, weighted).largest_share == pytest.approx(0.0)
    assert weighted.above(np.array([0.0, 10.0, 15.0, 20.0, 21.0])) == pytest.approx([1, 1, 2 / 3, 2 / 3, 0])
    assert weighted.mean == pytest.approx(50 / 3)


def test_dose_to_a_share_of_a_ramp():
    ramp = Distribution(np.linspace(0.0, 100.0, 1001), np.ones(1001))
    assert ramp.exceeded_by(0.7) == pytest.approx(30.0, abs=0.1)
    assert ramp.exceeded_by(0.02) == pytest.approx(98.0, abs=0.1)


def test_no_weight_is_no_distribution():
    with pytest.raises(ValueError, match="weights"):
        Distribution(np.ones(2), np.zeros(2))
