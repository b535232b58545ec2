"""Computing point kernels of a medium."""

import numpy as np
import pytest

from hevesy.physdata import material
from hevesy.transport.kernels import point_kernel_table
from hevesy.transport.kernels.derive import derive_point_kernels
from hevesy.transport.kernels.kernel_settings import KernelSettings
from hevesy.transport.kernels.point_table import table_bytes

FEW = KernelSettings(
    lowest_mev=0.02,
    highest_mev=2.0,
    electron_energies=3,
    electron_histories=2000,
    electron_shells=60,
    photon_energies=3,
    photon_histories=4000,
    photon_shells=60,
)


@pytest.fixture(scope="module")
def few():
    said = []
    return derive_point_kernels(material("water"), FEW, lambda *words: said.append(words)), said


def test_all_energy_is_accounted_for(few):
    table, _ = few
    electrons = table.electrons
    radiated = electrons.photon_yields @ electrons.photon_shares
    np.testing.assert_allclose(electrons.fractions.sum(axis=1) + radiated, 1.0, atol=1e-6)
    np.testing.assert_allclose(table.photons.fractions.sum(axis=1), 1.0, atol=0.02)


def test_progress_is_told(few):
    _, said = few
    assert said == [("point kernels", done, 6) for done in range(7)]


def test_one_seed_one_table(few):
    assert table_bytes(derive_point_kernels(material("water"), FEW)) == table_bytes(few[0])


# Electrons of 0.2 MeV, photons of 0.2 MeV: the committed table to four standard uncertainties of the few histories.
def test_agrees_with_the_committed_table(few):
    table, water = few[0], point_kernel_table("water")
    for ours, theirs in ((table.electrons, water.electrons), (table.photons, water.photons)):
        rows = [np.interp(np.log(0.2), np.log(theirs.energies_mev), column) for column in theirs.fractions.T]
        expected = np.interp(ours.edges[1:], theirs.edges[1:], np.cumsum(rows))
        spread = np.sqrt(np.cumsum(ours.uncertainties[1] ** 2))
        assert (np.abs(np.cumsum(ours.fractions[1]) - expected) < 4.0 * spread + 4e-3).all()


def test_denser_media_have_shorter_ranges():
    bone = derive_point_kernels(material("cortical bone"), FEW)
    water = point_kernel_table("water")
    at = np.interp(np.log(0.2), np.log(water.electrons.energies_mev), water.electrons.range_cm)
    assert 0.5 < bone.electrons.range_cm[1] / at < 0.7
    assert bone.density_g_ml == pytest.approx(1.92, abs=0.1)
