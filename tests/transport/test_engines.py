"""Dose engines: one conformance suite, and what each is for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError, RegionFinding
from hevesy.physdata import JOULE_PER_MEV, nuclide
from hevesy.quantities import Uncertain, budget, correlation, exact
from hevesy.transport import Capability, absorbed_dose, engine, known_engines

LUTETIUM = nuclide("Lu-177")
GRID = Grid(
    shape=(3, 4, 5), spacing_mm=(4.0, 4.0, 4.0), origin_mm=(0.0, 0.0, 0.0), direction=((1, 0, 0), (0, 1, 0), (0, 0, 1))
)
engines = pytest.mark.parametrize("name", known_engines())


def activity(values):
    return Image(GRID, np.asarray(values, dtype=float), Quantity.ACTIVITY_CONCENTRATION)


@engines
def test_an_engine_says_what_it_is(name):
    used = engine(name)
    assert used.name == name
    assert used.capabilities
    assert len(used.description) > 100
    assert any("Crossfire" in sentence for sentence in used.validity)
    assert all(citation.text for citation in used.citations(LUTETIUM))


@engines
def test_region_s_value_keeps_the_source_of_the_mass(name):
    used, u = engine(name), 0.02
    mass = Uncertain(0.15, {"volume:Kidney_L": u})
    s_value = used.region_s_value(LUTETIUM, mass)
    low, high = (used.region_s_value(LUTETIUM, exact(0.15 + sign * 1e-5)).value for sign in (-1, 1))
    assert s_value.components["volume:Kidney_L"] == pytest.approx((high - low) / 2e-5 * u, rel=5e-3)
    assert s_value.components["volume:Kidney_L"] < 0
    assert {"volume", "energy"} <= set(budget(s_value))


@engines
@given(st.floats(1e-5, 50.0))
def test_heavier_regions_get_less_per_decay_but_keep_more_energy(name, mass):
    used = engine(name)
    light, heavy = (used.region_s_value(LUTETIUM, exact(m)).value for m in (mass, 1.5 * mass))
    assert heavy < light
    assert heavy * 1.5 >= light * (1 - 1e-9)


@engines
def test_no_mass_is_a_finding(name):
    with pytest.raises(RegionFinding):
        engine(name).region_s_value(LUTETIUM, exact(0.0))


@engines
def test_map_capability_is_honest(name):
    used, image = engine(name), activity(np.ones(GRID.shape))
    if Capability.MAPS in used.capabilities:
        assert used.dose_rate_map(LUTETIUM, image, 1.0).quantity is Quantity.ABSORBED_DOSE_RATE
    else:
        with pytest.raises(InputError, match="serves regions only"):
            used.dose_rate_map(LUTETIUM, image, 1.0)


def test_unknown_engine_lists_the_known_ones():
    with pytest.raises(InputError, match=r"study\.yaml.*local, mird-self-dose.*'mc'"):
        engine("mc", "study.yaml")


def test_local_s_value_is_energy_over_mass():
    s_value = engine("local").region_s_value(LUTETIUM, exact(0.1))
    assert s_value.value == pytest.approx(0.148174 * JOULE_PER_MEV / 0.1, rel=1e-6)
    assert s_value.relative_standard_uncertainty == pytest.approx(0.9852613 / 148.174, rel=1e-6)


def test_mird_adds_photons_and_loses_electrons():
    large = engine("mird-self-dose").region_s_value(LUTETIUM, exact(1.0)).value
    small = engine("mird-self-dose").region_s_value(LUTETIUM, exact(1e-3)).value
    assert large > engine("local").region_s_value(LUTETIUM, exact(1.0)).value
    assert small < engine("local").region_s_value(LUTETIUM, exact(1e-3)).value


def test_mird_outside_its_table_is_a_finding():
    with pytest.raises(RegionFinding, match="table"):
        engine("mird-self-dose").region_s_value(LUTETIUM, exact(500.0))


def test_map_equals_region_for_a_uniform_region():
    concentration, density = 2.0e5, 1.05
    rate = engine("local").dose_rate_map(LUTETIUM, activity(np.full(GRID.shape, concentration)), density)
    volume_ml = GRID.voxel_volume_ml * math.prod(GRID.shape)
    s_value = engine("local").region_s_value(LUTETIUM, exact(volume_ml * density / 1000.0))
    assert rate.values.mean() == pytest.approx(concentration * volume_ml * s_value.value, rel=1e-12)


def test_map_is_linear_and_takes_a_density_per_voxel():
    rng = np.random.default_rng(1)
    a, b, density = rng.uniform(size=GRID.shape), rng.uniform(size=GRID.shape), rng.uniform(0.3, 1.9, GRID.shape)
    local = engine("local")

    def rate(values):
        return local.dose_rate_map(LUTETIUM, activity(values), density).values

    np.testing.assert_allclose(rate(2 * a + b), 2 * rate(a) + rate(b), rtol=1e-12)
    one = local.dose_rate_map(LUTETIUM, activity(a), 1.0).values
    np.testing.assert_allclose(rate(a) * density, one, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "density"),
    [
        (np.ones(GRID.shape), 0.0),
        (np.ones(GRID.shape), float("nan")),
        (np.ones(GRID.shape), np.ones((1, 4, 5))),
        (np.full(GRID.shape, np.nan), 1.0),
    ],
)
def test_bad_maps(values, density):
    with pytest.raises(InputError):
        engine("local").dose_rate_map(LUTETIUM, activity(values), density)


def test_counts_are_no_activity():
    with pytest.raises(InputError, match="Bq/ml"):
        engine("local").dose_rate_map(LUTETIUM, Image(GRID, np.ones(GRID.shape), Quantity.COUNTS), 1.0)


def test_absorbed_dose_keeps_the_covariance_of_the_volume():
    activity_integral = Uncertain(1e13, {"volume:K": -0.04e13, "calibration:site": 0.05e13})
    s_value = engine("local").region_s_value(LUTETIUM, Uncertain(0.15, {"volume:K": 0.015}))
    dose = absorbed_dose(activity_integral, s_value)
    assert dose.value == pytest.approx(1e13 * s_value.value)
    assert correlation(activity_integral, s_value) > 0.0
    volume = dose.estimate.components["volume:K"] / dose.value
    assert volume == pytest.approx(-0.04 - 0.1, rel=1e-6)
    assert dose.estimate.components["calibration:site"] / dose.value == pytest.approx(0.05)
