"""The stylised adult brought to the organ masses of ICRP Publication 89, with glands, marrow and fat added.

Own additions to the surfaces of ORNL/TM-8381, none of them published geometry:

- salivary glands as ellipsoids in the head (parotid, submandibular, sublingual, left and right);
- spongiosa as the inside of spine, pelvis, ribs, cranium and the upper 15 cm of the leg bones, below a cortical rim;
- a rim of subcutaneous fat in the trunk.

References
----------
.. [1] ICRP Publication 89, Basic anatomical and physiological data for use in radiological protection: reference
   values, Ann. ICRP 32 (3-4) (2002), table 2.8.
.. [2] ICRP Publication 110, Adult reference computational phantoms, Ann. ICRP 39 (2) (2009), densities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from hevesy.domain import Side
from hevesy.physdata.phantoms import adult
from hevesy.physdata.phantoms.measure import centroid, volume
from hevesy.physdata.phantoms.phantom import Medium, Organ, Phantom
from hevesy.physdata.phantoms.solids import (
    AbstractSolid,
    Box,
    Difference,
    Ellipsoid,
    Intersection,
    Triple,
    Union,
    elliptic_cylinder,
    mirrored,
    scaled,
)

Sex = Literal["male", "female"]
_INF = np.inf


@dataclass(frozen=True)
class ReferenceAdult:
    """Reference values of one sex: masses in ICRP 89, densities in ICRP 110."""

    height_cm: float
    body_mass_g: float
    red_marrow_g: float
    masses_g: dict[str, float]
    """By organ name; paired organs with the mass of one side."""


_MALE = ReferenceAdult(
    176.0,
    73_000.0,
    1170.0,
    {
        "Liver": 1800.0,
        "Spleen": 150.0,
        "Kidney_L": 155.0,
        "Kidney_R": 155.0,
        "Adrenal_L": 7.0,
        "Adrenal_R": 7.0,
        "Pancreas": 140.0,
        "Thymus": 25.0,
        "Thyroid": 20.0,
        "Parotid_L": 25.0,
        "Parotid_R": 25.0,
        "Submandibular_L": 12.5,
        "Submandibular_R": 12.5,
        "Sublingual_L": 5.0,
        "Sublingual_R": 5.0,
    },
)
_FEMALE = ReferenceAdult(
    163.0,
    60_000.0,
    900.0,
    {
        "Liver": 1400.0,
        "Spleen": 130.0,
        "Kidney_L": 137.5,
        "Kidney_R": 137.5,
        "Adrenal_L": 6.5,
        "Adrenal_R": 6.5,
        "Pancreas": 120.0,
        "Thymus": 20.0,
        "Thyroid": 17.0,
        # ICRP 89 gives 70 g for all glands; divided as in the male
        "Parotid_L": 25.0 * 70 / 85,
        "Parotid_R": 25.0 * 70 / 85,
        "Submandibular_L": 12.5 * 70 / 85,
        "Submandibular_R": 12.5 * 70 / 85,
        "Sublingual_L": 5.0 * 70 / 85,
        "Sublingual_R": 5.0 * 70 / 85,
    },
)
REFERENCE: dict[Sex, ReferenceAdult] = {"male": _MALE, "female": _FEMALE}

_DENSITIES = {
    "Liver": 1.05,
    "Spleen": 1.04,
    "Kidney_L": 1.05,
    "Kidney_R": 1.05,
    "Adrenal_L": 1.03,
    "Adrenal_R": 1.03,
    "Pancreas": 1.05,
    "Thymus": 1.03,
    "Thyroid": 1.04,
    "Brain": 1.05,
    "Heart": 1.05,
    "Lung_L": 0.384,
    "Lung_R": 0.384,
    "Urinary_bladder": 1.04,
}
_GLAND_DENSITY = 1.03
_SPONGIOSA_DENSITY = 1.12
_BONE_DENSITY = 1.6
_ADIPOSE_DENSITY = 0.95
_RIM_CM = 0.1
_SOFT_TISSUE_DENSITY = 1.03


def _glands() -> tuple[Organ, ...]:
    left: tuple[tuple[str, Triple, Triple], ...] = (
        ("Parotid", (6.5, 2.0, 78.5), (1.1, 2.2, 2.4)),
        ("Submandibular", (3.5, -3.8, 74.9), (1.2, 1.6, 1.5)),
        ("Sublingual", (1.2, -6.0, 77.0), (0.8, 1.2, 1.2)),
    )
    glands: list[Organ] = []
    for name, center, semi in left:
        solid = Ellipsoid(center, semi)
        glands.append(Organ(f"{name}_L", solid, Medium.SOFT_TISSUE, _GLAND_DENSITY, Side.LEFT))
        glands.append(Organ(f"{name}_R", mirrored(solid), Medium.SOFT_TISSUE, _GLAND_DENSITY, Side.RIGHT))
    return tuple(glands)


def _spongiosa() -> AbstractSolid:
    femora = Intersection((adult.leg_bones(inset=0.5), Box((-_INF, -_INF, -15.0), (_INF, _INF, -0.5))))
    vertebrae = adult.spine(inset=0.3)
    return Union((vertebrae, adult.pelvis(inset=_RIM_CM), adult.ribs(inset=_RIM_CM), adult.cranium(inset=0.2), femora))


def _fat() -> AbstractSolid:
    abdomen = elliptic_cylinder((-1.0, 34.5), (18.6, 8.9))
    thorax = elliptic_cylinder((34.5, 71.0), (19.3, 9.85))
    return Difference(adult.trunk(), Union((abdomen, thorax)))


def _media(organ: Organ) -> Organ:
    if organ.medium is Medium.BONE:
        return replace(organ, density_g_ml=_BONE_DENSITY, published_volume_ml=None)
    density = _DENSITIES.get(organ.name, _SOFT_TISSUE_DENSITY)
    medium = Medium.WATER if organ.name == "Urinary_bladder" else organ.medium
    return replace(organ, density_g_ml=density, medium=medium, published_volume_ml=None)


def to_mass(organ: Organ, mass_g: float) -> Organ:
    """The organ scaled about its own centre to a mass. [g]"""
    factor = (mass_g / organ.density_g_ml / volume(organ.solid)) ** (1 / 3)
    return replace(organ, solid=scaled(organ.solid, (factor, factor, factor), centroid(organ.solid)))


def body_factors(sex: Sex) -> Triple:
    """Factors along x, y, z from the body of ORNL/TM-8381 to the reference body of one sex."""
    if sex == "male":
        return (1.0, 1.0, 1.0)
    male, female = REFERENCE["male"], REFERENCE[sex]
    along = female.height_cm / male.height_cm
    across = (female.body_mass_g / male.body_mass_g / along) ** 0.5
    return (across, across, along)


@lru_cache(maxsize=2)
def reference_adult(sex: Sex) -> Phantom:
    """The adult with organ masses of ICRP 89, each organ scaled about its own centre.

    The male keeps the body of ORNL/TM-8381 (73 kg); the female's is scaled along z by the ratio of the reference
    heights and across so that the body masses have the reference ratio. Organs that ICRP 89 lists only with or
    without blood or contents (heart, lungs, gut, bladder, brain) keep the size that follows from the body.
    """
    own = {o.name: o for o in adult.ornl_tm_8381_adult().organs}
    fat = Organ("Subcutaneous_fat", _fat(), Medium.ADIPOSE, _ADIPOSE_DENSITY)
    spongiosa = Organ("Spongiosa", _spongiosa(), Medium.SPONGIOSA, _SPONGIOSA_DENSITY)
    body = own.pop("Body")
    bones = [o for o in own.values() if o.medium is Medium.BONE]
    rest = [o for o in own.values() if o.medium is not Medium.BONE]
    factors = body_factors(sex)
    masses = REFERENCE[sex].masses_g
    organs = []
    for organ in (*map(_media, rest), *_glands(), spongiosa, *map(_media, bones), fat, _media(body)):
        sized = organ if factors == (1.0, 1.0, 1.0) else replace(organ, solid=scaled(organ.solid, factors))
        organs.append(to_mass(sized, masses[organ.name]) if organ.name in masses else sized)
    return Phantom(f"Reference adult {sex}", tuple(organs), "ORNL/TM-8381 surfaces, ICRP 89 masses")


def red_marrow_share(sex: Sex) -> float:
    """Mass share of red marrow in the phantom's spongiosa: reference red marrow over spongiosa mass."""
    spongiosa = reference_adult(sex).organ("Spongiosa")
    return REFERENCE[sex].red_marrow_g / (volume(spongiosa.solid) * spongiosa.density_g_ml)
