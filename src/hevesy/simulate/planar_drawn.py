"""Regions as somebody would draw them on the anterior view, and what a site would state about them without a CT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure as skimage_measure

from hevesy.domain import Grid
from hevesy.physdata.phantoms import fractions
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient

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
    within: Mapping[str, float]
    """Share of the region in the ROIs of others."""


def draw_on_view(patient: VirtualPatient, pose: Pose, grid: Grid) -> dict[str, DrawnOnView]:
    """Outlines of the regions' shadows with a margin of 10 mm, and background below each."""
    regions = {region.name: region for region in patient.regions if region.name in DRAWN}
    shares = {n: fractions(pose.place(r.drawn), grid, supersample=3) for n, r in regions.items()}
    body = fractions(pose.place(patient.phantom.organ("Body").solid), grid, supersample=2)
    behind = np.cumsum(body[:, ::-1], axis=1)[:, ::-1] * grid.spacing_mm[1]
    shadows = {n: (share.sum(axis=1) > 0.5)[::-1] for n, share in shares.items()}
    pixels = (grid.spacing_mm[2], grid.spacing_mm[0])
    masks = {n: ndimage.distance_transform_edt(~s, sampling=pixels) <= _MARGIN_MM for n, s in shadows.items()}
    found = {}
    for name in (n for n in DRAWN if n in regions):
        columns = shares[name].sum(axis=1)[::-1]
        thickness = float(columns.sum() / np.count_nonzero(shadows[name])) * grid.spacing_mm[1]
        depth = float(np.average(behind, weights=shares[name]))
        told = {n: share for n, share in _shares_in(columns, masks, name).items() if share > _TOLD}
        found[name] = DrawnOnView(_outline(masks[name]), _below(masks[name], pixels), thickness, depth, told)
    return found


def _shares_in(columns: NDArray[np.float32], masks: Mapping[str, Mask], name: str) -> dict[str, float]:
    """Share of a region in the ROIs of those that come before it."""
    before = DRAWN[: DRAWN.index(name)]
    left = np.ones(columns.shape, dtype=bool)
    found = {}
    for other in (n for n in before if n in masks):
        found[other] = float(columns[masks[other] & left].sum() / columns.sum())
        left &= ~masks[other]
    return found


def _outline(mask: Mask) -> NDArray[np.float64]:
    padded = np.pad(mask.astype(np.float64), 1)
    contours = skimage_measure.find_contours(padded, 0.5)  # type: ignore[no-untyped-call]
    longest = max(contours, key=len)
    corners: NDArray[np.float64] = longest[:-1] - 1.0
    return corners


def _below(mask: Mask, pixels: tuple[float, float]) -> NDArray[np.float64]:
    """A rectangle below the region, as wide as it."""
    rows, columns = np.nonzero(mask)
    top = float(rows.max()) + 1.5
    low, high = float(columns.min()) - 0.5, float(columns.max()) + 0.5
    bottom = top + _BACKGROUND_MM / pixels[0]
    return np.array([[top, low], [top, high], [bottom, high], [bottom, low]])


def polygons_text(drawn: Mapping[str, DrawnOnView]) -> str:
    """The file of polygons as CSV."""
    lines = ["region,part,row,column"]
    for name, one in drawn.items():
        for part, corners in (("region", one.roi), ("background", one.background)):
            lines += [f"{name},{part},{row:.3f},{column:.3f}" for row, column in corners]
    return "\n".join(lines) + "\n"
