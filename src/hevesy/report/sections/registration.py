"""How the time points were brought together."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Cell, Column, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.figures.alignment import draw_alignment
from hevesy.report.figures.style import raster
from hevesy.report.methods import alignment_words
from hevesy.report.model import AlignmentModel
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


def registration(material: Material) -> list[Block]:
    """Quality figures and pictures before and after."""
    items = material.results.alignment
    blocks: list[Block] = [Heading("Registration", 1, "registration")]
    if not items:
        return [
            *blocks,
            Paragraph("The time points were not registered: each region was used where it was drawn on each scan."),
        ]
    blocks.append(Table(_CAPTION, _COLUMNS, tuple(_row(item) for item in items)))
    for pictures in material.images.alignment:
        if not pictures.views:
            continue
        title = f"time point {pictures.time_point}"
        drawing = raster(lambda pictures=pictures, title=title: draw_alignment(pictures, title))  # type: ignore[misc]
        blocks.append(
            Pictures(
                (Picture(drawing, f"Reference and {title} on top of each other, before and after alignment"),),
                f"CT of {title} on that of the reference, axial and coronal, before and after alignment: reference "
                f"magenta, {title} green, grey where both agree, so that coloured rims show where they do not.",
            )
        )
    return blocks


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
