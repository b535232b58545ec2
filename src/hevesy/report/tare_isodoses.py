"""Isodose lines of a radioembolisation on the CT, with the outlines of the tumours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from hevesy.report.document import Block, Picture, Pictures
from hevesy.report.figures.planes import box_of, box_where, middle_of
from hevesy.report.figures.slices import draw_slices
from hevesy.report.figures.style import raster
from hevesy.report.images import ReportImages

_MARGIN_MM = 40.0
_FAINT = 0.02
"""Of the largest dose: less is not looked at."""


def isodose_blocks(images: ReportImages, *, of: str = "", detail: str = "") -> Iterator[Block]:
    """Three planes through the largest tumour; nothing without a dose or a tumour.

    Parameters
    ----------
    images
        CT, dose map and tumours.
    of
        Whose map it is.
    detail
        What the caption ends with.
    """
    dose, tumours = images.dose, [region for region in images.regions if region.mask.any()]
    if dose is None or not tumours:
        return
    largest = max(tumours, key=lambda region: region.exact_volume_ml)
    centre = middle_of(largest)
    where = box_where(np.asarray(dose.values > _FAINT * float(dose.values.max())), dose.grid)
    if centre is None or where is None:
        return
    field = where.grown(_MARGIN_MM).within(box_of(dose.grid))
    what = "bsorbed dose with isodose lines on the CT, through the middle of"
    title = f"{of}: a{what} {largest.name}" if of else f"A{what} {largest.name}"
    drawing = raster(partial(draw_slices, images, centre, field, None, outlines=tumours))
    yield Pictures((Picture(drawing, title),), f"{title}; tumours outlined{f'; {detail}' if detail else ''}.")
