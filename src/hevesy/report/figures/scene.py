"""What every picture of slices shares: the field shown, and one panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Region
from hevesy.report.figures.levels import scale_bar_mm
from hevesy.report.figures.planes import Box, View, box_of, box_where, same_voxels, sampled
from hevesy.report.figures.style import axes_mm, outlined
from hevesy.report.images import Plane, ReportImages

_SOFT_TISSUE_HU = (-160.0, 240.0)
_BODY_HU = -300.0
_AIR_HU = -1000.0
_FAINT_FRACTION = 0.02
_ALONG = 0.9
"""Cosine above which columns run along the patient."""
_SIDES = {"axial": ("R", "L"), "coronal": ("R", "L"), "sagittal": ("A", "P")}
_NORMALS = {"axial": (2, "z"), "coronal": (1, "y"), "sagittal": (0, "x")}
ISODOSE_COLOURS = ("#38bdf8", "#4ade80", "#facc15", "#ff5a5f")
OUTLINE_COLOUR = "#ffffff"
LEGEND_GROUND = "#3d4852"
"""Behind bright colours, as dark as the images."""
GROUND = {"facecolor": "black", "edgecolor": "none", "alpha": 0.55, "pad": 0.9}
"""Behind light text on a picture."""


@dataclass(frozen=True)
class Overlay:
    """A coloured image on the CT, or on black where there is none."""

    image: Image
    colours: str
    maximum: float
    """End of the colour scale, in the unit of the image."""
    factor: float
    """From the unit of the image to the one of the colour bar."""
    isodoses: tuple[float, ...] = ()
    """Lines to draw, in the unit of the image."""

    @property
    def clipped(self) -> bool:
        """Whether some values lie above the end of the colour scale."""
        return bool(self.image.values.max() > self.maximum)


def body_box(images: ReportImages) -> Box | None:
    """The part of the field worth showing: the body on the CT, else where there is activity or a region."""
    emission = images.spect[images.reference] if images.spect else images.dose
    if emission is None:
        return None
    if images.ct is not None:
        body = box_where(np.asarray(images.ct.values > _BODY_HU), images.ct.grid)
        if body is not None:
            return body.within(box_of(emission.grid))
    box = box_where(np.asarray(emission.values > _FAINT_FRACTION * float(emission.values.max())), emission.grid)
    box = box or box_of(emission.grid)
    for region in images.regions:
        drawn = box_where(region.mask, region.grid) if region.kind != "remainder" else None
        if drawn is not None and same_voxels(region.grid, emission.grid):
            box = box.joined(drawn)
    return box.grown(20.0).within(box_of(emission.grid))


def panel(figure: Figure, place_mm: tuple[float, float, float, float], view: View) -> Axes:
    """Axes that show a plane as seen from the feet, from in front or from the left; no ticks. [mm]"""
    axes = axes_mm(figure, *place_mm)
    left, right, first, last = view.extent
    axes.set(xlim=(left, right), ylim=(last, first) if view.plane == "axial" else (first, last), xticks=[], yticks=[])
    axes.set_facecolor("black")
    axes.spines[:].set_visible(False)
    return axes


def draw_plane(axes: Axes, view: View, ct: Image | None, overlay: Overlay) -> AxesImage:
    """CT in grey, the overlay in colour, isodose lines; returns the coloured picture for its colour bar."""
    left, right, first, last = view.extent
    points = view.points(max(right - left, last - first) / 260.0)
    extent = (left, right, first, last)
    shown: dict[str, Any] = {"extent": extent, "origin": "lower", "interpolation": "bilinear", "aspect": "auto"}
    values = sampled(overlay.image.values, overlay.image.grid, points, 0.0)
    opacity: NDArray[np.float32] | None = None
    if ct is not None:
        grey = sampled(ct.values, ct.grid, points, _AIR_HU)
        axes.imshow(grey, cmap="gray", vmin=_SOFT_TISSUE_HU[0], vmax=_SOFT_TISSUE_HU[1], **shown)
        opacity = np.clip(values / (0.25 * overlay.maximum), 0.0, 1.0) * np.float32(0.72)
    coloured = axes.imshow(
        values * overlay.factor,
        cmap=overlay.colours,
        vmin=0.0,
        vmax=overlay.maximum * overlay.factor,
        alpha=opacity,
        **shown,
    )
    for level, colour in zip(overlay.isodoses, ISODOSE_COLOURS, strict=False):
        if values.min() < level < values.max():
            axes.contour(points[0, :, _across(view.plane)], points[:, 0, _along(view.plane)], values, levels=[level],
                         colors=[colour], linewidths=0.8)  # fmt: skip
    return coloured


def _across(plane: Plane) -> int:
    return 1 if plane == "sagittal" else 0


def _along(plane: Plane) -> int:
    return 1 if plane == "axial" else 2


def draw_outline(axes: Axes, view: View, region: Region) -> None:
    """Outline of a region in the plane, white on a dark rim."""
    left, right, first, last = view.extent
    points = view.points(max(right - left, last - first) / 260.0)
    inside = sampled(region.mask, region.grid, points, 0.0)
    if inside.max() <= 0.5:
        return
    across, along = points[0, :, _across(view.plane)], points[:, 0, _along(view.plane)]
    lines = axes.contour(across, along, inside, levels=[0.5], colors=[OUTLINE_COLOUR], linewidths=0.8)
    lines.set_path_effects(outlined())


def mark_sides(axes: Axes, plane: Plane, *, colour: str = "white") -> None:
    """Letters of the patient's sides: R and L, or A and P."""
    for x, side in zip((0.03, 0.97), _SIDES[plane], strict=True):
        axes.text(x, 0.5, side, transform=axes.transAxes, ha="left" if x < 0.5 else "right", va="center",
                  color=colour, fontsize=8, fontweight="bold", bbox=GROUND if colour == "white" else None)  # fmt: skip


