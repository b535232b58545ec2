"""Attenuation coefficients against J. H. Hubbell and S. M. Seltzer, NISTIR 5632 (with coherent scattering)."""

import pytest

from hevesy.errors import InputError
from hevesy.physdata import attenuation_per_mm, mass_attenuation_cm2_g, material

WATER_CM2_G = {0.1: 0.1707, 0.15: 0.1505, 0.2: 0.1370, 0.5: 0.09687, 1.0: 0.07072}


@pytest.mark.parametrize("energy_mev", WATER_CM2_G)
def test_water_is_that_of_the_published_table(energy_mev):
    """To 0.5 %: the libraries differ by a few tenths of a per cent."""
    found = mass_attenuation_cm2_g(material("water"), energy_mev)
    assert found == pytest.approx(WATER_CM2_G[energy_mev], rel=5e-3)


def test_linear_coefficient_follows_the_density():
    water = material("water")
    per_mm = attenuation_per_mm(water, 0.2084)
    assert per_mm == pytest.approx(mass_attenuation_cm2_g(water, 0.2084) * water.density_g_ml / 10)
    assert attenuation_per_mm(water, 0.2084, 0.5) == pytest.approx(0.5 * per_mm / water.density_g_ml)
    assert attenuation_per_mm(material("cortical bone"), 0.2084) > 1.6 * per_mm


@pytest.mark.parametrize("energy_mev", [1e-4, 50.0])
def test_energies_outside_the_table_are_refused(energy_mev):
    with pytest.raises(InputError, match="photon energy"):
        mass_attenuation_cm2_g(material("water"), energy_mev)
