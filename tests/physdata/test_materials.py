"""Tissues: compositions add up, names, reference densities."""

import pytest

from hevesy.errors import InputError
from hevesy.physdata import known_materials, material, reference_density


@pytest.mark.parametrize("name", known_materials())
def test_composition(name):
    tissue = material(name)
    assert sum(tissue.mass_fractions.values()) == pytest.approx(1.0, abs=1e-12)
    assert 0.2 < tissue.density_g_ml < 2.0
    assert "ICRU" in tissue.source.text


def test_compositions_were_typed_to_a_hundred_per_cent():
    for name in known_materials():
        tissue = material(name)
        assert all(fraction > 0 for fraction in tissue.mass_fractions.values())
        assert tissue.mass_fractions["H"] > 0.03


# ICRU Report 46 (liver, kidney, spleen); Health Phys. 102 (2012), doi:10.1097/HP.0b013e318235163f, table 2 (glands).
@pytest.mark.parametrize(
    ("name", "density"),
    [
        ("liver", 1.06),
        ("Kidney", 1.05),
        ("spleen", 1.06),
        ("Parotid gland", 1.03),
        ("Bone Marrow", 1.03),
        ("soft tissue", 1.03),
    ],
)
def test_reference_density(name, density):
    assert reference_density(name) == density


def test_unknown_tissue_lists_the_known_ones():
    with pytest.raises(InputError, match="liver"):
        reference_density("unobtainium")
