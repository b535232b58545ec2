"""Administration, images, calibration and recovery as used."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.calibration_words import loss_words
from hevesy.report.document import Block, Bullets, Cell, Column, Facts, Heading, Paragraph, Picture, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.figures.planes import same_voxels
from hevesy.report.figures.projection import draw_projections, scale_maximum
from hevesy.report.figures.scene import body_box
from hevesy.report.figures.style import raster
from hevesy.report.model import CalibrationModel, TimePointModel
from hevesy.report.recovery_words import fwhm_words, recovery_words
from hevesy.report.sections.material import Material, pages
from hevesy.report.text import shortened

_SCANS_PER_FIGURE = 4
_SCANS = "Scans as used; series identifiers shortened, in full under Provenance."

_SCAN_COLUMNS = (
    Column("Time point", share=0.8),
    Column("Time", "h after start", 1.0, numeric=True),
    Column("Start", share=1.9),
    Column("Duration", "min", 0.9, numeric=True),
    Column("Series", "emission; CT", 1.4),
    Column("Units", share=1.0),
    Column("Scale from", share=1.9),
    Column("Decay-corrected to", share=1.6),
)


def administration(material: Material) -> list[Block]:
    """What was given and when."""
    given = material.results.administration
    items = [
        (
            "Radionuclide",
            f"{given.radionuclide}, half-life {numbers.significant(given.half_life_h, 5)} h ({given.half_life_source})",
        ),
        ("Radiopharmaceutical", given.radiopharmaceutical or "not named"),
        ("Activity measured before", _activity(given.measured_activity_bq, given.measured_at)),
        ("Residual after", _activity(given.residual_activity_bq, given.residual_measured_at)),
        ("Net activity at the start", _activity(given.net_activity_bq, None)),
        ("Start", numbers.moment(given.start)),
        ("End", numbers.moment(given.end, "not stated")),
        ("Where this comes from", given.source),
    ]
    return [Heading("Administration", 1, "administration"), Facts(tuple(items))]


def _activity(given: EstimateModel, when: str | None) -> str:
    if given.value is None:
        return given.reason or "not stated"
    return f"{numbers.estimate(given, 1e-6)} MBq" + (f" at {numbers.moment(when)}" if when else "")


def images(material: Material) -> list[Block]:
    """The scans, how their scale was established, what contradicts and what is missing; then the projections."""
    scans = material.results.time_points
    blocks: list[Block] = [
        Heading("Images: import and scale", 1, "images"),
        Table(_SCANS, _SCAN_COLUMNS, tuple(_scan_row(scan) for scan in scans)),
    ]
    against = [f"Time point {scan.index}: {text}" for scan in scans for text in scan.contradictions]
    if against:
        blocks.append(Bullets(tuple(against), tone="warning", title="Contradictions in the files"))
    missing = [f"Time point {scan.index}: {', '.join(scan.missing)}" for scan in scans if scan.missing]
    if missing:
        blocks.append(Bullets(tuple(missing), tone="warning", title="Missing in the files"))
    if not against and not missing:
        blocks.append(Paragraph("In these files nothing contradicts and nothing that the scale needs is missing."))
    return blocks + _projections(material)


def _scan_row(scan: TimePointModel) -> tuple[Cell, ...]:
    duration = numbers.MISSING if scan.duration_s is None else numbers.fixed(scan.duration_s / 60.0, 1)
    return (
        Cell(str(scan.index)),
        Cell(numbers.fixed(scan.time_h, 2)),
        Cell(numbers.moment(scan.start)),
        Cell(duration),
        Cell(shortened(scan.emission_series, 14), shortened(scan.ct_series or "no CT", 14)),
        Cell(scan.units),
        Cell(scan.scale_source),
        Cell(scan.decay_corrected_to),
    )


def _projections(material: Material) -> list[Block]:
    shown = material.images.spect
    box = body_box(material.images)
    if not shown or box is None:
        return []
    maximum = scale_maximum(shown)
    if maximum <= 0:
        return [Paragraph("The emission images hold no activity, so no projection is shown.", "warning")]
    blocks: list[Block] = []
    for part in pages(range(len(shown)), _SCANS_PER_FIGURE):
        titles = [material.scan_title(index) for index in part]
        drawing = raster(
            lambda part=part, titles=titles: draw_projections(  # type: ignore[misc]
                [shown[index] for index in part],
                titles,
                material.images.regions,
                numbers=material.numbers,
                box=box,
                maximum=maximum,
            )
        )
        caption = (
            "Maximum-intensity projections of the activity concentration at scan time, one scale in kBq/ml for all "
            f"scans (ends at {numbers.significant(maximum * 1e-3)} kBq/ml{_moved(material)}). Outlines: lesions red, "
            "organs blue; on the anterior views with their numbers in the table of results. R right, L left, A "
            "anterior, P posterior."
        )
        blocks.append(
            Pictures((Picture(drawing, f"Anterior and left lateral projections: {', '.join(titles)}"),), caption)
        )
    return blocks


def _moved(material: Material) -> str:
    """Where the scans lie, if they were brought to one place."""
    shown = material.images.spect
    reference = shown[material.images.reference].grid
    if not material.results.alignment or not all(same_voxels(image.grid, reference) for image in shown):
        return ""
    return f"; all scans moved to {material.scan_title(material.images.reference)}"


def calibration(material: Material) -> list[Block]:
    """Calibration factor and recovery curve."""
    factor, curve = material.results.calibration, material.results.recovery
    shown = factor.factor_cps_per_bq
    items = [
        ("Calibration", factor.method),
        (
            "Calibration factor",
            f"{numbers.estimate(shown, 1e6)} counts per second and MBq"
            if shown.value is not None
            else shown.reason or "none: the images hold activity",
        ),
        ("Calibration from", factor.source),
        ("Camera", "; ".join(f"{name} {value}" for name, value in factor.camera.items() if value) or "not named"),
        *([] if factor.method == "planar" else _dead_time(factor)),
        ("Recovery", recovery_words(curve.method)),
    ]
    if curve.b1_ml is not None and curve.b2 is not None:
        spread = [row[i] ** 0.5 for i, row in enumerate(curve.covariance)] if curve.covariance else [0.0, 0.0]
        b1 = EstimateModel(value=curve.b1_ml, standard_uncertainty=spread[0], unit="ml")
        b2 = EstimateModel(value=curve.b2, standard_uncertainty=spread[1], unit="1")
        items.append(("Recovery parameters", f"b1 = {numbers.estimate(b1)} ml, b2 = {numbers.estimate(b2)}"))
    if curve.fwhm_mm is not None:
        items.append(("Resolution", fwhm_words(curve)))
    if curve.smallest_sphere_ml is not None and curve.largest_sphere_ml is not None:
        span = f"{numbers.significant(curve.smallest_sphere_ml)} to {numbers.significant(curve.largest_sphere_ml)} ml"
        items.append(("Measured range", f"{span}; nothing is extrapolated below"))
    items.append(("Recovery from", curve.source))
    without = [region.name for region in material.regions if not region.recovery_applied]
    items.append(("Regions without correction", ", ".join(without) or "none"))
    return [Heading("Calibration and recovery", 1, "calibration"), Facts(tuple(items))]


def _dead_time(used: CalibrationModel) -> list[tuple[str, str]]:
    found = used.dead_time
    if found is None:
        return [("Dead time", "not corrected")]
    factors = ", ".join(loss_words(factor) for factor in found.loss_factors)
    return [
        ("Dead time", f"{numbers.estimate(found.dead_time_us)} µs, {found.model}, from {found.source}"),
        ("Factors for dead time", f"{factors}, in the order of the scans"),
    ]
