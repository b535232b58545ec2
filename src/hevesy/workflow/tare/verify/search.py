"""Activity outside liver and lungs on the image of the therapy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import Deposit, SearchSettings, find_deposits
from hevesy.domain import Finding, RigidTransform
from hevesy.errors import StudyFileError
from hevesy.workflow.tare.images.read import PatientImages, regions_on, shares_of
from hevesy.workflow.tare.verify.regions import DrawnParts
from hevesy.workflow.tare.verify.settings import TareVerification

Floats = NDArray[np.float64]
_HALF = 0.5


def search_therapy(
    settings: TareVerification, drawn: DrawnParts, images: PatientImages, values: Floats, to_ct: RigidTransform
) -> tuple[list[dict[str, Any]], tuple[Finding, ...]]:
    """Spots outside liver, lungs and what the file calls physiological; each is a blocking finding.

    Parameters
    ----------
    settings, drawn, images
        The file, what is drawn on the image's voxels, and everything that is drawn.
    values
        The image of the therapy alone. Shape ``(z, y, x)``.
    to_ct
        From points of the image to points of the CT.
    """
    wanted = settings.deposition_search
    if wanted == "not-searched":
        return [], (Finding("deposition-not-searched", "the image was not searched for extrahepatic deposition"),)
    allowed = np.asarray((drawn.shares.liver > 0) | (drawn.lung >= _HALF))
    for region in regions_on(drawn.grid, images, wanted.physiological, to_ct).values():
        allowed |= shares_of(region) >= _HALF
    sx, sy, sz = drawn.grid.spacing_mm
    told = wanted.smallest_share, wanted.false_positives
    how = SearchSettings((sz, sy, sx), wanted.fwhm, _variance_per_value(drawn, values), *told)
    used = {settings.images.liver, *settings.tumours, *(one.region for one in settings.territories)}
    deposits = find_deposits(values, allowed, how)
    names = [roi.name for roi in images.rois.rois if roi.name not in used] if deposits else []
    organs = {name: mask for name in names if (mask := _mask(drawn, images, name, to_ct)) is not None}
    found = [{**_told(drawn, deposit, to_ct), "in_region": _place(deposit, organs)} for deposit in deposits]
    return found, tuple(_finding(one) for one in found)


def _mask(drawn: DrawnParts, images: PatientImages, name: str, to_ct: RigidTransform) -> NDArray[np.bool_] | None:
    """Voxels of another region as drawn; None where the image does not reach it or nothing is drawn."""
    try:
        return regions_on(drawn.grid, images, [name], to_ct, shares=False)[name].mask
    except StudyFileError:
        return None


def _place(deposit: Deposit, organs: Mapping[str, NDArray[np.bool_]]) -> str | None:
    """The drawn region that holds most of a spot; None where none holds half of it."""
    inside = {name: float(mask[deposit.mask].mean()) for name, mask in organs.items()}
    name = max(inside, key=inside.__getitem__, default=None)
    return name if name is not None and inside[name] > _HALF else None


def _variance_per_value(drawn: DrawnParts, values: Floats) -> float:
    """Noise of a voxel, its variance over its value, from the perfused normal tissue with most voxels.

    True unevenness counts as noise.
    """
    normal = max((drawn.shares.normal(position) for position in drawn.shares.territories), key=lambda one: one.sum())
    if not normal.sum() > 0:
        return 0.0
    mean = float(np.average(values, weights=normal))
    return float(np.average((values - mean) ** 2, weights=normal)) / mean if mean > 0 else 0.0


def _told(drawn: DrawnParts, deposit: Deposit, to_ct: RigidTransform) -> dict[str, Any]:
    index = np.array(deposit.centre_zyx)
    spacing = np.array(drawn.grid.spacing_mm[::-1])
    liver = np.argwhere(drawn.shares.liver >= _HALF)
    apart = float(np.sqrt((((liver - index) * spacing) ** 2).sum(axis=1)).min())
    return {
        "activity_share": deposit.activity_share,
        "volume_ml": deposit.volume_ml,
        "centre_mm": [float(c) for c in to_ct.apply(drawn.grid.points(index[::-1]))],
        "distance_from_liver_mm": apart,
    }


def _finding(one: dict[str, Any]) -> Finding:
    x, y, z = one["centre_mm"]
    place = f"in {one['in_region']!r}, " if one["in_region"] else ""
    words = (
        f"{one['activity_share']:.2%} of the activity shown lies {place}{one['distance_from_liver_mm']:.0f} mm from "
        f"the liver (x {x:.0f}, y {y:.0f}, z {z:.0f} mm; {one['volume_ml']:.3g} ml)"
    )
    return Finding("extrahepatic-deposition", words, blocking=True)
