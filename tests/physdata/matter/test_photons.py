"""Photon interactions of elements and media."""

import hashlib
import tomllib
from importlib.resources import files

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import Material, material
from hevesy.physdata.constants import ELECTRON_MASS_MEV
from hevesy.physdata.matter.fluorescence import emitters_of
from hevesy.physdata.matter.photon_elements import photon_citation, photon_element
from hevesy.physdata.matter.photons import (
    ENERGY_BINS,
    ENERGY_EDGES,
    ENERGY_SHIFT,
    FIRST_ENERGY_BIN,
    NODE_BINS,
    photon_tables,
)

WATER, BONE = material("water"), material("cortical bone")
VACUUM = Material("vacuum", 0.0, {}, "", WATER.source)
HOLMIUM = Material("holmium", 8.8, {"Ho": 1.0}, "", WATER.source)
IODINE = Material("iodine", 4.93, {"I": 1.0}, "", WATER.source)

# J. H. Hubbell, S. M. Seltzer, NIST Standard Reference Database 126 (NISTIR 5632), doi:10.18434/T4D01F:
# energy [MeV], mass attenuation and mass energy-absorption coefficient [cm2/g].
NIST_WATER = [
    (0.01, 5.329, 4.944),
    (0.02, 0.8096, 0.5503),
    (0.03, 0.3756, 0.1557),
    (0.05, 0.2269, 0.04223),
    (0.06, 0.2059, 0.03190),
    (0.08, 0.1837, 0.02597),
    (0.1, 0.1707, 0.02546),
    (0.15, 0.1505, 0.02764),
    (0.2, 0.1370, 0.02967),
    (0.3, 0.1186, 0.03192),
    (0.5, 0.09687, 0.03299),
    (1.0, 0.07072, 0.03103),
]
NIST_BONE = [
    (0.01, 28.51, 26.80),
    (0.02, 4.001, 3.601),
    (0.03, 1.331, 1.070),
    (0.06, 0.3148, 0.1400),
    (0.1, 0.1855, 0.04585),
    (0.2, 0.1309, 0.03003),
    (0.5, 0.09022, 0.03075),
]


@pytest.mark.parametrize(("medium", "rows"), [(WATER, NIST_WATER), (BONE, NIST_BONE)], ids=["water", "bone"])
def test_against_nist(medium, rows):
    """NIST used other photoelectric data and other atomic masses; it states 1 to 2 %."""
    energy, attenuation, absorption = np.array(rows).T
    tables = photon_tables((medium,))
    assert tables.mass_attenuation(medium.name, energy) == pytest.approx(attenuation, rel=0.004)
    assert tables.mass_energy_absorption(medium.name, energy) == pytest.approx(absorption, rel=0.005)


def test_absorption_does_not_lose_bremsstrahlung():
    """NIST takes bremsstrahlung off: at 3 MeV in water 0.02281 cm2/g, which is about 0.7 % less."""
    found = photon_tables(()).mass_energy_absorption("water", 3.0)[0]
    assert 1.004 < found / 0.02281 < 1.010


def test_edges_of_absorption_are_kept():
    tables = photon_tables((IODINE, HOLMIUM))
    for medium, edge, jump in ((IODINE, 0.033176, 5.4), (HOLMIUM, 0.0555, 4.7)):
        below, above = tables.mass_attenuation(medium.name, np.array([0.99, 1.01]) * edge)
        assert above / below == pytest.approx(jump, rel=0.05)


