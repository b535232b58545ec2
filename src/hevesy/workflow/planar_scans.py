"""The planar scans of a study: which series, when, and as conjugate views on the pixels of the first or named one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import inspect_file, load_planar
from hevesy.align import planar_shift, shifted
from hevesy.domain import Camera, EnergyWindow, ImageKind, ImportReport, PlanarImage, SeriesRecord
from hevesy.errors import AdministrationError, GeometryError, InputError, ScaleError, StudyFileError
from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.physdata import Nuclide
from hevesy.quantify import (
    ConjugateViews,
    DeadTime,
    Motion,
    WindowWeight,
    check_belongs,
    conjugate_views,
    dual_window_weight,
    triple_window_weights,
)
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import DualWindow, NotCorrected, Planar, PlanarDeadTime, StandardSensitivity, TripleWindow

_KINDS = {"whole-body": ImageKind.WHOLE_BODY, "static": ImageKind.STATIC}
SENSITIVITY = "calibration:planar"
"""Source of uncertainty of everything that planar counts become."""


@dataclass(frozen=True)
class PlanarScan:
    """One planar scan."""

    index: int
    """1, 2, ... in time order."""
    record: SeriesRecord
    time_s: float
    """Start of the administration to the start of the acquisition. [s]"""
    views: ConjugateViews
    shift_mm: tuple[float, float] = (0.0, 0.0)
    """That brought it onto the reference, along rows and columns. [mm]"""


@dataclass(frozen=True)
class PlanarReading:
    """How planar counts are read, with everything resolved."""

    photopeak: EnergyWindow
    scatter: tuple[WindowWeight, ...]
    motion: Motion | None
    dead_time: DeadTime | None

    def views(self, image: PlanarImage, where: str) -> ConjugateViews:
        """A scan as conjugate views."""
        motion = self.motion if image.kind is ImageKind.WHOLE_BODY else None
        return conjugate_views(
            image, self.photopeak, scatter=self.scatter, motion=motion, dead_time=self.dead_time, where=where
        )


def planar_reading(section: Planar) -> PlanarReading:
    """Settle windows, motion and dead time.

    Raises
    ------
    ScaleError
        If scatter windows overlap the photopeak, or lie on the wrong side.
    """
    peak, scans = EnergyWindow(*section.photopeak.window_kev), section.scans
    if not peak.lower_kev < 1000.0 * section.photopeak.energy < peak.upper_kev:
        came = f"{1000.0 * section.photopeak.energy:g} keV came"
        raise ScaleError(f"an energy within the photopeak {peak}", came, "planar.photopeak.energy")
    motion = None
    if scans.time_per_point is not None and scans.detector_length is not None:
        motion = Motion(scans.time_per_point, scans.detector_length, scans.direction == "head-first")
    return PlanarReading(peak, _scatter(section, peak), motion, _dead_time(section))


def _scatter(section: Planar, peak: EnergyWindow) -> tuple[WindowWeight, ...]:
    where, stated = "planar.scatter", section.scatter
    if isinstance(stated, TripleWindow):
        lower, upper = EnergyWindow(*stated.lower_kev), EnergyWindow(*stated.upper_kev)
        return triple_window_weights(peak, lower, upper, where=where)
    if isinstance(stated, DualWindow):
        return dual_window_weight(peak, EnergyWindow(*stated.lower_kev), stated.factor, where=where)
    return ()


def _dead_time(section: Planar) -> DeadTime | None:
    stated = section.dead_time
    if not isinstance(stated, PlanarDeadTime):
        return None
    tau = Uncertain(stated.tau, {"dead-time:planar": stated.standard_uncertainty})
    return DeadTime(stated.model, tau, "planar", stated.source)


def load_planar_scans(
    section: Planar, reading: PlanarReading, report: ImportReport, administration: UsedAdministration
) -> tuple[PlanarScan, ...]:
    """Load the planar scans, in time order.

    Raises
    ------
    InputError
        If there is none, one has no date or nuclide that fits, two start at once, or they differ in matrix.
    """
    chosen = planar_records(section, report)
    scans = sorted((_scan(r, reading, administration) for r in chosen), key=lambda s: s.time_s)
    for one, other in itertools.pairwise(scans):
        if other.time_s <= one.time_s:
            raise InputError("planar scans at different times", "two start at once", f"series {other.record.id}")
        same = one.views.spacing_mm == other.views.spacing_mm and one.views.net.shape == other.views.net.shape
        if not same:
            raise GeometryError("planar scans of one matrix", "others came", f"series {other.record.id}")
    return tuple(replace(scan, index=n) for n, scan in enumerate(scans, start=1))


def planar_records(section: Planar, report: ImportReport) -> list[SeriesRecord]:
    """The series of the planar scans.

    Raises
    ------
    InputError
        If there is none, or the study names one that is not there.
    """
    kind = _KINDS[section.scans.kind]
    there = {s.series_uid: s for s in report.series if s.kind is kind and not s.is_phantom}
    if section.scans.series is None:
        if not there:
            raise InputError(f"{section.scans.kind} planar images", "none was found", "planar.scans")
        return list(there.values())
    unknown = [uid for uid in section.scans.series if uid not in there]
    if unknown:
        came = f"{unknown[0]} came"
        raise StudyFileError(f"series UIDs of {section.scans.kind} planar images", came, "planar.scans.series")
    return [there[uid] for uid in section.scans.series]


def _scan(record: SeriesRecord, reading: PlanarReading, administration: UsedAdministration) -> PlanarScan:
    where = f"series {record.id}"
    blocking = [f for f in record.contradictions if f.blocking]
    if blocking:
        raise ScaleError("a planar scan without contradictions", blocking[0].message, where)
    if record.acquisition_start is None:
        raise InputError("an acquisition date and time", "none is there", where)
    if record.radionuclide not in {None, administration.nuclide.name}:
        raise AdministrationError(
            f"{administration.nuclide.name} in every planar scan", f"{record.radionuclide} came", where
        )
    time_s = (record.acquisition_start - administration.start).total_seconds()
    if time_s <= 0:
        came = f"{record.acquisition_start} came"
        raise AdministrationError("planar scans after the start of the administration", came, where)
    image = load_planar(record)
    if image.transmission:
        raise ScaleError("a planar scan of the patient's activity", "a transmission scan came", where)
    return PlanarScan(0, record, time_s, reading.views(image, where))


def brought_onto(scans: Sequence[PlanarScan], reference: int, maximum_mm: float) -> tuple[PlanarScan, ...]:
    """Every scan shifted onto the one with this index, by the correlation of their geometric means.

    Raises
    ------
    AlignmentError
        If one lies farther away than that. [mm]
    """
    fixed = next(scan for scan in scans if scan.index == reference).views
    return tuple(scan if scan.index == reference else _moved(scan, fixed, maximum_mm) for scan in scans)


def _moved(scan: PlanarScan, fixed: ConjugateViews, maximum_mm: float) -> PlanarScan:
    views, where = scan.views, f"series {scan.record.id}"
    shift = planar_shift(shown_mean(fixed), shown_mean(views), views.spacing_mm, maximum_mm=maximum_mm, where=where)
    moved = replace(
        views,
        photopeak=shifted(views.photopeak, shift, views.spacing_mm),
        variance=shifted(views.variance, shift, views.spacing_mm),
        scatter=shifted(views.scatter, shift, views.spacing_mm),
        scatter_variance=shifted(views.scatter_variance, shift, views.spacing_mm),
    )
    return replace(scan, views=moved, shift_mm=shift)


def shown_mean(views: ConjugateViews) -> NDArray[np.float64]:
    """Geometric mean as a picture, zero where scatter exceeds the counts. Shape ``(row, column)``."""
    mean: NDArray[np.float64] = np.sqrt(np.maximum(views.net[0], 0.0) * np.maximum(views.net[1], 0.0))
    return mean


def planar_sensitivity(
    section: Planar, reading: PlanarReading, folder: Path, nuclide: Nuclide, scans: Sequence[PlanarScan]
) -> tuple[Uncertain, str, SeriesRecord | None]:
    r"""Sensitivity in air, where it comes from, and the acquisition it was measured with. [1/(s Bq)]

    .. math:: C = \frac{\sqrt{N_a N_p}}{T \bar A}

    of all that both views show of the standard, less scatter and put right for dead time.

    Raises
    ------
    ScaleError
        If the standard was measured with another camera or nuclide, or shows nothing.
    """
    stated = section.sensitivity
    if not isinstance(stated, StandardSensitivity):
        spread = stated.factor * stated.relative_standard_uncertainty
        return Uncertain(stated.factor, {SENSITIVITY: spread}), stated.source, None
    where = "planar.sensitivity.images"
    record = inspect_file(folder / stated.images)
    _check_camera(record, scans[0].record, nuclide, where)
    if record.acquisition_start is None:
        raise ScaleError("an acquisition date and time of the standard", "none is there", where)
    views = reading.views(load_planar(record), where)
    net = views.net.sum(axis=(1, 2))
    if not net.min() > 0:
        raise ScaleError("counts of the standard in both views", f"{net.min():.0f} net counts came", where)
    variance = (views.variance + views.scatter_variance).sum(axis=(1, 2))
    relative = float(np.sqrt((variance / net**2).sum()) / 2.0)
    counts = Uncertain(float(np.sqrt(net.prod())), {f"{SENSITIVITY}.counts": relative * float(np.sqrt(net.prod()))})
    since = (record.acquisition_start - stated.at).total_seconds()
    half_life = nuclide.half_life_s
    mean = stated.activity * remaining(half_life, since) * mean_over_start(half_life, views.seconds)
    activity = Uncertain(mean, {SENSITIVITY: stated.relative_standard_uncertainty * mean})
    found = multiply_powers((scaled(counts, 1.0 / views.seconds), 1.0), (activity, -1.0))
    return found, f"standard of {stated.activity / 1e6:.4g} MBq in air, {record.acquisition_start:%Y-%m-%d}", record


def _check_camera(record: SeriesRecord, scan: SeriesRecord, nuclide: Nuclide, where: str) -> None:
    if record.kind not in _KINDS.values():
        raise InputError("a planar image of the standard", f"{record.kind} came", where)
    check_belongs(
        "planar sensitivity",
        record.camera or Camera(),
        scan.camera or Camera(),
        radionuclide=record.radionuclide or nuclide.name,
        scan_radionuclide=scan.radionuclide or nuclide.name,
        scan_name=f"series {scan.id}",
    )


def planar_limits(section: Planar) -> list[str]:
    """What the images are not corrected for, which the study accepts."""
    parts = (("scatter", section.scatter), ("dead time", section.dead_time))
    return [
        f"Planar images are not corrected for {name}: {stated.accepted}. No uncertainty accounts for it."
        for name, stated in parts
        if isinstance(stated, NotCorrected)
    ]
