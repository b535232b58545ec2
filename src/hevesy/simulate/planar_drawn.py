"""Regions as somebody would draw them on the anterior view, and what a site would state about them without a CT."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure as skimage_measure

from hevesy.domain import Grid, RegionKind
from hevesy.numerics.conjugate_view import opposite_projections
from hevesy.physdata.phantoms import fractions
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.planar_matter import attenuation_map

Mask = NDArray[np.bool_]
DRAWN = ("Kidney_L", "Kidney_R", "Spleen", "Liver")
"""In order of precedence: what lies behind first."""
ROIS_FILE = "calibration/planar/rois.csv"
_MARGIN_MM = 10.0
_BACKGROUND_MM = 30.0
"""Height of the background below a region. [mm]"""
_TOLD = 0.02
"""Share of one region in another's ROI from which a site states it."""


@dataclass(frozen=True)
class DrawnOnView:
    """One region as drawn."""

    roi: NDArray[np.float64]
    """Corners as row and column. Shape ``(corner, 2)``."""
    background: NDArray[np.float64]
    thickness_mm: float
    depth_mm: float
    """From the back to the middle of the region. [mm]"""
    within: Mapping[str, tuple[float, float]]
    """Share of the region's counts in the ROIs of others, in the anterior and in the posterior view."""


def draw_on_view(patient: VirtualPatient, pose: Pose, grid: Grid) -> dict[str, DrawnOnView]:
    """Outlines of the regions' shadows with a margin of 10 mm, and background below each."""
    regions = {region.name: region for region in patient.regions if region.name in DRAWN}
    shares = {n: fractions(pose.place(r.drawn), grid, supersample=3) for n, r in regions.items()}
    body = fractions(pose.place(patient.phantom.organ("Body").solid), grid, supersample=2)
    matter = attenuation_map(patient, pose, grid).astype(np.float64)
    hot = _others(patient, pose, grid, regions)
    behind = np.cumsum(body[:, ::-1], axis=1)[:, ::-1] * grid.spacing_mm[1]
    shadows = {n: (share.sum(axis=1) > 0.5)[::-1] for n, share in shares.items()}
    pixels = (grid.spacing_mm[2], grid.spacing_mm[0])
    masks = {n: ndimage.distance_transform_edt(~s, sampling=pixels) <= _MARGIN_MM for n, s in shadows.items()}
    found = {}
    for name in (n for n in DRAWN if n in regions):
        columns = shares[name].sum(axis=1)[::-1]
        thickness = float(columns.sum() / np.count_nonzero(shadows[name])) * grid.spacing_mm[1]
        depth = float(np.average(behind, weights=shares[name]))
        seen = opposite_projections(shares[name].astype(np.float64), matter, grid.spacing_mm[1])[:, ::-1]
        told = {n: both for n, both in _shares_in(seen, masks, name).items() if max(both) > _TOLD}
        found[name] = DrawnOnView(
            _outline(masks[name]), _beside(masks[name], hot | _any_of(masks, name), pixels), thickness, depth, told
        )
    return found


def _shares_in(seen: NDArray[np.float64], masks: Mapping[str, Mask], name: str) -> dict[str, tuple[float, float]]:
    """Share of a region's counts in the ROIs of those that come before it, by view."""
    before = DRAWN[: DRAWN.index(name)]
    left = np.ones(seen.shape[1:], dtype=bool)
    found = {}
    for other in (n for n in before if n in masks):
        own = masks[other] & left
        front, back = (float(view[own].sum() / view.sum()) for view in seen)
        found[other] = (front, back)
        left &= ~masks[other]
    return found


def _outline(mask: Mask) -> NDArray[np.float64]:
    padded = np.pad(mask.astype(np.float64), 1)
    contours = skimage_measure.find_contours(padded, 0.5)  # type: ignore[no-untyped-call]
    longest = max(contours, key=len)
    corners: NDArray[np.float64] = longest[:-1] - 1.0
    return corners


def _others(patient: VirtualPatient, pose: Pose, grid: Grid, drawn: Container[str]) -> Mask:
    """Shadow of what else is hot in small places, which nobody would take for background."""
    lesions = [r for r in patient.regions if r.kind is RegionKind.LESION and r.name not in drawn]
    shadow = np.zeros((grid.shape[0], grid.shape[2]), dtype=bool)
    for lesion in lesions:
        shadow |= (fractions(pose.place(lesion.drawn), grid, supersample=3).sum(axis=1) > 0.05)[::-1]
    return shadow


def _any_of(masks: Mapping[str, Mask], name: str) -> Mask:
    """The ROIs of all other regions."""
    return np.asarray(np.any([mask for other, mask in masks.items() if other != name], axis=0))


def _beside(mask: Mask, hot: Mask, pixels: tuple[float, float]) -> NDArray[np.float64]:
    """A box below the region or one half of it, or beside its lower half: whichever holds least of what is hot."""
    rows, columns = np.nonzero(mask)
    height, width = (_BACKGROUND_MM / pixel for pixel in pixels)
    top, bottom = float(rows.max()), float(rows.mean())
    left, right = float(columns.min()), float(columns.max())
    middle = (left + right) / 2.0
    boxes = (
        (top + 1.5, left, top + 1.5 + height, right),
        (top + 1.5, left, top + 1.5 + height, middle),
        (top + 1.5, middle, top + 1.5 + height, right),
        (bottom, right + 1.5, top, right + 1.5 + width),
        (bottom, left - 1.5 - width, top, left - 1.5),
    )
    up, low, down, high = min(boxes, key=lambda box: _share(hot, box))
    return np.array([[up, low], [up, high], [down, high], [down, low]])


def _share(hot: Mask, box: tuple[float, float, float, float]) -> float:
    up, low, down, high = (max(round(edge), 0) for edge in box)
    return float(hot[up : down + 1, low : high + 1].mean())


def polygons_text(drawn: Mapping[str, DrawnOnView]) -> str:
    """The file of polygons as CSV."""
    lines = ["region,part,row,column"]
    for name, one in drawn.items():
        for part, corners in (("region", one.roi), ("background", one.background)):
            lines += [f"{name},{part},{row:.3f},{column:.3f}" for row, column in corners]
    return "\n".join(lines) + "\n"