def test_bins_are_read_off_the_bits():
    energies = np.random.default_rng(1).uniform(1e-3, 15.0, 1000)
    bins = (energies.view(np.int64) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN
    assert ((ENERGY_EDGES[bins] <= energies) & (energies < ENERGY_EDGES[bins + 1])).all()
    assert len(ENERGY_EDGES) == ENERGY_BINS + 1
    assert ENERGY_EDGES[0] == 2.0**-10


def test_lines_are_straight_between_the_points_of_the_elements():
    """Within a bin the straight line differs from the evaluation by less than 0.1 %."""
    oxygen = photon_element("O")
    pure = Material("oxygen", 1.0, {"O": 1.0}, "", WATER.source)
    energy = np.geomspace(1.1e-3, 10.0, 777)
    whole = sum(oxygen.at(curve, energy) for curve in ("coherent", "incoherent", "pair", "photoelectric"))
    expected = 0.602214076 * whole / oxygen.atomic_mass
    assert photon_tables((pure,)).mass_attenuation("oxygen", energy) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("symbol", ["H", "C", "O", "Ca", "I", "Ho"])
def test_incoherent_cross_section_is_that_of_the_angles(symbol):
    """The evaluation's total is the integral of Klein-Nishina times its scattering function, which is sampled."""
    element = photon_element(symbol)
    for energy in (0.02, 0.06, 0.2, 1.0):
        t = np.concatenate([[0.0], np.geomspace(1e-8, 0.05, 2000), np.linspace(0.05, 2.0, 2000)[1:]])
        ratio = 1.0 / (1.0 + energy / ELECTRON_MASS_MEV * t)
        x = energy / 0.01239841984 * np.sqrt(t / 2.0)
        density = ratio**2 * (ratio + 1.0 / ratio - t * (2.0 - t)) * element.at("scattering", x)
        found = np.pi * 2.8179403e-13**2 * 1e24 * np.trapezoid(density, t)
        assert found == pytest.approx(element.at("incoherent", np.array([energy]))[0], rel=0.006)


def test_angles_at_low_and_high_energy():
    """Thomson without a form factor would have the median cosine 0; with it photons go ahead, more so at high energy."""
    angles = photon_tables((WATER,)).arrays.angles
    assert (np.diff(angles, axis=-1) > 0).all()
    assert angles[..., 0].max() == 0.0
    assert angles[..., -1] == pytest.approx(2.0)
    medians = angles[0, 0, :, 64]
    assert (np.diff(medians[8:]) < 0).all()


def test_share_given_to_electrons_is_klein_nishina_at_high_energy():
    """Mean share of Klein and Nishina at 1 MeV: 0.4404 (Attix 1986, table D.1: 0.440)."""
    tables = photon_tables((WATER,))
    energy = 1.0
    place = (int(np.float64(energy).view(np.int64)) >> ENERGY_SHIFT) - FIRST_ENERGY_BIN
    assert place // NODE_BINS * NODE_BINS == place
    share = tables.mass_energy_absorption("water", energy) / tables.mass_attenuation("water", energy)
    assert share[0] == pytest.approx(0.440, abs=0.001)


def test_fluorescence_yields():
    """K: Ca 0.163, I 0.884, Ho 0.941 (M. O. Krause, J. Phys. Chem. Ref. Data 8 (1979) 307); EADL lies within 4 %."""
    for symbol, published in (("Ca", 0.163), ("I", 0.884), ("Ho", 0.941)):
        lines = photon_element(symbol).lines
        found = lines[(lines[:, 0] == 1) & (lines[:, 1] == 1), 3].sum()
        assert found == pytest.approx(published, rel=0.04)


def test_lines_of_a_vacancy_carry_no_more_than_its_energy():
    """Two lines are drawn apart from each other: rare ones may exceed the bond by up to 4 %, its mean never.

    EADL and EPDL differ by up to 0.3 % in what the bond of an inner shell is.
    """
    emitters = emitters_of(("Ca", "Fe", "I", "Ho", "Pb"))
    for i, (start, middle, end) in enumerate(emitters.line_ranges):
        own, follow = emitters.line_energies[start:middle], emitters.line_energies[middle:end]
        assert own.max() < 1.004 * emitters.bindings[i]
        if len(follow):
            alpha = own[own < emitters.follow_below[i]]
            assert alpha.max() + follow.max() < 1.04 * emitters.bindings[i]
        assert emitters.mean_energies[i] < emitters.bindings[i]
        for low, high in ((start, middle), (middle, end)):
            cumulative = emitters.line_cumulative[low:high]
            assert (np.diff(cumulative) > 0).all()
            assert not len(cumulative) or cumulative[-1] < 1.0


def test_water_has_no_fluorescence_above_1_kev():
    assert not len(photon_element("O").lines)
    assert photon_tables((WATER,)).arrays.emitters[-1].size == 0


def test_vacuum_does_nothing():
    tables = photon_tables((VACUUM, WATER))
    assert not tables.arrays.flight[0].any()
    assert tables.mass_attenuation("water", 0.1)[0] > 0


def test_unknown_element_and_energy_are_refused():
    with pytest.raises(InputError, match=r"expected one of the elements H He .* 'Uuo' came"):
        photon_element("Uuo")
    tables = photon_tables(())
    with pytest.raises(ValueError, match=r"expected photon energies from 0\.001 to 16 MeV"):
        tables.mass_attenuation("water", 5e-4)
    with pytest.raises(ValueError, match="expected photon energies"):
        tables.mass_attenuation("water", 16.0)


def test_source_note():
    folder = files("hevesy.physdata").joinpath("tables", "photons_endfb81")
    note = tomllib.loads(folder.joinpath("SOURCE.toml").read_text(encoding="utf-8"))
    assert {"title", "edition", "licence", "part", "script", "citation"} <= set(note)
    for name, digest in note["output"].items():
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest
    assert folder.joinpath("LICENSE.txt").is_file()
    assert len(note["input"]["members"]) == 76
    assert "ENDF/B-VIII.1" in photon_citation().text
