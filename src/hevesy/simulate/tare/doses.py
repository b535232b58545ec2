r"""Absorbed doses of the truth: what each region holds, and what it gets from that.

Microspheres stay, so that :math:`\tilde A = A\,T_{1/2} / \ln 2`. Local deposition leaves the mean energy of the
electrons where the decay is: the mean absorbed dose of a region follows from its activity and mass without any image.
The kernel engine carries electrons and photons as well.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Quantity
from hevesy.physdata import decay_dose_factor, material, nuclide, parent_emissions
from hevesy.physdata.phantoms import block_of
from hevesy.simulate.scanner import Images
from hevesy.simulate.tare.case import Case
from hevesy.simulate.tare.ct import densities, labels
from hevesy.simulate.tare.deposition import Deposition
from hevesy.simulate.tare.scans import rebinned
from hevesy.transport import engine
from hevesy.transport.mc.geometry import Outside, VoxelGeometry

_KG_PER_G = 1e-3
_RANGE_MM = 12.0
"""Farther than electrons of Y-90 and Ho-166 go in water."""
_OUTSIDE = frozenset({"lungs", "extrahepatic"})


@dataclass(frozen=True)
class TrueRegion:
    """A volume whose dose is known."""

    name: str
    pieces: tuple[int, ...]
    """Numbers of the compartments that it holds."""
    volume_ml: float
    mass_g: float


def true_regions(case: Case) -> Iterator[TrueRegion]:
    """Tumours, normal tissue by territory and as a whole, perfused volumes, the liver, lungs, a deposit."""
    keys = [(piece.compartment.name, piece.compartment.position) for piece in case.treatment.pieces]
    perfused = {territory.position: territory.region for territory in case.scenario.perfused}

    def chosen(name: str, numbers: list[int]) -> TrueRegion:
        own = [case.treatment.pieces[n] for n in numbers]
        return TrueRegion(name, tuple(numbers), sum(p.volume_ml for p in own), sum(p.mass_g for p in own))

    def numbers(name: str | None = None, positions: Collection[str] | None = None) -> list[int]:
        return [
            n
            for n, (own, position) in enumerate(keys)
            if (name is None or own == name) and (positions is None or position in positions)
        ]

    for tumour in case.scenario.tumours:
        yield chosen(tumour.name, numbers(tumour.name))
    for position, region in perfused.items():
        yield chosen(f"normal:{position}", numbers("normal", {position}))
        yield chosen(region, numbers(None, {position}))
    yield chosen("normal_perfused", numbers("normal", perfused))
    yield chosen("whole_normal", numbers("normal"))
    yield chosen("Liver", numbers(None, {territory.position for territory in case.scenario.territories}))
    yield chosen("lungs", numbers("Lung_L") + numbers("Lung_R"))
    yield chosen("extrahepatic", numbers("extrahepatic"))


def activity_shares(deposition: Deposition, region: TrueRegion) -> float:
    """Share of an injection's activity in a region. A ratio."""
    return float(deposition.shares[list(region.pieces)].sum())


def local_dose_gy(name: str, activity_bq: float, mass_g: float) -> float:
    """Mean absorbed dose of a region by local deposition of electrons, without end. [Gy]"""
    return decay_dose_factor(name).value * activity_bq / (mass_g * _KG_PER_G)


def kernel_doses(case: Case) -> dict[str, float]:
    """Mean absorbed dose of every region in the liver by convolution with voxel S values. [Gy]

    On the voxels of the truth around the liver; what the lungs hold is left out.
    """
    grid, truth = _around_liver(case), case.grids.truth
    density = densities(case, labels(case, grid))
    per_bq = nuclide(case.nuclide).half_life_s / math.log(2.0) * case.delivered_bq
    decays = rebinned(case.treatment.image, truth, grid).astype(np.float64) * (per_bq / grid.voxel_volume_ml)
    x, y, z = (s / 10.0 for s in grid.spacing_mm)
    tissue = (material("average soft tissue"),)
    geometry = VoxelGeometry((x, y, z), np.zeros(grid.shape, dtype=np.uint8), density, tissue, Outside.VACUUM)
    source = Image(grid, decays, Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    dose = engine("kernel").dose_map(parent_emissions(nuclide(case.nuclide)), source, geometry).image.values
    masses = [rebinned(piece.filled, truth, grid) * density for piece in case.treatment.pieces]
    within = [region for region in true_regions(case) if region.name not in _OUTSIDE]
    return {region.name: _mean(dose, [masses[n] for n in region.pieces]) for region in within}


def _around_liver(case: Case) -> Grid:
    """The voxels of the truth that electrons from the liver can reach."""
    grid = case.grids.truth
    block = block_of(case.liver.drawn["Liver"], grid)
    if block is None:
        raise ValueError("expected the liver on the grid of the truth, but it lies outside")
    margins = [math.ceil(_RANGE_MM / s) for s in grid.spacing_mm[::-1]]
    first = [max(s.start - m, 0) for s, m in zip(block, margins, strict=True)]
    last = [min(s.stop + m, n) for s, m, n in zip(block, margins, grid.shape, strict=True)]
    nz, ny, nx = (b - a for a, b in zip(first, last, strict=True))
    x, y, z = (float(v) for v in grid.points(np.array(first[::-1], dtype=np.float64)))
    return replace(grid, shape=(nz, ny, nx), origin_mm=(x, y, z))


def _mean(dose: NDArray[np.float64], masses: list[Images]) -> float:
    """Mean by mass."""
    weights = np.sum(masses, axis=0, dtype=np.float64)
    return float((dose * weights).sum() / weights.sum())
