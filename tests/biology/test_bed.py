"""BED and EQD2: golden values, propagation against finite differences, kinds."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.biology import bed, eqd2, total_bed, voxel_bed
from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, exact

GOLDEN = json.loads((Path(__file__).parent / "bed_golden.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", GOLDEN)
def test_golden_values(case):
    ratio, dose = exact(case["ab"]), AbsorbedDose(exact(case.get("AD", case.get("AD_cycle"))))
    cycle = bed(dose, exact(case["G"]), ratio)
    assert cycle.value == pytest.approx(case.get("BED", case.get("BED_cycle")), rel=1e-12)
    if "cycles" in case:
        whole = total_bed([cycle] * case["cycles"])
        assert whole.value == pytest.approx(case["BED_total"], rel=1e-12)
        assert eqd2(whole, ratio).value == pytest.approx(case["EQD2_total"], rel=1e-12)


@given(st.floats(0.1, 100.0), st.floats(0.0, 1.0), st.floats(0.5, 20.0))
def test_bed_is_never_below_the_absorbed_dose(dose, g, ratio):
    assert bed(AbsorbedDose(exact(dose)), exact(g), exact(ratio)).value >= dose


def test_two_gray_fractions_are_their_own_eqd2():
    ratio = exact(2.5)
    fraction = bed(AbsorbedDose(exact(2.0)), exact(1.0), ratio)
    assert eqd2(total_bed([fraction] * 10), ratio).value == pytest.approx(20.0)


def test_propagation_matches_finite_differences():
    u = {"fit:K": 0.4, "repair:K": 0.005, "alpha-beta:K": 0.3}
    dose = AbsorbedDose(Uncertain(5.0, {"fit:K": u["fit:K"]}))
    g, ratio = Uncertain(0.05, {"repair:K": u["repair:K"]}), Uncertain(2.5, {"alpha-beta:K": u["alpha-beta:K"]})
    effect = bed(dose, g, ratio)
    equivalent = eqd2(effect, ratio)

    def plain(d, f, r):
        return d * (1 + f * d / r), d * (1 + f * d / r) / (1 + 2 / r)

    step = 1e-6
    for i, name in enumerate(u):
        low, high = [5.0, 0.05, 2.5], [5.0, 0.05, 2.5]
        low[i] -= step
        high[i] += step
        slopes = [(b - a) / (2 * step) for a, b in zip(plain(*low), plain(*high), strict=True)]
        assert effect.estimate.components[name] == pytest.approx(slopes[0] * u[name], rel=1e-6)
        assert equivalent.estimate.components[name] == pytest.approx(slopes[1] * u[name], rel=1e-6)


def test_cycles_share_their_sources():
    cycle = bed(AbsorbedDose(Uncertain(5.0, {"calibration:site": 0.5})), exact(0.05), exact(2.5))
    whole = total_bed([cycle] * 4)
    assert whole.estimate.standard_uncertainty == pytest.approx(4 * cycle.estimate.standard_uncertainty)


def test_kinds_stay_apart():
    effect = bed(AbsorbedDose(exact(3.0)), exact(0.05), exact(2.6))
    assert isinstance(effect, Bed)
    assert isinstance(eqd2(effect, exact(2.6)), Eqd2)
    with pytest.raises(TypeError):
        effect + AbsorbedDose(exact(1.0))


@pytest.mark.parametrize(("g", "ratio"), [(0.05, 0.0), (0.05, -1.0), (0.05, math.nan), (1.1, 2.6), (-0.1, 2.6)])
def test_refusals(g, ratio):
    with pytest.raises(InputError):
        bed(AbsorbedDose(exact(3.0)), exact(g), exact(ratio))


def test_no_cycle():
    with pytest.raises(ValueError, match="at least one"):
        total_bed([])


@given(st.lists(st.floats(0.0, 200.0), min_size=1, max_size=8), st.floats(0.0, 1.0), st.floats(0.5, 20.0))
def test_bed_of_voxels_is_that_of_regions(doses, g, ratio):
    expected = [bed(AbsorbedDose(exact(dose)), exact(g), exact(ratio)).value for dose in doses]
    np.testing.assert_allclose(voxel_bed(np.array(doses), g, ratio), expected, rtol=1e-12)


@pytest.mark.parametrize(("g", "ratio"), [(1.1, 2.5), (-0.1, 2.5), (0.5, 0.0), (0.5, math.nan)])
def test_impossible_biology_of_voxels_is_refused(g, ratio):
    with pytest.raises(InputError):
        voxel_bed(np.ones(2), g, ratio)
