"""Mean concentrations of tumours, normal tissue and lungs on a scout, as imaged and with spill undone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.numerics.geometric_transfer import collected, concentrations, transfer
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.numerics.response import NARROWEST, Part, Response, blur, part_of
from hevesy.quantities import Uncertain, scaled
from hevesy.workflow.tare.scout_maps import ScoutMaps

Floats = NDArray[np.float64]
LUNGS, REST = "lungs", "other liver"
_FEWEST_VOXELS = 1.0
_STEP = 0.05


def tumour_key(tumour: str, position: str) -> str:
    """Key of the part of a tumour that a position perfuses."""
    return f"{tumour} from {position}"


def normal_key(position: str) -> str:
    """Key of the normal tissue that a position perfuses."""
    return f"normal from {position}"


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
        return Uncertain(value, {f"scout-noise:{key}": grown * self.noise[key], "partial-volume:scout": spill})

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
        If the resolution is finer than the voxels can show, or compartments cannot be told apart with it.
    """
    shares, image = _compartments(maps, number), maps.scouts[number]
    resolution = maps.outline.images.resolution
    _check_resolution(maps, resolution.fwhm)
    voxels = {key: float(part.sum()) for key, part in shares.items()}
    imaged = {key: float((part * image).sum()) / voxels[key] for key, part in shares.items()}
    parts = {key: part_of(part.astype(np.float32)) for key, part in shares.items()}
    corrected, predicted = _corrected(parts, image, maps, resolution.fwhm)
    wider, _ = _corrected(parts, image, maps, resolution.fwhm * (1.0 + _STEP))
    per_mm = {key: (wider[key] - corrected[key]) / (_STEP * resolution.fwhm) for key in shares}
    return ScoutConcentrations(
        voxels, imaged, corrected,
        {key: slope * resolution.standard_uncertainty for key, slope in per_mm.items()},
        _noise(maps, image - predicted, shares, imaged),
    )  # fmt: skip


def _compartments(maps: ScoutMaps, number: int) -> dict[str, Floats]:
    mine = [position for position, scout in maps.scout_of.items() if scout == number]
    shares, found = maps.shares, {}
    rest = shares.liver.copy()
    for position in mine:
        normal = shares.territories[position] * (1.0 - shares.any_tumour())
        found[normal_key(position)] = normal
        rest -= shares.territories[position]
        for tumour in shares.tumours:
            if shares.share_of_tumour(tumour, position):
                found[tumour_key(tumour, position)] = shares.part(tumour, position)
    found[REST] = np.maximum(rest, 0.0)
    if maps.outline.images.lungs:
        found[LUNGS] = np.asarray(maps.lungs * (1.0 - shares.liver))
    for key, part in found.items():
        if part.sum() < _FEWEST_VOXELS and key not in {REST, LUNGS}:
            raise InputError(
                "tumours and normal tissue of a voxel or more in every territory", f"less of {key}", "images"
            )
    return {key: part for key, part in found.items() if part.sum() >= _FEWEST_VOXELS}


def _check_resolution(maps: ScoutMaps, fwhm_mm: float) -> None:
    coarsest = max(maps.grid.spacing_mm)
    if fwhm_mm < NARROWEST * coarsest:
        came = f"{fwhm_mm:g} mm with voxels of {coarsest:.3g} mm came"
        raise InputError(f"a resolution of at least {NARROWEST} voxels", came, "images.resolution.fwhm")


def _corrected(
    parts: Mapping[str, Part], image: Floats, maps: ScoutMaps, fwhm_mm: float
) -> tuple[dict[str, float], Floats]:
    """Concentrations, and the image that they would make."""
    sigma = sigma_of_fwhm(fwhm_mm)
    sx, sy, sz = maps.grid.spacing_mm
    response = Response((sz, sy, sx), (0.0, 0.0), (sigma, sigma), (sigma, sigma), 0.0)
    shares = list(parts.values())
    found = transfer(shares, [blur(part, image.shape, response) for part in shares])
    try:
        values = concentrations(found.matrix, collected(shares, image))
    except ValueError as error:
        raise InputError("regions that the scout can tell apart", str(error), "images.regions") from error
    predicted = np.zeros(image.shape)
    for value, part in zip(values, found.blurred, strict=True):
        predicted[part.box] += value * part.values
    return dict(zip(parts, values.tolist(), strict=True)), predicted


def _noise(
    maps: ScoutMaps, residual: Floats, shares: Mapping[str, Floats], imaged: Mapping[str, float]
) -> dict[str, float]:
    r"""Standard uncertainty of means by noise, from what the compartments leave unexplained in the largest territory.

    White noise blurred to the resolution keeps one independent value in each :math:`(2 \sqrt\pi \sigma)^3`; its
    variance is taken to follow the concentration. True unevenness counts as noise.
    """
    normal = max((key for key in shares if key.startswith("normal from")), key=lambda key: shares[key].sum())
    weight, level = shares[normal], imaged[normal]
    spread = math.sqrt(float((weight * residual**2).sum() / weight.sum()))
    element = (2.0 * math.sqrt(math.pi) * sigma_of_fwhm(maps.outline.images.resolution.fwhm)) ** 3
    voxel = math.prod(maps.grid.spacing_mm)
    found = {}
    for key, part in shares.items():
        values = max(float(part.sum()) * voxel / element, 1.0)
        relative = max(imaged[key], 0.0) / level if level > 0.0 else 0.0
        found[key] = spread * math.sqrt(relative / values)
    return found
