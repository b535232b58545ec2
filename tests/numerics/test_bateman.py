"""Growth along a chain against closed forms and limits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.numerics.bateman import atoms_per_first

RATES = st.floats(1e-9, 1e7)
TIMES = st.floats(0.0, 100.0)


@given(RATES, st.floats(0.0, 30.0))
def test_the_second_member_by_its_closed_form(first, half_lives):
    second = 3.0 * first
    time = half_lives / first
    expected = first / (second - first) * (-math.expm1((first - second) * time))
    assert atoms_per_first([first, second], time) == pytest.approx((1.0, expected), rel=1e-12)


@given(RATES, st.floats(0.0, 30.0))
def test_equal_constants_grow_linearly_per_atom_left(rate, lives):
    time = lives / rate
    atoms = atoms_per_first([rate] * 4, time)
    expected = [(rate * time) ** n / math.factorial(n) for n in range(4)]
    assert atoms == pytest.approx(expected, rel=1e-12, abs=1e-30)


@given(RATES, st.floats(1e-14, 1e-6), st.floats(0.01, 20.0))
def test_nearly_equal_constants_lose_no_digits(rate, difference, lives):
    close = rate * (1.0 + difference)
    gap = close - rate
    time = lives / rate
    expected = rate * -math.expm1(-gap * time) / gap if gap else rate * time
    assert atoms_per_first([rate, close], time)[1] == pytest.approx(expected, rel=1e-9)


def test_secular_equilibrium_from_nanoseconds_to_years():
    """Every member decays as often as the first: atoms are as the half-lives."""
    rates = [1e-9, 1e-5, 1e-2, 1e6, 1e-4]
    atoms = atoms_per_first(rates, 1e7)
    assert [rate * n for rate, n in zip(rates, atoms, strict=True)] == pytest.approx([1e-9] * 5, rel=2e-4)


@given(st.lists(RATES, min_size=2, max_size=6), TIMES)
def test_no_member_is_negative_and_nothing_was_there_at_zero(rates, time):
    """But for the last of 400 digits."""
    assert min(atoms_per_first(rates, time / rates[0])) >= -1e-200
    assert atoms_per_first(rates, 0.0) == pytest.approx((1.0, *[0.0] * (len(rates) - 1)), rel=1e-15, abs=1e-200)
