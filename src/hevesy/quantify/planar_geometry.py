r"""What lies where on the pixels of planar views: regions of interest, background beside them, overlap, attenuation.

Two ways lead here. Regions drawn on a CT are projected along the anterior-posterior axis through its attenuation map,
so that overlap, source thickness and depth are known (:func:`projected_geometry`). Regions drawn on the views
themselves come with a stated thickness and a stated overlap (:mod:`hevesy.quantify.planar_drawn`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.errors import RegionFinding
from hevesy.numerics.conjugate_view import opposite_projections
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
ATTENUATION = "attenuation:planar"
"""Source of uncertainty that all regions and scans share."""
_FEW_PIXELS = 4
_RING_PIXELS = 20
"""A ring reaches as far as it takes to hold so many pixels of background."""


@dataclass(frozen=True)
class PlanarGeometry:
    """The regions of one patient on the pixels of the anterior view. Index 0 of the views is anterior."""

    names: tuple[str, ...]
    rois: Mask
    """Pixels that are summed; no pixel belongs to two regions. Shape ``(region, row, column)``."""
    rings: Mask
    """Pixels of the background beside each region; none where no background is subtracted. As ``rois``."""
    transfer: Floats
    """Counts in the ROI of one region per count that another (or itself) has in all. Shape ``(2, region, region)``."""
    background_pixels: Floats
    """Background within each ROI, in pixels of its ring. Shape ``(2, region)``."""
    attenuation: tuple[Uncertain, ...]
    """Emitted over counted photons of the geometric mean, or of the one view that is used, of each region."""
    weights: Floats
    """Power of each view in the counts of a region: 1/2 both for the geometric mean. Shape ``(2, region)``."""
    pixels_mm: tuple[float, float]
    """Between rows and between columns. [mm]"""


CONJUGATE, ANTERIOR, POSTERIOR = "conjugate", "anterior", "posterior"
VIEW_WEIGHTS = {CONJUGATE: (0.5, 0.5), ANTERIOR: (1.0, 0.0), POSTERIOR: (0.0, 1.0)}
"""Which views a region is measured by, and their powers."""


@dataclass(frozen=True)
class Margins:
    """How regions of interest and rings are laid around a projection. [mm]"""

    roi_mm: float
    """From the outline of the projection outwards."""
    gap_mm: float
    """Between the ROI and its ring."""
    ring_mm: float
    """Width of the ring."""


@dataclass(frozen=True)
class Absorber:
    """The body on the voxels that are projected."""

    matter_per_mm: Floats
    """Attenuation coefficients. Shape ``(z, y, x)``, from feet to head. [1/mm]"""
    relative_standard_uncertainty: float
    """Of all attenuation coefficients together."""
    water_per_mm: float
    """Attenuation coefficient of water. [1/mm]"""
    voxel_mm: tuple[float, float, float]
    """Along z, y, x; rows and columns of the views are z and x. [mm]"""


def projected_geometry(
    shapes: Mapping[str, Floats],
    absorber: Absorber,
    margins: Margins,
    *,
    fwhm_mm: float,
    views: Mapping[str, str] | None = None,
) -> tuple[PlanarGeometry, Mapping[str, str]]:
    r"""Project regions along the anterior-posterior axis.

    A region is taken to be evenly filled. Its counts in a view are the blurred sum of :math:`e^{-d}` over its voxels;
    the transfer matrix holds what of them falls into each ROI, which accounts for organ overlap, for what blur carries
    out of the ROI, and for the different depths that both views see. The factor for attenuation of the geometric mean,

    .. math:: K = \left(\frac{\sum_i e^{-d_{a,i}}}{n} \frac{\sum_i e^{-d_{p,i}}}{n}\right)^{-1/2},

    is :math:`e^{\mu T/2} f` of MIRD Pamphlet 16 where body and source are slabs; of one view, the depth tells it. The
    background is taken to be even per mass outside the regions, so that its share within a ROI follows the body's
    thickness less the source's.

    Parameters
    ----------
    shapes
        Share of every voxel that each region fills. Shapes ``(z, y, x)``, from feet to head.
    absorber
        The body.
    margins
        Around the projections. [mm]
    fwhm_mm
        Resolution of the views. [mm]
    views
        ``conjugate``, ``anterior`` or ``posterior`` by region; conjugate where it is not named.

    Returns
    -------
    The geometry, and why a region is not in it: no pixels of its own, or no background near it. Its counts are then
    taken for those of the regions that lie there.

    Raises
    ------
    RegionFinding
        If no region is left.

    References
    ----------
    .. [1] J. A. Siegel et al., J. Nucl. Med. 40 (1999) 37S (MIRD Pamphlet No. 16)
    .. [2] O. G. Rousset et al., J. Nucl. Med. 39 (1998) 904 (transfer matrix, there for PET)
    """
    lost: dict[str, str] = {}
    layout = _layout(shapes, absorber, margins, lost)
    names = layout.names
    kept = {name: shapes[name] for name in names}
    seen = [_views(shape, absorber, fwhm_mm) for shape in kept.values()]
    rest = np.clip(_body(absorber) - sum(kept.values()), 0.0, 1.0)
    around = _views(rest, absorber, fwhm_mm)
    powers = np.array([VIEW_WEIGHTS[(views or {}).get(name, CONJUGATE)] for name in names]).T
    geometry = PlanarGeometry(
        names,
        layout.rois,
        layout.rings,
        np.array([[[v[k, roi].sum() / v[k].sum() for v in seen] for roi in layout.rois] for k in (0, 1)]),
        np.array([[around[k, roi].sum() / around[k, ring].mean() for roi, ring in layout.pairs] for k in (0, 1)]),
        tuple(_projected_factor(shape, absorber, power) for shape, power in zip(kept.values(), powers.T, strict=True)),
        powers,
        layout.pixels_mm,
    )
    return geometry, lost


@dataclass(frozen=True)
class _Layout:
    names: tuple[str, ...]
    rois: Mask
    rings: Mask
    pixels_mm: tuple[float, float]

    @property
    def pairs(self) -> list[tuple[Mask, Mask]]:
        """ROI and ring of each region."""
        return list(zip(self.rois, self.rings, strict=True))


def _layout(shapes: Mapping[str, Floats], absorber: Absorber, margins: Margins, lost: dict[str, str]) -> _Layout:
    """ROIs and rings of the regions that have them; what has none is noted in ``lost``."""
    pixels = (absorber.voxel_mm[0], absorber.voxel_mm[2])
    body = _body(absorber).sum(axis=1)[::-1] > 0.5
    shadows = {name: shape.sum(axis=1)[::-1] > 0.5 for name, shape in shapes.items()}
    while shadows:
        rois = _exclusive(tuple(shadows), shadows, margins.roi_mm, pixels)
        rings = _rings(rois, shadows, body, margins, pixels)
        without = {
            name: reason
            for name, roi, ring in zip(shadows, rois, rings, strict=True)
            if (reason := _unfit(name, roi, ring)) is not None
        }
        if not without:
            return _Layout(tuple(shadows), rois, rings, pixels)
        name = next(iter(without))
        lost[name] = without[name]
        del shadows[name]
    raise RegionFinding("; ".join(lost.values()) or "no region lies on the planar views")


def _body(absorber: Absorber) -> Floats:
    """How full of tissue each voxel is, by its attenuation."""
    return np.clip(absorber.matter_per_mm / absorber.water_per_mm, 0.0, 1.0)


def _views(shape: Floats, absorber: Absorber, fwhm_mm: float) -> Floats:
    """Blurred projections from head to feet. Shape ``(2, row, column)``."""
    leaving = opposite_projections(shape, absorber.matter_per_mm, absorber.voxel_mm[1])[:, ::-1]
    sigma = [0.0, sigma_of_fwhm(fwhm_mm) / absorber.voxel_mm[0], sigma_of_fwhm(fwhm_mm) / absorber.voxel_mm[2]]
    blurred: Floats = ndimage.gaussian_filter(leaving, sigma, mode="constant")
    return blurred


def _projected_factor(shape: Floats, absorber: Absorber, powers: Floats) -> Uncertain:
    def factor(scale: float) -> float:
        leaving = opposite_projections(shape, absorber.matter_per_mm * scale, absorber.voxel_mm[1])
        passed = leaving.sum(axis=(1, 2)) / shape.sum()
        return float((passed**-powers).prod())

    u = absorber.relative_standard_uncertainty
    return Uncertain(factor(1.0), {ATTENUATION: (factor(1.0 + u) - factor(1.0 - u)) / 2.0})


def _exclusive(
    names: Sequence[str], shadows: Mapping[str, Mask], margin_mm: float, pixels: tuple[float, float]
) -> Mask:
    """ROIs without common pixels: the smaller shadow keeps its own, and a margin reaches into no other shadow."""
    order = sorted(names, key=lambda name: int(shadows[name].sum()))
    taken = np.zeros(next(iter(shadows.values())).shape, dtype=bool)
    found: dict[str, Mask] = {}
    for name in order:
        found[name] = shadows[name] & ~taken
        taken |= shadows[name]
    for name in order:
        margin = (_distance(shadows[name], pixels) <= margin_mm) & ~taken
        found[name] |= margin
        taken |= margin
    return np.stack([found[name] for name in names])


def _rings(rois: Mask, shadows: Mapping[str, Mask], body: Mask, margins: Margins, pixels: tuple[float, float]) -> Mask:
    """Free pixels near each region: within the ring, or the nearest ones where the ring holds few."""
    free = body & (_distance(np.asarray(rois.any(axis=0)), pixels) > margins.gap_mm)
    reach = margins.roi_mm + margins.gap_mm + margins.ring_mm
    return np.stack(
        [free & (away <= _reach(away[free], reach)) for away in (_distance(s, pixels) for s in shadows.values())]
    )


def _reach(distances: Floats, wanted_mm: float) -> float:
    if distances.size < _RING_PIXELS:
        return wanted_mm
    return max(wanted_mm, float(np.partition(distances, _RING_PIXELS - 1)[_RING_PIXELS - 1]))


def _distance(mask: Mask, pixels: tuple[float, float]) -> Floats:
    if not mask.any():
        return np.full(mask.shape, np.inf)
    away: Floats = ndimage.distance_transform_edt(~mask, sampling=pixels)
    return away


def _unfit(name: str, roi: Mask, ring: Mask) -> str | None:
    if np.count_nonzero(roi) < _FEW_PIXELS:
        return f"{name} has no region of interest of its own: other regions lie over it"
    if np.count_nonzero(ring) < _FEW_PIXELS:
        return f"no background lies beside {name} that is no other region's"
    return None
