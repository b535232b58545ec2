"""Mean concentrations of tumours, normal tissue and lungs on a scout, as imaged and with spill undone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.decide.tare import Compartment
from hevesy.errors import InputError
from hevesy.numerics.geometric_transfer import Transfer, collected, concentrations, transfer
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.numerics.response import NARROWEST, Part, Response, blur, part_of
from hevesy.quantities import Uncertain, scaled
from hevesy.workflow.tare.images.scout_maps import ScoutMaps

Floats = NDArray[np.float64]
LUNGS, REST = "lungs", "other liver"
_FEWEST_VOXELS = 1.0
_STEP = 0.05
_FAINT = 1e-6


def tumour_key(tumour: str, position: str) -> str:
    """Key of the part of a tumour that a position perfuses."""
    return f"{tumour} from {position}"


def normal_key(position: str) -> str:
    """Key of the normal tissue that a position perfuses."""
    return f"normal from {position}"


@dataclass(frozen=True)
class _Place:
    """A compartment of one scout."""

    key: str
    shares: Floats
    position: str | None
    tumour: str | None


@dataclass(frozen=True)
class Moved:
    """Concentrations with the scout moved by its standard uncertainty along one axis, forth and back."""

    name: str
    imaged: tuple[Mapping[str, float], Mapping[str, float]]
    corrected: tuple[Mapping[str, float], Mapping[str, float]]


@dataclass(frozen=True)
class ScoutConcentrations:
    """What one scout shows in every compartment, in its own unit per voxel."""

    voxels: Mapping[str, float]
    """Number of voxels."""
    imaged: Mapping[str, float]
    corrected: Mapping[str, float]
    """By the geometric transfer matrix."""
    per_resolution: Mapping[str, float]
    """Change of ``corrected`` for one standard uncertainty of the resolution."""
    noise: Mapping[str, float]
    """Standard uncertainty of ``imaged`` by noise."""
    variance_per_value: float
    """Variance of a voxel over its value, in the normal tissue."""
    moved: tuple[Moved, ...]
    """What the place of the scout changes, along each axis."""
    tissues: tuple[Compartment, ...]
    """Of the liver, with the counts that belong to each: those of a voxel by shares of its volume as imaged, or by what
    each would show of it with the spill between them undone."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the compartments."""
        return tuple(self.voxels)

    def concentration(self, key: str, *, corrected: bool) -> Uncertain:
        """Mean concentration with its noise and its partial volume.

        Uncorrected, the difference to the corrected value is its standard uncertainty.
        """
        imaged, other = self.imaged[key], self.corrected[key]
        value = other if corrected else imaged
        spill = self.per_resolution[key] if corrected else other - imaged
        grown = max(other / imaged, 1.0) if corrected and imaged > 0.0 else 1.0
        found = {f"scout-noise:{key}": grown * self.noise[key], "partial-volume:scout": spill}
        for one in self.moved:
            forth, back = (way[key] - value for way in (one.corrected if corrected else one.imaged))
            found[f"registration:{one.name}"] = 0.5 * (forth - back)
            found[f"registration:{one.name}, either way"] = 0.5 * (forth + back)
        return Uncertain(value, found)

    def content(self, key: str, *, corrected: bool) -> Uncertain:
        """The same times the number of voxels."""
        return scaled(self.concentration(key, corrected=corrected), self.voxels[key])


def seen_by(maps: ScoutMaps, number: int) -> ScoutConcentrations:
    """Measure one scout.

    Parameters
    ----------
    maps
        Images and volumes.
    number
        Of the scout in the plan.

    Raises
    ------
    InputError
        If a compartment is smaller than a voxel, or they cannot be told apart at the resolution.
    """
    places, image = _compartments(maps, number), maps.scouts[number]
    shares = {one.key: one.shares for one in places}
    resolution = maps.outline.images.resolution
    voxels = {key: float(part.sum()) for key, part in shares.items()}
    imaged = _means(shares, image)
    parts = {key: part_of(part.astype(np.float32)) for key, part in shares.items()}
    sharp = _transfer(parts, maps, resolution.fwhm)
    corrected = _corrected(sharp, parts, image)
    predicted = _predicted(sharp, parts, corrected, image.shape)
    wider = _corrected(_transfer(parts, maps, resolution.fwhm * (1.0 + _STEP)), parts, image)
    per_mm = {key: (wider[key] - corrected[key]) / (_STEP * resolution.fwhm) for key in shares}
    spread = _spread(image - predicted, shares, imaged)
    return ScoutConcentrations(
        voxels, imaged, corrected,
        {key: slope * resolution.standard_uncertainty for key, slope in per_mm.items()},
        _noise(maps, spread, shares, imaged), spread, tuple(_moves(maps, number, shares, sharp)),
        _tissues(places, image, corrected if resolution.partial_volume == "corrected" else None, predicted),
    )  # fmt: skip


