"""Limits: one kind each, and what fits under a cap."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.biology import (
    DoseLimit,
    absorbed_dose_under_cap,
    bed,
    bed_of_eqd2,
    bed_of_scaled_activity,
    eqd2,
    eqd2_of_bed,
    exceedance_probability,
    no_dose,
    total_bed,
)
from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, exact

DOSE = Uncertain(20.0, {"calibration:camera": 2.0})
KINDS = {AbsorbedDose: None, Bed: 2.5, Eqd2: 2.5}


def limit(kind, value=23.0):
    return DoseLimit(kind(exact(value)), KINDS[kind], "Kidney_L", "cycle", "test")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_only_the_same_kind_is_compared(kind, other):
    if kind is other:
        assert 0.05 < exceedance_probability(kind(DOSE), limit(other)) < 0.1
    else:
        with pytest.raises(TypeError, match="are different kinds and never compared"):
            exceedance_probability(kind(DOSE), limit(other))


@pytest.mark.parametrize(
    ("kind", "value", "ratio", "words"),
    [
        (Bed, 40.0, None, "alpha/beta with a limit of BED"),
        (AbsorbedDose, 23.0, 2.5, "alpha/beta with a limit of BED"),
        (AbsorbedDose, 0.0, None, "a positive limit"),
        (AbsorbedDose, math.inf, None, "a positive limit"),
    ],
)
def test_what_is_no_limit(kind, value, ratio, words):
    with pytest.raises(InputError, match=words):
        DoseLimit(kind(exact(value)), ratio, "Kidney_L", "course", "test")


def test_more_dose_is_more_risk():
    risks = [
        exceedance_probability(AbsorbedDose(Uncertain(x, {"fit:Kidney_L": 0.1 * x})), limit(AbsorbedDose))
        for x in (10.0, 20.0, 23.0, 30.0)
    ]
    assert risks == sorted(risks)
    assert risks[2] == pytest.approx(0.5)


@given(
    cap=st.floats(0.1, 200.0),
    g=st.floats(1e-6, 1.0),
    ratio=st.floats(0.5, 20.0),
    cycles=st.integers(1, 8),
)
def test_cycles_under_a_cap_reach_it(cap, g, ratio, cycles):
    dose = absorbed_dose_under_cap(cap, g, ratio, cycles)
    each = bed(AbsorbedDose(exact(dose)), exact(g), exact(ratio))
    assert total_bed([each] * cycles).value == pytest.approx(cap, rel=1e-9)
    formula = ratio / (2 * g) * (math.sqrt(1 + 4 * g * cap / (cycles * ratio)) - 1)
    assert dose == pytest.approx(formula, rel=1e-4)


def test_no_cap_no_dose():
    assert absorbed_dose_under_cap(0.0, 0.05, 2.5) == 0.0
    with pytest.raises(InputError, match="a cap of at least 0"):
        absorbed_dose_under_cap(-1.0, 0.05, 2.5)


def test_eqd2_and_bed_in_the_same_tissue_are_the_same_dose():
    given_before = Eqd2(Uncertain(10.0, {"earlier-dose:1": 0.5}))
    there = bed_of_eqd2(given_before, 2.5)
    assert there.value == pytest.approx(18.0)
    assert eqd2_of_bed(there, 2.5).estimate.components == pytest.approx(given_before.estimate.components)
    assert eqd2(there, exact(2.5)).value == pytest.approx(10.0)


def test_another_activity_along_the_same_curve():
    g, ratio = Uncertain(0.05, {"repair:A": 0.01}), Uncertain(2.5, {"alpha-beta:A": 0.5})
    once = AbsorbedDose(Uncertain(5.0, {"fit:A": 0.4}))
    for factor in (0.0, 0.5, 1.0, 2.0):
        scaled = bed_of_scaled_activity(once, bed(once, g, ratio), factor)
        again = bed(once.times(factor), g, ratio)
        assert scaled.value == pytest.approx(again.value)
        assert dict(scaled.estimate.components) == pytest.approx(dict(again.estimate.components))


def test_no_dose_is_of_the_same_kind():
    assert isinstance(no_dose(Bed(DOSE)), Bed)
    assert (no_dose(Bed(DOSE)) + Bed(DOSE)).value == 20.0
