"""What fills the organs of a phantom: compositions and densities, spongiosa as a mosaic of marrow and bone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from hevesy.domain import Citation
from hevesy.physdata.materials import Material, material
from hevesy.physdata.phantoms.phantom import Medium, Organ, Phantom
from hevesy.physdata.tables_reader import read_toml, source_citation

_ORNL = "media_ornl_tm_8381"
_ORNL_NAMES = {
    Medium.SOFT_TISSUE: "ORNL soft tissue",
    Medium.LUNG: "ORNL lung",
    Medium.BONE: "ORNL skeleton",
}
_TISSUES = ("Liver", "Spleen", "Kidney", "Pancreas", "Thyroid", "Brain", "Heart", "Testis", "Ovary")
_BY_MEDIUM = {
    Medium.SOFT_TISSUE: "soft tissue",
    Medium.ADIPOSE: "adipose",
    Medium.LUNG: "lung",
    Medium.WATER: "water",
}


@dataclass(frozen=True)
class Filling:
    """One medium of an organ."""

    material: Material
    density_g_ml: float
    volume_share: float
    """Of the organ's volume; the shares of an organ add up to one."""


def ornl_medium(medium: Medium) -> Material:
    """Soft tissue, lung or skeleton of ORNL/TM-8381."""
    name = _ORNL_NAMES[medium]
    entry = read_toml(_ORNL, "media.toml")[name]
    total = math.fsum(entry["composition"].values())
    fractions = {element: percent / total for element, percent in entry["composition"].items()}
    return Material(name, entry["density"], fractions, "", source_citation(_ORNL))


def ornl_fillings(phantom: Phantom) -> dict[str, tuple[Filling, ...]]:
    """Every organ of the unscaled adult in one of its three media."""
    return {o.name: (Filling(ornl_medium(o.medium), o.density_g_ml, 1.0),) for o in phantom.organs}


def reference_fillings(phantom: Phantom, red_marrow_mass_share: float) -> dict[str, tuple[Filling, ...]]:
    """Every organ of the reference adult in tissues of ICRU 44 and 46; spongiosa by its share of red marrow."""
    return {o.name: _filling(o, red_marrow_mass_share) for o in phantom.organs}


def _filling(organ: Organ, red_marrow_mass_share: float) -> tuple[Filling, ...]:
    if organ.medium is Medium.SPONGIOSA:
        return spongiosa_fillings(organ.density_g_ml, red_marrow_mass_share)
    if organ.medium is Medium.BONE:
        return (Filling(_whole_bone(organ.density_g_ml), organ.density_g_ml, 1.0),)
    tissue = next((t for t in _TISSUES if organ.name.startswith(t)), _BY_MEDIUM[organ.medium])
    return (Filling(material(tissue), organ.density_g_ml, 1.0),)


def spongiosa_fillings(density_g_ml: float, red_marrow_mass_share: float) -> tuple[Filling, Filling, Filling]:
    r"""Red marrow, yellow marrow and trabecular bone of spongiosa.

    The mass share *r* of red marrow is given; those of bone *b* and yellow marrow :math:`1 - r - b` follow from the
    density of the whole, :math:`1/\rho = \sum_i w_i / \rho_i`. Trabecular bone has the composition of cortical bone.

    Raises
    ------
    ValueError
        If no such mixture has this density.
    """
    red, yellow, bone = material("red marrow"), material("yellow marrow"), material("cortical bone")
    r = red_marrow_mass_share
    ratio = r / red.density_g_ml + (1.0 - r) / yellow.density_g_ml - 1.0 / density_g_ml
    b = ratio / (1.0 / yellow.density_g_ml - 1.0 / bone.density_g_ml)
    if not (0.0 <= r <= 1.0 and 0.0 <= b <= 1.0 - r):
        raise ValueError(f"expected a density that marrow and bone can have, but {density_g_ml:g} g/ml came")
    shares = ((red, r), (yellow, 1.0 - r - b), (bone, b))
    first, second, third = (Filling(m, m.density_g_ml, w * density_g_ml / m.density_g_ml) for m, w in shares)
    return first, second, third


@cache
def _whole_bone(density_g_ml: float) -> Material:
    """Cortical bone with the yellow marrow that brings it to a density, as one medium."""
    bone, marrow = material("cortical bone"), material("yellow marrow")
    share = (1.0 / marrow.density_g_ml - 1.0 / density_g_ml) / (1.0 / marrow.density_g_ml - 1.0 / bone.density_g_ml)
    elements = sorted({*bone.mass_fractions, *marrow.mass_fractions})
    mixed = {
        e: share * bone.mass_fractions.get(e, 0.0) + (1.0 - share) * marrow.mass_fractions.get(e, 0.0) for e in elements
    }
    note = f"cortical bone with {100 * (1 - share):.0f} % by mass of yellow marrow"
    return replace(bone, name="bone with marrow", density_g_ml=density_g_ml, mass_fractions=mixed, note=note)


def media_citation() -> Citation:
    """Where the media of the unscaled adult come from."""
    return source_citation(_ORNL)
