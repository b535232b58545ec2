"""Standard codes for the names people give to regions."""

from __future__ import annotations

import re
from typing import NamedTuple

from hevesy.domain import RegionKind, Side

Code = tuple[str, str, str]


class StandardRegion(NamedTuple):
    """What a name stands for."""

    kind: RegionKind
    side: Side
    code: Code
    """Code value, coding scheme and meaning, as DICOM writes them."""


# Codes and meanings as in DICOM PS3.16, context groups 4, 644, 7151, 7192 and 8134.
_ORGANS: dict[str, tuple[str, str]] = {
    "adrenal|adrenals|adrenal gland|adrenal glands|glnd adrenal|bijnier|nebenniere": ("23451007", "Adrenal gland"),
    "bladder|urinary bladder|blaas|urineblaas|harnblase": ("89837001", "Bladder"),
    "bone|bones|skeleton": ("272673000", "Bone"),
    "bone marrow|red marrow|red bone marrow|active marrow|beenmerg|knochenmark": ("14016003", "Bone Marrow"),
    "brain|hersenen|gehirn": ("12738006", "Brain"),
    "breast|breasts": ("76752008", "Breast"),
    "colon": ("71854001", "Colon"),
    "duodenum": ("38848004", "Duodenum"),
    "gallbladder|gall bladder|galblaas|gallenblase": ("28231008", "Gallbladder"),
    "heart|hart|herz": ("80891009", "Heart"),
    "kidney|kidneys|nier|nieren|niere": ("64033007", "Kidney"),
    "lacrimal gland|lacrimal glands|lacrimal|glnd lacrimal|traanklier|tränendrüse": ("13561001", "Lacrimal gland"),
    "large intestine|large bowel|bowel large|dikke darm|dickdarm": ("14742008", "Large intestine"),
    "liver|lever|leber": ("10200004", "Liver"),
    "lung|lungs|longen|lunge|lungen": ("39607008", "Lung"),
    "ovary|ovaries": ("15497006", "Ovary"),
    "pancreas|alvleesklier|pankreas": ("15776009", "Pancreas"),
    "parotid|parotids|parotid gland|parotid glands|glnd parotid|parotis|oorspeekselklier|ohrspeicheldrüse": (
        "45289007",
        "Parotid gland",
    ),
    "prostate|prostaat|prostata": ("41216001", "Prostate"),
    "rectum": ("34402009", "Rectum"),
    "salivary gland|salivary glands|speekselklier|speekselklieren|speicheldrüse|speicheldrüsen": (
        "385294005",
        "Salivary gland",
    ),
    "small intestine|small bowel|bowel small|dunne darm|dünndarm": ("30315005", "Small intestine"),
    "spleen|milt|milz": ("78961009", "Spleen"),
    "stomach|maag|magen": ("69695003", "Stomach"),
    "submandibular|submandibulars|submandibular gland|submandibular glands|glnd submand|glnd submandibular|submand": (
        "54019009",
        "Submandibular gland",
    ),
    "testis|testes|testicle|testicles": ("40689003", "Testis"),
    "thyroid|thyroid gland|glnd thyroid|schildklier|schilddrüse": ("69748006", "Thyroid"),
    "uterus": ("35039007", "Uterus"),
}
_BY_NAME = {alias: code for aliases, code in _ORGANS.items() for alias in aliases.split("|")}
_NEOPLASM: Code = ("108369006", "SCT", "Neoplasm")

_LEFT = frozenset({"l", "lt", "left", "li", "links", "linker", "linke"})
_RIGHT = frozenset({"r", "rt", "right", "re", "rechts", "rechter", "rechte"})
_LESION = frozenset(
    {
        "lesion",
        "lesions",
        "tumor",
        "tumors",
        "tumour",
        "tumours",
        "metastasis",
        "metastases",
        "mets",
        "gtv",
        "neoplasm",
        "laesie",
        "laesies",
        "läsion",
        "läsionen",
        "metastase",
        "metastasen",
        "tumoren",
    }
)
# Words that turn a lesion or an organ into something else.
_OTHER = frozenset(
    {
        "minus",
        "without",
        "except",
        "excluding",
        "excl",
        "ex",
        "no",
        "non",
        "not",
        "free",
        "zonder",
        "ohne",
        "sub",
        "healthy",
        "normal",
        "bed",
        "margin",
        "ring",
        "shell",
        "rim",
        "background",
        "bg",
        "peri",
        "around",
        "outside",
        "ptv",
        "ctv",
        "prv",
        "dose",
        "iso",
    }
)


def standard_region(name: str) -> StandardRegion | None:
    """What a region's name stands for, or None where it is not known for certain.

    Names in the style of AAPM TG-263 ("Kidney_L", "Glnd_Submand_R") and common free names in English, Dutch and German
    are known. Only for drafting: the study states kind and side. The side of a lesion is never read from its name.

    References
    ----------
    .. [1] C. S. Mayo et al., Int. J. Radiat. Oncol. Biol. Phys. 100 (2018) 1057, doi:10.1016/j.ijrobp.2017.12.013
    """
    words = _words(name)
    if _OTHER.intersection(words) or re.search(r"\w-\s?[A-Za-z]{3,}", name) or "+" in name:  # "Liver-GTV" subtracts
        return None
    if _LESION.intersection(words) or words[-1:] == ["met"]:  # within a Dutch name "met" means "with"
        return StandardRegion(RegionKind.LESION, Side.NONE, _NEOPLASM)
    sides = {Side.LEFT for w in words if w in _LEFT} | {Side.RIGHT for w in words if w in _RIGHT}
    found = _BY_NAME.get(" ".join(w for w in words if w not in _LEFT | _RIGHT))
    if found is None or len(sides) > 1:
        return None
    side = next(iter(sides), Side.NONE)
    return StandardRegion(RegionKind.ORGAN, side, (found[0], "SCT", found[1]))


def _words(name: str) -> list[str]:
    """Lower-case words: split at punctuation, numbers and inner capitals ("LKidney", "BoneMarrow", "lesion1")."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.lower())
