"""Media: compositions add up, names, reference densities, mean excitation energies, holmium."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.physdata import (
    additive_mean_excitation,
    element,
    holmium_laden,
    known_materials,
    material,
    reference_density,
)

TISSUES = [name for name in known_materials() if name not in {"air", "vacuum"}]


@pytest.mark.parametrize("name", known_materials())
def test_composition(name):
    medium = material(name)
    assert sum(medium.mass_fractions.values()) == pytest.approx(1.0, abs=1e-12)
    assert all(fraction > 0 for fraction in medium.mass_fractions.values())
    assert all(element(symbol).atomic_number > 0 for symbol in medium.mass_fractions)
    assert "ICRU" in medium.source.text


@pytest.mark.parametrize("name", TISSUES)
def test_tissues_have_hydrogen_and_a_plausible_density(name):
    assert material(name).mass_fractions["H"] > 0.03
    assert 0.2 < material(name).density_g_ml < 2.0


# ICRU Report 46 (liver, kidney, spleen); Health Phys. 102 (2012), doi:10.1097/HP.0b013e318235163f, table 2 (glands).
@pytest.mark.parametrize(
    ("name", "density"),
    [
        ("liver", 1.06),
        ("Kidney", 1.05),
        ("spleen", 1.06),
        ("Parotid gland", 1.03),
        ("Bone Marrow", 1.03),
        ("average soft tissue", 1.03),
        ("soft_tissue", 1.00),
        ("cortical_bone", 1.92),
        ("trabecular-bone", 1.18),
        ("air", 0.00120479),
        ("vacuum", 0.0),
    ],
)
def test_reference_density(name, density):
    assert reference_density(name) == density


# Table 2 of the NIST tables of X-ray mass attenuation coefficients (SRD 126), which gives I of these tissues.
@pytest.mark.parametrize(
    ("name", "ev"),
    [("adipose", 64.8), ("blood", 75.2), ("cortical bone", 112.0), ("lung", 75.2), ("muscle", 74.6), ("water", 75.0)],
)
def test_bragg_rule_is_near_the_tabulated_mean_excitation_energies(name, ev):
    assert material(name).mean_excitation_ev == ev
    assert additive_mean_excitation(material(name).mass_fractions) == pytest.approx(ev, rel=0.015)


@pytest.mark.parametrize("name", ["liver", "kidney", "skin", "red marrow", "yellow marrow", "spongiosa"])
def test_mean_excitation_energy_without_a_tabulated_value(name):
    assert material(name).tabulated_mean_excitation_ev is None
    assert 60.0 < material(name).mean_excitation_ev < 95.0


def test_names_are_one_whatever_joins_their_words():
    assert material("Soft_Tissue") is material("soft tissue") is material("soft-tissue, four-component")


@given(st.floats(0.01, 500.0))
def test_holmium_adds_its_mass(mg_ml):
    liver, laden = material("liver"), holmium_laden(material("liver"), mg_ml)
    assert sum(laden.mass_fractions.values()) == pytest.approx(1.0, abs=1e-12)
    assert laden.mass_fractions["Ho"] * laden.density_g_ml == pytest.approx(mg_ml * 1e-3)
    kept = laden.mass_fractions["O"] * laden.density_g_ml
    assert kept == pytest.approx(liver.mass_fractions["O"] * liver.density_g_ml)
    assert laden.mean_excitation_ev > liver.mean_excitation_ev


def test_holmium_by_name():
    assert material("liver_with_5mg_ho_per_ml") == holmium_laden(material("liver"), 5.0)
    assert material("Liver with 0.5 mg Ho/ml").density_g_ml == pytest.approx(1.0605)


@pytest.mark.parametrize(
    ("tissue", "mg_ml"), [("liver", 0.0), ("liver", 501.0), ("liver", float("nan")), ("vacuum", 1)]
)
def test_holmium_refused(tissue, mg_ml):
    with pytest.raises(InputError, match="holmium"):
        holmium_laden(material(tissue), mg_ml)


def test_unknown_medium_lists_the_known_ones():
    with pytest.raises(InputError, match=r"--media-names: .*liver.*unobtainium"):
        material("unobtainium", "--media-names")
    with pytest.raises(InputError, match="elements"):
        element("Xx")
