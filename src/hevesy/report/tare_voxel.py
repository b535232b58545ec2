"""What images give a radioembolisation plan: measured values, dose-volume histograms, isodose lines on the CT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Picture, Pictures, Table
from hevesy.report.figures.dose_volumes import draw_dose_volumes
from hevesy.report.figures.style import vector
from hevesy.report.images import ReportImages
from hevesy.report.tare_isodoses import isodose_blocks
from hevesy.report.tare_words import volume_words

_Json = Mapping[str, Any]


def images_blocks(images: _Json | None) -> Iterator[Block]:
    """What was measured on the images of the plan; nothing without any."""
    if images is None:
        return
    yield Heading("Measured on the images", 2, "images")
    columns = (
        Column("Quantity", share=2.4),
        Column("Value", numeric=True),
        Column("Standard uncertainty", numeric=True),
    )
    yield Table(f"Ratios and shunt: partial volume {images['partial_volume']}", columns, tuple(_measured(images)))
    for one in images["deposition"]:
        told = f"extrahepatic deposition: {one['activity_share']:.2%} of the scout's activity {one['place']}"
        yield Bullets((f"{told}, {one['volume_ml']:.3g} ml",), tone="warning", title="Found on the scout")


def _measured(images: _Json) -> Iterator[tuple[Cell, ...]]:
    for key, value in images["volume_ml"].items():
        yield _row(f"volume of {volume_words(key)} [ml]", value)
    for key, value in images["concentration_ratio"].items():
        yield _row(f"ratio of concentrations, {volume_words(key)}", value)
    if images["lung_shunt_fraction"]:
        yield _row("lung shunt", images["lung_shunt_fraction"])
    if images["lung_mass_kg"]:
        yield _row("mass of the lungs [kg]", images["lung_mass_kg"])


def _row(name: str, value: _Json) -> tuple[Cell, ...]:
    return Cell(name), Cell(f"{value['value']:.4g}"), Cell(f"{value['standard_uncertainty']:.2g}")


def voxel_blocks(product: _Json, images: ReportImages | None) -> Iterator[Block]:
    """Histograms, dose levels and isodose lines of one product; nothing without the voxel model."""
    voxel = product.get("voxel")
    if not voxel:
        return
    name, inverse = product["product"], product["inverse"].get("voxel")
    chosen = inverse["largest"] if inverse else product["models"]["voxel"]
    said = "largest activity under every limit" if inverse else "activity for the target"
    if chosen["activity_delivered_gbq"]:
        yield Heading(f"{name}, dose-volume histograms and isodose lines", 2, f"{name}-histograms".lower())
        activity = f"{chosen['activity_delivered_gbq']:.3f} GBq delivered ({said})"
        drawing = vector(partial(draw_dose_volumes, chosen["histograms"]))
        title = f"{name}: cumulative dose-volume histograms at {activity}"
        yield Pictures((Picture(drawing, title),), f"{title}, voxel model ({voxel['dose_engine']}).")
        yield _levels(chosen["histograms"], activity)
        if images is not None:
            yield from isodose_blocks(images, of=name, detail=activity)
    yield Bullets(tuple(voxel["notes"]), tone="note", title="How the voxel model is to be read")


def _levels(histograms: _Json, activity: str) -> Table:
    levels = list(next(iter(histograms.values()))["levels_gy"])
    above = list(dict.fromkeys(key for one in histograms.values() for key in one["volume_fraction_above"]))
    columns = (
        Column("Volume", share=2.2),
        Column("Mean", "Gy", numeric=True),
        *(Column(level, "Gy", numeric=True) for level in levels),
        *(Column(f"≥ {key}", "%", numeric=True) for key in above),
    )
    rows = tuple(
        (
            Cell(volume_words(key)),
            Cell(f"{one['mean_gy']:.1f}"),
            *(Cell(f"{one['levels_gy'][level]['value']:.1f}") for level in levels),
            *(Cell(f"{100 * one['volume_fraction_above'][gray]:.1f}") for gray in above),
        )
        for key, one in histograms.items()
    )
    return Table(f"Dose levels (D70: at least this dose in 70 % of the volume) at {activity}", columns, rows)
