"""How the time points were brought together."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.report import numbers
from hevesy.report.document import Block, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.figures.alignment import draw_alignment
from hevesy.report.figures.style import raster
from hevesy.report.methods import alignment_words
from hevesy.report.model import AlignmentModel, DeformationModel, DrawnElsewhereModel, LocalShiftModel, RegionBendModel
from hevesy.report.planar_words import NOT_REGISTERED, planar_alone
from hevesy.report.sections.material import Material

_COLUMNS = (
    Column("Time point", share=0.8),
    Column("Method", share=2.0),
    Column("Translation", "mm", numeric=True),
    Column("Rotation", "degrees", numeric=True),
    Column("Residual shift", "mm", numeric=True),
    Column("Body overlap", "Dice", numeric=True),
    Column("Note", share=2.4),
)

_CAPTION = (
    "Alignment of each time point to the reference. Translation and rotation: how far the patient was moved; residual "
    "shift: what parts of the body, matched one by one, still lie apart afterwards (median)."
)


_SHIFT_COLUMNS = (
    Column("Region", share=1.6),
    Column("Time point", share=0.8),
    Column("To the left", "mm", numeric=True),
    Column("To the back", "mm", numeric=True),
    Column("To the head", "mm", numeric=True),
    Column("Not moved because", share=2.6),
)

_SHIFT_CAPTION = (
    "How far each region was moved, as a whole and without turning it, from where the alignment puts it to where the "
    "emission image of the time point shows it, with the standard uncertainty."
)


def registration(material: Material) -> list[Block]:
    """Quality figures and pictures before and after."""
    items = material.results.alignment
    blocks: list[Block] = [Heading("Registration", 1, "registration")]
    if not items:
        drawn = "The time points were not registered: each region was used where it was drawn on each scan."
        told = Paragraph(NOT_REGISTERED if planar_alone(material.results) else drawn)
        elsewhere = _elsewhere(material.results.drawn_elsewhere)
        return [*blocks, *elsewhere, told, *_local_shifts(material.results.local_shifts)]
    blocks += _elsewhere(material.results.drawn_elsewhere)
    blocks.append(Table(_CAPTION, _COLUMNS, tuple(_row(item) for item in items)))
    blocks += _deformations(items, material.results.region_bends)
    for pictures in material.images.alignment:
        if not pictures.views:
            continue
        title = pictures.title or f"time point {pictures.time_point}"
        drawing = raster(lambda pictures=pictures, title=title: draw_alignment(pictures, title))  # type: ignore[misc]
        blocks.append(
            Pictures(
                (Picture(drawing, f"Reference and {title} on top of each other, before and after alignment"),),
                f"CT of {title} on that of the reference, axial and coronal, before and after alignment: reference "
                f"magenta, {title} green, grey where both agree, so that coloured rims show where they do not.",
            )
        )
    return [*blocks, *_local_shifts(material.results.local_shifts)]


_BENT_COLUMNS = (
    Column("Time point", share=0.8),
    Column("Region", share=1.6),
    Column("Volume ratio", numeric=True),
    Column("Jacobian least", numeric=True),
    Column("5 %", numeric=True),
    Column("95 %", numeric=True),
    Column("largest", numeric=True),
)

_BENT_CAPTION = (
    "What the deformation does to volumes: volume at the time point over that of the reference for the body, over that "
    "as drawn for a region, and its spread over the voxels (determinant of the Jacobian). "
)


def _elsewhere(drawn: DrawnElsewhereModel | None) -> list[Block]:
    if drawn is None:
        return []
    if drawn.residual_shift_mm is not None:
        told = f"a residual shift of {numbers.fixed(drawn.residual_shift_mm, 1)} mm remains"
    else:
        told = "nothing measures what remains"
    accepted = f"; accepted by the study because: {drawn.unverified}" if drawn.unverified else ""
    return [
        Paragraph(
            f"The regions were drawn on another image ({drawn.modality}), which was registered rigidly to time point "
            f"{drawn.time_point}: {told}{accepted}. The contours were moved as they are."
        )
    ]


def _deformations(items: Sequence[AlignmentModel], regions: Sequence[RegionBendModel]) -> list[Block]:
    bent = [(item.time_point, item.deformation) for item in items if item.deformation is not None]
    if not bent:
        return []
    rows = [_bent_row(point, "whole body", None, deformation) for point, deformation in bent]
    rows += [_bent_row(region.time_point, region.region, region.volume_ratio, region) for region in regions]
    told = " ".join(
        f"Time point {point}: moved by {numbers.fixed(d.mean_displacement_mm, 1)} mm on average beside the rigid part, "
        f"{numbers.fixed(d.largest_displacement_mm, 1)} mm at most; there and back ends within "
        f"{numbers.fixed(d.inverse_consistency_mm, 1)} mm."
        for point, d in bent
    )
    return [Table(_BENT_CAPTION + told, _BENT_COLUMNS, tuple(rows))]


def _bent_row(
    point: int, name: str, ratio: float | None, jacobian: DeformationModel | RegionBendModel
) -> tuple[Cell, ...]:
    numbers_shown = (
        ratio,
        jacobian.jacobian_minimum,
        jacobian.jacobian_p5,
        jacobian.jacobian_p95,
        jacobian.jacobian_maximum,
    )
    return Cell(str(point)), Cell(name), *(Cell(_rounded(number, 2)) for number in numbers_shown)


def _local_shifts(items: Sequence[LocalShiftModel]) -> list[Block]:
    return [Table(_SHIFT_CAPTION, _SHIFT_COLUMNS, tuple(_shift_row(item) for item in items))] if items else []


def _shift_row(item: LocalShiftModel) -> tuple[Cell, ...]:
    shown = [numbers.MISSING] * 3
    if item.shift_mm is not None and item.standard_uncertainty_mm is not None:
        pairs = zip(item.shift_mm, item.standard_uncertainty_mm, strict=True)
        shown = [f"{numbers.fixed(shift, 1)} ± {numbers.fixed(u, 1)}" for shift, u in pairs]
    return Cell(item.region), Cell(str(item.time_point)), *map(Cell, shown), Cell(item.reason or numbers.MISSING)


def _row(item: AlignmentModel) -> tuple[Cell, ...]:
    return (
        Cell(str(item.time_point)),
        Cell(alignment_words(item.method)),
        Cell(_rounded(item.translation_mm, 1)),
        Cell(_rounded(item.rotation_deg, 1)),
        Cell(_rounded(item.residual_shift_mm, 1)),
        Cell(_rounded(item.body_overlap, 3)),
        Cell(item.note or numbers.MISSING),
    )


def _rounded(number: float | None, decimals: int) -> str:
    return numbers.MISSING if number is None else numbers.fixed(number, decimals)
