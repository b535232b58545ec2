"""Point kernels of electrons: energy kept, scaling, and an independent Monte Carlo."""

import dataclasses

import numpy as np
import pytest

from hevesy.physdata import material
from hevesy.physdata.matter.electrons import csda_range_g_cm2, radiation_yield
from hevesy.transport.mc.electron_radial import electron_point_source, electron_radial_kernel

from .egsnrc import lines, shells

WATER = material("water")
ONE = np.ones(1)


def emitted_energy(source):
    return source.kernel.energy_mev.sum() + source.beyond_mev + source.bremsstrahlung.energy_mev


@pytest.mark.parametrize("energy", [5e-5, 1e-3, 0.02, 0.5, 5.0])
def test_all_energy_is_accounted_for(energy):
    edges = np.linspace(0.0, 0.7 * float(csda_range_g_cm2(WATER, max(energy, 1e-4))), 20)
    source = electron_point_source(np.array([energy]), ONE, edges, 400, 1, WATER)
    assert emitted_energy(source) == pytest.approx(energy, rel=1e-9)
    assert (source.kernel.energy_mev >= 0).all()


def test_bremsstrahlung_is_the_radiation_yield():
    source = electron_point_source(np.array([5.0]), ONE, np.array([0.0, 10.0]), 16000, 2, WATER)
    expected = 5.0 * float(radiation_yield(WATER, 5.0))
    assert source.bremsstrahlung.energy_mev == pytest.approx(expected, rel=0.08)  # three standard uncertainties


def test_nothing_gets_farther_than_the_range_allows():
    reach = float(csda_range_g_cm2(WATER, 1.0))
    kernel = electron_radial_kernel(np.array([1.0]), ONE, np.array([0.0, 0.6, 1.05, 3.0]) * reach, 4000, 3, WATER)
    assert kernel.energy_mev[2] < 1e-3
    assert kernel.energy_mev[1] > 0.2


def test_distances_scale_with_density_where_the_density_effect_is_small():
    light = dataclasses.replace(WATER, density_g_ml=0.5)
    edges = np.linspace(0.0, 0.05, 11)
    dense = electron_radial_kernel(np.array([0.2]), ONE, edges, 8000, 4, WATER)
    thin = electron_radial_kernel(np.array([0.2]), ONE, 2.0 * edges, 8000, 4, light)
    np.testing.assert_allclose(thin.cumulative_mev, dense.cumulative_mev, atol=2e-3 * 0.2)


def test_lines_add_up():
    edges = np.linspace(0.0, 0.1, 6)
    energies, yields = np.array([0.1, 0.3]), np.array([3.0, 1.0])
    both = electron_radial_kernel(energies, yields, edges, 4000, 5, WATER)
    each = [electron_radial_kernel(energies[i : i + 1], ONE, edges, 4000, 5, WATER) for i in (0, 1)]
    expected = (3.0 * each[0].energy_mev + each[1].energy_mev) / 4.0
    noise = np.sqrt(both.standard_uncertainty_mev**2 + each[0].standard_uncertainty_mev ** 2)
    assert (np.abs(both.energy_mev - expected) < 4.0 * noise + 1e-12).all()


def test_one_seed_one_result():
    edges = np.linspace(0.0, 0.1, 6)
    first, again, other = (electron_radial_kernel(np.array([0.3]), ONE, edges, 200, s, WATER) for s in (7, 7, 8))
    np.testing.assert_array_equal(first.energy_mev, again.energy_mev)
    assert (first.energy_mev != other.energy_mev).any()


@pytest.mark.parametrize(
    ("energies", "yields", "edges"),
    [
        ([0.1], [1.0, 2.0], [0.0, 1.0]),
        ([-0.1], [1.0], [0.0, 1.0]),
        ([200.0], [1.0], [0.0, 1.0]),
        ([0.1], [1.0], [0.0]),
        ([0.1], [1.0], [1.0, 0.5]),
    ],
)
def test_lines_and_radii_that_make_no_sense_are_refused(energies, yields, edges):
    with pytest.raises(ValueError, match="expected"):
        electron_point_source(np.array(energies), np.array(yields), np.array(edges), 20, 1, WATER)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("electron_100keV", 0.01), ("electron_200keV", 0.006), ("electron_1000keV", 0.006)],
)
def test_monoenergetic_kernels_are_those_of_egsnrc(shared_folder, name, tolerance):
    edges, reference = shells(shared_folder, name)
    energy = float(name.removeprefix("electron_").removesuffix("keV")) / 1000.0
    kernel = electron_radial_kernel(np.array([energy]), ONE, edges, 20000, 1, WATER)
    difference = (kernel.cumulative_mev - np.cumsum(reference))[:-1] / energy
    assert np.abs(difference).max() < tolerance


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Lu-177", "Y-90"])
def test_kernels_of_nuclides_are_those_of_egsnrc(shared_folder, name):
    edges, reference = shells(shared_folder, f"{name}_electrons")
    energies, yields = lines(shared_folder, name)
    kernel = electron_radial_kernel(energies, yields, edges, 20000, 1, WATER)
    emitted = energies @ yields / yields.sum()
    difference = (kernel.cumulative_mev - np.cumsum(reference))[:-1] / emitted
    assert np.abs(difference).max() < 0.006
