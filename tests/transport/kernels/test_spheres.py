"""Spheres from point kernels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.physdata import JOULE_PER_MEV, decay_library, nuclide, source_term, sphere_s_value
from hevesy.quantities import budget
from hevesy.transport.kernels import (
    energy_uncertainty,
    point_kernel_of,
    sphere_s_value_of,
    voxel_kernel,
    with_decay_data,
)
from hevesy.transport.kernels.spheres import chances_inside

LUTETIUM = source_term("Lu-177")


@given(st.floats(0.01, 3.0))
def test_chance_of_a_thin_shell_is_the_formula(x):
    chance = chances_inside(np.array([0.0, x * (1 - 1e-6), x * (1 + 1e-6)]) * 2.5, 2.5)[1]
    expected = 1.0 - 0.75 * x + x**3 / 16.0 if x < 2.0 else 0.0
    assert chance == pytest.approx(expected, abs=1e-5)


def test_large_spheres_keep_the_electrons_and_small_ones_lose_them():
    emitted = LUTETIUM.energy_mev() * JOULE_PER_MEV
    kept = [sphere_s_value_of(LUTETIUM, mass).value * mass / emitted for mass in (1e-6, 1e-3, 1.0, 10.0)]
    assert kept == sorted(kept)
    assert kept[0] > 0.5
    assert kept[3] < 1.0


@pytest.mark.parametrize("name", ["Lu-177", "Y-90", "I-131", "Ho-166"])
@pytest.mark.parametrize("mass", [1e-5, 1e-3, 1e-2, 0.1, 1.0])
def test_agrees_with_the_table_of_absorbed_fractions(name, mass):
    ours, table = sphere_s_value_of(source_term(name, "parent"), mass), sphere_s_value(nuclide(name), mass)
    assert ours.value == pytest.approx(table.value, rel=8e-3)


def test_alpha_particles_leave_small_spheres_a_little():
    source = source_term("Ac-225", "parent")
    emitted = source.energy_mev()
    kept = sphere_s_value_of(source, 1e-6).value * 1e-6 / JOULE_PER_MEV
    assert 0.95 < kept / emitted < 0.99


def test_uncertainty_of_the_decay_data_comes_with_its_sources():
    energies = energy_uncertainty(LUTETIUM, decay_library("endfb81"))
    s_value, without = sphere_s_value_of(LUTETIUM, 1.0, energies), sphere_s_value_of(LUTETIUM, 1.0)
    assert s_value.value == without.value
    assert {"energy-beta", "energy-gamma", "absorbed-fraction"} <= set(budget(s_value))
    assert s_value.relative_standard_uncertainty == pytest.approx(0.0066, abs=0.0015)


def test_uncertainty_of_the_decay_data_in_voxels():
    energies = energy_uncertainty(LUTETIUM, decay_library("endfb81"))
    kernel = voxel_kernel(LUTETIUM, (4.8, 4.8, 4.8), (4, 4, 4))
    relative = with_decay_data(kernel, energies).standard_uncertainty / kernel.value
    assert relative[0, 0, 0] == pytest.approx(0.0066, abs=0.0015)
    assert relative[3, 3, 3] > kernel.standard_uncertainty[3, 3, 3] / kernel.value[3, 3, 3]


def test_uncertainty_names_its_sources():
    s_value = sphere_s_value_of(LUTETIUM, 1e-3)
    assert set(s_value.components) == {
        "absorbed-fraction:sphere-range",
        "absorbed-fraction:sphere-photon",
        "absorbed-fraction:sphere-statistics",
    }
    assert 1e-4 < s_value.relative_standard_uncertainty < 5e-3
    small = sphere_s_value_of(LUTETIUM, 1e-6)
    assert small.relative_standard_uncertainty > s_value.relative_standard_uncertainty


@pytest.mark.parametrize("mass", [9e-7, 10.1, 0.0, float("nan")])
def test_masses_outside_are_refused(mass):
    with pytest.raises(InputError, match=r"0\.001 g to 10000 g"):
        sphere_s_value_of(LUTETIUM, mass)


def test_medium_is_water():
    assert point_kernel_of(LUTETIUM).density_g_ml == 1.0
