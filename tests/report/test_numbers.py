"""Numbers are rounded to their uncertainty and to nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.report import numbers
from hevesy.report.estimate_model import EstimateModel

NBSP = "\u00a0"


def of(value, spread=None, ends=None):
    return EstimateModel(value=value, standard_uncertainty=spread, interval95=ends, unit="Gy")


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (12.3456, 1.5432, "12.3 ± 1.5"),
        (1234.0, 120.0, "1230 ± 120"),
        (0.01414, 0.00184, "0.0141 ± 0.0018"),
        (9.99, 0.0996, "9.99 ± 0.10"),
        (99.96, 9.96, "100 ± 10"),
        (-3.21, 0.5, "−3.21 ± 0.50"),
        (5.0, 0.0, "5.000"),
        (5.0, None, "5.000"),
        (None, None, "–"),
    ],
)
def test_value_and_uncertainty(value, spread, text):
    assert numbers.estimate(of(value, spread)).replace(NBSP, " ") == text


def test_a_factor_changes_the_unit():
    assert numbers.estimate(of(7.35e9, 0.15e9), 1e-9).replace(NBSP, " ") == "7.35 ± 0.15"


@pytest.mark.parametrize(
    ("ends", "text"),
    [((9.2, 15.3), "9.2 to 15.3"), ((0.0004, 10.0), "0.00040 to 10.0"), ((2.0, 2.0), "2.000 to 2.000"), (None, "–")],
)
def test_interval(ends, text):
    assert numbers.interval(of(10.0, 1.5, ends)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.12345, "0.123"), (12345.0, "12300"), (1.2e-7, "1.20·10^−7"), (3.45e9, "3.45·10^9"), (0.0, "0"), (None, "–")],
)
def test_significant(number, text):
    assert numbers.significant(number) == text


@given(st.floats(1e-3, 1e6), st.floats(1e-3, 0.9))
def test_rounding_never_moves_a_value_by_more_than_a_twentieth_of_its_uncertainty(value, relative):
    spread = value * relative
    shown = numbers.estimate(of(value, spread)).split(f"{NBSP}±{NBSP}")
    assert abs(float(shown[0]) - value) <= 0.0501 * spread
    assert abs(float(shown[1]) - spread) <= 0.0501 * spread


def test_moments_lose_only_their_t():
    assert numbers.moment("2026-01-05T08:00:00") == "2026-01-05 08:00:00"
    assert numbers.moment("around noon") == "around noon"
    assert numbers.moment(None, "not stated") == "not stated"
