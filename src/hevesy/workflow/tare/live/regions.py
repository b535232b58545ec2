"""The regions of a treatment in fractions on the voxels of its images, and the amounts that they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import HEALTHY, OUTSIDE
from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import GeometryError, StudyFileError
from hevesy.quantities import Uncertain
from hevesy.workflow.tare.images.read import check_frames, load_images, regions_on
from hevesy.workflow.tare.live.measure import Mask, Shown
from hevesy.workflow.tare.live.settings import LiveFile

Floats = NDArray[np.float64]
_SMALL = 0.01
"""Share of a region that may lie in another one or outside the liver by the rounding to voxels."""


@dataclass(frozen=True)
class LiveRegions:
    """Voxels of the liver by what they are. The regions do not overlap and make up the liver."""

    grid: Grid
    liver: Mask
    """With the tumours. Shape ``(z, y, x)``."""
    parts: Mapping[str, Mask]
    """Healthy tissue of the treated volume, liver outside it, tumours. Shape ``(voxel,)`` of the liver."""
    treated_ml: float
    """Liver in the treated volume, tumours included. [ml]"""
    inputs: tuple[Path, ...]
    """Files that were read."""

    @property
    def liver_ml(self) -> float:
        """[ml]"""
        return self.grid.voxel_volume_ml * int(np.count_nonzero(self.liver))

    def volume_ml(self, name: str) -> float:
        """Of one part. [ml]"""
        return self.grid.voxel_volume_ml * int(np.count_nonzero(self.parts[name]))


def live_regions(content: LiveFile, grid: Grid, folder: Path, where: str) -> LiveRegions:
    """Draw liver, tumours and treated regions on the images' voxels; a voxel belongs where its centre lies.

    Parameters
    ----------
    content
        The file.
    grid
        Of the images.
    folder
        Where the file lies.
    where
        The first image, for messages.

    Raises
    ------
    InputError
        If a region is missing, tumours overlap or leave the liver, or nothing healthy is treated.
    """
    settings = content.images
    reference = None if settings.ct else Image(grid, np.zeros(grid.shape, dtype=np.int8), Quantity.ARBITRARY)
    images = load_images(settings, folder, reference)
    frames = grid.frame_of_reference, images.ct.grid.frame_of_reference
    to_ct = check_frames(settings, images.transforms, *frames, where)
    names = (settings.liver, *content.tumours, *content.treated)
    masks = {name: region.mask for name, region in regions_on(grid, images, names, to_ct, shares=False).items()}
    if settings.labels is not None:
        masks |= _nested(masks, content)
    _check_tumours(masks, content)
    tumours = _first_come([masks[name] for name in content.tumours])
    liver = masks[settings.liver] | np.logical_or.reduce(tumours)
    treated = np.logical_or.reduce([masks[name] for name in content.treated]) & liver
    return _parted(grid, (liver, treated), dict(zip(content.tumours, tumours, strict=True)), images.inputs)


def _nested(masks: Mapping[str, Mask], content: LiveFile) -> dict[str, Mask]:
    """Labels cannot overlap: the liver is all of them together, and tumours are treated."""
    treated = np.logical_or.reduce([masks[name] for name in (*content.treated, *content.tumours)])
    return {content.treated[0]: treated, content.images.liver: masks[content.images.liver] | treated}


def _parted(grid: Grid, whole: tuple[Mask, Mask], tumours: Mapping[str, Mask], inputs: tuple[Path, ...]) -> LiveRegions:
    liver, treated = whole
    tumour = np.logical_or.reduce(list(tumours.values()))
    parts = {HEALTHY: treated & ~tumour, OUTSIDE: liver & ~treated & ~tumour, **tumours}
    if not parts[HEALTHY].any():
        raise StudyFileError("healthy liver in the treated regions", "there is none", "treated")
    volume = grid.voxel_volume_ml * int(np.count_nonzero(treated))
    return LiveRegions(grid, liver, {name: mask[liver] for name, mask in parts.items()}, volume, inputs)


def _check_tumours(masks: Mapping[str, Mask], content: LiveFile) -> None:
    liver = masks[content.images.liver]
    for name in content.tumours:
        size = int(np.count_nonzero(masks[name]))
        if not size:
            raise StudyFileError("tumours of one voxel at least", f"{name!r} has none", "tumours")
        outside = int(np.count_nonzero(masks[name] & ~liver)) / size
        if outside > 0.5:
            raise StudyFileError("tumours in the liver", f"{outside:.0%} of {name!r} lies outside", "tumours")
    for number, name in enumerate(content.tumours):
        for other in content.tumours[:number]:
            both = int(np.count_nonzero(masks[name] & masks[other]))
            if both > _SMALL * min(int(np.count_nonzero(masks[one])) for one in (name, other)):
                raise StudyFileError("tumours that do not overlap", f"{other!r} and {name!r} do", "tumours")


def _first_come(masks: Sequence[Mask]) -> list[Mask]:
    """Masks without what an earlier one has."""
    taken = np.zeros(masks[0].shape, dtype=np.bool_)
    found = []
    for mask in masks:
        found.append(mask & ~taken)
        taken |= mask
    return found


def require_same_grid(first: Grid, grid: Grid, where: str) -> None:
    """Refuse an image on another grid than the first one.

    Raises
    ------
    GeometryError
        If it is.
    """
    if not grid.same_geometry(first, tolerance_mm=1e-2):
        raise GeometryError("the grid of the image after the first fraction", "another size or place came", where)


def amounts(shown: Sequence[Shown], regions: LiveRegions, names: Sequence[str]) -> list[dict[str, Uncertain]]:
    """Amounts by region after each fraction, in the voxels that have a value in the last image. [mg or Bq]

    Where an earlier image has no value and the last one has, all of it counts as if it had been there before: the
    difference is the decay between the fractions.

    Parameters
    ----------
    shown
        Images in order.
    regions
        On their grid.
    names
        Of the fractions, for the sources of their noise.
    """
    last = shown[-1]
    found = []
    for one, name in zip(shown, names, strict=True):
        value = np.where(one.found, one.amount_per_ml, last.amount_per_ml)
        noise = np.where(one.found, one.noise_per_ml, last.noise_per_ml)
        found.append(
            {part: _amount(one, (value, noise), mask & last.found, regions.grid, f"{name} {part}")
             for part, mask in regions.parts.items()}
        )  # fmt: skip
    return found


def _amount(one: Shown, maps: tuple[Floats, Floats], mask: Mask, grid: Grid, scope: str) -> Uncertain:
    value, noise = maps
    volume = grid.voxel_volume_ml
    amount = volume * float(value[mask].sum())
    components = {
        f"noise:{scope}": volume * float(np.sqrt(np.square(noise[mask]).sum())),
        one.offset[0]: -volume * int(np.count_nonzero(mask)) * one.offset[1],
        one.factor[0]: -amount * one.factor[1],
    }
    return Uncertain(amount, components)


def least_in_voids(shown: Sequence[Shown], mask: Mask, grid: Grid) -> float:
    """What the voids of a part of the last image hold at least, also by what was seen there before. [mg or Bq]"""
    bounds = [shown[-1].least_per_ml, *(one.amount_per_ml for one in shown[:-1])]
    void = mask & ~shown[-1].found
    least = np.nanmax(np.vstack([np.zeros(int(void.sum())), *(bound[void] for bound in bounds)]), axis=0)
    return grid.voxel_volume_ml * float(least.sum())
