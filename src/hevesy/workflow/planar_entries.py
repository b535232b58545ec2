"""From what the planar scans showed to the entries and pictures of the results."""

from __future__ import annotations

from hevesy.acquire import series_sha256
from hevesy.domain import InputFile
from hevesy.errors import RegionFinding
from hevesy.report import PlanarPicture
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import PlanarModel, PlanarPoint, PlanarScanModel, RegionResult
from hevesy.workflow.config import DualWindow, NotCorrected, Planar, PlanarCt, ProjectedRois, TripleWindow
from hevesy.workflow.courses import RegionCourse
from hevesy.workflow.estimates import estimate, missing
from hevesy.workflow.planar_measured import Measured, PlanarMeasured
from hevesy.workflow.planar_scans import PlanarScan
from hevesy.workflow.provenance import file_sha256

_HOUR = 3600.0


def planar_entry(measured: PlanarMeasured, method: str) -> PlanarModel:
    """Planar images as used."""
    section = measured.section
    return PlanarModel(
        method="hybrid" if method == "hybrid" else "planar",
        reference=measured.reference,
        scans=[_scan(scan) for scan in measured.scans],
        sensitivity_cps_per_bq=estimate(measured.sensitivity, "1/(s Bq)", with_budget=True),
        sensitivity_source=measured.sensitivity_source,
        views=_views(measured),
        scatter=_scatter(section),
        attenuation=_attenuation(section),
        dead_time=_dead_time(section),
        limits=list(measured.limits),
    )


def _scan(scan: PlanarScan) -> PlanarScanModel:
    start = scan.record.acquisition_start
    return PlanarScanModel(
        index=scan.index,
        series=scan.record.series_uid,
        start=start.isoformat() if start else "",
        time_h=scan.time_s / _HOUR,
        seconds_per_point=scan.views.seconds,
        shift_mm=scan.shift_mm,
    )


def _views(measured: PlanarMeasured) -> dict[str, str]:
    words = {(0.5, 0.5): "conjugate", (1.0, 0.0): "anterior", (0.0, 1.0): "posterior"}
    geometry = measured.geometry
    pairs = zip(geometry.names, geometry.weights.T.tolist(), strict=True)
    return {name: words[weights[0], weights[1]] for name, weights in pairs}


def _scatter(section: Planar) -> str:
    stated = section.scatter
    if isinstance(stated, TripleWindow):
        return "triple energy window"
    if isinstance(stated, DualWindow):
        return f"dual energy window, factor {stated.factor:g} ({stated.source})"
    return f"not corrected: {stated.accepted}"


def _attenuation(section: Planar) -> str:
    energy = f"{1000 * section.photopeak.energy:.4g} keV"
    if isinstance(section.attenuation, PlanarCt):
        through = " through which the regions are projected" if isinstance(section.rois, ProjectedRois) else ""
        return f"CT{through}, {energy}, CT curve {section.attenuation.curve}"
    return f"flood source of {1000 * section.attenuation.energy:.4g} keV seen through the patient, {energy}"


def _dead_time(section: Planar) -> str:
    stated = section.dead_time
    if isinstance(stated, NotCorrected):
        return f"not corrected: {stated.accepted}"
    return f"{1e6 * stated.tau:.3g} µs, {stated.model}, {stated.source}"


def with_planar(result: RegionResult, course: RegionCourse, measured: PlanarMeasured | None) -> RegionResult:
    """The entry of a region with what each planar scan showed."""
    if measured is None or result.name not in measured.regions:
        return result
    used = course.measured.points if course.measured is not None else ()
    points = []
    for n, (scan, found) in enumerate(zip(measured.scans, measured.regions[result.name], strict=True)):
        reason = course.reason or "not scaled"
        value = estimate(used[n].activity, "Bq") if n < len(used) else missing("Bq", reason)
        points.append(_point(scan, found, value))
    return result.model_copy(update={"planar": points})


def _point(scan: PlanarScan, found: Measured, used: EstimateModel) -> PlanarPoint:
    if isinstance(found, RegionFinding):
        return PlanarPoint(
            scan=scan.index,
            time_h=scan.time_s / _HOUR,
            activity_bq=missing("Bq", found.reason),
            used_activity_bq=used,
            gross_counts=None,
            scatter_counts=None,
            background_counts=None,
            net_counts=None,
            loss_factor=None,
            attenuation_factor=missing("1", found.reason),
        )
    return PlanarPoint(
        scan=scan.index,
        time_h=(scan.time_s + found.time_s) / _HOUR,
        activity_bq=estimate(found.activity, "Bq", with_budget=True),
        used_activity_bq=used,
        gross_counts=found.gross,
        scatter_counts=found.scatter,
        background_counts=found.background,
        net_counts=found.net,
        loss_factor=found.losses,
        attenuation_factor=estimate(found.attenuation, "1"),
    )


def planar_pictures(measured: PlanarMeasured) -> tuple[PlanarPicture, ...]:
    """The reference scan and the outlines of its regions."""
    scan, geometry = measured.scans[measured.reference - 1], measured.geometry
    rois = tuple(zip(geometry.names, geometry.rois, strict=True))
    return (PlanarPicture(scan.index, scan.views.photopeak, rois, tuple(geometry.rings), scan.views.spacing_mm),)


def planar_inputs(measured: PlanarMeasured) -> tuple[InputFile, ...]:
    """Series and files that the planar part read."""
    series = [InputFile(f"{s.modality} series {s.series_uid}", series_sha256(s)) for s in measured.series]
    return (*series, *(InputFile(file.name, file_sha256(file)) for file in measured.files))
