"""Names and their codes."""

import pytest
from pydicom.sr.codedict import codes

from hevesy.delineate import names, standard_region
from hevesy.domain import RegionKind, Side


@pytest.mark.parametrize(
    ("name", "meaning", "side"),
    [
        ("Kidney_L", "Kidney", Side.LEFT),
        ("left kidney", "Kidney", Side.LEFT),
        ("LKidney", "Kidney", Side.LEFT),
        ("Kidneys", "Kidney", Side.NONE),
        ("Nier links", "Kidney", Side.LEFT),
        ("Niere re", "Kidney", Side.RIGHT),
        ("KIDNEY RIGHT", "Kidney", Side.RIGHT),
        ("Liver", "Liver", Side.NONE),
        ("spleen 2", "Spleen", Side.NONE),
        ("Parotid_R", "Parotid gland", Side.RIGHT),
        ("Glnd_Submand_L", "Submandibular gland", Side.LEFT),
        ("Glnd_Lacrimal_R", "Lacrimal gland", Side.RIGHT),
        ("BoneMarrow", "Bone Marrow", Side.NONE),
        ("Bowel_Small", "Small intestine", Side.NONE),
        ("urinary bladder", "Bladder", Side.NONE),
    ],
)
def test_organs(name, meaning, side):
    found = standard_region(name)
    assert (found.kind, found.side, found.code[2]) == (RegionKind.ORGAN, side, meaning)


@pytest.mark.parametrize(
    "name", ["lesion1 liver R lobe", "Tumour_3", "GTV", "Liver met 2", "bone metastasis L iliac", "Läsion 4"]
)
def test_lesions_have_no_side(name):
    found = standard_region(name)
    assert (found.kind, found.side, found.code) == (RegionKind.LESION, Side.NONE, ("108369006", "SCT", "Neoplasm"))


@pytest.mark.parametrize(
    "name",
    ["Liver-GTV", "liver minus lesions", "healthy liver", "tumor bed", "Left Right kidney", "VOI 1", "", "Body",
     "nier met cyste", "Kidney + ureter", "long bone", "PTV lesion", "left"],
)  # fmt: skip
def test_what_is_not_known_for_certain_is_not_guessed(name):
    assert standard_region(name) is None


def test_codes_are_those_of_the_dicom_dictionary():
    for value, meaning in {*names._BY_NAME.values(), names._NEOPLASM[::2]}:
        keyword = {"Bone Marrow": "BoneMarrow"}.get(meaning, "".join(w.capitalize() for w in meaning.split()))
        assert getattr(codes.SCT, keyword).value == value, meaning
        assert getattr(codes.SCT, keyword).meaning == meaning
