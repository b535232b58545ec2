r"""Where the microspheres stay: the share of the activity in every voxel of the truth.

What is injected at a position, less what is shunted to the lungs, parts between its compartments by mass times ratio,

.. math:: a_c = s\,(1 - L)\,\frac{r_c m_c}{\sum_{c'} r_{c'} m_{c'}}

and within each compartment by a log-normal field whose mean there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.physdata.phantoms import fractions
from hevesy.simulate.scanner import Images
from hevesy.simulate.seeds import generator
from hevesy.simulate.tare.liver import Compartment, VirtualLiver, clump, compartments
from hevesy.simulate.tare.options import TareOptions, Variant
from hevesy.simulate.tare.scenario import TareScenario

_POINT_MM = 0.8
"""Distance of the points that shares of voxels are sampled with. [mm]"""


@dataclass(frozen=True)
class Piece:
    """A compartment on the voxels of the truth."""

    compartment: Compartment
    filled: Images
    """Share of each voxel. Shape ``(z, y, x)``."""
    volume_ml: float

    @property
    def mass_g(self) -> float:
        """Mass. [g]"""
        return self.volume_ml * self.compartment.density_g_ml


@dataclass(frozen=True)
class Splitting:
    """How activity parts between compartments."""

    ratios: Mapping[str, float]
    """By tumour."""
    activity_shares: Mapping[str, float]
    """By position; they add up to one."""
    lung_shunt: float
    extrahepatic: float


@dataclass(frozen=True)
class Clump:
    """A part of one tumour's activity in one place."""

    tumour: str
    share: float
    """Of the tumour's activity."""
    image: Images
    """Share of the clump in each voxel. Shape ``(z, y, x)``."""


@dataclass(frozen=True)
class Deposition:
    """Where the activity of one injection is."""

    splitting: Splitting
    pieces: tuple[Piece, ...]
    shares: NDArray[np.float64]
    """Of the activity, in each piece; they add up to one."""
    image: Images
    """Share of the activity in each voxel. Shape ``(z, y, x)``."""


def voxelised(liver: VirtualLiver, grid: Grid) -> tuple[Piece, ...]:
    """All compartments on a grid, without those that are empty."""
    pieces = []
    for compartment in compartments(liver):
        filled = fractions(compartment.solid, grid, supersample=_points(grid))
        volume = float(filled.sum(dtype=np.float64)) * grid.voxel_volume_ml
        if volume > 0.0:
            pieces.append(Piece(compartment, filled, volume))
    return tuple(pieces)


def treatment_splitting(scenario: TareScenario, options: TareOptions) -> Splitting:
    """As the scenario says."""
    return Splitting(
        {tumour.name: tumour.ratio for tumour in scenario.tumours},
        {territory.position: territory.activity_share for territory in scenario.territories},
        scenario.lung_shunt,
        scenario.extrahepatic_share if Variant.EXTRAHEPATIC in options.variants else 0.0,
    )


def scout_splitting(scenario: TareScenario, options: TareOptions) -> Splitting:
    """Drawn around the treatment's; the same where deposition is uniform."""
    treatment, scout = treatment_splitting(scenario, options), scenario.scout
    if Variant.UNIFORM in options.variants:
        return treatment
    rng = generator(options.seed, "scout")
    ratios = {name: ratio * _factor(rng, scout.ratio_spread) for name, ratio in treatment.ratios.items()}
    drawn = {name: share * _factor(rng, scout.activity_spread) for name, share in treatment.activity_shares.items()}
    total = sum(drawn.values())
    shunt = treatment.lung_shunt * _factor(rng, scout.shunt_spread)
    return Splitting(ratios, {name: share / total for name, share in drawn.items()}, shunt, treatment.extrahepatic)


