"""A SPECT scales planar scans: what they share cancels, what they do not stays, what is missing is said."""

import math
from types import SimpleNamespace

import pytest

from hevesy.errors import RegionFinding
from hevesy.quantify import PlanarMeasurement
from hevesy.quantities import Uncertain, exact
from hevesy.workflow.planar_courses import HybridCurves, planar_curve

HOUR = 3600.0
TIMES_H = (4.5, 24.5, 96.5)
HALF_LIFE_S = 159.5 * HOUR
RATE = math.log(2) / (50 * HOUR)


def point(scan, factor=1.3, background=0.1):
    value = factor * 1e8 * math.exp(-RATE * TIMES_H[scan - 1] * HOUR)
    relative = {"calibration:planar": 0.03, "planar-model:Kidney": 0.08, "background:Kidney": background}
    relative[f"counts:Kidney@{scan}"] = 0.01 * scan
    activity = Uncertain(value, {name: u * value for name, u in relative.items()})
    nothing = (0.0, 0.0)
    return PlanarMeasurement("Kidney", scan, 60.0, nothing, nothing, nothing, nothing, 1.0, exact(1.0), activity)


def hybrid(points):
    scans = tuple(SimpleNamespace(time_s=t * HOUR - 60.0) for t in TIMES_H)
    measured = SimpleNamespace(scans=scans, regions={"Kidney": tuple(points)}, field_of_view=())
    return HybridCurves(measured, HALF_LIFE_S)


SPECT = Uncertain(1e8 * math.exp(-RATE * 24 * HOUR), {"calibration:site": 2e6})


def test_common_errors_cancel_and_the_scale_is_that_of_the_spect():
    curve = hybrid([point(1, background=0.3), point(2), point(3)]).curve("Kidney", 24 * HOUR, SPECT)
    for known, found in zip(TIMES_H, curve.points, strict=True):
        assert found.time_s == known * HOUR
        assert found.activity.value == pytest.approx(1e8 * math.exp(-RATE * known * HOUR), rel=1e-9)
        assert found.activity.components["calibration:site"] / found.activity.value == pytest.approx(
            2e6 / SPECT.value, rel=1e-9
        )
        assert abs(found.activity.components.get("calibration:planar", 0.0)) < 1e-9 * found.activity.value
        assert abs(found.activity.components.get("planar-model:Kidney", 0.0)) < 1e-9 * found.activity.value
    first = curve.points[0].activity
    assert first.components["background:Kidney"] / first.value == pytest.approx(0.3 - 0.1)
    assert first.components["counts:Kidney@2"] / first.value == pytest.approx(-0.02)
    assert "counts:Kidney@2" not in curve.points[1].activity.components


def test_a_region_that_the_planar_scans_do_not_look_for_is_left_to_the_spect():
    assert hybrid([point(1), point(2), point(3)]).curve("Liver", 24 * HOUR, SPECT) is None


def test_no_planar_scan_near_the_spect_is_a_finding():
    with pytest.raises(RegionFinding, match="within 6 h"):
        hybrid([point(1), point(2), point(3)]).curve("Kidney", 60 * HOUR, SPECT)


def test_a_scan_that_could_not_measure_the_region_is_the_reason():
    with pytest.raises(RegionFinding, match="no counts"):
        hybrid([point(1), RegionFinding("no counts"), point(3)]).curve("Kidney", 24 * HOUR, SPECT)


def test_planar_scans_alone_keep_everything():
    measured = hybrid([point(1), point(2), point(3)]).measured
    curve = planar_curve(measured, "Kidney")
    assert curve.points[2].activity.value == pytest.approx(1.3e8 * math.exp(-RATE * 96.5 * HOUR))
    assert "planar-model:Kidney" in curve.points[2].activity.components
