"""Dose engines: one conformance suite, and what each is for."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError, RegionFinding
from hevesy.physdata import JOULE_PER_MEV, Emissions, EmissionSpectrum, Particle, material, nuclide, source_term
from hevesy.quantities import Uncertain, budget, correlation, exact
from hevesy.transport import Capability, EngineSettings, absorbed_dose, engine, known_engines
from hevesy.transport.mc import Outside, VoxelGeometry

LUTETIUM = nuclide("Lu-177")
GRID = Grid(
    shape=(3, 4, 5), spacing_mm=(4.0, 4.0, 4.0), origin_mm=(0.0, 0.0, 0.0), direction=((1, 0, 0), (0, 1, 0), (0, 0, 1))
)
engines = pytest.mark.parametrize("name", known_engines())
REGION_ENGINES = [name for name in known_engines() if Capability.REGIONS in engine(name).capabilities]
region_engines = pytest.mark.parametrize("name", REGION_ENGINES)


EMISSIONS = source_term("Lu-177")


def activity(values):
    return Image(GRID, np.asarray(values, dtype=float), Quantity.ACTIVITY_CONCENTRATION)


def tissue(density):
    """Soft tissue of one density, or one per voxel."""
    densities = np.broadcast_to(np.asarray(density, dtype=np.float32), GRID.shape).copy()
    media = np.zeros(GRID.shape, dtype=np.uint8)
    return VoxelGeometry((0.4, 0.4, 0.4), media, densities, (material("soft tissue"),), Outside.VACUUM)


def rate(values, density):
    return engine("local").dose_map(EMISSIONS, activity(values), tissue(density)).image.values


@engines
def test_an_engine_says_what_it_is(name):
    used = engine(name)
    assert used.name == name
    assert used.capabilities
    assert len(used.description) > 100
    assert any("Crossfire" in sentence for sentence in used.validity)
    assert all(citation.text for citation in used.citations(LUTETIUM))


@region_engines
def test_region_s_value_keeps_the_source_of_the_mass(name):
    used, u = engine(name), 0.02
    mass = Uncertain(0.15, {"volume:Kidney_L": u})
    s_value = used.region_s_value(LUTETIUM, mass)
    low, high = (used.region_s_value(LUTETIUM, exact(0.15 + sign * 1e-5)).value for sign in (-1, 1))
    assert s_value.components["volume:Kidney_L"] == pytest.approx((high - low) / 2e-5 * u, rel=5e-3)
    assert s_value.components["volume:Kidney_L"] < 0
    assert {"volume", "energy"} <= set(budget(s_value))


@region_engines
@given(st.floats(1e-5, 50.0))
def test_heavier_regions_get_less_per_decay_but_keep_more_energy(name, mass):
    used = engine(name)
    light, heavy = (used.region_s_value(LUTETIUM, exact(m)).value for m in (mass, 1.5 * mass))
    assert heavy < light
    assert heavy * 1.5 >= light * (1 - 1e-9)


@region_engines
def test_no_mass_is_a_finding(name):
    with pytest.raises(RegionFinding):
        engine(name).region_s_value(LUTETIUM, exact(0.0))


@engines
def test_region_capability_is_honest(name):
    if name not in REGION_ENGINES:
        with pytest.raises(InputError, match="serves maps only"):
            engine(name).region_s_value(LUTETIUM, exact(0.1))


@engines
def test_map_capability_is_honest(name):
    used = engine(name, settings=EngineSettings(target_uncertainty=0.1))
    if Capability.MAPS not in used.capabilities:
        with pytest.raises(InputError, match="serves regions only"):
            used.dose_map(EMISSIONS, activity(np.ones(GRID.shape)), tissue(1.0))


def test_unknown_engine_lists_the_known_ones():
    with pytest.raises(InputError, match=r"study\.yaml.*local.*mird-self-dose.*'other'"):
        engine("other", "study.yaml")


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
    volume_ml = GRID.voxel_volume_ml * math.prod(GRID.shape)
    s_value = engine("local").region_s_value(LUTETIUM, exact(volume_ml * density / 1000.0))
    mean = rate(np.full(GRID.shape, concentration), density).mean()
    assert mean == pytest.approx(concentration * volume_ml * s_value.value, rel=1e-6)


def test_map_takes_a_density_per_voxel():
    rng = np.random.default_rng(1)
    a, density = rng.uniform(size=GRID.shape), rng.uniform(0.3, 1.9, GRID.shape).astype(np.float32)
    np.testing.assert_allclose(rate(a, density) * density, rate(a, 1.0), rtol=1e-12)


def spectrum(particle, energy):
    return EmissionSpectrum(particle, "given", np.array([energy]), np.array([energy]), np.ones(1))


# The rule: electrons, positrons, alpha particles and recoils count, and photons below what is asked for.
@pytest.mark.parametrize(("below_kev", "photons"), [(0.0, 0.0), (30.0, 0.02), (1000.0, 0.52)])
def test_local_deposition_says_which_emissions_count(below_kev, photons):
    charged = {Particle.ELECTRON: 0.1, Particle.POSITRON: 0.2, Particle.ALPHA: 5.0, Particle.RECOIL: 0.1}
    spectra = [spectrum(kind, energy) for kind, energy in charged.items()]
    spectra += [spectrum(Particle.PHOTON, 0.02), spectrum(Particle.PHOTON, 0.5)]
    used = engine("local", settings=EngineSettings(photons_below_mev=below_kev / 1e3))
    made = used.dose_map(Emissions("all", tuple(spectra), (), (), ()), activity(np.ones(GRID.shape)), tissue(1.0))
    counted = float(made.image.values.mean()) * 1e-3 / JOULE_PER_MEV
    assert counted == pytest.approx(5.4 + photons)
    assert (f"photons below {below_kev:g} keV" in used.description) == (below_kev > 0)


# Rule of the theme issue on radionuclide therapy: 2 to 300 g of solid tissue.
@pytest.mark.parametrize(("grams", "doubtful"), [(1.9, True), (2.0, False), (300.0, False), (301.0, True)])
def test_local_deposition_doubts_small_and_large_regions(grams, doubtful):
    assert bool(engine("local").doubts(grams / 1000.0)) is doubtful
    assert not engine("mird-self-dose").doubts(grams / 1000.0)


def test_absorbed_dose_keeps_the_covariance_of_the_volume():
    activity_integral = Uncertain(1e13, {"volume:K": -0.04e13, "calibration:site": 0.05e13})
    s_value = engine("local").region_s_value(LUTETIUM, Uncertain(0.15, {"volume:K": 0.015}))
    dose = absorbed_dose(activity_integral, s_value)
    assert dose.value == pytest.approx(1e13 * s_value.value)
    assert correlation(activity_integral, s_value) > 0.0
    volume = dose.estimate.components["volume:K"] / dose.value
    assert volume == pytest.approx(-0.04 - 0.1, rel=1e-6)
    assert dose.estimate.components["calibration:site"] / dose.value == pytest.approx(0.05)
