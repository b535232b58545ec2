"""Planar images: the views with their regions of interest, and what each region showed on each scan."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Picture, Pictures, Table
from hevesy.report.figures.planar import draw_planar
from hevesy.report.figures.style import raster
from hevesy.report.model import PlanarModel, PlanarPoint, RegionResult
from hevesy.report.sections.material import Material

_COLUMNS = (
    Column("Scan", share=0.6),
    Column("Time", "h", 0.8, numeric=True),
    Column("In ROI", "10³ counts; ant., post.", 1.4, numeric=True),
    Column("Scatter", "10³ counts", 1.2, numeric=True),
    Column("Background", "10³ counts", 1.2, numeric=True),
    Column("Net", "10³ counts", 1.3, numeric=True),
    Column("Factors", "dead time; attenuation", 1.4, numeric=True),
    Column("Planar activity", "MBq", 1.4, numeric=True),
    Column("Used", "MBq", 1.4, numeric=True),
)
_METHODS = {
    "planar": "activity from the planar views alone",
    "hybrid": "course from the planar views, scale from one SPECT",
}


def planar(material: Material) -> list[Block]:
    """How the views were read, a picture, and a table for each region; nothing without planar images."""
    used = material.results.planar
    if used is None:
        return []
    blocks: list[Block] = [Heading("Planar images", 1, "planar"), Facts(_facts(used))]
    if used.limits:
        blocks.append(Bullets(tuple(used.limits), tone="warning"))
    for picture in material.images.planar:
        drawing = raster(lambda picture=picture: draw_planar(picture))  # type: ignore[misc]
        caption = (
            f"Planar scan {picture.scan}: photopeak counts put right for dead time, in shades of their root; regions "
            "of interest solid, background dotted. The patient's right is on the left."
        )
        blocks.append(Pictures((Picture(drawing, "Anterior and posterior view with regions of interest"),), caption))
    return blocks + [_table(region) for region in material.regions if region.planar]


def _facts(used: PlanarModel) -> tuple[tuple[str, str], ...]:
    shifts = "; ".join(f"{scan.shift_mm[0]:.1f} and {scan.shift_mm[1]:.1f}" for scan in used.scans)
    single = [f"{name} by its {view} view" for name, view in used.views.items() if view != "conjugate"]
    return (
        ("Method", _METHODS[used.method]),
        ("Scans", ", ".join(f"{scan.time_h:.2f}" for scan in used.scans) + " h after the start of the administration"),
        ("Each point seen", f"{used.scans[0].seconds_per_point:g} s"),
        ("Sensitivity in air", f"{numbers.estimate(used.sensitivity_cps_per_bq, 1e6)} counts per second and MBq"),
        ("Sensitivity from", used.sensitivity_source),
        ("Scatter", used.scatter),
        ("Attenuation", used.attenuation),
        ("Dead time", used.dead_time),
        ("Views", "; ".join(["geometric mean of anterior and posterior", *single])),
        ("Shift onto the reference", f"{shifts.replace('-', '−')} mm along and across, by scan"),
    )


def _table(region: RegionResult) -> Table:
    caption = f"{region.name} on the planar scans: counts by view, factors, and activity."
    return Table(caption, _COLUMNS, tuple(_row(point) for point in region.planar))


def _row(point: PlanarPoint) -> tuple[Cell, ...]:
    loss = numbers.MISSING if point.loss_factor is None else numbers.fixed(point.loss_factor, 3)
    return (
        Cell(str(point.scan)),
        Cell(numbers.fixed(point.time_h, 2)),
        *(
            _counts(pair)
            for pair in (point.gross_counts, point.scatter_counts, point.background_counts, point.net_counts)
        ),
        Cell(loss, numbers.estimate(point.attenuation_factor)),
        Cell(numbers.estimate(point.activity_bq, 1e-6)),
        Cell(numbers.estimate(point.used_activity_bq, 1e-6)),
    )


def _counts(pair: tuple[float, float] | None) -> Cell:
    if pair is None:
        return Cell(numbers.MISSING)
    first, second = (numbers.fixed(value / 1000.0, 1) for value in pair)
    return Cell(first, second)
