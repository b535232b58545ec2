"""What the series of one study have in common, so that one which differs is told.

A patient followed over several scans lies in one camera with one matrix, pixel size, energy window and way of storing.
A difference may be meant; it may also be a damaged or mixed-up file. All findings are notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np

from hevesy.acquire.findings import notice
from hevesy.acquire.time_points import emissions, nearest_ct
from hevesy.domain import Finding, Grid, SeriesRecord

_SAME_SPACING = 0.005
"""Relative difference that rounding explains. [-]"""
_ALONG_AXES = 1e-6
_SAME_DURATION = 0.05
_LATTICE_VOXELS = 0.02


def alike_findings(series: Sequence[SeriesRecord]) -> list[Finding]:
    """Where the scans of a study differ in what they should share, and where parts do not fit each other."""
    scans = emissions(series)
    return [*_cubic(scans), *_scans(scans), *_covered(scans, series), *_lattices(series), *_torn(series)]


def _cubic(scans: Sequence[SeriesRecord]) -> Iterator[Finding]:
    """Reconstructions of gamma cameras have cubic voxels along the axes of the patient."""
    for scan in scans:
        if scan.grid is None or scan.modality != "NM":
            continue
        if max(scan.grid.spacing_mm) > min(scan.grid.spacing_mm) * (1 + _SAME_SPACING):
            came = f"{' x '.join(f'{s:g}' for s in scan.grid.spacing_mm)} came"
            yield notice("not-cubic", "cubic voxels of a gamma camera [mm]", came, f"series {scan.id}")
        if np.abs(scan.grid.direction_matrix - np.rint(scan.grid.direction_matrix)).max() > _ALONG_AXES:
            yield notice("oblique", "planes along the axes of the patient", "oblique ones came", f"series {scan.id}")


def _scans(scans: Sequence[SeriesRecord]) -> Iterator[Finding]:
    said: dict[str, Callable[[SeriesRecord], object]] = {
        "kind of object": lambda s: s.modality,
        "units": lambda s: (s.units, s.scale_source),
        "decay correction": lambda s: s.decay_corrected_to.value,
        "camera": lambda s: (s.camera.manufacturer, s.camera.model, s.camera.serial) if s.camera else None,
        "energy windows": lambda s: [(w.lower_kev, w.upper_kev) for w in s.camera.windows] if s.camera else None,
        "reconstruction": lambda s: s.camera.reconstruction if s.camera else None,
        "matrix": lambda s: s.grid and s.grid.shape,
        "voxel size": lambda s: s.grid and _rounded(s.grid.spacing_mm),
        "axes": lambda s: s.grid and [_rounded(row, 3) for row in s.grid.direction],
        "place of the field of view across the axis": lambda s: s.grid and _rounded(s.grid.origin_mm[:2]),
    }
    for name, of in said.items():
        values = {str(of(scan)): scan for scan in reversed(scans) if of(scan) is not None}
        if len(values) > 1:
            came = "; ".join(f"{value} in {scan.id}" for value, scan in sorted(values.items(), key=lambda v: v[1].id))
            yield notice("scans-differ", f"one {name} in all scans", f"{came} came")
    yield from _durations(scans)


def _rounded(values: Sequence[float], digits: int = 2) -> tuple[float, ...]:
    return tuple(round(value, digits) + 0.0 for value in values)


def _durations(scans: Sequence[SeriesRecord]) -> Iterator[Finding]:
    lasting = {scan.id: scan.acquisition_duration_s for scan in scans if scan.acquisition_duration_s}
    if lasting and max(lasting.values()) > min(lasting.values()) * (1 + _SAME_DURATION):
        came = "; ".join(f"{duration:g} s in {name}" for name, duration in lasting.items())
        yield notice("scans-differ", "one duration of all scans", f"{came} came")


def _covered(scans: Sequence[SeriesRecord], series: Sequence[SeriesRecord]) -> Iterator[Finding]:
    """A SPECT/CT is planned so that the CT spans the SPECT along the patient; its attenuation correction needs it."""
    for scan in scans:
        ct = nearest_ct(scan, series)
        if ct is None or ct.grid is None or scan.grid is None:
            continue
        own, other = _extent(scan.grid, scan.grid), _extent(ct.grid, scan.grid)
        beyond = max(other[0] - own[0], own[1] - other[1])
        if beyond > scan.grid.spacing_mm[2] / 2:
            expected = f"a CT over the whole length of series {scan.id}"
            yield notice("ct-coverage", expected, f"{beyond:.1f} mm lie outside {ct.id}")


def _extent(grid: Grid, along: Grid) -> tuple[float, float]:
    """First and last edge of the slices of a grid along the slice axis of another. [mm]"""
    normal = along.direction_matrix[:, 2]
    z, y, x = grid.shape
    corners = [[i - 0.5, j - 0.5, k - 0.5] for i in (0, x) for j in (0, y) for k in (0, z)]
    edges = grid.points(np.array(corners, dtype=np.float64)) @ normal
    return float(edges.min()), float(edges.max())


def _lattices(series: Sequence[SeriesRecord]) -> Iterator[Finding]:
    """Masks lie on voxels of the series that they were drawn on."""
    for mask in (s for s in series if s.modality == "SEG" and s.grid is not None):
        drawn_on = [s for s in series if s.series_uid in mask.referenced_series and s.grid is not None]
        if mask.grid is None or not drawn_on or any(_on_lattice(mask.grid, s.grid) for s in drawn_on if s.grid):
            continue
        expected = f"voxels of {drawn_on[0].id}, which it was drawn on"
        yield notice("segmentation-lattice", expected, "others came", f"series {mask.id}")


def _on_lattice(mask: Grid, image: Grid) -> bool:
    if not np.allclose(mask.spacing_mm, image.spacing_mm, rtol=1e-3):
        return False
    if not np.allclose(mask.direction_matrix, image.direction_matrix, atol=1e-3):
        return False
    first = image.indices(np.array(mask.origin_mm))
    whole = bool(np.abs(first - np.rint(first)).max() <= _LATTICE_VOXELS)
    last = first + np.array(mask.shape[::-1]) - 1
    return whole and bool((first > -0.5).all() and (last < np.array(image.shape[::-1]) - 0.5).all())


def _torn(series: Sequence[SeriesRecord]) -> Iterator[Finding]:
    """Slices that say the same of themselves but carry different series UIDs were one series."""
    slices = [s for s in series if s.modality in {"CT", "PT", "MR"} and s.grid is not None]
    for one, other in combinations(slices, 2):
        if _key(one) == _key(other) and one.grid and other.grid and _continues(one.grid, other.grid):
            yield notice("torn-series", f"slices beside those of {one.id} in that series", f"they came as {other.id}")


def _key(series: SeriesRecord) -> tuple[object, ...]:
    return (
        series.modality,
        series.description,
        series.image_type,
        series.acquisition_start and series.acquisition_start.date(),
    )


def _continues(one: Grid, other: Grid) -> bool:
    """Whether one grid goes on where the other ends, on the same lattice."""
    if one.shape[1:] != other.shape[1:] or one.frame_of_reference != other.frame_of_reference:
        return False
    if not np.allclose(one.direction_matrix, other.direction_matrix, atol=1e-3):
        return False
    step = one.indices(np.array(other.origin_mm))
    aside = np.abs(step[:2]).max() <= _LATTICE_VOXELS
    return bool(
        aside
        and np.allclose(one.spacing_mm[:2], other.spacing_mm[:2], rtol=1e-3)
        and min(abs(step[2] - one.shape[0]), abs(step[2] + other.shape[0])) < 0.1
    )