def mark_columns(axes: Axes, grid: Grid, *, colour: str = "white") -> None:
    """R and L beside a transverse plane that is drawn voxel by voxel, where its columns run along the patient.

    White letters stand in the middle of the edges, others, which have no ground, in the upper corners.
    """
    along = float(grid.direction_matrix[0, 0])
    if abs(along) < _ALONG:
        return
    height = 0.5 if colour == "white" else 0.97
    for x, side in zip((0.03, 0.97), "RL" if along > 0 else "LR", strict=True):
        axes.text(x, height, side, transform=axes.transAxes, ha="center", va="center", color=colour, fontsize=8,
                  fontweight="bold", bbox=GROUND if colour == "white" else None)  # fmt: skip


def mark_scale(axes: Axes, view: View, *, colour: str = "white") -> None:
    """A scale bar of round length at the lower right."""
    halo = outlined("black" if colour == "white" else "white")
    left, right, first, last = view.extent
    length = scale_bar_mm(right - left)
    end = right - 0.05 * (right - left)
    up = last if view.plane == "axial" else first
    step = (first - last) if view.plane == "axial" else (last - first)
    line = Line2D([end - length, end], [up + 0.05 * step] * 2, color=colour, linewidth=2.0, solid_capstyle="butt")
    line.set_path_effects(halo)
    axes.add_line(line)
    text = f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm"
    axes.text(end - length / 2, up + 0.08 * step, text, ha="center", va="bottom", color=colour, fontsize=6.5,
              bbox=None if colour != "white" else GROUND)  # fmt: skip


def mark_position(axes: Axes, view: View) -> None:
    """Which plane, and where it lies in patient coordinates (LPS)."""
    _, axis = _NORMALS[view.plane]
    mark_text(axes, (0.03, 0.97), f"{view.plane}, {axis} = {view.position_mm:.1f} mm".replace("-", "−"))


def mark_quantity(axes: Axes, quantity: str) -> None:
    """What the colours are, at the lower left."""
    mark_text(axes, (0.03, 0.03), quantity)


def mark_text(axes: Axes, place: tuple[float, float], text: str) -> None:
    """Light text on a dark ground, readable on any picture; the place in parts of the axes, left and up."""
    axes.text(*place, text, color="white", transform=axes.transAxes, va="top" if place[1] > 0.5 else "bottom",
              fontsize=6.5, bbox=GROUND)  # fmt: skip


def normal_axis(plane: Plane) -> int:
    """Patient axis through the plane: 0 to the left, 1 posterior, 2 superior."""
    return _NORMALS[plane][0]
