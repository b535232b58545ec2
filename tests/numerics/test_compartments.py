"""Linear compartments against closed forms, conservation and finite differences."""

import numpy as np
import pytest
from hypothesis import given, strategies
from scipy.integrate import quad

from hevesy.numerics.compartments import (
    LinearCompartments,
    activities,
    activity_gradient,
    bolus,
    infusion,
    integral_gradient,
    integrals,
)

PHYSICAL = np.log(2.0) / 159.5
TIMES = np.array([0.0, 0.3, 2.0, 17.0, 80.0, 300.0])


def chain(*rates):
    """Compartments one after the other; the last one excretes."""
    n = len(rates)
    transfer = np.zeros((n, n))
    transfer[np.arange(1, n), np.arange(n - 1)] = rates[:-1]
    return LinearCompartments(transfer, np.array([*[0.0] * (n - 1), rates[-1]]))


def exchange(seed=3, n=4):
    random = np.random.default_rng(seed)
    transfer = random.uniform(0.01, 1.0, (n, n))
    np.fill_diagonal(transfer, 0.0)
    return LinearCompartments(transfer, random.uniform(0.0, 0.3, n))


def test_chain_is_batemans():
    a, b, c = 0.7, 0.11, 0.031
    found = activities(chain(a, b, c), bolus(3, 0, 5.0), TIMES, PHYSICAL)
    t = TIMES
    first = np.exp(-a * t)
    second = a / (b - a) * (np.exp(-a * t) - np.exp(-b * t))
    third = a * b * sum(np.exp(-x * t) / ((y - x) * (z - x)) for x, y, z in ((a, b, c), (b, a, c), (c, a, b)))
    expected = 5.0 * np.stack([first, second, third], axis=-1) * np.exp(-PHYSICAL * t)[:, None]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


def test_chain_integral_by_hand():
    a, b, c = 0.7, 0.11, 0.031
    first = 5.0 / (a + PHYSICAL)
    second = a * first / (b + PHYSICAL)
    third = b * second / (c + PHYSICAL)
    found = integrals(chain(a, b, c), bolus(3, 0, 5.0), PHYSICAL)
    np.testing.assert_allclose(found, [first, second, third], rtol=1e-13)


def test_infusion_into_one_compartment():
    k, duration, given_activity = 0.2, 3.0, 7.0
    system = LinearCompartments(np.zeros((1, 1)), np.array([k]))
    rate = k + PHYSICAL
    at = np.array([1.0, 3.0, 10.0])
    during = np.minimum(at, duration)
    expected = given_activity / duration * -np.expm1(-rate * during) / rate * np.exp(-rate * (at - during))
    dosing = infusion(1, 0, given_activity, duration)
    np.testing.assert_allclose(activities(system, dosing, at, PHYSICAL)[:, 0], expected, rtol=1e-12)
    assert integrals(system, dosing, PHYSICAL)[0] == pytest.approx(given_activity / rate, rel=1e-13)


def test_short_infusion_is_a_bolus():
    system = exchange()
    at_once = activities(system, bolus(4, 1, 1.0), TIMES[1:], PHYSICAL)
    short = activities(system, infusion(4, 1, 1.0, 1e-6), TIMES[1:], PHYSICAL)
    np.testing.assert_allclose(short, at_once, rtol=1e-5)


@pytest.mark.parametrize("until", [0.5, 4.0, 60.0])
@pytest.mark.parametrize("dosing", [bolus(4, 0, 2.0), infusion(4, 2, 2.0, 3.0)], ids=["bolus", "infusion"])
def test_integral_to_a_time_is_the_quadrature(dosing, until):
    system = exchange()
    found = integrals(system, dosing, PHYSICAL, until)
    for k in range(4):
        value, _ = quad(
            lambda t, k=k: activities(system, dosing, np.array([t]), PHYSICAL)[0, k],
            0.0,
            until,
            points=[3.0],
            epsrel=1e-10,
        )
        assert found[k] == pytest.approx(value, rel=1e-8)


@given(
    strategies.lists(strategies.floats(0.0, 5.0), min_size=12, max_size=12),
    strategies.lists(strategies.floats(0.0, 2.0), min_size=4, max_size=4),
    strategies.floats(0.001, 10.0),
)
def test_all_that_is_given_decays_or_leaves(transfers, excretion, physical):
    transfer = np.zeros((4, 4))
    transfer[~np.eye(4, dtype=bool)] = transfers
    system = LinearCompartments(transfer, np.array(excretion))
    whole = integrals(system, infusion(4, 0, 3.0, 1.5), physical)
    assert (whole >= -1e-12).all()
    assert whole @ (np.array(excretion) + physical) == pytest.approx(3.0, rel=1e-9)


def _with(system, target, source, step):
    transfer, excretion = system.transfer.copy(), system.excretion.copy()
    if target is None:
        excretion[source] += step
    else:
        transfer[target, source] += step
    return LinearCompartments(transfer, excretion)


@pytest.mark.parametrize("until", [np.inf, 5.0])
def test_gradient_is_the_difference(until):
    system, dosing, step = exchange(n=3), infusion(3, 0, 2.0, 1.0), 1e-5
    by_transfer, by_excretion = integral_gradient(system, dosing, PHYSICAL, until)
    for source in range(3):
        for target in (None, *(t for t in range(3) if t != source)):
            high = integrals(_with(system, target, source, step), dosing, PHYSICAL, until)
            low = integrals(_with(system, target, source, -step), dosing, PHYSICAL, until)
            exact = by_excretion[:, source] if target is None else by_transfer[:, target, source]
            np.testing.assert_allclose(exact, (high - low) / (2 * step), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("rate", [(None, 0), (1, 0), (0, 2)])
def test_gradient_of_the_activity_is_the_difference(rate):
    system, dosing, step, at = exchange(n=3), infusion(3, 0, 2.0, 1.0), 1e-5, np.array([4.0])
    exact = activity_gradient(system, dosing, 4.0, PHYSICAL, rate)
    high = activities(_with(system, *rate, step), dosing, at, PHYSICAL)[0]
    low = activities(_with(system, *rate, -step), dosing, at, PHYSICAL)[0]
    np.testing.assert_allclose(exact, (high - low) / (2 * step), rtol=1e-7, atol=1e-9)


def test_activity_that_stays_for_ever_has_no_integral():
    with pytest.raises(ValueError, match="stay for ever"):
        integrals(LinearCompartments(np.zeros((2, 2)), np.array([1.0, 0.0])), bolus(2, 1, 1.0), 0.0)


@pytest.mark.parametrize("transfer", [[[0.0, -1.0], [0.0, 0.0]], [[0.0, np.nan], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
def test_rates_that_are_none_are_refused(transfer):
    with pytest.raises(ValueError, match="expected"):
        LinearCompartments(np.array(transfer), np.zeros(2))
