"""Everything that the planar scans of a study show: activities of its regions at the time of each scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hevesy.align import shifted
from hevesy.domain import Image, ImportReport, RoiSet, SeriesRecord
from hevesy.errors import RegionFinding, StudyFileError
from hevesy.quantify import (
    PlanarErrors,
    PlanarGeometry,
    PlanarMeasurement,
    WholeBody,
    measure_planar_regions,
    measure_whole_body,
)
from hevesy.quantities import Uncertain
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import DrawnRois, NotCorrected, Planar, PlanarCt, ProjectedRois, Transmission
from hevesy.workflow.planar_matter import absorber_of_ct, planar_grid, transmission_paths
from hevesy.workflow.planar_rois import PlanarRegions, check_place, drawn_regions, projected_regions
from hevesy.workflow.planar_scans import (
    PlanarScan,
    brought_onto,
    load_planar_scans,
    planar_limits,
    planar_reading,
    planar_sensitivity,
)

Measured = PlanarMeasurement | RegionFinding
FIELD = "field of view"
"""Rows of the whole body that the SPECT shows."""


@dataclass(frozen=True)
class PlanarInputs:
    """What measuring needs beside the study's section."""

    report: ImportReport
    administration: UsedAdministration
    folder: Path
    names: Sequence[str]
    """Regions that are reported."""
    drawn: RoiSet | None = None
    """As drawn on the CT; with projected regions."""
    ct: Image | None = None
    """That the regions are projected through. [HU]"""
    field_mm: tuple[float, float] | None = None
    """Lowest and highest z of the SPECT; with a whole body that a SPECT scales. [mm]"""


@dataclass(frozen=True)
class PlanarMeasured:
    """What the planar scans show."""

    section: Planar
    scans: tuple[PlanarScan, ...]
    reference: int
    """Index of the scan that the regions lie on."""
    sensitivity: Uncertain
    """In air. [1/(s Bq)]"""
    sensitivity_source: str
    geometry: PlanarGeometry
    regions: Mapping[str, tuple[Measured, ...]]
    """By region, one entry for each scan."""
    limits: tuple[str, ...]
    series: tuple[SeriesRecord, ...]
    """What was read."""
    files: tuple[Path, ...]
    """Files beside the images."""
    kept: Mapping[str, float] = field(default_factory=dict)
    """Share of each projected region that no smaller region took."""
    field_of_view: tuple[Measured, ...] = field(default=())
    """The rows that the SPECT shows, for the whole body of a hybrid study."""

    def times_s(self, name: str) -> tuple[float, ...]:
        """Start of the administration to the time at which a region was seen on each scan. [s]"""
        return tuple(
            scan.time_s + (0.0 if isinstance(found, RegionFinding) else found.time_s)
            for scan, found in zip(self.scans, self.regions[name], strict=True)
        )


def measure_planar(section: Planar, inputs: PlanarInputs) -> PlanarMeasured:
    """Load the planar scans, lay the regions on the reference, and measure every region on every scan.

    The reference is the scan in the frame of reference of the CT, or the first one where regions are drawn on the
    views.

    Raises
    ------
    InputError
        If anything in section or images is not as it must be.
    """
    reading = planar_reading(section)
    scans = load_planar_scans(section, reading, inputs.report, inputs.administration)
    reference = _reference(scans, inputs.ct)
    sensitivity, source, standard = planar_sensitivity(
        section, reading, inputs.folder, inputs.administration.nuclide, scans
    )
    placed = _place(section, reference, inputs)
    brought = brought_onto(scans, reference.index, section.rois.maximum_shift)
    errors = _errors(section, placed.geometry.names)
    found: dict[str, list[Measured]] = {name: [] for name in inputs.names}
    for scan in brought:
        measured = measure_planar_regions(scan.views, placed.geometry, sensitivity, errors, scan=scan.index)
        for name in inputs.names:
            lost = RegionFinding(placed.lost.get(name, "not on the planar views"))
            found[name].append(measured.get(name, lost))
    whole, field_of_view, files = _whole_body(section, brought, sensitivity, errors, inputs)
    return PlanarMeasured(
        section,
        brought,
        reference.index,
        sensitivity,
        source,
        placed.geometry,
        {name: tuple(values) for name, values in (found | whole).items()},
        tuple(planar_limits(section)),
        tuple(scan.record for scan in scans) + (() if standard is None else (standard,)),
        files,
        placed.kept,
        field_of_view,
    )