def _compartments(maps: ScoutMaps, number: int) -> list[_Place]:
    mine = [position for position, scout in maps.scout_of.items() if scout == number]
    shares = maps.shares
    found = []
    for position in mine:
        found.append(_Place(normal_key(position), shares.normal(position), position, None))
        found += [
            _Place(tumour_key(tumour, position), shares.part(tumour, position), position, tumour)
            for tumour in shares.tumours
            if shares.share_of_tumour(tumour, position)
        ]
    for one in found:
        if one.shares.sum() < _FEWEST_VOXELS:
            expected = "tumours and normal tissue of a voxel or more in every territory"
            raise InputError(expected, f"less of {one.key} came", "images")
    others = np.maximum(shares.liver - sum((shares.territories[position] for position in mine), np.zeros(())), 0.0)
    found.append(_Place(REST, others, None, None))
    if maps.outline.images.lungs:
        found.append(_Place(LUNGS, np.asarray(maps.lungs * (1.0 - shares.liver)), None, None))
    return [one for one in found if one.shares.sum() >= _FEWEST_VOXELS]


def _tissues(
    places: Sequence[_Place], image: Floats, corrected: Mapping[str, float] | None, predicted: Floats
) -> tuple[Compartment, ...]:
    r"""Counts of each compartment of the liver, from zero on.

    Corrected, by the region-based voxelwise rule: a voxel times what the compartment's own, unblurred share makes of
    what all of them would show there, :math:`c_k s_k / \sum_j c_j b_j`.

    References
    ----------
    .. [1] B. A. Thomas et al., Phys. Med. Biol. 61 (2016) 7975, doi:10.1088/0031-9155/61/22/7975
    """
    counts = np.maximum(image, 0.0)
    if corrected is not None:
        counts = np.divide(counts, predicted, out=np.zeros_like(counts), where=predicted > _FAINT * predicted.max())
    found = []
    for one in places:
        if one.key == LUNGS:
            continue
        level = 1.0 if corrected is None else max(corrected[one.key], 0.0)
        index = np.flatnonzero(one.shares > 0.0)
        share = one.shares.ravel()[index]
        found.append(Compartment(one.position, one.tumour, index, share, level * share * counts.ravel()[index]))
    return tuple(found)


def _blurred(part: Part, maps: ScoutMaps, fwhm_mm: float) -> Part:
    """As the scout would show it; one finer than voxels can show has their own width only."""
    if maps.outline.images.resolution.fwhm < NARROWEST * max(maps.grid.spacing_mm):
        return part
    sigma = sigma_of_fwhm(fwhm_mm)
    sx, sy, sz = maps.grid.spacing_mm
    response = Response((sz, sy, sx), (0.0, 0.0), (sigma, sigma), (sigma, sigma), 0.0)
    return blur(part, maps.grid.shape, response)


def _means(shares: Mapping[str, Floats], image: Floats) -> dict[str, float]:
    return {key: float((part * image).sum() / part.sum()) for key, part in shares.items()}


def _transfer(parts: Mapping[str, Part], maps: ScoutMaps, fwhm_mm: float) -> Transfer:
    return transfer(list(parts.values()), [_blurred(part, maps, fwhm_mm) for part in parts.values()])


def _corrected(found: Transfer, keys: Iterable[str], image: Floats) -> dict[str, float]:
    """Concentrations by the geometric transfer matrix."""
    try:
        values = concentrations(found.matrix, collected(found.shares, image))
    except ValueError as error:
        raise InputError("regions that the scout can tell apart", str(error), "images.regions") from error
    return dict(zip(keys, values.tolist(), strict=True))


def _predicted(found: Transfer, keys: Iterable[str], values: Mapping[str, float], shape: tuple[int, ...]) -> Floats:
    """The image that the compartments would make."""
    image = np.zeros(shape)
    for key, part in zip(keys, found.blurred, strict=True):
        image[part.box] += values[key] * part.values
    return image


def _moves(maps: ScoutMaps, number: int, shares: Mapping[str, Floats], sharp: Transfer) -> Iterator[Moved]:
    distance = maps.outline.images.registration_standard_uncertainty
    if not distance:
        return
    for axis, (name, step) in enumerate(zip("zyx", maps.grid.spacing_mm[::-1], strict=True)):
        there = [0.0, 0.0, 0.0]
        there[axis] = distance / step
        ways = [ndimage.shift(maps.scouts[number], np.multiply(sign, there), order=1) for sign in (1.0, -1.0)]
        first, second = (_means(shares, image) for image in ways)
        forth, back = (_corrected(sharp, shares, image) for image in ways)
        yield Moved(f"scout {number} {name}", (first, second), (forth, back))


def _spread(residual: Floats, shares: Mapping[str, Floats], imaged: Mapping[str, float]) -> float:
    """Variance over value of what the compartments leave unexplained in the largest territory's normal tissue."""
    normal = max((key for key in shares if key.startswith("normal from")), key=lambda key: shares[key].sum())
    weight, level = shares[normal], imaged[normal]
    return float((weight * residual**2).sum() / weight.sum()) / level if level > 0.0 else 0.0


def _noise(
    maps: ScoutMaps, variance_per_value: float, shares: Mapping[str, Floats], imaged: Mapping[str, float]
) -> dict[str, float]:
    r"""Standard uncertainty of means by noise.

    White noise blurred to the resolution keeps one independent value in each :math:`(2 \sqrt\pi \sigma)^3`; its
    variance is taken to follow the concentration. True unevenness counts as noise.
    """
    element = (2.0 * math.sqrt(math.pi) * sigma_of_fwhm(maps.outline.images.resolution.fwhm)) ** 3
    voxel = math.prod(maps.grid.spacing_mm)
    values = {key: max(float(part.sum()) * voxel / element, 1.0) for key, part in shares.items()}
    return {key: math.sqrt(variance_per_value * max(imaged[key], 0.0) / values[key]) for key in shares}
