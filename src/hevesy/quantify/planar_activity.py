r"""Activity of regions from conjugate views, with every named uncertainty.

.. math:: A = N_a^{w_a} N_p^{w_p}\; \frac{K}{C\, T}, \qquad
   N_v = M_v^{-1} \left( G_v - S_v - F_v\, B_v \right)

*G* counts the photopeak within the ROI, *S* the scatter in it, *B* a pixel of the background beside it (less its own
scatter) and *F* how many such pixels of background the ROI holds; *M* is the transfer between regions that overlap; *K*
puts attenuation right, *C* is the sensitivity in air and *T* the time that each point was seen. The powers *w* are 1/2
for the geometric mean of both views, 1 and 0 where one view is used. Nothing is clipped: a net count that is not
positive is a finding about the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.errors import RegionFinding
from hevesy.numerics.conjugate_view import even_body_factor
from hevesy.numerics.dead_time import factor_by_dead_time
from hevesy.quantify.planar_geometry import ATTENUATION, PlanarGeometry
from hevesy.quantify.planar_views import ConjugateViews
from hevesy.quantities import Uncertain, multiply_powers, scaled

Floats = NDArray[np.float64]
_SMOOTH_MM = 10.0
"""Standard deviation of the blur of counts that only weigh attenuation. [mm]"""


@dataclass(frozen=True)
class PlanarErrors:
    """Relative standard uncertainties that the site states, each of one named source."""

    scatter: float
    """Of the subtracted scatter, common to all: ``scatter:planar``."""
    background: float
    """Of the background within a ROI: ``background:<region>``, for all scans alike."""
    overlap: float
    """Of what other regions have in a ROI: ``overlap:<region>``, for all scans alike."""
    position_mm: float
    """Of a ROI on a scan, along rows and columns: ``position:<region>@<scan>``. [mm]"""
    model: Mapping[str, float]
    """Of each region, for what the model leaves out: ``planar-model:<region>``, for all scans alike."""


@dataclass(frozen=True)
class PlanarMeasurement:
    """One region on one planar scan. Index 0 of the views is anterior."""

    region: str
    scan: int
    time_s: float
    """Start of the acquisition to the middle of the time at which the region was seen. [s]"""
    gross: tuple[float, float]
    """Counts of the photopeak within the ROI, put right for dead time."""
    scatter: tuple[float, float]
    """Of these, scatter."""
    background: tuple[float, float]
    """Of these, background without its scatter."""
    net: tuple[float, float]
    """Of the region alone, in its ROI and beyond."""
    losses: float
    """True over recorded counts."""
    attenuation: Uncertain
    """Emitted over counted photons of the geometric mean."""
    activity: Uncertain
    """[Bq]"""


@dataclass(frozen=True)
class _Sums:
    """Sums over ROIs and means over rings. Shapes ``(2, region)``."""

    gross: Floats
    scatter: Floats
    ring: Floats
    ring_scatter: Floats


@dataclass(frozen=True)
class _Knobs:
    """What is moved to see how much it matters; 1 is as measured."""

    scatter: float
    background: Floats
    overlap: Floats


def measure_planar_regions(
    views: ConjugateViews, geometry: PlanarGeometry, sensitivity: Uncertain, errors: PlanarErrors, *, scan: int
) -> dict[str, PlanarMeasurement | RegionFinding]:
    """Activity of every region on one scan, at the time at which each was seen.

    Sensitivities to the stated errors are differences of the whole calculation, so that an error which moves several
    regions, or both views, does so in one sense. Counting is that of Poisson numbers.

    Parameters
    ----------
    views
        The scan, with the reference's rows and columns.
    geometry
        Of the regions.
    sensitivity
        In air. [1/(s Bq)]
    errors
        As the site states them.
    scan
        Number of the scan, for the names of sources.

    Returns
    -------
    By region: what was measured, or why it was not. [Bq]
    """
    n = len(geometry.names)
    sums = _sums(views, geometry)
    powers = geometry.weights
    knobs = _Knobs(1.0, np.ones(n), np.ones(n))
    net = _net(sums, geometry, knobs)
    moves = _moves(views, geometry, sums, errors, knobs)
    variance = _variance(views, geometry)
    found: dict[str, PlanarMeasurement | RegionFinding] = {}
    for k, name in enumerate(geometry.names):
        try:
            shown = _measured(k, views, geometry, sums, net, scan=scan)
        except RegionFinding as finding:
            found[name] = finding
            continue
        relative = {source.format(scan=scan): float(move[k]) for source, move in moves.items() if np.isfinite(move[k])}
        used = powers[:, k] > 0
        relative[f"counts:{name}@{scan}"] = float(
            np.sqrt((powers[used, k] ** 2 * variance[used, k] / net[used, k] ** 2).sum())
        )
        relative[f"planar-model:{name}"] = errors.model[name]
        relative |= _dead_time(views, geometry.rois[k])
        factor = Uncertain(1.0, relative)
        counted = scaled(factor, float((net[used, k] ** powers[used, k]).prod()) / views.seconds)
        activity = multiply_powers((counted, 1.0), (geometry.attenuation[k], 1.0), (sensitivity, -1.0))
        found[name] = replace(shown, activity=activity)
    return found


def _measured(
    k: int, views: ConjugateViews, geometry: PlanarGeometry, sums: _Sums, net: Floats, *, scan: int
) -> PlanarMeasurement:
    name, roi = geometry.names[k], geometry.rois[k]
    background = geometry.background_pixels * (sums.ring - sums.ring_scatter)
    for counted, view in enumerate(("anterior", "posterior")):
        if geometry.weights[counted, k] > 0 and not net[counted, k] > 0:
            raise RegionFinding(
                f"planar scan {scan}: {net[counted, k]:.0f} net counts in the {view} view: "
                f"{sums.gross[counted, k]:.0f} in the region of interest of {name}, of them "
                f"{sums.scatter[counted, k]:.0f} of scatter and {background[counted, k]:.0f} of background"
            )
    rows = np.nonzero(roi)[0]
    weights = np.sqrt(np.maximum(views.net[0][roi], 0.0) * np.maximum(views.net[1][roi], 0.0)) + 1e-9
    return PlanarMeasurement(
        region=name,
        scan=scan,
        time_s=float(np.average(views.row_times_s[rows], weights=weights)),
        gross=_pair(sums.gross[:, k]),
        scatter=_pair(sums.scatter[:, k]),
        background=_pair(background[:, k]),
        net=_pair(net[:, k]),
        losses=float(views.losses[:, rows].mean()),
        attenuation=geometry.attenuation[k],
        activity=Uncertain(0.0),
    )


def _pair(values: Floats) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _sums(views: ConjugateViews, geometry: PlanarGeometry, shift: tuple[int, int] = (0, 0)) -> _Sums:
    rois = np.roll(geometry.rois, shift, axis=(1, 2)).astype(np.float64)
    rings = np.roll(geometry.rings, shift, axis=(1, 2)).astype(np.float64)
    pixels = np.maximum(rings.sum(axis=(1, 2)), 1.0)

    def over(masks: Floats, values: Floats) -> Floats:
        return np.asarray(np.einsum("kij,vij->vk", masks, values))

    return _Sums(
        over(rois, views.photopeak),
        over(rois, views.scatter),
        over(rings, views.photopeak) / pixels,
        over(rings, views.scatter) / pixels,
    )


def _net(sums: _Sums, geometry: PlanarGeometry, knobs: _Knobs) -> Floats:
    ring = sums.ring - knobs.scatter * sums.ring_scatter
    shown = sums.gross - knobs.scatter * sums.scatter - knobs.background * geometry.background_pixels * ring
    diagonal = np.einsum("vkk->vk", geometry.transfer)
    own = np.stack([np.diag(row) for row in diagonal])
    transfer = own + (geometry.transfer - own) * knobs.overlap[:, np.newaxis]
    solved: Floats = np.linalg.solve(transfer, shown[..., np.newaxis])[..., 0]
    return solved


def _moves(
    views: ConjugateViews, geometry: PlanarGeometry, sums: _Sums, errors: PlanarErrors, knobs: _Knobs
) -> dict[str, Floats]:
    """Relative change of every region's activity by one standard uncertainty of each source."""

    def change(low: Floats, high: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            steps = np.where(geometry.weights > 0, geometry.weights * np.log(high / low), 0.0)
        moved: Floats = 0.5 * steps.sum(axis=0)
        return moved

    def by(name: str, low: object, high: object) -> Floats:
        moved = (replace(knobs, **{name: value}) for value in (low, high))  # type: ignore[arg-type]
        return change(*(_net(sums, geometry, each) for each in moved))

    u, names = errors, geometry.names
    found = {"scatter:planar": by("scatter", 1.0 - u.scatter, 1.0 + u.scatter)}
    for name, one in zip(names, np.eye(len(names)), strict=True):
        found[f"background:{name}"] = by("background", 1.0 - u.background * one, 1.0 + u.background * one)
        found[f"overlap:{name}"] = by("overlap", 1.0 - u.overlap * one, 1.0 + u.overlap * one)
    steps = [
        change(
            _net(_sums(views, geometry, (-row, -column)), geometry, knobs),
            _net(_sums(views, geometry, (row, column)), geometry, knobs),
        )
        * (errors.position_mm / pixel)
        for (row, column), pixel in zip(((1, 0), (0, 1)), geometry.pixels_mm, strict=True)
    ]
    together = np.hypot(*steps)
    for name, one in zip(names, np.eye(len(names)), strict=True):
        found[f"position:{name}@{{scan}}"] = np.where(one > 0, together, 0.0)
    return found


def _variance(views: ConjugateViews, geometry: PlanarGeometry) -> Floats:
    """Of the net counts, from counting. Shape ``(2, region)``."""
    rois, rings = geometry.rois.astype(np.float64), geometry.rings.astype(np.float64)
    pixels = np.maximum(rings.sum(axis=(1, 2)), 1.0)
    both = views.variance + views.scatter_variance
    inside = np.einsum("kij,vij->vk", rois, both)
    beside = np.einsum("kij,vij->vk", rings, both) / pixels**2
    shown = inside + geometry.background_pixels**2 * beside
    inverse = np.linalg.inv(geometry.transfer)
    found: Floats = np.einsum("vkj,vj->vk", inverse**2, shown)
    return found


def _dead_time(views: ConjugateViews, roi: NDArray[np.bool_]) -> dict[str, float]:
    used = views.dead_time
    if used is None:
        return {}
    tau = used.dead_time.value
    loss = float(views.losses[:, np.nonzero(roi)[0]].mean())
    true = np.array([(np.log(loss) if used.model == "paralysable" else loss - 1.0) / tau])
    slope = float(factor_by_dead_time(true, tau, used.model)[0])
    return {source: slope * u for source, u in used.dead_time.components.items()}


@dataclass(frozen=True)
class WholeBody:
    """The whole body, or some rows of it, as a region."""

    name: str
    optical: Floats
    """Optical path at the energy of the photopeak. Shape ``(row, column)``."""
    relative_standard_uncertainty: float
    """Of all optical paths together."""
    rows: slice = field(default_factory=lambda: slice(None))
    part_of: str = ""
    """Name of the body that these rows are a part of, whose error of the model they share."""


def measure_whole_body(
    views: ConjugateViews, body: WholeBody, sensitivity: Uncertain, errors: PlanarErrors, *, scan: int
) -> PlanarMeasurement:
    r"""Activity of all that the views show, or of some rows. [Bq]

    The body is taken to be evenly filled along every line of view, so that each pixel of the geometric mean is
    multiplied with :math:`e^{x/2} f(x) = x/(1 - e^{-x})` of its optical path *x*. Means over the pixels are weighed by
    the blurred geometric mean; the counts are those of the whole.

    Parameters
    ----------
    views
        The scan.
    body
        Rows and optical paths.
    sensitivity
        In air. [1/(s Bq)]
    errors
        As the site states them.
    scan
        For the names of sources.

    Raises
    ------
    RegionFinding
        If the net counts of a view are not positive.
    """
    part = body.rows
    gross, scatter = views.photopeak[:, part].sum(axis=(1, 2)), views.scatter[:, part].sum(axis=(1, 2))
    net = gross - scatter
    if not net.min() > 0:
        raise RegionFinding(f"planar scan {scan}: {net.min():.0f} net counts of {body.name}")
    sigma = [0.0, *(_SMOOTH_MM / pixel for pixel in views.spacing_mm)]
    smooth = np.maximum(ndimage.gaussian_filter(views.net, sigma, mode="constant"), 0.0)[:, part]
    weights = np.sqrt(smooth.prod(axis=0))

    def factor(scale: float) -> float:
        return float(np.average(even_body_factor(scale * body.optical[part]), weights=weights))

    u = body.relative_standard_uncertainty
    attenuation = Uncertain(factor(1.0), {ATTENUATION: (factor(1.0 + u) - factor(1.0 - u)) / 2.0})
    variance = (views.variance + views.scatter_variance)[:, part].sum(axis=(1, 2))
    relative = {
        f"counts:{body.name}@{scan}": float(np.sqrt((variance / net**2).sum()) / 2.0),
        "scatter:planar": float(-errors.scatter * (scatter / net).mean()),
        f"planar-model:{body.part_of or body.name}": errors.model[body.part_of or body.name],
        **_dead_time(views, np.ones((views.photopeak.shape[1], 1), dtype=bool)),
    }
    counted = scaled(Uncertain(1.0, relative), float(np.sqrt(net.prod())) * _by_pixel(smooth) / views.seconds)
    return PlanarMeasurement(
        region=body.name,
        scan=scan,
        time_s=float(np.average(views.row_times_s[part], weights=weights.sum(axis=1) + 1e-9)),
        gross=_pair(gross),
        scatter=_pair(scatter),
        background=(0.0, 0.0),
        net=_pair(net),
        losses=float(views.losses[:, part].mean()),
        attenuation=attenuation,
        activity=multiply_powers((counted, 1.0), (attenuation, 1.0), (sensitivity, -1.0)),
    )


def _by_pixel(smooth: Floats) -> float:
    """Sum of the geometric means of the pixels over the geometric mean of the sums [1]."""
    return float(np.sqrt(smooth.prod(axis=0)).sum() / np.sqrt(smooth.sum(axis=(1, 2)).prod()))