def deposited(
    scenario: TareScenario, pieces: tuple[Piece, ...], splitting: Splitting, field: Images, dense: Clump | None = None
) -> Deposition:
    """Share of the activity in every voxel.

    Parameters
    ----------
    scenario
        Of which the unevenness.
    pieces
        Compartments on the voxels.
    splitting
        How the activity parts.
    field
        Standard normal field of the unevenness. Shape ``(z, y, x)``.
    dense
        Takes its share of one tumour's activity evenly from the rest of it: compartments keep their activity.
    """
    shares = _shares(pieces, splitting)
    image = np.zeros(field.shape, dtype=np.float32)
    for piece, share in zip(pieces, shares, strict=True):
        moved = dense.share if dense is not None and dense.tumour == piece.compartment.name else 0.0
        weights = piece.filled * _pattern(scenario, piece, field)
        image += weights * np.float32(share * (1.0 - moved) / weights.sum(dtype=np.float64))
        if dense is not None and moved:
            image += dense.image * np.float32(share * moved)
    return Deposition(splitting, pieces, shares, image)


def clump_on(liver: VirtualLiver, grid: Grid) -> Clump | None:
    """The clump of a holmium scenario on a grid; None where there is none."""
    solid, holmium = clump(liver), liver.scenario.holmium
    if solid is None or holmium is None or not holmium.clump_share:
        return None
    filled = fractions(solid, grid, supersample=4 * _points(grid))
    image: Images = (filled / filled.sum(dtype=np.float64)).astype(np.float32)
    return Clump(holmium.clump_tumour, holmium.clump_share, image)


def normal_field(options: TareOptions, role: str, size_mm: float, grid: Grid) -> Images:
    """Standard normal values that neighbours share over a distance; zero where deposition is uniform."""
    if Variant.UNIFORM in options.variants:
        return np.zeros(grid.shape, dtype=np.float32)
    white = generator(options.seed, "unevenness", role).standard_normal(grid.shape, dtype=np.float32)
    smooth = ndimage.gaussian_filter(white, [size_mm / s for s in grid.spacing_mm[::-1]], mode="wrap", truncate=4.0)
    field: Images = (smooth / smooth.std(dtype=np.float64)).astype(np.float32)
    return field


def correlated(first: Images, other: Images, likeness: float) -> Images:
    """A standard normal field with a correlation to the first one."""
    mixed: Images = (likeness * first + np.sqrt(1.0 - likeness**2) * other).astype(np.float32)
    return mixed


def _points(grid: Grid) -> int:
    return max(round(grid.spacing_mm[0] / _POINT_MM), 3)


def _factor(rng: np.random.Generator, spread: float) -> float:
    return float(np.exp(np.sqrt(np.log1p(spread**2)) * rng.standard_normal()))


def _shares(pieces: tuple[Piece, ...], splitting: Splitting) -> NDArray[np.float64]:
    in_liver = (1.0 - splitting.lung_shunt) * (1.0 - splitting.extrahepatic)
    groups = {position: in_liver * share for position, share in splitting.activity_shares.items()}
    groups |= {"lung": splitting.lung_shunt, "extrahepatic": (1.0 - splitting.lung_shunt) * splitting.extrahepatic}
    weights = np.array([piece.mass_g * splitting.ratios.get(piece.compartment.name, 1.0) for piece in pieces])
    keys = [_group(piece.compartment) for piece in pieces]
    totals = {key: sum(w for k, w in zip(keys, weights, strict=True) if k == key) for key in keys}
    return np.array([groups[key] * weight / totals[key] for key, weight in zip(keys, weights, strict=True)])


def _group(compartment: Compartment) -> str:
    return compartment.position or ("lung" if compartment.name.startswith("Lung") else "extrahepatic")


def _pattern(scenario: TareScenario, piece: Piece, field: Images) -> Images:
    """A log-normal field with the unevenness of the piece; one in lungs and deposits."""
    if piece.compartment.position is None:
        return np.ones(field.shape, dtype=np.float32)
    normal = piece.compartment.name == "normal"
    spread = scenario.unevenness.normal if normal else scenario.unevenness.tumour
    pattern: Images = np.exp(np.float32(np.sqrt(np.log1p(spread**2))) * field)
    return pattern
