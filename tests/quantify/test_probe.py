"""Whole-body probe: what each reading says about retention."""

import math
from dataclasses import replace

import pytest

from hevesy.errors import InputError, ScaleError
from hevesy.quantify import ProbeReading, excreted_fractions, retention_curve, retention_findings
from hevesy.quantities import Uncertain, correlation, exact

HALF_LIFE_S = 159.5 * 3600.0
A0 = Uncertain(7.4e9, {"administered-activity:meter": 0.148e9})


def reading(hours, *views, voided=True, background=100.0, counted=True):
    return ProbeReading(hours * 3600.0, views, background, voided, 0.05, counted, "probe.csv, line 2")


def readings():
    first = reading(0.5, 40100.0, 10100.0, voided=False)
    return (first, reading(4.0, 10100.0, 2600.0), reading(24.0, 2600.0, 725.0))


def test_the_first_reading_stands_for_what_was_administered():
    curve = retention_curve(readings(), A0, HALF_LIFE_S)
    at_first = 7.4e9 * math.exp2(-0.5 / 159.5)
    assert curve.activities_bq[0] == pytest.approx(at_first)
    assert curve.activities_bq[1] == pytest.approx(at_first * math.sqrt(10000 * 2500) / math.sqrt(40000 * 10000))
    assert dict(curve.points[0].activity.components) == {
        "administered-activity:meter": pytest.approx(0.148e9 * math.exp2(-0.5 / 159.5))
    }


def test_the_geometric_mean_does_not_know_the_depth():
    """A source nearer to the front is brighter there by what it is fainter behind."""
    deep = retention_curve((readings()[0], reading(4.0, 20100.0, 1350.0)), A0, HALF_LIFE_S)
    middle = retention_curve((readings()[0], reading(4.0, 5100.0, 5100.0)), A0, HALF_LIFE_S)
    assert deep.activities_bq[1] == pytest.approx(middle.activities_bq[1])


def test_later_readings_share_the_first_ones_error():
    curve = retention_curve(readings(), exact(7.4e9), HALF_LIFE_S)
    second, third = (p.activity for p in curve.points[1:])
    u = second.relative_standard_uncertainty
    counts = 0.25 * (1 / 40100 + 1 / 10100 + 1 / 10100 + 1 / 2600)
    assert u == pytest.approx(math.sqrt(2 * 0.05**2 + counts), rel=0.01)
    assert correlation(second, third) == pytest.approx(0.5, abs=0.06)


def test_counting_statistics_hold_those_of_the_background():
    """Var ln G = [(A + B)/(A - B)^2 + (P + B)/(P - B)^2 + 2 B / ((A - B)(P - B))] / 4, the background in both views."""
    only = [replace(r, relative_standard_uncertainty=1e-9, background=1000.0) for r in readings()[:2]]
    later = retention_curve(only, exact(1.0), HALF_LIFE_S).points[1].activity
    variance = 0.0
    for a, p in ((40100.0, 10100.0), (10100.0, 2600.0)):
        x, y = a - 1000.0, p - 1000.0
        variance += 0.25 * (a / x**2 + p / y**2 + 1000.0 * (1 / x + 1 / y) ** 2)
    assert later.relative_standard_uncertainty == pytest.approx(math.sqrt(variance), rel=1e-6)


def test_dose_rates_have_no_counting_statistics():
    rates = [reading(0.5, 20.0, 18.0, voided=False, background=0.1, counted=False)]
    rates.append(reading(4.0, 10.0, 9.0, background=0.1, counted=False))
    later = retention_curve(rates, exact(1.0), HALF_LIFE_S).points[1].activity
    assert later.relative_standard_uncertainty == pytest.approx(0.05 * math.sqrt(2))


def test_what_was_excreted():
    curve = retention_curve(readings(), A0, HALF_LIFE_S)
    fractions = excreted_fractions(curve, A0, HALF_LIFE_S)
    kept = math.sqrt(10000 * 2500) / math.sqrt(40000 * 10000) * math.exp2(3.5 / 159.5)
    assert fractions[0] == exact(0.0)
    assert fractions[1].value == pytest.approx(1.0 - kept)
    assert "administered-activity:meter" not in {k for k, v in fractions[1].components.items() if abs(v) > 1e-12}


def test_a_reading_at_background_is_refused():
    with pytest.raises(ScaleError, match=r"probe.csv, line 2: expected a reading above the background of 100"):
        retention_curve((readings()[0], reading(200.0, 100.0, 150.0)), A0, HALF_LIFE_S)


def test_a_first_reading_after_voiding_is_refused():
    with pytest.raises(InputError, match="before the patient voids"):
        retention_curve((replace(readings()[0], voided=True), *readings()[1:]), A0, HALF_LIFE_S)


def test_readings_that_contradict_each_other_are_refused():
    late = replace(readings()[2], voided=False)
    with pytest.raises(InputError, match="after the first voiding"):
        retention_curve((*readings()[:2], late), A0, HALF_LIFE_S)
    with pytest.raises(InputError, match="the same views"):
        retention_curve((readings()[0], reading(4.0, 10100.0)), A0, HALF_LIFE_S)
    with pytest.raises(InputError, match="two probe readings"):
        retention_curve(readings()[:1], A0, HALF_LIFE_S)


def test_more_than_was_administered_is_told():
    shown = (readings()[0], reading(4.0, 80100.0, 20100.0))
    fractions = excreted_fractions(retention_curve(shown, A0, HALF_LIFE_S), A0, HALF_LIFE_S)
    (told,) = retention_findings(fractions, shown)
    assert "the reading at 4 h shows 203.1% of the administered activity" in told


def test_one_view_alone_is_told():
    one = (reading(0.5, 40100.0, voided=False), reading(4.0, 10100.0))
    fractions = excreted_fractions(retention_curve(one, A0, HALF_LIFE_S), A0, HALF_LIFE_S)
    assert retention_findings(fractions, one)[0].startswith("whole-body probe: one view alone")
