"""Where the regions of a study lie on its planar views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.delineate import voxel_shares
from hevesy.domain import Grid, Image, RoiSet
from hevesy.errors import GeometryError, InputError, RegionFinding, StudyFileError
from hevesy.numerics.polygon import inside, outline_edges
from hevesy.physdata import attenuation_per_mm, material
from hevesy.quantify import (
    Absorber,
    BodyPaths,
    DrawnRegion,
    Margins,
    PlanarGeometry,
    StatedOverlap,
    drawn_geometry,
    projected_geometry,
)
from hevesy.quantities import Uncertain
from hevesy.workflow.config import DrawnRois, ProjectedRois
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.planar_scans import PlanarScan, shown_mean
from hevesy.workflow.table_file import read_table

Floats = NDArray[np.float64]
_COMMON = 0.05
"""Share of a neighbour that may lie in a reported region."""


@dataclass(frozen=True)
class PlanarRegions:
    """The regions on the pixels of the reference scan."""

    geometry: PlanarGeometry
    lost: Mapping[str, str]
    """Why a region is not on the views, by name."""
    kept: Mapping[str, float] = field(default_factory=dict)
    """Share of each projected region's voxels that no smaller region took."""


def projected_regions(
    section: ProjectedRois, names: Sequence[str], drawn: RoiSet, absorber: Absorber, grid: Grid
) -> PlanarRegions:
    """Project drawn regions; where two share voxels, the smaller one keeps them.

    Raises
    ------
    StudyFileError
        If a neighbour is not drawn, is a region of the study, or lies within one.
    """
    shares: dict[str, Floats] = {}
    lost: dict[str, str] = {}
    for name in (*names, *section.neighbours):
        roi = roi_named(drawn, name)
        if roi is None:
            raise StudyFileError("the name of a drawn region", f"{name!r} came", "planar.rois.neighbours")
        try:
            shares[name] = voxel_shares(roi, grid).astype(np.float64)
        except RegionFinding as finding:
            lost[name] = f"not on the planar views: {finding.reason}"
    for name in [n for n, share in shares.items() if not share.any()]:
        lost[name] = "not on the planar views: no voxel of it lies on them"
        del shares[name]
    _check_neighbours(section, names, shares)
    margins = Margins(section.margin, section.gap, section.ring)
    apart = _apart(shares)
    geometry, unfit = projected_geometry(
        apart, absorber, margins, fwhm_mm=section.resolution, views=dict(section.views)
    )
    kept = {name: float(apart[name].sum() / shares[name].sum()) for name in shares}
    return PlanarRegions(geometry, {**lost, **unfit}, kept)


def _check_neighbours(section: ProjectedRois, names: Sequence[str], shares: Mapping[str, Floats]) -> None:
    key = "planar.rois"
    unknown = [name for name in section.views if name not in names]
    if unknown:
        raise StudyFileError("regions of the study", f"{unknown[0]!r} came", f"{key}.views")
    for neighbour in section.neighbours:
        if neighbour in names:
            raise StudyFileError("neighbours that are not among the regions", f"{neighbour} came", f"{key}.neighbours")
        own = shares.get(neighbour)
        if own is None:
            continue
        for name in names:
            other = shares.get(name)
            if other is not None and float(np.minimum(own, other).sum()) > _COMMON * float(own.sum()):
                came = f"{neighbour} lies within {name}: list it under regions.items"
                raise StudyFileError("neighbours outside the regions", came, f"{key}.neighbours")


def _apart(shares: Mapping[str, Floats]) -> dict[str, Floats]:
    """The same without common voxels, in the order given."""
    taken = np.zeros(next(iter(shares.values())).shape)
    found = {}
    for name in sorted(shares, key=lambda n: float(shares[n].sum())):
        found[name] = np.minimum(shares[name], 1.0 - taken)
        taken += found[name]
    return {name: found[name] for name in shares}


def check_place(scan: PlanarScan, ct: Image) -> None:
    """Refuse to project through a CT that does not lie in the frame of reference of the planar scan.

    Raises
    ------
    GeometryError
        If that is so, or the planar scan says nothing about its position.
    """
    frame, own = ct.grid.frame_of_reference, scan.record.frames_of_reference
    if scan.views.position_mm is None or frame is None or frame not in own:
        came = "; ".join(own) or "none"
        raise GeometryError(
            f"a planar scan with a position in the frame of reference of the CT, {frame}",
            f"{came} came: draw the regions on the views instead (rois.method: drawn)",
            f"series {scan.record.id}",
        )


