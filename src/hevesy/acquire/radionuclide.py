"""Which radionuclide a file names: standard codes, then the words beside them.

The codes are those of DICOM context groups 18 (Radiopharmaceutical Isotope) and 4020 (PET Radionuclide), as SNOMED CT
and as the older SNOMED RT codes, read from pydicom's copy of PS3.16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pydicom.dataset import Dataset
from pydicom.sr.codedict import Collection
from pydicom.sr.coding import Code

from hevesy.acquire.values import first, text

_SNOMED_RT = frozenset({"SRT", "SNM3", "99SDM"})
_STANDARD = frozenset({"SRT", "SCT", "SNM3", "DCM", "NCIt"})
_GROUPS = (18, 4020)
_MEANING = re.compile(r"\^?(\d{1,3})(m[12]?|M)?\^?[ -]?([A-Za-z]+)")
_MIRRORED = re.compile(r"([A-Za-z]+)[ -]?\^?(\d{1,3})(m[12]?|M)?\^?")
_PLAIN_WORD = re.compile(r"^[a-z]{1,2} | [a-z]{1,2}$")
"""A short word beside a number, as in "in 111 ml", is no element."""
_WITHIN = (
    re.compile(r"(?<![A-Za-z0-9])\^?(\d{2,3})(m[12]?|M)?\^?[ -]?([A-Za-z]+)(?![a-z0-9])"),
    re.compile(r"(?<![A-Za-z])([A-Za-z]{1,12})[ -]?\^?(\d{2,3})(m[12]?|M)?\^?(?![A-Za-z0-9])"),
)

_ELEMENTS = {
    "carbon": "C", "nitrogen": "N", "oxygen": "O", "fluorine": "F", "sodium": "Na", "phosphorus": "P",
    "potassium": "K", "scandium": "Sc", "titanium": "Ti", "chromium": "Cr", "manganese": "Mn", "iron": "Fe",
    "cobalt": "Co", "copper": "Cu", "zinc": "Zn", "gallium": "Ga", "germanium": "Ge", "arsenic": "As",
    "selenium": "Se", "bromine": "Br", "krypton": "Kr", "rubidium": "Rb", "strontium": "Sr", "yttrium": "Y",
    "zirconium": "Zr", "niobium": "Nb", "molybdenum": "Mo", "technetium": "Tc", "ruthenium": "Ru", "rhodium": "Rh",
    "palladium": "Pd", "silver": "Ag", "cadmium": "Cd", "indium": "In", "tin": "Sn", "iodine": "I", "xenon": "Xe",
    "caesium": "Cs", "cesium": "Cs", "barium": "Ba", "lanthanum": "La", "cerium": "Ce", "samarium": "Sm",
    "gadolinium": "Gd", "terbium": "Tb", "dysprosium": "Dy", "holmium": "Ho", "erbium": "Er", "thulium": "Tm",
    "ytterbium": "Yb", "lutetium": "Lu", "lutecium": "Lu", "hafnium": "Hf", "tantalum": "Ta", "tungsten": "W",
    "rhenium": "Re", "iridium": "Ir", "platinum": "Pt", "gold": "Au", "thallium": "Tl", "lead": "Pb",
    "bismuth": "Bi", "astatine": "At", "radium": "Ra", "actinium": "Ac", "thorium": "Th", "uranium": "U",
}  # fmt: skip
_SYMBOLS = frozenset(_ELEMENTS.values())

RECOGNISED = frozenset({
    "C-11", "N-13", "O-15", "F-18", "P-32", "Sc-43", "Sc-44", "Sc-47", "Cr-51", "Cu-61", "Cu-64", "Cu-67", "Ga-67",
    "Ga-68", "Br-76", "Rb-82", "Sr-89", "Y-86", "Y-90", "Zr-89", "Tc-99m", "Pd-103", "In-111", "Sn-117m", "I-123",
    "I-124", "I-125", "I-131", "Xe-133", "Sm-153", "Tb-149", "Tb-152", "Tb-155", "Tb-161", "Dy-165", "Ho-166",
    "Er-165", "Er-169", "Lu-177", "Re-186", "Re-188", "Au-198", "Tl-201", "Pb-203", "Pb-212", "Bi-212", "Bi-213",
    "At-211", "Ra-223", "Ra-224", "Ac-225", "Th-227",
})  # fmt: skip
"""Nuclides of therapy and their partners for imaging: those looked for in free text."""


@dataclass(frozen=True)
class NamedNuclide:
    """A radionuclide as a file names it."""

    name: str | None
    """Standard name such as ``Lu-177``; None where the file's words are not understood."""
    source: str
    """How it was found."""
    contradiction: str = ""
    """Where code and words name different nuclides."""


def nuclide_from_meaning(meaning: str) -> str | None:
    """Understand ``^177^Lutetium``, ``177 Lutetium``, ``Lu-177``, ``Lutetium-177`` and ``^99m^Technetium``."""
    words = meaning.strip()
    match, mirrored = _MEANING.fullmatch(words), _MIRRORED.fullmatch(words)
    if match is not None:
        mass, isomer, element = match.groups()
    elif mirrored is not None:
        element, mass, isomer = mirrored.groups()
    else:
        return None
    symbol = _ELEMENTS.get(element.lower(), element.capitalize())
    return f"{symbol}-{int(mass)}{(isomer or '').lower()}" if symbol in _SYMBOLS else None


def nuclides_in_text(words: str) -> tuple[str, ...]:
    """Every recognised nuclide that free text such as ``[177Lu]Lu-DOTATATE`` or ``I-131 MIBG`` names, once each."""
    matches = [match.group() for pattern in _WITHIN for match in pattern.finditer(words)]
    found = [nuclide_from_meaning(match) for match in matches if not _PLAIN_WORD.search(match)]
    return tuple(dict.fromkeys(name for name in found if name in RECOGNISED))


@cache
def _standard_codes() -> tuple[tuple[Code, str], ...]:
    concepts = [concept for group in _GROUPS for concept in Collection(f"CID{group}").concepts.values()]
    named = [(concept, nuclide_from_meaning(concept.meaning)) for concept in concepts]
    return tuple((concept, name) for concept, name in named if name is not None)


def nuclide_from_code(value: str, scheme: str) -> str | None:
    """The nuclide of a standard code; SNOMED RT codes are known under ``SRT``, ``SNM3`` and ``99SDM``."""
    if not value or not scheme:
        return None
    came = Code(value, "SRT" if scheme in _SNOMED_RT else scheme, "")
    return next((name for concept, name in _standard_codes() if came == concept), None)


def named_nuclide(radiopharmaceutical: Dataset | None) -> NamedNuclide:
    """Resolve the nuclide of a Radiopharmaceutical Information Sequence item."""
    item = first(radiopharmaceutical, "RadionuclideCodeSequence")
    if item is None or not any(text(item, k) for k in ("CodeValue", "CodeMeaning")):
        return NamedNuclide(None, "no radionuclide code")
    value, scheme, meaning = (text(item, k) for k in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
    by_code, by_words = nuclide_from_code(value, scheme), nuclide_from_meaning(meaning)
    code = f"code {value} ({scheme})"
    if by_code and by_words and by_code != by_words:
        return NamedNuclide(None, f"{code} and meaning {meaning!r}", f"{code} is {by_code}, its meaning is {meaning!r}")
    if scheme in _STANDARD and by_code:
        return NamedNuclide(by_code, code)
    if by_words:
        return NamedNuclide(by_words, f"meaning {meaning!r} of {code}")
    return NamedNuclide(by_code, code if by_code else f"{code}, meaning {meaning!r}, not understood")
