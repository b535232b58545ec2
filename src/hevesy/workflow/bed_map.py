"""The map of biologically effective dose, where the study states the biology of a region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.biology import curve_g_factor, voxel_bed
from hevesy.domain import Image, Quantity, Region
from hevesy.workflow.courses import RegionCourse

_HOUR = 3600.0


@dataclass(frozen=True)
class RegionBiology:
    """What the BED of one region's voxels follows from."""

    region: str
    alpha_beta_gy: float
    repair_half_time_s: float
    g: float
    """Protraction factor of the region's fitted curve. [1]"""


@dataclass(frozen=True)
class BedMap:
    """Biologically effective dose of every voxel in a region of stated biology; zero elsewhere, which means none."""

    image: Image
    """[Gy]"""
    regions: tuple[RegionBiology, ...]

    @property
    def comment(self) -> str:
        """The model in words; its first 64 characters say the most."""
        shared = {(b.alpha_beta_gy, b.repair_half_time_s) for b in self.regions}
        (alpha_beta, repair), *others = shared
        short = f"BED LQ a/b {alpha_beta:g} Gy Trep {repair / _HOUR:.3g} h; 0: no BED stated"
        if others or len(short) > 64:
            short = "BED LQ, a/b by region in Derivation Description; 0: none stated"
        return (
            f"{short}. BED = D(1 + G D/(a/b)) with the absorbed dose D of the map, uncorrected for proliferation; G by "
            f"the region's fitted curve. {'; '.join(_words(b) for b in self.regions)}. Only these regions have a BED: "
            "voxels outside them hold 0, which means that none is stated."
        )


def _words(biology: RegionBiology) -> str:
    return (
        f"{biology.region}: a/b {biology.alpha_beta_gy:g} Gy, "
        f"repair half-time {biology.repair_half_time_s / _HOUR:.4g} h, G {biology.g:.5f}"
    )


def bed_map(dose: Image, regions: Mapping[str, Region], courses: Sequence[RegionCourse]) -> BedMap | None:
    """Biologically effective dose of the map's voxels; None where no region has a stated biology and a curve.

    A voxel in a region follows the region's fitted curve with its own amplitude (see
    :func:`hevesy.workflow.mapping.dose_map`), so the protraction factor of that curve is the voxel's. Voxels outside
    regions with stated alpha/beta and repair half-time have no BED; they hold 0.

    Parameters
    ----------
    dose
        Absorbed dose. Shape ``(z, y, x)``. [Gy]
    regions
        On the map's grid, each voxel in one region at most.
    courses
        Of the regions, with their settings.

    Raises
    ------
    ValueError
        If the map is no absorbed dose.
    """
    if dose.quantity is not Quantity.ABSORBED_DOSE:
        raise ValueError(f"expected an absorbed dose, but {dose.quantity.name} came")
    values = np.zeros(dose.grid.shape)
    known = []
    for course in courses:
        region, biology = regions.get(course.settings.name), _biology(course)
        if region is None or biology is None:
            continue
        within = np.asarray(dose.values[region.mask], dtype=np.float64)
        values[region.mask] = voxel_bed(within, biology.g, biology.alpha_beta_gy)
        known.append(biology)
    if not known:
        return None
    return BedMap(Image(dose.grid, values, Quantity.BIOLOGICALLY_EFFECTIVE_DOSE), tuple(known))


def _biology(course: RegionCourse) -> RegionBiology | None:
    settings = course.settings
    alpha_beta, repair = settings.alpha_beta_gy, settings.repair_half_time_s
    if alpha_beta is None or repair is None or course.fitted is None:
        return None
    g = curve_g_factor(course.fitted, repair).value
    return RegionBiology(settings.name, alpha_beta.value, repair.value, g)