def drawn_regions(
    section: DrawnRois,
    names: Sequence[str],
    scan: PlanarScan,
    paths: tuple[Floats, float],
    energy_mev: float,
    folder: Path,
) -> PlanarRegions:
    """Regions drawn on the anterior view.

    Parameters
    ----------
    section
        The study's.
    names
        Regions that are reported; each needs its polygons.
    scan
        The reference.
    paths
        Optical paths, and the relative standard uncertainty of all together.
    energy_mev
        Of the photopeak; the thickness of the body is its water-equivalent one. [MeV]
    folder
        The study's.

    Raises
    ------
    StudyFileError
        If regions and polygons do not name the same.
    InputError
        If a polygon leaves the view, or the regions contradict themselves.
    """
    shape = scan.views.net.shape[1:]
    masks = read_masks(folder / section.polygons, (int(shape[0]), int(shape[1])))
    missing = [n for n in (*names, *section.items) if n not in section.items or (n, "region") not in masks]
    if missing:
        raise StudyFileError("every region under rois.items and in the file of polygons", f"{missing[0]} is not there",
                             "planar.rois")  # fmt: skip
    strangers = [o for one in section.overlaps for o in (one.of, one.within) if o not in section.items]
    if strangers:
        raise StudyFileError("overlaps between regions of rois.items", f"{strangers[0]} came", "planar.rois.overlaps")
    water = attenuation_per_mm(material("water"), energy_mev)
    body = BodyPaths(paths[0], paths[0] / water, paths[1], shown_mean(scan.views), scan.views.spacing_mm)
    overlaps = [StatedOverlap(one.of, one.within, one.anterior, one.posterior) for one in section.overlaps]
    try:
        geometry = drawn_geometry([_drawn(n, section, masks) for n in section.items], overlaps, body)
    except RegionFinding as finding:
        raise InputError("regions that can be measured on the views", finding.reason, "planar.rois") from finding
    return PlanarRegions(geometry, {})


def _drawn(name: str, section: DrawnRois, masks: Mapping[tuple[str, str], NDArray[np.bool_]]) -> DrawnRegion:
    stated = section.items[name]
    background = masks.get((name, "background"))
    if (background is None) == (stated.background == "drawn"):
        raise StudyFileError(
            "a polygon of the background, or 'background: none'", "neither or both came", f"planar.rois.items.{name}"
        )
    depth = None
    if stated.depth is not None and stated.depth_standard_uncertainty is not None:
        depth = Uncertain(stated.depth, {f"depth:{name}": stated.depth_standard_uncertainty})
    thickness = Uncertain(stated.thickness, {f"thickness:{name}": stated.thickness_standard_uncertainty})
    return DrawnRegion(name, masks[name, "region"], background, thickness, stated.view, depth)


def read_masks(path: Path, shape: tuple[int, int]) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Pixels whose centre lies in the polygon of each region and part of a CSV file.

    Parameters
    ----------
    path
        With the columns ``region``, ``part`` (``region`` or ``background``), ``row``, ``column``.
    shape
        Rows and columns of the view.

    Raises
    ------
    InputError
        If a polygon has less than three corners or leaves the view, or a part is unknown.
    """
    table = read_table(path, ("region", "part", "row", "column"))
    rows, columns = table.numbers("row"), table.numbers("column")
    found = {}
    for (region, part), members in table.groups("region", "part").items():
        where = f"{table.name}, {region}, {part}"
        if part not in {"region", "background"}:
            raise InputError("'region' or 'background' in the column part", f"{part!r} came", where)
        if len(members) < 3:
            raise InputError("at least three corners", f"{len(members)} came", where)
        corners = np.column_stack([columns[members], rows[members]])
        largest = np.array([shape[1], shape[0]]) - 0.5
        if corners.min() < -0.5 or (corners > largest).any():
            came = f"row {corners[:, 1].max():g}, column {corners[:, 0].max():g} came"
            raise InputError(f"corners within the view of {shape[0]} rows and {shape[1]} columns", came, where)
        grid = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1).reshape(-1, 2)
        found[region, part] = inside(grid.astype(np.float64), outline_edges([corners])).reshape(shape)
    return found
