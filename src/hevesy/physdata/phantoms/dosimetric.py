"""The phantoms of organ S values: hollow organs as walls and contents, organs of reproduction added."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from hevesy.domain import Side
from hevesy.physdata.phantoms.adult import SOFT_DENSITY, ornl_tm_8381_adult
from hevesy.physdata.phantoms.hollow import CONTENTS, genital_region, left_ovary, left_testis, uterus, with_walls
from hevesy.physdata.phantoms.phantom import Medium, Organ, Phantom
from hevesy.physdata.phantoms.reference import Sex, body_factors, reference_adult, to_mass
from hevesy.physdata.phantoms.solids import AbstractSolid, Triple, Union, mirrored, scaled

_SOFT_TISSUE_DENSITY = 1.03
_REPRODUCTION_G: dict[Sex, dict[str, float]] = {
    "male": {"Testis_L": 17.5, "Testis_R": 17.5},
    "female": {"Ovary_L": 5.5, "Ovary_R": 5.5, "Uterus": 80.0},
}
"""Masses of ICRP Publication 89, table 2.8. [g]"""


def _pair(name: str, left: AbstractSolid, density: float) -> tuple[Organ, Organ]:
    return (
        Organ(f"{name}_L", left, Medium.SOFT_TISSUE, density, Side.LEFT),
        Organ(f"{name}_R", mirrored(left), Medium.SOFT_TISSUE, density, Side.RIGHT),
    )


def _with_genital_region(phantom: Phantom, factors: Triple) -> Phantom:
    body = phantom.organ("Body")
    whole = Union((body.solid, _sized(genital_region(), factors)))
    return replace(phantom, organs=(*phantom.organs[:-1], replace(body, solid=whole)))


def _sized(solid: AbstractSolid, factors: Triple) -> AbstractSolid:
    return solid if factors == (1.0, 1.0, 1.0) else scaled(solid, factors)


@lru_cache(maxsize=1)
def dosimetric_ornl_adult() -> Phantom:
    """The unscaled adult of ORNL/TM-8381 with walls, contents and the organs of both sexes, as the report has them."""
    phantom = with_walls(ornl_tm_8381_adult(), CONTENTS)
    added = (
        *_pair("Ovary", left_ovary(), SOFT_DENSITY),
        Organ("Uterus", uterus(), Medium.SOFT_TISSUE, SOFT_DENSITY),
        *_pair("Testis", left_testis(), SOFT_DENSITY),
    )
    return _with_genital_region(phantom.with_first(added), (1.0, 1.0, 1.0))


@lru_cache(maxsize=2)
def dosimetric_adult(sex: Sex) -> Phantom:
    """The reference adult (masses of ICRP 89 without blood) with walls, contents and organs of reproduction."""
    factors = body_factors(sex)
    contents = {name: _sized(solid, factors) for name, solid in CONTENTS.items()}
    masses = _REPRODUCTION_G[sex]
    candidates = (
        *_pair("Ovary", _sized(left_ovary(), factors), _SOFT_TISSUE_DENSITY),
        Organ("Uterus", _sized(uterus(), factors), Medium.SOFT_TISSUE, _SOFT_TISSUE_DENSITY),
        *_pair("Testis", _sized(left_testis(), factors), _SOFT_TISSUE_DENSITY),
    )
    added = tuple(to_mass(organ, masses[organ.name]) for organ in candidates if organ.name in masses)
    phantom = with_walls(reference_adult(sex), contents).with_first(added)
    return _with_genital_region(phantom, factors) if sex == "male" else phantom
