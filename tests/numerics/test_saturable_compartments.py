"""Compartments that fill up: the linear limit, conservation, capacities and a closed form."""

import numpy as np
import pytest

from hevesy.numerics.compartments import LinearCompartments, activities, bolus, infusion, integrals
from hevesy.numerics.saturable_compartments import SaturableCompartments, _Equations, saturable_course

PHYSICAL = np.log(2.0) / 159.5
TIMES = np.array([0.2, 1.0, 6.0, 24.0, 100.0])


def organ(capacity, *, decays=False):
    """Blood that excretes, and an organ of a capacity that gives back slowly."""
    transfer = np.array([[0.0, 0.02], [0.4, 0.0]])
    saturable = np.array([[False, False], [True, False]])
    exchange = LinearCompartments(transfer, np.array([0.3, 0.0]))
    return SaturableCompartments(exchange, np.array([np.inf, capacity]), saturable, decays)


@pytest.mark.parametrize("dosing", [bolus(2, 0, 10.0), infusion(2, 0, 10.0, 2.0)], ids=["bolus", "infusion"])
def test_a_huge_capacity_is_linear(dosing):
    system = organ(1e12)
    course = saturable_course(system, dosing, TIMES, PHYSICAL)
    np.testing.assert_allclose(course.activities, activities(system.exchange, dosing, TIMES, PHYSICAL), rtol=1e-6)
    np.testing.assert_allclose(course.integrals, integrals(system.exchange, dosing, PHYSICAL), rtol=1e-6)


@pytest.mark.parametrize("decays", [False, True])
@pytest.mark.parametrize("dosing", [bolus(2, 0, 10.0), infusion(2, 0, 10.0, 2.0)], ids=["bolus", "infusion"])
def test_every_decay_is_somewhere(dosing, decays):
    course = saturable_course(organ(1.0, decays=decays), dosing, TIMES, PHYSICAL)
    assert PHYSICAL * (course.integrals.sum() + course.excreted) == pytest.approx(10.0, rel=1e-7)


def test_the_capacity_holds():
    fine = np.linspace(0.01, 50.0, 400)
    ligand = (
        saturable_course(organ(1.0), bolus(2, 0, 1000.0), fine, PHYSICAL).activities * np.exp(PHYSICAL * fine)[:, None]
    )
    present = saturable_course(organ(1.0, decays=True), bolus(2, 0, 1000.0), fine, PHYSICAL).activities
    assert 0.95 < ligand[:, 1].max() <= 1.0
    assert 0.95 < present[:, 1].max() <= 1.0


def test_filling_from_a_reservoir_in_closed_form():
    """From a blood that nothing changes, x' = k B (1 - x / C) fills as C (1 - exp(-k B t / C))."""
    reservoir, k, capacity = 1e9, 1e-9, 0.5
    exchange = LinearCompartments(np.array([[0.0, 0.0], [k, 0.0]]), np.zeros(2))
    saturable = np.array([[False, False], [True, False]])
    system = SaturableCompartments(exchange, np.array([np.inf, capacity]), saturable)
    course = saturable_course(system, bolus(2, 0, reservoir), np.array([0.1, 0.5, 2.0]), PHYSICAL)
    t = np.array([0.1, 0.5, 2.0])
    expected = capacity * -np.expm1(-k * reservoir * t / capacity) * np.exp(-PHYSICAL * t)
    np.testing.assert_allclose(course.activities[:, 1], expected, rtol=2e-3)


def test_more_activity_gives_less_per_activity():
    per_activity = [
        saturable_course(organ(40.0), bolus(2, 0, a), TIMES, PHYSICAL).integrals[1] / a for a in (1.0, 100.0, 1e4)
    ]
    assert per_activity[0] > per_activity[1] > per_activity[2]


@pytest.mark.parametrize("decays", [False, True])
def test_jacobian_is_the_difference(decays):
    equations = _Equations(organ(3.0, decays=decays), bolus(2, 0, 10.0), PHYSICAL, 10.0)
    state, time, step = np.array([4.0, 1.0, 2.0, 0.5, 1.5, 0.2]), 30.0, 1e-6
    exact = equations.jacobian(time, state, False)
    for k in range(state.size):
        move = step * np.eye(state.size)[k]
        slope = (equations.slope(time, state + move, False) - equations.slope(time, state - move, False)) / (2 * step)
        np.testing.assert_allclose(exact[:, k], slope, rtol=1e-6, atol=1e-9)


def test_a_capacity_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive capacities"):
        organ(0.0)