def _reference(scans: Sequence[PlanarScan], ct: Image | None) -> PlanarScan:
    if ct is None:
        return scans[0]
    frame = ct.grid.frame_of_reference
    fitting = [scan for scan in scans if frame is not None and frame in scan.record.frames_of_reference]
    chosen = fitting[0] if fitting else scans[0]
    check_place(chosen, ct)
    return chosen


def _place(section: Planar, reference: PlanarScan, inputs: PlanarInputs) -> PlanarRegions:
    energy = section.photopeak.energy
    if isinstance(section.rois, ProjectedRois):
        if inputs.ct is None or inputs.drawn is None or not isinstance(section.attenuation, PlanarCt):
            raise StudyFileError("a CT with the regions drawn on it", "none is there", "planar.rois")
        grid = planar_grid(reference.views, inputs.ct.grid)
        absorber = absorber_of_ct(inputs.ct, grid, section.attenuation, energy, inputs.folder)
        return projected_regions(section.rois, inputs.names, inputs.drawn, absorber, grid)
    if not isinstance(section.attenuation, Transmission):
        if inputs.ct is None:
            raise StudyFileError("a CT to compute attenuation from", "none is there", "planar.attenuation")
        absorber = absorber_of_ct(
            inputs.ct, planar_grid(reference.views, inputs.ct.grid), section.attenuation, energy, inputs.folder
        )
        paths = absorber.matter_per_mm.sum(axis=1)[::-1] * absorber.voxel_mm[1]
    else:
        paths = transmission_paths(section.attenuation, reference.views, energy, inputs.folder)
    known = (paths, section.attenuation.relative_standard_uncertainty)
    return drawn_regions(section.rois, inputs.names, reference, known, energy, inputs.folder)


def _errors(section: Planar, names: Sequence[str]) -> PlanarErrors:
    rois, scatter = section.rois, section.scatter
    model = dict.fromkeys(names, rois.model_relative_standard_uncertainty)
    if section.whole_body is not None:
        model[section.whole_body.name] = section.whole_body.model_relative_standard_uncertainty
    return PlanarErrors(
        scatter=0.0 if isinstance(scatter, NotCorrected) else scatter.relative_standard_uncertainty,
        background=rois.background_relative_standard_uncertainty,
        overlap=rois.overlap_relative_standard_uncertainty,
        position_mm=rois.position_standard_uncertainty,
        model=model,
    )


def _whole_body(
    section: Planar,
    scans: Sequence[PlanarScan],
    sensitivity: Uncertain,
    errors: PlanarErrors,
    inputs: PlanarInputs,
) -> tuple[dict[str, list[Measured]], tuple[Measured, ...], tuple[Path, ...]]:
    """The whole body and the rows that a SPECT shows, on each scan; and the files that were read for it."""
    folder, stated = inputs.folder, section.whole_body
    files = [folder / section.rois.polygons] if isinstance(section.rois, DrawnRois) else []
    if isinstance(section.attenuation, Transmission):
        files += [folder / section.attenuation.images, folder / section.attenuation.blank]
    if stated is None:
        return {}, (), tuple(files)
    files += [folder / stated.attenuation.images, folder / stated.attenuation.blank]
    paths = transmission_paths(stated.attenuation, scans[0].views, section.photopeak.energy, folder)
    paths = shifted(paths, scans[0].shift_mm, scans[0].views.spacing_mm)
    relative = stated.attenuation.relative_standard_uncertainty
    bodies = [WholeBody(stated.name, paths, relative)]
    if inputs.field_mm is not None:
        bodies.append(WholeBody(FIELD, paths, relative, _rows(scans[0], inputs.field_mm), stated.name))
    found = [tuple(_measured(scan, body, sensitivity, errors) for scan in scans) for body in bodies]
    return {stated.name: list(found[0])}, found[1] if len(found) > 1 else (), tuple(dict.fromkeys(files))


def _measured(scan: PlanarScan, body: WholeBody, sensitivity: Uncertain, errors: PlanarErrors) -> Measured:
    try:
        return measure_whole_body(scan.views, body, sensitivity, errors, scan=scan.index)
    except RegionFinding as finding:
        return finding


def _rows(scan: PlanarScan, field_mm: tuple[float, float]) -> slice:
    """Rows whose middle lies within the SPECT's field of view."""
    position = scan.views.position_mm
    if position is None:
        raise StudyFileError("the position of the planar image", "its header states none", "planar.whole_body")
    rows, step = scan.views.net.shape[1], scan.views.spacing_mm[0]
    inside = [row for row in range(rows) if field_mm[0] <= position[2] - row * step <= field_mm[1]]
    if not inside:
        raise StudyFileError("planar images that show the SPECT's field of view", "none does", "planar.whole_body")
    return slice(inside[0], inside[-1] + 1)
