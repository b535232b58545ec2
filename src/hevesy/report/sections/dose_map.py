"""The map of the absorbed dose, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hevesy.domain import Image
from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.figures.histograms import CURVES_PER_FIGURE, draw_histograms
from hevesy.report.figures.planes import Box, box_where, place_of_maximum
from hevesy.report.figures.scene import body_box
from hevesy.report.figures.slices import draw_slices
from hevesy.report.figures.style import raster, vector
from hevesy.report.model import DoseMapModel, RegionByEngineModel, RegionResult
from hevesy.report.sections.material import Material, cells, grouped, pages

_FAINT = 0.05
_MARGIN_MM = 30.0
_FEW_VOXELS = 30


def dose_map(material: Material) -> list[Block]:
    """Slices through the maximum, histograms and their metrics."""
    blocks: list[Block] = [Heading("Dose map", 1, "dose-map", new_page=material.results.dose_map.made)]
    made = material.results.dose_map
    if not made.made:
        told = (
            f"No dose map was made: {made.reason}. So there are no isodose lines, no dose-volume histograms and no "
            "RTDOSE."
        )
        return [*blocks, Paragraph(told, "warning")]
    state = corrected(material)
    largest = "" if made.maximum_gy is None else f" Its largest value is {numbers.significant(made.maximum_gy)} Gy."
    file = f" It is stored in {made.file}." if made.file else ""
    blocks.append(
        Paragraph(f"The map, its isodose lines and its histograms are {state}.{largest}{file}{_engine(made)}")
    )
    return blocks + _told_of_engines(made) + _slices(material) + _histograms(material)


def _engine(made: DoseMapModel) -> str:
    """Engine and file of the uncertainty, in words."""
    engine = f" Its engine is “{made.engine}”." if made.engine else ""
    spread = f" The statistical standard uncertainty of every voxel is in {made.uncertainty_file}."
    return engine + (spread if made.uncertainty_file else "")


def _told_of_engines(made: DoseMapModel) -> list[Block]:
    """What is doubtful about the map, and how other engines differ from it."""
    blocks: list[Block] = []
    if made.doubts:
        blocks.append(Bullets(tuple(f"{name}: {'; '.join(doubts)}." for name, doubts in made.doubts.items())))
    if made.notes:
        blocks.append(Bullets(tuple(f"{note.rstrip('.')}." for note in made.notes)))
    return blocks + _comparison(made)


def _comparison(made: DoseMapModel) -> list[Block]:
    if not made.by_engine:
        return []
    names = list(made.by_engine[0].mean_gy)
    columns = [Column("Region", share=1.4), *(Column(name, "Gy", numeric=True) for name in names)]
    columns += [Column(f"{name} less {names[0]}", "%", numeric=True) for name in names[1:]]
    caption = f"Mean absorbed dose of the map in every region by engine, and the difference from {names[0]}."
    rows = tuple(_compared(region, names) for region in made.by_engine)
    return [Heading("Engines compared", 2, "engines"), Table(caption, tuple(columns), rows)]


def _compared(region: RegionByEngineModel, names: Sequence[str]) -> tuple[Cell, ...]:
    means = [numbers.significant(region.mean_gy[name], 4) for name in names]
    differences = [_difference(region.ratio_to_map.get(name)) for name in names[1:]]
    return cells(region.region, *means, *differences)


def _difference(ratio: float | None) -> str:
    return "none" if ratio is None else f"{100.0 * (ratio - 1.0):+.1f}".replace("-", "−")


def corrected(material: Material) -> str:
    """Whether the map is recovery-corrected, in words."""
    return "recovery-corrected" if material.results.dose_map.recovery_corrected else "not recovery-corrected"


def _slices(material: Material) -> list[Block]:
    images = material.images
    box = body_box(images)
    if images.dose is None or box is None:
        return []
    centre = place_of_maximum(images.dose)
    if not float(images.dose.values.max()) > 0:
        return [Paragraph("The dose map is zero everywhere.", "warning")]
    field = _height_of_dose(images.dose, box)
    ground = "the CT" if images.ct is not None else "black, there being no CT"
    scan = f" at {material.scan_title(images.reference)}" if images.spect else ""
    caption = (
        f"Slices through the largest absorbed dose: activity concentration{scan} (above) and absorbed dose with "
        f"isodose lines (below) on {ground}. R right, L left, A anterior, P posterior; positions in patient "
        "coordinates (x to the left, y posterior, z superior)."
    )
    return [
        Pictures(
            (
                Picture(
                    raster(lambda: draw_slices(images, centre, field, None)),
                    "Axial, coronal and sagittal slices through the largest dose",
                ),
            ),
            caption,
        )
    ]


def _height_of_dose(dose: Image, box: Box) -> Box:
    """The part of the field, from bottom to top, in which there is more than a faint dose."""
    where = box_where(np.asarray(dose.values > _FAINT * float(dose.values.max())), dose.grid)
    if where is None:
        return box
    part = where.grown(_MARGIN_MM).within(box)
    return Box(np.append(box.low[:2], part.low[2]), np.append(box.high[:2], part.high[2]))


def _histograms(material: Material) -> list[Block]:
    known = [region for region in material.regions if region.dose_volume_histogram]
    if not known:
        return []
    blocks: list[Block] = [Heading("Dose-volume histograms", 2, "histograms")]
    for kind, regions in grouped(
        known, lambda region: "lesions" if region.kind == "lesion" else "organs and remainder"
    ).items():
        for part in pages(regions, CURVES_PER_FIGURE):
            order = [material.numbers[region.name] for region in part]
            drawing = vector(lambda part=part, order=order: draw_histograms(part, order))  # type: ignore[misc]
            names = ", ".join(region.name for region in part)
            caption = (
                f"Cumulative dose-volume histograms, {kind}; {corrected(material)}. The dose axis ends where no region "
                f"has more than 0.5 % of its volume left.{_tiny(material, part)}"
            )
            blocks.append(Pictures((Picture(drawing, f"Cumulative dose-volume histograms of {names}"),), caption))
    metrics = list(dict.fromkeys(name for region in known for name in region.dose_volume_metrics_gy or {}))
    if metrics:
        columns = (
            Column("No.", share=0.5),
            Column("Region", share=3.0),
            Column("Voxels", numeric=True),
            *(Column(name, "Gy", numeric=True) for name in metrics),
        )
        caption = (
            f"Doses that shares of the volume reach (D98: at least this dose in 98 % of it); {corrected(material)}."
        )
        blocks.append(Table(caption, columns, tuple(_metrics_row(material, region, metrics) for region in known)))
    return blocks


def _metrics_row(material: Material, region: RegionResult, metrics: list[str]) -> tuple[Cell, ...]:
    values = region.dose_volume_metrics_gy or {}
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name),
        Cell(str(_voxels(material, region) or numbers.MISSING)),
        *(Cell(numbers.significant(values.get(name))) for name in metrics),
    )


def _voxels(material: Material, region: RegionResult) -> int:
    mask = material.mask_of(region.name)
    return 0 if mask is None else int(mask.mask.sum())


def _tiny(material: Material, regions: Sequence[RegionResult]) -> str:
    """Names the regions whose histogram is a few steps."""
    tiny = {region.name: _voxels(material, region) for region in regions}
    told = [f"{name} ({count})" for name, count in tiny.items() if 0 < count < _FEW_VOXELS]
    return f" Few voxels, so only a few steps: {', '.join(told)}." if told else ""
