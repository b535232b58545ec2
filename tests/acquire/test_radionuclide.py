from __future__ import annotations

import pytest

from hevesy.acquire.radionuclide import named_nuclide, nuclide_from_code, nuclide_from_meaning


@pytest.mark.parametrize(
    ("meaning", "name"),
    [
        ("^99m^Technetium", "Tc-99m"),
        ("177 Lutetium", "Lu-177"),
        ("^177^Lutetium", "Lu-177"),
        ("Lu-177", "Lu-177"),
        ("lu177", "Lu-177"),
        ("Lutetium-177", "Lu-177"),
        ("177Lu", "Lu-177"),
        ("Technetium 99m", "Tc-99m"),
        ("^177m^Lutetium", "Lu-177m"),
        ("131I", "I-131"),
        ("unknown", None),
        ("", None),
        ("Xq-12", None),
        ("177", None),
    ],
)
def test_meanings(meaning, name):
    assert nuclide_from_meaning(meaning) == name


# SNOMED CT and SNOMED RT codes of DICOM PS3.16 context groups 18 and 4020.
@pytest.mark.parametrize(
    ("value", "scheme", "name"),
    [
        ("447553000", "SCT", "Lu-177"),
        ("C-101ED", "SRT", "Lu-177"),
        ("C-163A8", "SNM3", "Tc-99m"),
        ("72454006", "SCT", "Tc-99m"),
        ("C-111A1", "SRT", "F-18"),
        ("14691008", "SCT", "Y-90"),
        ("C1943", "NCIt", "Ho-166"),
        ("126605", "DCM", "Sc-43"),
        ("nonsense", "SCT", None),
        ("447553000", "", None),
    ],
)
def test_codes(value, scheme, name):
    assert nuclide_from_code(value, scheme) == name


def resolve(build, value, scheme, meaning):
    return named_nuclide(build.item(RadionuclideCodeSequence=build.code(value, scheme, meaning)))


def test_local_scheme_is_resolved_by_its_words(build):
    found = resolve(build, "C-101ED", "99SDM", "177 Lutetium")
    assert found.name == "Lu-177"
    assert found.source == "meaning '177 Lutetium' of code C-101ED (99SDM)"


def test_standard_code_goes_before_words_that_are_not_understood(build):
    assert resolve(build, "447553000", "SCT", "Lutecio").name == "Lu-177"


def test_code_against_words_is_no_nuclide(build):
    found = resolve(build, "447553000", "SCT", "^131^Iodine")
    assert found.name is None
    assert "Lu-177" in found.contradiction


def test_nothing_is_no_nuclide(build):
    assert named_nuclide(None).name is None
    assert resolve(build, "X", "99LOCAL", "the hot one").name is None
