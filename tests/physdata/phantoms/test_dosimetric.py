"""Phantoms of organ S values: walls, contents, reproduction, and what fills the organs."""

import math

import pytest

from hevesy.physdata.phantoms import Medium, red_marrow_share, volume
from hevesy.physdata.phantoms.dosimetric import dosimetric_adult, dosimetric_ornl_adult
from hevesy.physdata.phantoms.media import ornl_fillings, reference_fillings, spongiosa_fillings

PUBLISHED_G = {
    "Stomach_wall": 158.0,
    "Stomach_contents": 260.0,
    "Urinary_bladder_wall": 47.6,
    "Urinary_bladder_contents": 211.0,
    "Upper_large_intestine_wall": 220.0,
    "Upper_large_intestine_contents": 232.0,
    "Lower_large_intestine_wall": 167.0,
    "Lower_large_intestine_contents": 143.0,
    "Uterus": 79.0,
    "Ovary_L": 4.37,
    "Testis_R": 19.55,
}
"""ORNL/TM-8381 (1987), masses of the adult."""


@pytest.mark.parametrize("name", PUBLISHED_G)
def test_walls_and_contents_have_the_masses_of_the_report(name):
    phantom = dosimetric_ornl_adult()
    mass = volume(phantom.exclusive(name)) * phantom.organ(name).density_g_ml
    assert mass == pytest.approx(PUBLISHED_G[name], rel=0.01)


@pytest.mark.parametrize(
    ("sex", "masses"), [("male", {"Testis_L": 17.5}), ("female", {"Ovary_R": 5.5, "Uterus": 80.0})]
)
def test_organs_of_reproduction_have_the_masses_of_icrp_89(sex, masses):
    phantom = dosimetric_adult(sex)
    for name, expected in masses.items():
        organ = phantom.organ(name)
        assert volume(organ.solid) * organ.density_g_ml == pytest.approx(expected, rel=0.003)


def test_each_sex_has_its_own_organs():
    male, female = ({o.name for o in dosimetric_adult(sex).organs} for sex in ("male", "female"))
    assert male ^ female == {"Testis_L", "Testis_R", "Ovary_L", "Ovary_R", "Uterus"}
    assert "Stomach" not in male


def test_wall_and_contents_are_the_organ():
    phantom = dosimetric_adult("female")
    parts = [volume(phantom.exclusive(f"Stomach_{part}"), 200_000) for part in ("contents", "wall")]
    assert sum(parts) == pytest.approx(volume(phantom.organ("Stomach_wall").solid, 200_000), rel=0.003)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_spongiosa_is_its_red_marrow_and_what_its_density_asks_for(sex):
    share = red_marrow_share(sex)
    fillings = reference_fillings(dosimetric_adult(sex), share)["Spongiosa"]
    assert [f.material.name for f in fillings] == ["red marrow", "yellow marrow", "cortical bone"]
    assert sum(f.volume_share for f in fillings) == pytest.approx(1.0)
    density = sum(f.volume_share * f.density_g_ml for f in fillings)
    assert density == pytest.approx(1.12)
    assert fillings[0].volume_share * fillings[0].density_g_ml / density == pytest.approx(share)


def test_a_density_that_marrow_and_bone_cannot_have_is_refused():
    with pytest.raises(ValueError, match="density that marrow and bone can have"):
        spongiosa_fillings(2.5, 0.4)


def test_every_organ_is_filled_with_fractions_of_one():
    phantom = dosimetric_adult("male")
    fillings = reference_fillings(phantom, red_marrow_share("male"))
    assert set(fillings) == {o.name for o in phantom.organs}
    for parts in (*fillings.values(), *ornl_fillings(dosimetric_ornl_adult()).values()):
        assert math.fsum(p.volume_share for p in parts) == pytest.approx(1.0)
        for part in parts:
            assert math.fsum(part.material.mass_fractions.values()) == pytest.approx(1.0)


def test_bone_of_the_reference_adult_lies_between_cortical_bone_and_marrow():
    (filling,) = reference_fillings(dosimetric_adult("male"), 0.4)["Ribs"]
    assert dosimetric_adult("male").organ("Ribs").medium is Medium.BONE
    assert 0.1 < filling.material.mass_fractions["Ca"] < 0.225
    assert "yellow marrow" in filling.material.note
