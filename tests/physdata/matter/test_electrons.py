"""Electrons in matter against ESTAR (NIST Standard Reference Database 124, doi:10.18434/T4NC7P), and within themselves."""

import dataclasses

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import material
from hevesy.physdata.matter.atoms import electrons_per_gram
from hevesy.physdata.matter.collisions import knock_on_cross_section, knock_on_loss, soft_straggling
from hevesy.physdata.matter.density_effect import density_correction
from hevesy.physdata.matter.electrons import (
    FIRST,
    HARD_BOUND,
    KNOCK_ON,
    RANGE,
    SECOND,
    SOFT_LOSS,
    csda_range_g_cm2,
    electron_tables,
    radiation_yield,
    radiative_stopping_power,
    stopping_power,
)
from hevesy.physdata.matter.stopping import collision_stopping_power

ENERGIES = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
ESTAR = {
    "water": {
        "collision": [22.56, 9.653, 4.115, 2.355, 1.849, 1.846, 1.968],
        "radiative": [3.898e-3, 3.984e-3, 4.228e-3, 5.514e-3, 1.280e-2, 4.299e-2, 0.1814],
        "range": [2.515e-4, 1.756e-3, 1.431e-2, 8.421e-2, 0.4367, 1.514, 4.975],
        "yield": [9.408e-5, 2.301e-4, 5.842e-4, 1.331e-3, 3.579e-3, 1.092e-2, 4.072e-2],
    },
    "air": {
        "collision": [19.75, 8.491, 3.633, 2.084, 1.661, 1.740, 1.979],
        "radiative": [3.897e-3, 3.976e-3, 4.222e-3, 5.495e-3, 1.271e-2, 4.260e-2, 0.1795],
        "range": [2.884e-4, 2.002e-3, 1.623e-2, 9.528e-2, 0.4912, 1.658, 5.192],
        "yield": [1.082e-4, 2.619e-4, 6.618e-4, 1.502e-3, 3.997e-3, 1.173e-2, 4.113e-2],
    },
}
"""Collision and radiative stopping power [MeV cm2/g], range [g/cm2], radiation yield."""


@pytest.mark.parametrize("name", ESTAR)
def test_stopping_and_ranges_are_those_of_estar(name):
    medium = material(name)
    np.testing.assert_allclose(collision_stopping_power(medium, ENERGIES), ESTAR[name]["collision"], rtol=0.003)
    np.testing.assert_allclose(radiative_stopping_power(medium, ENERGIES), ESTAR[name]["radiative"], rtol=0.025)
    np.testing.assert_allclose(csda_range_g_cm2(medium, ENERGIES), ESTAR[name]["range"], rtol=0.005)
    np.testing.assert_allclose(radiation_yield(medium, ENERGIES), ESTAR[name]["yield"], rtol=0.025)


def test_density_effect_is_that_of_estar():
    energies = np.array([0.3, 0.55, 1.0, 3.0, 10.0, 100.0])
    estar = [0.0, 1.103e-2, 0.2428, 1.288, 2.992, 7.077]
    np.testing.assert_allclose(density_correction(material("water"), energies), estar, rtol=0.01, atol=0.02)


def test_vacuum_has_no_density_effect():
    assert (density_correction(material("vacuum"), ENERGIES) == 0.0).all()
    assert np.isfinite(electron_tables((material("vacuum"),)).rates).all()


def test_an_element_without_data_is_refused():
    strange = dataclasses.replace(material("water"), mass_fractions={"H": 0.5, "Xx": 0.5})
    with pytest.raises(InputError, match="Xx"):
        electron_tables((strange,))


@pytest.mark.parametrize("options", [{"hard_share": 0.0}, {"hard_share": 0.6}, {"photon_threshold_mev": 1e-4}])
def test_thresholds_without_meaning_are_refused(options):
    with pytest.raises(ValueError, match="expected a hard share"):
        electron_tables((material("water"),), **options)


def test_stopping_stays_positive_and_falls_with_energy_below_the_theory():
    low = np.geomspace(1e-4, 0.3, 100)
    for name in ("water", "cortical bone", "lung"):
        values = stopping_power(material(name), low)
        assert (values > 0).all()
        assert (np.diff(values) < 0).all()


def test_moller_integrals_agree_with_quadrature():
    energy, threshold = np.array([1.0]), np.array([0.02])
    tau = 1.0 / 0.51099895
    b, c = (tau / (tau + 1)) ** 2, (2 * tau + 1) / (tau + 1) ** 2
    scale = 2 * np.pi * 0.079407877 * 0.51099895 / (1 - 1 / (1 + tau) ** 2)

    def density(share):
        return scale * (1 / share**2 + 1 / (1 - share) ** 2 + b - c / (share * (1 - share)))

    share = np.geomspace(0.02, 0.5, 20001)
    assert knock_on_cross_section(energy, threshold)[0] == pytest.approx(np.trapezoid(density(share), share), rel=1e-6)
    assert knock_on_loss(energy, threshold)[0] == pytest.approx(np.trapezoid(density(share) * share, share), rel=1e-6)
    share = np.linspace(1e-7, 0.02, 20001)
    quadrature = np.trapezoid(density(share) * share**2, share)
    assert soft_straggling(energy, threshold)[0] == pytest.approx(quadrature, rel=1e-4)


def test_soft_and_hard_losses_are_the_stopping_power():
    water = material("water")
    tables = electron_tables((water,), photon_threshold_mev=200.0)
    energies = tables.energies_mev
    hard = knock_on_loss(energies, np.maximum(tables.hard_share * energies, 2e-4)) * electrons_per_gram(water)
    np.testing.assert_allclose(tables.rates[0, :, SOFT_LOSS] + hard, stopping_power(water, energies), rtol=2e-3)


def test_tables_can_be_sampled_from():
    tables = electron_tables((material("cortical bone"), material("lung_with_5mg_ho_per_ml")))
    assert [m.name for m in tables.materials][-1] == "water"
    rates = tables.rates
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert (rates[..., SOFT_LOSS] > 0).all()
    assert (rates[..., SECOND] < 3.001 * rates[..., FIRST]).all()
    assert (np.diff(rates[..., RANGE], axis=1) > 0).all()
    assert (rates[..., HARD_BOUND] >= rates[..., KNOCK_ON]).all()
    assert tables.photon_spectra.max() == 1.0


def test_thresholds_move_losses_between_soft_and_hard_only():
    water = (material("water"),)
    coarse, fine = electron_tables(water, hard_share=0.1), electron_tables(water, hard_share=0.01)
    np.testing.assert_array_equal(coarse.rates[0, :, RANGE], fine.rates[0, :, RANGE])
    middle = slice(400, None)
    assert (coarse.rates[0, middle, SOFT_LOSS] > fine.rates[0, middle, SOFT_LOSS]).all()
    assert (coarse.rates[0, middle, FIRST] > fine.rates[0, middle, FIRST]).all()
