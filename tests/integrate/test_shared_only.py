"""A point whose uncertainty is all shared with others."""

import pytest

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.integrate import Scatter, fit_curve
from hevesy.quantities import Uncertain


def test_a_point_without_an_error_of_its_own_is_no_obstacle():
    shared = {"calibration:x": 0.03}
    own = [{}, {"counts:2": 0.05}, {"counts:3": 0.05}, {"counts:4": 0.05}]
    values = [2.0 ** (-t / 60.0) for t in (1.0, 24.0, 96.0, 168.0)]
    points = [
        MeasuredActivity(t * 3600.0, Uncertain(v, {name: u * v for name, u in {**shared, **extra}.items()}))
        for t, v, extra in zip((1.0, 24.0, 96.0, 168.0), values, own, strict=True)
    ]
    curve = TimeActivityCurve("Whole_body", tuple(points))
    fitted = fit_curve(curve, physical_half_life_s=5.7e5, model="mono", scatter=Scatter(0.01, 4.0))
    integral = fitted.time_integrated_activity
    assert integral.components["calibration:x"] / integral.value == pytest.approx(0.03)
    assert 0.0 < integral.components["counts:4"] / integral.value < 0.05
