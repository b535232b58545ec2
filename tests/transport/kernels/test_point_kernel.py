"""Point kernels of decays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, decay_library, source_term
from hevesy.transport.kernels import energy_uncertainty, point_kernel, point_kernel_table, shell_energies
from hevesy.transport.kernels.point_kernel import stretched

WATER = point_kernel_table("water")


def total(kernel):
    return sum(part.total_mev for part in (kernel.electron, kernel.bremsstrahlung, kernel.photon, kernel.heavy))


def one(particle, energy, number=1.0):
    line = np.array([energy])
    spectrum = EmissionSpectrum(particle, "given", line, line, np.array([number]))
    return Emissions("one", (spectrum,), (), (), ())


@settings(max_examples=40)
@given(st.floats(2e-4, 5.0))
def test_electrons_leave_their_energy(energy):
    kernel = point_kernel(one(Particle.ELECTRON, energy), WATER)
    assert kernel.electron.total_mev + kernel.bremsstrahlung.total_mev == pytest.approx(energy, rel=2.5e-3)
    assert kernel.photon.total_mev == kernel.heavy.total_mev == 0.0
    assert (kernel.electron.energy_mev >= 0).all()


@settings(max_examples=40)
@given(st.floats(5e-4, 3.0))
def test_photons_leave_their_energy_within_two_metres(energy):
    kernel = point_kernel(one(Particle.PHOTON, energy), WATER)
    assert kernel.photon.total_mev == pytest.approx(energy, rel=5e-3)


def test_electron_range_bounds_the_electrons():
    kernel = point_kernel(one(Particle.ELECTRON, 1.0), WATER)
    beyond = kernel.edges_cm[:-1] > 1.2 * kernel.electron_range_cm
    assert kernel.electron_range_cm == pytest.approx(0.4367, rel=5e-3)  # NIST ESTAR, CSDA range of 1 MeV in water
    assert kernel.electron.energy_mev[beyond].sum() == pytest.approx(0.0, abs=1e-9)


def test_alpha_range_bounds_alpha_particles():
    kernel = point_kernel(one(Particle.ALPHA, 5.83), WATER)
    filled = kernel.edges_cm[:-1][kernel.heavy.energy_mev > 1e-12]
    assert filled.max() == pytest.approx(46e-4, rel=0.05)  # NIST ASTAR, CSDA range of 5.83 MeV in water
    assert kernel.heavy.total_mev == pytest.approx(5.83, rel=1e-9)


def test_recoils_stay_on_the_spot():
    kernel = point_kernel(one(Particle.RECOIL, 0.1), WATER)
    assert kernel.heavy.energy_mev[0] == pytest.approx(0.1)


def test_linear_in_the_yields():
    once, twice = (point_kernel(one(Particle.ELECTRON, 0.3, n), WATER) for n in (1.0, 2.0))
    np.testing.assert_allclose(twice.electron.energy_mev, 2.0 * once.electron.energy_mev, rtol=1e-12)
    np.testing.assert_allclose(twice.electron.variance_mev2, 4.0 * once.electron.variance_mev2, rtol=1e-12)


def test_a_spectrum_is_the_sum_of_its_lines():
    energies = np.linspace(0.05, 2.0, 1500)
    many = EmissionSpectrum(Particle.ELECTRON, "given", energies, energies, np.full(1500, 1 / 1500))
    bins = EmissionSpectrum(Particle.ELECTRON, "given", np.array([0.05]), np.array([2.0]), np.ones(1))
    gathered, binned = (point_kernel(Emissions("s", (s,), (), (), ()), WATER) for s in (many, bins))
    for kernel in (gathered, binned):
        assert total(kernel) == pytest.approx(1.025, rel=2e-3)
    summed = [np.cumsum(k.electron.energy_mev) for k in (gathered, binned)]
    np.testing.assert_allclose(summed[0], summed[1], atol=2e-3 * 1.025)


@pytest.mark.parametrize(("name", "chain"), [("Lu-177", None), ("Y-90", None), ("Ac-225", "equilibrium")])
def test_nuclides_leave_what_they_emit(name, chain):
    source = source_term(name, chain)
    assert total(point_kernel(source, WATER)) == pytest.approx(source.energy_mev(), rel=2e-3)


def test_shells_of_any_edges_are_one_kernel():
    fine, coarse = np.linspace(0.0, 0.5, 101), np.linspace(0.0, 0.5, 6)
    source = source_term("Lu-177")
    on_fine, on_coarse = (shell_energies(source, WATER, edges)[0] for edges in (fine, coarse))
    np.testing.assert_allclose(on_fine.reshape(5, 20).sum(axis=1), on_coarse, rtol=1e-9)


def test_uncertainty_knows_statistics_ranges_and_cross_sections():
    energy, uncertainty = shell_energies(one(Particle.PHOTON, 0.5), WATER, np.array([0.0, 1.0, 2.0]))
    assert (uncertainty >= 0.01 * energy).all()
    assert (uncertainty < 0.03 * energy).all()
    energy, uncertainty = shell_energies(one(Particle.ELECTRON, 1.0), WATER, np.linspace(0, 0.45, 10))
    assert (uncertainty > 0).all()
    assert uncertainty[-2] / energy[-2] > uncertainty[1] / energy[1]


def test_uncertainty_of_ranges_is_that_of_the_radii_asked_for():
    """Electrons that all stop within a shell leave its energy without doubt, however wide the others are."""
    electron = one(Particle.ELECTRON, 1.0)
    energy, uncertainty = shell_energies(electron, WATER, np.array([0.0, 0.5, 1.0]))
    assert uncertainty[0] < 5e-4 * energy[0]
    wide = shell_energies(electron, WATER, np.array([0.0, 0.2, 100.0]))[1][0]
    narrow = shell_energies(electron, WATER, np.array([0.0, 0.2, 0.25, 0.3]))[1][0]
    assert wide == pytest.approx(narrow, rel=1e-3)
    far = shell_energies(source_term("Ac-225", "equilibrium"), WATER, np.array([0.5, 1.0]))
    assert 0 < far[1][0] < 0.1 * far[0][0]


def test_shells_know_the_uncertainty_of_the_decay_data():
    source = source_term("Y-90")
    plain, known = (
        shell_energies(source, WATER, np.array([0.0, 2.0]), given)[1][0]
        for given in (None, energy_uncertainty(source, decay_library("endfb81")))
    )
    assert known > 1.1 * plain


@pytest.mark.parametrize("energy", [0.005, 0.03, 0.05, 0.08, 0.3, 4.0])
def test_photons_leave_just_what_they_have(energy):
    shells, _ = shell_energies(one(Particle.PHOTON, energy), WATER, np.array([0.0, 2000.0]))
    assert shells[0] == pytest.approx(energy, rel=1e-5)


def test_stretching_keeps_the_energy():
    kernel = point_kernel(one(Particle.ELECTRON, 1.0), WATER)
    longer = stretched(kernel.electron, kernel.edges_cm, 1.1)
    assert longer.total_mev == pytest.approx(kernel.electron.total_mev, rel=1e-9)
    middles = 0.5 * (kernel.edges_cm[1:] + kernel.edges_cm[:-1])
    mean, longer_mean = (p.energy_mev @ middles / p.total_mev for p in (kernel.electron, longer))
    assert longer_mean / mean == pytest.approx(1.1, rel=2e-3)


@pytest.mark.parametrize("particle", [Particle.ELECTRON, Particle.PHOTON])
def test_energies_above_the_table_are_refused(particle):
    with pytest.raises(InputError, match=r"up to 5 MeV.*but 5\.5 MeV"):
        point_kernel(one(particle, 5.5), WATER)


def test_nothing_emitted_leaves_nothing():
    kernel = point_kernel(Emissions("none", (), (), (), ()), WATER)
    assert total(kernel) == 0.0
    assert kernel.photon_reach_cm == kernel.electron_range_cm == 0.0
