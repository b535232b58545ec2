"""Calibration with the patient: closed forms, and sources that stay those of the administration."""

import math

import pytest

from hevesy.errors import ScaleError
from hevesy.quantify import WholeBodyScan, retained_in_field, whole_body_factor
from hevesy.quantities import Uncertain, exact, multiply_powers

NET = Uncertain(7.4e9, {"administered-activity:meter": 0.03 * 7.4e9})
HALF_LIFE = 574300.0


def in_field(retained=0.98, field=0.95, hours=3.0):
    return retained_in_field(
        NET,
        Uncertain(retained, {"calibration:site.retained": 0.01 * retained}),
        Uncertain(field, {"calibration:site.in-field": 0.02 * field}),
        half_life_s=HALF_LIFE,
        administration_to_scan_s=hours * 3600,
    )


def factor(at_start=4e7, losses=None, activity=None):
    scan = WholeBodyScan(at_start, 1500.0, losses or exact(1.0))
    return whole_body_factor(scan, activity or in_field(), name="site", where="series S1")


def test_the_factor_is_counts_over_time_and_activity():
    activity = 7.4e9 * 2 ** (-3 * 3600 / HALF_LIFE) * 0.98 * 0.95
    found = factor()
    assert found.value == pytest.approx(4e7 / (1500 * activity), rel=1e-12)
    assert found.relative_standard_uncertainty == pytest.approx(
        math.sqrt(0.03**2 + 0.01**2 + 0.02**2 + 1 / 4e7), rel=1e-12
    )


def test_losses_make_the_factor_larger_and_stay_their_own_source():
    losses = Uncertain(1.2, {"dead-time:camera": 0.01})
    assert factor(losses=losses).value == pytest.approx(1.2 * factor().value, rel=1e-12)
    scan = multiply_powers((losses, 1.0), (factor(losses=losses), -1.0))
    assert scan.components.get("dead-time:camera", 0.0) == pytest.approx(0.0, abs=1e-12)


def test_per_administered_activity_the_administered_activity_cancels():
    """An absorbed dose goes with 1/Q: divided by the net activity, nothing of the meter is left."""
    dose = multiply_powers((factor(), -1.0))
    assert dose.components["administered-activity:meter"] > 0
    per_activity = multiply_powers((dose, 1.0), (NET, -1.0))
    left = per_activity.components.get("administered-activity:meter", 0.0)
    assert left / per_activity.value == pytest.approx(0.0, abs=1e-14)
    assert per_activity.relative_standard_uncertainty == pytest.approx(math.hypot(0.01, 0.02), rel=1e-3)


def test_images_in_bq_ml_give_the_ratio_of_shown_to_there():
    scan = WholeBodyScan(6e9, None, exact(1.0))
    found = whole_body_factor(scan, Uncertain(5e9), name="site", where="series S1")
    assert found.value == pytest.approx(1.2)
    assert found.standard_uncertainty == 0.0


@pytest.mark.parametrize("shown", [0.0, -1.0, math.nan])
def test_a_scan_that_shows_nothing_is_refused(shown):
    with pytest.raises(ScaleError, match="positive sum") as caught:
        factor(shown)
    assert "series S1" in str(caught.value)
