"""What stored values mean: one linear scale per file, with its unit and where it comes from.

Precedence: Real World Value Mapping with UCUM units, then Rescale with explicit Units, then a vendor's private
factor, then stored counts that need a site calibration. A conflict is a finding, never a choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.values import PARSE_ERRORS, as_number, first, integer, items, number, text, unique, written
from hevesy.domain import Finding

_UCUM = {
    "Bq/ml": ("Bq/ml", 1.0),
    "Bq/mL": ("Bq/ml", 1.0),
    "Bq/cm3": ("Bq/ml", 1.0),
    "kBq/ml": ("Bq/ml", 1e3),
    "kBq/mL": ("Bq/ml", 1e3),
    "kBq/cm3": ("Bq/ml", 1e3),
    "MBq/ml": ("Bq/ml", 1e6),
    "MBq/mL": ("Bq/ml", 1e6),
    "MBq/cm3": ("Bq/ml", 1e6),
    "{counts}": ("counts", 1.0),
    "{Counts}": ("counts", 1.0),
    "{count}": ("counts", 1.0),
    "[hnsf'U]": ("HU", 1.0),
}
_UNITS = {"BQML": "Bq/ml", "CNTS": "counts"}
_AGREEMENT = 1e-3
"""Relative difference above which two scales of one file contradict each other."""
_PHILIPS = (0x7053, "Philips PET Private Group", 0x09)


@dataclass(frozen=True)
class Scale:
    """How stored values become physical ones: ``slope * stored + intercept``, in ``units``."""

    slope: float
    intercept: float
    units: str | None
    source: str
    """As in ``SeriesRecord.scale_source``."""
    valid: tuple[float, float] | None = None
    """Stored values that a Real World Value Mapping holds for."""
    findings: tuple[Finding, ...] = ()


_NONE = Scale(1.0, 0.0, None, "none")


def scale_of(dataset: Dataset) -> Scale:
    """Establish the scale of one file."""
    modality = text(dataset, "Modality").upper()
    mapped = _mapped(dataset)
    rescaled = _rescaled(dataset, modality)
    if mapped.units is None:
        chosen = _vendor(dataset, rescaled) if modality == "PT" and rescaled.units == "counts" else rescaled
        if any(finding.blocking for finding in mapped.findings):
            return mapped
        return replace(chosen, findings=(*mapped.findings, *chosen.findings))
    if rescaled.source == "rescale" and rescaled.units == mapped.units:
        return replace(mapped, findings=(*mapped.findings, *_conflict(dataset, mapped, rescaled)))
    return mapped


def _mapped(dataset: Dataset) -> Scale:
    mappings = items(dataset, "RealWorldValueMappingSequence")
    usable = [scale for item in mappings if (scale := _mapping(item))]
    if not usable:
        return replace(_NONE, findings=_unused(mappings))
    if any(scale != usable[0] for scale in usable[1:]):
        came = "several with different slopes or ranges came"
        finding = blocking("ambiguous-scale", "one Real World Value Mapping in Bq/ml, counts or HU", came)
        return replace(_NONE, findings=(finding,))
    return usable[0]


def _unused(mappings: Sequence[Dataset]) -> tuple[Finding, ...]:
    """Why no Real World Value Mapping is used: none in a unit that is read, or one that is without its numbers."""
    if not mappings:
        return ()
    if any(_unit(item) for item in mappings):
        expected = "a positive Real World Value Slope and an Intercept beside their unit"
        return (blocking("missing-scale", expected, "one is missing or no number"),)
    codes = (first(item, "MeasurementUnitsCodeSequence") for item in mappings)
    named = ", ".join(unique(text(code, "CodeValue") for code in codes)) or "no unit"
    return (notice("unused-mapping", "a Real World Value Mapping in Bq/ml, counts or HU", f"{named} came: not used"),)


def _unit(item: Dataset) -> tuple[str, float] | None:
    code = first(item, "MeasurementUnitsCodeSequence")
    return _UCUM.get(text(code, "CodeValue")) if text(code, "CodingSchemeDesignator") == "UCUM" else None


def _mapping(item: Dataset) -> Scale | None:
    known = _unit(item)
    slope, intercept = number(item, "RealWorldValueSlope"), number(item, "RealWorldValueIntercept")
    if known is None or slope is None or slope <= 0 or intercept is None:
        return None
    units, factor = known
    ends = [_end(item, which) for which in ("First", "Last")]
    valid = None if ends[0] is None or ends[1] is None else (ends[0], ends[1])
    return Scale(slope * factor, intercept * factor, units, "real-world-value-mapping", valid)


def _end(item: Dataset, which: str) -> float | None:
    stored = number(item, f"RealWorldValue{which}ValueMapped")
    return number(item, f"DoubleFloatRealWorldValue{which}ValueMapped") if stored is None else stored


def _rescaled(dataset: Dataset, modality: str) -> Scale:
    malformed = [(k, words) for k in ("RescaleSlope", "RescaleIntercept") if (words := _no_number(dataset, k))]
    if malformed and modality in {"CT", "NM", "PT"}:
        keyword, words = malformed[0]
        finding = blocking("missing-scale", f"a number in {keyword}, with a decimal point", f"{words!r} came")
        return replace(_NONE, findings=(finding,))
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    if modality == "CT":
        return _hounsfield(dataset, slope, intercept)
    if modality not in {"NM", "PT"}:
        return _NONE
    named = text(dataset, "Units").upper()
    return _named(named, modality, slope, intercept) if named else _unnamed(modality, slope, intercept)


def _no_number(dataset: Dataset, keyword: str) -> str:
    """What an attribute says instead of one number; empty where it is absent, empty or a number."""
    return "\\".join(written(dataset, keyword)) if number(dataset, keyword) is None else ""


def _named(named: str, modality: str, slope: float | None, intercept: float | None) -> Scale:
    units = _UNITS.get(named)
    if units is None:
        return replace(_NONE, findings=(blocking("unsupported-units", "Units BQML or CNTS", f"{named} came"),))
    if slope is None and units == "counts":
        return Scale(1.0, 0.0, "counts", "stored-counts")
    if slope is None or slope <= 0:
        came = f"Rescale Slope {'is missing' if slope is None else f'is {slope:g}'}"
        return replace(_NONE, findings=(blocking("missing-scale", f"a positive slope beside Units {named}", came),))
    if intercept is not None:
        return Scale(slope, intercept, units, "rescale")
    expected, came = "Rescale Intercept beside the slope", "it is missing"
    if modality != "PT":
        return replace(_NONE, findings=(blocking("missing-scale", expected, came),))
    told = notice("missing-intercept", expected, f"{came}; 0 is taken, the only one that the PET module allows")
    return Scale(slope, 0.0, units, "rescale", findings=(told,))


def _hounsfield(dataset: Dataset, slope: float | None, intercept: float | None) -> Scale:
    kind = text(dataset, "RescaleType").upper()
    if slope is None or slope <= 0 or intercept is None or kind not in {"", "HU"}:
        came = f"Rescale Type {kind} came" if kind not in {"", "HU"} else "slope or intercept is missing"
        came = f"slope {slope:g} came" if slope is not None and slope <= 0 else came
        expected = "a positive Rescale Slope and an Intercept to HU"
        return replace(_NONE, findings=(blocking("missing-scale", expected, came),))
    return Scale(slope, intercept, "HU", "rescale")


def _unnamed(modality: str, slope: float | None, intercept: float | None) -> Scale:
    plain = slope in {None, 1.0} and intercept in {None, 0.0}
    if modality == "PT":
        return replace(_NONE, findings=(blocking("missing-scale", "Units of the PET values", "none are there"),))
    if not plain:
        came = f"slope {slope} and intercept {intercept} came without Units"
        finding = blocking("rescale-without-units", "Units beside a Rescale Slope in NM", came)
        return replace(_NONE, findings=(finding,))
    return Scale(1.0, 0.0, "counts", "stored-counts")


def _vendor(dataset: Dataset, rescaled: Scale) -> Scale:
    """Philips: rescaled counts times the private activity concentration factor are Bq/ml."""
    group, creator, element = _PHILIPS
    try:
        factor = as_number(dataset.private_block(group, creator)[element].value)
    except PARSE_ERRORS:
        return rescaled
    if factor is None or factor <= 0:
        return rescaled
    return Scale(rescaled.slope * factor, rescaled.intercept * factor, "Bq/ml", "vendor-private")


def _conflict(dataset: Dataset, mapped: Scale, rescaled: Scale) -> tuple[Finding, ...]:
    largest = number(dataset, "LargestImagePixelValue") or 2.0 ** (integer(dataset, "BitsStored") or 16) - 1
    full = abs(mapped.slope) * largest
    offset = abs(mapped.intercept - rescaled.intercept)
    if abs(rescaled.slope / mapped.slope - 1) <= _AGREEMENT and offset <= _AGREEMENT * full:
        return ()
    expected = f"Rescale to agree with the Real World Value Mapping, {mapped.slope:g} {mapped.units} per stored value"
    return (blocking("scale-contradiction", expected, f"Rescale Slope says {rescaled.slope:g}"),)


def common_scale(scales: Sequence[Scale]) -> Scale:
    """Unit and source of a whole series; slopes may differ from slice to slice.

    Mixed units or sources are a blocking finding.
    """
    findings = tuple({f.code: f for scale in reversed(scales) for f in scale.findings}.values())
    n_without_intercept = sum(f.code == "missing-intercept" for scale in scales for f in scale.findings)
    if 0 < n_without_intercept < len(scales):
        came = f"it is missing in {n_without_intercept} of {len(scales)} files"
        return replace(_NONE, findings=(blocking("missing-scale", "Rescale Intercept on every slice", came),))
    kinds = Counter((scale.units, scale.source) for scale in scales)
    if len(kinds) > 1:
        parts = (f"{units or 'no unit'} by {source} in {n}" for (units, source), n in kinds.items())
        came = f"{'; '.join(sorted(parts))} of {len(scales)} files came"
        return replace(_NONE, findings=(*findings, blocking("mixed-scale", "one unit and scale source", came)))
    return replace(scales[0], findings=findings)
