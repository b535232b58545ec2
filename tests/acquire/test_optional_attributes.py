"""Any attribute may be absent, empty or nonsense: what it gave is then lost and told, and nothing else changes."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VR
from pydicom.multival import MultiValue

from hevesy.acquire import inspect_folder
from hevesy.acquire.values import quiet
from hevesy.domain import CorrectionState, DecayReference

_SPEC = importlib.util.spec_from_file_location("builders_of_optional", Path(__file__).with_name("builders.py"))
builders = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(builders)

IDENTITY = {"SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Modality", "ImageType", "QualityControlImage"}
PIXELS = {
    "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PixelData", "NumberOfFrames",
}  # fmt: skip
FIELDS = (
    "grid", "units", "scale_source", "decay_corrected_to", "attenuation_correction", "scatter_correction",
    "radionuclide", "half_life_s", "administered_activity_bq", "administration_start", "acquisition_start",
    "acquisition_duration_s",
)  # fmt: skip
NOTHING = (None, "none", DecayReference.UNKNOWN, CorrectionState.UNKNOWN)
NESTED = ("RadiopharmaceuticalInformationSequence", "RotationInformationSequence", "DetectorInformationSequence")


def made(modality):
    if modality == "nm":
        return [builders.nm(Manufacturer="ACME", SeriesDate="20240305", SeriesTime="100000", ContentTime="120000")]
    if modality == "pt":
        corrected = {"DecayCorrection": "START", "CorrectedImage": ["ATTN", "SCAT", "DECY"], "DecayFactor": "1.0007"}
        return builders.pt(FrameReferenceTime="600000", AttenuationCorrectionMethod="CT", **corrected)
    return builders.ct(Manufacturer="ACME")


def keywords(modality):
    """Every attribute, those of the first item of some sequences as ``Sequence.Attribute``."""
    head = made(modality)[0]
    plain = [element.keyword for element in head if element.keyword not in IDENTITY | PIXELS]
    inner = [f"{outer}.{e.keyword}" for outer in NESTED if outer in head for e in head[outer].value[0]]
    return plain + inner


CASES = [(modality, keyword) for modality in ("nm", "pt", "ct") for keyword in keywords(modality)]


def inspected(datasets, folder):
    with quiet():  # pydicom warns about odd values as it writes them
        builders.write_all(datasets, folder)
    (series,) = inspect_folder([folder]).series
    return series


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return {m: inspected(made(m), tmp_path_factory.mktemp(m)) for m in ("nm", "pt", "ct")}


def of(dataset, keyword):
    outer, _, inner = keyword.rpartition(".")
    return (dataset[outer].value[0] if outer else dataset), inner


def remove(dataset, keyword):
    owner, name = of(dataset, keyword)
    del owner[name]


def empty(dataset, keyword):
    owner, name = of(dataset, keyword)
    owner[name].value = [] if dictionary_VR(name) == "SQ" else None


def garble(dataset, keyword):
    """A value of the right type that means nothing, in the way of the attribute's value representation."""
    owner, name = of(dataset, keyword)
    if dictionary_VR(name) in {"DS", "IS"}:
        several = isinstance(owner[name].value, MultiValue)
        builders.raw_words(owner, **{name: "1,5\\2,5" if several else "1,5"})
    elif dictionary_VR(name) in {"DA", "TM", "DT"}:
        builders.raw_words(owner, **{name: "99"})
    else:
        remove(dataset, keyword)


def stays(series, before):
    """Field by field: as before, or lost."""
    for field in FIELDS:
        if field == "half_life_s" and series.modality == "NM":
            continue  # no attribute of the NM module, and not needed
        value, known = getattr(series, field), getattr(before, field)
        if field == "grid" and value is not None and value.frame_of_reference is None:
            known = dataclasses.replace(known, frame_of_reference=None)
        yield field, value == known, value in NOTHING and value != known


@pytest.mark.parametrize("spoil", [remove, empty, garble])
@pytest.mark.parametrize(("modality", "keyword"), CASES, ids=[f"{m}-{k}" for m, k in CASES])
def test_what_is_lost_is_told_and_nothing_else_changes(whole, tmp_path, modality, keyword, spoil):
    datasets = made(modality)
    for dataset in datasets:
        spoil(dataset, keyword)
    before, series = whole[modality], inspected(datasets, tmp_path)
    lost = [field for field, same, gone in stays(series, before) if not same and gone]
    changed = [field for field, same, gone in stays(series, before) if not same and not gone]
    assert changed == []
    if lost:
        told = [f for f in series.contradictions if f.blocking] or set(series.missing) - set(before.missing)
        assert told, lost
    if "Patient" not in keyword:
        assert not any("Secret" in f.message or "SECRET" in f.message for f in series.contradictions)
