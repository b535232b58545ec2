"""One look for all figures, and figures as bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

PAGE_WIDTH_MM = 174.0
"""Text width of the printed page."""
_MM_PER_INCH = 25.4
_DPI = 200
_ROOM_FOR_QUANTITY_MM = 45.0

INK = "#1d2733"
FAINT = "#c9d1d9"
ACCENT = "#0b5c8a"
LESION = "#b3261e"
ORGAN = "#0b5c8a"
REMAINDER = "#6b7280"

# Okabe and Ito's palette for colour-vision deficiency, yellow darkened for white paper
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#7a5195", "#4d4d4d", "#8c564b", "#9a9a00")

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "figure.facecolor": "white",
    "svg.hashsalt": "hevesy",
    "svg.fonttype": "path",
}


_MediaType = Literal["image/jpeg", "image/svg+xml"]


@dataclass(frozen=True)
class Drawing:
    """A figure as a file."""

    data: bytes
    media_type: _MediaType
    width_mm: float

    @property
    def suffix(self) -> str:
        """File name ending."""
        return ".jpg" if self.media_type == "image/jpeg" else ".svg"


def figure_mm(width: float, height: float) -> Figure:
    """An empty figure of this size. [mm]"""
    return Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH), dpi=_DPI)


def axes_mm(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place given from the top left corner. [mm]"""
    full_width, full_height = (size * _MM_PER_INCH for size in figure.get_size_inches())
    return figure.add_axes(
        (left / full_width, 1.0 - (top + height) / full_height, width / full_width, height / full_height)
    )


def raster(draw: Callable[[], Figure]) -> Drawing:
    """Draw in the house style as JPEG, for pictures; the same figure gives the same bytes."""
    options = {"format": "jpeg", "pil_kwargs": {"quality": 90, "subsampling": 0}}
    return Drawing(*_render(draw, options, "image/jpeg"))


def vector(draw: Callable[[], Figure]) -> Drawing:
    """Draw in the house style as SVG, for plots; the same figure gives the same bytes."""
    options = {"format": "svg", "metadata": {"Date": None, "Creator": None}}
    return Drawing(*_render(draw, options, "image/svg+xml"))


def _render(
    draw: Callable[[], Figure], options: dict[str, Any], media_type: _MediaType
) -> tuple[bytes, _MediaType, float]:
    stream = io.BytesIO()
    with mpl.rc_context(rc=_STYLE):  # type: ignore[arg-type]  # stubs name every key
        figure = draw()
        figure.savefig(stream, dpi=_DPI, **options)
    return stream.getvalue(), media_type, float(figure.get_size_inches()[0]) * _MM_PER_INCH


def with_room(quantity: str, unit: str, height_mm: float) -> str:
    """Label of a colour bar: quantity and unit, or the unit alone where the bar is too short."""
    return f"{quantity} [{unit}]" if height_mm > _ROOM_FOR_QUANTITY_MM else f"[{unit}]"


def outlined(colour: str = "black") -> list[Any]:
    """Stroke that keeps light text readable on any picture."""
    return [withStroke(linewidth=1.4, foreground=colour)]


def plain_numbers() -> FuncFormatter:
    """Tick labels without powers of ten, for logarithmic axes."""
    return FuncFormatter(lambda value, _: f"{value:g}")


def kind_colour(kind: str) -> str:
    """Colour of a kind of region."""
    return {"lesion": LESION, "organ": ORGAN}.get(kind, REMAINDER)
