"""The comparison of a radioembolisation plan for people: activities, doses and limits side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matplotlib.figure import Figure

from hevesy.report.document import (
    STATEMENT,
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Facts,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Table,
)
from hevesy.report.figures.style import ACCENT, LESION, PAGE_WIDTH_MM, axes_mm, figure_mm, vector
from hevesy.report.images import ReportImages
from hevesy.report.pages import write_pages
from hevesy.report.tare_sections import effects_blocks, eligibility_blocks, supply_blocks
from hevesy.report.tare_sources import pointer, source_numbers
from hevesy.report.tare_summary import METHOD_NAMES, summary_blocks
from hevesy.report.tare_voxel import images_blocks, voxel_blocks
from hevesy.report.tare_words import volume_words
from hevesy.report.text import drawable, shortened

_ROW_MM = 5.5
_Json = Mapping[str, Any]


def write_tare_report(
    document: _Json, out: Path, pictures: Mapping[str, ReportImages] = MappingProxyType({})
) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.pdf`` of a comparison.

    Parameters
    ----------
    document
        As the planning gives it: absorbed doses in Gy, activities in GBq.
    out
        Folder.
    pictures
        CT, dose map and tumours of the voxel model, by product.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    return write_pages(tare_report(document, pictures), out)


def tare_report(document: _Json, pictures: Mapping[str, ReportImages] = MappingProxyType({})) -> Document:
    """The comparison as a report; activities in GBq, absorbed doses in Gy."""
    products = [product for product in document["products"] if not product["refused"]]
    numbers = source_numbers(document)
    blocks: list[Block] = [
        Heading("Summary", 1, "summary"),
        _patient(document),
        *_refusals(document),
        *summary_blocks(document, products),
        Heading("Products and models side by side", 1, "side-by-side", new_page=True),
        *_models(products, numbers),
        *_pictures(products),
        *eligibility_blocks(document, numbers),
        *images_blocks(document.get("images")),
    ]
    for product in products:
        for method, inverse in product["inverse"].items():
            blocks.extend(_inverse(product["product"], method, inverse, numbers))
        blocks.extend(voxel_blocks(product, pictures.get(product["product"])))
    blocks.append(Bullets(tuple(document["notes"]), tone="note", title="Not given"))
    blocks.append(Bullets(tuple(numbers), ordered=True, title="Sources"))
    blocks.extend(_provenance(document.get("provenance")))
    return Document("Radioembolisation plan", document["label"], STATEMENT, tuple(blocks))


def _provenance(told: _Json | None) -> Iterator[Block]:
    if told is None:
        return
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    yield Heading("Provenance", 1, "provenance")
    yield Facts((
        ("Key", told["key"]), ("Files read", str(len(told["inputs"]))), ("Seed", str(told["seed"])),
        ("Versions", versions),
    ))  # fmt: skip


def _patient(document: _Json) -> Facts:
    patient = document["patient"]
    return Facts((
        ("Intent, tumour type", f"{document['intent']}, {document['tumour_type']}"),
        ("Rules", ", ".join(document["rule_sets"])),
        ("Liver function", patient["liver_function"]),
        ("Hepatic reserve", f"{100 * patient['hepatic_reserve']:.1f} %"),
        ("Lung", f"shunt {100 * patient['lung_shunt_fraction']:.1f} % ({patient['lung_shunt_method']}), mass "
                 f"{patient['lung_mass_kg']:.3g} kg ({patient['lung_mass_origin']})"),
    ))  # fmt: skip


def _refusals(document: _Json) -> Iterator[Block]:
    for product in document["products"]:
        if product["refused"]:
            yield Paragraph(f"{product['product']}: refused. {product['refused']}", tone="warning")


def _models(products: list[_Json], numbers: Mapping[str, int]) -> Iterator[Block]:
    columns = (
        Column("Product and model", share=2.4),
        Column("Delivered", "GBq", numeric=True),
        Column("To draw", "GBq", numeric=True),
        Column("Every limit kept", "probability", numeric=True),
        Column("Target reached", "probability", numeric=True),
    )
    rows = [row for product in products for row in _model_rows(product, numbers)]
    yield Table("Activities by model, and the largest under every limit", columns, tuple(rows))
    without = tuple(
        f"{product['product']}: {model['reason']}"
        for product in products
        for model in product["models"].values()
        if model["activity_delivered_gbq"] is None
    )
    if without:
        yield Bullets(without, tone="note", title="Models that give no activity")


def _model_rows(product: _Json, numbers: Mapping[str, int]) -> Iterator[tuple[Cell, ...]]:
    for name, model in product["models"].items():
        if model["activity_delivered_gbq"] is not None:
            yield _activity_cells(f"{product['product']}: {name}", _model_detail(model, numbers), model)
    for method, reason in product["no_inverse"].items():
        yield (Cell(f"{product['product']}: largest ({method})", reason), *(Cell("–"),) * 4)
    for method, inverse in product["inverse"].items():
        bound = f"bound by {inverse['binding']} in {volume_words(inverse['binding_volume'])}"
        yield _activity_cells(f"{product['product']}: largest ({method})", bound, inverse["largest"])


def _model_detail(model: _Json, numbers: Mapping[str, int]) -> str:
    """Source of the model, and the reduction that is in its activity."""
    told = pointer(model, numbers) if "source" in model else ""
    reduction = model.get("shunt_reduction")
    return f"{told}; {100 * (1 - reduction['left']):g} % less for the lung shunt" if reduction else told


def _activity_cells(label: str, detail: str, row: _Json) -> tuple[Cell, ...]:
    target = row["probability"]["every_tumour_reaches_target"]
    return (
        Cell(label, detail),
        Cell(f"{row['activity_delivered_gbq']:.3f}"),
        Cell(f"{row['activity_to_draw_gbq']:.3f}"),
        Cell(f"{row['probability']['every_limit_kept']:.2f}"),
        Cell("–" if target is None or row["method"] == "one" else f"{target:.2f}"),
    )


def _inverse(product: str, method: str, inverse: _Json, numbers: Mapping[str, int]) -> Iterator[Block]:
    yield Heading(f"{product}, {METHOD_NAMES[method]}", 2, f"{product}-{method}".lower())
    largest = inverse["largest"]
    beds = largest["bed_gy"] or {}
    columns = (
        Column("Volume", share=2.0),
        Column("Absorbed dose", "Gy", share=1.4, numeric=True),
        *((Column("BED", "Gy", share=1.4, numeric=True),) if beds else ()),
    )
    rows = tuple(
        (Cell(volume_words(volume)), Cell(_estimate(dose)), *((Cell(_estimate(beds.get(volume))),) if beds else ()))
        for volume, dose in largest["absorbed_dose_gy"].items()
    )
    yield Table(f"At the largest activity, {largest['activity_delivered_gbq']:.3f} GBq delivered", columns, rows)
    yield _rules(largest["rules"], numbers)
    yield from effects_blocks(largest["effects"], numbers)
    yield from supply_blocks(largest["supply"], numbers)


def _rules(rules: list[_Json], numbers: Mapping[str, int]) -> Table:
    columns = (
        Column("Limit or target", share=2.4),
        Column("Level", numeric=True),
        Column("Reached", numeric=True),
        Column("At level", "GBq to draw", numeric=True),
        Column("Above", "probability", numeric=True),
        Column("Met", share=0.6),
    )
    rows = tuple(
        (
            Cell(rule["rule"], f"{rule['is']}, {volume_words(rule['volume'])} {pointer(rule, numbers)}"),
            Cell(f"{rule['level']:.4g} {rule['unit']}"),
            Cell(f"{rule['reached']:.4g} {rule['unit']}"),
            Cell("–" if rule["activity_at_level_gbq"] is None else f"{rule['activity_at_level_gbq']:.3f}"),
            Cell(f"{rule['probability_above']:.2f}"),
            Cell("yes" if rule["met"] else "no"),
        )
        for rule in rules
    )
    return Table("Limits and targets, each at its own volume", columns, rows)


def _estimate(value: _Json | None) -> str:
    return "–" if value is None else f"{value['value']:.1f} ± {value['standard_uncertainty']:.1f}"


def _pictures(products: list[_Json]) -> Iterator[Block]:
    for product in products:
        for method, inverse in product["inverse"].items():
            limits = [one for one in inverse["limits_by_activity"] if one["activity_at_level_gbq"] is not None]
            title = f"{product['product']} ({method}): activity at which each limit is reached"
            caption = f"{title}. Dashed: the partition model for the target; bars at the edge go on."
            yield Pictures((Picture(vector(partial(draw_limits, limits, product)), title),), caption)


def draw_limits(limits: list[_Json], product: _Json) -> Figure:
    """A bar for the activity that each limit allows, the partition model's activity as a line. [GBq]"""
    height = _ROW_MM * len(limits)
    figure = figure_mm(PAGE_WIDTH_MM, height + 16.0)
    axes = axes_mm(figure, 82.0, 4.0, PAGE_WIDTH_MM - 88.0, height)
    for row, limit in enumerate(limits):
        axes.barh(row, limit["activity_at_level_gbq"], color=LESION if row == 0 else ACCENT, alpha=0.6, height=0.66)
    labels = [shortened(drawable(f"{volume_words(limit['volume'])}: {limit['rule']}"), 56) for limit in limits]
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    wanted = product["models"].get("partition", {}).get("activity_to_draw_gbq")
    if wanted is not None:
        axes.axvline(wanted, color="black", linewidth=1.0, linestyle="--")
    axes.set_xlabel("activity to draw [GBq]")
    axes.set_xlim(0.0, 4.0 * limits[0]["activity_at_level_gbq"] or None)
    return figure
