"""Fused slices through a point: activity and absorbed dose on the CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from hevesy.domain import Image, Region
from hevesy.report.figures import scene
from hevesy.report.figures.levels import isodose_levels
from hevesy.report.figures.planes import Box, View, box_where, field_slices, same_voxels
from hevesy.report.figures.style import PAGE_WIDTH_MM, axes_mm, figure_mm, outlined, with_room
from hevesy.report.images import Plane, ReportImages

PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
_BAR_MM = 20.0
_GAP_MM = 1.5
_LEGEND_MM = 6.5
_SMALLEST_FIELD_MM = 160.0
_FAINTEST = 0.2
_REGION_WIDTH_MM = 132.0


@dataclass(frozen=True)
class _Row:
    overlay: scene.Overlay
    quantity: str
    unit: str


def _largest(image: Image, region: Region | None, box: Box) -> float:
    """End of the colour scale: the region's largest value, but at least a fifth of the largest in the field."""
    if region is None or not same_voxels(region.grid, image.grid) or not region.mask.any():
        return float(image.values.max())
    inside = float(image.values[region.mask].max())
    return max(inside, _FAINTEST * float(image.values[field_slices(image.grid, box)].max(initial=0.0)))


def _rows(images: ReportImages, region: Region | None, box: Box) -> list[_Row]:
    rows = []
    if images.spect:
        emission = images.spect[images.reference]
        overlay = scene.Overlay(emission, "inferno", _largest(emission, region, box) or 1.0, 1e-3)
        rows.append(_Row(overlay, "activity concentration", "kBq/ml"))
    if images.dose is not None:
        maximum = _largest(images.dose, region, box)
        levels = tuple(isodose_levels(maximum, len(scene.ISODOSE_COLOURS)))
        rows.append(_Row(scene.Overlay(images.dose, "inferno", maximum or 1.0, 1.0, levels), "absorbed dose", "Gy"))
    return rows


def _colour_bar(figure: Figure, place: tuple[float, float, float, float], row: _Row, picture: AxesImage) -> None:
    axes = axes_mm(figure, *place)
    bar = figure.colorbar(picture, cax=axes, extend="max" if row.overlay.clipped else "neither")
    if bar.solids is not None:
        bar.solids.set_alpha(1.0)
    bar.set_label(with_room(row.quantity, row.unit, place[3]))
    bar.outline.set_visible(False)
    for level, colour in zip(row.overlay.isodoses, scene.ISODOSE_COLOURS, strict=False):
        axes.axhline(level * row.overlay.factor, color=colour, linewidth=1.2)


def _legend(figure: Figure, levels: Sequence[float], outline: str) -> None:
    handles = [
        Line2D([], [], color=colour, linewidth=1.6, label=f"{level:g} Gy")
        for level, colour in zip(levels, scene.ISODOSE_COLOURS, strict=False)
    ]
    if outline:
        handles.append(
            Line2D([], [], color=scene.OUTLINE_COLOUR, linewidth=1.2, path_effects=outlined(), label=outline)
        )
    if handles:
        legend = figure.legend(handles=handles, loc="lower center", ncols=len(handles), facecolor=scene.LEGEND_GROUND,
                               frameon=True, edgecolor="none", labelcolor="white", borderpad=0.35)  # fmt: skip
        legend.set_in_layout(False)


def _views(centre: NDArray[np.float64], box: Box) -> list[View]:
    return [View(plane, box, float(centre[scene.normal_axis(plane)])) for plane in PLANES]


def _widths_and_height(views: Sequence[View], room_mm: float) -> tuple[list[float], float]:
    """Panel widths at one scale, and the height of the tallest panel. [mm]"""
    widths = [view.extent[1] - view.extent[0] for view in views]
    height = max(view.extent[3] - view.extent[2] for view in views)
    scale = min(room_mm / sum(widths), 95.0 / height)
    return [width * scale for width in widths], height * scale


def local_box(region: Region) -> Box | None:
    """A cube around a region with some of its surroundings."""
    drawn = box_where(region.mask, region.grid)
    if drawn is None:
        return None
    middle = (drawn.low + drawn.high) / 2
    half = max(_SMALLEST_FIELD_MM, float(drawn.size.max()) * 1.25) / 2
    return Box(middle - half, middle + half)


def draw_slices(
    images: ReportImages,
    centre_mm: NDArray[np.float64],
    box: Box,
    region: Region | None,
    *,
    outlines: Sequence[Region] = (),
) -> Figure:
    """Axial, coronal and sagittal planes through a point, one row for each quantity.

    Parameters
    ----------
    images
        CT, activity and dose; at least one of the latter two.
    centre_mm
        Patient point. Shape ``(3,)``. [mm]
    box
        Field shown.
    region
        Outlined, and its largest value ends the colour scale.
    outlines
        Tumours that are outlined where there is no such region.
    """
    rows, drawn = _rows(images, region, box), outlines if region is None else (region,)
    full = PAGE_WIDTH_MM if region is None else _REGION_WIDTH_MM
    views = _views(centre_mm, box)
    widths, height = _widths_and_height(views, full - _BAR_MM - 2 * _GAP_MM)
    legend = _LEGEND_MM if region is not None or images.dose is not None else 0.0
    figure = figure_mm(full, len(rows) * (height + _GAP_MM) + legend + 1.0)
    for index, row in enumerate(rows):
        top = 0.5 + index * (height + _GAP_MM)
        left, pictures = 0.0, []
        for view, width in zip(views, widths, strict=True):
            own_height = width * (view.extent[3] - view.extent[2]) / (view.extent[1] - view.extent[0])
            axes = scene.panel(figure, (left, top + (height - own_height) / 2, width, own_height), view)
            pictures.append(scene.draw_plane(axes, view, images.ct, row.overlay))
            for one in drawn:
                scene.draw_outline(axes, view, one)
            scene.mark_sides(axes, view.plane)
            scene.mark_scale(axes, view)
            scene.mark_position(axes, view)
            if left == 0.0:
                scene.mark_quantity(axes, row.quantity)
            left += width + _GAP_MM
        _colour_bar(figure, (left + 0.5, top + 0.06 * height, 3.0, 0.88 * height), row, pictures[-1])
    outline = "region as drawn" if region is not None else "tumours as drawn" if outlines else ""
    _legend(figure, rows[-1].overlay.isodoses, outline)
    return figure
