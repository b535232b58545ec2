"""A planar acquisition as two conjugate views: counts put right for dead time, scatter beside them, times by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import EnergyWindow, ImageKind, PlanarFrame, PlanarImage
from hevesy.errors import GeometryError, ScaleError
from hevesy.numerics.dead_time import true_rate
from hevesy.numerics.moving_detector import in_view, mean_while_seen
from hevesy.quantify.dead_time import CountRate, DeadTime, loss_factor
from hevesy.quantify.planar import check_opposite, turned_onto
from hevesy.quantify.planar_scatter import WindowWeight

Floats = NDArray[np.float64]
_SAME_SPEED = 0.02
_WINDOW_KEV = 1.0


@dataclass(frozen=True)
class Motion:
    """How detectors that move along the body see it."""

    seconds_per_point: float
    """How long each point is seen. [s]"""
    detector_length_mm: float
    """Along the body. [mm]"""
    head_first: bool
    """Whether the scan goes from head to feet."""


@dataclass(frozen=True)
class ConjugateViews:
    """Anterior and posterior view on the pixels of the anterior one. Index 0 is anterior, 1 posterior."""

    photopeak: Floats
    """Counts put right for dead time. Shape ``(2, row, column)``."""
    variance: Floats
    """Of the photopeak's counts. Shape ``(2, row, column)``."""
    scatter: Floats
    """Scatter within the photopeak; zero where none is subtracted. Shape ``(2, row, column)``."""
    scatter_variance: Floats
    """Shape ``(2, row, column)``."""
    seconds: float
    """How long each point was seen. [s]"""
    row_times_s: Floats
    """Middle of the time at which each row was seen, after the start of the acquisition. Shape ``(row,)``. [s]"""
    losses: Floats
    """True over recorded counts. Shape ``(2, row)``."""
    dead_time: DeadTime | None
    spacing_mm: tuple[float, float]
    """Between rows and between columns. [mm]"""
    position_mm: tuple[float, float, float] | None
    """Centre of the first pixel in patient coordinates (LPS). [mm]"""

    @property
    def net(self) -> Floats:
        """Photopeak without scatter. Shape ``(2, row, column)``."""
        return self.photopeak - self.scatter


def conjugate_views(
    image: PlanarImage,
    photopeak: EnergyWindow,
    *,
    scatter: Sequence[WindowWeight] = (),
    motion: Motion | None = None,
    dead_time: DeadTime | None = None,
    where: str = "planar image",
) -> ConjugateViews:
    """Bring an acquisition into the form that regions are measured on.

    Dead time follows all counts that a detector records at once, in all windows of the acquisition; for a moving
    detector, of the rows that it sees.

    Parameters
    ----------
    image
        A static or whole-body image with an anterior and a posterior view.
    photopeak
        Its window.
    scatter
        Windows beside it with their weights; none where no scatter is subtracted.
    motion
        Of a whole-body scan.
    dead_time
        Of the detectors, for the events recorded in all windows; None where they lose nothing.
    where
        The image, for messages.

    Raises
    ------
    GeometryError
        If a view is missing or given twice, the matrices differ, or the pixels have no size.
    ScaleError
        If durations differ or are unknown, a window is missing, the speed of the scan contradicts the header, or the
        count rate is too high to be put right.
    """
    if image.spacing_mm is None:
        raise GeometryError("the size of the pixels", "none is stated", where)
    peaks = _pair(image, photopeak, where)
    sides = [(_pair(image, one.window, where), one.weight) for one in scatter]
    seconds, starts = _seen(image, peaks[0], motion, where)
    rows_in_view = _rows_in_view(image, motion)
    losses = np.stack([_losses(image, frame, seconds, rows_in_view, dead_time, where=where) for frame in peaks])
    factors = losses[:, :, np.newaxis]
    counts = _turned(peaks)
    estimated = [(_turned(pair), weight) for pair, weight in sides]
    nothing = np.zeros_like(counts)
    return ConjugateViews(
        counts * factors,
        counts * factors**2,
        sum((weight * c for c, weight in estimated), nothing) * factors,
        sum((weight**2 * c for c, weight in estimated), nothing) * factors**2,
        seconds,
        starts + seconds / 2.0,
        losses,
        dead_time,
        image.spacing_mm,
        peaks[0].position_mm,
    )


