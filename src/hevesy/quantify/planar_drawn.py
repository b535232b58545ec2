"""Regions drawn on the planar views themselves, with thickness and overlap as the site states them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionFinding
from hevesy.numerics.conjugate_view import self_attenuation
from hevesy.quantify.planar_geometry import ATTENUATION, CONJUGATE, VIEW_WEIGHTS, PlanarGeometry
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_FEW_PIXELS = 4


@dataclass(frozen=True)
class DrawnRegion:
    """A region drawn on the anterior view, with what the site states about it."""

    name: str
    roi: Mask
    """Shape ``(row, column)``."""
    background: Mask | None
    """Beside it; None where no background is subtracted. Shape ``(row, column)``."""
    thickness_mm: Uncertain
    """Of the source along the line of view. [mm]"""
    view: str = CONJUGATE
    """``conjugate``, or the one view that is used: ``anterior`` or ``posterior``."""
    depth_mm: Uncertain | None = None
    """From the skin on the side of the one view to the middle of the source; with one view only. [mm]"""


@dataclass(frozen=True)
class StatedOverlap:
    """What of one region's counts falls into the ROI of another [1]."""

    of: str
    within: str
    anterior: float
    posterior: float
    """Not the same as in front, since what lies deep is seen less."""


@dataclass(frozen=True)
class BodyPaths:
    """The body on the pixels of the views."""

    optical: Floats
    """Optical path through it at the energy of the photopeak. Shape ``(row, column)``."""
    thickness_mm: Floats
    """Shape ``(row, column)``. [mm]"""
    relative_standard_uncertainty: float
    """Of all optical paths together."""
    weights: Floats
    """Counts that weigh the attenuation of a region's pixels. Shape ``(row, column)``."""
    pixels_mm: tuple[float, float]
    """Between rows and between columns. [mm]"""


def drawn_geometry(
    regions: Sequence[DrawnRegion], overlaps: Sequence[StatedOverlap], body: BodyPaths
) -> PlanarGeometry:
    r"""Lay out regions that were drawn on the views, after MIRD Pamphlet 16.

    .. math:: K = \overline{e^{\mu T/2}}\, f, \qquad f = \frac{\mu t / 2}{\sinh(\mu t / 2)}, \qquad
       F = 1 - \frac{t}{T}

    with the thickness *T* of the body and *t* of the source; :math:`\mu T` is the measured optical path, whose mean
    over the ROI is weighted by counts, and *F* the share of the adjacent background that lies within the ROI. With one
    view, the depth *d* of the source takes the place of *T*/2. A pixel in two ROIs belongs to the region listed
    first.

    Parameters
    ----------
    regions
        In order of precedence.
    overlaps
        Shares of counts, as the site states them [1].
    body
        On the same pixels.

    Raises
    ------
    RegionFinding
        If a ROI has no pixels, a background lies over its ROI, a source is thicker than the body, or one view comes
        without a depth.

    References
    ----------
    .. [1] J. A. Siegel et al., J. Nucl. Med. 40 (1999) 37S (MIRD Pamphlet No. 16)
    """
    names = tuple(region.name for region in regions)
    taken = np.zeros(body.optical.shape, dtype=bool)
    rois, rings, counts, factors = [], [], [], []
    for region in regions:
        own = region.roi & ~taken
        taken |= region.roi
        ring = np.zeros_like(own) if region.background is None else region.background
        _check(region, own, ring, body)
        rois.append(own)
        rings.append(ring)
        beside = float((1.0 - region.thickness_mm.value / body.thickness_mm[own]).sum())
        counts.append(0.0 if region.background is None else beside)
        factors.append(_factor(region, own, body))
    powers = np.array([VIEW_WEIGHTS[region.view] for region in regions]).T
    return PlanarGeometry(
        names,
        np.stack(rois),
        np.stack(rings),
        np.stack([_transfer(names, overlaps, view) for view in ("anterior", "posterior")]),
        np.array([counts, counts]),
        tuple(factors),
        powers,
        body.pixels_mm,
    )


def _transfer(names: Sequence[str], overlaps: Sequence[StatedOverlap], view: str) -> Floats:
    transfer = np.eye(len(names))
    for overlap in overlaps:
        of, within = names.index(overlap.of), names.index(overlap.within)
        share = overlap.anterior if view == "anterior" else overlap.posterior
        transfer[within, of] += share
        transfer[of, of] -= share
    return transfer


def _check(region: DrawnRegion, own: Mask, ring: Mask, body: BodyPaths) -> None:
    if np.count_nonzero(own) < _FEW_PIXELS:
        raise RegionFinding(f"the region of interest of {region.name} holds fewer than {_FEW_PIXELS} pixels of its own")
    if region.background is not None and (ring & region.roi).any():
        raise RegionFinding(f"the background of {region.name} lies over its own region of interest")
    if region.background is not None and np.count_nonzero(ring) < _FEW_PIXELS:
        raise RegionFinding(f"the background of {region.name} holds fewer than {_FEW_PIXELS} pixels")
    if (region.depth_mm is None) != (region.view == CONJUGATE):
        raise RegionFinding(f"expected a depth of {region.name} with one view, and only with one")
    thinnest = float(body.thickness_mm[own].min())
    if not region.thickness_mm.value < thinnest:
        came = f"{region.thickness_mm.value:.0f} mm came with a body of {thinnest:.0f} mm"
        raise RegionFinding(f"expected a source of {region.name} thinner than the body, but {came}")


def _factor(region: DrawnRegion, roi: Mask, body: BodyPaths) -> Uncertain:
    path, whole = body.optical[roi], body.thickness_mm[roi]
    weight = np.maximum(body.weights[roi], 0.0)
    weight = weight if weight.sum() > 0 else np.ones_like(weight)

    def factor(scale: float, thickness_mm: float, depth_mm: float | None) -> float:
        optical = scale * path
        source = optical * thickness_mm / whole
        before = optical / 2.0 if depth_mm is None else optical * depth_mm / whole
        return float(np.average(np.exp(before) * self_attenuation(source), weights=weight))

    u, t = body.relative_standard_uncertainty, region.thickness_mm
    d, du = (None, 0.0) if region.depth_mm is None else (region.depth_mm.value, region.depth_mm.standard_uncertainty)
    thicker, thinner = t.value + t.standard_uncertainty, max(t.value - t.standard_uncertainty, 0.0)
    parts = {
        ATTENUATION: (factor(1.0 + u, t.value, d) - factor(1.0 - u, t.value, d)) / 2.0,
        f"thickness:{region.name}": (factor(1.0, thicker, d) - factor(1.0, thinner, d)) / 2.0,
    }
    if d is not None:
        parts[f"depth:{region.name}"] = (factor(1.0, t.value, d + du) - factor(1.0, t.value, d - du)) / 2.0
    return Uncertain(factor(1.0, t.value, d), parts)
