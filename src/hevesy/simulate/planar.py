r"""Planar images: anterior and posterior projections of the patient in the photopeak and in two windows of scatter.

Each pixel of the photopeak holds the counts of the line behind it,

.. math:: C = k\, T \sum_y A(y)\, e^{-d(y)} \left(1 + c\, d(y)\right)

with the sensitivity *k* of the reconstructed SPECT, the time *T* that the detector sees the point, and the optical
depth :math:`d = \int \mu\, \mathrm{d}y` from the point to the body's surface on the detector's side, through the
phantom's own media. The second term is scatter, which grows with depth and is blurred widely; the windows below and
above the photopeak hold scatter alone, by a spectrum that falls in a straight line. A moving detector sees each row at
its own time. What the detector loses to dead time follows all that it records at once. The noise is that of counting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.numerics.dead_time import observed_rate
from hevesy.numerics.moving_detector import in_view, mean_while_seen
from hevesy.simulate.emission import mean_activity
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.planar_matter import attenuation_map
from hevesy.simulate.scanner import FWHM_PER_SD, Images, Scanner
from hevesy.simulate.seeds import generator

DETECTOR_LENGTH_MM = 400.0
"""Along the body, which sets the speed of the scan. [mm]"""
DEAD_TIME_S = 4.0e-6
"""Paralysable, for the events recorded in all windows: own choice. [s]"""
SCATTER_PER_MEAN_FREE_PATH = 0.3
"""Scattered over unscattered counts of the photopeak for each mean free path of depth: own choice."""
SCATTER_FALL = (1.25, 0.75)
"""Scatter per keV in the lower and the upper window over that in the photopeak."""
FWHM_MM = 12.0
"""Own choice for a medium-energy collimator at the distance of a patient. [mm]"""
SCATTER_FWHM_MM = 70.0
"""[mm]"""
_LARGEST = 65535


@dataclass(frozen=True)
class PlanarScan:
    """One acquisition with two opposite detectors."""

    kind: str
    """WHOLE BODY or STATIC."""
    start_s: float
    """After the start of the administration. [s]"""
    duration_s: float
    """[s]"""
    seconds_per_point: float
    """How long each point is seen. [s]"""
    grid: Grid
    """Voxels behind the pixels; rows run from head to feet, columns as each detector sees them."""

    @property
    def rows_in_view(self) -> int:
        """Rows that the detector sees at once."""
        rows = self.grid.shape[0]
        return min(round(DETECTOR_LENGTH_MM / self.grid.spacing_mm[2]), rows) if self.kind == "WHOLE BODY" else rows

    def row_starts_s(self) -> NDArray[np.float64]:
        """When each row (from feet to head, as the grid) comes into view, after the start of the scan. [s]"""
        rows = self.grid.shape[0]
        if self.kind != "WHOLE BODY":
            return np.zeros(rows)
        from_head = np.arange(rows)[::-1] * self.grid.spacing_mm[2]
        return np.asarray(from_head * (self.seconds_per_point / DETECTOR_LENGTH_MM), dtype=np.float64)


@dataclass(frozen=True)
class Windows:
    """The photopeak between two scatter windows. [keV]"""

    lower: tuple[float, float]
    photopeak: tuple[float, float]
    upper: tuple[float, float]

    @property
    def all(self) -> tuple[tuple[float, float], ...]:
        """In the order of the frames."""
        return self.lower, self.photopeak, self.upper


@dataclass(frozen=True)
class Projections:
    """What the two detectors count in each window, from head to feet."""

    anterior: NDArray[np.uint16]
    """Patient's right on the left. Shape ``(window, z, x)``."""
    posterior: NDArray[np.uint16]
    """Patient's left on the left. Shape ``(window, z, x)``."""
    activity_bq: float
    """Mean in view while each row was seen. [Bq]"""
    scatter_share: float
    """Of the photopeak's counts, both views."""
    largest_loss: float
    """Share of counts lost to dead time in the worst row."""


def scatter_windows(photopeak_kev: tuple[float, float]) -> Windows:
    """Windows of a tenth of the photopeak's middle on either side of it. [keV]"""
    low, high = photopeak_kev
    width = 0.1 * (low + high) / 2
    return Windows((low - width, low), photopeak_kev, (high, high + width))