def opposite_counts(image: PlanarImage, window: EnergyWindow, where: str = "planar image") -> Floats:
    """Counts of the anterior and the posterior view in one window, on the pixels of the anterior one.

    Parameters
    ----------
    image
        Static or whole-body.
    window
        Its window.
    where
        The image, for messages.

    Returns
    -------
    Shape ``(2, row, column)``.

    Raises
    ------
    GeometryError
        If a view is missing or given twice, or the matrices differ.
    """
    return _turned(_pair(image, window, where))


def _pair(image: PlanarImage, window: EnergyWindow, where: str) -> tuple[PlanarFrame, PlanarFrame]:
    found = []
    for view in ("ANT", "POST"):
        fitting = [f for f in image.frames if f.view == view and _is_window(f, window)]
        if len(fitting) != 1:
            shown = sorted({f.view or "unnamed" for f in image.frames})
            came = f"{len(fitting)} came (views {', '.join(shown)})"
            raise GeometryError(f"one {view} view in the window {window}", came, where)
        found.append(fitting[0])
    check_opposite(found[0], found[1], where)
    return found[0], found[1]


def _is_window(frame: PlanarFrame, window: EnergyWindow) -> bool:
    return len(frame.windows) == 1 and all(
        abs(a - b) <= _WINDOW_KEV
        for a, b in (
            (frame.windows[0].lower_kev, window.lower_kev),
            (frame.windows[0].upper_kev, window.upper_kev),
        )
    )


def _turned(pair: tuple[PlanarFrame, PlanarFrame]) -> Floats:
    return np.stack([np.asarray(pair[0].counts, dtype=np.float64), turned_onto(*pair)])


def _seen(image: PlanarImage, frame: PlanarFrame, motion: Motion | None, where: str) -> tuple[float, Floats]:
    """How long each point is seen, and when each row comes into view. [s]"""
    rows = frame.counts.shape[0]
    if image.kind is not ImageKind.WHOLE_BODY:
        if frame.duration_s is None:
            raise ScaleError("the duration of the image", "none is stated", where)
        return frame.duration_s, np.zeros(rows)
    if motion is None:
        raise ScaleError("how long a whole-body scan sees each point", "it is not stated", where)
    speed = motion.detector_length_mm / motion.seconds_per_point
    if image.scan_velocity_mm_s and abs(image.scan_velocity_mm_s / speed - 1) > _SAME_SPEED:
        came = f"{speed:.4g} mm/s came from time per point and detector length"
        raise ScaleError(f"the speed of the header, {image.scan_velocity_mm_s:.4g} mm/s", came, where)
    if frame.orientation is None:
        raise GeometryError("where the rows of the view lead", "it is not stated", where)
    head_at_top = frame.orientation[1] == "F"
    order = np.arange(rows) if head_at_top is motion.head_first else np.arange(rows)[::-1]
    spacing = image.spacing_mm[0] if image.spacing_mm else 0.0
    return motion.seconds_per_point, np.asarray(order * (spacing / speed), dtype=np.float64)


def _rows_in_view(image: PlanarImage, motion: Motion | None) -> int | None:
    if image.kind is not ImageKind.WHOLE_BODY or motion is None or image.spacing_mm is None:
        return None
    rows = int(image.frames[0].counts.shape[0])
    return min(max(round(motion.detector_length_mm / image.spacing_mm[0]), 1), rows)


def _losses(
    image: PlanarImage,
    frame: PlanarFrame,
    seconds: float,
    rows_in_view: int | None,
    dead_time: DeadTime | None,
    *,
    where: str,
) -> Floats:
    """True over recorded counts of each row of one detector. Shape ``(row,)``."""
    rows = frame.counts.shape[0]
    if dead_time is None:
        return np.ones(rows)
    own = [f for f in image.frames if f.view == frame.view]
    rates = sum((np.asarray(f.counts, dtype=np.float64).sum(axis=1) for f in own), np.zeros(rows)) / seconds
    seen = np.full(rows, rates.sum()) if rows_in_view is None else in_view(rates, rows_in_view)
    largest = float(seen.max())
    if largest > 0:
        loss_factor(dead_time, CountRate(largest, largest, largest, 0.0), scan=where)  # refuses what is too high
    true = true_rate(seen, dead_time.dead_time.value, dead_time.model)
    factors = np.where(seen > 0, true / np.maximum(seen, 1e-300), 1.0)
    return factors if rows_in_view is None else mean_while_seen(factors, rows_in_view)
