"""Linear propagation: shared sources stay correlated, independent ones add in quadrature."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.quantities import (
    Uncertain,
    budget,
    combine,
    correlation,
    exact,
    interval95,
    multiply_powers,
    scaled,
    total,
)

positive = st.floats(1e-3, 1e6)
relative = st.floats(1e-4, 0.5)


def test_shared_source_adds_linearly_and_independent_in_quadrature():
    a = Uncertain(10.0, {"calibration:site": 0.3, "counts:a": 0.4})
    b = Uncertain(20.0, {"calibration:site": 0.6, "counts:b": 0.3})
    summed = total([a, b])
    assert summed.value == 30.0
    assert summed.components["calibration:site"] == pytest.approx(0.9)
    assert summed.standard_uncertainty == pytest.approx(math.sqrt(0.9**2 + 0.4**2 + 0.3**2))


def test_ratio_cancels_a_common_factor():
    factor = Uncertain(9.3, {"calibration:site": 0.3})
    ratio = multiply_powers((factor, 1), (factor, -1))
    assert ratio.value == 1.0
    assert ratio.standard_uncertainty == pytest.approx(0.0, abs=1e-15)


def test_opposite_signs_of_a_shared_source_reduce_the_uncertainty():
    mass = Uncertain(1.0, {"volume:x": 0.1})
    recovery = Uncertain(0.8, {"volume:x": 0.04, "recovery:site.1": 0.02})
    quotient = multiply_powers((mass, 1), (recovery, -1))
    assert quotient.components["volume:x"] / quotient.value == pytest.approx(0.1 - 0.05)


def test_budget_groups_by_kind_largest_first():
    value = Uncertain(1.0, {"counts:a": 3.0, "counts:b": 4.0, "fit:a": 6.0})
    assert budget(value) == {"fit": 6.0, "counts": 5.0}
    assert list(budget(value)) == ["fit", "counts"]


def test_correlation_of_shared_and_independent_values():
    a = Uncertain(1.0, {"calibration:site": 1.0})
    b = Uncertain(1.0, {"calibration:site": -2.0})
    assert correlation(a, b) == -1.0
    assert correlation(a, Uncertain(1.0, {"fit:b": 1.0})) == 0.0
    assert correlation(a, exact(3.0)) == 0.0


@given(positive, relative, st.floats(0.1, 10))
def test_relative_uncertainty_survives_scaling(value, fraction, factor):
    estimate = Uncertain(value, {"fit:x": value * fraction})
    assert scaled(estimate, factor).relative_standard_uncertainty == pytest.approx(fraction)


@given(positive, relative, st.floats(-3, 3))
def test_power_multiplies_the_relative_uncertainty(value, fraction, power):
    estimate = Uncertain(value, {"fit:x": value * fraction})
    assert multiply_powers((estimate, power)).relative_standard_uncertainty == pytest.approx(abs(power) * fraction)


@given(positive, relative)
def test_interval_is_positive_with_the_value_as_geometric_mean(value, fraction):
    low, high = interval95(Uncertain(value, {"fit:x": value * fraction}))
    assert 0 < low < value < high
    assert math.sqrt(low * high) == pytest.approx(value)


def test_interval_becomes_normal_when_narrow():
    low, high = interval95(Uncertain(100.0, {"fit:x": 0.1}))
    assert (low, high) == pytest.approx((100 - 0.196, 100 + 0.196), abs=2e-4)


def test_interval_of_a_non_positive_value_is_refused():
    with pytest.raises(ValueError, match="positive"):
        interval95(Uncertain(0.0, {"fit:x": 1.0}))


def test_source_names_and_finiteness_are_checked():
    with pytest.raises(ValueError, match="kind:scope"):
        Uncertain(1.0, {"calibration": 0.1})
    with pytest.raises(ValueError, match="finite"):
        Uncertain(1.0, {"fit:x": math.nan})


def test_components_are_read_only_and_survive_a_copy():
    value = Uncertain(1.0, {"fit:x": 0.1})
    with pytest.raises(TypeError):
        value.components["fit:x"] = 0.2
    assert copy.deepcopy(value) == value


def test_linear_propagation_agrees_with_sampling():
    import numpy as np

    rng = np.random.default_rng(1)
    z = rng.standard_normal((3, 200_000))
    a, b = 10 + 0.5 * z[0] + 0.2 * z[1], 4 + 0.1 * z[0] + 0.1 * z[2]
    ua = Uncertain(10, {"calibration:s": 0.5, "fit:a": 0.2})
    ub = Uncertain(4, {"calibration:s": 0.1, "fit:b": 0.1})
    product = multiply_powers((ua, 1), (ub, -1))
    assert product.standard_uncertainty == pytest.approx(np.std(a / b), rel=0.02)
    assert combine(14.0, [(ua, 1), (ub, 1)]).standard_uncertainty == pytest.approx(np.std(a + b), rel=0.01)
