"""The stylised adult: volumes against those of the report, sides, media, ICRP masses."""

import numpy as np
import pytest

from hevesy.domain import Side
from hevesy.physdata.phantoms import (
    LPS_MM_FROM_PHANTOM_CM,
    REFERENCE,
    Medium,
    centroid,
    mass_g,
    ornl_tm_8381_adult,
    red_marrow_share,
    reference_adult,
    transformed,
    volume,
)

ADULT = ornl_tm_8381_adult()
PUBLISHED = [o.name for o in ADULT.organs if o.published_volume_ml is not None]


@pytest.mark.parametrize("name", PUBLISHED)
def test_equations_give_the_published_volume(name):
    """Organ volumes of the adult in ORNL/TM-8381 (1987), heart of MIRD Pamphlet 5 Revised (1978): within 2 %."""
    organ = ADULT.organ(name)
    n_points = 5_000_000 if name == "Ribs" else 1_200_000
    assert volume(organ.solid, n_points=n_points) == pytest.approx(organ.published_volume_ml, rel=0.02)


def test_organs_lie_in_the_body():
    body = ADULT.organ("Body").solid
    rng = np.random.default_rng(3)
    for organ in ADULT.organs:
        low, high = np.array(organ.solid.bounds)
        points = rng.uniform(low, high, (20_000, 3))
        inside = points[organ.solid.contains(points)]
        assert body.contains(inside).mean() > 0.995, organ.name


@pytest.mark.parametrize("phantom", [ADULT, reference_adult("male"), reference_adult("female")], ids=lambda p: p.name)
def test_axes_are_those_of_dicom(phantom):
    """LPS: x to the left, y to the back, z to the head; the phantom's unit is cm."""

    def lps(name):
        return np.array(centroid(transformed(phantom.organ(name).solid, LPS_MM_FROM_PHANTOM_CM)))

    assert lps("Liver")[0] < -50
    assert lps("Spleen")[0] > 80
    assert lps("Kidney_L")[0] > 0 > lps("Kidney_R")[0]
    assert lps("Spine")[1] > 40 > lps("Liver")[1]
    assert lps("Brain")[2] > lps("Heart")[2] > lps("Liver")[2] > lps("Urinary_bladder")[2] > 0


@pytest.mark.parametrize("sex", ["male", "female"])
def test_reference_masses(sex):
    """ICRP 89 (2002), table 2.8: the named organs meet their mass to 0.3 %."""
    phantom = reference_adult(sex)
    for name, mass in REFERENCE[sex].masses_g.items():
        assert mass_g(phantom.organ(name)) == pytest.approx(mass, rel=3e-3), name


def test_reference_male_sums():
    phantom = reference_adult("male")
    glands = [o for o in phantom.organs if o.name.startswith(("Parotid", "Submandibular", "Sublingual"))]
    assert sum(map(mass_g, glands)) == pytest.approx(85.0, rel=3e-3)
    assert mass_g(phantom.organ("Kidney_L")) + mass_g(phantom.organ("Kidney_R")) == pytest.approx(310, rel=3e-3)
    assert {o.side for o in glands} == {Side.LEFT, Side.RIGHT}


@pytest.mark.parametrize("sex", ["male", "female"])
def test_red_marrow_is_a_part_of_spongiosa(sex):
    assert 0.2 < red_marrow_share(sex) < 0.6
    spongiosa = reference_adult(sex).organ("Spongiosa")
    assert spongiosa.medium is Medium.SPONGIOSA


def test_body_of_the_female_is_smaller():
    male, female = (volume(reference_adult(s).organ("Body").solid) for s in ("male", "female"))
    assert female / male == pytest.approx(60 / 73, rel=0.01)


def test_glands_and_main_organs_do_not_overlap():
    phantom = reference_adult("male")
    for name in ("Liver", "Spleen", "Kidney_L", "Kidney_R", "Parotid_L", "Submandibular_R", "Urinary_bladder"):
        assert volume(phantom.exclusive(name)) == pytest.approx(volume(phantom.organ(name).solid), rel=1e-3), name


def test_unknown_organ_names_those_there_are():
    with pytest.raises(KeyError, match=r"Liver.*'Nose' came"):
        ADULT.organ("Nose")


@pytest.mark.shared
def test_self_absorption_of_the_softest_photons(shared_folder):
    """Photons of 10 keV hardly leave an organ: the report's own self-absorbed fraction, its specific absorbed fraction
    times the mass by these equations, is just below 1, and the lower the smaller the organ."""
    masses = {
        "Liver": ("Liver",),
        "Brain": ("Brain",),
        "Spleen": ("Spleen",),
        "Kidneys": ("Kidney_L", "Kidney_R"),
        "Lungs": ("Lung_L", "Lung_R"),
        "Pancreas": ("Pancreas",),
        "Thymus": ("Thymus",),
        "Thyroid": ("Thyroid",),
        "Adrenals": ("Adrenal_L", "Adrenal_R"),
    }
    lines = (shared_folder / "physics" / "ornl_saf" / "StylizedORNL1987SAFData.txt").read_text().splitlines()
    found, source = {}, ""
    for words in map(str.split, lines):
        if words[:2] == ["******", "SAF"]:
            source = words[3] if "ORNLAdultMale" in words else ""
        elif source in masses and words and words[0] == source and source not in found:
            mass = sum(mass_g(ADULT.organ(name)) for name in masses[source])
            found[source] = mass * float(words[1])
    assert set(found) == set(masses)
    assert all(0.78 < fraction < 1.0 for fraction in found.values()), found
    assert found["Liver"] > 0.96
    assert found["Brain"] > 0.96
