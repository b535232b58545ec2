"""Beta spectra: limits without charge, and the shape of Y-90 against another calculation."""

import numpy as np
import pytest

from hevesy.numerics.beta_spectrum import beta_spectrum, coulomb_function, fermi_function

ENERGIES = np.linspace(1.2, 6.0, 20)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_without_charge_coulomb_functions_are_one(k):
    assert coulomb_function(ENERGIES, 0, 90, k) == pytest.approx(np.ones(20), rel=1e-9)


@pytest.mark.parametrize("z", [-72, 40, 90])
def test_the_first_coulomb_function_is_one_for_every_charge(z):
    assert coulomb_function(ENERGIES, z, 177, 1) == pytest.approx(np.ones(20), rel=1e-12)


def test_without_charge_the_fermi_function_is_constant():
    assert np.ptp(fermi_function(ENERGIES, 0, 90)) < 1e-12


def test_charge_draws_electrons_and_drives_positrons():
    low = np.array([1.02])
    assert fermi_function(low, 40, 90)[0] > fermi_function(low, 0, 90)[0] > fermi_function(low, -40, 90)[0]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_spectrum_is_one_particle(order):
    energies = np.linspace(1e-4, 1.0, 2000)
    density = beta_spectrum(energies, 1.0, 20, 40, order)
    assert np.trapezoid(density, energies) == pytest.approx(1.0)
    assert density[-1] == pytest.approx(0.0, abs=1e-12)
    assert (density >= 0.0).all()
