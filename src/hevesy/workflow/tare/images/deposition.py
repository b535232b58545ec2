"""Extrahepatic deposition on the scouts of a plan: where it is, and whether a plan may be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.decide.tare import Deposit, SearchSettings, find_deposits
from hevesy.delineate import draw_region
from hevesy.domain import Finding, RegionKind, Side
from hevesy.errors import InputError, RegionFinding
from hevesy.workflow.tare.images.scout_maps import ScoutMaps

_HALF = 0.5


@dataclass(frozen=True)
class Located:
    """A spot outside the liver and where it lies."""

    scout: int
    place: str
    centre_mm: tuple[float, float, float]
    """In the frame of the CT. [mm]"""
    volume_ml: float
    activity_share: float
    """Of all activity of the scout."""

    @property
    def words(self) -> str:
        """On one line."""
        x, y, z = self.centre_mm
        return (
            f"{self.activity_share:.2%} of the activity of scout {self.scout} {self.place} "
            f"(x {x:.0f}, y {y:.0f}, z {z:.0f} mm; {self.volume_ml:.3g} ml)"
        )


def search(maps: ScoutMaps, variance_per_value: Sequence[float]) -> tuple[Located, ...]:
    """Spots on every scout outside liver, lungs and what the plan calls physiological.

    Parameters
    ----------
    maps
        Images and volumes.
    variance_per_value
        Noise of every scout: variance of a voxel over its value.
    """
    images = maps.outline.images
    names = [images.liver, *images.lungs, *images.deposition_search.physiological]
    allowed = np.asarray((maps.share(*names) >= _HALF) | (maps.share(images.liver) > 0.0))
    sx, sy, sz = maps.grid.spacing_mm
    wanted = images.deposition_search
    told = wanted.smallest_share, wanted.false_positives
    return tuple(
        _located(maps, number, deposit)
        for number, (scout, noise) in enumerate(zip(maps.scouts, variance_per_value, strict=True))
        for deposit in find_deposits(scout, allowed, SearchSettings((sz, sy, sx), images.resolution.fwhm, noise, *told))
    )


def _located(maps: ScoutMaps, number: int, deposit: Deposit) -> Located:
    centre = maps.grid.points(np.array(deposit.centre_zyx[::-1]))
    x, y, z = (float(c) for c in maps.emissions[0].to_ct.apply(centre))
    return Located(number, _place(maps, deposit), (x, y, z), deposit.volume_ml, deposit.activity_share)


def _place(maps: ScoutMaps, deposit: Deposit) -> str:
    """The drawn region that holds most of it; else its distance from the liver."""
    used = {maps.outline.images.liver, *maps.outline.images.lungs}
    inside: dict[str, float] = {}
    for roi in maps.images.rois.rois:
        if roi.name not in used:
            inside[roi.name] = _overlap(maps, roi.name, deposit)
    name = max(inside, key=inside.__getitem__, default="")
    if name and inside[name] > _HALF:
        return f"in {name!r}"
    near = f", {inside[name]:.0%} of it in {name!r}" if name and inside[name] > 0.0 else ""
    liver = np.argwhere(maps.share(maps.outline.images.liver) > _HALF)
    spacing = np.array(maps.grid.spacing_mm[::-1])
    apart = float(np.sqrt((((liver - np.array(deposit.centre_zyx)) * spacing) ** 2).sum(axis=1)).min())
    return f"{apart:.0f} mm from {maps.outline.images.liver!r}{near}"


def _overlap(maps: ScoutMaps, name: str, deposit: Deposit) -> float:
    region = maps.regions.get(name)
    if region is None:
        roi = next(one for one in maps.images.rois.rois if one.name == name)
        spacing = maps.images.ct.grid.spacing_mm[2]
        try:
            region = draw_region(
                roi, maps.grid, RegionKind.ORGAN, Side.NONE, transform=maps.emissions[0].to_ct, slice_spacing_mm=spacing
            )
        except RegionFinding:
            return 0.0
    return float(region.mask[deposit.mask].mean())


def judge(found: tuple[Located, ...], stated: str) -> tuple[Finding, ...]:
    """Refuse a plan with deposition that is not declared corrected; what was declared is told.

    Parameters
    ----------
    found
        From :func:`search`.
    stated
        What the plan says: ``none``, ``corrected`` or ``found``.

    Raises
    ------
    InputError
        If deposition was found and the plan says that there is none.
    """
    if not found:
        return ()
    words = "; ".join(one.words for one in found)
    if stated != "corrected":
        raise InputError(
            "no extrahepatic deposition on the scout, or 'corrected'", f"{words}: no plan", "images.scouts"
        )
    told = f"expected no extrahepatic deposition on the scout, but {words}; the plan says that it was corrected"
    return (Finding("extrahepatic-deposition-corrected", told),)
