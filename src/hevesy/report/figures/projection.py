"""Maximum-intensity projections of the activity concentration, one colour scale for all time points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Region
from hevesy.report.figures import scene
from hevesy.report.figures.planes import Box, View, box_of, same_voxels, upright
from hevesy.report.figures.style import FAINT, INK, PAGE_WIDTH_MM, axes_mm, figure_mm, kind_colour, with_room
from hevesy.report.images import Plane

_BAR_MM = 20.0
_GAP_MM = 1.5
_TITLE_MM = 5.0
_FEW_REGIONS = 12
"""Up to here every scan carries the numbers of the regions; beyond, only the first of a figure."""
_THROUGH: dict[str, int] = {"coronal": 1, "sagittal": 2}
"""Array axis that a projection runs along."""


def scale_maximum(images: Sequence[Image]) -> float:
    """End of the common colour scale: 2 % of the pixels with activity in any projection lie above. [Bq/ml]"""
    projections = [np.asarray(upright(image.values, image.grid)[0].max(axis=1)).ravel() for image in images]
    pixels = np.concatenate(projections)
    active = pixels[pixels > 0.01 * pixels.max()] if pixels.size and pixels.max() > 0 else pixels
    return float(np.quantile(active, 0.98)) if active.size else 0.0


def _edges(grid: Grid, across: int) -> tuple[float, float, float, float]:
    """Left, right, lower and upper end of a projection of an upright image. [mm]"""
    box = box_of(grid)
    return float(box.low[across]), float(box.high[across]), float(box.low[2]), float(box.high[2])


def _draw_projection(axes: Axes, image: Image, plane: Plane, maximum: float) -> AxesImage:
    values, grid = upright(image.values, image.grid)
    projected = values.max(axis=_THROUGH[plane]) * 1e-3
    return axes.imshow(
        projected, cmap="gray_r", vmin=0.0, vmax=maximum * 1e-3, origin="lower", interpolation="bilinear",
        extent=_edges(grid, 0 if plane == "coronal" else 1), aspect="auto",
    )  # fmt: skip


def _centres(grid: Grid, axis: int) -> NDArray[np.float64]:
    length = grid.shape[2 - axis]
    return np.asarray(grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(length), dtype=np.float64)


def _draw_region(
    axes: Axes, region: Region, plane: Plane, label: str, taken: list[tuple[float, float]], box: Box
) -> None:
    inside, grid = upright(region.mask, region.grid)
    shadow = inside.max(axis=_THROUGH[plane])
    if shadow.max() <= 0.5 or min(shadow.shape) < 2:
        return
    colour = kind_colour(region.kind)
    across, along = _centres(grid, 0 if plane == "coronal" else 1), _centres(grid, 2)
    axes.contour(across, along, shadow, levels=[0.5], colors=[colour], linewidths=0.7)
    rows, columns = np.nonzero(shadow > 0.5)
    if not label:
        return
    place = (float(across[columns.max()]) + 6.0, float(along[rows.max()]) + 6.0)
    if region.kind != "lesion":
        place = (float(across[columns].mean()), float(along[rows].mean()))
    x, y = _free_place(*place, taken, box)
    ground = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    axes.text(x, y, label, color=colour, fontsize=5.5, ha="center", va="center", fontweight="bold", bbox=ground)


def _free_place(x: float, y: float, taken: list[tuple[float, float]], box: Box) -> tuple[float, float]:
    """The nearest place to a point in the field and not within a label's size of one taken, which it takes. [mm]"""
    width, height = 24.0, 16.0
    offsets = [(i * width, j * height) for i in range(-3, 4) for j in range(-4, 5)]
    for dx, dy in sorted(offsets, key=lambda offset: offset[0] ** 2 + offset[1] ** 2):
        place = (x + dx, y + dy)
        inside = _inside(place[0], box, 0, width) and _inside(place[1], box, 2, height)
        if inside and all(abs(place[0] - a) >= width or abs(place[1] - b) >= height for a, b in taken):
            taken.append(place)
            return place
    return x, y


def _inside(position: float, box: Box, axis: int, size: float) -> bool:
    return bool(box.low[axis] + size / 2 <= position <= box.high[axis] - size / 2)


def draw_projections(
    images: Sequence[Image],
    titles: Sequence[str],
    regions: Sequence[Region],
    *,
    numbers: Mapping[str, int],
    box: Box,
    maximum: float,
) -> Figure:
    """Anterior and left lateral projection of each image, two images in a row, with the outlines of the regions.

    Parameters
    ----------
    images
        Activity concentration, one per time point. [Bq/ml]
    titles
        One for each image.
    regions
        Outlined on the images that have their voxels; the remainder is left out.
    numbers
        Number of each region by its name, as in the summary table.
    box
        Field shown.
    maximum
        End of the colour scale. [Bq/ml]
    """
    size = box.size
    per_row = min(2, len(images))
    room = (PAGE_WIDTH_MM - _BAR_MM - 3 * _GAP_MM) / 2
    scale = min((room - _GAP_MM) / (size[0] + size[1]), 100.0 / size[2])
    widths, height = (size[0] * scale, size[1] * scale), size[2] * scale
    n_rows = -(-len(images) // per_row)
    figure = figure_mm(PAGE_WIDTH_MM, n_rows * (height + _TITLE_MM + _GAP_MM) + 1.0)
    pictures = []
    few = sum(region.kind != "remainder" for region in regions) <= _FEW_REGIONS
    for index, (image, title) in enumerate(zip(images, titles, strict=True)):
        left = (index % per_row) * (sum(widths) + 3 * _GAP_MM)
        top = (index // per_row) * (height + _TITLE_MM + _GAP_MM) + _TITLE_MM
        for plane, width in zip(("coronal", "sagittal"), widths, strict=True):
            view = View("coronal" if plane == "coronal" else "sagittal", box, 0.0)
            axes = scene.panel(figure, (left, top, width, height), view)
            axes.set_facecolor("white")
            pictures.append(_draw_projection(axes, image, view.plane, maximum))
            _outline_all(axes, image, regions, view, numbers if index == 0 or few else {})
            _mark(axes, view)
            left += width + _GAP_MM
        figure.text(*_place(figure, left - sum(widths) - 2 * _GAP_MM, top - 1.2), title, fontweight="bold")
    right = per_row * (sum(widths) + 3 * _GAP_MM)
    bar = figure.colorbar(
        pictures[-1], cax=axes_mm(figure, right, _TITLE_MM + 0.1 * height, 3.0, 0.8 * height), extend="max"
    )
    bar.set_label(with_room("activity concentration", "kBq/ml", 0.8 * height))
    bar.outline.set_linewidth(0.4)
    return figure


def _place(figure: Figure, left: float, top: float) -> tuple[float, float]:
    width, height = (size * 25.4 for size in figure.get_size_inches())
    return left / width, 1.0 - top / height


def _outline_all(axes: Axes, image: Image, regions: Sequence[Region], view: View, numbers: Mapping[str, int]) -> None:
    taken: list[tuple[float, float]] = []
    for region in regions:
        if region.kind != "remainder" and same_voxels(region.grid, image.grid):
            label = str(numbers.get(region.name, "")) if view.plane == "coronal" else ""
            _draw_region(axes, region, view.plane, label, taken, view.box)


def _mark(axes: Axes, view: View) -> None:
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(FAINT)
    scene.mark_sides(axes, view.plane, colour=INK)
    scene.mark_scale(axes, view, colour=INK)
    name = "anterior" if view.plane == "coronal" else "left lateral"
    axes.text(0.03, 0.985, name, transform=axes.transAxes, va="top", fontsize=6.5)