def project(
    patient: VirtualPatient,
    pose: Pose,
    scan: PlanarScan,
    scanner: Scanner,
    *,
    seed: int,
    scatter_error: float = 1.0,
) -> Projections:
    """Count both views in three windows.

    Parameters
    ----------
    scatter_error
        What the scatter windows hold over what a straight spectrum would put there.

    Raises
    ------
    InputError
        If a pixel holds more counts than 16 bits.
    """
    activity = _activity_by_row(patient, pose, scan, scanner)
    matter = attenuation_map(patient, pose, scan.grid)
    rng = generator(seed, "noise", "planar", scan.kind, scan.start_s)
    windows = scatter_windows(scanner.window_kev)
    views, shares, losses = [], [], []
    for turned in (slice(None), slice(None, None, -1)):
        expected = _expected(activity[:, turned], matter[:, turned], scan, scanner)
        kept = _kept(expected, windows, scan)
        shares.append(float(expected[1].sum() / expected.sum()))
        losses.append(float(1.0 - kept.min()))
        views.append(counted(_by_window(expected, windows, scatter_error) * kept[:, np.newaxis], rng))
    return Projections(
        views[0],
        views[1][:, :, ::-1],
        float(activity.sum(dtype=np.float64)),
        float(np.mean(shares)),
        max(losses),
    )


def _activity_by_row(patient: VirtualPatient, pose: Pose, scan: PlanarScan, scanner: Scanner) -> Images:
    """Mean activity while each row is seen, straight between the first and the last row. Shape ``(z, y, x)``. [Bq]"""
    starts = scan.row_starts_s()
    first = _mean_activity(patient, pose, scan, scanner, float(starts.min()))
    if starts.max() == starts.min():
        return first
    last = _mean_activity(patient, pose, scan, scanner, float(starts.max()))
    share = ((starts - starts.min()) / (starts.max() - starts.min())).astype(np.float32)[:, np.newaxis, np.newaxis]
    blended: Images = first * (1 - share) + last * share
    return blended


def _mean_activity(patient: VirtualPatient, pose: Pose, scan: PlanarScan, scanner: Scanner, later_s: float) -> Images:
    scenario = patient.scenario
    scans = scenario.scans.model_copy(update={"duration": scan.seconds_per_point})
    during = replace(patient, scenario=scenario.model_copy(update={"scans": scans}))
    return mean_activity(during, pose, scan.grid, scanner, scan.start_s + later_s)[0]


def leaving(activity: Images, matter: Images, grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Activity that leaves the body towards the first row unscattered, and scattered into the photopeak.

    Parameters
    ----------
    activity
        Shape ``(z, y, x)``. [Bq]
    matter
        Attenuation coefficients. Shape ``(z, y, x)``. [1/mm]

    Returns
    -------
    Each of shape ``(z, x)``. [Bq]
    """
    depth = (np.cumsum(matter, axis=1, dtype=np.float64) - matter / 2) * grid.spacing_mm[1]
    unscattered = activity * np.exp(-depth)
    return unscattered.sum(axis=1), SCATTER_PER_MEAN_FREE_PATH * (unscattered * depth).sum(axis=1)


def _expected(activity: Images, matter: Images, scan: PlanarScan, scanner: Scanner) -> NDArray[np.float64]:
    """Unscattered and scattered counts of the photopeak without losses. Shape ``(2, z, x)``."""
    per_bq = scanner.sensitivity_cps_per_bq * scan.seconds_per_point
    pixel = np.array([scan.grid.spacing_mm[2], scan.grid.spacing_mm[0]])
    parts = zip(leaving(activity, matter, scan.grid), (FWHM_MM, SCATTER_FWHM_MM), strict=True)
    blurred = [ndimage.gaussian_filter(part, fwhm / FWHM_PER_SD / pixel, mode="constant") for part, fwhm in parts]
    return np.stack(blurred) * per_bq


def _by_window(expected: NDArray[np.float64], windows: Windows, scatter_error: float) -> NDArray[np.float64]:
    """Counts of the lower window, the photopeak and the upper window. Shape ``(3, z, x)``."""
    (low, high), scatter = windows.photopeak, expected[1]
    sides = [
        fall * (b - a) / (high - low) * scatter_error * scatter
        for (a, b), fall in zip((windows.lower, windows.upper), SCATTER_FALL, strict=True)
    ]
    return np.stack([sides[0], expected.sum(axis=0), sides[1]])


def _kept(expected: NDArray[np.float64], windows: Windows, scan: PlanarScan) -> NDArray[np.float64]:
    """Share of each row's counts that is recorded. Shape ``(z,)``."""
    rates = _by_window(expected, windows, 1.0).sum(axis=(0, 2)) / scan.seconds_per_point
    seen = in_view(rates, scan.rows_in_view)
    if scan.kind != "WHOLE BODY":
        seen = np.full(seen.shape, rates.sum())
    kept = observed_rate(seen, DEAD_TIME_S, "paralysable") / np.maximum(seen, 1e-300)
    return mean_while_seen(np.where(seen > 0, kept, 1.0), scan.rows_in_view)


def counted(expected: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint16]:
    """Counts of an expectation from feet to head, as stored from head to feet. Shape ``(..., z, x)``."""
    counts = rng.poisson(expected)[..., ::-1, :]
    if counts.max() > _LARGEST:
        raise InputError(f"at most {_LARGEST} counts in a planar pixel", f"{counts.max()} came", "--planar")
    stored: NDArray[np.uint16] = counts.astype(np.uint16)
    return stored
