"""Each region in detail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hevesy.report import numbers
from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.budgets import draw_region_budget
from hevesy.report.figures.curves import draw_time_activity, fitted_points
from hevesy.report.figures.planes import middle_of
from hevesy.report.figures.slices import draw_slices, local_box
from hevesy.report.figures.style import raster, vector
from hevesy.report.methods import model_words
from hevesy.report.model import CurveModel, RegionResult, RegionTimePoint
from hevesy.report.sections.dose_map import corrected
from hevesy.report.sections.material import Material, runs, words

_POINT_COLUMNS = (
    Column("Time point", share=0.7),
    Column("Time", "h", 0.8, numeric=True),
    Column("Volume", "ml", numeric=True),
    Column("Recovery", "1", numeric=True),
    Column("Activity", "MBq", 1.2, numeric=True),
    Column("Concentration", "kBq/ml at scan time", 1.3, numeric=True),
    Column("As stored", "kBq/ml", 1.2, numeric=True),
)
_NONE = "none"
_ELSEWHERE = ("Whole_body", "Red_marrow")
_PARTS = "Of this"
_SCALE = "Scale to the region's maximum or 1/5 of the field's."
_GBQ_H = 1.0 / 3.6e12


def regions(material: Material) -> list[Block]:
    """One part for each region, those that lack something first."""
    blocks: list[Block] = [Heading("Regions in detail", 1, "regions", new_page=material.results.dose_map.made)]
    fills_a_page = False
    for index, region in enumerate(material.regions):
        heading = Heading(f"{index + 1}  {region.name}", 2, f"region-{index + 1}", new_page=fills_a_page)
        blocks += [heading, *_region(material, region)]
        fills_a_page = bool(region.time_points)
        material.progress("draw the report", index + 1, len(material.regions))
    return blocks


def _region(material: Material, region: RegionResult) -> list[Block]:
    blocks: list[Block] = []
    if region.findings:
        blocks.append(Bullets(tuple(region.findings), tone="warning"))
    blocks += [_facts(material, region), *_slices(material, region), *_plots(region)]
    if region.time_points:
        rows = tuple(_point_row(point) for point in region.time_points)
        blocks.append(Table(f"{region.name} at each scan.", _POINT_COLUMNS, rows))
    missing = _reasons(region)
    if missing:
        blocks.append(Bullets(missing))
    return blocks


def _facts(material: Material, region: RegionResult) -> Facts:
    shown = partial(_shown, region.findings)
    code = region.code or {}
    named = f" ({code.get('meaning', '')}, {code.get('scheme', '')} {code.get('value', '')})" if code else ""
    recovery = "corrected" if region.recovery_applied else "not corrected"
    items = [
        ("Kind", f"{words(region)}{named}; {recovery} for partial-volume loss"),
        ("Volume", _volume(region, shown(region.mass_g, "g"))),
        *_curve_facts(region.curve),
        ("Time-integrated activity", shown(region.time_integrated_activity_bq_s, "GBq h", _GBQ_H)),
        (_PARTS, _parts(region)),
        ("Effective half-life", shown(region.effective_half_life_h, "h")),
        ("Absorbed dose", shown(region.absorbed_dose_gy, "Gy")),
        ("Mean of the map", f"{shown(region.absorbed_dose_map_mean_gy, 'Gy')}{_ratio(material, region)}"),
        ("BED", f"{shown(region.bed_gy, 'Gy')}{_model_of(region)}"),
        *_eqd2(region),
    ]
    lacking = [name for name, text in items if text == _NONE and name != _PARTS]
    kept = [(name, text) for name, text in items if text != _NONE]
    return Facts((*kept, ("Lacking, as said above", ", ".join(lacking).lower())) if lacking else tuple(kept))


def _eqd2(region: RegionResult) -> list[tuple[str, str]]:
    known = region.eqd2_gy
    return [] if known is None or known.value is None else [("EQD2", _shown((), known, "Gy"))]


def _volume(region: RegionResult, mass: str) -> str:
    if region.volume_ml.value is None:
        return _NONE
    return f"{numbers.estimate(region.volume_ml)} ml{_exact(region)}; mass {mass}"


def _exact(region: RegionResult) -> str:
    if region.exact_volume_ml is None:
        return ""
    return f" (exact volume of the shape {numbers.significant(region.exact_volume_ml, 4)} ml)"


def _model_of(region: RegionResult) -> str:
    return f"; {region.bed_model}" if region.bed_model and region.bed_gy.value is not None else ""


def _curve_facts(curve: CurveModel | None) -> list[tuple[str, str]]:
    if curve is None:
        return []
    told = [("Curve", _curve_words(curve)), *([("Choice", curve.choice)] if curve.choice else [])]
    if len(curve.candidates) > 1:
        none = all(candidate.get("aicc") is None for candidate in curve.candidates)
        tried = "; ".join(_candidate(candidate, with_criterion=not none) for candidate in curve.candidates)
        told.append(("Models tried", f"{tried}{' (too few scans for the AICc)' if none else ''}"))
    return told


def _candidate(candidate: dict[str, str | float | None], *, with_criterion: bool) -> str:
    criterion = candidate.get("aicc")
    shown = f"AICc {numbers.fixed(criterion, 2)}" if isinstance(criterion, float) else "no AICc"
    words = f"{candidate.get('model') or 'unnamed'}: {candidate.get('reason') or 'chosen'}"
    return f"{words} ({shown})" if with_criterion else words


def _shown(findings: Sequence[str], given: EstimateModel, unit: str, factor: float = 1.0) -> str:
    """Value, uncertainty and interval; or why there is none, unless the findings above say so already."""
    if given.value is None:
        return _NONE if given.reason in findings else f"none: {given.reason or 'no reason given'}"
    span = "" if given.interval95 is None else f" (95 %: {numbers.interval(given, factor)} {unit})"
    return f"{numbers.estimate(given, factor)} {unit}{span}"


def _parts(region: RegionResult) -> str:
    """The integral to the last scan and the one after it."""
    before, after = region.time_integrated_activity_to_last_scan_bq_s, region.time_integrated_activity_tail_bq_s
    told = []
    if before.value is not None:
        told.append(f"{numbers.estimate(before, _GBQ_H)} GBq h to the last scan")
    if after.value is not None:
        share = f", {numbers.percent(region.curve.extrapolated_fraction)} of the whole" if region.curve else ""
        told.append(f"{numbers.estimate(after, _GBQ_H)} GBq h after it{share}")
    return "; ".join(told) or _NONE


def _ratio(material: Material, region: RegionResult) -> str:
    if region.ratio_region_to_map is None:
        return ""
    return f"; ratio {numbers.significant(region.ratio_region_to_map)}, the map is {corrected(material)}"


def _curve_words(curve: CurveModel) -> str:
    text = model_words(curve.model).removeprefix("a ")
    if curve.tail_half_life_h is None:
        return text
    start = "" if curve.tail_from_h is None else f" from {curve.tail_from_h:.1f} h"
    source = f" ({curve.tail_source})" if curve.tail_source else ""
    return f"{text}; stated tail{start} with a half-life of {numbers.significant(curve.tail_half_life_h)} h{source}"


def _slices(material: Material, region: RegionResult) -> list[Block]:
    mask = material.mask_of(region.name)
    if mask is None or region.kind == "remainder":
        return []
    centre, box = middle_of(mask), local_box(mask)
    images = material.images
    if centre is None or box is None or not (images.spect or images.dose):
        return []
    drawing = raster(lambda: draw_slices(images, centre, box, mask))
    rows = ["activity concentration" + (f" at {material.scan_title(images.reference)}" if images.spect else "")]
    if images.dose is not None:
        rows.append(f"absorbed dose with isodose lines, {corrected(material)}")
    ground = "on the CT" if images.ct is not None else "without a CT"
    caption = f"{region.name}: {'; '.join(rows)}; {ground}. {_SCALE}"
    return [Pictures((Picture(drawing, f"Axial, coronal and sagittal slices through {region.name}"),), caption)]


def _plots(region: RegionResult) -> list[Block]:
    known = fitted_points(region)
    if not known and region.name in _ELSEWHERE:
        return [Paragraph("Not measured on the scans: see “Blood, whole body and red marrow”.")]
    if not known:
        return [Paragraph("No activity could be measured in this region.", "warning")]
    items = [Picture(vector(lambda: draw_time_activity(region)), f"Time-activity curve of {region.name}")]
    caption = f"{region.name}: activity over time{_drawn(region.curve)}"
    if region.absorbed_dose_gy.budget and region.absorbed_dose_gy.value:
        items.append(Picture(vector(lambda: draw_region_budget(region)), f"Uncertainty budget of {region.name}"))
        caption += " Bars: relative standard uncertainty of the absorbed dose by source."
    return [Pictures(tuple(items), caption)]


def _drawn(curve: CurveModel | None) -> str:
    """What the picture of a curve shows."""
    text = "; points: measured ± standard uncertainty"
    if curve is None:
        return text + "."
    line = model_words(curve.model).removeprefix("a ")
    share = numbers.percent(curve.extrapolated_fraction)
    return f"{text}; line: {line}; dashed: after the last scan, where {share} of the integral lies."


def _point_row(point: RegionTimePoint) -> tuple[Cell, ...]:
    return (
        Cell(str(point.time_point)),
        Cell(numbers.fixed(point.time_h, 1)),
        Cell(numbers.estimate(point.volume_ml)),
        Cell(numbers.estimate(point.recovery_coefficient)),
        Cell(numbers.estimate(point.activity_bq, 1e-6)),
        Cell(numbers.estimate(point.activity_concentration_bq_ml, 1e-3)),
        Cell(numbers.estimate(point.activity_concentration_as_stored_bq_ml, 1e-3)),
    )


def _reasons(region: RegionResult) -> tuple[str, ...]:
    fields = {
        "volume_ml": "volume",
        "recovery_coefficient": "recovery coefficient",
        "activity_bq": "activity",
        "activity_concentration_bq_ml": "concentration",
        "activity_concentration_as_stored_bq_ml": "concentration as stored",
    }
    told: dict[str, list[int]] = {}
    for point in region.time_points:
        for field, title in fields.items():
            if field == "recovery_coefficient" and not region.recovery_applied:
                continue  # the kind of the region tells it
            given: EstimateModel = getattr(point, field)
            if given.value is None:
                told.setdefault(f"No {title}: {given.reason or 'no reason given'}", []).append(point.time_point)
    return tuple(f"{text} (time point{'s' if len(p) > 1 else ''} {runs(p)})." for text, p in told.items())
