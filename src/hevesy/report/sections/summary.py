"""The first page: what must be read first, then every region's result."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Heading, Picture, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.doses import draw_doses
from hevesy.report.figures.style import vector
from hevesy.report.methods import limits
from hevesy.report.model import RegionResult, Results
from hevesy.report.sections.material import Material, grouped, needs_attention, pages, runs, words

_GBQ_H = 1.0 / 3.6e12
_BARS_PER_FIGURE = 30

_COLUMNS = (
    Column("No.", share=6),
    Column("Region", share=32),
    Column("Mass", "g", 19, numeric=True),
    Column("Time-integr. activity", "GBq h; per net activity", 20, numeric=True),
    Column("Effective half-life", "h", 17, numeric=True),
    Column("Absorbed dose", "Gy; 95 % interval", 22, numeric=True),
    Column("Per activity", "Gy/GBq", 22, numeric=True),
    Column("Mean of the map", "Gy; ratio", 21, numeric=True),
    Column("BED", "Gy", 18, numeric=True),
)

_SHOWN = {
    "mass_g": "mass",
    "time_integrated_activity_bq_s": "time-integrated activity",
    "effective_half_life_h": "effective half-life",
    "absorbed_dose_gy": "absorbed dose",
    "absorbed_dose_map_mean_gy": "mean of the map",
    "bed_gy": "BED",
}


def summary(material: Material) -> list[Block]:
    """Findings, regions that lack something, the table of all regions, the limits of the data, and the bars."""
    blocks: list[Block] = [Heading("Summary", 1, "summary"), *_attention(material)]
    blocks.append(
        Table(
            "Results by region, value ± standard uncertainty.",
            _COLUMNS,
            tuple(_row(material, region) for region in material.regions),
        )
    )
    blocks += _notes(material)
    told = limits(material.results)
    if told:
        blocks += [
            Heading("What these data and methods cannot give", 2, "limits"),
            Bullets(tuple(told), tone="warning"),
        ]
    return blocks + _bars(material)


def _attention(material: Material) -> list[Block]:
    blocks: list[Block] = []
    if material.results.findings:
        blocks += [Heading("Read first", 2, "findings"), Bullets(tuple(material.results.findings), tone="warning")]
    lacking = [region for region in material.regions if needs_attention(region)]
    if lacking:
        blocks.append(
            Table(
                "Regions that lack a value or carry a finding, with the reason.",
                (
                    Column("No.", share=0.5),
                    Column("Region", share=2.6),
                    Column("Lacks", share=3.0),
                    Column("Reason or finding", share=6.4),
                ),
                tuple(_attention_row(material, region) for region in lacking),
            )
        )
    return blocks


def _attention_row(material: Material, region: RegionResult) -> tuple[Cell, ...]:
    missing = {
        title: getattr(region, field).reason or "no reason given"
        for field, title in _SHOWN.items()
        if getattr(region, field).value is None and _is_told_first(material, region, field)
    }
    reasons = dict.fromkeys([*region.findings, *missing.values()])
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name, words(region)),
        Cell(", ".join(missing) or "nothing"),
        Cell("; ".join(reasons)),
    )


def _is_told_first(material: Material, region: RegionResult, field: str) -> bool:
    """Whether the table of findings tells why a value is missing; what regions without findings share stands below."""
    shared = {getattr(other, field).reason for other in material.regions if not needs_attention(other)}
    return needs_attention(region) and getattr(region, field).reason not in shared


def _row(material: Material, region: RegionResult) -> tuple[Cell, ...]:
    flag = "" if region.recovery_applied else "; no recovery correction"
    return (
        Cell(str(material.numbers[region.name])),
        Cell(region.name, words(region) + flag),
        Cell(numbers.estimate(region.mass_g)),
        Cell(
            numbers.estimate(region.time_integrated_activity_bq_s, _GBQ_H),
            _coefficient(region.time_integrated_activity_bq_s, material.results.administration.net_activity_bq),
        ),
        Cell(numbers.estimate(region.effective_half_life_h)),
        Cell(numbers.estimate(region.absorbed_dose_gy), _interval(region.absorbed_dose_gy)),
        Cell(numbers.estimate(region.absorbed_dose_per_administered_activity_gy_per_gbq)),
        Cell(numbers.estimate(region.absorbed_dose_map_mean_gy), _ratio(region)),
        Cell(numbers.estimate(region.bed_gy)),
    )


def _coefficient(time_integrated_activity: EstimateModel, net_activity: EstimateModel) -> str:
    if time_integrated_activity.value is None or not net_activity.value:
        return ""
    return f"{numbers.significant(time_integrated_activity.value / net_activity.value / 3600.0)} h"


def _interval(dose: EstimateModel) -> str:
    return "" if dose.interval95 is None else numbers.interval(dose)


def _ratio(region: RegionResult) -> str:
    return "" if region.ratio_region_to_map is None else f"ratio {numbers.significant(region.ratio_region_to_map)}"


def _notes(material: Material) -> list[Block]:
    told = [_routes(material.results)]
    models = grouped(
        (r for r in material.regions if r.bed_model and r.bed_gy.value is not None), lambda r: r.bed_model or ""
    )
    told += [f"BED of {_list_numbers(material, regions)}: {model}." for model, regions in models.items()]
    for field, title in _SHOWN.items():
        without = [
            r for r in material.regions if getattr(r, field).value is None and not _is_told_first(material, r, field)
        ]
        for reason, regions in grouped(without, lambda r, f=field: getattr(r, f).reason or "no reason given").items():  # type: ignore[misc]
            told.append(f"No {title} for {_list_numbers(material, regions)}: {reason}.")
    return [Bullets(tuple(told))]


def _routes(results: Results) -> str:
    engine = {route: name.partition(": ")[0] for route, name in results.engine.items()}
    text = f"Absorbed dose: region route{_by(engine.get('region'))}, value ± standard uncertainty and 95 % interval. "
    if results.dose_map.made:
        text += f"Mean of the map: voxel route{_by(engine.get('map'))}; ratio: region route over mean of the map. "
    return text + "Time-integrated activity per net activity: the time-integrated activity coefficient."


def _by(engine: str | None) -> str:
    return f" by {engine}" if engine else ""


def _list_numbers(material: Material, regions: list[RegionResult]) -> str:
    if len(regions) == len(material.regions) > 1:
        return "all regions"
    plural = "s" if len(regions) > 1 else ""
    return f"region{plural} {runs([material.numbers[region.name] for region in regions])}"


def _bars(material: Material) -> list[Block]:
    blocks: list[Block] = []
    for part in pages(material.with_dose, _BARS_PER_FIGURE):
        order = [material.numbers[region.name] for region in part]
        drawing = vector(lambda part=part, order=order: draw_doses(part, order))  # type: ignore[misc]
        told = ", ".join(f"{r.name} {numbers.estimate(r.absorbed_dose_gy)} Gy" for r in part)
        blocks.append(
            Pictures(
                (Picture(drawing, f"Absorbed doses: {told}"),),
                "Absorbed doses by the region route: dots or bars are the values, lines the 95 % intervals.",
            )
        )
    return blocks
