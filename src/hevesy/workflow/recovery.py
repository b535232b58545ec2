"""Recovery as the study chooses it: the table or the resolution that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hevesy.acquire import load_image
from hevesy.domain import Camera, SeriesRecord
from hevesy.errors import GeometryError, ScaleError
from hevesy.numerics.response import NARROWEST
from hevesy.physdata import Nuclide
from hevesy.quantify import (
    RecoveryCurve,
    Resolution,
    check_belongs,
    fit_recovery,
    measure_sources,
    read_sphere_table,
    resolution_of_points,
    resolution_of_spheres,
    stated_resolution,
)
from hevesy.workflow.config import (
    BelongsTo,
    MeasuredResolution,
    NoRecovery,
    ShapeRecovery,
    SphereResolution,
    StatedResolution,
    VolumeRecovery,
)
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.site import camera_of, only_phantom

_NAME = "site"
_SAME_VOXEL = 0.01
_NO_MATTER_IN_AIR = frozenset(
    f"{name}-correction-{state}" for name in ("attenuation", "scatter") for state in ("unknown", "absent")
)
"""Findings about an acquisition of small sources that say nothing about its resolution, as its corrections do not."""


@dataclass(frozen=True)
class UsedRecovery:
    """What recovery rests on, or the reason why there is none."""

    section: ShapeRecovery | VolumeRecovery | NoRecovery
    curve: RecoveryCurve | None = None
    resolution: Resolution | None = None
    files: tuple[Path, ...] = ()
    """Tables."""
    series: tuple[SeriesRecord, ...] = ()
    """The acquisition that the resolution was measured with."""

    @property
    def by_volume(self) -> VolumeRecovery | None:
        """The part of the study that is about recovery by volume."""
        if isinstance(self.section, ShapeRecovery):
            return self.section.volume
        return self.section if isinstance(self.section, VolumeRecovery) else None


def use_recovery(section: ShapeRecovery | VolumeRecovery | NoRecovery, study_folder: Path) -> UsedRecovery:
    """Read the sphere table and measure the resolution.

    Raises
    ------
    InputError
        If the table is not as it should be, or the acquisition does not show separate small sources.
    """
    volume = UsedRecovery(section).by_volume
    path = study_folder / volume.spheres if volume is not None else None
    curve = fit_recovery(read_sphere_table(path), _NAME) if path is not None else None
    files = () if path is None else (path,)
    if not isinstance(section, ShapeRecovery):
        return UsedRecovery(section, curve, None, files)
    chosen = section.resolution
    if isinstance(chosen, StatedResolution):
        return UsedRecovery(section, curve, _stated(chosen), files)
    if isinstance(chosen, SphereResolution):
        table = study_folder / chosen.spheres
        resolution = resolution_of_spheres(read_sphere_table(table), name=_NAME, source=f"spheres of {table.name}")
        return UsedRecovery(section, curve, resolution, tuple(dict.fromkeys((*files, table))))
    record = only_phantom(study_folder / chosen.images, "recovery.resolution.images", _NO_MATTER_IN_AIR)
    return UsedRecovery(section, curve, _measured(chosen, record), files, (record,))


def _stated(chosen: StatedResolution) -> Resolution:
    outside = chosen.fwhm if chosen.fwhm_outside is None else chosen.fwhm_outside
    return stated_resolution(
        chosen.fwhm,
        outside,
        chosen.radius or 0.0,
        standard_uncertainty_mm=chosen.standard_uncertainty,
        name=_NAME,
        source=chosen.source,
    )


def _measured(chosen: MeasuredResolution, record: SeriesRecord) -> Resolution:
    where = f"resolution series {record.id}"
    points = measure_sources(
        load_image(record), kind=chosen.method, source_diameter_mm=chosen.source_diameter, where=where
    )
    kind = "points" if chosen.method == "points" else "line sources"
    return resolution_of_points(points, name=_NAME, source=f"{len(points)} measurements of {kind}, series {record.id}")


def check_recovery(point: PlannedTimePoint, recovery: UsedRecovery, nuclide: Nuclide) -> None:
    """Refuse a table or resolution of another way of scanning.

    Raises
    ------
    ScaleError
        Naming what differs.
    GeometryError
        If the resolution was measured with other voxels, or is finer than the scan's can show.
    """
    scan, where = point.emission.camera or Camera(), f"series {point.emission.id}"
    scan_nuclide = point.emission.radionuclide or nuclide.name
    for what, (camera, name) in _measured_with(recovery):
        check_belongs(what, camera, scan, radionuclide=name, scan_radionuclide=scan_nuclide, scan_name=where)
    for record in recovery.series:
        _same_voxels(record, point)
    _not_too_fine(recovery.resolution, point)


def _measured_with(recovery: UsedRecovery) -> list[tuple[str, tuple[Camera, str]]]:
    found: list[tuple[str, BelongsTo]] = []
    if recovery.by_volume is not None:
        found.append(("recovery table", recovery.by_volume.belongs_to))
    section = recovery.section
    if isinstance(section, ShapeRecovery) and not isinstance(section.resolution, MeasuredResolution):
        found.append(("resolution", section.resolution.belongs_to))
    stated = [(what, camera_of(belongs)) for what, belongs in found]
    for record in recovery.series:
        if record.camera is None or record.radionuclide is None:
            raise ScaleError(
                "camera and radionuclide of the resolution", "the headers lack them", f"series {record.id}"
            )
        stated.append(("resolution", (replace(record.camera, corrections=()), record.radionuclide)))
    return stated


def _not_too_fine(resolution: Resolution | None, point: PlannedTimePoint) -> None:
    grid = point.emission.grid
    if resolution is None or grid is None:
        return
    sx, sy, sz = grid.spacing_mm
    across, along = min(resolution.fwhm_mm[:2]), min(resolution.fwhm_mm[2:])
    if across < NARROWEST * max(sx, sy) or along < NARROWEST * sz:
        raise GeometryError(
            f"a resolution of at least {NARROWEST} voxels of {sx:.2f}, {sy:.2f}, {sz:.2f} mm",
            f"{across:.2f} mm across and {along:.2f} mm along the axis came",
            f"series {point.emission.id}",
        )


def _same_voxels(record: SeriesRecord, point: PlannedTimePoint) -> None:
    own, scan = record.grid, point.emission.grid
    if own is None or scan is None:
        raise GeometryError("a resolution measured on known voxels", "they are unknown", f"series {record.id}")
    if not np.allclose(own.spacing_mm, scan.spacing_mm, rtol=_SAME_VOXEL):
        raise GeometryError(
            f"a resolution measured with the scan's voxels of {scan.spacing_mm} mm",
            f"{own.spacing_mm} mm came",
            f"series {point.emission.id}",
        )


def recovery_limits(recovery: UsedRecovery) -> tuple[str, ...]:
    """What the report says about the limits of the recovery correction."""
    by_volume = (
        "Recovery by volume is that of a sphere without activity around it: a small lesion in a warm organ reads too "
        "high by what spills in, an organ that holds hot lesions by what spills out of them, a flat or elongated organ "
        "too high or too low by its shape."
    )
    by_shape = (
        "Recovery by shape takes every region and its surroundings within 25 mm as uniform, the image's response as a "
        "Gaussian whose width depends on the distance from the centre of the matrix, and the drawn outlines as right."
    )
    if isinstance(recovery.section, ShapeRecovery):
        return (by_shape, by_volume) if recovery.by_volume else (by_shape,)
    if recovery.by_volume is not None:
        return (by_volume,)
    return ("Without recovery correction small regions read too low.",)
