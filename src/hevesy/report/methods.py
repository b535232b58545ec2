"""The methods text and its references, from what ran."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from hevesy.report import numbers
from hevesy.report.calibration_words import calibration_words
from hevesy.report.model import CitationModel, CurveModel, Results
from hevesy.report.planar_words import (
    NOT_REGISTERED,
    planar_alone,
    planar_images_words,
    planar_limits,
    planar_words,
)
from hevesy.report.recovery_words import recovery_text

_MODELS = {
    "mono": "a mono-exponential",
    "bi": "a bi-exponential",
    "uptake-mono": "a mono-exponential with uptake",
    "uptake-bi": "a bi-exponential with uptake",
    "tri": "a tri-exponential",
    "uptake-tri": "a tri-exponential with uptake",
    "average": "an average of sums of exponentials by their Akaike weights",
    "trapezoid": "straight lines between the scans",
    "trapezoid-tail": "straight lines between the scans with a stated tail",
}

_ALIGNMENTS = {
    "rigid-ct": "rigid registration of the CTs",
    "deformable-ct": "deformable registration of the CTs, after a rigid one",
    "reg": "REG objects of the study",
    "identity": "taken as aligned by the scanner",
}
_BESIDE_THE_SCANS = ("posterior of", "known half-life")
"""How the choice of a curve begins that rests on more than the scans."""
_DECIDED_BY_FIT = "1 % level"
"""In the reason for not taking a model."""


def _listed(parts: Iterable[str]) -> str:
    """One, two and three."""
    items = list(parts)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def model_words(model: str) -> str:
    """A curve model in words; its name where there are none."""
    return _MODELS.get(model, model)


def alignment_words(method: str) -> str:
    """A way of alignment in words; its name where there are none."""
    return _ALIGNMENTS.get(method, method)


def _administration(results: Results) -> str:
    given = results.administration
    agent = given.radiopharmaceutical or given.radionuclide
    clock = f"{given.radionuclide}, {numbers.significant(given.half_life_h, 5)} h ({given.half_life_source})"
    start = f"the start of the administration, {numbers.moment(given.start)}"
    if given.net_activity_bq.value is None:
        return f"No administered activity of {agent} is known. All times count from {start}. Half-life of {clock}."
    net = f"{numbers.estimate(given.net_activity_bq, 1e-6)} MBq"
    if given.measured_activity_bq.value is None:
        source = {"images": "the headers of the images", "study: net activity": "the study file"}
        stated = source.get(given.source, given.source)
        text = f"The administered activity of {agent}, {net} at {start}, was taken from {stated}."
    else:
        residual = given.residual_activity_bq.value is not None
        less = "less the residual measured after it and " if residual else "no residual being stated, "
        text = f"The activity of {agent} measured for the administration, {less}decay-corrected to {start}, is {net}."
    return f"{text} All times count from that start. Half-life of {clock}."


def _images(results: Results) -> str:
    if planar_alone(results):
        return planar_images_words(results)
    times = _listed(f"{point.time_h:.1f}" for point in results.time_points)
    count = len(results.time_points)
    scans = "One emission scan was" if count == 1 else f"{_count(count)} emission scans were"
    with_ct = sum(point.ct_series is not None for point in results.time_points)
    ct = {0: "no scan came with a CT", count: "each with a CT" if count > 1 else "with a CT"}
    scales = _listed(dict.fromkeys(_scale_words(point.units, point.scale_source) for point in results.time_points))
    return (
        f"{scans} used, {times} h after the start of the administration, {ct.get(with_ct, f'{with_ct} with a CT')}. "
        f"Their voxel values are {scales}."
    )


def _count(number: int) -> str:
    words = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return words[number - 2] if 2 <= number < 2 + len(words) else str(number)


def _scale_words(units: str, source: str) -> str:
    told = {
        "stored-counts": "as stored",
        "rescale": "by the rescale slope and intercept of the files",
        "real-world-value-mapping": "by the Real World Value Mapping of the files",
        "vendor-private": "by a private element of the manufacturer",
    }
    return f"{units}, {told.get(source, f'scaled by {source}')}"


def _calibration(results: Results) -> str:
    return calibration_words(results.calibration) + planar_words(results.planar)


def _registration(results: Results) -> str:
    if planar_alone(results):
        return NOT_REGISTERED
    if len(results.time_points) == 1:
        return ""
    methods = _listed(dict.fromkeys(alignment_words(item.method) for item in results.alignment))
    local = _local_shifts(results)
    if not methods:
        return f"The time points were not registered: each region was used where it was drawn on each scan.{local}"
    shifts = [item.residual_shift_mm for item in results.alignment if item.residual_shift_mm is not None]
    worst = f" The largest residual shift is {numbers.fixed(max(shifts), 1)} mm." if shifts else ""
    told = f"{worst}{_deformed(results)}{local}"
    return f"The time points were brought to one frame of reference; way of alignment: {methods}.{told}"


def _deformed(results: Results) -> str:
    bent = [item.deformation for item in results.alignment if item.deformation is not None]
    if not bent:
        return ""
    low, high = min(d.jacobian_minimum for d in bent), max(d.jacobian_maximum for d in bent)
    return (
        " The deformation follows borders that the CT shows and only interpolates between them; it does not fold, and "
        f"volumes change by factors from {numbers.fixed(low, 2)} to {numbers.fixed(high, 2)} within the body. Activity "
        "that it carries onto the grid of the map is conserved."
    )


def _local_shifts(results: Results) -> str:
    if not results.local_shifts:
        return ""
    moved = sum(item.shift_mm is not None for item in results.local_shifts)
    return (
        f" {moved} of {len(results.local_shifts)} times a region was then moved, as a whole, to where the emission "
        "image shows it: the drawing blurred to the resolution of the image was fitted to it by least squares, beside "
        "the other regions and a background linear around it."
    )


def _regions(results: Results) -> str:
    counts = [
        (kind, sum(region.kind == kind for region in results.regions)) for kind in ("organ", "lesion", "remainder")
    ]
    shown = _listed(
        f"{count} {kind}{'s' if count > 1 and kind != 'remainder' else ''}" for kind, count in counts if count
    )
    text = f"There {'is one region' if len(results.regions) == 1 else f'are {len(results.regions)} regions'} ({shown})."
    if any(region.exact_volume_ml is not None for region in results.regions):
        text += (
            " A drawn region is made of the voxels whose centre lies inside its contours; the exact volume inside the "
            "contours stands beside its volume."
        )
    if any(region.kind == "remainder" for region in results.regions):
        text += (
            " The activity of the remainder is all activity in the body and just around it, less that of the other "
            "regions as corrected."
        )
    return text


def _curves(results: Results) -> str:
    fitted = [region.curve for region in results.regions if region.curve is not None]
    if not fitted:
        return "No region's data supported a time-activity curve."
    models = _listed(model_words(model) for model in dict.fromkeys(curve.model for curve in fitted))
    text = (
        f"The activity of each region over time was described by {models}; no effective half-life can exceed the "
        "physical one. The curve was integrated from the start of the administration to infinity."
    )
    if any(_rivals(curve) > 1 for curve in fitted if curve.model != "average"):
        text += " Of the models whose corrected Akaike criterion (AICc) exists, the one with the smallest was taken."
    if any(_DECIDED_BY_FIT in str(candidate.get("reason")) for curve in fitted for candidate in curve.candidates):
        text += (
            " Where the scans are too few for the corrected Akaike criterion, a model with more parameters was taken "
            "only if it fits better at the 1 % level."
        )
    text += "".join(
        f" {region.name}: {region.curve.choice.rstrip('.')}."
        for region in results.regions
        if region.curve is not None and region.curve.choice and region.curve.choice.startswith(_BESIDE_THE_SCANS)
    )
    tails = _listed(dict.fromkeys(curve.tail_source for curve in fitted if curve.tail_source))
    return text + (f" What follows the last scan is stated by the study (source: {tails})." if tails else "")


def _rivals(curve: CurveModel) -> int:
    """How many models the criterion could compare."""
    return sum(candidate.get("aicc") is not None for candidate in curve.candidates)


def _dose(results: Results) -> str:
    engine = results.engine.get("region")
    if engine is None:
        return ""
    return (
        "The absorbed dose to a region, as in the tables, is its time-integrated activity times an S value (region "
        f"route). {_engine_words(engine)}"
    )


def _engine_words(engine: str) -> str:
    """Name and description of an engine as a sentence."""
    name, _, description = engine.partition(": ")
    return f"Engine “{name}”. {description.rstrip('.')}." if description else f"Engine: {name.rstrip('.')}."


def _map(results: Results) -> str:
    if not results.dose_map.made:
        return f"No dose map was made: {results.dose_map.reason}."
    corrected = "recovery-corrected" if results.dose_map.recovery_corrected else "not recovery-corrected"
    engine = results.engine.get("map", "")
    how = f"{f' {_engine_words(engine)}' if engine else ''}{_matter(results)}{_compared(results)}"
    return (
        "For the dose map, the activity concentration at each scan was integrated over time voxel by voxel and turned "
        f"into absorbed dose. Map, isodose lines and histograms are {corrected}.{how}"
    )


def _matter(results: Results) -> str:
    return f" Matter in the voxels: {results.dose_map.matter}." if results.dose_map.matter else ""


def _compared(results: Results) -> str:
    regions = results.dose_map.by_engine
    others = [name for name in (regions[0].mean_gy if regions else ()) if name != results.dose_map.engine]
    return f" It was compared with the map by {_listed(others)}." if others else ""


def _biology(results: Results) -> str:
    models = "; ".join(
        dict.fromkeys(r.bed_model for r in results.regions if r.bed_model and r.bed_gy.value is not None)
    )
    if not models:
        return ""
    return f"The biologically effective dose (BED) was computed from each region's own curve: {models}."


def _uncertainty(results: Results) -> str:
    kinds = _listed(dict.fromkeys(k for region in results.regions for k in region.absorbed_dose_gy.budget or {}))
    if not kinds:
        return ""
    return (
        f"Uncertainties were propagated to first order with their sources kept apart ({kinds}), so that errors shared "
        f"between scans and regions stay correlated. The 95 % intervals are log-normal.{_drawn(results)}"
    )


def _drawn(results: Results) -> str:
    used = results.uncertainty
    if used is None or used.propagation == "analytic":
        return ""
    place = "Beside that" if used.propagation == "both" else "The uncertainties shown for integrals and doses are these"
    return (
        f" {place}: {used.samples} Monte Carlo draws of every source, stratified, with the curve of each region fitted "
        "again, its S value, absorbed dose, BED and EQD2 computed again; counts within a moved boundary and what "
        "neighbours spill follow the response measured on the images."
    )


def _limits(results: Results) -> str:
    if not results.limits:
        return ""
    return (
        "Each limit of dose was held against a dose of its own kind; the probability of exceeding it is that of the "
        "distribution of this dose. A limit of a course counts what was given before, as the study states it."
    )


_SENTENCES: tuple[tuple[str, Callable[[Results], str]], ...] = (
    ("administration", _administration),
    ("images", _images),
    ("calibration", _calibration),
    ("recovery", recovery_text),
    ("registration", _registration),
    ("regions", _regions),
    ("curves", _curves),
    ("dose", _dose),
    ("map", _map),
    ("biology", _biology),
    ("uncertainty", _uncertainty),
    ("limits", _limits),
)


def _topics(citation: CitationModel) -> list[str]:
    return [topic.strip() for topic in (citation.topic or "").split(",")]


def _marks(citations: Iterable[tuple[int, CitationModel]], topic: str) -> str:
    found = [str(number) for number, citation in citations if topic in _topics(citation)]
    between = ",\u00a0"
    return f"\u00a0[{between.join(found)}]" if found else ""


def methods_text(results: Results) -> list[str]:
    """Paragraphs that say what was done, each with the numbers of its references."""
    numbered = list(enumerate(results.provenance.citations, start=1))
    told = [(topic, sentence(results)) for topic, sentence in _SENTENCES]
    paragraphs = [text + _marks(numbered, topic) for topic, text in told if text]
    topics = {topic for topic, text in told if text}
    rest = [str(number) for number, citation in numbered if not topics & set(_topics(citation))]
    if rest:
        paragraphs.append(f"Data and methods used beside these: [{', '.join(rest)}].")
    return paragraphs


def references(results: Results) -> list[str]:
    """The references in the order of their numbers."""
    return [c.text + (f", doi:{c.doi}" if c.doi else "") for c in results.provenance.citations]


def limits(results: Results) -> list[str]:
    """What these data and the methods that ran cannot give, in plain words.

    An entry of ``results.engine`` beside ``region`` and ``map`` tells limits of the engines and comes last.
    """
    told = []
    count = len(results.time_points)
    tails = any(region.curve is not None and region.curve.tail_half_life_h is not None for region in results.regions)
    later = "the tail that the study states" if tails else "the slope between the scans"
    if count == 1 and results.planar is None:
        told.append(f"One scan gives an activity at one time. How it came and goes is not seen: all rests on {later}.")
    if count == 2:
        told.append(
            "Two scans fix no more than two parameters of a curve: nothing is left over to test the model, an uptake "
            f"or a second clearance phase cannot be told apart, and what comes after the last scan rests on {later}."
        )
    if results.planar is None and not any(point.ct_series for point in results.time_points):
        told.append(
            "Without a CT the density of the tissue is not measured, so a mass is the drawn volume times an assumed "
            "density; scans cannot be registered by anatomy; and neither the attenuation correction nor the site of a "
            "region can be checked here."
        )
    if not results.dose_map.made:
        told.append(
            f"No dose map was made: {results.dose_map.reason}. So there are no isodose lines, no dose-volume "
            "histograms, no mean of the map to compare with, and nothing about how the dose is spread in a region."
        )
    told += planar_limits(results.planar)
    others = [text for route, text in results.engine.items() if route not in ("region", "map")]
    return told + [sentence for text in others for sentence in re.split(r"(?<=[a-z]\.) (?=[A-Z])", text)]
