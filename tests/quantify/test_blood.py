"""Blood samples, and red marrow from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.quantify import (
    BloodSample,
    blood_curve,
    checked_haematocrit,
    decayed,
    marrow_concentration,
    marrow_to_blood_ratio,
)
from hevesy.quantities import Uncertain, correlation, exact

SAMPLES = (BloodSample(3600.0, 200.0, 10.0), BloodSample(7200.0, 100.0, 5.0))


def test_the_ratio_of_the_publication():
    """Sgouros 1993: haematocrit 0.47 and an extracellular fraction of 0.19 give 0.36."""
    assert marrow_to_blood_ratio(exact(0.19), exact(0.47)).value == pytest.approx(0.36, abs=0.005)


def test_the_ratio_carries_both_uncertainties():
    ratio = marrow_to_blood_ratio(
        Uncertain(0.19, {"rmecff:stated": 0.04}), Uncertain(0.42, {"haematocrit:stated": 0.02})
    )
    assert ratio.components["rmecff:stated"] == pytest.approx(0.04 / 0.58)
    assert ratio.components["haematocrit:stated"] == pytest.approx(0.19 / 0.58**2 * 0.02)


@given(st.floats(0.05, 0.5), st.floats(0.15, 0.64))
def test_more_cells_leave_more_in_the_plasma(fraction, haematocrit):
    thin, thick = (marrow_to_blood_ratio(exact(fraction), exact(h)).value for h in (haematocrit, haematocrit + 0.01))
    assert thick > thin >= fraction


@pytest.mark.parametrize("value", [0.0, 0.149, 0.651, 42.0, float("nan")])
def test_a_haematocrit_that_does_not_occur_is_refused(value):
    with pytest.raises(InputError, match=r"a haematocrit from 0.15 to 0.65"):
        checked_haematocrit(exact(value), "--haematocrit")


def test_samples_share_the_counter_and_nothing_else():
    curve = blood_curve(SAMPLES, Uncertain(1.0, {"calibration:blood-counter": 0.03}))
    first, second = (p.activity for p in curve.points)
    assert first.value == 200.0
    assert first.components == {"blood-sample:1": 10.0, "calibration:blood-counter": 6.0}
    assert correlation(first, second) == pytest.approx(0.03**2 / (0.03**2 + 0.05**2))


def test_plasma_becomes_whole_blood_by_the_haematocrit():
    curve = blood_curve(SAMPLES, exact(1.0), Uncertain(0.4, {"haematocrit:stated": 0.02}))
    assert curve.activities_bq.tolist() == pytest.approx([120.0, 60.0])
    assert curve.points[0].activity.components["haematocrit:stated"] == pytest.approx(-200.0 * 0.02)


def test_marrow_by_mass_from_blood_by_volume():
    """1 kBq h/ml of blood, a ratio of 1 and 1.03 g/ml are 3.6e6 Bq s/ml / 1.03e-3 kg/ml."""
    found = marrow_concentration(exact(3.6e6), Uncertain(1.0, {"rmblr:stated": 0.2}), 1.03)
    assert found.value == pytest.approx(3.6e6 / 1.03e-3)
    assert found.relative_standard_uncertainty == pytest.approx(0.2)


def test_a_corrected_value_decays_back_to_its_own_time():
    assert decayed(8.0, 3.0 * 3600.0, 3600.0) == 1.0
