from __future__ import annotations

import pytest

from hevesy.acquire.identify import identify_nuclide
from hevesy.acquire.radionuclide import nuclides_in_text

MISSION = [
    "Lu-177",
    "I-131",
    "Ra-223",
    "Sr-89",
    "Sm-153",
    "Ac-225",
    "Y-90",
    "Ho-166",
    "Re-186",
    "Re-188",
    "P-32",
    "Er-169",
    "Tc-99m",
    "In-111",
    "Ga-68",
    "F-18",
    "Cu-64",
    "Cu-67",
    "Tb-161",
    "I-123",
    "I-124",
    "Zr-89",
    "Pb-212",
]


def of(build, *, code=None, **changes):
    changes = {"RadionuclideCodeSequence": build.code(*code) if code else None, "RadionuclideHalfLife": None} | changes
    return identify_nuclide(build.item(RadiopharmaceuticalInformationSequence=build.drug(**changes)))


def told(found):
    return {f.code: f.blocking for f in found.findings}


@pytest.mark.parametrize("name", MISSION)
def test_every_nuclide_of_therapy_is_recognised_by_any_of_its_names(build, name):
    element, _, mass = name.partition("-")
    for words in (name, name.upper(), f"{mass}-{element}", f"{mass}{element}", f"{element}{mass}", f"{element} {mass}"):
        found = of(build, code=("X1", "99LOCAL", words))
        assert (found.name, told(found)) == (name, {})
    assert nuclides_in_text(f"[{mass}{element}]{element}-compound 617") == (name,)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("[177Lu]Lu-DOTATATE", ("Lu-177",)),
        ("Lutetium Lu 177 dotatate", ("Lu-177",)),
        ("Fluorodeoxyglucose F^18^", ("F-18",)),
        ("Tc-99m-MAA", ("Tc-99m",)),
        ("FDG -- fluorodeoxyglucose", ()),
        ("177Lu-PSMA-617", ("Lu-177",)),
        ("Y-90 microspheres, scout Ho-166", ("Y-90", "Ho-166")),
        ("kept in 111 ml", ()),
        ("Sc-999", ()),
    ],
)
def test_nuclides_in_free_text(words, names):
    assert nuclides_in_text(words) == names


@pytest.mark.parametrize("scheme", ["SRT", "SNM3", "99SDM"])
def test_snomed_rt_code_of_lutetium_in_any_scheme(build, scheme):
    assert of(build, code=("C-101ED", scheme, "177 Lutetium")).name == "Lu-177"


def test_without_a_code_the_radiopharmaceutical_names_the_nuclide(build):
    found = of(build, Radiopharmaceutical="[177Lu]Lu-DOTATATE")
    assert (found.name, found.source) == ("Lu-177", "words '[177Lu]Lu-DOTATATE'")
    assert told(found) == {"nuclide-by-words": False}


def test_radiopharmaceutical_against_code_is_refused(build):
    found = of(build, code=("447553000", "SCT", "^177^Lutetium"), Radiopharmaceutical="I-131 MIBG")
    assert (found.name, told(found)) == (None, {"nuclide-contradiction": True})


def test_radiopharmaceutical_that_names_two_is_ambiguous(build):
    found = of(build, Radiopharmaceutical="Y-90 and In-111 tiuxetan")
    assert (found.name, told(found)) == (None, {"ambiguous-nuclide": True})


def test_retired_attribute_names_the_nuclide(build):
    found = identify_nuclide(build.item(Radionuclide="Tc-99m"))
    assert (found.name, told(found)) == ("Tc-99m", {"nuclide-by-words": False})


# Half-lives in s as scanners write them: 574300 (Lu-177), 6586.2 (F-18), 4062.6 (Ga-68), 987552 (Ra-223, 11.43 d).
@pytest.mark.parametrize(
    ("half_life", "name"), [("574300", "Lu-177"), ("6586.2", "F-18"), ("4062.6", "Ga-68"), ("987552", "Ra-223")]
)
def test_half_life_alone_where_one_nuclide_fits(build, half_life, name):
    found = of(build, RadionuclideHalfLife=half_life, code=("", "", ""))
    assert (found.name, found.source) == (name, "half-life")
    assert told(found) == {"nuclide-by-half-life": False}


def test_half_life_alone_where_two_nuclides_fit(build):
    found = of(build, RadionuclideHalfLife="282000")  # 78.3 h: Zr-89 has 78.4 h, Ga-67 78.3 h
    assert (found.name, told(found)) == (None, {"ambiguous-nuclide": True})
    assert "Ga-67 and Zr-89" in found.findings[0].message


def test_half_life_of_nothing_known(build):
    found = of(build, RadionuclideHalfLife="700000000000")
    assert (found.name, told(found)) == (None, {})
    assert "no known nuclide has the half-life 7e+11 s" in found.source


def test_recognised_nuclide_without_decay_data_is_told(build, read):
    drug = build.drug(
        RadionuclideCodeSequence=build.code("24853006", "SCT", "^223^Radium"),
        RadionuclideHalfLife="987552",
        RadionuclideTotalDose="4",
    )
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    assert (series.radionuclide, series.administered_activity_bq) == ("Ra-223", 4e6)
    assert "decay data of Ra-223" in series.missing
    assert [f for f in series.contradictions if f.blocking] == []
