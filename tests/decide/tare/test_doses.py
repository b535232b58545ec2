"""Doses by volume: the partition formula as a special case, balance of activity, uncertainty by two ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.decide.tare import (
    Anatomy,
    Partition,
    Territory,
    TumourPart,
    all_within,
    dose_coefficients,
    partition_activity,
    probability_above,
    sampled_coefficients,
    share_above,
)
from hevesy.errors import InputError
from hevesy.quantities import Uncertain, exact, scaled

CF = exact(49.67e-9)


def part(name="T", mass=0.3, ratio=4.0, spread=0.0):
    return TumourPart(name, exact(mass), Uncertain(ratio, {f"ratio:{name}": ratio * spread}))


def patient(*territories, rest=0.5, shunt=None, delivered=None):
    shunt = Uncertain(0.05) if shunt is None else shunt
    return Anatomy(territories, exact(rest), exact(0.9), shunt, exact(1.0) if delivered is None else delivered)


def one(tumour=None, normal=1.2, **more):
    return patient(Territory("right", "first", 1.0, exact(normal), (tumour or part(),)), **more)


def test_one_territory_is_the_partition_formula():
    activity = partition_activity(120.0, Partition(1.2, 0.3, 4.0, 0.05, CF.value))
    found = {key: value.value * activity for key, value in dose_coefficients(one(), CF).items()}
    assert found["tumour:T"] == pytest.approx(120.0, rel=1e-12)
    assert found["normal_perfused:right"] == pytest.approx(30.0, rel=1e-12)
    assert found["whole_normal"] == pytest.approx(30.0 * 1.2 / 1.7, rel=1e-12)
    assert found["lung:first"] == pytest.approx(49.67e-9 * 0.05 * activity / 0.9, rel=1e-12)
    assert found["lung_activity:first"] == pytest.approx(0.05 * activity, rel=1e-12)
    assert found["perfused:right"] == pytest.approx(49.67e-9 * 0.95 * activity / 1.5, rel=1e-12)


def test_a_ratio_of_one_is_one_compartment():
    """Where tumour and normal tissue take up alike, the compartments have the dose of the perfused volume."""
    found = dose_coefficients(one(part(ratio=1.0)), CF)
    assert found["tumour:T"].value == pytest.approx(found["perfused:right"].value, rel=1e-12)
    assert found["normal_perfused:right"].value == pytest.approx(found["perfused:right"].value, rel=1e-12)


@settings(max_examples=40)
@given(st.floats(0.05, 0.95), st.floats(0.5, 10.0), st.floats(0.5, 10.0), st.floats(0.0, 0.3), st.floats(0.5, 1.0))
def test_activity_is_conserved(share, first, second, shunt, delivered):
    """Tumours, normal liver and lungs hold what was delivered; one tumour lies in both territories."""
    territories = (
        Territory("a", "1", share, exact(0.6), (part("T", 0.1, first), part("U", 0.05, second))),
        Territory("b", "2", 1.0 - share, exact(0.4), (part("T", 0.2, second),)),
    )
    anatomy = patient(*territories, shunt=exact(shunt), delivered=exact(delivered))
    found = {key: value.value / CF.value for key, value in dose_coefficients(anatomy, CF).items()}
    activity = found["tumour:T"] * 0.3 + found["tumour:U"] * 0.05 + found["whole_normal"] * 1.5
    assert activity + found["lung_cumulative"] * 0.9 == pytest.approx(delivered, rel=1e-12)
    assert found["lung:1"] + found["lung:2"] == pytest.approx(found["lung_cumulative"], rel=1e-12, abs=1e-15)


def test_shares_sum_to_one():
    with pytest.raises(InputError, match="sum to 1"):
        patient(Territory("right", "first", 0.7, exact(1.0), (part(),)))


def test_without_ratios_only_undivided_volumes_have_doses():
    anatomy = one(TumourPart("T", exact(0.3), None))
    assert not anatomy.has_ratios
    assert set(dose_coefficients(anatomy, CF)) == {
        "perfused:right", "whole_liver", "lung:first", "lung_cumulative", "lung_activity:first",
    }  # fmt: skip


def test_uncertainty_of_the_delivered_fraction_and_dose_factor_goes_through_whole():
    factor = Uncertain(49.67e-9, {"dose-factor:Y-90": 0.02 * 49.67e-9})
    anatomy = one(delivered=Uncertain(0.95, {"delivered:plan": 0.019}))
    dose = dose_coefficients(anatomy, factor)["tumour:T"]
    assert dose.relative_standard_uncertainty == pytest.approx(np.hypot(0.02, 0.02), rel=1e-6)
    assert set(dose.components) == {"dose-factor:Y-90", "delivered:plan"}


def test_uncertainty_of_the_ratio():
    """d ln D_T / d ln r = M_N / (M_N + r M_T) and d ln D_N / d ln r = -r M_T / (M_N + r M_T): 1/2 each here."""
    found = dose_coefficients(one(part(spread=0.1)), CF)
    assert found["tumour:T"].components["ratio:T"] / found["tumour:T"].value == pytest.approx(0.05, rel=1e-4)
    assert found["whole_normal"].components["ratio:T"] / found["whole_normal"].value == pytest.approx(-0.05, rel=1e-4)


def test_probability_of_drawn_doses_is_the_analytic_one():
    """One log-normal factor: exact but for the draws (20 000: 4 standard deviations of 0.0035)."""
    factor = Uncertain(CF.value, {"dose-factor:Y-90": 0.1 * CF.value})
    dose = scaled(dose_coefficients(one(), factor)["tumour:T"], 1e9)
    drawn = sampled_coefficients(one(), factor, samples=20_000, seed=3)["tumour:T"] * 1e9
    for level in (0.9 * dose.value, dose.value, 1.15 * dose.value):
        assert share_above(drawn, level) == pytest.approx(probability_above(dose, level), abs=0.014)


def test_drawn_and_first_order_spread_agree_where_errors_are_small():
    anatomy = one(part(spread=0.05), shunt=Uncertain(0.05, {"shunt:lung": 0.005}))
    found, drawn = dose_coefficients(anatomy, CF), sampled_coefficients(anatomy, CF, samples=40_000, seed=5)
    for volume in ("tumour:T", "whole_normal", "lung:first"):
        assert np.std(drawn[volume]) == pytest.approx(found[volume].standard_uncertainty, rel=0.03)
        assert np.median(drawn[volume]) == pytest.approx(found[volume].value, rel=0.01)


def test_same_seed_same_draws():
    anatomy = one(part(spread=0.2))
    first, again = (sampled_coefficients(anatomy, CF, samples=1000, seed=1)["tumour:T"] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("dose", "level", "expected"), [(10.0, 9.0, 1.0), (10.0, 11.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 1.0)]
)
def test_probability_without_uncertainty(dose, level, expected):
    assert probability_above(exact(dose), level) == expected


def test_all_within_counts_draws_where_all_hold():
    a, b = np.array([1.0, 2.0, 3.0, 4.0]), np.array([4.0, 3.0, 2.0, 1.0])
    assert all_within([(a, 3.0), (b, 3.0)]) == 0.5
    assert all_within([]) == 1.0
